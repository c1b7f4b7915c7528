"""FieldsV1: the sets of field paths in ``metadata.managedFields[].fieldsV1``, and their algebra.

A set is kept in the form in which the API server writes it, a trie of JSON objects whose keys are path
elements, so that reading and writing it costs one walk and equality of sets is equality of values::

    {"f:spec": {"f:replicas": {}, "f:template": {".": {}, "f:metadata": {}}}}

Canonical form, which every function here takes and returns:

* ``{}`` at the root is the empty set; below the root, ``{}`` is a member without descendants.
* ``"."`` in a node says that the node itself is a member beside its descendants; it is left out where the
  node has no descendants. A node without ``"."`` is only the way to its descendants. The root has no ``"."``.
* ``k:`` and ``v:`` elements carry JSON without spaces, keys sorted, equal numbers in one spelling.

Sets are never changed in place: results share subtrees with the arguments.

Sources: structured-merge-diff v6 ``fieldpath/{serialize,serialize-pe,set}.go``.
"""

import json
from collections.abc import Iterator
from typing import TypeAlias

from cnilint.ssa.fieldpath.elements import (
    FieldsError,
    canonical_element,
    element_order,
    element_text,
    refuse_constant,
)
from cnilint.ssa.typed.values import Json

Fields: TypeAlias = dict[str, "Fields"]
FieldPath: TypeAlias = tuple[str, ...]

EMPTY: Fields = {}
MEMBER: Fields = {}
SELF = "."
# Deeper than any object that an API server stores; keeps hostile input within Python's own stack.
MAX_DEPTH = 200


def parse_fields(text: str) -> Fields:
    """Read a FieldsV1 set from its JSON text. ``null`` is the empty set.

    Raises FieldsError for whatever the API server would refuse to decode. Path elements of an unknown kind
    are dropped with what is below them, as the server does.
    """
    try:
        value = json.loads(text, object_pairs_hook=_pairs, parse_constant=refuse_constant)
    except RecursionError:
        raise FieldsError("nested too deep") from None
    except ValueError as error:
        raise FieldsError(f"not JSON: {error}") from None
    return fields_from_json(value)


def fields_from_json(value: Json) -> Fields:
    """Read a FieldsV1 set from its decoded JSON value (an entry's ``fieldsV1``); None is the empty set.

    Raises FieldsError as :func:`parse_fields` does.
    """
    return SharedSets().read(value)


