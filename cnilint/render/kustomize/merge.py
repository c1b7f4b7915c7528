"""Strategic merge of a patch into an object, as kustomize does it: mappings by field, some lists by key.

The result shares all nodes with the object and the patch, so the position of a value tells which one it is from.
Source: sigs.k8s.io/kustomize/kyaml v0.18.1 yaml/merge2 and yaml/walk, verified against kubectl by the differential
test.
"""

from collections.abc import Iterator
from operator import is_

from cnilint.diagnostics.model import Message
from cnilint.document import Entry, Mapping, Node, Scalar, Sequence, child, is_null, is_same_kind
from cnilint.document.edit import with_entries, with_items, without
from cnilint.render.kustomize.mergekeys import ATOMIC, MergeSchema

MAX_DEPTH = 200
"""Levels of a patch; deeper patches are refused, since no API object is so deep."""

_DIRECTIVE = "$patch"
_DIRECTIVES = frozenset(("delete", "merge", "replace"))


class MergeRefused(Exception):
    """A patch that kustomize refuses; ``node`` is the part of it that is wrong."""

    def __init__(self, node: Node, message: Message) -> None:
        super().__init__(str(message))
        self.node = node
        self.message = message


def merge(target: Mapping, patch: Mapping, schema: MergeSchema) -> Mapping | None:
    """The object with the patch merged in; None when the patch deletes it.

    Raises MergeRefused for an unknown directive, for values of different types and for too deep nesting.
    """
    if depth_exceeds(patch, MAX_DEPTH):
        raise MergeRefused(patch, Message("patch is nested deeper than {limit} levels", limit=str(MAX_DEPTH)))
    merged = _merge(target, patch, schema)
    return merged if isinstance(merged, Mapping) else None


def keyless(patch: Node, schema: MergeSchema) -> Iterator[tuple[Mapping, str]]:
    """The items of a patch that lack the key by which their list is merged, with that key."""
    if isinstance(patch, Mapping):
        for name, below in schema.fields.items():
            entry = patch.entries.get(name)
            if entry is not None:
                yield from keyless(entry.value, below)
    elif isinstance(patch, Sequence):
        for item in patch.items:
            if not isinstance(item, Mapping) or _DIRECTIVE in item.entries:
                continue
            if schema.keys is not None and not _has_key(item, schema.keys):
                yield item, schema.keys[0]
            yield from keyless(item, MergeSchema(fields=schema.fields))


def depth_exceeds(node: Node, limit: int) -> bool:
    """Whether a value is nested deeper than ``limit`` levels."""
    level: list[Node] = [node]
    for _ in range(limit):
        below: list[Node] = []
        for each in level:
            if isinstance(each, Mapping):
                below.extend(entry.value for entry in each.entries.values())
            elif isinstance(each, Sequence):
                below.extend(each.items)
        if not below:
            return False
        level = below
    return True


def _merge(target: Node | None, patch: Node, schema: MergeSchema) -> Node | None:
    """The merged value; None when the patch removes it."""
    if is_null(patch):
        return None
    if target is None or is_null(target):
        return _added(patch, schema)
    if not is_same_kind(target, patch):
        raise MergeRefused(patch, Message("value has another type than in the object"))
    if isinstance(target, Mapping) and isinstance(patch, Mapping):
        return _merge_mapping(target, patch, schema)
    if isinstance(target, Sequence) and isinstance(patch, Sequence) and schema.keys is not None:
        return _merge_list(target, patch, schema)
    return patch


def _added(patch: Node, schema: MergeSchema) -> Node | None:
    """A value that the object does not have, without the nulls and directives of the patch."""
    if isinstance(patch, Mapping):
        return _added_mapping(patch, schema)
    if isinstance(patch, Sequence) and schema.keys is not None:
        return _added_list(patch, schema.keys, MergeSchema(fields=schema.fields))
    return patch


def _added_mapping(patch: Mapping, schema: MergeSchema) -> Mapping | None:
    if _directive(patch) == "delete":
        return None
    bare = without(patch, _DIRECTIVE)
    return with_entries(bare, _added_entries(bare, schema))


def _added_list(patch: Sequence, keys: tuple[str, ...], schema: MergeSchema) -> Sequence | None:
    directive, listed = _list_directive(patch)
    if directive == "delete":
        return None
    keyed = [item for item in listed if _has_key(item, keys)]
    items = [_added(item, schema) for item in keyed or listed if not is_null(item)]
    return with_items(patch, [item for item in items if item is not None])


def _added_entries(patch: Mapping, schema: MergeSchema) -> dict[str, Entry]:
    added = {}
    for name, entry in patch.entries.items():
        if not is_null(entry.value):
            value = _added(entry.value, schema.fields.get(name, ATOMIC))
            if value is not None:
                added[name] = Entry(entry.key, value)
    return added


def _merge_mapping(target: Mapping, patch: Mapping, schema: MergeSchema) -> Mapping | None:
    directive = _directive(patch)
    if directive == "delete":
        return None
    bare = without(patch, _DIRECTIVE)
    if directive == "replace":
        return with_entries(bare, _added_entries(bare, schema))
    entries = _deduplicated_entries(target, schema, patched=bare.entries)
    for name, entry in bare.entries.items():
        known = entries.get(name)
        value = _merge(known.value if known else None, entry.value, schema.fields.get(name, ATOMIC))
        if value is None:
            entries.pop(name, None)
        else:
            keeps_key = known is not None and not isinstance(value, Scalar)
            entries[name] = Entry(known.key if known and keeps_key else entry.key, value)
    return with_entries(target, entries)


