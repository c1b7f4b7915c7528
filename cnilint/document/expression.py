"""The small language in which rules say names, keys and conditions: paths, templates, conditions.

A **path** selects nodes: ``spec.tls[].secretName`` from the object, ``.secretName`` from the item at hand
(``.`` is the item itself). ``[]`` goes over the items of a list, ``*`` over the values of a mapping, ``**`` over the
node and everything below it, ``~`` over the keys of a mapping, ``~null`` over those whose value is null,
``(a|b)`` over several fields; ``"a.b/c"`` quotes a field whose name has dots.

A **template** makes texts: ``{metadata.name}-app``. A hole holds paths, the first that selects something counts
(``{spec.target.name ?? metadata.name}``), then an optional filter (``{.users~ | dashes}``). A path that selects
many makes many texts.

A **condition** is true or false: ``spec.jks.create``, ``not spec.dataFrom``, ``.kind = Secret``,
``.kind != Secret``, joined by ``and`` and, more weakly, by ``or``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Set
from functools import cache, partial
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from cnilint.diagnostics.span import Span
from cnilint.document.node import Entry, Mapping, Node, Scalar, Sequence, child, is_null, is_true, walk
from cnilint.document.scalars import BOOLEANS
from cnilint.document.ways import Ways, mappings_with
from cnilint.regex import regex

_STEP = regex(
    r'\.?(?:"(?P<quoted>[^"]+)"|(?P<field>[A-Za-z0-9_-]+)|(?P<many>\[\]|\*\*|\*|~null|~|\([\w|-]+\)))'
)
_HOLE = regex(r"\{([^{}]+)\}")
_ATOM = regex(r"(?P<negated>not )?(?P<path>\S+)(?: (?P<operator>=|!=) (?P<value>\S+))?")


class ExpressionError(ValueError):
    """An expression that is not of the language."""


class Scope(NamedTuple):
    """What paths start from: the object, and the item at hand."""

    root: Node
    item: Node


class Located(NamedTuple):
    """A node and the path of its field from the object: ``spec.valuesFrom[0].name``."""

    node: Node
    path: str


class ExpressionWord(NamedTuple):
    """A text made by a template and the token it comes from; None when it is all literal."""

    text: str
    span: Span | None


class ExpressionPath(Struct, frozen=True):
    """Steps from the object, or from the item when ``relative``. A step is a field's name or goes over many nodes."""

    steps: tuple[str, ...]
    relative: bool
    branches: bool
    """Whether a step goes over many."""

    def select(self, scope: Scope) -> list[Node]:
        """The nodes at the path; null and the empty string count as absent, as they do for the API server."""
        start = scope.item if self.relative else scope.root
        if self.branches:
            return self._select_many(start)
        node = child(start, *self.steps)
        return [] if node is None or _is_void(node) else [node]

    def locate(self, scope: Scope, item_path: str = "") -> list[Located]:
        """The nodes at the path, as ``select`` gives them, with the paths of their fields. Keys have no path."""
        found = [Located(scope.item, item_path) if self.relative else Located(scope.root, "")]
        for step, following in pairwise((*self.steps, "*")):
            if step == "**" and following not in _MANY:
                found = [below for each in found for below in _located_with(each, _field_names(following))]
            else:
                found = [below for each in found for below in _step(each, step)]
        return [each for each in found if not _is_void(each.node)]

    def _select_many(self, start: Node) -> list[Node]:
        nodes = [start]
        for step, following in pairwise((*self.steps, "*")):
            if step == "**" and following not in _MANY:
                wanted = partial(_has_any, _field_names(following))
                nodes = [below for node in nodes for below in mappings_with(node, wanted)]
            else:
                nodes = _MANY[step](nodes) if step in _MANY else _fields(nodes, step)
        return [node for node in nodes if not _is_void(node)]


class Hole(Struct, frozen=True):
    """Alternatives and the filter of what they select."""

    paths: tuple[ExpressionPath, ...]
    filter: Callable[[str], list[str]]

    @property
    def relative(self) -> bool:
        return self.paths[0].relative

    def words(self, scope: Scope) -> list[ExpressionWord]:
        """The texts of the first alternative that selects something. Values that are not strings are ignored."""
        for path in self.paths:
            nodes = path.select(scope)
            if nodes:
                return [
                    ExpressionWord(text, node.span)
                    for node in nodes
                    if isinstance(node, Scalar) and (value := node.string)
                    for text in self.filter(value)
                ]
        return []


