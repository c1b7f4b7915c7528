"""Reads the references of the custom resources and built-in kinds that ``rules/references`` knows.

The rules are one YAML document for each kind of object, and are parsed when such an object is found; their shape is
``schemas/reference.schema.json``.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct

from cnilint.document import Node, Scalar
from cnilint.document.expression import (
    ALWAYS,
    NEVER,
    Condition,
    ExpressionPath,
    ExpressionTemplate,
    Located,
    Scope,
    path,
    read_condition,
    template,
)
from cnilint.document.rules import RuleText, rule_texts, serves
from cnilint.document.structure import Convert, structure
from cnilint.facts.collector import Collector
from cnilint.facts.model import Kind, Reads, Reference
from cnilint.manifest.object import Object
from cnilint.resources import data_dir

_KINDS: dict[str, Kind] = {"ConfigMap": "ConfigMap", "Secret": "Secret", "ServiceAccount": "ServiceAccount"}
_CLUSTER_SCOPED = "the object is cluster-scoped: the namespace that it is used in is not known"

_Path = Annotated[ExpressionPath, Convert(path)]
_Template = Annotated[ExpressionTemplate, Convert(template)]
_Condition = Annotated[Condition, Convert(read_condition, Node)]


class KnownReference(Struct, frozen=True, kw_only=True):
    """A field that names an object, or one for each item of ``each``.

    ``kind`` is the kind of the object; the reference is ignored when it makes another text. ``default`` is the key that
    is read if ``key`` selects none; without either the object is read as a whole. ``namespace`` None is the owner's;
    one that makes no text is the owner's as well; ``?`` is unknown.
    """

    kind: _Template
    name: _Path
    each: _Path | None = None
    key: _Path | None = None
    default: str = ""
    namespace: _Template | None = None
    optional: _Condition = NEVER
    when: _Condition = ALWAYS
    reads: Reads = "object"


class KnownKind(Struct, frozen=True, kw_only=True):
    """What objects of certain kinds refer to. ``effect`` says what happens until the references resolve.

    ``absent`` is the most that an absent object is reported with: a note where charts and operators often make it.
    """

    groups: tuple[str, ...] = ()
    scope: Literal["Namespaced", "Cluster"] = "Namespaced"
    absent: Literal["warning", "note"] | None = None
    effect: str = ""
    references: tuple[KnownReference, ...] = ()


class KnownKindText(RuleText):
    """The text of one rule, parsed on first use."""

    @cached_property
    def known(self) -> KnownKind:
        return structure(self.node, KnownKind)


def known_kind_texts(folder: Path) -> Iterator[KnownKindText]:
    """The rules of a folder's files, unparsed."""
    for file in sorted(folder.glob("*.yaml")):
        for rule in rule_texts(file, "resource"):
            yield KnownKindText(rule.file, rule.text)


def read_known(to: Collector, obj: Object) -> None:
    """Collects the references that the rules know. Those found after them cannot be verified in a cluster-scoped object."""
    for text in _known_kinds().get(obj.kind, ()):
        known = text.known
        if serves(known.groups, obj.group):
            for reference in known.references:
                _read(to, obj, known, reference)
            if known.scope == "Cluster":
                to.unclear = _CLUSTER_SCOPED


def is_known(kind: str, group: str) -> bool:
    """Whether a rule says what objects of this kind refer to."""
    return any(serves(text.known.groups, group) for text in _known_kinds().get(kind, ()))


@cache
def _known_kinds() -> Mapping[str, Sequence[KnownKindText]]:
    """The packaged rules by kind."""
    by_kind: defaultdict[str, list[KnownKindText]] = defaultdict(list)
    for text in known_kind_texts(data_dir("rules") / "references"):
        for kind in text.kinds:
            by_kind[kind].append(text)
    return by_kind


def _read(to: Collector, obj: Object, known: KnownKind, reference: KnownReference) -> None:
    whole = Scope(obj.node, obj.node)
    for item in [Located(obj.node, "")] if reference.each is None else reference.each.locate(whole):
        scope = Scope(obj.node, item.node)
        if reference.when.holds(scope):
            for name in _texts(reference.name.locate(scope, item.path)):
                _add(to, obj, known, reference, item=item, name=name)


def _add(
    to: Collector, obj: Object, known: KnownKind, reference: KnownReference, *, item: Located, name: Located
) -> None:
    """Adds a reference for each key that is read, or one to the whole object."""
    scope = Scope(obj.node, item.node)
    kind = _KINDS.get(_text(reference.kind, scope))
    if kind is None:
        return
    keys: list[Located | None] = [*_texts(reference.key.locate(scope, item.path))] if reference.key else []
    for key in keys or [None]:
        target = name if key is None else key
        to.record(
            Reference(
                owner=to.result.owner,
                form=f"{obj.kind}.{_field(reference)}",
                kind=kind,
                name=_raw(name),
                key=_raw(key) if key is not None else reference.default or None,
                path=target.path,
                span=target.node.span,
                name_path=name.path,
                name_span=name.node.span,
                reads=reference.reads,
                optional=reference.optional.holds(scope),
                inactive=to.inactive,
                namespace=_text(reference.namespace, scope) or None,
                absent=known.absent,
                effect=known.effect,
                awaited=True,
            )
        )


def _field(reference: KnownReference) -> str:
    """The name of the form: the path of the field that holds the reference, without lists."""
    steps = (reference.each or reference.name).steps
    return ".".join(step for step in steps if step not in ("spec", "[]", "**"))


def _texts(found: Sequence[Located]) -> Iterator[Located]:
    return (each for each in found if isinstance(each.node, Scalar) and each.node.string)


def _raw(found: Located) -> str:
    return found.node.raw if isinstance(found.node, Scalar) else ""


def _text(expression: ExpressionTemplate | None, scope: Scope) -> str:
    """The first text that a template makes; empty without one."""
    words = expression.words(scope) if expression is not None else []
    return words[0].text if words else ""
