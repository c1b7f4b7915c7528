"""What labels and annotations do: by themselves, from ``rules/ssa/effects.yaml``, and through selectors of the input."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct

from cnilint.diagnostics.model import ObjectRef, Target
from cnilint.document.structure import load
from cnilint.environment import Environment
from cnilint.ownership.inputs.desired import DesiredObject, ManifestStore
from cnilint.ownership.inputs.selectors import selector_rows
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.typed.typed import as_list, as_object
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at

_POD = "pod"
_ANY = "any"


class MetadataEffect(Struct, frozen=True, kw_only=True):
    """A row: ``name`` is a whole name, or a beginning with ``*`` or ``{container}`` at its end; ``kinds`` are those of
    the object, or ``pod``."""

    name: str
    kinds: tuple[str, ...]
    does: str
    source: str

    def covers(self, name: str, holder: str) -> bool:
        """Whether the row is about a name on an object of a kind, or on a pod."""
        start = self.name.removesuffix("*").removesuffix("{container}")
        fits = name.startswith(start) if start != self.name else name == start
        return fits and (holder in self.kinds or _ANY in self.kinds)


def metadata_effect(path: FieldPath, kind: str) -> str:
    """What a label or annotation of an object of a kind does; empty where nothing is known."""
    name = path[-1][2:]
    return next((row.does for row in _effects() if row.covers(name, _holder(path, kind))), "")


def selected_labels(path: FieldPath, kind: str) -> str:
    """Whether labels are those of ``pods`` or of ``namespaces``, which others select; empty for all others."""
    if path[-2] != "f:labels":
        return ""
    holder = _holder(path, kind)
    return "pods" if holder == _POD else "namespaces" if holder == "Namespace" else ""


def selector_changed(
    environment: Environment,
    contents: ManifestStore,
    *,
    what: str,
    namespace: str | None,
    labels: Mapping[str, Json],
    name: str,
) -> Target | None:
    """The object whose selector gives another answer for ``labels`` with the label ``name`` than without it.

    ``what`` is that of :func:`selected_labels`; ``namespace`` is where pods are, None for namespaces.
    """
    without = {key: value for key, value in labels.items() if key != name}
    for fact in environment.objects:
        owner = fact.owner
        rows = _selector_rows(what, owner.kind)
        if not rows or not _selects_in(owner, namespace):
            continue
        value = contents.value(DesiredObject(environment, fact, None))
        if any(_is_changed(row, value, labels, without) for row in rows):
            return Target(kind=owner.kind, namespace=owner.namespace or namespace, name=owner.name)
    return None


def _selector_rows(what: str, kind: str) -> list[JsonObject]:
    """The selectors that objects of a kind have."""
    return [row for row in selector_rows().get(what, ()) if text_at(row, "kind") == kind]


def _selects_in(selecting: ObjectRef, namespace: str | None) -> bool:
    """Whether the selectors of an object can select in a namespace."""
    return namespace is None or selecting.namespace in (None, namespace)


def _is_changed(
    row: JsonObject, value: JsonObject | None, labels: Mapping[str, Json], without: Mapping[str, Json]
) -> bool:
    return any(_selects(row, found, labels) != _selects(row, found, without) for found in _found(row, value))


def _holder(path: FieldPath, kind: str) -> str:
    if path[0] != "f:metadata" or kind == "Pod":
        return _POD if kind == "Pod" or "f:template" in path else ""
    return kind


def _found(row: JsonObject, value: JsonObject | None) -> Iterator[JsonObject]:
    for path in as_list(row.get("paths")):
        yield from _below(value, str(path).split("."))


def _below(value: Json, names: Sequence[str]) -> Iterator[JsonObject]:
    """The objects at a path of names that leads through lists."""
    if isinstance(value, list):
        for item in value:
            yield from _below(item, names)
    elif isinstance(value, dict):
        if not names:
            yield value
        elif names[0] in value:
            yield from _below(value[names[0]], names[1:])


def _selects(row: JsonObject, selector: JsonObject, labels: Mapping[str, Json]) -> bool:
    if text_at(row, "form") == "map":
        return bool(selector) and _all_equal(selector, labels)
    expressions = as_list(selector.get("matchExpressions"))
    return _all_equal(as_object(selector.get("matchLabels")), labels) and all(
        _holds(expression, labels) for expression in expressions
    )


def _all_equal(wanted: JsonObject, labels: Mapping[str, Json]) -> bool:
    return all(labels.get(key) == value for key, value in wanted.items())


def _holds(expression: Json, labels: Mapping[str, Json]) -> bool:
    key, operator, values = (
        text_at(expression, "key"),
        text_at(expression, "operator"),
        as_list(at(expression, "values")),
    )
    if operator in ("In", "NotIn"):
        return (labels.get(key) in values) is (operator == "In")
    return (key in labels) is (operator != "DoesNotExist")


@cache
def _effects() -> Sequence[MetadataEffect]:
    return load("rules/ssa/effects.yaml", _EffectsFile).effects


class _EffectsFile(Struct, frozen=True):
    effects: tuple[MetadataEffect, ...]
