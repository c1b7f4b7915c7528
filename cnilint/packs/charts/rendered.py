"""What a chart makes of the values of a release in a plain way: parts of components that rules are applied to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from cnilint.diagnostics.model import ObjectRef
from cnilint.packs.charts.installed import InstalledChart
from cnilint.packs.charts.model import ChartOutput
from cnilint.packs.model import ObjectPattern, Subject
from cnilint.packs.parts import DetectedVersion, Membership, Part
from cnilint.packs.settings import Setting
from cnilint.packs.written import WrittenText
from cnilint.versions import Confidence, VersionReading

_ITEM = ("name", "value")


def chart_parts(installed: InstalledChart) -> Iterator[Part]:
    """The release itself, which gives the version of its component, and the objects that the chart is known to make."""
    if not installed.chart.evidence:
        return
    yield _part(installed, installed.owner, (), frozenset())
    by_object: defaultdict[ObjectPattern, list[Setting]] = defaultdict(list)
    settings = {each.name: each for each in installed.given.settings}
    for output in installed.chart.outputs:
        if all(output.versions.contains(version) for version in installed.versions):
            by_object[output.object] += _FORMS[output.form](output, settings)
    for pattern, found in by_object.items():
        if found:
            owner = replace(
                installed.owner,
                kind=pattern.kind,
                name=pattern.name,
                namespace=pattern.namespace or installed.given.release.namespace or installed.owner.namespace,
            )
            names = frozenset(each.container for each in found if each.container)
            yield replace(_part(installed, owner, tuple(found), names), stated_by=installed.owner)


def _part(
    installed: InstalledChart, owner: ObjectRef, settings: tuple[Setting, ...], containers: frozenset[str]
) -> Part:
    exact = installed.apps[0] if len(installed.apps) == 1 else None
    token = WrittenText(text=installed.written, span=installed.given.release.span)
    detected = (
        ()
        if exact is None
        else (
            DetectedVersion(
                component=installed.chart.component,
                reading=VersionReading(exact, Confidence.LINE if exact.is_line else Confidence.EXACT),
                token=token,
                where=installed.chart.title,
                compared=False,
            ),
        )
    )
    membership = Membership(
        component=installed.chart.component,
        containers=containers,
        detected=detected,
        allowed=installed.apps if exact is None else (),
    )
    return Part(owner=owner, memberships=(membership,), settings=settings)


def _of_map(output: ChartOutput, settings: Mapping[str, Setting]) -> Iterator[Setting]:
    front = f"{output.value}."
    for name, setting in settings.items():
        if name.startswith(front) and setting.value is not None:
            yield _setting(output, setting, name[len(front) :], setting.value)


def _of_list(output: ChartOutput, settings: Mapping[str, Setting]) -> Iterator[Setting]:
    index = 0
    while (item := f"{output.value}[{index}]") in settings:
        name, value = (settings.get(f"{item}.{field}") for field in _ITEM)
        if name is not None and name.value is not None:
            text = None if value is None else value.value
            span = name.value.span
            found = _setting(output, name, name.value.text, text)
            yield replace(found, span=span, supply="literal" if text is not None else "fieldRef")
        index += 1


def _of_value(output: ChartOutput, settings: Mapping[str, Setting]) -> Iterator[Setting]:
    setting = settings.get(output.value)
    if setting is not None and setting.value is not None:
        yield _setting(output, setting, output.name, setting.value)


_FORMS = {"map": _of_map, "list": _of_list, "value": _of_value}


def _setting(output: ChartOutput, setting: Setting, name: str, value: WrittenText | None) -> Setting:
    """A value as the setting that the chart makes of it, at the value's place."""
    return replace(
        setting,
        subject=output.setting,
        name=name,
        value=value,
        container=output.container,
        supply="literal" if output.setting is Subject.ENV else "",
    )


def version_notices(charts: Sequence[InstalledChart]) -> Iterator[str]:
    """What is to be said of chart versions that are ranges, or newer than all that are known."""
    for each in charts:
        title = each.chart.title
        if each.is_range and each.versions:
            yield f"{title}: {each.written} is a range of versions; only what holds for all of them is reported"
        elif each.newest is not None and any(version.minor > each.newest for version in each.versions):
            last = ".".join(map(str, each.newest))
            yield f"{title} {each.written} is newer than the rules, which know releases up to {last}"
