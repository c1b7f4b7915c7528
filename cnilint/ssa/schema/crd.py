"""Types of custom resources from their CustomResourceDefinition.

Lists are atomic and maps granular unless the schema says otherwise; where it keeps unknown fields, or says
nothing of what is inside, the type is deduced from the value.

Sources: kube-openapi ``pkg/schemaconv/openapi.go``; apiextensions-apiserver
``pkg/controller/openapi/builder``.
"""

from collections.abc import Callable, Iterable

from cnilint.ssa.fieldpath.fields import MAX_DEPTH
from cnilint.ssa.schema.kinds import DeclaredKind, Kinds
from cnilint.ssa.schema.schema import DEDUCED, Schema, SchemaError, TypeReference
from cnilint.ssa.typed.typed import as_list, as_object
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_SCALARS = {"string": "$s", "integer": "$n", "number": "$n", "boolean": "$b"}


def declare(kinds: Kinds, definition: JsonObject) -> Kinds:
    """The kinds with those of a CustomResourceDefinition (apiextensions.k8s.io/v1), at all its versions: the server
    converts from and to those that it does not serve, too.

    Raises SchemaError where the definition is not one that the API server would accept.
    """
    group, kind = text_at(definition, "spec", "group"), text_at(definition, "spec", "names", "kind")
    if not group or not kind:
        raise SchemaError("the CustomResourceDefinition names no group or kind")
    # Without a conversion webhook the versions differ in nothing but their name.
    converted = text_at(definition, "spec", "conversion", "strategy") not in ("", "None")
    found = {
        (f"{group}/{text_at(version, 'name')}", kind): _declared(kinds.schema, version, not converted)
        for version in as_list(at(definition, "spec", "versions"))
    }
    return kinds.with_declared(found)


def declare_all(kinds: Kinds, definitions: Iterable[JsonObject]) -> Kinds:
    """The kinds with those of all definitions, of which a later one overrides an earlier one."""
    for definition in definitions:
        try:
            kinds = declare(kinds, definition)
        except SchemaError:
            # The API server would refuse it too: its objects are read without a schema.
            continue
    return kinds


def _declared(builtin: Schema, version: Json, alike: bool) -> DeclaredKind:
    schema = at(version, "schema", "openAPIV3Schema")
    atom = _atom(schema, False, MAX_DEPTH) if isinstance(schema, dict) else {"e": DEDUCED}
    fields = atom.get("f")
    named = fields if isinstance(fields, dict) else {}
    atom = {**atom, "f": {**named, "apiVersion": "$s", "kind": "$s", "metadata": OBJECT_META}}
    status = at(version, "subresources", "status") is not None
    return DeclaredKind(type=builtin.resolve(atom), status=status, alike=alike, schema=as_object(schema))


def _atom(schema: JsonObject, keeps_unknown: bool, depth: int) -> dict[str, Json]:
    """The compact atom of a structural schema; what keeps unknown fields does so for all that is below it."""
    if depth == 0:
        raise SchemaError("the schema of a CustomResourceDefinition is nested too deep")
    scalar = _scalar(schema)
    if scalar is not None:
        return {"x": scalar}
    kind = schema.get("type")
    if not isinstance(kind, str | None) or kind not in _FORMS:
        raise SchemaError(f"the schema of a CustomResourceDefinition has the type {kind!r}")
    keeps_unknown = keeps_unknown or schema.get("x-kubernetes-preserve-unknown-fields") is True
    atom: dict[str, Json] = {"x": "$u"} if kind is None else {}
    for form in _FORMS[kind]:
        atom |= form(schema, keeps_unknown, depth)
    return atom


def _scalar(schema: JsonObject) -> str | None:
    if schema.get("x-kubernetes-int-or-string") is True:
        return "$u"
    kind = schema.get("type")
    return _SCALARS.get(kind) if isinstance(kind, str) else None


def _map(schema: JsonObject, keeps_unknown: bool, depth: int) -> dict[str, Json]:
    out: dict[str, Json] = {}
    properties = schema.get("properties")
    members = properties if isinstance(properties, dict) else {}
    fields = {name: _reference(member, keeps_unknown, depth) for name, member in members.items()}
    element = _element(schema, not fields, keeps_unknown, depth)
    if element is not None:
        out["e"] = element
    if fields or element is None:
        out["f"] = {**fields}
    if schema.get("x-kubernetes-map-type") == "atomic":
        out["a"] = True
    if defaults := _scalar_defaults(members):
        out["d"] = defaults
    return out


def _element(schema: JsonObject, alone: bool, keeps_unknown: bool, depth: int) -> TypeReference | None:
    """The type of undeclared members; None where there are none. ``alone``: none is declared."""
    additional = schema.get("additionalProperties")
    if additional is None:
        additional = keeps_unknown or alone
    if additional is True or isinstance(additional, dict):
        return _reference(additional, keeps_unknown, depth)
    return None


def _scalar_defaults(members: JsonObject) -> JsonObject:
    defaults = {name: at(member, "default") for name, member in members.items()}
    return {
        name: value
        for name, value in defaults.items()
        if value is not None and not isinstance(value, dict | list)
    }


def _list(schema: JsonObject, keeps_unknown: bool, depth: int) -> dict[str, Json]:
    items = schema.get("items")
    out: dict[str, Json] = {
        "l": _reference(items, keeps_unknown, depth) if isinstance(items, dict) else "__untyped_atomic_"
    }
    relation = schema.get("x-kubernetes-list-type")
    if relation == "set":
        out["k"] = []
    elif relation == "map":
        keys = schema.get("x-kubernetes-list-map-keys")
        if not isinstance(keys, list) or not keys:
            raise SchemaError("a list of the type map names no x-kubernetes-list-map-keys")
        out["k"] = keys
    return out


def _reference(schema: Json, keeps_unknown: bool, depth: int) -> TypeReference:
    if not isinstance(schema, dict):
        return DEDUCED
    atom = _atom(schema, keeps_unknown, depth - 1)
    return str(atom["x"]) if atom.keys() == {"x"} else atom


_FORMS: dict[str | None, tuple[Callable[[JsonObject, bool, int], dict[str, Json]], ...]] = {
    "object": (_map,),
    "array": (_list,),
    None: (_list, _map),
}
"""What makes the atom of a type; a schema without one allows every form."""
