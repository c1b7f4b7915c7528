"""Settings held against what the program reads: removed, too new, unknown, of the wrong type, or required and absent."""

from collections.abc import Container, Iterator, Sequence
from itertools import accumulate

from msgspec import Struct

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.diagnostics.suggest import closest
from cnilint.document import Span
from cnilint.packs.catalogue import Catalogue, key_of
from cnilint.packs.library import Library
from cnilint.packs.links import revision_link
from cnilint.packs.match import fits
from cnilint.packs.model import NOUNS, SEVERITY, Effect, StillRead, Subject
from cnilint.packs.parts import Membership, Part
from cnilint.packs.program import ProgramTable, Reading, SettingRead, Verdict
from cnilint.packs.required import missing_settings
from cnilint.packs.served import unserved
from cnilint.packs.settings import SHORTEST_TELLING_FLAG, Setting
from cnilint.packs.typed import is_of_type, is_same
from cnilint.packs.written import WrittenText
from cnilint.versions import Version, spoken

_MISSPELT = 0.8
_RENAMED = 0.75
_NO_VALUE = frozenset(("", "~", "null"))
"""What YAML has for a field without a value, but for Go's zero of its type."""
_ALL_KNOWN = frozenset((Subject.FLAG, Subject.FEATURE_GATE))
"""Settings that a program does not ignore where it does not know them, so that a table can have all of them."""
TYPE_WORDS = {
    "bool": "a boolean",
    "int": "an integer",
    "uint": "a non-negative integer",
    "float": "a number",
    "duration": "a duration such as `30s`",
}


class Judged(Struct, frozen=True):
    """The problems of an object's settings, and the places of those that the tables decide, right or wrong."""

    problems: tuple[Diagnostic, ...]
    decided: frozenset[Span]


class _Given(Struct, frozen=True, kw_only=True):
    """A setting that is given to a program, and what the program makes of it."""

    setting: Setting
    table: ProgramTable
    read: SettingRead
    verdict: Verdict


class _Judge(Struct, frozen=True, kw_only=True):
    """What the settings of one object are judged by."""

    part: Part
    versions: Sequence[Version]
    tables: Sequence[ProgramTable]
    catalogue: Catalogue | None
    serves: frozenset[str]


def judge_settings(
    part: Part,
    membership: Membership,
    versions: Sequence[Version],
    settings: Sequence[Setting],
    library: Library,
    *,
    serves: frozenset[str] = frozenset(),
) -> Judged:
    """Judge the settings of an object that no rule is about; ``versions`` are those that it may run with.

    ``serves`` are the kinds that the environment itself defines.
    """
    tables = library.tables(membership.component)
    if not tables:
        return Judged((), frozenset())
    judge = _Judge(
        part=part,
        versions=versions,
        tables=tables,
        catalogue=library.catalogue(membership.component),
        serves=serves,
    )
    problems: list[Diagnostic] = []
    decided: set[Span] = set()
    reported: set[tuple[str, str]] = set()
    for setting in settings:
        if reported and _is_below(setting, reported):
            continue
        given = list(_given(judge, setting))
        found = _decide(judge, setting, given, library.kept(membership.component)) if given else None
        if found is not None:
            decided.add(setting.span)
            problems += found
        if found and setting.subject is Subject.CONFIG_FIELD:
            reported.add((setting.file, setting.name))
    problems += missing_settings(part, membership, versions, tables, settings)
    return Judged(tuple(problems), frozenset(decided))


def effect_of_loss(setting: Setting, owner_name: str, component: str, library: Library) -> Effect:
    """The effect of a setting that a rule says is lost: none with the default of the last release that reads it.

    A setting that no table has is taken to have none.
    """
    runs = [
        table.settings[name][-1]
        for table in library.tables(component)
        for read in table.reads
        if read.is_given(setting, owner_name, "")
        for name in (table.written(read).get(setting.name),)
        if name is not None
    ]
    if not runs or (setting.value is not None and is_same(setting.value.text, runs[0].default, runs[0].kind)):
        return Effect.IGNORED
    return Effect.DEGRADED


def _is_below(setting: Setting, reported: Container[tuple[str, str]]) -> bool:
    """Whether a field is within one that was reported as a whole."""
    steps = setting.name.split(".")[:-1] if setting.subject is Subject.CONFIG_FIELD else ()
    return any((setting.file, outer) in reported for outer in accumulate(steps, "{}.{}".format))


