"""Tables of the settings that programs read, derived from upstream source at its tags; a tool of developers.

``python -m cnilint.packs.sources MIRRORS [COMPONENT ...]`` reads ``rules/<component>/programs/*.yaml`` and writes the
table beside each file. ``MIRRORS`` holds the git directories of upstream repositories; nothing is fetched::

    history   releases and files of git directories
    golang    constants, calls and their arguments in Go source
    forms     one extractor for each way in which programs declare settings
    derive    the table of a program from all its releases
"""
