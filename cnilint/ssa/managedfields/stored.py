"""Objects as the API server stores them: decoded into its own Go structs and written out again.

An explicit empty value of a plain field is lost on the way (``readOnly: false``), always-written structs
appear (``spec.template.metadata: {}``), quantities get one spelling. None of it is defaulting, which is
not simulated. Custom resources are kept as they are sent, but for their metadata.

Sources: ``rules/ssa/schema.json`` (members ``z``, ``p``, ``q``); Kubernetes 1.36.2 API server, observed.
"""

from operator import is_

from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, Maybe, as_object, counterparts
from cnilint.ssa.typed.values import Json, JsonObject, canonical_quantity


def stored(value: Json, schema_type: Type, complete: bool = True, known: Maybe = ABSENT) -> Json:
    """The value as the server's struct of its type writes it; the argument itself where nothing changes.

    Without ``complete`` the fields that are always written are not added where they are missing: a default
    may yet take their place. Parts that are those of ``known``, a stored value, are not looked into.
    """
    if value is known:
        return value
    if schema_type.quantity:
        return canonical_quantity(value)
    if isinstance(value, dict) and schema_type.map is not None:
        before = as_object(known)
        if schema_type.map.stored is None:
            return _stored_members(value, schema_type.map, complete, before)
        return _stored_struct(value, schema_type.map, schema_type.map.stored, complete, before)
    if isinstance(value, list) and schema_type.list is not None:
        return _stored_items(value, schema_type.list, complete, known)
    return value


def empty_object(schema_type: Type, api_version: str, kind: str) -> JsonObject:
    """What an object is compared with when it is created: the empty struct of a built-in kind, with what is
    always written, or nothing but its kind."""
    empty = stored({}, schema_type)
    members = empty if isinstance(empty, dict) else {}
    return {"apiVersion": api_version, "kind": kind, **members}


def is_empty(value: Json) -> bool:
    """Whether a value is the empty one of its JSON kind, which Go's ``omitempty`` leaves out."""
    return value is None or value is False or value == 0 or value in ("", [], {})


def _stored_members(value: JsonObject, struct: MapType, complete: bool, known: JsonObject) -> JsonObject:
    out: JsonObject = {}
    for name, member in value.items():
        child = struct.child(name)
        out[name] = _stored_member(member, child, complete, known.get(name, ABSENT))
    return _unless_same(out, value)


def _stored_member(member: Json, child: Type | None, complete: bool, known: Maybe) -> Json:
    """A member of a free map. A null becomes the zero of its type, as Go decodes it: an empty text, or no quantity."""
    if child is None:
        return member
    if member is None and child.only == "scalar":
        return "0" if child.quantity else ""
    return stored(member, child, complete, known)


def _unless_same(out: JsonObject, value: JsonObject) -> JsonObject:
    """The new object, or the old one where the members are the same."""
    unchanged = len(out) == len(value) and all(
        out.get(name, ABSENT) is member for name, member in value.items()
    )
    return value if unchanged else out


def _stored_items(value: list[Json], items: ListType, complete: bool, known: Maybe) -> list[Json]:
    element = items.element
    if element.only == "scalar" and not element.quantity:
        return value
    before = counterparts(value, known, items)
    out = [stored(item, element, complete, one) for item, one in zip(value, before, strict=True)]
    return value if all(map(is_, out, value)) else out


def _stored_struct(
    value: JsonObject, struct: MapType, written: JsonObject, complete: bool, known: JsonObject
) -> JsonObject:
    out: JsonObject = {}
    for name, member in value.items():
        before = known.get(name, ABSENT)
        if member is before and member is not None:
            out[name] = member
            continue
        if member is None and name in written and not complete:
            continue
        child = struct.child(name)
        kept = _stored_field(name, member, child, before, written=written, complete=complete)
        if kept in ([], {}) and written.get(name, ABSENT) is None:
            # The store has no empty list: what is always written comes back as null.
            kept = None
        if _is_written(kept, name, child, struct, written):
            out[name] = kept
    if complete:
        _add_always_written(out, struct, written)
    return _unless_same(out, value)


def _add_always_written(out: JsonObject, struct: MapType, written: JsonObject) -> None:
    for name, empty in written.items():
        if name not in out:
            child = struct.child(name)
            out[name] = empty if child is None or empty is None else stored(empty, child)


def _is_written(value: Json, name: str, child: Type | None, struct: MapType, written: JsonObject) -> bool:
    """Whether a field is written: always, or because it has a value, or a pointer to an empty one."""
    if name in written:
        return True
    if value is None:
        return False
    return child is None or name in struct.pointers or not is_empty(value)


def _stored_field(
    name: str, member: Json, child: Type | None, known: Maybe, *, written: JsonObject, complete: bool
) -> Json:
    if child is None:
        return member
    if member is None:
        return stored(written[name], child, complete, known) if name in written else None
    if child.only == "scalar" and not child.quantity:
        return member
    return stored(member, child, complete, known)
