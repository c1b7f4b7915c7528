"""The settings that a program reads, release by release: a table derived from its source, never written by hand."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.packs.model import Effect, Subject
from cnilint.packs.settings import Setting
from cnilint.reading import read_named
from cnilint.versions import EVERY_VERSION, Version, VersionRange, parse_range, parse_version

PROGRAMS_FOLDER = "programs"
TABLE_SCHEMA = "cnilint-program-table/1"

_RawRun = Sequence[int | str | None]


class Reading(Enum):
    """What a table says of a setting at a version."""

    UNCOVERED = auto()  # older than the table
    UNKNOWN = auto()  # in no release of the table
    READ = auto()
    REMOVED = auto()  # only in earlier releases
    FUTURE = auto()  # only in later releases


class SettingRead(Struct, frozen=True, kw_only=True):
    """One way in which manifests give settings to a program, and what comes of a wrong one.

    ``form`` says how the name is written there: as in the table, in capitals, or as a variable (in capitals, with
    underscores), but for capitals after ``prefix``. ``containers``, ``config_maps`` and ``files`` (keys whose value is the
    configuration file with the field) are shell patterns. ``commands`` are names of the
    executable; where a container does not name one, ``flavours`` are patterns for what follows the version in its tag.
    ``unknown`` is the effect of a setting that the program does not read, ``invalid`` that of a value of the wrong type.
    A ``complete`` table has every setting, except those of libraries, whose names ``others`` are patterns for.
    """

    setting: Subject
    form: Literal["name", "upper", "variable"] = "name"
    prefix: str = ""
    containers: tuple[str, ...] = ()
    config_maps: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    flavours: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    unknown: Effect
    invalid: Effect | None = None
    complete: bool = False
    others: tuple[str, ...] = ()

    def holds_at(self, versions: Sequence[Version]) -> bool:
        """Whether the program reads settings in this way at all of some versions."""
        allowed = self._range()
        return all(allowed.contains(version) is True for version in versions)

    def name_of(self, name: str) -> str:
        """How a setting of the table is written in manifests."""
        if self.form == "name":
            return self.prefix + name
        upper = name.upper()
        return upper if self.form == "upper" else self.prefix + upper.replace("-", "_").replace(".", "_")

    def is_given(self, setting: Setting, owner_name: str, flavour: str) -> bool:
        """Whether a setting is given to the program in this way; ``owner_name`` is the name of its object."""
        if setting.subject is Subject.API:
            return self.setting is Subject.API
        if not setting.container:
            is_there = _fits(self.config_maps, owner_name) and _fits(self.files, setting.file)
            return setting.subject is self.setting and is_there
        return self.takes(setting.subject, setting.container, program=setting.program, flavour=flavour)

    def takes(self, subject: Subject | str, scope: str, *, program: str = "", flavour: str) -> bool:
        """Whether a kind of setting is given in this way in a place, which is a container or a ConfigMap."""
        if subject != self.setting:
            return False
        if self.setting is Subject.CONFIG_KEY:
            return _fits(self.config_maps, scope)
        return _fits(self.containers, scope) and self._is_run(program, flavour)

    def _is_run(self, program: str, flavour: str) -> bool:
        if program and self.commands:
            return _fits(self.commands, program)
        return not self.flavours or any(fnmatchcase(flavour, pattern) for pattern in self.flavours)

    def _range(self) -> VersionRange:
        return parse_range(self.versions) if self.versions else EVERY_VERSION


class SettingRun(Struct, frozen=True, kw_only=True):
    """Consecutive releases, by position, that declare a setting in the same way.

    ``kind`` is the type whose values are checked, empty for any text; ``default`` is None where it is not known.
    ``marks`` are letters: d deprecated, h hidden, l locked to the default, r required; of a chart's value x refused unless
    empty, X refused.
    """

    first: int
    last: int
    kind: str = ""
    default: str | None = None
    marks: str = ""


class Verdict(Struct, frozen=True):
    """What a table says of a setting: ``run`` are the releases that read it, the nearest to the version.

    ``release`` is the first that does not read a removed one, or the first that reads a future one.
    """

    reading: Reading
    run: SettingRun | None = None
    release: Version | None = None


class ProgramTable(Struct, frozen=True, kw_only=True, dict=True):
    """What the releases of a program read. ``releases`` ascend; runs are positions in them.

    A release is the tag that ``tags`` makes of it, or what ``commits`` says. ``stand_ins`` are releases that were
    not at hand, so that the commit is the last one before their branch. ``shipped`` are names and flags that the
    manifests of the releases themselves set, each with the first and last position of every run.
    """

    component: str
    program: str
    repository: str
    tags: str = ""
    commits: Mapping[str, str] = field(default_factory=dict)
    stand_ins: tuple[str, ...] = ()
    reads: tuple[SettingRead, ...]
    releases: tuple[Version, ...]
    settings: Mapping[str, tuple[SettingRun, ...]]
    shipped: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def is_shipped(self, name: str, version: Version) -> bool:
        """Whether the manifests of the releases at, or next to, a version set a name themselves."""
        near, runs = self.near(version), self.shipped.get(name, ())
        return bool(near) and any(first <= near[-1] and last >= near[0] for first, last in runs)

    def verdict(self, name: str, version: Version) -> Verdict:
        """What the releases at, or next to, a version make of a setting, by its name in the table."""
        near = self.near(version)
        if not near:
            return Verdict(Reading.UNCOVERED)
        runs = self.settings.get(name, ())
        here = [run for run in runs if run.first <= near[-1] and run.last >= near[0]]
        if here:
            return Verdict(Reading.READ, here[-1])
        later = [run for run in runs if run.first > near[-1]]
        if later:  # also where it was ported back to an earlier line before
            return Verdict(Reading.FUTURE, later[0], self.releases[later[0].first])
        earlier = [run for run in runs if run.last < near[0]]
        if earlier:
            return Verdict(Reading.REMOVED, earlier[-1], self.releases[earlier[-1].last + 1])
        return Verdict(Reading.UNKNOWN)

    def near(self, version: Version) -> range:
        """The positions that show what a version reads; empty before the first release.

        A release line is all its releases. A release that is not in the table is like the one before it in its line,
        or else like one of its neighbours. After the last release, the last one counts.
        """
        if version.is_line:
            line = [at for at, release in enumerate(self.releases) if release.minor == version.minor]
            if line:
                return range(line[0], line[-1] + 1)
        left, right = bisect_right(self._keys, version.key) - 1, bisect_left(self._keys, version.key)
        if left < 0:
            return range(0)
        if self.releases[left].minor == version.minor or right == len(self.releases):
            right = left
        return range(left, right + 1)

    def is_beyond(self, version: Version) -> bool:
        """Whether a version is of a later line than all releases."""
        return version.minor > self.releases[-1].minor

    def source_of(self, release: Version) -> str:
        """``repository@tag`` of a release."""
        name = str(release)
        return f"{self.repository}@{self.commits.get(name) or self.tags.replace('{version}', name)}"

    def source_near(self, version: Version) -> str:
        """``repository@tag`` of the first release that shows what a version reads."""
        return self.source_of(self.releases[self.near(version)[0]])

    def written(self, read: SettingRead) -> Mapping[str, str]:
        """The names in the table by how manifests write them in one way."""
        if read not in self._written:
            self._written[read] = {read.name_of(name): name for name in self.settings}
        return self._written[read]

    @cached_property
    def _keys(self) -> list[tuple[tuple[int, ...], int, tuple[int, int]]]:
        return [release.key for release in self.releases]

    @cached_property
    def _written(self) -> dict[SettingRead, Mapping[str, str]]:
        return {}


def united(old: ProgramTable, new: ProgramTable) -> ProgramTable:
    """The new table with the releases that only the old one has."""
    releases = tuple(sorted({*old.releases, *new.releases}, key=lambda release: release.key))
    settings = {
        name: _runs_over(releases, (new, old), name) for name in sorted({*old.settings, *new.settings})
    }
    return replace(
        new,
        commits={**old.commits, **new.commits},
        stand_ins=tuple(dict.fromkeys((*old.stand_ins, *new.stand_ins))),
        releases=releases,
        settings={name: runs for name, runs in settings.items() if runs},
    )


def _runs_over(
    releases: Sequence[Version], tables: Sequence[ProgramTable], name: str
) -> tuple[SettingRun, ...]:
    """The runs of a setting over releases, each as the first table that has it says."""
    runs: list[SettingRun] = []
    for at, release in enumerate(releases):
        table = next(table for table in tables if release in table.releases)
        position = table.releases.index(release)
        found = next((run for run in table.settings.get(name, ()) if run.first <= position <= run.last), None)
        if found is None:
            continue
        run = replace(found, first=at, last=at)
        if runs and runs[-1].last == at - 1 and replace(runs[-1], first=at, last=at) == run:
            runs[-1] = replace(runs[-1], last=at)
        else:
            runs.append(run)
    return tuple(runs)


def write_table(table: ProgramTable) -> str:
    """The table as JSON with one setting a line; equal tables give equal text."""
    head = {
        "schema": TABLE_SCHEMA,
        "component": table.component,
        "program": table.program,
        "repository": table.repository,
        "tags": table.tags,
        "commits": dict(table.commits),
        "standIns": list(table.stand_ins),
        "reads": [_read_data(read) for read in table.reads],
        "releases": [str(release) for release in table.releases],
    }
    lines = [f"{_json(name)}: {_json(value)}" for name, value in head.items() if value]
    settings = {name: [_run_data(run) for run in runs] for name, runs in table.settings.items()}
    lines += [_rows("shipped", table.shipped)] if table.shipped else []
    return "{\n" + ",\n".join([*lines, _rows("settings", settings)]) + "\n}\n"


def read_table(path: Path) -> ProgramTable:
    """Read what ``write_table`` wrote."""
    return parse_table(read_named(path))


def parse_table(text: bytes) -> ProgramTable:
    """The table in a text. Raises as ``table_of``, and ValueError for a text that is not JSON."""
    return table_of(json.loads(text))


def table_of(data: dict[str, Any]) -> ProgramTable:
    """The table of the data that ``write_table`` wrote. Raises ValueError, KeyError, TypeError, IndexError or
    AttributeError for other data."""
    table = ProgramTable(
        component=data["component"],
        program=data["program"],
        repository=data["repository"],
        tags=data.get("tags", ""),
        commits=data.get("commits", {}),
        stand_ins=tuple(data.get("standIns", ())),
        reads=tuple(_read(read) for read in data.get("reads", ())),
        releases=tuple(version for text in data["releases"] if (version := parse_version(text))),
        settings={name: tuple(map(_run, runs)) for name, runs in data["settings"].items()},
        shipped={name: tuple(map(tuple, runs)) for name, runs in data.get("shipped", {}).items()},
    )
    last = len(table.releases) - 1
    if last < 0 or any(run.last > last for runs in table.settings.values() for run in runs):
        raise ValueError("a run without its releases")
    return table


def _rows(name: str, rows: Mapping[str, object]) -> str:
    """A mapping with one entry a line."""
    entries = [f" {_json(key)}: {_json(value)}" for key, value in rows.items()]
    return f"{_json(name)}: {{\n" + ",\n".join(entries) + "\n}"


def _fits(patterns: tuple[str, ...], name: str) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


_READ_KEYS = {"configMaps": "config_maps"}


def _read_data(read: SettingRead) -> dict[str, object]:
    """A way of giving settings, without what is as by default."""
    data: dict[str, object] = {"setting": read.setting.value, "unknown": read.unknown.value}
    if read.invalid is not None:
        data["invalid"] = read.invalid.value
    if read.form != "name":
        data["form"] = read.form
    if read.prefix:
        data["prefix"] = read.prefix
    if read.complete:
        data["complete"] = True
    lists = {
        "containers": read.containers,
        "configMaps": read.config_maps,
        "files": read.files,
        "commands": read.commands,
        "flavours": read.flavours,
        "versions": read.versions,
        "others": read.others,
    }
    return data | {name: list(texts) for name, texts in lists.items() if texts}


def _read(data: Mapping[str, object]) -> SettingRead:
    values = {
        _READ_KEYS.get(name, name): tuple(value) if isinstance(value, list) else value
        for name, value in data.items()
    }
    values["setting"] = Subject(str(values["setting"]))
    values["unknown"] = Effect(str(values["unknown"]))
    if "invalid" in values:
        values["invalid"] = Effect(str(values["invalid"]))
    return SettingRead(**values)  # type: ignore[arg-type]


def _run_data(run: SettingRun) -> list[int | str | None]:
    data: list[int | str | None] = [run.first, run.last, run.kind, run.default, run.marks]
    while data[-1] in ("", None):
        data.pop()
    return data


def _run(data: _RawRun) -> SettingRun:
    first, last, kind, default, marks = [*data, None, None, None][:5]
    return SettingRun(
        first=int(first or 0),
        last=int(last or 0),
        kind=str(kind or ""),
        default=None if default is None else str(default),
        marks=str(marks or ""),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
