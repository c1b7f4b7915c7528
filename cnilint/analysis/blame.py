"""Names the commit that introduced each finding: the one that broke a reference, or the one that wrote the line."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from cnilint.analysis.history import BrokenKey, BrokenPlace, HistorySelection, broken_keys, history, place_of
from cnilint.analysis.places import RemovalPlaces
from cnilint.analysis.settings import AnalysisSettings
from cnilint.diagnostics.span import Span
from cnilint.errors import UsageError
from cnilint.findings.model import Finding
from cnilint.report.model import Report
from cnilint.source import GitRevision, WorkTree
from cnilint.source.base import Source
from cnilint.source.commits import GitCommit, blamed
from cnilint.source.objects import repository_around
from cnilint.source.revision import GitFiles

_UNBORN = "--blame names no commit: nothing is committed yet"


class _Break(NamedTuple):
    """Where a reference is broken, and the commit that broke it."""

    place: BrokenPlace
    commit: GitCommit


def with_commits(report: Report, source: Source, settings: AnalysisSettings) -> Report:
    """The report with the commit that introduced each finding, where Git tells it: nothing for lines that are not
    committed yet, and a notice where nothing is. Raises UsageError outside of a repository."""
    if not isinstance(source, GitFiles | WorkTree):
        raise UsageError("--blame needs files of a Git repository")
    if source.revision is None and repository_around(source.root).is_unborn:
        return replace(report, notices=(*report.notices, _UNBORN))
    committed = GitRevision((source.root,), source.revision or "HEAD", compared=True)
    places = RemovalPlaces(source, committed, {})
    lines = _written(report.findings, committed, places)
    broken = _still_broken(report.findings, committed, settings)
    return replace(
        report,
        findings=tuple(
            replace(each, introduced=_breaking(broken, each) or lines.get(each.span))
            for each in report.findings
        ),
    )


def _written(
    findings: Iterable[Finding], committed: GitRevision, places: RemovalPlaces
) -> Mapping[Span, GitCommit]:
    """The commit that wrote the line of each finding."""
    by_file: defaultdict[str, dict[int, list[Span]]] = defaultdict(dict)
    for each in findings:
        line = places.same_line(each.span)
        if line is not None:
            by_file[each.span.file].setdefault(line, []).append(each.span)
    revision = committed.revision or "HEAD"
    return {
        span: commit
        for file, lines in by_file.items()
        for line, commit in blamed(committed.objects, revision, file, sorted(lines)).items()
        for span in lines.get(line, ())
    }


def _still_broken(
    findings: Sequence[Finding], committed: GitRevision, settings: AnalysisSettings
) -> Mapping[BrokenKey, Sequence[_Break]]:
    """The commits that broke the references that are still broken, by what these are; nothing without a finding of one."""
    if not any(_key(each) for each in findings):
        return {}
    trail = history(committed, None, settings, HistorySelection())
    found: defaultdict[BrokenKey, list[_Break]] = defaultdict(list)
    for period in trail.broken:
        if period.closed is None and period.opened is not None:
            for key in broken_keys(period):
                found[key].append(_Break(place_of(period), period.opened))
    return found


def _breaking(broken: Mapping[BrokenKey, Sequence[_Break]], finding: Finding) -> GitCommit | None:
    """The commit that broke the reference of a finding: of those of its name, the one that is most like it."""
    key = _key(finding)
    if key is None or finding.owner is None or finding.target is None:
        return None
    owner = finding.owner.written_namespace or ""
    place = BrokenPlace(owner, finding.target.namespace or owner, finding.span.file)
    ranked = [(place.likeness(each.place), each.commit) for each in broken.get(key, ())]
    likeness, commit = max(ranked, key=lambda pair: pair[0], default=(0, None))
    return commit if likeness else None


def _key(finding: Finding) -> BrokenKey | None:
    """The reference of a finding; None for one of something else."""
    owner, target = finding.owner, finding.target
    if owner is None or target is None or not finding.code.startswith("CNI1"):
        return None
    return finding.environment, owner.kind, owner.name, target.kind, target.name, target.key or ""