def _given(judge: _Judge, setting: Setting) -> Iterator[_Given]:
    """The programs that a setting is given to, each with its verdict at the first version that differs from being read."""
    flavour = judge.versions[0].suffix
    for table in judge.tables:
        for read in table.reads:
            if read.is_given(setting, judge.part.owner.name, flavour) and read.holds_at(judge.versions):
                wanted = setting.name.upper() if read.form == "upper" else setting.name
                name = table.written(read).get(wanted, "")
                verdicts = [table.verdict(name, version) for version in judge.versions]
                yield _Given(setting=setting, table=table, read=read, verdict=_agreed(verdicts))


def _agreed(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict of all versions; read at one of them counts as read."""
    for reading in (Reading.READ, Reading.UNCOVERED):
        found = next((verdict for verdict in verdicts if verdict.reading is reading), None)
        if found is not None:
            return found
    return verdicts[0]


def _decide(
    judge: _Judge, setting: Setting, given: Sequence[_Given], kept: Sequence[StillRead]
) -> list[Diagnostic] | None:
    """The problems of a setting; None where the tables do not tell, or a pack says that it is read."""
    by_reading = {each.verdict.reading: each for each in reversed(given)}
    if Reading.READ in by_reading:
        return [*_invalid(judge, [each for each in given if each.verdict.reading is Reading.READ])]
    if Reading.UNCOVERED in by_reading or any(
        entry.holds_for(setting.subject, setting.name, judge.versions) for entry in kept
    ):
        return None
    known = by_reading.get(Reading.REMOVED) or by_reading.get(Reading.FUTURE)
    if known is None:
        return _unknown(judge, given[0])
    if setting.subject is Subject.API:
        return unserved(judge.part.owner, setting, known.table, judge.versions, judge.serves)
    effect = _effect_in(judge, known)
    if effect is Effect.IGNORED and known.verdict.reading is Reading.FUTURE:
        return []
    return [_unread(judge, known, effect)]


def _unread(judge: _Judge, given: _Given, effect: Effect) -> Diagnostic:
    """The diagnostic for a setting that only other releases read."""
    release = given.verdict.release
    is_flag = given.setting.subject is Subject.FLAG
    code = "CNI202" if is_flag else "CNI201" if given.verdict.reading is Reading.REMOVED else "CNI209"
    return Diagnostic(
        code=code,
        span=given.setting.span,
        message=_statement(judge, given),
        hint=_unread_hint(given),
        owner=judge.part.owner,
        path=given.setting.path,
        container=given.setting.container,
        severity=SEVERITY[effect],
        effect=effect.value,
        sources=() if release is None else (revision_link(given.table.source_of(release)),),
    )


def _statement(judge: _Judge, given: _Given) -> Message:
    names = {
        "noun": NOUNS[given.setting.subject],
        "name": given.setting.name,
        "release": str(given.verdict.release),
        "component": given.table.component,
        "version": spoken(judge.versions),
    }
    is_removed, is_fatal = given.verdict.reading is Reading.REMOVED, given.read.unknown is Effect.FATAL
    if given.setting.subject is Subject.EXEC:
        if is_removed:
            return Message(
                "{noun} `{name}` is not in the image since {release} ({component} {version})", **names
            )
        return Message(
            "{noun} `{name}` is only in the image since {release} ({component} {version})", **names
        )
    if is_fatal and is_removed:
        return Message("{noun} `{name}` is not accepted since {release} ({component} {version})", **names)
    if is_fatal:
        return Message("{noun} `{name}` is only accepted since {release} ({component} {version})", **names)
    if is_removed:
        return Message("{noun} `{name}` is not read since {release} ({component} {version})", **names)
    return Message("{noun} `{name}` is only read since {release} ({component} {version})", **names)


def _unread_hint(given: _Given) -> str:
    release, noun = given.verdict.release, NOUNS[given.setting.subject]
    if given.verdict.reading is Reading.FUTURE:
        return f"remove the {noun}, or upgrade to {release}"
    successor = _successor(given)
    if successor:
        return f"check whether `{successor}` replaces it"
    return f"remove the {noun}"


def _successor(given: _Given) -> str:
    """The setting with a similar name that the release without this one is the first to read."""
    run = given.verdict.run
    if run is None:
        return ""
    arrived = [
        written
        for written, name in given.table.written(given.read).items()
        if given.table.settings[name][0].first == run.last + 1
    ]
    return closest(given.setting.name, arrived, _RENAMED)


def _effect_in(judge: _Judge, given: _Given) -> Effect:
    """The effect of a setting that is not read.

    None is lost with the value that holds without it, or where the manifests of the release itself set it.
    """
    effect, run, value = given.read.unknown, given.verdict.run, given.setting.value
    if effect is Effect.FATAL:
        return Effect.DEGRADED if given.setting.supply == "preStop" else effect
    is_default = run is not None and value is not None and is_same(value.text, run.default, run.kind)
    if given.setting.subject is Subject.CONFIG_FIELD and value is not None and value.text in _NO_VALUE:
        return Effect.IGNORED
    return Effect.IGNORED if is_default or _is_set_by_release(judge, given.setting) else effect


def _unknown(judge: _Judge, given: _Given) -> list[Diagnostic] | None:
    """A setting that no release reads: wrong where the table has all of them, or where it is probably misspelt."""
    setting, read = given.setting, given.read
    if any(given.table.is_beyond(version) for version in judge.versions) or setting.subject not in _ALL_KNOWN:
        return None
    if fits(read.others, setting.name) if read.others else len(setting.name) < SHORTEST_TELLING_FLAG:
        return None
    meant = closest(setting.name, sorted(given.table.written(read)), _MISSPELT)
    if not read.complete and not meant:
        return None
    effect, noun = read.unknown if read.complete else Effect.IGNORED, NOUNS[setting.subject]
    return [
        Diagnostic(
            code="CNI202" if setting.subject is Subject.FLAG else "CNI201",
            span=setting.span,
            message=Message(
                "unknown {noun} `{name}` ({program} {version})",
                noun=noun,
                name=setting.name,
                program=" ".join(dict.fromkeys((given.table.component, given.table.program))),
                version=spoken(judge.versions),
            ),
            hint=f"did you mean `{meant}`?" if meant else f"remove the {noun}",
            owner=judge.part.owner,
            path=setting.path,
            container=setting.container,
            severity=SEVERITY[effect],
            effect=effect.value,
        )
    ]


def _invalid(judge: _Judge, given: Sequence[_Given]) -> Iterator[Diagnostic]:
    """CNI203 for a value that is not of the type of the setting; programs that share it must agree."""
    first = given[0]
    value, effect = first.setting.value, first.read.invalid
    kinds = {each.verdict.run.kind for each in given if each.verdict.run is not None}
    locked = _locked_default(first.verdict)
    if value is not None and locked is not None and not is_same(value.text, locked, "bool"):
        yield _locked(judge, first, value, locked)
        return
    if value is None or effect is None or len(kinds) != 1 or value.text.lower() in first.read.accepts:
        return
    (kind,) = kinds
    if (
        not kind
        or not value.text
        or is_of_type(value.text, kind)
        or "$" in value.text
        or _is_apart(first.setting, kind)
    ):
        return
    yield Diagnostic(
        code="CNI203",
        span=value.span,
        message=Message(
            "value `{value}` of {noun} `{name}` is not {kind} ({component} {version})",
            value=value.text,
            noun=NOUNS[first.setting.subject],
            name=first.setting.name,
            kind=TYPE_WORDS[kind],
            component=first.table.component,
            version=spoken(judge.versions),
        ),
        hint=f"use {TYPE_WORDS[kind]}",
        owner=judge.part.owner,
        path=first.setting.path,
        container=first.setting.container,
        severity=SEVERITY[effect],
        effect=effect.value,
    )


def _locked_default(verdict: Verdict) -> str | None:
    run = verdict.run
    return run.default if run is not None and "l" in run.marks else None


def _locked(judge: _Judge, given: _Given, value: WrittenText, default: str) -> Diagnostic:
    """CNI203 for a value of a setting that the release accepts with its default only."""
    noun = NOUNS[given.setting.subject]
    return Diagnostic(
        code="CNI203",
        span=value.span,
        message=Message(
            "{noun} `{name}` is locked to `{default}` ({component} {version})",
            noun=noun,
            name=given.setting.name,
            default=default,
            component=given.table.component,
            version=spoken(judge.versions),
        ),
        hint=f"remove the {noun}",
        sources=(revision_link(given.table.source_near(judge.versions[0])),),
        owner=judge.part.owner,
        path=given.setting.path,
        container=given.setting.container,
        severity="error",
        effect=Effect.FATAL.value,
    )


def _is_set_by_release(judge: _Judge, setting: Setting) -> bool:
    """Whether the manifests of the release itself set it, so that it is not the user's to remove."""
    if any(table.is_shipped(setting.name, version) for table in judge.tables for version in judge.versions):
        return True
    if judge.catalogue is None:
        return False
    key = key_of(setting, judge.part.owner.name)
    near = [judge.catalogue.around(version) for version in judge.versions]
    return any(judge.catalogue.runs_at(key, position) for positions in near for position in positions)


def _is_apart(setting: Setting, kind: str) -> bool:
    """Whether the value is the argument after a boolean flag, which does not take one."""
    if setting.subject is not Subject.FLAG or kind != "bool" or setting.value is None:
        return False
    token, value = setting.span, setting.value.span
    return (value.line, value.column) >= (token.end_line, token.end_column)
