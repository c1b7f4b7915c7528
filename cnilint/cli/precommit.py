"""``cnilint pre-commit``: what is about to be committed or pushed, as a hook of pre-commit."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from msgspec.structs import replace

from cnilint.analysis.settings import AnalysisSettings, CacheSettings, PolicySettings
from cnilint.cli.caching import configuration_of, memory_of, recall_of, tell_problem
from cnilint.cli.command import SectionCommand
from cnilint.cli.configured import baseline_of, config_of, configured
from cnilint.cli.options import (
    analysis_options,
    as_of_option,
    cache_options,
    config_option,
    into,
    output_options,
    policy_options,
)
from cnilint.cli.output import OutputSettings, exit_code, lines_of, write, write_out
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.findings.model import Finding
    from cnilint.report.model import Report
    from cnilint.source.base import Source

_PUSHED = "PRE_COMMIT_TO_REF"
"""The commit that is pushed: https://pre-commit.com/#pre-push"""
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@click.command("pre-commit", cls=SectionCommand)
@click.argument("files", nargs=-1, type=click.Path(), metavar="[FILE]...")
@policy_options
@as_of_option
@config_option
@analysis_options
@cache_options
@output_options
@into(settings=AnalysisSettings, cache=CacheSettings, policy=PolicySettings, output=OutputSettings)
def pre_commit(
    *,
    files: tuple[str, ...],
    config_file: Path | None,
    settings: AnalysisSettings,
    cache: CacheSettings,
    policy: PolicySettings,
    output: OutputSettings,
) -> None:
    """Check what is about to be committed or pushed, as a hook of pre-commit.

    All tracked files are read. With FILE, only findings that are in these files or refer to them are reported. A
    repository without a Kubernetes object passes.
    """
    import gc

    # As in ``check``: objects live until the process ends.
    gc.disable()
    source = _source(render=settings.render)
    recall = recall_of("pre-commit", (source,), cache, settings, policy, words=(config_file,))
    run = None if recall is None else recall.find()
    if run is not None:
        _end(source, run.report, configured(output, configuration_of(run)), files)
    from cnilint.analysis.check import analyze, report
    from cnilint.cli.progress import progress

    config = config_of(config_file, source)
    output = configured(output, config)
    settings = replace(configured(settings, config), config=config)
    known = baseline_of(None, config)
    with progress(quiet=output.quiet) as draw:
        analysis = analyze(source, settings, draw, memory=memory_of(recall, source, settings))
    result = report(analysis, replace(policy.policy(config), baseline=known))
    if recall is not None:
        recall.save(result, (analysis,), (config_file, config.baseline))
        tell_problem(recall, output)
    _end(source, result, output, files)


def _end(source: Source, result: Report, output: OutputSettings, files: Sequence[str]) -> NoReturn:
    """Writes what the report says of the files, of all if there are none, and exits."""
    if files:
        given = frozenset(_relative(source.root, files))
        result = replace(result, findings=tuple(each for each in result.findings if _touches(each, given)))
        if output.format == "text" and not result.findings:
            write_out("No findings in the given files.\n")
            sys.exit(exit_code(output.fail_on, result))
    write(result, lines_of(source.read), output, source.root)
    sys.exit(exit_code(output.fail_on, result))


def _source(*, render: bool) -> Source:
    """The commit that is pushed, or the files that Git tracks. Raises UsageError."""
    from cnilint.source import GitRevision
    from cnilint.source.tracked import TrackedTree

    pushed = os.environ.get(_PUSHED, "")
    if not pushed:
        return TrackedTree((".",))
    if not _COMMIT.fullmatch(pushed):
        raise UsageError(f"{_PUSHED} is not a commit")
    if render:
        raise UsageError("--render cannot be used before a push: kustomize and helm need files on disk")
    return GitRevision((".",), pushed)


def _relative(root: str, files: Sequence[str]) -> list[str]:
    """Files of the current folder as reports name them."""
    here = Path.cwd()
    return [Path(os.path.relpath(here / file, root)).as_posix() for file in files]


def _touches(finding: Finding, files: frozenset[str]) -> bool:
    """Whether a finding is in one of the files, or one of them has what it refers to."""
    return finding.span.file in files or any(each.span.file in files for each in finding.related)
