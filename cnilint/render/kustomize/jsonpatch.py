"""JSON patches (RFC 6902) on trees with positions.

Source: gopkg.in/evanphx/json-patch v4, which kustomize uses, with its leniencies: ``replace`` of a missing key
adds it, indices may count from the end, and the first segment of a path without a leading slash is lost.
"""

from collections.abc import Callable

from cnilint.document import Mapping, Node, Scalar, Sequence, child, is_null, plain, string
from cnilint.document.edit import tail, text_at, with_entry, with_items, without
from cnilint.document.scalars import ScalarError
from cnilint.render.kustomize.merge import MAX_DEPTH, MergeRefused, depth_exceeds

_OPERATIONS = frozenset(("add", "remove", "replace", "move", "copy", "test"))


def apply(target: Mapping, operations: Sequence) -> Mapping:
    """The object with the operations applied in order. Raises Refused when one of them does not apply."""
    root: Node = target
    for operation in operations.items:
        root = _apply(root, operation)
    if not isinstance(root, Mapping):
        raise MergeRefused(operations, "the patch leaves something that is no object")
    return root


def _apply(root: Node, operation: Node) -> Node:
    name, path = string(operation, "op"), child(operation, "path")
    if name not in _OPERATIONS or not isinstance(path, Scalar):
        raise MergeRefused(operation, "an operation of a JSON patch has an op and a path")
    segments = _segments(path)
    if name == "remove":
        return _removed(root, segments, path)
    if name in ("move", "copy"):
        return _carried(root, operation, segments, path, move=name == "move")
    value = child(operation, "value")
    new = Scalar(path.text, "null", path.start, path.end, style="") if value is None else value
    if depth_exceeds(new, MAX_DEPTH):
        raise MergeRefused(new, f"the value is nested deeper than {MAX_DEPTH} levels")
    if name == "test":
        return _tested(root, segments, path, new)
    return _put(root, segments, path, new, insert=name == "add")


def _segments(path: Scalar) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.raw.split("/")[1:]]


def _carried(root: Node, operation: Node, segments: list[str], path: Scalar, *, move: bool) -> Node:
    origin = child(operation, "from")
    if not isinstance(origin, Scalar):
        raise MergeRefused(operation, "this operation needs 'from'")
    source = _segments(origin)
    value = _found(root, source, origin)
    if value is None:
        raise MergeRefused(origin, f"there is nothing at {origin.raw}")
    without_source = _removed(root, source, origin) if move else root
    return _put(without_source, segments, path, value, insert=True)


def _tested(root: Node, segments: list[str], path: Scalar, wanted: Node) -> Node:
    found = _found(root, segments, path) if segments else root
    try:
        same = is_null(wanted) if found is None else plain(found) == plain(wanted)
    except ScalarError:
        same = False
    if not same:
        raise MergeRefused(path, f"the test of {path.raw} fails")
    return root


def _found(root: Node, segments: list[str], path: Scalar) -> Node | None:
    node: Node | None = root
    for segment in segments:
        if isinstance(node, Mapping):
            node = node.get(segment)
        elif isinstance(node, Sequence):
            node = node.items[_index(node, segment, path)]
        else:
            raise MergeRefused(path, f"there is nothing at {path.raw}")
    return node


def _index(sequence: Sequence, segment: str, path: Scalar, *, beyond: int = 0) -> int:
    """A position in a list; ``beyond`` is 1 where the end of the list is one, too."""
    try:
        index = int(segment)
    except ValueError:
        raise MergeRefused(path, f"{segment!r} in {path.raw} is no position in a list") from None
    size = len(sequence.items) + beyond
    if not -size <= index < size:
        raise MergeRefused(path, f"the list has no position {segment} ({path.raw})")
    return index + size if index < 0 else index


def _removed(root: Node, segments: list[str], path: Scalar) -> Node:
    def remove(parent: Node, last: str) -> Node:
        if isinstance(parent, Sequence):
            index = _index(parent, last, path)
            return with_items(parent, [item for at, item in enumerate(parent.items) if at != index])
        if not isinstance(parent, Mapping) or last not in parent.entries:
            raise MergeRefused(path, f"there is nothing to remove at {path.raw}")
        return without(parent, last)

    return _at_parent(root, segments, path, remove)


def _put(root: Node, segments: list[str], path: Scalar, value: Node, *, insert: bool) -> Node:
    """Adds (``insert``) or replaces a value. The key of a new pair stands at the end of the operation's path."""
    if not segments and not insert:
        return value

    def put(parent: Node, last: str) -> Node:
        if isinstance(parent, Mapping):
            return with_entry(parent, _key(path, last), last, value)
        if not isinstance(parent, Sequence):
            raise MergeRefused(path, f"{path.raw} leads into a plain value")
        items = list(parent.items)
        if not insert:
            items[_index(parent, last, path)] = value
        else:
            items.insert(len(items) if last == "-" else _index(parent, last, path, beyond=1), value)
        return with_items(parent, items)

    return _at_parent(root, segments, path, put)


def _at_parent(root: Node, segments: list[str], path: Scalar, change: Callable[[Node, str], Node]) -> Node:
    """The tree with the node that holds the last segment changed."""
    if not segments:
        raise MergeRefused(path, "the operation needs a path that names a field")
    parents: list[tuple[Node, str]] = []
    node = root
    for segment in segments[:-1]:
        parents.append((node, segment))
        below = _found(node, [segment], path)
        if below is None:
            raise MergeRefused(path, f"{path.raw} leads through {segment!r}, which is not there")
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
    """A new key, placed at the last segment of the path it comes from."""
    segment = path.raw.rpartition("/")[2]
    token = tail(path, segment)
    return token if segment == name else text_at(token, name)
