"""Reads nodes as the shapes that rule data has, and says where and what was expected when they differ.

Loading rules is on the path of every run, so this is plain code over nodes. The JSON schemas under
``schemas/`` say the same for editors; a test holds the two to one another.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import TypeVar

from cnilint.document import Mapping, Node, Scalar, Sequence, Span
from cnilint.errors import UsageError

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class PackError(UsageError):
    """A mistake in rule data: where it is, and what was expected there."""

    def __init__(self, span: Span, expected: str) -> None:
        super().__init__(f"{span.file}:{span.line}:{span.column}: {expected}")
        self.span = span
        self.expected = expected


def fields(
    node: Node, what: str, required: Collection[str], optional: Collection[str] = ()
) -> dict[str, Node]:
    """The values of a mapping by key. Raises PackError for a missing or an unknown key."""
    if not isinstance(node, Mapping):
        raise PackError(node.span, f"expected {what} as a mapping")
    for name, entry in node.entries.items():
        if name not in required and name not in optional:
            known = ", ".join((*required, *optional))
            raise PackError(entry.key.span, f"unknown key {name!r} in {what}: expected one of {known}")
    for name in required:
        if name not in node.entries:
            raise PackError(node.span, f"{what} lacks {name!r}")
    return {name: entry.value for name, entry in node.entries.items()}


def text(node: Node, what: str) -> str:
    """A string that is not empty."""
    value = node.string if isinstance(node, Scalar) else None
    if value is None or not value.strip():
        raise PackError(node.span, f"expected {what} as a string (quote numbers and booleans)")
    return value


def texts(node: Node | None, what: str) -> tuple[str, ...]:
    """A list of strings; an absent one is empty."""
    return () if node is None else tuple(text(item, what) for item in items(node, what))


def boolean(node: Node | None, what: str, default: bool) -> bool:
    """A boolean, or what stands for an absent one."""
    if node is None:
        return default
    value = node.data if isinstance(node, Scalar) else None
    if not isinstance(value, bool):
        raise PackError(node.span, f"expected {what} as true or false")
    return value


def count(node: Node, what: str) -> int:
    """A whole number from 1 on."""
    value = node.data if isinstance(node, Scalar) else None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise PackError(node.span, f"expected {what} as a whole number from 1 on")
    return value


def items(node: Node, what: str) -> list[Node]:
    """The items of a list that is not empty."""
    if not isinstance(node, Sequence) or not node.items:
        raise PackError(node.span, f"expected {what} as a list with at least one item")
    return node.items


def choice(node: Node, what: str, kind: type[E]) -> E:
    """A member of an enumeration."""
    value = text(node, what)
    members = {member.value: member for member in kind}
    if value not in members:
        raise PackError(node.span, f"expected {what} as one of {', '.join(members)}, not {value!r}")
    return members[value]


def parsed(node: Node, what: str, parse: Callable[[str], T | None]) -> T:
    """A string that ``parse`` understands; it may return None or raise ValueError to refuse."""
    value = text(node, what)
    try:
        result = parse(value)
    except ValueError as error:
        raise PackError(node.span, str(error)) from None
    if result is None:
        raise PackError(node.span, f"expected {what}, not {value!r}")
    return result
