"""The values of a release held against rules, and against what the release of the chart reads."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.diagnostics.suggest import closest
from cnilint.document import Span
from cnilint.packs.charts.installed import InstalledChart
from cnilint.packs.charts.values import GivenValues
from cnilint.packs.evaluate import apply_rules
from cnilint.packs.library import Library
from cnilint.packs.model import SEVERITY, Effect, Rule, StillRead, Subject
from cnilint.packs.parts import Membership, Part
from cnilint.packs.program import ProgramTable, Reading, SettingRun, Verdict
from cnilint.packs.settings import Setting
from cnilint.versions import Version, spoken

_MISSPELT = 0.8
_RENAMED = 0.75
_FALSE = frozenset({"", "false", "0", "{}", "[]"})
_DOUBTED = "values that may override it are not in the repository"
_TYPE_WORDS = {
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "array": "a list",
    "object": "a mapping",
}
_WIDER = {"integer": "number"}
"""Types of which every value is one of another type too."""


def judge_values(installed: InstalledChart, parts: Sequence[Part], library: Library) -> Iterator[Diagnostic]:
    """The problems of the values of a release, at the versions of its chart; ``parts`` are those of its environment."""
    if not installed.versions:
        return
    settings = [replace(each, program=installed.chart.chart) for each in installed.given.settings]
    decided: set[Span] = set()
    for setting, rule, problem in _by_rules(installed, settings, parts, library):
        decided.add(setting.span)
        yield _doubted(problem, setting, rule, installed.given)
    table = library.charts.table(installed.chart)
    if table is not None:
        judge = _Judge(
            installed=installed,
            table=table.values,
            releases=tuple(_releases(table.values, installed.versions)),
            by_name={each.name: each for each in settings},
            kept=library.kept(installed.chart.component),
        )
        yield from judge.problems(decided)


def _by_rules(
    installed: InstalledChart, settings: Sequence[Setting], parts: Sequence[Part], library: Library
) -> Iterator[tuple[Setting, Rule, Diagnostic]]:
    part = Part(
        owner=installed.owner,
        memberships=(Membership(component=installed.chart.component, containers=frozenset(), detected=()),),
        settings=tuple(settings),
    )
    return apply_rules(part, installed.versions, parts, library)


def _doubted(problem: Diagnostic, setting: Setting, rule: Rule, given: GivenValues) -> Diagnostic:
    """The problem as likely only, where it depends on values that may be others."""
    depends = rule.match.values or rule.match.contains or rule.match.where
    may_differ = depends and setting.value is not None and setting.value.span in given.doubted
    if may_differ or (rule.match.where and not given.complete):
        return replace(problem, severity="warning", confidence="likely", evidence=(_DOUBTED,))
    return problem


class _Judge(Struct, frozen=True, kw_only=True):
    """What the values of one release are judged by; ``releases`` are all that its version allows."""

    installed: InstalledChart
    table: ProgramTable
    releases: Sequence[Version]
    by_name: Mapping[str, Setting]
    kept: Sequence[StillRead]

    def problems(self, decided: set[Span]) -> Iterator[Diagnostic]:
        """The problems of the values that are not yet decided, each place once."""
        for setting in self.by_name.values():
            if setting.value is None and not setting.supply:
                continue
            lineage = [each for name in _lineage(setting.name) if (each := self.by_name.get(name))]
            if any(each.span in decided for each in lineage):
                continue
            known = next((each for each in lineage if each.name in self.table.settings), None)
            found = [] if known is None else list(self._of(known, setting))
            if not found and known is not setting and setting.value is not None:
                found = list(self._misspelt("" if known is None else known.name, lineage))
            decided.update(each.span for each in found)
            yield from found

    def _of(self, known: Setting, leaf: Setting) -> Iterator[Diagnostic]:
        """The problems of a value that a release of the chart has; ``leaf`` is what is given, at it or below it."""
        verdicts = [self.table.verdict(known.name, version) for version in self.releases]
        agreed = _agreed(verdicts)
        if agreed is None or self._is_kept(known.name):
            return
        if agreed.reading is Reading.READ and known is leaf:
            yield from self._of_read(known, verdicts)
        elif agreed.reading in (Reading.REMOVED, Reading.FUTURE) and leaf.value is not None:
            yield from self._unread(known, agreed)

    def _is_kept(self, name: str) -> bool:
        return any(each.holds_for(Subject.VALUE, name, self.releases) for each in self.kept)

    def _of_read(self, setting: Setting, verdicts: Sequence[Verdict]) -> Iterator[Diagnostic]:
        runs = [verdict.run for verdict in verdicts if verdict.run is not None]
        if runs and all(_is_refused(run, setting) for run in runs):
            yield self._refused(setting, runs[0])
        elif runs and all(_is_of_other_type(run, setting) for run in runs):
            yield self._mistyped(setting, runs[0])

    def _refused(self, setting: Setting, run: SettingRun) -> Diagnostic:
        release = self.table.releases[run.first]
        return self._problem(
            setting,
            Effect.FATAL,
            "CNI201",
            Message(
                "value `{name}` is refused since {release} ({chart} {version})",
                name=setting.name,
                release=str(release),
                chart=self.installed.chart.title,
                version=spoken(self.installed.versions),
            ),
            f"remove the value (evidence: {self.table.source_of(release)})",
        )

    def _mistyped(self, setting: Setting, run: SettingRun) -> Diagnostic:
        kinds = [kind for kind in run.kind.split("|") if kind != "null"]
        wanted = " or ".join(_TYPE_WORDS[kind] for kind in kinds)
        return self._problem(
            setting,
            Effect.FATAL,
            "CNI203",
            Message(
                "value `{name}` is not {wanted} ({chart} {version})",
                name=setting.name,
                wanted=wanted,
                chart=self.installed.chart.title,
                version=spoken(self.installed.versions),
            ),
            f"use {wanted}: the schema of the chart refuses {_TYPE_WORDS[setting.supply]}",
        )

    def _unread(self, setting: Setting, verdict: Verdict) -> Iterator[Diagnostic]:
        is_removed = verdict.reading is Reading.REMOVED
        is_default = (
            setting.value is not None and verdict.run is not None and _is_default(setting, verdict.run)
        )
        if is_default and not is_removed:
            return
        names = {
            "name": setting.name,
            "release": str(verdict.release),
            "chart": self.installed.chart.title,
            "version": spoken(self.installed.versions),
        }
        evidence = f"(evidence: {self.table.source_of(verdict.release)})" if verdict.release else ""
        successor = self._successor(setting, verdict.run) if is_removed else ""
        if is_removed:
            message = Message("value `{name}` is not read since {release} ({chart} {version})", **names)
            hint = f"check whether `{successor}` replaces it" if successor else "remove the value"
        else:
            message = Message("value `{name}` is only read since {release} ({chart} {version})", **names)
            hint = f"remove the value, or upgrade the chart to {verdict.release}"
        yield self._problem(
            setting,
            Effect.IGNORED if is_default else Effect.DEGRADED,
            "CNI201" if is_removed else "CNI209",
            message,
            f"{hint} {evidence}",
        )

    def _successor(self, setting: Setting, run: SettingRun | None) -> str:
        """The value with a similar name that the release without this one is the first to have."""
        if run is None:
            return ""
        arrived = [name for name, runs in self.table.settings.items() if runs[0].first == run.last + 1]
        return closest(setting.name, arrived, _RENAMED)

    def _misspelt(self, parent: str, lineage: Sequence[Setting]) -> Iterator[Diagnostic]:
        """A note for a value that no release has, beside one with a similar name."""
        wrong = next((each for each in reversed(lineage) if len(each.name) > len(parent)), None)
        if wrong is None or "[" in wrong.name:
            return
        front = f"{parent}." if parent else ""
        beside = {name[len(front) :] for name in self._siblings(front)}
        meant = closest(wrong.name[len(front) :], sorted(beside), _MISSPELT)
        if meant:
            yield self._problem(
                wrong,
                Effect.IGNORED,
                "CNI201",
                Message(
                    "unknown value `{name}` ({chart} {version})",
                    name=wrong.name,
                    chart=self.installed.chart.title,
                    version=spoken(self.installed.versions),
                ),
                f"did you mean `{front}{meant}`?",
            )

    def _siblings(self, front: str) -> Iterator[str]:
        """The values directly below a path that all versions read."""
        for name in self.table.settings:
            if name.startswith(front) and "." not in name[len(front) :]:
                verdicts = (self.table.verdict(name, version) for version in self.releases)
                if all(verdict.reading is Reading.READ for verdict in verdicts):
                    yield name

    def _problem(
        self, setting: Setting, effect: Effect, code: str, message: Message, hint: str
    ) -> Diagnostic:
        return Diagnostic(
            code=code,
            span=setting.span,
            message=message,
            hint=hint.strip(),
            owner=self.installed.owner,
            path=setting.path,
            severity=SEVERITY[effect],
            effect=effect.value,
        )


def _releases(table: ProgramTable, versions: Sequence[Version]) -> Iterator[Version]:
    """The releases that versions allow: all that are known of a release line."""
    for version in versions:
        line = [each for each in table.releases if version.is_line and each.minor == version.minor]
        yield from line or [version]


def _lineage(name: str) -> Iterator[str]:
    """The path of a value, and those of the mappings and lists around it, from the inside."""
    while name:
        yield name
        name = name[: max(name.rfind("."), name.rfind("["), 0)]


def _agreed(verdicts: Sequence[Verdict]) -> Verdict | None:
    """What all versions make of a value; None where they differ."""
    readings = {verdict.reading for verdict in verdicts}
    return verdicts[0] if len(readings) == 1 else None


def _is_refused(run: SettingRun, setting: Setting) -> bool:
    text = setting.value.text if setting.value is not None else "given"
    return ("x" in run.marks and text not in _FALSE) or ("X" in run.marks and text != "")


def _is_of_other_type(run: SettingRun, setting: Setting) -> bool:
    """Whether the chart's schema refuses the type of a value; what a deployer fills in later may have another."""
    if not run.kind or not setting.supply or setting.supply == "null":
        return False
    if setting.value is not None and ("$" in setting.value.text or "{{" in setting.value.text):
        return False
    allowed = run.kind.split("|")
    return setting.supply not in allowed and _WIDER.get(setting.supply) not in allowed


def _is_default(setting: Setting, run: SettingRun) -> bool:
    return setting.value is not None and run.default is not None and setting.value.text == run.default
