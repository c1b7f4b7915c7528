"""``cnilint diff``: two revisions to a report of what the change breaks, and an exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from msgspec.structs import replace

from cnilint.analysis.settings import AnalysisSettings, CacheSettings, ClusterSettings, PolicySettings
from cnilint.cli.caching import configuration_of, memory_of, recall_of, tell_problem
from cnilint.cli.command import SectionCommand
from cnilint.cli.configured import baseline_of, config_of, configured
from cnilint.cli.decorators import into
from cnilint.cli.options import (
    as_of_option,
    assumption_options,
    cache_options,
    cluster_options,
    config_option,
    jobs_option,
    output_options,
    policy_options,
    show_suppressed_option,
    shown_options,
    staged_option,
)
from cnilint.cli.output import OutputSettings, exit_code, lines_of, refuse_empty, require_text, write
from cnilint.cli.repeated import RepeatedOutput
from cnilint.cli.sources import require_use_of_cluster, source_of, why_empty
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.analysis.diff import DiffAnalysis
    from cnilint.analysis.recall import Recall
    from cnilint.report.model import Report
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
@cache_options
@cluster_options
@output_options
@shown_options
@into(
    settings=AnalysisSettings,
    cache=CacheSettings,
    cluster=ClusterSettings,
    policy=PolicySettings,
    output=OutputSettings,
)
def diff(
    *,
    base: str,
    head: str | None,
    staged: bool,
    config_file: Path | None,
    settings: AnalysisSettings,
    cache: CacheSettings,
    cluster: ClusterSettings,
    policy: PolicySettings,
    output: OutputSettings,
) -> None:
    """Show what a change of the manifests breaks: findings that BASE does not have, and hazards of the move itself.

    BASE and HEAD are Git revisions; without HEAD, the work tree is compared, or with --staged the index. The files are
    those below the current folder.
    """
    from cnilint.source import GitRevision

    require_use_of_cluster(cluster)
    before = GitRevision(_PATHS, base, compared=True)
    after = (
        source_of(_PATHS, None, "", staged=staged, render=False)
        if head is None or staged
        else GitRevision(_PATHS, head, compared=True)
    )
    if staged and head is not None:
        raise UsageError("--staged compares the index: leave HEAD out")
    settings = replace(settings, cluster=cluster)
    compare(
        before,
        after,
        settings=settings,
        cache=cache,
        policy=policy,
        output=output,
        config_file=config_file,
    )


def compare(
    before: GitRevision,
    after: Source,
    *,
    settings: AnalysisSettings,
    cache: CacheSettings,
    policy: PolicySettings,
    output: OutputSettings,
    config_file: Path | None,
    baseline: Path | None = None,
    blame: bool = False,
) -> NoReturn:
    """Compares two sources, writes the report and exits. ``settings`` and ``baseline``, those of the command line, are
    completed by the configuration of each source. Raises UsageError."""
    from cnilint.cli.progress import progress

    recall = recall_of(
        "diff",
        (before, after),
        cache,
        settings,
        policy,
        cluster=settings.cluster,
        config_file=config_file,
        words=(baseline,),
        whole=not blame,
    )
    repeat = RepeatedOutput(recall, output)
    repeat.end_as_before()
    run = None if recall is None else recall.find()
    if run is not None:
        output = configured(output, configuration_of(run))
        require_text(output)
        _end(before, after, run.report, output, repeat, selects_objects=run.selects_objects)
    config = config_of(config_file, after)
    output = configured(output, config)
    require_text(output)
    settings = replace(configured(settings, config), config=config)
    known = baseline_of(baseline, config)
    from cnilint.analysis.diff import diff, report

    earlier = replace(settings, config=config_of(config_file, before))
    analysis = None if known is not None else _partial_diff(recall, before, after, (earlier, settings))
    if analysis is None:
        memories = (memory_of(recall, before, earlier), memory_of(recall, after, settings))
        with progress(quiet=output.quiet) as draw:
            analysis = diff(before, versioned(after), (earlier, settings), draw, memories)
    result = report(analysis, replace(policy.policy(settings.config), baseline=known))
    if recall is not None:
        recall.save(
            result,
            (analysis.before, analysis.after),
            (config_file, baseline or config.baseline),
            by_record=analysis.record is not None,
        )
        tell_problem(recall, output)
    if blame:
        from cnilint.analysis.blame import with_commits

        result = with_commits(result, after, settings)
    # Exit here and not in the caller: this frame keeps the analysis, so that it is not freed object by object.
    _end(before, after, result, output, repeat, selects_objects=analysis.selects_objects)


def _partial_diff(
    recall: Recall | None,
    before: GitRevision,
    after: Source,
    settings: tuple[AnalysisSettings, AnalysisSettings],
) -> DiffAnalysis | None:
    """The comparison with a work tree that an earlier run analyzed, of what differs; None where all has to be compared."""
    record = None if recall is None or settings[0] != settings[1] else recall.record()
    if recall is None or record is None:
        return None
    changed = recall.changed_since(before)
    memories = (recall.memory(before, settings[0]), recall.memory(after, settings[1]))
    if changed is None or memories[0] is None or memories[1] is None:
        return None
    from cnilint.analysis.diff import compared
    from cnilint.analysis.partial import partial_revisions

    found = partial_revisions(
        before, versioned(after), settings[1], (memories[0], memories[1]), record=record, changed=changed
    )
    return None if found is None else compared(found.before, found.after, found.record)


def _end(
    before: Source,
    after: Source,
    result: Report,
    output: OutputSettings,
    repeat: RepeatedOutput,
    *,
    selects_objects: bool,
) -> NoReturn:
    """Writes the report and exits. Raises UsageError for a run that compared nothing."""
    from functools import partial

    from cnilint.source.base import latest_content

    lines = lines_of(repeat.noting_reads(partial(latest_content, before, after)))
    write(result, lines, output, after.root, repeat.noting_output)
    code = exit_code(output.fail_on, result)
    if not (code or output.allow_empty or selects_objects):
        refuse_empty(*why_empty(after, result))
    repeat.keep(code, output)
    sys.exit(code)


def versioned(source: Source) -> VersionedSource:
    """A source of which a revision is known, or a work tree."""
    from cnilint.source import WorkTree
    from cnilint.source.revision import GitFiles

    assert isinstance(source, GitFiles | WorkTree)
    return source
