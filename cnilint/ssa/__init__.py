"""Server-side apply without a server: who owns which field of a live object, and what an apply does to it.

Pure functions over plain JSON-like values, in the packages of the reference implementation
(structured-merge-diff v6 and apimachinery's ``managedfields``):

=================  =================================================================================
``fieldpath``      path elements, and FieldsV1 sets with their algebra
``schema``         types: list keys, sets, atomic and granular maps; the built-in kinds of every
                   Kubernetes release (``kinds``), custom resources (``crd``), SMD's own YAML (``smd``)
``typed``          values with a type: the set of a value, ``merge``, ``remove``, ``compare``, ``validate``
``merge``          the Updater: Update and Apply with conflicts, force and pruning
``managedfields``  what the API server does around it: entries, defaults, stored form, validity
``appliers``       the tools that apply, as data, and how they migrate ownership first
=================  =================================================================================

On top of them ``predict`` says what an apply prunes, keeps and why, or why it is refused, and ``unowned`` lists
the fields that no entry owns. What cannot be decided offline is in ``Prediction.uncovered``; defaulting, admission
webhooks and controllers are never simulated.
"""

from cnilint.ssa.appliers.migrate import upgrade_client_side
from cnilint.ssa.appliers.model import Applier, applier, applier_names
from cnilint.ssa.appliers.perform import perform
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
from cnilint.ssa.unowned import unowned_paths

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
    "applier",
    "applier_names",
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
    "unowned_paths",
    "upgrade_client_side",
]