def _directive(patch: Mapping) -> str | None:
    value = patch.get(_DIRECTIVE)
    if value is None:
        return None
    if not isinstance(value, Scalar) or value.raw not in _DIRECTIVES:
        raise MergeRefused(value, Message("expected `delete`, `merge` or `replace` in `$patch`"))
    return value.raw


def _merge_list(target: Sequence, patch: Sequence, schema: MergeSchema) -> Sequence | None:
    directive, items = _list_directive(patch)
    if directive == "delete":
        return None
    if directive == "replace":
        return with_items(patch, items)
    keys = schema.keys or ()
    if not keys:
        known = {item.raw for item in items if isinstance(item, Scalar)}
        rest = [item for item in target.items if not (isinstance(item, Scalar) and item.raw in known)]
        return with_items(target, items + rest)
    return with_items(target, _merge_items(target.items, items, keys, MergeSchema(fields=schema.fields)))


def _list_directive(patch: Sequence) -> tuple[str | None, list[Node]]:
    """The directive of a list, which is an item with nothing else in it, and the other items."""
    for item in patch.items:
        if isinstance(item, Mapping) and set(item.entries) == {_DIRECTIVE}:
            return _directive(item), [other for other in patch.items if other is not item]
    return None, patch.items


def _merge_items(
    target: list[Node], patch: list[Node], keys: tuple[str, ...], schema: MergeSchema
) -> list[Node]:
    """The items of the patch, each merged into the item of the object with its keys, then the object's other items.

    As in kustomize, ``$patch: replace`` leaves an item that the object has as it is; and of several items of the
    object with the same keys the last one wins, unpatched. An item of the patch without the key (``keyless``) is left
    out, and so are all items of the object that the patch does not have.
    """
    keyed = [item for item in patch if _has_key(item, keys)]
    rest = target
    merged: list[Node | None] = []
    for item in _first_of_each(keyed, keys):
        matches, rest = _divided(rest, item, keys)
        merged.append(_merge_item(matches, item, schema))
    left = [] if len(keyed) < len(patch) else _deduplicated_items(rest, keys, schema)
    return [item for item in merged if item is not None] + left


def _divided(target: list[Node], patch: Node, keys: tuple[str, ...]) -> tuple[list[Node], list[Node]]:
    """The items of the object with the keys of an item of the patch, and the others."""
    matches: list[Node] = []
    others: list[Node] = []
    for item in target:
        (matches if _same_key(item, patch, keys) else others).append(item)
    return matches, others


def _first_of_each(patch: list[Node], keys: tuple[str, ...]) -> list[Node]:
    """The items without those whose keys an earlier item has."""
    return [
        item
        for position, item in enumerate(patch)
        if not any(_same_key(item, earlier, keys) for earlier in patch[:position])
    ]


def _merge_item(matches: list[Node], patch: Node, schema: MergeSchema) -> Node | None:
    """An item of the patch merged into the items of the object with its keys; None when nothing is left."""
    value = _merge(matches[0] if matches else None, patch, schema)
    if value is None or (isinstance(value, Mapping) and not value.entries):
        return None
    replaces = isinstance(patch, Mapping) and _directive(patch) == "replace"
    return matches[-1] if len(matches) > 1 or (matches and replaces) else value


def _deduplicated(node: Node, schema: MergeSchema) -> Node:
    """A value that is not in the patch. kustomize removes duplicate items even there."""
    if isinstance(node, Mapping) and schema.fields:
        entries = _deduplicated_entries(node, schema, patched={})
        same = all(entry.value is node.entries[name].value for name, entry in entries.items())
        return node if same else with_entries(node, entries)
    if isinstance(node, Sequence) and schema.keys:
        items = _deduplicated_items(node.items, schema.keys, MergeSchema(fields=schema.fields))
        same = len(items) == len(node.items) and all(map(is_, items, node.items))
        return node if same else with_items(node, items)
    return node


def _deduplicated_entries(node: Mapping, schema: MergeSchema, patched: dict[str, Entry]) -> dict[str, Entry]:
    entries = dict(node.entries)
    for name, below in schema.fields.items():
        entry = entries.get(name)
        if entry is not None and name not in patched:
            entries[name] = Entry(entry.key, _deduplicated(entry.value, below))
    return entries


def _deduplicated_items(items: list[Node], keys: tuple[str, ...], schema: MergeSchema) -> list[Node]:
    """The items without duplicates: of items with the same key the last one, at the index of the first."""
    if len(keys) > 1:
        return [_deduplicated(item, schema) for item in items]
    by_key: dict[str | int, Node] = {}
    for position, item in enumerate(items):
        key = _raw(child(item, keys[0]))
        by_key[position if key is None else key] = item
    return [_deduplicated(item, schema) for item in by_key.values()]


def _has_key(item: Node, keys: tuple[str, ...]) -> bool:
    return len(keys) != 1 or _raw(child(item, keys[0])) is not None


def _same_key(one: Node, other: Node, keys: tuple[str, ...]) -> bool:
    """Whether two items have the same keys. Of several keys a missing one matches any value."""
    pairs = [(_raw(child(one, key)), _raw(child(other, key))) for key in keys]
    common = any(mine is not None and mine == theirs for mine, theirs in pairs)
    return common and all(mine == theirs or None in (mine, theirs) for mine, theirs in pairs)


def _raw(node: Node | None) -> str | None:
    return node.raw if isinstance(node, Scalar) else None
