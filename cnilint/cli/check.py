"""``cnilint check``: a source to an analysis, a report and an exit code."""

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
from cnilint.cli.decorators import into, option
from cnilint.cli.options import (
    analysis_options,
    as_of_option,
    baseline_option,
    cache_options,
    cluster_options,
    config_option,
    output_options,
    policy_options,
    show_suppressed_option,
    shown_options,
    since_option,
    staged_option,
    stream_options,
)
from cnilint.cli.output import (
    ExitCode,
    OutputSettings,
    exit_code,
    lines_of,
    refuse_empty,
    require_text,
    write,
    write_out,
)
from cnilint.cli.repeated import RepeatedOutput
from cnilint.cli.sources import earlier_source, require_use_of_cluster, root_of, source_of, why_empty

if TYPE_CHECKING:
    from cnilint.report.model import Report
    from cnilint.source.base import Source


@click.command(cls=SectionCommand)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@policy_options
@as_of_option
@baseline_option
@show_suppressed_option
@stream_options
@since_option("Report only what this Git revision does not have, and what the change since then breaks.")
@staged_option
@config_option
@analysis_options
@cache_options
@cluster_options
@output_options
@shown_options
@option(
    "--explain-environments",
    is_flag=True,
    section="Output",
    help="Print the environments and why each was formed, instead of findings.",
)
@option("--blame", is_flag=True, section="Output", help="Name the commit that introduced each finding.")
@into(
    settings=AnalysisSettings,
    cache=CacheSettings,
    cluster=ClusterSettings,
    policy=PolicySettings,
    output=OutputSettings,
)
def check(
    *,
    paths: tuple[str, ...],
    rev: str | None,
    stdin_name: str,
    since: str | None,
    staged: bool,
    config_file: Path | None,
    baseline: Path | None,
    explain_environments: bool,
    blame: bool,
    settings: AnalysisSettings,
    cache: CacheSettings,
    cluster: ClusterSettings,
    policy: PolicySettings,
    output: OutputSettings,
) -> None:
    """Check that references between manifests resolve, and settings against component versions.

    PATH is a manifest, a folder, a Git repository, or - for standard input.  [default: the current folder]
    """
    from cnilint.cli.progress import progress

    require_use_of_cluster(cluster)
    source = source_of(paths or (".",), rev, stdin_name, staged=staged, render=settings.render)
    if since is not None:
        from cnilint.cli.diff import compare

        base = earlier_source(paths or (".",), since, render=settings.render)
        settings = replace(settings, cluster=cluster)
        compare(
            base,
            source,
            settings=settings,
            cache=cache,
            policy=policy,
            output=output,
            config_file=config_file,
            baseline=baseline,
            blame=blame,
        )
    recall = recall_of(
        "check",
        (source,),
        cache,
        settings,
        policy,
        cluster=cluster,
        config_file=config_file,
        words=(baseline,),
        whole=not (explain_environments or blame),
    )
    repeat = RepeatedOutput(recall, output)
    repeat.end_as_before()
    run = None if recall is None else recall.find()
    if run is not None:
        output = configured(output, configuration_of(run))
        require_text(output)
        _end(source, run.report, output, repeat, selects_objects=run.selects_objects)
    config = config_of(config_file, source)
    output = configured(output, config)
    require_text(output)
    settings = replace(configured(settings, config), config=config, cluster=cluster)
    known = baseline_of(baseline, config)
    from cnilint.analysis.check import analyze, report

    with progress(quiet=output.quiet) as draw:
        analysis = analyze(source, settings, draw, memory=memory_of(recall, source, settings))
    if explain_environments:
        from cnilint.report.environments import explain

        write_out(explain(analysis.environments))
        sys.exit(ExitCode.CLEAN)
    result = report(analysis, replace(policy.policy(config), baseline=known))
    if recall is not None:
        recall.save(result, (analysis,), (config_file, baseline or config.baseline))
        tell_problem(recall, output)
    if blame:
        from cnilint.analysis.blame import with_commits

        result = with_commits(result, source, settings)
    # Exit here and not in the caller: this frame keeps the analysis, so that it is not freed object by object.
    _end(source, result, output, repeat, selects_objects=analysis.selects_objects)


def _end(
    source: Source, result: Report, output: OutputSettings, repeat: RepeatedOutput, *, selects_objects: bool
) -> NoReturn:
    """Writes the report and exits. Raises UsageError for a run that checked nothing."""
    write(result, lines_of(repeat.noting_reads(source.read)), output, root_of(source), repeat.noting_output)
    code = exit_code(output.fail_on, result)
    if code is ExitCode.CLEAN and not output.allow_empty and not selects_objects:
        refuse_empty(*why_empty(source, result))
    repeat.keep(code, output)
    sys.exit(code)
