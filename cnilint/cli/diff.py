"""``cnilint diff``: two revisions to a report of what the change breaks, and an exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from msgspec.structs import replace

from cnilint.analysis.settings import AnalysisSettings, ClusterSettings, PolicySettings
from cnilint.cli.check import require_use_of_cluster, source_of, why_empty
from cnilint.cli.command import SectionCommand
from cnilint.cli.configured import baseline_of, config_of, configured
from cnilint.cli.options import (
    as_of_option,
    assumption_options,
    cluster_options,
    config_option,
    into,
    jobs_option,
    output_options,
    policy_options,
    show_suppressed_option,
    staged_option,
)
from cnilint.cli.output import OutputSettings, exit_code, lines_of, refuse_empty, write
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.findings.baseline import Baseline
    from cnilint.source import GitRevision
    from cnilint.source.base import Source
    from cnilint.source.moves import VersionedSource

_PATHS = (".",)


@click.command(cls=SectionCommand)
@click.argument("base")
@click.argument("head", required=False)
@policy_options
@as_of_option
@show_suppressed_option
@staged_option
@config_option
@assumption_options
@jobs_option("Number of processes that read files, 0 for automatic.")
@cluster_options
@output_options
@into(settings=AnalysisSettings, cluster=ClusterSettings, policy=PolicySettings, output=OutputSettings)
def diff(
    *,
    base: str,
    head: str | None,
    staged: bool,
    config_file: Path | None,
    settings: AnalysisSettings,
    cluster: ClusterSettings,
    policy: PolicySettings,
    output: OutputSettings,
) -> None:
    """Show what a change of the manifests breaks: findings that BASE does not have, and hazards of the move itself.

    BASE and HEAD are Git revisions; without HEAD, the work tree is compared, or with --staged the index. The files are
    those below the current folder.
    """
    import gc

    from cnilint.source import GitRevision

    # Objects live until the process ends: to look for garbage among millions of them only costs time.
    gc.disable()
    require_use_of_cluster(cluster)
    before = GitRevision(_PATHS, base, compared=True)
    after = (
        source_of(_PATHS, None, "", staged=staged, render=False)
        if head is None or staged
        else GitRevision(_PATHS, head, compared=True)
    )
    if staged and head is not None:
        raise UsageError("--staged compares the index: leave HEAD out")
    config = config_of(config_file, after)
    output = configured(output, config)
    settings = replace(configured(settings, config), config=config, cluster=cluster)
    known = baseline_of(None, config)
    compare(before, after, settings, policy, output, config_file=config_file, known=known)


def compare(
    before: GitRevision,
    after: Source,
    settings: AnalysisSettings,
    policy: PolicySettings,
    output: OutputSettings,
    *,
    config_file: Path | None,
    known: Baseline | None,
    blame: bool = False,
) -> NoReturn:
    """Compares two sources, writes the report and exits. ``settings`` are those of the later one, ``known`` the findings of
    its baseline. Raises UsageError."""
    from cnilint.analysis.diff import diff, report
    from cnilint.cli.progress import progress

    earlier = replace(settings, config=config_of(config_file, before))
    with progress(quiet=output.quiet) as draw:
        analysis = diff(before, versioned(after), (earlier, settings), draw)
    result = report(analysis, replace(policy.policy(settings.config), baseline=known))
    if blame:
        from cnilint.analysis.blame import with_commits

        result = with_commits(result, after, settings)
    write(result, lines_of(analysis.places.text), output, after.root)
    code = exit_code(output.fail_on, result)
    if not (code or output.allow_empty or analysis.selects_objects):
        refuse_empty(*why_empty(after, result.coverage))
    # Exit here and not in the caller: this frame keeps the analysis, so that it is not freed object by object.
    sys.exit(code)


def versioned(source: Source) -> VersionedSource:
    """A source of which a revision is known, or a work tree."""
    from cnilint.source import WorkTree
    from cnilint.source.revision import GitFiles

    assert isinstance(source, GitFiles | WorkTree)
    return source
