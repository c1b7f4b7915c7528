"""``cnilint baseline``: writes the file of known findings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from cnilint.analysis.settings import AnalysisSettings, CacheSettings, ClusterSettings, PolicySettings
from cnilint.cli.caching import facts_of
from cnilint.cli.command import SectionCommand
from cnilint.cli.configured import baseline_of, config_of, configured, shown
from cnilint.cli.decorators import into, option
from cnilint.cli.options import (
    analysis_options,
    as_of_option,
    cache_options,
    cluster_options,
    config_option,
    policy_options,
)
from cnilint.cli.output import ExitCode, refuse_empty, write_err
from cnilint.cli.sources import require_use_of_cluster
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnilint.config.model import Config
    from cnilint.findings.baseline import Baseline, BaselineEntry
    from cnilint.findings.model import Finding
    from cnilint.findings.policy import Result

DEFAULT = ".cnilint-baseline"


@click.command(cls=SectionCommand)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@option(
    "--file",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    section="Output",
    help=f"Write this file.  [default: `baseline` of the configuration, else {DEFAULT} at the root]",
)
@policy_options
@as_of_option
@config_option
@analysis_options
@cache_options
@cluster_options
@into(settings=AnalysisSettings, cache=CacheSettings, cluster=ClusterSettings, policy=PolicySettings)
def baseline(
    *,
    paths: tuple[str, ...],
    file: Path | None,
    config_file: Path | None,
    settings: AnalysisSettings,
    cache: CacheSettings,
    cluster: ClusterSettings,
    policy: PolicySettings,
) -> None:
    """Write the findings of today to a file, so that 'cnilint check --baseline FILE' reports only new ones.

    PATH is a manifest, a folder or a Git repository. Entries of the file about other paths are kept.
    [default: the current folder]
    """
    from cnilint.analysis.check import analyze, scope_of
    from cnilint.analysis.named import with_names
    from cnilint.cli.progress import progress
    from cnilint.findings.baseline import baseline_text
    from cnilint.findings.policy import findings
    from cnilint.source import WorkTree

    require_use_of_cluster(cluster)
    source = WorkTree(paths or (".",))
    config = config_of(config_file, source)
    path = file or config.baseline or _own_file(Path(source.root))
    settings = replace(configured(settings, config), config=config, cluster=cluster)
    with progress(quiet=False) as draw, facts_of(source, cache, settings, cluster) as memory:
        analysis = analyze(source, settings, draw, memory=memory)
    if not analysis.selects_objects:
        refuse_empty("no Kubernetes object below the given paths", "check the path", may_be_allowed=False)
    earlier = baseline_of(path, config) if path.exists() else None
    named = with_names(analysis.diagnostics, analysis.environments)
    result = findings(named, replace(policy.policy(config), baseline=earlier), scope_of(analysis))
    new = [finding for finding in result.findings if finding.suppressed is None]
    _write(path, baseline_text((*new, *result.known), _kept(earlier, result)))
    changed = _changed(new, None if earlier is None else len(result.stale))
    write_err(_told(path, source.root, config, changed))
    sys.exit(ExitCode.CLEAN)


def _own_file(root: Path) -> Path:
    """The file at the root. Raises UsageError where a link of the repository puts it elsewhere."""
    from cnilint.reading import Folder

    path = root / DEFAULT
    if not Folder(root).holds(DEFAULT):
        raise UsageError(f"`{shown(path)}` is outside of the repository", "name it with --file to write it")
    return path


def _kept(earlier: Baseline | None, result: Result) -> list[BaselineEntry]:
    """The entries that are about other paths, or codes, than this run."""
    if earlier is None:
        return []
    known = {finding.fingerprint for finding in result.known}
    gone = {entry.fingerprint for entry in result.stale} | known
    return [entry for fingerprint, entry in earlier.entries.items() if fingerprint not in gone]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write `{shown(path)}`: {error.strerror}") from None


def _changed(new: Sequence[Finding], removed: int | None) -> str:
    """What is written; ``removed`` is None for a new file."""
    from cnilint.diagnostics.wording import quantity
    from cnilint.report.group import told_number

    if removed is not None:
        return f"{len(new)} new, {removed} removed"
    told = quantity(told_number(new), "finding")
    return told if told_number(new) == len(new) else f"{told}, {len(new)} lines: one for each environment"


def _told(path: Path, root: str, config: Config, changed: str) -> str:
    """What was written, and what to do with it."""
    from cnilint.analysis.unused import ignored_by_git
    from cnilint.report.terminal import printable
    from cnilint.source import WorkTree

    name = shown(path)
    lines = [f"cnilint: {name}: {changed}"]
    absolute = Path.cwd() / path
    entry = absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else None
    if config.baseline is None:
        lines.append(f"cnilint: next: `cnilint check --baseline {name}` reports only what is new")
        if entry is not None:
            lines.append(f"cnilint: `baseline: {entry}` in .cnilint.yaml makes it the default")
    # What is listed is what Git does not ignore.
    if entry is not None and (tree := WorkTree((root,))).in_git and entry not in tree.files:
        lines.append(f"cnilint: {ignored_by_git(entry)}")
    return "".join(f"{printable(line)}\n" for line in lines)
