"""Sets fitted to a schema.

Sources: structured-merge-diff v6 ``typed/reconcile_schema.go``, ``fieldpath/set.go``
EnsureNamedFieldsAreMembers.
"""

from cnilint.ssa.fieldpath.fields import MEMBER, SELF, Fields
from cnilint.ssa.schema.schema import MapType, Type


def reconcile(fields: Fields, schema_type: Type) -> Fields:
    """The set fitted to a schema in which a list or map has become atomic: paths inside it become its own
    path.

    Returns the argument itself where nothing changes.
    """
    form = schema_type.first
    if form == "list" and schema_type.list is not None:
        if schema_type.list.atomic:
            return MEMBER
        return _reconcile_children(fields, schema_type, None)
    if form == "map" and schema_type.map is not None and not schema_type.map.deduced:
        if schema_type.map.atomic:
            return MEMBER
        return _reconcile_children(fields, schema_type, schema_type.map)
    return fields


def ensure_named(fields: Fields, schema_type: Type | None) -> Fields:
    """The set and, for each path in it, every declared struct field on the way to it."""
    out: Fields = {}
    struct = None if schema_type is None else schema_type.map
    items = None if schema_type is None else schema_type.list
    for element, child in fields.items():
        if not child:
            out[element] = child
            continue
        named = element[0] == "f"
        below: Type | None = None
        if named and struct is not None:
            below = struct.child(element[2:])
        elif element[0] == "k" and items is not None:
            below = items.element
        node = ensure_named(child, below)
        if named and struct is not None and SELF not in node and element[2:] in struct.fields:
            node[SELF] = MEMBER
        out[element] = node
    return out


def _reconcile_children(fields: Fields, schema_type: Type, struct: MapType | None) -> Fields:
    changed: Fields | None = None
    for element, child in fields.items():
        if not child:
            continue
        if struct is not None:
            below = struct.child(element[2:] if element[0] == "f" else "")
        else:
            below = None if schema_type.list is None else schema_type.list.element
        if below is None:
            continue
        fitted = reconcile(child, below)
        if fitted is not child:
            if changed is None:
                changed = dict(fields)
            changed[element] = fitted
    return fields if changed is None else changed
