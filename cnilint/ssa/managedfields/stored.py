"""Objects as the API server stores them: decoded into its own Go structs and written out again.

An explicit empty value of a plain field is lost on the way (``readOnly: false``), always-written structs
appear (``spec.template.metadata: {}``), quantities get one spelling. None of it is defaulting, which is
not simulated. Custom resources are kept as they are sent.

Sources: ``rules/ssa/schema.json`` (members ``z``, ``p``, ``q``); Kubernetes 1.36.2 API server, observed.
"""

from operator import is_

from cnilint.ssa.schema.schema import MapType, Type
from cnilint.ssa.typed.typed import ABSENT, Maybe, twins
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
        struct = schema_type.map
        before = known if isinstance(known, dict) else {}
        if struct.stored is None:
            return _stored_members(value, struct, complete, before)
        return _stored_struct(value, struct, struct.stored, complete, before)
    if isinstance(value, list) and schema_type.list is not None:
        element = schema_type.list.element
        if element.only == "scalar" and not element.quantity:
            return value
        before_items = twins(value, known, schema_type.list)
        out = [
            stored(item, element, complete, before) for item, before in zip(value, before_items, strict=True)
        ]
        return value if all(map(is_, out, value)) else out
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
    changed = False
    for name, member in value.items():
        child = struct.child(name)
        kept = member if child is None else stored(member, child, complete, known.get(name, ABSENT))
        changed = changed or kept is not member
        out[name] = kept
    return out if changed else value


def _stored_struct(
    value: JsonObject, struct: MapType, written: JsonObject, complete: bool, known: JsonObject
) -> JsonObject:
    out: JsonObject = {}
    changed = False
    for name, member in value.items():
        before = known.get(name, ABSENT)
        if member is before and member is not None:
            out[name] = member
            continue
        child = struct.child(name)
        kept = _stored_field(name, member, child, written, complete, before)
        changed = changed or kept is not member
        if name in written or name in struct.pointers or child is None or not is_empty(kept):
            if kept is not None or name in written:
                out[name] = kept
        else:
            changed = True
    if complete:
        for name, empty in written.items():
            if name not in out:
                child = struct.child(name)
                changed = True
                out[name] = empty if child is None or empty is None else stored(empty, child)
    return out if changed or len(out) != len(value) else value


def _stored_field(
    name: str, member: Json, child: Type | None, written: JsonObject, complete: bool, known: Maybe
) -> Json:
    if child is None or (member is None and not (complete and name in written)):
        return member
    if child.only == "scalar" and not child.quantity and member is not None:
        return member
    return stored(written[name] if member is None else member, child, complete, known)
