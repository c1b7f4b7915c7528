"""Whole results from the cache: a run of which nothing changed is answered by the report of an earlier one.

A run is told apart by its command, settings and list of files. The plan of such a run says which files it read as a
whole, of which it used the facts only, and which files outside of the repository took part. The report is stored by the
ids of all of these, so that it is found for as long as none of them changes, and again when all of them are as before.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cnilint.cache.files import KnownFiles
from cnilint.cache.keys import digest, digest_of_files, program_digest
from cnilint.cache.store import CacheEntry, Store
from cnilint.config.model import NAME
from cnilint.reading import Unreadable
from cnilint.source import GitRevision, WorkTree
from cnilint.source.reads import UNREAD, ReadLog
from cnilint.source.revision import GitFiles, blob_of

if TYPE_CHECKING:
    from cnilint.analysis.check import Analysis
    from cnilint.analysis.record import RevisionRecord
    from cnilint.analysis.settings import AnalysisSettings, PolicySettings
    from cnilint.extract.remembered import FactMemory, SharedByRun
    from cnilint.report.model import Report
    from cnilint.source.base import Source

_FILES, _PLAN, _REPORT, _RECORD, _MADE = "files", "plan", "report", "record", "output"
_MOST_SCANNED = 32
"""Changed files that are read to find out whether their facts changed; with more of them the run reads all that changed."""


class _Plan(Struct, frozen=True, kw_only=True):
    """What a run read.

    ``contents`` and ``facts`` are positions in the list of files, ``others`` paths that are not in it, ``outside`` files
    and folders outside of the source. ``dated``: the result depends on the day.
    """

    contents: tuple[int, ...] = ()
    facts: tuple[int, ...] = ()
    others: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    dated: bool = False


class RecalledRun(Struct, frozen=True, kw_only=True):
    """The result of an earlier run: its report, whether it had any object that the user selected, and what the
    configuration said of the output."""

    report: Report
    selects_objects: bool
    format: str | None
    fail_on: str | None


class Recall:
    """The cache of one run. ``sources`` are those that it reads, the last one the later revision."""

    def __init__(
        self,
        store: Store,
        sources: Sequence[Source],
        words: Iterable[str],
        policy: PolicySettings,
        *,
        basis: Iterable[str] = (),
        whole: bool = True,
    ) -> None:
        """``words`` are the command and its settings, in any form that differs for other ones; ``basis`` is of them what an
        analysis depends on, whatever the command. Without ``whole``, only facts are recalled, and not reports."""
        self.store = store
        self._whole = whole
        self._sources = sources
        self._day = policy.as_of
        here, parts = str(Path.cwd()), [list(_listing(source)) for source in sources]
        self._listing = digest(*words, here, *chain.from_iterable(parts))
        self._basis = digest(_RECORD, *basis, here, *parts[-1])
        self._base_plan: _Plan | None = None
        self._key: bytes | None = None
        self._memory: FactMemory | None = None
        self._shared: SharedByRun | None = None
        self._known: KnownFiles | None = None
        self._tree: WorkTree | None = None
        for source in sources:
            if isinstance(source, WorkTree):
                self._tree = source
            if isinstance(source, WorkTree | GitFiles):
                source.log = ReadLog()
        if self._tree is not None:
            # The configuration is read on its own, and not as one of the files.
            with suppress(Unreadable):
                self._tree.read(NAME)
            self._files_key = digest(_FILES, program_digest(), self._tree.root, str(_user()))
            self._known = KnownFiles(self._tree, store.get([self._files_key]).get(self._files_key))

    def find(self) -> RecalledRun | None:
        """The result of an earlier run that read the same."""
        key = self._found_key
        data = None if key is None else self.store.get([key]).get(key)
        if data is None:
            return None
        from cnilint.analysis.stored import decoded_run

        found = decoded_run(data, self._sources[-1])
        if found is not None:
            self.store.put(self._updated())
        return found

    def find_beside(self, words: Iterable[str]) -> bytes | None:
        """What an earlier run made of the same result, by ``words`` on how it did."""
        key = self._found_key
        if key is None:
            return None
        made = digest(_MADE, key, *words)
        data = self.store.get([made]).get(made)
        if data is not None:
            self.store.put(self._updated())
        return data

    def save_beside(self, words: Iterable[str], data: bytes) -> None:
        """Stores what was made of the result that was found or saved."""
        if self._key is not None:
            self.store.put([CacheEntry(digest(_MADE, self._key, *words), _MADE, data)])
            self.store.close()

    @cached_property
    def _found_key(self) -> bytes | None:
        """The key of the result of an earlier run that read the same; None where there was none."""
        plan = self._plan_at(self._listing) if self._whole else None
        self._key = None if plan is None else self._result_key(plan, self._listing)
        return self._key

    def record(self) -> RevisionRecord | None:
        """The record of the later source, which is a work tree, if an earlier run analyzed all of it as it is."""
        plan = self._plan_at(self._basis) if self._whole and self._sources[-1] is self._tree else None
        key = None if plan is None else self._result_key(plan, self._basis)
        data = None if key is None else self.store.get([key]).get(key)
        if data is None:
            return None
        from cnilint.analysis.record import decoded_record

        self._base_plan = plan
        return decoded_record(data)

    def changed_since(self, before: GitFiles) -> list[str] | None:
        """The files that differ between a revision and the work tree, if all that are in the work tree took part in the record
        with their facts only."""
        plan, tree, known = self._base_plan, self._tree, self._known
        if plan is None or tree is None or known is None or before.skipped:
            return None
        content_of, facts = blob_of(before), frozenset(plan.facts)
        found = [
            (number, path)
            for number, path in enumerate(tree.files)
            if content_of(path) != known.content(path)
        ]
        if not all(number in facts for number, _ in found):
            return None
        return [path for _, path in found] + sorted(frozenset(before.files).difference(tree.files))

    def memory(self, source: Source, settings: AnalysisSettings) -> FactMemory | None:
        """The facts of the files of a source; None where its packs cannot be told apart."""
        from cnilint.extract.remembered import FactMemory, SharedByRun

        if self._shared is None and len(self._sources) > 1:
            self._shared = SharedByRun()
        packs = digest_of_files(settings.config.packs)
        if packs is None:
            return None
        rules = digest(program_digest(), *packs)
        if isinstance(source, GitFiles):
            return FactMemory(self.store, rules, blob_of(source), shared=self._shared)
        if self._known is None or source is not self._tree:
            return None
        # The facts that are known of files are those without packs of the user.
        known = None if packs else self._known
        self._memory = FactMemory(self.store, rules, self._known.content, known, self._shared)
        return self._memory

    def save(
        self,
        report: Report,
        analyses: Sequence[Analysis],
        outside: Iterable[Path | None],
        *,
        by_record: bool = False,
    ) -> None:
        """Stores the result of this run, unless a fault of the machine takes part in it. ``outside`` are the files that it
        read outside of the source. ``by_record``: the analyses are of a part, and the record says the rest."""
        if not by_record:
            self._base_plan = None
        plan = self._made_plan(analyses, outside) if self._whole else None
        entries = self._updated()
        if plan is not None:
            entries += self._report_entries(plan, report, analyses)
            entries += self._record_entries(plan, report, analyses)
        self.store.put(entries)
        self.store.close()

    def save_files(self) -> None:
        """Stores what this run found out about the files."""
        self.store.put(self._updated())
        self.store.close()

    def _report_entries(self, plan: _Plan, report: Report, analyses: Sequence[Analysis]) -> list[CacheEntry]:
        from cnilint.analysis.stored import encoded_run

        key = self._result_key(plan, self._listing)
        config = analyses[-1].settings.config
        selects = any(each.selects_objects for each in analyses)
        run = RecalledRun(
            report=report, selects_objects=selects, format=config.format, fail_on=config.fail_on
        )
        data = None if key is None else encoded_run(run)
        self._key = None if data is None else key
        if key is None or data is None:
            return []
        return [
            CacheEntry(_plan_key(self._listing), _PLAN, msgspec.json.encode(plan)),
            CacheEntry(key, _REPORT, data),
        ]

    def _record_entries(self, plan: _Plan, report: Report, analyses: Sequence[Analysis]) -> list[CacheEntry]:
        """The record of a work tree that was analyzed by itself."""
        if len(analyses) != 1 or self._tree is None:
            return []
        from cnilint.analysis.record import encoded_record

        key, data = self._result_key(plan, self._basis), encoded_record(analyses[0], report)
        if key is None or data is None:
            return []
        return [
            CacheEntry(_plan_key(self._basis), _PLAN, msgspec.json.encode(plan)),
            CacheEntry(key, _RECORD, data),
        ]

    def _plan_at(self, listing: bytes) -> _Plan | None:
        key = _plan_key(listing)
        return _plan(self.store.get([key]).get(key))

    def _updated(self) -> list[CacheEntry]:
        """What is known of the files, if that is news."""
        if self._known is None or not self._known.updated:
            return []
        try:
            return [CacheEntry(self._files_key, _FILES, self._known.stored())]
        except UnicodeEncodeError:
            return []

    def _result_key(self, plan: _Plan, listing: bytes) -> bytes | None:
        """The digest of everything in a plan as it is now; None where something of it cannot be told."""
        outside = digest_of_files(map(Path, plan.outside))
        if outside is None:
            return None
        day = self._day if plan.dated else ""
        parts: list[str | bytes] = [_REPORT, program_digest(), listing, day, *plan.outside, *outside]
        if self._known is None or self._tree is None:
            return None if plan.contents or plan.facts or plan.others else digest(*parts)
        files = self._tree.files
        if max((*plan.contents, *plan.facts, 0)) >= max(len(files), 1):
            return None
        paths = (*(files[each] for each in plan.contents), *plan.others)
        contents = [part for path in paths for part in (path, self._known.content(path))]
        facts = self._facts_of([files[each] for each in plan.facts])
        # No path and no id has a NUL.
        return None if facts is None else digest(*parts, "\0".join(contents), "\0".join(facts))

    def _facts_of(self, paths: Sequence[str]) -> list[str] | None:
        """The paths with the ids of their facts; None where too many of them changed, or one cannot be told."""
        assert self._known is not None
        known = {path: self._known.facts(path) for path in paths}
        changed = [path for path, facts in known.items() if not facts]
        if len(changed) > _MOST_SCANNED:
            return None
        if changed and self._tree is not None:
            from cnilint.analysis.rescan import rescanned

            known.update(rescanned(self._tree, self.store, self._known, changed))
        return None if not all(known.values()) else [part for pair in known.items() for part in pair]

    def _made_plan(self, analyses: Sequence[Analysis], outside: Iterable[Path | None]) -> _Plan | None:
        """What this run read; None where its result must not be stored."""
        if not all(map(_is_sound, self._sources)) or any(
            each.gathered.notices != list(each.source.notices) for each in analyses
        ):
            return None
        configs = [each.settings.config for each in analyses]
        read = [path for path in outside if path is not None]
        read += [path for config in configs for path in config.packs]
        plan = _Plan(
            outside=tuple(dict.fromkeys(str(path.absolute()) for path in read)),
            dated=any(rule.until for config in configs for rule in config.suppressions),
        )
        return plan if self._tree is None else self._with_files(plan, self._tree)

    def _with_files(self, plan: _Plan, tree: WorkTree) -> _Plan | None:
        """The plan with the files of the work tree; None if one of them changed during the run."""
        log, known, memory = tree.log, self._known, self._memory
        if log is None or known is None or memory is None:
            return None
        read, scanned = log.ids, memory.contents
        if any(known.content(path) != content for path, content in (*scanned.items(), *read.items())):
            return None
        position = {path: number for number, path in enumerate(tree.files)}
        whole = {path for path in (*read, *scanned) if path in read or path not in memory.facts}
        if self._base_plan is not None:
            # Of all files that were not looked at it is known that they are those of the other revision.
            whole.update(tree.files[each] for each in (*self._base_plan.contents, *self._base_plan.facts))
            whole.update(self._base_plan.others)
        return replace(
            plan,
            contents=tuple(sorted(position[path] for path in whole if path in position)),
            facts=tuple(sorted(position[path] for path in memory.facts if path not in whole)),
            others=tuple(sorted(path for path in whole if path not in position)),
        )


def _plan_key(listing: bytes) -> bytes:
    return digest(_PLAN, program_digest(), listing)


def _plan(data: bytes | None) -> _Plan | None:
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=_Plan)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _listing(source: Source) -> Iterator[str | bytes]:
    """What tells a source apart but for the contents of a work tree's files."""
    yield from (type(source).__name__, str(source.root), source.revision or "", source.base)
    yield "\0".join(sorted(source.named))
    yield "\0".join(source.selected)
    yield "\0".join(source.notices)
    yield "\0".join(part for pair in sorted(source.skipped.items()) for part in pair)
    if isinstance(source, WorkTree):
        yield str(source.in_git)
    if isinstance(source, GitRevision):
        return
    yield "\0".join(source.files)
    if isinstance(source, GitFiles):
        entries = (entry for path in source.files if (entry := source.entry(path)) is not None)
        yield "\0".join(f"{entry.mode} {entry.blob}" for entry in entries)


def _is_sound(source: Source) -> bool:
    """Whether what was read of a source can be told by its files: none was changed meanwhile, and of a clone nothing is
    missing that may come later."""
    if not isinstance(source, WorkTree | GitFiles) or source.log is None or source.log.changed:
        return False
    return isinstance(source, WorkTree) or not any(
        each.startswith(UNREAD) for each in source.log.ids.values()
    )


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0
