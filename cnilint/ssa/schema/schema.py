"""The typed schema: which fields are lists with keys, sets, atomic, and what their items are.

The terms are those of structured-merge-diff ``schema/elements.go``: a type is an atom that may be a scalar,
a list or a map (several where the schema leaves it open, as for a schema-less custom resource); a list is
atomic or associative, with keys (a list of objects) or without (a set); a map is atomic or granular and has
declared fields (a struct) or elements (a free map).

A schema is given as data in the compact form that ``rules/ssa/schema.json`` documents; types are resolved when a
walk first reaches them, and once.
"""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from msgspec import Struct

from cnilint.ssa.typed.values import Json

# A reference to a type, as data: the name of a scalar or of a declared type, or an atom written in place.
TypeReference: TypeAlias = str | dict[str, Json]

SCALARS = {"$s": "string", "$n": "numeric", "$b": "boolean", "$u": "untyped"}
DEDUCED = "__untyped_deduced_"
_DEDUCED_TYPES: dict[str, dict[str, Json]] = {
    "__untyped_atomic_": {"x": "$u", "l": "__untyped_atomic_", "e": "__untyped_atomic_", "a": True},
    DEDUCED: {"x": "$u", "l": "__untyped_atomic_", "e": DEDUCED},
}


class SchemaError(ValueError):
    """The schema is incomplete, or does not declare a type that is used."""


class Type(Struct, frozen=True, kw_only=True, eq=False):
    """An atom: each of ``scalar``, ``list`` and ``map`` that is not None is a form that values of the type may take.

    ``only`` is the form where there is one, so that a walk need not look at the value; ``first`` the first in
    precedence. ``granular_map`` and ``granular_list`` are ``map`` and ``list`` where their members are merged and
    owned one by one; None where they are atomic. ``quantity``: the values are resource quantities, which the server
    stores in a canonical spelling.
    """

    name: str
    scalar: str | None
    list: "ListType | None"
    map: "MapType | None"
    only: str | None
    first: str
    granular_map: "MapType | None" = None
    granular_list: "ListType | None" = None
    forms: Mapping[type, str]
    quantity: bool = False

    def form(self, value: Json) -> str:
        """The form that a value takes: "map", "list" or "scalar", or "open" where the schema leaves several
        and the value fits none (null, say). Source: structured-merge-diff ``typed/helpers.go`` deduceAtom."""
        return self.only or self.forms.get(type(value), "open")

    def walked_form(self, value: Json) -> str:
        """The form that a value takes; for an open one the first that the schema allows."""
        return self.only or self.forms.get(type(value), self.first)

    def below(self, element: str) -> "Type | None":
        """The type one path element down; None where the schema does not know it."""
        if element[:2] == "f:":
            return None if self.map is None else self.map.child(element[2:])
        return None if self.list is None else self.list.element


_FORMS: dict[type, str] = {
    dict: "map",
    list: "list",
    str: "scalar",
    int: "scalar",
    float: "scalar",
    bool: "scalar",
}
"""The form of each Python type of a JSON value."""


class ListType:
    """A list: ``atomic``, or associative by ``keys`` (sorted), or a set where ``keys`` is empty."""

    __slots__ = ("_defaults", "_element", "_reference", "_schema", "atomic", "keys")

    def __init__(self, schema: "Schema", atom: dict[str, Json]) -> None:
        self._schema = schema
        self._reference = _reference(atom["l"])
        self._element: Type | None = None
        self._defaults: dict[str, Json] | None = None
        self.atomic = "k" not in atom
        self.keys = tuple(sorted(str(key) for key in _sequence(atom.get("k"))))

    @property
    def element(self) -> Type:
        """The type of the items."""
        if self._element is None:
            self._element = self._schema.resolve(self._reference)
        return self._element

    def key_defaults(self) -> dict[str, Json]:
        """What the schema says an item's key field is when the item leaves it out."""
        if self._defaults is None:
            struct = self.element.map
            self._defaults = {k: struct.defaults[k] for k in self.keys if struct and k in struct.defaults}
        return self._defaults


