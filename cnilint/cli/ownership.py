"""``cnilint ownership``: dumps and manifests to an audit, a report and an exit code."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from cnilint.analysis.settings import AuditSettings, ClusterSettings, PolicySettings
from cnilint.cli.command import SectionCommand
from cnilint.cli.configured import configured
from cnilint.cli.decorators import into, option
from cnilint.cli.options import (
    apply_options,
    cluster_options,
    config_option,
    jobs_option,
    kube_version_option,
    namespace_option,
    output_options,
    policy_options,
    repair_options,
)
from cnilint.cli.output import ExitCode, OutputSettings, exit_code, lines_of, refuse_empty, write
from cnilint.cli.sources import require_use_of_cluster
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cnilint.analysis.ownership import OwnershipAnalysis
    from cnilint.report.model import Report
    from cnilint.source.base import Source

_WITH_NOTICES = ("text", "json", "sarif", "html")
"""The formats that have a place for notices."""

_desired_option = option(
    "--desired",
    multiple=True,
    metavar="PATH",
    section="Apply",
    help="Manifests that will be applied: a file, a folder, a repository. Repeatable.",
)


@click.command(cls=SectionCommand)
@click.argument("live", nargs=-1, type=click.Path(), metavar="LIVE...")
@_desired_option
@apply_options
@policy_options
@config_option
@option(
    "--managed-fields-shown",
    is_flag=True,
    section="Input",
    help="The dumps were made with --show-managed-fields: what shows none has none.",
)
@kube_version_option("Kubernetes version of the cluster.  [default: the newest known]", parse=False)
@namespace_option
@jobs_option("Number of processes that read manifests and predict, 0 for automatic.")
@cluster_options
@output_options
@repair_options
@option("--tree", is_flag=True, section="Output", help="Print every object with all fields and their owners.")
@into(settings=AuditSettings, cluster=ClusterSettings, policy=PolicySettings, output=OutputSettings)
def ownership(
    *,
    live: tuple[str, ...],
    desired: tuple[str, ...],
    previous: tuple[str, ...],
    config_file: Path | None,
    repair_script: Path | None,
    tree: bool,
    settings: AuditSettings,
    cluster: ClusterSettings,
    policy: PolicySettings,
    output: OutputSettings,
) -> None:
    """Audit who owns the fields of live objects, and predict what an apply leaves behind.

    LIVE is a dump by 'kubectl get -o yaml --show-managed-fields', a folder of dumps, or - for standard input. With
    --cluster the live objects of --desired are read from the cluster instead.
    """
    from cnilint.analysis.ownership import report
    from cnilint.checks import CODES
    from cnilint.config.load import load
    from cnilint.source import WorkTree

    _require_one_input(cluster, live, desired)
    _require_manifests(previous, repair_script, desired)
    require_use_of_previous(settings, previous)
    source = WorkTree(desired) if desired else None
    old_release = WorkTree(previous) if previous else None
    root = Path.cwd() if source is None else Path(source.root)
    config = load(config_file, str(root), CODES)
    settings, output = replace(configured(settings, config), config=config), configured(output, config)
    if cluster.use_cluster and source is not None:
        analysis = _of_cluster(cluster, settings, source, old_release)
    else:
        analysis = _of_dumps(live, root, settings, source, old_release)
    say_unread(analysis.unread, output)
    if repair_script is not None:
        write_script(repair_script, analysis)
    portraits = output.details or output.formats != {"text"}
    result = report(analysis, policy.policy(settings.config), tree=tree, portraits=portraits)

    lines = lines_of(reader_of(analysis.texts, source))
    write(result, lines, output, None if source is None else source.root)
    code = exit_code(output.fail_on, result)
    if code is ExitCode.CLEAN and not output.allow_empty and not _has_objects(result):
        refuse_empty(*_why_empty(cluster))
    # Exit here and not in the caller: this frame keeps the analysis, so that it is not freed object by object.
    sys.exit(code)


def _of_dumps(
    live: tuple[str, ...],
    root: Path,
    settings: AuditSettings,
    source: Source | None,
    old_release: Source | None,
) -> OwnershipAnalysis:
    from cnilint.analysis.ownership import audit
    from cnilint.cli.dumps import read_dumps

    with named_version():
        return audit(read_dumps(live, root), settings, source, old_release)


def _of_cluster(
    cluster: ClusterSettings, settings: AuditSettings, source: Source, old_release: Source | None
) -> OwnershipAnalysis:
    """The audit of the live objects of the manifests."""
    from cnilint.analysis.cluster import named_objects
    from cnilint.analysis.ownership import audit_cluster
    from cnilint.ownership.inputs.desired import read_whole_desired

    with named_version():
        desired = read_whole_desired(source, settings.config, settings.namespace, jobs=settings.jobs)
        return audit_cluster(named_objects(cluster, settings, desired), settings, desired, old_release)


@contextmanager
def named_version() -> Iterator[None]:
    """Says which option has a Kubernetes version that is none."""
    from cnilint.ssa.schema.schema import SchemaError

    try:
        yield
    except SchemaError as error:
        raise UsageError(f"--kube-version: {error}") from None


def say_unread(notices: tuple[str, ...], output: OutputSettings) -> None:
    """Prints what could not be read to standard error, unless the report on standard output says it."""
    from cnilint.report.terminal import printable

    for notice in notices if output.format not in _WITH_NOTICES else ():
        click.echo(printable(f"cnilint: {notice}"), err=True)


def _why_empty(cluster: ClusterSettings) -> tuple[str, str]:
    if cluster.use_cluster:
        return (
            "no object of the manifests is in the cluster",
            "check --desired, --context and --live-namespace",
        )
    return "the dumps have no Kubernetes object", "check the command that writes them"


def _require_one_input(cluster: ClusterSettings, live: tuple[str, ...], desired: tuple[str, ...]) -> None:
    """Raises UsageError unless the live objects come from dumps or from a cluster."""
    require_use_of_cluster(cluster)
    if not cluster.use_cluster and not live:
        raise click.UsageError("Missing argument 'LIVE...'.")
    if cluster.use_cluster and live:
        raise UsageError("--cluster cannot be combined with dumps of live objects")
    if cluster.use_cluster and not desired:
        raise UsageError("--cluster needs --desired: the live objects of those manifests are read")


def reader_of(texts: Mapping[str, bytes], source: Source | None) -> Callable[[str], bytes | None]:
    """Reads a file of the dumps or of the manifests."""

    def read(path: str) -> bytes | None:
        data = texts.get(path)
        return source.read(path) if data is None and source is not None else data

    return read


def _has_objects(result: Report) -> bool:
    return result.ownership is not None and bool(result.ownership.objects)


def write_script(path: Path, analysis: OwnershipAnalysis) -> None:
    """Writes the repair of all objects. Raises UsageError."""
    from cnilint import __version__
    from cnilint.ownership.repair.script import repair_script

    script = repair_script(analysis.audits, analysis.kinds, __version__)
    try:
        path.write_text(script.text, "utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror}") from None


def _require_manifests(
    previous: tuple[str, ...], repair_script: Path | None, desired: tuple[str, ...]
) -> None:
    """Raises UsageError for options that are about an apply without the manifests of one."""
    if previous and not desired:
        raise UsageError("--previous needs --desired: an old release is compared with the new manifests")
    if repair_script is not None and not desired:
        raise UsageError(
            "--repair-script needs --desired: leftovers are what an apply of manifests leaves behind"
        )


def require_use_of_previous(settings: AuditSettings, previous: tuple[str, ...]) -> None:
    """Raises UsageError for an old release that no applier would compare with."""
    if not previous:
        return
    from cnilint.ownership.predict.applier import ApplierChoice, chosen_applier

    tool = chosen_applier(
        ApplierChoice(name=settings.applier, manager=settings.manager, force=settings.force)
    )
    if tool is not None and not tool.needs_release:
        given = f"--applier {settings.applier}" if settings.applier else f"--manager {settings.manager}"
        raise UsageError(f"--previous has no effect with {given}, which does not compare with an old release")