class SharedSets:
    """Reads many sets, as :func:`fields_from_json` does. Equal parts of all of them are one: objects of one kind have
    nearly the same owners, and operations on sets look for parts that are the same."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str | int, ...], Fields] = {}

    def read(self, value: Json) -> Fields:
        """The set of a decoded JSON value. Raises FieldsError."""
        node, _ = self._read(value, MAX_DEPTH)
        return node

    def _read(self, value: Json, depth: int) -> tuple[Fields, bool]:
        """The set below a node, and whether the node says of itself that it is a member."""
        if value is None:
            return {}, True
        members = _checked(value, depth)
        out: Fields = {}
        for key, below in members.items():
            element = key if key[:2] == "f:" else canonical_element(key)
            if element is None:
                continue
            node = MEMBER if below == {} else self._read_node(below, depth - 1)
            out[element] = _union_below(out[element], node) if element in out else node
        return out, not out or SELF in members

    def _read_node(self, value: Json, depth: int) -> Fields:
        children, is_member_itself = self._read(value, depth)
        node = {SELF: MEMBER, **children} if is_member_itself and children else children
        key: list[str | int] = [*node]
        key += map(id, node.values())
        return self._parts.setdefault(tuple(key), node)


def fields_to_json(fields: Fields) -> dict[str, Json]:
    """The set with every element in the order in which the API server writes it, as a fresh JSON value."""
    return {element: fields_to_json(fields[element]) for element in sorted(fields, key=element_order)}


def serialise_fields(fields: Fields) -> str:
    """The FieldsV1 JSON text of a set, byte for byte as the API server writes it (except rare escapes)."""
    return json.dumps(fields_to_json(fields), separators=(",", ":"), ensure_ascii=False)


def union(one: Fields, other: Fields) -> Fields:
    """The paths that are in either set."""
    if not one:
        return other
    if not other or one is other:
        return one
    out = dict(one)
    for element, child in other.items():
        mine = out.get(element)
        out[element] = child if mine is None else _union_below(mine, child)
    return out


def intersection(one: Fields, other: Fields) -> Fields:
    """The paths that are in both sets."""
    if one is other:
        return one
    out: Fields = {}
    for element, mine in one.items():
        theirs = other.get(element)
        if theirs is None:
            continue
        common = _canonical(is_member(mine) and is_member(theirs), intersection(_below(mine), _below(theirs)))
        if common is not None:
            out[element] = common
    return out


def difference(one: Fields, other: Fields) -> Fields:
    """The paths of ``one`` that are not in ``other``. A path is taken away exactly: its descendants stay."""
    return _difference(one, other, recursive=False)


def recursive_difference(one: Fields, other: Fields) -> Fields:
    """The paths of ``one`` that are neither in ``other`` nor below a path of ``other``."""
    return _difference(one, other, recursive=True)


def leaves(fields: Fields) -> Fields:
    """The paths of the set that have no path of the set below them."""
    return {element: leaves(_below(child)) for element, child in fields.items()}


def path_set(*paths: FieldPath) -> Fields:
    """The set of the given paths; the empty path, the object itself, is never part of a set."""
    out: Fields = {}
    for path in paths:
        node = out
        for depth, element in enumerate(path, 1):
            child = node.get(element)
            if child is None:
                child = node[element] = {}
            elif not child or depth == len(path):
                # A member that now gets descendants, or a way to descendants that now becomes a member.
                child[SELF] = {}
                if len(child) == 1 and depth == len(path):
                    del child[SELF]
            node = child
    return out


def has(fields: Fields, path: FieldPath) -> bool:
    """Whether exactly this path is a member."""
    node: Fields | None = fields
    for element in path:
        node = None if node is None else node.get(element)
    return bool(path) and node is not None and is_member(node)


def subset(fields: Fields, path: FieldPath) -> Fields:
    """What the set holds below a path, as a set of its own."""
    node = fields
    for element in path:
        found = node.get(element)
        if found is None:
            return EMPTY
        node = found
    return _below(node)


def paths(fields: Fields, prefix: FieldPath = ()) -> Iterator[FieldPath]:
    """Every path of the set, those of one node before those below it, as the API server lists them."""
    elements = sorted((element for element in fields if element != SELF), key=element_order)
    for element in elements:
        if is_member(fields[element]):
            yield (*prefix, element)
    for element in elements:
        yield from paths(fields[element], (*prefix, element))


def is_member(node: Fields) -> bool:
    """Whether a node below the root is itself a member of the set."""
    return not node or SELF in node


def path_text(path: FieldPath) -> str:
    """A path as Kubernetes prints it: ``.spec.containers[name="c"].env[name="A"].value``."""
    return "".join(map(element_text, path))


def _pairs(pairs: list[tuple[str, Json]]) -> Json:
    """A JSON object in which a repeated key adds to what the first one said, as the API server reads it."""
    out: dict[str, Json] = {}
    for key, value in pairs:
        seen = out.get(key)
        if isinstance(seen, dict) and isinstance(value, dict):
            value = {**({SELF: {}} if not seen or not value else {}), **seen, **value}
        out[key] = value
    return out


def _checked(value: Json, depth: int) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise FieldsError(f"expected an object, found {json.dumps(value)[:40]}")
    if depth == 0:
        raise FieldsError("nested too deep")
    return value


def _below(node: Fields) -> Fields:
    """What is below a node, as a set of its own."""
    if SELF not in node:
        return node
    return {element: child for element, child in node.items() if element != SELF}


def _canonical(member: bool, below: Fields) -> Fields | None:
    """The node with this membership and these descendants; None where neither is left."""
    if not below:
        return MEMBER if member else None
    return {SELF: MEMBER, **below} if member else below


def _union_below(one: Fields, other: Fields) -> Fields:
    """The union of two nodes below the root, where an empty node is a member."""
    if one is other:
        return one
    if not one:
        return other if not other or SELF in other else {SELF: MEMBER, **other}
    if not other:
        return one if SELF in one else {SELF: MEMBER, **one}
    return union(one, other)


def _difference(one: Fields, other: Fields, recursive: bool) -> Fields:
    if one is other:
        return EMPTY
    out = one
    for element in one.keys() & other.keys():
        mine, theirs = one[element], other[element]
        left = _left_of_node(mine, theirs, recursive)
        if left is mine:
            continue
        if out is one:
            out = dict(one)
        if left is None:
            del out[element]
        else:
            out[element] = left
    return out


def _left_of_node(mine: Fields, theirs: Fields, recursive: bool) -> Fields | None:
    """What one node keeps when another is taken from it; None where nothing is left."""
    if is_member(theirs) and (recursive or not mine):
        return None
    if not mine:
        return mine
    if not theirs:
        return _below(mine)
    # Membership is an element like others here: ``.`` goes where both nodes have it.
    left = _difference(mine, theirs, recursive)
    if left == {SELF: MEMBER}:
        return MEMBER
    return left or None
