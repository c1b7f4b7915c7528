"""The values that each release of a Helm chart reads, derived from its files: defaults, templates and JSON Schema."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from posixpath import basename
from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace

from cnilint.document import Node, read, string
from cnilint.document import entries as fields
from cnilint.document.schema import validate
from cnilint.document.structure import Key, read_file, structure
from cnilint.packs.charts.table import ChartTable
from cnilint.packs.model import PackVersion
from cnilint.packs.program import ProgramTable, SettingRun
from cnilint.packs.sources.chartfiles import ChartRelease
from cnilint.packs.sources.history import Commit, History
from cnilint.versions import Version

_TEMPLATES = ("templates/", "files/")
_GZIP = b"\x1f\x8b"
_WRAPPERS = ("_internal_defaults_do_not_set", "defaults")
"""Keys of the defaults of charts that put theirs one level down, to merge a profile in between."""


class ChartSourceFiles(Struct, frozen=True, kw_only=True):
    """Where the releases of a chart are: the part ``source`` of a file ``charts/<chart>.yaml``.

    They are the ``path`` at ``tags``, or ``archives`` in the newest commit, or each commit that changes the chart's
    version. ``first`` is the oldest release that counts.
    """

    repository: str
    path: str = ""
    tags: str = ""
    archives: str = ""
    first: PackVersion


class _Described(Struct, frozen=True, kw_only=True):
    """The part of a chart's description that a table is derived by."""

    component: str
    chart: str
    numbers: Annotated[str, Key("versions")] = "component"
    source: ChartSourceFiles | None = None


class _ReleaseFiles(Struct, frozen=True, kw_only=True):
    """One release: its files by their path in the chart, and the tag or commit that has it."""

    files: Mapping[str, str]
    name: str


def derive_chart(path: Path, mirrors: Path) -> ChartTable | None:
    """The table of the chart that a file describes; None where it names no source. Raises UsageError, DataError."""
    root = read_file(path)
    validate(root, "helm-chart")
    described = structure(root, _Described)
    source = described.source
    if source is None:
        return None
    releases = dict(sorted(_releases(source, mirrors).items(), key=lambda item: item[0].key))
    read = [_read(release.files) for release in releases.values()]
    own = described.numbers == "chart"
    apps = {str(version): _app(release.files) for version, release in releases.items() if own}
    commits = {
        str(version): release.name
        for version, release in releases.items()
        if (source.tags or source.archives).replace("{version}", str(version)) != release.name
    }
    table = ProgramTable(
        component=described.component,
        program=described.chart,
        repository=source.repository,
        tags=source.tags or source.archives,
        commits=commits,
        reads=(),
        releases=tuple(releases),
        settings=_runs(read),
    )
    return ChartTable(values=table, apps={version: app for version, app in apps.items() if app})


def _releases(source: ChartSourceFiles, mirrors: Path) -> dict[Version, _ReleaseFiles]:
    history = History(mirrors, source.repository)
    if source.archives:
        return {
            version: _ReleaseFiles(files=_unpacked(data), name=name)
            for version, (name, data) in history.packed(source.archives).items()
            if source.first <= version
        }
    commits = (
        history.tagged(source.tags)
        if source.tags
        else history.numbered(f"{source.path}/Chart.yaml", _chart_version)
    )
    found = {
        version: _ReleaseFiles(files=_checked_out(history, commit, source.path), name=commit.name)
        for version, commit in commits.items()
        if source.first <= version
    }
    return {version: each for version, each in found.items() if "values.yaml" in each.files}


def _checked_out(history: History, commit: Commit, folder: str) -> dict[str, str]:
    wanted = [each for each in history.files(commit, [folder]) if _matters(each.path[len(folder) + 1 :])]
    return {file.path[len(folder) + 1 :]: text for file, text in history.texts(commit, wanted).items()}


def _inflated(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(_GZIP) else data


def _unpacked(data: bytes) -> dict[str, str]:
    with tarfile.TarFile(fileobj=io.BytesIO(_inflated(data))) as archive:
        members = {each.name.partition("/")[2]: each for each in archive if each.isfile()}
        files = {path: archive.extractfile(each) for path, each in members.items() if _matters(path)}
        return {
            path: file.read().decode(errors="replace") for path, file in files.items() if file is not None
        }


def _matters(path: str) -> bool:
    return path in ("values.yaml", "values.schema.json", "Chart.yaml") or path.startswith(_TEMPLATES)


def _chart_version(text: str) -> str:
    return string(_root(text), "version") or ""


def _app(files: Mapping[str, str]) -> str:
    return (string(_root(files.get("Chart.yaml", "")), "appVersion") or "").removeprefix("v")


def _root(text: str) -> Node | None:
    found = [each.root for each in read("chart", text.encode(), everything=True) if each.root is not None]
    return found[0] if found else None


def _read(files: Mapping[str, str]) -> ChartRelease:
    """What one release of a chart reads."""
    text = files.get("values.yaml", "")
    return ChartRelease(
        defaults=_unwrapped(_root(text)),
        comments=text,
        templates=[
            each
            for path, each in files.items()
            if path.startswith(_TEMPLATES) and basename(path) != "NOTES.txt"
        ],
        schema=json.loads(files.get("values.schema.json") or "{}"),
    )


def _unwrapped(root: Node | None) -> Mapping[str, Node]:
    entries = {name: entry.value for name, entry in fields(root).items()}
    for wrapper in _WRAPPERS:
        entries |= {name: entry.value for name, entry in fields(entries.pop(wrapper, None)).items()}
    return entries


def _runs(releases: Sequence[ChartRelease]) -> dict[str, tuple[SettingRun, ...]]:
    """By value, the consecutive releases that read it in the same way."""
    paths = sorted({path for release in releases for path in release.paths()})
    found: dict[str, tuple[SettingRun, ...]] = {}
    for path in paths:
        runs: list[SettingRun] = []
        for position, release in enumerate(releases):
            run = release.run(path, position)
            if run is None:
                continue
            last = runs[-1] if runs else None
            if (
                last is not None
                and last.last == position - 1
                and (last.kind, last.marks) == (run.kind, run.marks)
            ):
                runs[-1] = replace(run, first=last.first)
            else:
                runs.append(run)
        if runs:
            found[path] = tuple(runs)
    return found
