"""``cnilint gate``: standard input to standard output, byte for byte, or findings and nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from cnilint.analysis.settings import AnalysisSettings, ClusterSettings, PolicySettings
from cnilint.cli.command import SectionCommand
from cnilint.cli.configured import config_of, configured
from cnilint.cli.decorators import into
from cnilint.cli.options import (
    as_of_option,
    assumption_options,
    cluster_options,
    config_option,
    policy_options,
    stdin_name_option,
    verdict_options,
)
from cnilint.cli.output import (
    ExitCode,
    OutputSettings,
    exit_code,
    lines_of,
    refuse_empty,
    write_err,
    write_files,
)
from cnilint.cli.sources import require_use_of_cluster
from cnilint.cli.streams import read_all, write_all

if TYPE_CHECKING:
    from cnilint.analysis.check import Analysis
    from cnilint.diagnostics.model import Severity
    from cnilint.report.model import Report


@click.command(cls=SectionCommand)
@policy_options
@as_of_option
@stdin_name_option
@config_option
@assumption_options
@cluster_options
@verdict_options
@into(settings=AnalysisSettings, cluster=ClusterSettings, policy=PolicySettings, output=OutputSettings)
def gate(
    *,
    stdin_name: str,
    config_file: Path | None,
    settings: AnalysisSettings,
    cluster: ClusterSettings,
    policy: PolicySettings,
    output: OutputSettings,
) -> None:
    """Pass manifests from standard input to standard output, byte for byte, only if the check is clean.

    Otherwise print nothing on standard output, a short list of findings on standard error, and exit with 1. Input
    without a Kubernetes object is refused, too: who applies an empty output deletes everything.
    """
    from cnilint.analysis.check import analyze, report
    from cnilint.analysis.gate import strict
    from cnilint.reading import MAX_BYTES
    from cnilint.source import StandardInput

    require_use_of_cluster(cluster)
    data = read_all(MAX_BYTES)
    source = StandardInput(stdin_name, data)
    config = config_of(config_file, source)
    output = configured(output, config)
    settings = replace(configured(settings, config), config=config, cluster=cluster)
    analysis = strict(analyze(source, settings))
    result = report(analysis, policy.policy(config))
    write_files(result, lines_of(source.read), output, None)
    code = exit_code(output.fail_on, result)
    if code is ExitCode.CLEAN and not output.allow_empty and not analysis.selects_objects:
        refuse_empty("standard input has no Kubernetes object", "check the command that writes it")
    _tell(analysis, result, output, code)
    if code is ExitCode.CLEAN:
        write_all(data)
    sys.exit(code)


def _tell(analysis: Analysis, result: Report, output: OutputSettings, code: ExitCode) -> None:
    """Writes the result and the findings; with --quiet, only where there is a finding to show."""
    from cnilint.report.brief import brief, shown

    headline = "cnilint gate: refused." if code is ExitCode.FINDINGS else "cnilint gate: passed."
    least: Severity = "note" if output.fail_on == "note" else "warning"
    if not output.quiet or shown(result, least):
        # Not the notices of the policy: most suppressions of a repository are for other manifests than these.
        write_err(brief(result, headline, least=least, notices=analysis.notices))
