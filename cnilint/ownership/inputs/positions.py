"""From a path of FieldsV1 to the place in the dump: the token to point at, and the path as reports show it."""

import json
from typing import NamedTuple

from cnilint.document import Mapping, Node, Scalar, Sequence, Span
from cnilint.document.scalars import ScalarError
from cnilint.ssa.fieldpath.elements import element_keys
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.schema.schema import ListType, Type
from cnilint.ssa.typed.typed import TypedError, item_element
from cnilint.ssa.typed.values import Json

_UNSAFE = frozenset('.[]"')


class FieldPlace(NamedTuple):
    """The place of a field, its path as reports show it (``spec.containers[name=agent].env[name=LEVEL]``), and as facts
    have it (``spec.containers[0].env[3]``)."""

    span: Span
    shown: str
    positions: str


def whole_object(span: Span) -> FieldPlace:
    """The place of an object of which no field is known to be at fault."""
    return FieldPlace(span, "", "")


class _Reached(NamedTuple):
    """A value in a dump: the key of a field, None for an item; its path as facts have it; its node and type."""

    key: Scalar | None
    positions: str
    node: Node
    type: Type | None


class FieldPositions:
    """The places of an object's fields in a dump. Lists are indexed once, when first used."""

    def __init__(self, root: Mapping, schema_type: Type) -> None:
        self._reached: dict[FieldPath, _Reached | None] = {
            (): _Reached(key=None, positions="", node=root, type=schema_type)
        }
        self._indexes: dict[int, dict[str, int]] = {}

    def of(self, path: FieldPath) -> FieldPlace | None:
        """The place of the token of a field, key or item, whose own is the value of its key field.

        None where the object has no such field.
        """
        found = self._at(path)
        if found is None:
            return None
        token = found.key or (_token(found.node, path[-1]) if path else found.node)
        return FieldPlace(token.span, shown_path(path), found.positions.removeprefix("."))

    def _at(self, path: FieldPath) -> _Reached | None:
        if path in self._reached:
            return self._reached[path]
        # What many fields are below is looked for once.
        parent = self._at(path[:-1])
        found = self._reached[path] = None if parent is None else self._below(parent, path[-1])
        return found

    def _below(self, parent: _Reached, element: str) -> _Reached | None:
        """One element down."""
        node, here = parent.node, parent.type
        if isinstance(node, Mapping) and element[:2] == "f:":
            name = element[2:]
            entry = node.entries.get(name)
            if entry is None:
                return None
            positions = f"{parent.positions}.{name}"
            return _Reached(key=entry.key, positions=positions, node=entry.value, type=_member(here, element))
        items = None if here is None else here.list
        if not isinstance(node, Sequence) or items is None:
            return None
        index = self._index(node, items).get(element)
        if index is None:
            return None
        positions = f"{parent.positions}[{index}]"
        return _Reached(key=None, positions=positions, node=node.items[index], type=items.element)

    def _index(self, node: Sequence, items: ListType) -> dict[str, int]:
        found = self._indexes.get(id(node))
        if found is None:
            found = self._indexes[id(node)] = _by_element([_keys(item, items) for item in node.items], items)
        return found


class _Place(NamedTuple):
    """The names and positions that lead to a value, the value and its type."""

    steps: tuple[str | int, ...]
    value: Json
    type: Type | None