class ExpressionTemplate(Struct, frozen=True):
    """Literal texts and holes in turn."""

    parts: tuple[str | Hole, ...]

    def words(self, scope: Scope) -> list[ExpressionWord]:
        """Every text that the template makes. The place is that of the item's hole, else of the first one."""
        words = [ExpressionWord("", None)]
        for part in self.parts:
            if isinstance(part, str):
                words = [ExpressionWord(word.text + part, word.span) for word in words]
            else:
                found = part.words(scope)
                words = [_join(word, more, part.relative) for word in words for more in found]
        return words


class Atom(Struct, frozen=True):
    """One comparison. ``value`` None asks for presence."""

    path: ExpressionPath
    value: str | None
    negated: bool

    def holds(self, scope: Scope) -> bool:
        # Loops: conditions are asked of every object, and most paths select nothing.
        for node in self.path.select(scope):
            if _is_set(node) if self.value is None else isinstance(node, Scalar) and node.raw == self.value:
                return not self.negated
        return self.negated


class Condition(Struct, frozen=True):
    """Alternatives of which one must hold whole."""

    alternatives: tuple[tuple[Atom, ...], ...]

    def holds(self, scope: Scope) -> bool:
        for atoms in self.alternatives:
            for atom in atoms:
                if not atom.holds(scope):
                    break
            else:
                return True
        return False


@cache
def path(text: str) -> ExpressionPath:
    """Parse a path. Raises ExpressionError."""
    relative = text.startswith(".")
    steps: list[str] = []
    offset = 1 if text == "." else 0
    while offset < len(text):
        match = _STEP.match(text, offset)
        if match is None:
            raise ExpressionError(f"{text!r} is not a path: nothing known at {text[offset:]!r}")
        steps.append(match["quoted"] or match["field"] or match["many"])
        offset = match.end()
    if not text:
        raise ExpressionError("a path cannot be empty")
    branches = any(step in _MANY or step.startswith("(") for step in steps)
    return ExpressionPath(tuple(steps), relative, branches)


def template(text: str) -> ExpressionTemplate:
    """Parse a template. Raises ExpressionError."""
    parts: list[str | Hole] = []
    offset = 0
    for match in _HOLE.finditer(text):
        parts += [text[offset : match.start()], _hole(match[1])]
        offset = match.end()
    parts.append(text[offset:])
    return ExpressionTemplate(tuple(part for part in parts if part))


def condition(text: str) -> Condition:
    """Parse a condition. Raises ExpressionError."""
    return Condition(
        tuple(
            tuple(_atom(atom.strip()) for atom in alternative.split(" and "))
            for alternative in text.split(" or ")
        )
    )


def read_condition(node: Node) -> Condition:
    """The condition that a value of a rule spells out; ``true`` always holds. Raises ExpressionError."""
    if is_true(node):
        return ALWAYS
    return condition(node.raw if isinstance(node, Scalar) else "")


def _hole(text: str) -> Hole:
    alternatives, _, name = text.partition(" | ")
    if name.strip() not in _FILTERS:
        raise ExpressionError(f"no filter is called {name.strip()!r}")
    return Hole(tuple(path(part.strip()) for part in alternatives.split("??")), _FILTERS[name.strip()])


def _atom(text: str) -> Atom:
    match = _ATOM.fullmatch(text)
    if match is None:
        raise ExpressionError(f"{text!r} is not a condition")
    negated = bool(match["negated"]) != (match["operator"] == "!=")
    return Atom(path(match["path"]), match["value"], negated)


def _fields(nodes: list[Node], step: str) -> list[Node]:
    return [
        value
        for node in nodes
        if isinstance(node, Mapping)
        for name in _field_names(step)
        if (value := node.get(name)) is not None
    ]


def _field_names(step: str) -> list[str]:
    """The fields that a step goes to: its own name, or those of ``(a|b)``."""
    return step[1:-1].split("|") if step.startswith("(") else [step]


def _items(nodes: list[Node]) -> list[Node]:
    return [item for node in nodes if isinstance(node, Sequence) for item in node.items]


