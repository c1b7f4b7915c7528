"""``cnilint pre-commit``: what is about to be committed or pushed, as a hook of pre-commit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from msgspec.structs import replace

from cnilint.analysis.settings import AnalysisSettings, CacheSettings, PolicySettings
from cnilint.cli.caching import configuration_of, memory_of, recall_of, tell_problem
from cnilint.cli.command import SectionCommand
from cnilint.cli.configured import baseline_of, config_of, configured
from cnilint.cli.decorators import into, option
from cnilint.cli.options import (
    analysis_options,
    as_of_option,
    cache_options,
    config_option,
    output_options,
    policy_options,
)
from cnilint.cli.output import OutputSettings, exit_code, lines_of, write, write_out
from cnilint.errors import UsageError
from cnilint.regex import regex

if TYPE_CHECKING:
    from cnilint.analysis.diff import DiffAnalysis
    from cnilint.extract.read import Progress
    from cnilint.findings.model import Finding
    from cnilint.findings.policy import Policy
    from cnilint.report.model import Report
    from cnilint.source.base import Source

_Read = Callable[[str], "bytes | None"]
_PUSHED = "PRE_COMMIT_TO_REF"
"""The commit that is pushed: https://pre-commit.com/#pre-push"""
_PUSHED_BEFORE = "PRE_COMMIT_FROM_REF"
"""The commit of the remote branch."""
_COMMIT = regex(r"[0-9a-f]{40}|[0-9a-f]{64}")


@click.command("pre-commit", cls=SectionCommand)
@click.argument("files", nargs=-1, type=click.Path(), metavar="[FILE]...")
@option(
    "--changed",
    is_flag=True,
    section="Report",
    help="Report only findings in the given files, about them, or that the commit brings elsewhere.",
)
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
    changed: bool,
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
    source = _source(render=settings.render)
    base = _base(Path(source.root)) if changed else None
    selected = frozenset(_relative(source.root, files)) if changed or files else None
    recall = (
        recall_of("pre-commit", (source,), cache, settings, policy, words=(config_file,))
        if base is None
        else None
    )
    run = None if recall is None else recall.find()
    if run is not None:
        _end(run.report, configured(output, configuration_of(run)), source, source.read, selected)
    from cnilint.analysis.check import analyze, report
    from cnilint.cli.progress import progress

    config = config_of(config_file, source)
    output = configured(output, config)
    settings = replace(configured(settings, config), config=config)
    shown = replace(policy.policy(config), baseline=baseline_of(None, config))
    read: _Read = source.read
    brought: Sequence[Finding] = ()
    with progress(quiet=output.quiet) as draw:
        if base is None:
            analysis = analyze(source, settings, draw, memory=memory_of(recall, source, settings))
        else:
            compared = _compared(base, source, settings, config_file, draw)
            analysis, read = compared.after, compared.places.text
            brought = _brought(compared, shown)
    result = report(analysis, shown)
    if recall is not None:
        recall.save(result, (analysis,), (config_file, config.baseline))
        tell_problem(recall, output)
    _end(result, output, source, read, selected, brought=brought)


def _end(
    result: Report,
    output: OutputSettings,
    source: Source,
    read: _Read,
    selected: Set[str] | None,
    *,
    brought: Iterable[Finding] = (),
) -> NoReturn:
    """Writes what the report says of the ``selected`` files, of all for None, and what the change ``brought``; exits."""
    if selected is not None:
        result = replace(result, findings=tuple(_of_change(result.findings, selected, brought)))
        if output.format == "text" and not result.findings:
            write_out("No findings in the given files.\n" if selected else "No findings in the change.\n")
            sys.exit(exit_code(output.fail_on, result))
    write(result, lines_of(read), output, source.root)
    sys.exit(exit_code(output.fail_on, result))


def _base(root: Path) -> str | None:
    """The commit that is compared with: the last one, or the one that was pushed before. None where there is none, or
    nothing differs from it."""
    from cnilint.source.process import Failed, git

    earlier, pushed = os.environ.get(_PUSHED_BEFORE, ""), os.environ.get(_PUSHED, "")
    if pushed and not _COMMIT.fullmatch(earlier):
        return None
    base = earlier if pushed else "HEAD"
    differences = ("diff", "--name-only", "--no-renames", "--no-ext-diff", *([] if pushed else ["--cached"]))
    try:
        found = git(root, (*differences, base, *([pushed] if pushed else []), "--"))
    except Failed:
        # The first commit, or a commit that is not in this clone.
        return None
    return base if found else None


def _compared(
    base: str, source: Source, settings: AnalysisSettings, config_file: Path | None, draw: Progress | None
) -> DiffAnalysis:
    from cnilint.analysis.diff import diff
    from cnilint.cli.configured import config_of
    from cnilint.cli.diff import versioned
    from cnilint.source import GitRevision

    before = GitRevision((".",), base, compared=True)
    earlier = replace(settings, config=config_of(config_file, before), render=False)
    return diff(before, versioned(source), (earlier, settings), draw)


def _brought(compared: DiffAnalysis, policy: Policy) -> tuple[Finding, ...]:
    """The findings that the base does not have, and those of the change itself."""
    from cnilint.analysis.diff import report

    return report(compared, policy).findings


def _of_change(findings: Iterable[Finding], files: Set[str], brought: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of the given files, and those that the change brings, each once."""
    found = {each.fingerprint: each for each in findings if _touches(each, files)}
    found |= {each.fingerprint: each for each in brought}
    yield from sorted(found.values(), key=lambda each: (each.span.file, each.span.line, each.span.column))


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


def _touches(finding: Finding, files: Set[str]) -> bool:
    """Whether a finding is in one of the files, or one of them has what it refers to."""
    return finding.span.file in files or any(each.span.file in files for each in finding.related)