class Pointers:
    """The JSON pointers to the fields of a plain value. Lists are indexed when they are first walked into, and once."""

    def __init__(self, root: Json, schema_type: Type) -> None:
        self._places: dict[FieldPath, _Place | None] = {(): _Place((), root, schema_type)}
        self._indexes: dict[int, dict[str, int]] = {}

    def steps(self, path: FieldPath) -> list[str | int] | None:
        """The names and positions that lead to a path; None where the value has no such field."""
        found = self._place(path)
        return None if found is None else [*found.steps]

    def value(self, path: FieldPath) -> Json:
        """The value at a path; null where there is none."""
        found = self._place(path)
        return None if found is None else found.value

    def reach(self, path: FieldPath) -> int:
        """How many steps of a path the value has, of a path that it does not have as a whole."""
        return next(n for n in range(len(path) - 1, -1, -1) if self._inner(path[:n]) is not None)

    def _place(self, path: FieldPath) -> "_Place | None":
        parent = self._inner(path[:-1]) if path else None
        return self._inner(path) if parent is None else self._below(parent, path[-1])

    def _inner(self, path: FieldPath) -> "_Place | None":
        """A place that others are below: it is kept, for the fields of a patch are beside one another."""
        if path not in self._places:
            parent = self._inner(path[:-1])
            self._places[path] = None if parent is None else self._below(parent, path[-1])
        return self._places[path]

    def _below(self, parent: "_Place", element: str) -> "_Place | None":
        step = self._step(parent.value, element, parent.type)
        if step is None:
            return None
        here = None if parent.type is None else parent.type.below(element)
        return _Place((*parent.steps, step), _child(parent.value, step), here)

    def _step(self, value: Json, element: str, here: Type | None) -> str | int | None:
        """One element down: the name of a member, the index of an item; None where there is none."""
        if isinstance(value, dict):
            return element[2:] if element[:2] == "f:" and element[2:] in value else None
        items = None if here is None else here.list
        if isinstance(value, list) and items is not None:
            return self._index(value, items).get(element)
        return None

    def _index(self, value: list[Json], items: ListType) -> dict[str, int]:
        found = self._indexes.get(id(value))
        if found is None:
            found = self._indexes[id(value)] = _by_element(value, items)
        return found


def shown_path(path: FieldPath) -> str:
    """A path as reports have it: ``spec.containers[name=agent].ports[containerPort=80,protocol=TCP]``."""
    return "".join(map(_shown, path)).removeprefix(".")


def path_label(path: FieldPath) -> str:
    """A path as a sentence has it: ``env[CNI_NET_DIR]`` of a variable, ``metadata.annotations[x/y]`` of a key."""
    return "".join(map(_label, path)).removeprefix(".")


def _child(value: Json, step: str | int) -> Json:
    if isinstance(value, dict):
        return value[str(step)]
    return value[int(step)] if isinstance(value, list) else None


def _member(here: Type | None, element: str) -> Type | None:
    return None if here is None else here.below(element)


def _by_element(values: list[Json], items: ListType) -> dict[str, int]:
    """The positions of the items of a list by path element; of several items with one element the first."""
    out: dict[str, int] = {}
    if items.atomic:
        return out
    for index, value in enumerate(values):
        try:
            out.setdefault(item_element(items, value), index)
        except TypedError:
            continue
    return out


def _keys(item: Node, items: ListType) -> Json:
    """An item as plain values, of an object its key fields; null where it has none of that form."""
    try:
        if isinstance(item, Scalar):
            return item.data
        if isinstance(item, Mapping):
            entries = {name: item.entries[name].value for name in items.keys if name in item.entries}
            return {name: value.data for name, value in entries.items() if isinstance(value, Scalar)}
    except ScalarError:
        return None
    return None


def _token(item: Node, element: str) -> Node:
    """What names an item: the value of its first key field."""
    if not isinstance(item, Mapping):
        return item
    for name in element_keys(element):
        entry = item.entries.get(name)
        if entry is not None and isinstance(entry.value, Scalar):
            return entry.value
    return next(iter(item.entries.values())).key if item.entries else item


def _shown(element: str) -> str:
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return f".{text}"
    if kind == "k:":
        return f"[{','.join(f'{name}={value}' for name, value in element_keys(element).items())}]"
    return f"[{text}]" if kind == "i:" else f"[={json.loads(text)}]"


def _label(element: str) -> str:
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return f"[{text}]" if _UNSAFE & set(text) else f".{text}"
    if kind == "k:":
        return f"[{','.join(str(value) for value in element_keys(element).values())}]"
    return f"[{text}]"
