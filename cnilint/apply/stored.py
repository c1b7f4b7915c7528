"""Objects as the API server stores them: decoded into its own Go structs and written out again.

An explicit empty value of a plain field is lost on the way (``readOnly: false``), always-written structs
appear (``spec.template.metadata: {}``), quantities get one spelling. None of it is defaulting, which is
not simulated. Custom resources are kept as they are sent.

Sources: ``schemas/apply.json`` (members ``z``, ``p``, ``q``); Kubernetes 1.36.2 API server, observed.
"""

from cnilint.apply.schema import MapType, Type
from cnilint.apply.values import Json, Object, canonical_quantity


def stored(value: Json, schema_type: Type) -> Json:
    """The value as the server's struct of its type writes it; shares what does not change."""
    if schema_type.quantity:
        return canonical_quantity(value)
    if isinstance(value, dict) and schema_type.map is not None:
        struct = schema_type.map
        return _stored_members(value, struct) if struct.stored is None else _stored_struct(value, struct)
    if isinstance(value, list) and schema_type.list is not None:
        element = schema_type.list.element
        return value if element.only == "scalar" and not element.quantity else [stored(i, element) for i in value]
    return value


def empty_object(schema_type: Type, api_version: str, kind: str) -> Object:
    """What an object is compared with when it is created: the empty struct of a built-in kind, with what is
    always written, or nothing but its kind."""
    empty = stored({}, schema_type)
    members = empty if isinstance(empty, dict) else {}
    return {"apiVersion": api_version, "kind": kind, **members}


def is_empty(value: Json) -> bool:
    """Whether a value is the empty one of its JSON kind, which Go's ``omitempty`` leaves out."""
    return value is None or value is False or value == 0 or value in ("", [], {})


def _stored_members(value: Object, struct: MapType) -> Object:
    out: Object = {}
    for name, member in value.items():
        child = struct.child(name)
        out[name] = member if child is None else stored(member, child)
    return out


def _stored_struct(value: Object, struct: MapType) -> Object:
    written = struct.stored or {}
    out: Object = {}
    for name, member in value.items():
        child = struct.child(name)
        if member is None and name not in written:
            continue
        if child is None:
            out[name] = member
            continue
        kept = stored(written[name] if member is None else member, child)
        if name in written or name in struct.pointers or not is_empty(kept):
            out[name] = kept
    for name, empty in written.items():
        if name not in out:
            child = struct.child(name)
            out[name] = empty if child is None or empty is None else stored(empty, child)
    return out
