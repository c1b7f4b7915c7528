"""Differences between what the programs of two releases read, by the tables that their source gives."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from cnilint.diagnostics.suggest import closest
from cnilint.packs.catalogue import plain
from cnilint.packs.changes.model import Change, ChangeRow, Compared, FoundRow
from cnilint.packs.library import Library
from cnilint.packs.links import revision_link
from cnilint.packs.match import fits
from cnilint.packs.model import Effect, StillRead, Subject
from cnilint.packs.parts import Membership, Part
from cnilint.packs.program import ProgramTable, SettingRead, SettingRun
from cnilint.packs.programs import TYPE_WORDS
from cnilint.packs.settings import Setting
from cnilint.packs.typed import is_of_type, is_same
from cnilint.versions import Version

LIKE = 0.85
"""From this similarity on, a removed and an added name in one place are a renaming."""


_NUMBERS = ("int", "uint", "float")
_STATED = (Change.REJECTED, Change.GONE, Change.REQUIRED)


class ProgramDifference:
    """One program at two releases."""

    def __init__(self, table: ProgramTable, before: Version, after: Version, *, is_alone: bool) -> None:
        self.table = table
        self._only_in = () if is_alone else (table.program,)
        self._before, self._after = before, after
        old, new = table.near(before), table.near(after)
        self.is_covered = bool(old and new)
        if self.is_covered:
            self._old, self._new = old[-1], new[-1]
            self._reads = [_holding(table, at) for at in (self._old, self._new)]

    def compared(self) -> Compared:
        """The releases of the table that were compared."""
        releases = self.table.releases[self._old], self.table.releases[self._new]
        return Compared(
            what=self.table.program,
            releases=releases,
            is_program=True,
            is_exact=releases == (plain(self._before), plain(self._after)),
        )

    def candidates(self, kept: Sequence[StillRead]) -> Iterator[FoundRow]:
        """The differences of its settings; those that a pack says are read anyway are not among them."""
        found = [
            (name, candidate)
            for name, runs in self.table.settings.items()
            if (candidate := self._candidate(name, *self._at(runs))) is not None
        ]
        added = [each.row.name for _, each in found if each.row.change is Change.ADDED]
        for _, each in found:
            if not _is_kept(each.row, kept, (self._after,)) and not self._is_of_library(each.row):
                yield _renamed(each, added)

    def runs_of(self, setting: str, scope: str, name: str, flavour: str) -> tuple[SettingRun | None, ...]:
        """How both releases read what manifests give, by kind, container or ConfigMap, and name; nothing if it is not given to
        this program."""
        for read in self._reads[0] or self._reads[1]:
            if read.setting.value == setting and read.takes(setting, scope, flavour=flavour):
                return self._at(self.table.settings.get(self.table.written(read).get(name, ""), ()))
        return ()

    def _at(self, runs: Sequence[SettingRun]) -> tuple[SettingRun | None, SettingRun | None]:
        was, now = (
            next((run for run in runs if run.first <= at <= run.last), None) for at in (self._old, self._new)
        )
        return was, now

    def _candidate(self, name: str, was: SettingRun | None, now: SettingRun | None) -> FoundRow | None:
        reads = self._reads[0 if was else 1]
        if not reads or (was is None and now is None):
            return None
        told = _told(was, now, reads[0], partial(self._since, name))
        if told is None:
            return None
        change, before, after, effect = told
        names = [(read, read.name_of(name)) for read in reads]
        read, written = names[0]
        compared = self.compared()
        row = ChangeRow(
            change=change,
            setting=read.setting.value,
            scope=", ".join(read.containers or read.config_maps),
            name=written,
            before=before,
            after=after,
            effect=effect.value if effect else "",
            statement=after if change in _STATED else "",
            program=self.table.program,
            evidence=_link(self.table, self._new if change is not Change.GONE else self._first_without(name)),
            also=tuple(
                dict.fromkeys(
                    f"{other.setting.value} {text}"
                    for other, text in names
                    if other.setting is not read.setting
                )
            ),
            only_in=self._only_in,
            shown_by=None if compared.is_exact else compared.releases,
        )
        kind = now.kind if now is not None and change is Change.TYPE else ""
        return FoundRow(row, partial(_given, tuple(names), kind))

    def _is_of_library(self, row: ChangeRow) -> bool:
        """Whether a setting is one of a library, such as ``help``."""
        return any(read.others and fits(read.others, row.name) for read in self.table.reads)

    def _since(self, name: str) -> Version:
        return self.table.releases[self._first_without(name)]

    def _first_without(self, name: str) -> int:
        """The first release on the way that does not read a setting; on the way down, the one at its end."""
        if self._new < self._old:
            return self._new
        ends = [run.last for run in self.table.settings[name] if self._old <= run.last < self._new]
        return ends[-1] + 1 if ends else self._new


def differences(library: Library, component: str, before: Version, after: Version) -> list[ProgramDifference]:
    """The programs of a component whose tables cover both releases."""
    tables = library.tables(component)
    every = (
        ProgramDifference(table, before, after, is_alone=not _has_twin(table, tables)) for table in tables
    )
    return [each for each in every if each.is_covered]


def _has_twin(table: ProgramTable, tables: Sequence[ProgramTable]) -> bool:
    """Whether another variant of the program runs in containers of the same name."""
    own = {read.containers for read in table.reads if read.containers}
    return any(read.containers in own for other in tables if other is not table for read in other.reads)


def _holding(table: ProgramTable, at: int) -> list[SettingRead]:
    """The ways in which one release takes settings, each kind of setting in one place once."""
    return [read for read in table.reads if read.holds_at([table.releases[at]])]


def _told(
    was: SettingRun | None, now: SettingRun | None, read: SettingRead, since: Callable[[], Version]
) -> tuple[Change, str, str, Effect | None] | None:
    """What to say of a setting: the change, before, after and the effect on whoever sets it as before."""
    if was is None and now is not None:
        return _of_new(now)
    if now is None and was is not None:
        verb = "accepted" if read.unknown is Effect.FATAL else "read"
        change = Change.REJECTED if read.unknown is Effect.FATAL else Change.GONE
        is_dead = "d" in was.marks and read.unknown is not Effect.FATAL
        return (
            change,
            _default(was),
            f"is not {verb} since {since()}",
            Effect.IGNORED if is_dead else read.unknown,
        )
    if was is None or now is None:
        return None
    return _of_both(was, now, read)


def _of_new(now: SettingRun) -> tuple[Change, str, str, Effect | None] | None:
    """A new setting; one that is deprecated at once does nothing new."""
    if "d" in now.marks:
        return None
    if "r" in now.marks:
        return Change.REQUIRED, "unknown", "is required", Effect.FATAL
    return Change.ADDED, "unknown", _default(now), None


def _of_both(
    was: SettingRun, now: SettingRun, read: SettingRead
) -> tuple[Change, str, str, Effect | None] | None:
    if "r" in now.marks and "r" not in was.marks:
        return Change.REQUIRED, _default(was), "is required", Effect.FATAL
    if _is_new_type(was.kind, now.kind) and read.invalid is not None:
        return Change.TYPE, TYPE_WORDS[was.kind], TYPE_WORDS[now.kind], read.invalid
    if "d" in now.marks:
        return None if "d" in was.marks else (Change.DEPRECATED, "read", "is deprecated", None)
    if None not in (was.default, now.default) and not is_same(str(was.default), now.default, now.kind):
        return Change.DEFAULT, repr(was.default), repr(now.default), None
    return None


def _is_new_type(was: str, now: str) -> bool:
    """Whether most values of one type are none of another."""
    return was != now and {was, now} <= TYPE_WORDS.keys() and not (was in _NUMBERS and now in _NUMBERS)


def _default(run: SettingRun) -> str:
    return "read" if run.default is None else f"default {run.default!r}"


def _is_kept(row: ChangeRow, kept: Sequence[StillRead], versions: Sequence[Version]) -> bool:
    return row.change in (Change.GONE, Change.REJECTED) and any(
        each.holds_for(Subject(row.setting), row.name, versions) for each in kept
    )


def _renamed(candidate: FoundRow, added: Sequence[str]) -> FoundRow:
    """The removal of a setting with a similar added one says which."""
    row = candidate.row
    if row.change not in (Change.GONE, Change.REJECTED):
        return candidate
    successor = closest(row.name, added, LIKE)
    if not successor:
        return candidate
    return replace(candidate, row=replace(row, remark=f"check whether `{successor}` replaces it"))


def _given(
    names: Sequence[tuple[SettingRead, str]],
    kind: str,
    part: Part,
    membership: Membership,
    parts: Sequence[Part],
) -> Iterator[Setting]:
    """The settings of a part that the program is given under the names; with ``kind`` only values of another type."""
    flavour = next((each.reading.version.suffix for each in membership.detected if each.reading.version), "")
    for setting in part.settings:
        for read, name in names:
            wanted = setting.name.upper() if read.form == "upper" else setting.name
            if wanted == name and read.is_given(setting, part.owner.name, flavour):
                if not kind or (setting.value is not None and not is_of_type(setting.value.text, kind)):
                    yield setting
                break


def _link(table: ProgramTable, at: int) -> str:
    return revision_link(table.source_of(table.releases[at]))
