"""The ``target`` of a patch and ``select`` of a replacement: group, version, kind, name, namespace, labels."""

import re

from msgspec import Struct

from cnilint.document import Mapping, Node, Scalar, Span, child, entries
from cnilint.document.errors import shown
from cnilint.document.patterns import Pattern, PatternError, pattern
from cnilint.regex import regex
from cnilint.render.kustomize.model import Resource

_MAX_NAME = 253


class BadSelector(Exception):
    """A selector that is malformed, or whose pattern is too large. ``refused``: kustomize refuses it for certain."""

    def __init__(self, span: Span, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.span = span
        self.message = message
        self.refused = refused


class Selector(Struct, frozen=True, kw_only=True):
    """A selector of resources. A part that is None matches all of them."""

    group: Pattern | None
    version: Pattern | None
    kind: Pattern | None
    name: Pattern | None
    namespace: Pattern | None
    labels: tuple["_Requirement", ...]
    annotations: tuple["_Requirement", ...]

    def _selects_namespace(self, resource: Resource) -> bool:
        return _matches(self.namespace, resource.original.namespace, resource.effective_namespace)

    def selects(self, resource: Resource) -> bool:
        return (
            _matches(self.kind, resource.kind)
            and (self.group is None or _matches(self.group, resource.group))
            and (self.version is None or _matches(self.version, resource.version))
            and _matches(self.name, resource.original_name, resource.name)
            and (self.namespace is None or self._selects_namespace(resource))
            and _meets(self.labels, child(resource.node, "metadata", "labels"))
            and _meets(self.annotations, child(resource.node, "metadata", "annotations"))
        )


class _Requirement(Struct, frozen=True):
    """One requirement of a label selector. ``values`` None: the label must exist."""

    key: str
    values: frozenset[str] | None
    negated: bool = False


def selector(target: Node) -> Selector:
    """The selector of a ``target`` or ``select``. Raises BadSelector."""
    return Selector(
        group=_pattern(target, "group"),
        version=_pattern(target, "version"),
        kind=_pattern(target, "kind"),
        name=_pattern(target, "name"),
        namespace=_pattern(target, "namespace"),
        labels=_requirements(target, "labelSelector"),
        annotations=_requirements(target, "annotationSelector"),
    )


def _pattern(target: Node, field: str) -> Pattern | None:
    node = child(target, field)
    if not isinstance(node, Scalar) or not node.raw:
        return None
    try:
        return pattern(node.raw)
    except PatternError as error:
        if error.too_large:
            raise BadSelector(node.span, f"pattern `{shown(node.raw)}` is too large") from None
        raise BadSelector(
            node.span, f"`{shown(node.raw)}` is not a regular expression", refused=True
        ) from None


def _matches(wanted: Pattern | None, *texts: str) -> bool:
    return wanted is None or any(len(text) <= _MAX_NAME and wanted.matches(text) for text in texts)


_TERM = regex(
    r"\s*(?:(?P<absent>!)?\s*(?P<key>[\w./-]+)\s*"
    r"(?:(?P<operator>==|=|!=)\s*(?P<value>[\w.-]*)|(?P<word>in|notin)\s*\((?P<values>[^)]*)\))?)\s*(?:,|$)"
)


def _requirements(target: Node, field: str) -> tuple[_Requirement, ...]:
    node = child(target, field)
    if not isinstance(node, Scalar) or not node.raw.strip():
        return ()
    found = []
    offset = 0
    while offset < len(node.raw):
        term = _TERM.match(node.raw, offset)
        if term is None:
            raise BadSelector(node.span, f"`{shown(node.raw)}` is not a label selector")
        found.append(_requirement(term))
        offset = term.end()
    return tuple(found)


def _requirement(term: re.Match[str]) -> _Requirement:
    key, word, operator = term["key"], term["word"], term["operator"]
    if word:
        values = frozenset(value.strip() for value in term["values"].split(","))
        return _Requirement(key, values, negated=word == "notin")
    if operator:
        return _Requirement(key, frozenset((term["value"],)), negated=operator == "!=")
    return _Requirement(key, None, negated=term["absent"] is not None)


def _meets(requirements: tuple[_Requirement, ...], found: Node | None) -> bool:
    pairs = entries(found) if isinstance(found, Mapping) else {}
    for wanted in requirements:
        entry = pairs.get(wanted.key)
        value = entry.value if entry else None
        held = value is not None and (
            wanted.values is None or (isinstance(value, Scalar) and value.raw in wanted.values)
        )
        if held == wanted.negated:
            return False
    return True
