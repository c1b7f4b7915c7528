"""Knows the charts whose objects are spelled out in their values: ``rules/charts``."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Literal

from msgspec import Struct
from msgspec.structs import replace

from cnilint.document import Mapping as MappingNode
from cnilint.document import Node, Scalar, Span, child, entries, string
from cnilint.document.structure import Convert, load
from cnilint.facts.keys import Keys, keys_of
from cnilint.facts.model import Definition, Kind
from cnilint.gitops.helm import Release
from cnilint.regex import regex
from cnilint.resources import data_dir
from cnilint.versions import VersionRange, parse_range, parse_version

_NUMBERS = regex(r"[~^>=v\s]*(\d+(?:\.\d+)*)")
"""The first version of a constraint such as ``~4.1.0`` or ``4.x``."""

Identified = Mapping[tuple[Kind, str], tuple[str, ...]]
"""By kind and identifier in the values, the names that an object may have."""


class ChartNaming(Struct, frozen=True, kw_only=True):
    """How a range of versions names the object of an identifier."""

    versions: Annotated[VersionRange, Convert(parse_range, tuple[str, ...])]
    identifier: Literal["always", "several", "never"]
    unless: frozenset[str] = frozenset()
    renamed: tuple[str, ...] = ()
    suffixed: tuple[str, ...] = ()
    prefixed: tuple[str, ...] = ()

    def name(self, prefix: str, identifier: str, values: Node, count: int) -> str:
        """The name of an object among ``count`` of its kind."""
        whole = _first(values, self.renamed)
        if whole:
            return whole
        name = self._beginning(prefix, values)
        suffix = _first(values, self.suffixed)
        if self.identifier == "several":
            name = _appended(name, identifier) if count > 1 else name
            return _appended(name, suffix) if suffix else name
        word = suffix or self._word(identifier)
        return f"{name}-{word}" if word and word != name else name

    def _beginning(self, prefix: str, values: Node) -> str:
        front = _first(values, self.prefixed)
        return f"{front}-{prefix}" if front and front != prefix else prefix

    def _word(self, identifier: str) -> str:
        """What the name has of the identifier."""
        return "" if self.identifier == "never" or identifier in self.unless else identifier


class ChartObjects(Struct, frozen=True, kw_only=True):
    """Objects that a chart makes of a part of its values. ``when`` is the field that has to be true."""

    kind: Kind
    each: str
    names: tuple[ChartNaming, ...]
    keys: tuple[str, ...] = ()
    when: str = ""


class ChartRules(Struct, frozen=True, kw_only=True):
    """A chart, or a library of charts, that makes nothing but what is in the values.

    ``shape`` is a path that only values of such a chart have; without one the chart's name and version decide.
    """

    chart: str
    source: str
    versions: Annotated[VersionRange, Convert(parse_range, tuple[str, ...])]
    fullname: Literal["release", "chart"]
    makes: tuple[ChartObjects, ...]
    shape: str = ""

    def applies_to(self, release: Release, values: Node) -> bool:
        """Whether the release is of this chart."""
        if not self.shape:
            known = release.chart == self.chart and _NUMBERS.match(release.version) is not None
            return known and _is_in(release.version, self.versions)
        return _is_in(release.version, self.versions) and any(True for _ in _selected(values, self.shape))


@cache
def chart_rules() -> tuple[ChartRules, ...]:
    """The packaged knowledge of charts."""
    folder = data_dir("rules") / "charts"
    return tuple(load(f"rules/charts/{file.name}", ChartRules) for file in sorted(folder.glob("*.yaml")))


def rules_for(release: Release, values: Node) -> ChartRules | None:
    """The rules for the chart that has these values; None for a chart of which nothing is known."""
    return next((rules for rules in chart_rules() if rules.applies_to(release, values)), None)


def chart_prefix(release: Release, rules: ChartRules) -> str:
    """The name that the chart gives its objects.

    A chart that is only referred to by another object has that object's name here, and its own is taken for the rules'.
    """
    named = release.chart == rules.chart or release.reference is not None
    if rules.fullname == "release" and named and not release.fullname:
        return release.name
    return release.prefix


def made_of(release: Release, values: Node, rules: ChartRules) -> tuple[list[Definition], Identified]:
    """What the chart makes of its values, and the names by identifier.

    Where the version is not known, an object has every name that it may have.
    """
    prefix = chart_prefix(release, rules)
    made: list[Definition] = []
    known: dict[tuple[Kind, str], tuple[str, ...]] = {}
    for objects in rules.makes:
        found = [each for each in _selected(values, objects.each) if _is_made(each[1], objects.when)]
        for identifier, node, span in found:
            names = dict.fromkeys(
                naming.name(prefix, identifier, node, len(found))
                for naming in objects.names
                if _is_in(release.version, naming.versions)
            )
            known[objects.kind, identifier] = tuple(names)
            template = Definition(
                kind=objects.kind,
                namespace=release.namespace,
                name="",
                span=span,
                keys=_keys(node, objects.keys),
                producer=f"chart {release.chart}",
            )
            made += (replace(template, name=name) for name in names)
    return made, known


def _keys(node: Node, fields: tuple[str, ...]) -> Keys:
    return keys_of({key: entry.key.span for field in fields for key, entry in entries(node, field).items()})


def _selected(values: Node, path: str) -> Iterator[tuple[str, Node, Span]]:
    """The mappings at a path, each with its key and the key's place; a step ``*`` goes over a mapping's values."""
    found: list[tuple[str, Node, Span]] = [("", values, values.span)]
    for step in path.split("."):
        found = [
            (name, entry.value, entry.key.span)
            for _, node, _ in found
            for name, entry in entries(node).items()
            if step in ("*", name)
        ]
    return (each for each in found if isinstance(each[1], MappingNode))


def _is_made(node: Node, when: str) -> bool:
    if when:
        return _is_boolean(child(node, when), True)
    return not any(_is_boolean(child(node, field), False) for field in ("enabled", "create"))


def _is_boolean(node: Node | None, value: bool) -> bool:
    return isinstance(node, Scalar) and node.data is value


def _is_in(version: str, versions: VersionRange) -> bool:
    """Whether a version, or the first that a constraint allows, is in a range; true for one that is not known."""
    match = _NUMBERS.match(version)
    read = None if match is None else parse_version(".".join([*match[1].split("."), "0", "0"][:3]))
    return read is None or versions.contains(read) is not False


def _first(values: Node, fields: tuple[str, ...]) -> str:
    return next((text for field in fields if (text := string(values, field))), "")


def _appended(name: str, word: str) -> str:
    return name if name == word or name.endswith(f"-{word}") else f"{name}-{word}"
