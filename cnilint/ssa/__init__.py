"""Server-side apply without a server: who owns what in a live object, and what an apply will do to it.

Pure functions over plain JSON-like values, layered as the reference implementation is:

=============  =====================================================================================
``fields``     FieldsV1 sets and their algebra (structured-merge-diff ``fieldpath``); ``elements`` of paths
``schema``     types: list keys, sets, atomic and granular maps (``schema``); ``kinds`` has the built-in ones
               of every Kubernetes release, ``crd`` makes those of custom resources
``typed``      owned paths, merge, removal of typed values; ``compare`` and ``validate`` (``typed``)
``updater``    Update and Apply with conflicts, force and pruning (``merge``)
``server``     what the API server does around it (apimachinery ``managedfields``)
``predict``    the outcome of an apply in words of the user: pruned, kept and why, refused
``appliers``   the tools that apply, as data, with what they do to ownership first
``audit``      what is wrong with an ownership record
=============  =====================================================================================

What cannot be decided offline is declined or said in ``Prediction.uncovered``; the defaults of what a
manifest leaves out, admission webhooks and controllers are never simulated.
"""

from cnilint.ssa.appliers.migrate import upgrade_client_side
from cnilint.ssa.appliers.perform import Applier, applier, applier_names, perform
from cnilint.ssa.audit import Smell, SmellKind, audit
from cnilint.ssa.fieldpath.elements import FieldsError
from cnilint.ssa.fieldpath.fields import (
    Fields,
    difference,
    intersection,
    parse_fields,
    path_text,
    paths,
    serialise_fields,
    union,
)
from cnilint.ssa.managedfields.entries import (
    EntriesError,
    ManagedFieldsEntry,
    ManagerIdentity,
    decode_entries,
    encode_entries,
)
from cnilint.ssa.managedfields.refusals import ApplyRefused, ConflictRefused
from cnilint.ssa.predict import KeptField, Prediction, Reason, predict
from cnilint.ssa.schema.crd import declare
from cnilint.ssa.schema.kinds import Kinds, kinds
from cnilint.ssa.schema.schema import SchemaError

__all__ = [
    "Applier",
    "ApplyRefused",
    "ConflictRefused",
    "EntriesError",
    "Fields",
    "FieldsError",
    "KeptField",
    "Kinds",
    "ManagedFieldsEntry",
    "ManagerIdentity",
    "Prediction",
    "Reason",
    "SchemaError",
    "Smell",
    "SmellKind",
    "applier",
    "applier_names",
    "audit",
    "declare",
    "decode_entries",
    "difference",
    "encode_entries",
    "intersection",
    "kinds",
    "parse_fields",
    "path_text",
    "paths",
    "perform",
    "predict",
    "serialise_fields",
    "union",
    "upgrade_client_side",
]
