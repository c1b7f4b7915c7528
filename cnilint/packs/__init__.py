"""Rule data applied to manifests: which component an object is, at which version, and what that version does with it.

All product knowledge is data in ``rules/``; these modules read and apply it::

    model       records of packs: rules, settings that are still read, upgrade notes
    component   records of components: how they and their versions are recognised
    load        pack and component files to records
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
    changes     the differences between two releases
    testing     executed examples of rules
"""
