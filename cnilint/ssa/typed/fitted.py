"""Sets fitted to a schema.

Sources: structured-merge-diff v6 ``typed/reconcile_schema.go``, ``fieldpath/set.go``
EnsureNamedFieldsAreMembers.
"""

from cnilint.ssa.fieldpath.fields import MEMBER, SELF, Fields
from cnilint.ssa.schema.schema import Type


def reconcile(fields: Fields, schema_type: Type) -> Fields:
    """The set fitted to a schema in which a list or map has become atomic: paths inside it become its own
    path.

    Returns the argument itself where nothing changes.
    """
    form = schema_type.first
    if form == "scalar" or (form == "map" and schema_type.map is not None and schema_type.map.deduced):
        return fields
    granular = schema_type.granular_list if form == "list" else schema_type.granular_map
    return MEMBER if granular is None else _reconcile_children(fields, schema_type)


def ensure_named(fields: Fields, schema_type: Type | None) -> Fields:
    """The set and, for each path in it, every declared struct field on the way to it."""
    out: Fields = {}
    for element, child in fields.items():
        if child:
            child = ensure_named(child, _element_type(schema_type, element))
            if SELF not in child and _is_declared(schema_type, element):
                child[SELF] = MEMBER
        out[element] = child
    return out


def _element_type(schema_type: Type | None, element: str) -> Type | None:
    return None if schema_type is None or element[0] not in "fk" else schema_type.below(element)


def _is_declared(schema_type: Type | None, element: str) -> bool:
    if schema_type is None or schema_type.map is None or element[0] != "f":
        return False
    return element[2:] in schema_type.map.fields


def _reconcile_children(fields: Fields, schema_type: Type) -> Fields:
    changed: Fields = {}
    for element, child in fields.items():
        below = _reconciled_type(schema_type, element) if child else None
        if below is None:
            continue
        fitted = reconcile(child, below)
        if fitted is not child:
            changed[element] = fitted
    return {**fields, **changed} if changed else fields


def _reconciled_type(schema_type: Type, element: str) -> Type | None:
    """The type of what is below an element, whatever kind of element it is."""
    if schema_type.first == "map":
        return (
            None
            if schema_type.map is None
            else schema_type.map.child(element[2:] if element[0] == "f" else "")
        )
    return None if schema_type.list is None else schema_type.list.element
