"""Whether an object that was predicted is the one that a server stored, when defaults are not simulated."""

from collections.abc import Iterator

from cnilint.ssa.fieldpath.elements import element_keys
from cnilint.ssa.fieldpath.fields import FieldPath, path_text, paths
from cnilint.ssa.managedfields.defaults import is_default, set_by_server
from cnilint.ssa.managedfields.endpoint import Endpoint
from cnilint.ssa.managedfields.entries import without_entries
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.compare import compare
from cnilint.ssa.typed.typed import item_element
from cnilint.ssa.typed.values import Json, JsonObject, equal, text_at


def content_difference(endpoint: Endpoint, predicted: JsonObject, recorded: JsonObject) -> str | None:
    """What the server's object has otherwise, beside known defaults and fields that the server sets itself.

    Everything predicted must be there with its value; everything else must be a known default.
    """
    if text_at(recorded, "apiVersion") != endpoint.api_version:
        return f"recorded at {text_at(recorded, 'apiVersion')}"
    one = endpoint.stored(without_entries(predicted), complete=False)
    other = endpoint.stored(without_entries(recorded), complete=False)
    change = compare(one, other, endpoint.type)
    wrong = [f"missing {path_text(path)}" for path in paths(change.removed) if not _server(path, endpoint)]
    wrong += [
        f"differs {path_text(path)}"
        for path in paths(change.modified)
        if not _server(path, endpoint) and not _filled_in(path, one, other, endpoint.type)
    ]
    wrong += [f"unforeseen {path_text(path)}" for path in _unexplained(change.added, other, endpoint.type)]
    return "; ".join(wrong[:6]) or None


def value_at(value: Json, path: FieldPath, schema_type: Type) -> tuple[Json, Type | None]:
    """The value at a path of path elements, and its type."""
    here: Type | None = schema_type
    for element in path:
        if isinstance(value, dict):
            value = value.get(element[2:])
            here = here.map.child(element[2:]) if here is not None and here.map is not None else None
        elif isinstance(value, list) and here is not None and here.list is not None:
            items = here.list
            value = next((item for item in value if item_element(items, item) == element), None)
            here = items.element
    return value, here


def _server(path: FieldPath, endpoint: Endpoint) -> bool:
    return set_by_server(path, endpoint.type)


def _unexplained(added: Json, recorded: JsonObject, schema_type: Type) -> Iterator[FieldPath]:
    """The added paths that are neither defaults nor containers of nothing but defaults."""
    for path in paths(added):
        value, here = value_at(recorded, path, schema_type)
        granular = here is not None and here.granular_map is not None
        if isinstance(value, dict) and value and granular and not element_keys_of(path):
            continue
        if not (is_default(path, value, schema_type) or _is_in_default(path, recorded, schema_type)):
            yield path


def _is_in_default(path: FieldPath, recorded: JsonObject, schema_type: Type) -> bool:
    """Whether the path is that of an item of a list which is a default as a whole."""
    if not path[-1].startswith("v:"):
        return False
    return is_default(path[:-1], value_at(recorded, path[:-1], schema_type)[0], schema_type)


def element_keys_of(path: FieldPath) -> bool:
    """Whether the path ends at a list item."""
    return path[-1][:2] == "k:" and bool(element_keys(path[-1]))


def _filled_in(path: FieldPath, predicted: Json, recorded: Json, schema_type: Type) -> bool:
    """Whether an atomic value differs only by defaults inside it."""
    one, here = value_at(predicted, path, schema_type)
    other, _ = value_at(recorded, path, schema_type)
    return here is not None and _fills(one, other, here, path, schema_type)


def _fills(one: Json, other: Json, here: Type, path: FieldPath, root: Type) -> bool:
    if isinstance(one, dict) and isinstance(other, dict) and here.map is not None:
        for name, value in other.items():
            step = (*path, f"f:{name}")
            child = here.map.child(name)
            if name not in one and not is_default(step, value, root):
                return False
            if name in one and (child is None or not _fills(one[name], value, child, step, root)):
                return False
        return one.keys() <= other.keys()
    if isinstance(one, list) and isinstance(other, list) and here.list is not None:
        element = here.list.element
        return len(one) == len(other) and all(
            _fills(mine, theirs, element, (*path, f"i:{index}"), root)
            for index, (mine, theirs) in enumerate(zip(one, other, strict=True))
        )
    return equal(one, other)
