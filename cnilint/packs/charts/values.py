"""The values that a release gives to a chart, as settings with their places: read once, so that nodes can be dropped."""

from collections.abc import Iterator

from msgspec import Struct

from cnilint.document import Mapping, Node, Scalar, Sequence, Span
from cnilint.gitops.helm import Release
from cnilint.packs.model import Subject
from cnilint.packs.settings import Setting
from cnilint.packs.written import WrittenText, written

_MOST_VALUES = 4000
_EMPTY = {Mapping: "{}", Sequence: "[]"}
_JSON_TYPES = ((bool, "boolean"), (int, "integer"), (float, "number"))
"""In this order, because a boolean is an integer of Python too."""


class GivenValues(Struct, frozen=True, kw_only=True):
    """The values of a release; ``doubted`` are the places of those that layers outside of the repository may override.

    Where the values are not ``complete``, such layers may have more.
    """

    release: Release
    settings: tuple[Setting, ...]
    doubted: frozenset[Span] = frozenset()
    complete: bool = True


def value_settings(values: Node | None, path: str) -> tuple[Setting, ...]:
    """The values below a node by their dotted paths: mappings and lists too, before what is in them.

    ``path`` is that of the node in its object. A list's item has its index in the path, as in ``extraEnv[0].name``.
    ``supply`` is the JSON type of the value, empty where Helm chooses it, as for ``--set``. Values beyond some thousands
    are left out.
    """
    found: list[Setting] = []
    stack: list[tuple[Node, str]] = [(values, "")] if values is not None else []
    while stack and len(found) < _MOST_VALUES:
        node, name = stack.pop()
        below = list(_below(node, name))
        for child, place, inner in below:
            found.append(
                Setting(
                    subject=Subject.VALUE,
                    name=inner,
                    span=place,
                    value=_text(child),
                    supply="" if place == child.span else _json_type(child),
                    path=f"{path}{'' if inner.startswith('[') else '.'}{inner}",
                )
            )
        stack += [(child, inner) for child, _, inner in reversed(below) if not isinstance(child, Scalar)]
    return tuple(found)


def _below(node: Node, name: str) -> Iterator[tuple[Node, Span, str]]:
    """What is directly in a mapping or list: the node, the place of its key, and its path."""
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            yield entry.value, entry.key.span, f"{name}.{key}" if name else key
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield item, item.span, f"{name}[{index}]"


def _json_type(node: Node) -> str:
    if not isinstance(node, Scalar):
        return "object" if isinstance(node, Mapping) else "array"
    data = node.data
    if data is None:
        return "null"
    return next((name for kind, name in _JSON_TYPES if isinstance(data, kind)), "string")


def _text(node: Node) -> WrittenText | None:
    """The text of a scalar, ``{}`` or ``[]`` for what is empty; None for a mapping or list with something in it."""
    if isinstance(node, Scalar):
        return written(node)
    is_empty = not (node.entries if isinstance(node, Mapping) else node.items)
    return WrittenText(text=_EMPTY[type(node)], span=node.span) if is_empty else None