class MapType:
    """A map: ``atomic`` or granular, with declared fields, or elements of one type, or both."""

    __slots__ = ("_children", "_element", "_schema", "atomic", "defaults", "fields", "pointers", "stored")

    def __init__(self, schema: "Schema", atom: dict[str, Json]) -> None:
        self._schema = schema
        self._children: dict[str, Type | None] = {}
        self._element = _reference(atom["e"]) if "e" in atom else None
        self.atomic = atom.get("a") is True
        self.fields: dict[str, TypeReference] = {k: _reference(v) for k, v in _mapping(atom.get("f")).items()}
        self.defaults = _mapping(atom.get("d"))
        # How the server's own struct is written out: fields that are there even when empty, with their empty
        # value, and fields whose explicit empty value is kept. None: the value is kept as it was sent.
        self.stored = _mapping(atom["z"]) if "z" in atom else None
        self.pointers = frozenset(str(name) for name in _sequence(atom.get("p")))

    def child(self, name: str) -> Type | None:
        """The type of a member, None where the schema does not know the name."""
        try:
            return self._children[name]
        except KeyError:
            pass
        reference = self.fields.get(name, self._element)
        found = None if reference is None else self._schema.resolve(reference)
        # Declared names are few; those of a free map are as many as hostile input likes.
        if name in self.fields or reference is None or len(self._children) < _CACHED_NAMES:
            self._children[name] = found
        return found

    @property
    def deduced(self) -> bool:
        """Whether the map is free of any declaration, the way a schema-less custom resource is."""
        return not self.fields and self._element == DEDUCED


_CACHED_NAMES = 4096


class Schema:
    """Declared types by name, resolved on demand. Raises SchemaError where a name is not declared."""

    __slots__ = ("_atoms", "_resolved")

    def __init__(self, atoms: Mapping[str, dict[str, Json]]) -> None:
        self._atoms = {**_DEDUCED_TYPES, **atoms}
        self._resolved: dict[str, Type] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._atoms

    def type(self, name: str) -> Type:
        """The declared type of this name."""
        return self.resolve(name)

    def resolve(self, reference: TypeReference) -> Type:
        """The type behind a reference, with the relation that the reference may override."""
        if isinstance(reference, str):
            found = self._resolved.get(reference)
            if found is None:
                found = self._resolved[reference] = self._named(reference)
            return found
        if "r" in reference:
            target = str(reference["r"])
            return self._build(target, overridden(self._atom(target), atomic=reference.get("a") is True))
        return self._build("", reference)

    def _named(self, name: str) -> Type:
        if name in SCALARS:
            return self._build(name, {"x": name})
        return self._build(name, self._atom(name))

    def _atom(self, name: str) -> dict[str, Json]:
        if name not in self._atoms:
            raise SchemaError(f"the schema declares no type {name!r}")
        return self._atoms[name]

    def _build(self, name: str, atom: dict[str, Json]) -> Type:
        scalar = SCALARS[str(atom["x"])] if "x" in atom else None
        map_type = MapType(self, atom) if "f" in atom or "e" in atom else None
        list_type = ListType(self, atom) if "l" in atom else None
        allowed = _allowed_forms(name, map=map_type, scalar=scalar, list=list_type)
        return Type(
            name=name,
            scalar=scalar,
            list=list_type,
            map=map_type,
            only=allowed[0] if len(allowed) == 1 else None,
            first=allowed[0],
            granular_map=_granular(map_type),
            granular_list=_granular(list_type),
            forms={python: form for python, form in _FORMS.items() if form in allowed},
            quantity=atom.get("q") is True,
        )


_Part = TypeVar("_Part", "ListType", "MapType")


def _allowed_forms(name: str, **parts: object) -> list[str]:
    """The forms of which a type has a part, in precedence."""
    allowed = [form for form, part in parts.items() if part is not None]
    if not allowed:
        raise SchemaError(f"the schema gives type {name!r} no form")
    return allowed


def _granular(part: _Part | None) -> _Part | None:
    return None if part is None or part.atomic else part


def overridden(atom: dict[str, Json], atomic: bool) -> dict[str, Json]:
    """The atom with the relation between its members replaced, as a reference to a named type may do."""
    if "f" in atom or "e" in atom:
        return {**atom, "a": atomic}
    without = {key: value for key, value in atom.items() if key != "k"}
    return without if atomic else {**without, "k": atom.get("k", [])}


def deduced_type() -> Type:
    """The type of an object without a schema: maps granular, lists atomic, scalars of any kind.

    Source: structured-merge-diff ``typed/parser.go`` DeducedParseableType.
    """
    return _DEDUCED_SCHEMA.type(DEDUCED)


def _reference(value: Json) -> TypeReference:
    if isinstance(value, str | dict):
        return value
    raise SchemaError(f"a type is a name or an object, not {value!r}")


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


_DEDUCED_SCHEMA = Schema({})
