"""structured-merge-diff's own way to write a schema (YAML ``types:``), turned into the compact one.

Source: structured-merge-diff v6 ``schema/schemaschema.go``.
"""

from collections.abc import Iterable

from cnilint.ssa.schema.schema import TypeReference, overridden
from cnilint.ssa.typed.values import Json, at


def compact_types(document: Json) -> dict[str, dict[str, Json]]:
    """The atoms by type name of a decoded ``{"types": [...]}`` document, for ``Schema``."""
    types = [t for t in _list(at(document, "types")) if isinstance(t, dict)]
    return {str(declared["name"]): _atom(declared) for declared in types}


def _atom(declared: dict[str, Json]) -> dict[str, Json]:
    out: dict[str, Json] = {}
    if "scalar" in declared:
        out["x"] = f"${str(declared['scalar'])[0]}"
    if isinstance(items := declared.get("list"), dict):
        out["l"] = _reference(items.get("elementType"))
        if items.get("elementRelationship") == "associative":
            out["k"] = _list(items.get("keys"))
    if isinstance(struct := declared.get("map"), dict):
        _add_map(out, struct)
    return out


def _add_map(out: dict[str, Json], struct: dict[str, Json]) -> None:
    fields = [f for f in _list(struct.get("fields")) if isinstance(f, dict)]
    element = struct.get("elementType")
    if element:
        out["e"] = _reference(element)
    if fields or not element:
        out["f"] = _field_types(fields)
    if struct.get("elementRelationship") == "atomic":
        out["a"] = True
    if defaults := _scalar_defaults(fields):
        out["d"] = defaults


def _field_types(fields: Iterable[dict[str, Json]]) -> dict[str, Json]:
    return {str(field["name"]): _reference(field.get("type")) for field in fields}


def _scalar_defaults(fields: Iterable[dict[str, Json]]) -> dict[str, Json]:
    """Defaults matter where a field is the key of a list item, and keys are scalars."""
    return {
        str(field["name"]): default
        for field in fields
        if (default := field.get("default")) is not None and not isinstance(default, dict | list)
    }


def _reference(declared: Json) -> TypeReference:
    if not isinstance(declared, dict) or not declared:
        return "$u"
    name = declared.get("namedType")
    relation = declared.get("elementRelationship")
    if isinstance(name, str):
        return name if relation is None else {"r": name, "a": relation == "atomic"}
    atom = _atom(declared)
    if atom.keys() == {"x"}:
        return str(atom["x"])
    return atom if relation is None else overridden(atom, atomic=relation == "atomic")


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
