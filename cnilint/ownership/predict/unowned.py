"""List items and keys of a live object that no entry owns, apart from defaults and what the server sets."""

from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.predict.managers import left_out
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.unowned import unowned_paths


def unowned_items(live: LiveObject, kinds: Kinds) -> list[FieldPath]:
    """The outermost items and keys that nobody owns, in the order of the object."""
    schema_type = kinds.type_of(live.value)
    return [
        path
        for path in unowned_paths(live.value, live.entries, kinds)
        if _is_item(path, schema_type) and not left_out(path)
    ]


def _is_item(path: FieldPath, schema_type: Type) -> bool:
    """Whether a path ends at an item of a list or a key of a free map: what a manifest adds or leaves out whole."""
    here: Type | None = schema_type
    for element in path[:-1]:
        if here is None:
            return False
        here = here.below(element)
    if not path[-1].startswith("f:"):
        return True
    return here is not None and here.map is not None and path[-1][2:] not in here.map.fields
