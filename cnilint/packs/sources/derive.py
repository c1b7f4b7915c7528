"""The table of a program, derived from the source of all its releases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.document.schema import validate
from cnilint.document.structure import read_file, structure
from cnilint.packs.model import PackVersion
from cnilint.packs.program import ProgramTable, SettingRead, SettingRun
from cnilint.packs.sources.declaration import Declaration, FormOptions
from cnilint.packs.sources.forms import FORMS, may_declare
from cnilint.packs.sources.golang import Constants, GoFile, parse_go
from cnilint.packs.sources.history import Commit, History, SourceFile
from cnilint.packs.sources.manifests import shipped
from cnilint.versions import Version

_Form = Literal[
    "go-flags",
    "go-calls",
    "go-tags",
    "go-fields",
    "go-literals",
    "go-structs",
    "go-gates",
    "go-rows",
    "texts",
    "cobra-docs",
    "crds",
    "files",
]


class Extraction(Struct, frozen=True, kw_only=True):
    """One extractor and the files that it reads; patterns in ``without`` are of paths.

    With ``mentions`` what it finds does not count as declared: a name that another release declares is read.
    """

    form: _Form
    paths: tuple[str, ...]
    without: tuple[str, ...] = ()
    mentions: bool = False
    key: str = ""
    prefix: str = ""
    pattern: str = ""
    calls: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


class ProgramSource(Struct, frozen=True, kw_only=True):
    """Where a program's settings are declared, and how manifests give them: a file ``programs/<program>.yaml``.

    Releases are ``tags`` or ``other_tags``, and the commits that write their version into ``mark`` with a message that
    starts with ``subject``. ``stand_ins`` gives the commit that a release was made from where neither exists.
    """

    component: str
    program: str
    repository: str
    tags: str = ""
    other_tags: str = ""
    mark: str = ""
    subject: str = ""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    first: PackVersion
    reads: tuple[SettingRead, ...]
    extract: tuple[Extraction, ...]
    constants: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    """Files and folders with the manifests of a release, or the templates of its chart."""
    manifest_repository: str = ""
    """The repository that has them, with the same tags, if it is another."""


def read_source(path: Path) -> ProgramSource:
    """A file ``programs/<program>.yaml``. Raises DataError."""
    root = read_file(path)
    validate(root, "program")
    return structure(root, ProgramSource)


def derive(source: ProgramSource, mirrors: Path) -> ProgramTable:
    """The table of a program. Raises UsageError without the repository."""
    history = History(mirrors, source.repository)
    commits = _releases(source, history)
    ordered = sorted(commits, key=lambda version: version.key)
    reader = _Reader(source, history)
    declared = [reader.declarations(commits[version]) for version in ordered]
    return ProgramTable(
        component=source.component,
        program=source.program,
        repository=source.repository,
        tags=source.tags,
        commits={
            str(version): commits[version].name
            for version in ordered
            if source.tags.replace("{version}", str(version)) != commits[version].name
        },
        stand_ins=tuple(source.stand_ins),
        reads=source.reads,
        releases=tuple(ordered),
        settings=_runs(declared),
        shipped=shipped(source.manifests, *_manifests(source, mirrors, ordered, commits)),
    )


def _releases(source: ProgramSource, history: History) -> dict[Version, Commit]:
    found = history.marked(source.mark, source.subject) if source.mark else {}
    for pattern in filter(None, (source.other_tags, source.tags)):
        found |= history.tagged(pattern)
    found |= {_version(text): history.commit(identifier) for text, identifier in source.stand_ins.items()}
    return {version: commit for version, commit in found.items() if source.first <= version}


def _manifests(
    source: ProgramSource, mirrors: Path, ordered: Sequence[Version], commits: Mapping[Version, Commit]
) -> tuple[History, list[Commit | None]]:
    """Where the manifests of the releases are, in order; None for a release without any."""
    history = History(mirrors, source.manifest_repository or source.repository)
    own = history.tagged(source.tags) if source.manifest_repository else commits
    return history, [own.get(version) for version in ordered]


def _version(text: str) -> Version:
    return Version(tuple(map(int, text.split("."))))


class _Reader:
    """Declarations of releases; a file that is the same in many releases is parsed once."""

    def __init__(self, source: ProgramSource, history: History) -> None:
        self._source = source
        self._history = history
        self._parsed: dict[SourceFile, GoFile] = {}
        self._idle: dict[tuple[str, SourceFile], bool] = {}

    def declarations(self, commit: Commit) -> dict[str, Declaration]:
        """What one release declares, by name."""
        paths = {path for each in self._source.extract for path in each.paths}
        files = [
            file
            for file in self._history.files(commit, sorted(paths | set(self._source.constants)))
            if not file.path.endswith("_test.go") and _is_own(file.path, paths)
        ]
        self._parse_all(commit, files)
        constants = Constants(self._packages(files))
        found: dict[str, Declaration] = {}
        mentioned: dict[str, Declaration] = {}
        for extraction in self._source.extract:
            for file in files:
                if _is_read(extraction, file.path) and not self._is_idle(extraction, file):
                    for each in self._extract(extraction, self._parsed[file], constants):
                        into = mentioned if extraction.mentions else found
                        into[each.name] = _united(into[each.name], each) if each.name in into else each
        return {name: replace(each, mentioned=True) for name, each in mentioned.items()} | found

    def _is_idle(self, extraction: Extraction, file: SourceFile) -> bool:
        key = (extraction.form, file)
        if key not in self._idle:
            self._idle[key] = not may_declare(extraction.form, self._parsed[file])
        return self._idle[key]

    def _packages(self, files: Sequence[SourceFile]) -> dict[str, list[GoFile]]:
        packages: dict[str, list[GoFile]] = {}
        for file in files:
            if file.path.endswith(".go"):
                parsed = self._parsed[file]
                packages.setdefault(parsed.package, []).append(parsed)
        return packages

    def _parse_all(self, commit: Commit, files: Sequence[SourceFile]) -> None:
        new = [file for file in files if file not in self._parsed]
        for file, text in self._history.texts(commit, new).items():
            is_go = file.path.endswith(".go")
            folder, _, name = file.path.rpartition("/")
            plain = GoFile(package=folder, name=name, text=text, imports={}, constants={})
            self._parsed[file] = parse_go(file.path, text) if is_go else plain

    def _extract(self, extraction: Extraction, file: GoFile, constants: Constants) -> Iterator[Declaration]:
        options = FormOptions(
            key=extraction.key,
            prefix=extraction.prefix,
            pattern=extraction.pattern,
            calls=extraction.calls,
            columns=extraction.columns,
            types=extraction.types,
        )
        return FORMS[extraction.form](file, constants, options)


def _is_read(extraction: Extraction, path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in extraction.paths) and not any(
        map(partial(fnmatchcase, path), extraction.without)
    )


def _is_own(path: str, roots: Iterable[str]) -> bool:
    """Whether a file is not vendored, or is below a root that is."""
    return "/vendor/" not in f"/{path}" or any("vendor/" in root and path.startswith(root) for root in roots)


def _united(one: Declaration, other: Declaration) -> Declaration:
    """Two declarations of one name, as of the agent and the operator: what both agree on."""
    return Declaration(
        name=one.name,
        kind=one.kind if one.kind == other.kind else "",
        default=other.default
        if one.default is None
        else one.default
        if other.default in (None, one.default)
        else None,
        hidden=one.hidden and other.hidden,
        deprecated=one.deprecated and other.deprecated,
        required=one.required or other.required,
        locked=one.locked and other.locked,
    )


def _runs(declared: Sequence[Mapping[str, Declaration]]) -> dict[str, tuple[SettingRun, ...]]:
    real = {name for release in declared for name, each in release.items() if not each.mentioned}
    found: dict[str, list[SettingRun]] = {}
    for position, release in enumerate(declared):
        for name, each in release.items():
            if name in real:
                _extend(found.setdefault(name, []), position, each)
    return {name: tuple(found[name]) for name in sorted(found)}


def _extend(runs: list[SettingRun], position: int, each: Declaration) -> None:
    marks = "".join(
        letter
        for letter, holds in (
            ("d", each.deprecated),
            ("h", each.hidden),
            ("l", each.locked),
            ("r", each.required),
        )
        if holds
    )
    run = SettingRun(first=position, last=position, kind=each.kind, default=each.default, marks=marks)
    if runs and runs[-1].last == position - 1 and replace(runs[-1], first=position, last=position) == run:
        runs[-1] = replace(runs[-1], last=position)
    else:
        runs.append(run)
