"""Whether a value fits its type: what the API server refuses before it merges anything.

Source: structured-merge-diff v6 ``typed/validate.go``.
"""

from cnilint.ssa.fieldpath.fields import path_text
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import TypedError, item_element
from cnilint.ssa.typed.values import Json, JsonObject

_SCALAR_NAMES = {
    "numeric": "numeric (int or float)",
    "string": "string",
    "boolean": "boolean",
    "untyped": "any scalar",
}


def validate(value: Json, schema_type: Type, repeated_items: bool = False) -> list[TypedError]:
    """Everything in the value that its type does not allow, with paths, in the order of the value.

    ``repeated_items`` allows several items with one key in a list, which the server tolerates in a stored
    object and refuses in an applied one.
    """
    problems: list[TypedError] = []
    _validate(value, schema_type, "", repeated_items, problems)
    return problems


def _validate(value: Json, schema_type: Type, path: str, repeated: bool, out: list[TypedError]) -> None:
    if value is None:
        return
    form = schema_type.walked_form(value)
    if form == "scalar":
        _validate_scalar(value, schema_type.scalar, path, out)
    elif not isinstance(value, _CONTAINERS[form]):
        out.append(_unexpected(value, form, path))
    elif isinstance(value, dict) and schema_type.map is not None:
        _validate_members(value, schema_type.map, path, repeated, out)
    elif isinstance(value, list) and schema_type.list is not None:
        _validate_items(value, schema_type.list, path, repeated, out)


def _validate_scalar(value: Json, scalar: str | None, path: str, out: list[TypedError]) -> None:
    if not _scalar_fits(value, scalar):
        out.append(_unexpected(value, _SCALAR_NAMES[scalar or "untyped"], path))


_CONTAINERS: dict[str, type] = {"map": dict, "list": list}


def _unexpected(value: Json, expected: str, path: str) -> TypedError:
    return TypedError(path, f"expected {expected}, got {_kind(value)}")


def _validate_members(
    value: JsonObject, struct: MapType, path: str, repeated: bool, out: list[TypedError]
) -> None:
    for name, member in value.items():
        child = struct.child(name)
        if child is None:
            out.append(TypedError(f"{path}.{name}", "field not declared in schema"))
        elif child.only == "scalar":
            if member is not None and not _scalar_fits(member, child.scalar):
                _validate(member, child, f"{path}.{name}", repeated, out)
        else:
            _validate(member, child, f"{path}.{name}", repeated, out)


def _validate_items(
    value: list[Json], list_type: ListType, path: str, repeated: bool, out: list[TypedError]
) -> None:
    seen: set[str] = set()
    for index, item in enumerate(value):
        if list_type.atomic:
            _validate(item, list_type.element, f"{path}[{index}]", repeated, out)
            continue
        try:
            element = item_element(list_type, item)
        except TypedError as error:
            # Without the key of an item nothing deeper can be named.
            out.append(TypedError(path, f"element {index}: {error.reason}"))
            return
        if element in seen and not repeated:
            out.append(TypedError(path, f"duplicate entries for key {path_text((element,))}"))
        seen.add(element)
        _validate(item, list_type.element, path + path_text((element,)), repeated, out)


def _scalar_fits(value: Json, scalar: str | None) -> bool:
    if scalar == "string":
        return isinstance(value, str)
    if scalar == "boolean":
        return isinstance(value, bool)
    if scalar == "numeric":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str | int | float)


def _kind(value: Json) -> str:
    """The JSON name of a value's kind; never the value, which may be a secret."""
    return _KINDS.get(type(value), "null")


_KINDS: dict[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "a map",
}
