"""Executed examples of rules: a bad example must be found by its rule, a good one must not."""

from collections.abc import Iterator

from msgspec import Struct

from cnilint.document import read
from cnilint.facts.owner import owner_of
from cnilint.gitops.helm import ChartSource, installations
from cnilint.manifest.object import Object, objects
from cnilint.packs.charts.installed import InstalledChart, installed_chart
from cnilint.packs.charts.judge import judge_values
from cnilint.packs.charts.rendered import chart_parts
from cnilint.packs.charts.values import GivenValues, value_settings
from cnilint.packs.evaluate import evaluate
from cnilint.packs.library import Library
from cnilint.packs.model import Rule
from cnilint.packs.parts import Part, read_part


class Failure(Struct, frozen=True):
    """An example that disagrees with its rule."""

    rule: Rule
    example: str
    reason: str


def read_objects(name: str, data: bytes) -> list[Object]:
    """The objects of one file. Documents that cannot be read are skipped: a check reports them."""
    return [item for document in read(name, data) for item in objects(document)]


def parts_of(items: list[Object], library: Library) -> list[Part]:
    """The parts among some objects."""
    found = (read_part(item, owner_of(item), library) for item in items)
    return [part for part in found if part is not None]


def charts_of_object(item: Object, library: Library) -> Iterator[InstalledChart]:
    """The known charts that one object installs by itself, with the values that are its own fields."""
    for each in installations(item):
        release = each.release
        store = release.repository_reference
        source = ChartSource(
            chart=release.chart,
            version=release.version,
            repository=release.repository or (store.name if store is not None else ""),
        )
        values = [layer for layer in each.layers if layer.kind == "map"]
        settings = tuple(setting for layer in values for setting in value_settings(layer.node, layer.path))
        given = GivenValues(release=release, settings=settings)
        found = installed_chart(given, owner_of(item), source, library.charts, {})
        if found is not None:
            yield found


def failures(rule: Rule, library: Library) -> Iterator[Failure]:
    """The examples of one rule that fail; the rule's pack must be in ``library``."""
    for kind, texts in (("bad", rule.bad), ("good", rule.good)):
        for position, text in enumerate(texts, 1):
            name = f"{kind} example {position}"
            reason = _reason(rule, text, name, library, expected=kind == "bad")
            if reason:
                yield Failure(rule, name, reason)


def _reason(rule: Rule, text: str, name: str, library: Library, expected: bool) -> str:
    data = text.encode()
    for document in read(name, data, everything=True):
        if document.broken is not None:
            return f"cannot be read: line {document.broken.span.line}: {document.broken.message}"
    items = read_objects(name, data)
    charts = [chart for item in items for chart in charts_of_object(item, library)]
    parts = [*parts_of(items, library), *(part for chart in charts for part in chart_parts(chart))]
    if not parts and not charts:
        return f"is not recognised as {rule.component}"
    problems = [*evaluate(parts, library, {}).problems]
    problems += (problem for chart in charts for problem in judge_values(chart, parts, library))
    found = any(problem.rule == rule.id for problem in problems)
    if found == expected:
        return ""
    return "is not found by the rule" if expected else "is found by the rule"