def _values(nodes: list[Node]) -> list[Node]:
    return [entry.value for node in nodes if isinstance(node, Mapping) for entry in node.entries.values()]


def _below(nodes: list[Node]) -> list[Node]:
    return [below for node in nodes for below in walk(node)]


def _names(nodes: list[Node]) -> list[Node]:
    return [key for node in nodes if isinstance(node, Mapping) for key in map(_key, node.entries.items())]


def _null_names(nodes: list[Node]) -> list[Node]:
    return [
        _key(item)
        for node in nodes
        if isinstance(node, Mapping)
        for item in node.entries.items()
        if is_null(item[1].value)
    ]


def _key(item: tuple[str, Entry]) -> Scalar:
    """The key of an entry as a node, at its own place."""
    name, entry = item
    return Scalar(entry.key.text, name, entry.key.start, entry.key.end)


def _step(start: Located, step: str) -> Iterator[Located]:
    """One step of a path, with the paths of the fields."""
    node, path = start
    if step == "**":
        yield from _located_below(start)
    elif step == "[]":
        if isinstance(node, Sequence):
            yield from (Located(item, f"{path}[{index}]") for index, item in enumerate(node.items))
    elif isinstance(node, Mapping):
        names = node.names() if step == "*" else _field_names(step)
        prefix = f"{path}." if path else ""
        for name in names:
            value = node.get(name)
            if value is not None:
                yield Located(value, prefix + name)


def _located_below(start: Located) -> Iterator[Located]:
    """The node and everything below it. A loop: the parser allows more depth than Python's stack."""
    stack = [start]
    while stack:
        each = stack.pop()
        yield each
        stack += reversed([*_step(each, "[]"), *_step(each, "*")])


def _located_with(start: Located, names: Iterable[str]) -> Iterator[Located]:
    """The mappings at and below a node that have one of the names, with the paths of the fields."""
    wanted = partial(_has_any, names)
    ways = Ways(wanted)
    stack = [start] if ways.lead(start.node) else []
    while stack:
        each = stack.pop()
        node, path = each
        if isinstance(node, Mapping):
            if wanted(node.names()):
                yield each
            prefix = f"{path}." if path else ""
            stack += [Located(value, prefix + name) for name, value in reversed(ways.fields(node))]
        elif isinstance(node, Sequence):
            stack += [Located(item, f"{path}[{index}]") for index, item in reversed(ways.items(node))]


def _has_any(wanted: Iterable[str], names: Set[str]) -> bool:
    return not names.isdisjoint(wanted)


def _is_void(node: Node) -> bool:
    return isinstance(node, Scalar) and (not node.raw or is_null(node))


def _is_set(node: Node) -> bool:
    """Whether a field says something: not ``false``, not an empty list or mapping."""
    if isinstance(node, Mapping):
        return bool(node.names())
    if isinstance(node, Sequence):
        return bool(node.items)
    return not node.plain or BOOLEANS.get(node.raw) is not False


def _join(word: ExpressionWord, more: ExpressionWord, takes_place: bool) -> ExpressionWord:
    return ExpressionWord(word.text + more.text, more.span if takes_place or word.span is None else word.span)


def _same(text: str) -> list[str]:
    return [text]


def _dashes(text: str) -> list[str]:
    return [text.replace("_", "-")]


def _dns(text: str) -> list[str]:
    """The text as operators bend it into an object's name."""
    return [re.sub(r"[^a-z0-9.-]+", "-", text.lower()).strip("-.")]


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _file(text: str) -> list[str]:
    """The key that kustomize and kubectl give a file: ``key=path`` or the path's last part."""
    key, equals, _ = text.partition("=")
    return [key if equals else text.rstrip("/").rpartition("/")[2]]


_MANY: dict[str, Callable[[list[Node]], list[Node]]] = {
    "[]": _items,
    "*": _values,
    "**": _below,
    "~": _names,
    "~null": _null_names,
}
_FILTERS: dict[str, Callable[[str], list[str]]] = {
    "": _same,
    "dashes": _dashes,
    "dns": _dns,
    "split": _split,
    "file": _file,
}
ALWAYS = condition("apiVersion or not apiVersion")
NEVER = Condition(())
