"""Rule data applied to manifests: which component an object is, at which version, and what that version does with it.

All product knowledge is data in ``rules/``; these modules read and apply it::

    model       records of packs: rules, settings that are still read, upgrade notes
    component   records of components: how they and their versions are recognised
    load        pack and component files to records
    globs       values by shell patterns
    recognition the components that an object is of
    library     all components; loads the packs and catalogues of those that a run meets
    settings    the settings of an object: variables, keys, flags, volumes, containers
    parts       the components that an object belongs to
    detect      the version of each part, and mixed versions
    match       the settings that a rule is about
    evaluate    rules and catalogues over the parts of an environment
    lifecycle   the API versions that a Kubernetes release serves
    catalogue   the releases of a component that have a setting, derived from rendered releases
    program     the settings that each release of a program reads
    programs    settings held against what the program reads
    charts      Helm charts of components: versions and values
    sources     derives the tables of programs from their source; a tool of developers
    changes     what to change, what behaves differently, and what differs between two releases
    build       catalogues from rendered releases and upstream repositories; a tool of developers
    release     adds a release to the data of a component; a tool of developers
    newest      how new the knowledge of each component is
    files       the files of a component: in a folder, or in an archive in memory
    testing     executed examples of rules
"""
