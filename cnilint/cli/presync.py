"""``cnilint presync``: manifests and a cluster to a plan, a report, a termination message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from cnilint.analysis.settings import AuditSettings, ClusterSettings, PolicySettings, SyncSettings
from cnilint.cli.command import SectionCommand
from cnilint.cli.configured import config_of, configured
from cnilint.cli.decorators import into, option
from cnilint.cli.options import (
    apply_options,
    as_of_option,
    config_option,
    connection_options,
    jobs_option,
    kube_version_option,
    namespace_option,
    output_options,
    policy_options,
    repair_options,
    show_suppressed_option,
    stream_options,
    target_option,
)
from cnilint.cli.output import OutputSettings, exit_code, lines_of, refuse_empty, write
from cnilint.cli.ownership import named_version, reader_of, require_use_of_previous, say_unread, write_script
from cnilint.cli.sources import root_of, source_of
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.analysis.presync import PresyncAnalysis
    from cnilint.findings.policy import Policy
    from cnilint.report.model import Report
    from cnilint.source.base import Source


@click.command(cls=SectionCommand)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@policy_options
@as_of_option
@show_suppressed_option
@stream_options
@config_option
@namespace_option
@target_option
@jobs_option("Number of processes that read manifests and predict, 0 for automatic.")
@kube_version_option("Kubernetes version of the cluster.  [default: the one that it tells]", parse=False)
@connection_options
@apply_options
@option(
    "--server-dry-run",
    is_flag=True,
    section="Apply",
    help="Also ask the API server what each apply would do, and report what differs. Nothing is stored.",
)
@option(
    "--snapshot",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    section="Backup",
    help="Save the live objects of the manifests in a new folder, without values of Secrets.",
)
@option(
    "--since-snapshot",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    section="Backup",
    help="Also tell what became of the objects of a snapshot, and what is not as planned.",
)
@output_options
@repair_options
@option(
    "--termination-log",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    section="Output",
    help="Also write a summary of at most 4096 bytes, for the termination message of a container.",
)
@into(
    settings=AuditSettings,
    cluster=ClusterSettings,
    sync=SyncSettings,
    policy=PolicySettings,
    output=OutputSettings,
)
def presync(
    *,
    paths: tuple[str, ...],
    rev: str | None,
    stdin_name: str,
    previous: tuple[str, ...],
    config_file: Path | None,
    repair_script: Path | None,
    termination_log: Path | None,
    settings: AuditSettings,
    cluster: ClusterSettings,
    sync: SyncSettings,
    policy: PolicySettings,
    output: OutputSettings,
) -> None:
    """Compare manifests with the cluster as it will be after they are applied: references, hooks, leftovers, versions.

    PATH is a manifest, a folder, a Git repository, or - for standard input.  [default: the current folder]
    """
    require_use_of_previous(settings, previous)
    with _failures_told(termination_log):
        source = source_of(paths or (".",), rev, stdin_name, render=False)
        config = config_of(config_file, source)
        settings, output = replace(configured(settings, config), config=config), configured(output, config)
        analysis = _analysis(
            source, previous, settings, replace(cluster, use_cluster=True), sync, quiet=output.quiet
        )
        if sync.snapshot is not None:
            _save(sync.snapshot, analysis, quiet=output.quiet)
        say_unread(analysis.unread, output)
        if repair_script is not None:
            write_script(repair_script, analysis.owned)
        result = _report(analysis, policy.policy(settings.config), output)
        if not (output.allow_empty or analysis.selects_objects or result.findings):
            refuse_empty("the manifests have no Kubernetes object", "check the command that writes them")
        write(
            result,
            lines_of(reader_of(analysis.texts, source)),
            output,
            root_of(source),
        )
        if termination_log is not None:
            from cnilint.report.termination import summary

            _tell(termination_log, summary(result))
    # Exit here and not in the caller: this frame keeps the analysis, so that it is not freed object by object.
    sys.exit(exit_code(output.fail_on, result))


def _save(folder: Path, analysis: PresyncAnalysis, *, quiet: bool) -> None:
    from cnilint.analysis.snapshot import write_snapshot
    from cnilint.diagnostics.wording import quantity

    saved = write_snapshot(folder, analysis.owned)
    if not quiet:
        click.echo(f"cnilint: {quantity(saved, 'live object')} saved in `{folder}`", err=True)


@contextmanager
def _failures_told(path: Path | None) -> Iterator[None]:
    """Writes to the termination log why a run fails, whatever that is."""
    try:
        yield
    except (UsageError, click.ClickException) as error:
        _tell_failure(path, str(error) if isinstance(error, UsageError) else error.format_message())
        raise
    except BaseException as error:
        _tell_failure(path, "internal error" if isinstance(error, Exception) else "interrupted")
        raise


def _tell_failure(path: Path | None, message: str) -> None:
    if path is None:
        return
    from cnilint.report.termination import failure

    with suppress(UsageError):
        _tell(path, failure(message))


def _tell(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror}") from None


def _analysis(
    source: Source,
    previous: tuple[str, ...],
    settings: AuditSettings,
    cluster: ClusterSettings,
    sync: SyncSettings,
    *,
    quiet: bool,
) -> PresyncAnalysis:
    from cnilint.analysis.presync import presync
    from cnilint.cli.progress import progress
    from cnilint.source import WorkTree

    old = WorkTree(previous) if previous else None
    with named_version(), progress(quiet=quiet) as draw:
        return presync(source, settings, cluster, sync, previous=old, progress=draw)


def _report(analysis: PresyncAnalysis, policy: Policy, output: OutputSettings) -> Report:
    from cnilint.analysis.presync import report

    return report(analysis, policy, portraits=output.details or output.formats != {"text"})
