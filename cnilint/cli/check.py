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
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.report.model import Report
    from cnilint.source import GitRevision
    from cnilint.source.base import Source

_STDIN = "-"
_UNRENDERED = "CNI903"


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
    import gc

    from cnilint.cli.progress import progress

    # Objects live until the process ends: to look for garbage among millions of them only costs time.
    gc.disable()
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
