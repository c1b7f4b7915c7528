"""JSON patches (RFC 6902, https://www.rfc-editor.org/rfc/rfc6902) on node trees.

Source: gopkg.in/evanphx/json-patch v4, which kustomize uses. It is more lenient than the RFC: ``replace`` of a
missing key adds it, indices may count from the end, and the first segment of a path without leading slash is ignored.
"""

from collections.abc import Callable

from cnilint.diagnostics.model import Message
from cnilint.document import Mapping, Node, Scalar, Sequence, child, is_null, plain, string
from cnilint.document.edit import tail, text_at, with_entry, with_items, without
from cnilint.document.errors import shown
from cnilint.document.scalars import ScalarError
from cnilint.render.kustomize.merge import MAX_DEPTH, MergeRefused, depth_exceeds

_OPERATIONS = frozenset(("add", "remove", "replace", "move", "copy", "test"))


def apply(target: Mapping, operations: Sequence) -> Mapping:
    """The object after all operations, in order. Raises MergeRefused when one of them does not apply."""
    root: Node = target
    for operation in operations.items:
        root = _apply(root, operation)
    if not isinstance(root, Mapping):
        raise MergeRefused(operations, Message("result is not an object"))
    return root


def _apply(root: Node, operation: Node) -> Node:
    name, path = string(operation, "op"), child(operation, "path")
    if name not in _OPERATIONS or not isinstance(path, Scalar):
        raise MergeRefused(operation, Message("expected an operation with `op` and `path`"))
    segments = _segments(path)
    if name == "remove":
        return _removed(root, segments, path)
    if name in ("move", "copy"):
        return _moved_or_copied(root, operation, segments, path, move=name == "move")
    value = child(operation, "value")
    new = Scalar(path.text, "null", path.start, path.end, style="") if value is None else value
    if depth_exceeds(new, MAX_DEPTH):
        raise MergeRefused(new, Message("value is nested deeper than {limit} levels", limit=str(MAX_DEPTH)))
    if name == "test":
        return _tested(root, segments, path, new)
    return _put(root, segments, path, new, insert=name == "add")


def _not_found(path: Scalar) -> Message:
    return Message("`{path}` not found", path=shown(path.raw))


def _segments(path: Scalar) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.raw.split("/")[1:]]


def _moved_or_copied(root: Node, operation: Node, segments: list[str], path: Scalar, *, move: bool) -> Node:
    origin = child(operation, "from")
    if not isinstance(origin, Scalar):
        raise MergeRefused(operation, Message("operation has no `from`"))
    source = _segments(origin)
    value = _found(root, source, origin)
    if value is None:
        raise MergeRefused(origin, _not_found(origin))
    without_source = _removed(root, source, origin) if move else root
    return _put(without_source, segments, path, value, insert=True)


def _tested(root: Node, segments: list[str], path: Scalar, wanted: Node) -> Node:
    found = _found(root, segments, path) if segments else root
    try:
        same = is_null(wanted) if found is None else plain(found) == plain(wanted)
    except ScalarError:
        same = False
    if not same:
        raise MergeRefused(path, Message("test of `{path}` fails", path=shown(path.raw)))
    return root


def _found(root: Node, segments: list[str], path: Scalar) -> Node | None:
    node: Node | None = root
    for segment in segments:
        if isinstance(node, Mapping):
            node = node.get(segment)
        elif isinstance(node, Sequence):
            node = node.items[_index(node, segment, path)]
        else:
            raise MergeRefused(path, _not_found(path))
    return node


def _index(sequence: Sequence, segment: str, path: Scalar, *, beyond: int = 0) -> int:
    """An index of a list; ``beyond`` is 1 where the end of the list is a valid index."""
    try:
        index = int(segment)
    except ValueError:
        raise MergeRefused(
            path,
            Message(
                "`{segment}` in `{path}` is not a list index", segment=shown(segment), path=shown(path.raw)
            ),
        ) from None
    size = len(sequence.items) + beyond
    if not -size <= index < size:
        raise MergeRefused(
            path,
            Message(
                "index `{segment}` in `{path}` is out of range", segment=shown(segment), path=shown(path.raw)
            ),
        )
    return index + size if index < 0 else index


def _removed(root: Node, segments: list[str], path: Scalar) -> Node:
    def remove(parent: Node, last: str) -> Node:
        if isinstance(parent, Sequence):
            index = _index(parent, last, path)
            return with_items(parent, [item for at, item in enumerate(parent.items) if at != index])
        if not isinstance(parent, Mapping) or last not in parent.entries:
            raise MergeRefused(path, _not_found(path))
        return without(parent, last)

    return _at_parent(root, segments, path, remove)


def _put(root: Node, segments: list[str], path: Scalar, value: Node, *, insert: bool) -> Node:
    """Add (``insert``) or replace a value. A new key has the position of the last segment of the path."""
    if not segments and not insert:
        return value

    def put(parent: Node, last: str) -> Node:
        if isinstance(parent, Mapping):
            return with_entry(parent, _key(path, last), last, value)
        if not isinstance(parent, Sequence):
            raise MergeRefused(path, Message("`{path}` enters a scalar", path=shown(path.raw)))
        items = list(parent.items)
        if not insert:
            items[_index(parent, last, path)] = value
        else:
            items.insert(len(items) if last == "-" else _index(parent, last, path, beyond=1), value)
        return with_items(parent, items)

    return _at_parent(root, segments, path, put)


def _at_parent(root: Node, segments: list[str], path: Scalar, change: Callable[[Node, str], Node]) -> Node:
    """The tree with ``change`` applied to the collection that holds the last segment."""
    if not segments:
        raise MergeRefused(path, Message("path of the operation names no field"))
    parents: list[tuple[Node, str]] = []
    node = root
    for segment in segments[:-1]:
        parents.append((node, segment))
        below = _found(node, [segment], path)
        if below is None:
            raise MergeRefused(
                path,
                Message("`{segment}` in `{path}` not found", segment=shown(segment), path=shown(path.raw)),
            )
        node = below
    changed = change(node, segments[-1])
    for parent, segment in reversed(parents):
        changed = _with_child(parent, segment, changed, path)
    return changed


def _with_child(parent: Node, segment: str, value: Node, path: Scalar) -> Node:
    if isinstance(parent, Mapping):
        return with_entry(parent, parent.entries[segment].key, segment, value)
    assert isinstance(parent, Sequence)
    items = list(parent.items)
    items[_index(parent, segment, path)] = value
    return with_items(parent, items)


def _key(path: Scalar, name: str) -> Scalar:
    """A new key with the position of the last segment of the path."""
    segment = path.raw.rpartition("/")[2]
    token = tail(path, segment)
    return token if segment == name else text_at(token, name)
