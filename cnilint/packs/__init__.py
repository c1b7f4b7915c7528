"""The engine for rule data: what a component is, which version runs, and what that version does to a setting.

Everything that knows a product is data under ``rules/``; these modules know only how to read and apply it::

    load       pack and component files to frozen values, with the place of every mistake
    library    which components there are; loads their packs when one is detected
    settings   what an object sets: variables, keys, flags, volumes, containers
    detect     which component an object belongs to, at which version, and where the signals disagree
    evaluate   rules over settings, giving problems
    lifecycle  the API versions that a Kubernetes release serves
    catalogue  in which releases of a component a setting occurs, derived from rendered releases
    changes    what differs between two releases
"""
