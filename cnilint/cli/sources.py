"""What a command reads: the source that its paths and options name, and why one has nothing to check."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cnilint.analysis.settings import ClusterSettings
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.report.model import Report
    from cnilint.source import GitRevision
    from cnilint.source.base import Source

_STDIN = "-"
_UNRENDERED = "CNI903"


def root_of(source: Source) -> str | None:
    """The folder that was read, None for a stream."""
    from cnilint.source import StandardInput

    return None if isinstance(source, StandardInput) else source.root


def why_empty(source: Source, report: Report) -> tuple[str, str]:
    """Why a run checked no object, and what to do."""
    from cnilint.diagnostics.wording import quantity
    from cnilint.source import StandardInput

    if isinstance(source, StandardInput):
        return "standard input has no Kubernetes object", "check the command that writes it"
    hint = "check the path and `exclude` in the configuration"
    coverage = report.coverage
    if any(finding.code == _UNRENDERED for finding in report.findings):
        return "nothing but unrendered charts or templates", "pipe `helm template` into `cnilint check -`"
    if coverage.objects:
        return "no Kubernetes object below the given paths", f"{hint}, and render templates first"
    if coverage.files:
        read = quantity(coverage.files, "file")
        return f"no Kubernetes object in {read} read as manifests", f"{hint}, and render templates first"
    return f"no manifest among {quantity(len(source.files), 'file')}", hint


def require_use_of_cluster(settings: ClusterSettings) -> None:
    """Raises UsageError for an option of a cluster without --cluster: it would be ignored."""
    given = {
        "--context": settings.context,
        "--live-namespace": settings.live_namespace,
        "--read-secrets": settings.read_secrets,
    }
    unused = next((name for name, value in given.items() if value), None)
    if unused and not settings.use_cluster:
        raise UsageError(f"{unused} needs --cluster")


def earlier_source(paths: tuple[str, ...], revision: str, *, render: bool) -> GitRevision:
    """The revision to compare with. Raises UsageError."""
    from cnilint.source import GitRevision

    if _STDIN in paths:
        raise UsageError("--since cannot be used with standard input (-), which has no Git revision")
    if render:
        raise UsageError("--render cannot be used with --since: kustomize and helm need files on disk")
    return GitRevision(paths, revision, compared=True)


def source_of(
    paths: tuple[str, ...], rev: str | None, stdin_name: str, *, staged: bool = False, render: bool
) -> Source:
    """The source that paths, ``--rev``, ``--staged`` and standard input name. Raises UsageError for a combination that has
    no sense."""
    from cnilint.source import GitIndex, GitRevision, StandardInput, WorkTree
    from cnilint.source.overlay import WorkTreeWith

    if staged and rev is not None:
        raise UsageError("--staged cannot be used with --rev")
    if _STDIN in paths:
        if len(paths) > 1:
            raise UsageError("standard input (-) cannot be combined with other paths")
        if rev is not None or staged:
            used = "--staged" if staged else "--rev"
            raise UsageError(f"{used} cannot be used with standard input (-), which has no Git revision")
        data = sys.stdin.buffer.read()
        return WorkTreeWith.of(stdin_name, data) or StandardInput(stdin_name, data)
    if rev is None and not staged:
        return WorkTree(paths)
    if render:
        used = "--staged" if staged else "--rev"
        raise UsageError(f"--render cannot be used with {used}: kustomize and helm need files on disk")
    return GitIndex(paths) if rev is None else GitRevision(paths, rev)
