"""``cnilint refs``: every reference with its resolution, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from cnilint.analysis.settings import AnalysisSettings, CacheSettings, ClusterSettings
from cnilint.cli.caching import facts_of
from cnilint.cli.command import SectionCommand
from cnilint.cli.configured import config_of, configured
from cnilint.cli.decorators import into, option
from cnilint.cli.options import (
    analysis_options,
    cache_options,
    cluster_options,
    config_option,
    format_option,
    stream_options,
)
from cnilint.cli.output import ExitCode, refuse_empty, write_err, write_out
from cnilint.cli.sources import require_use_of_cluster, source_of
from cnilint.regex import regex

if TYPE_CHECKING:
    from cnilint.report.references import ReferenceView

_PLACE = regex(r"(?P<file>.+?):(?P<line>[1-9]\d{0,8})(?::\d*)?")


class ReferenceSelection(Struct, frozen=True):
    """Which references are shown; all of them if none is selected."""

    unresolved: bool = False
    provided: bool = False
    unverifiable: bool = False

    @property
    def outcomes(self) -> frozenset[str]:
        """The selected outcomes, in the words of reports."""
        unresolved = ("broken", "optional") if self.unresolved else ()
        provided = ("provided", "external") if self.provided else ()
        return frozenset((*unresolved, *provided, *(("unverifiable",) if self.unverifiable else ())))


@click.command(cls=SectionCommand)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH[:LINE]]...")
@option("--unresolved", is_flag=True, section="Selection", help="Show references that do not resolve.")
@option("--provided", is_flag=True, section="Selection", help="Show references to what is created elsewhere.")
@option("--unverifiable", is_flag=True, section="Selection", help="Show references that cannot be verified.")
@stream_options
@config_option
@analysis_options
@cache_options
@cluster_options
@format_option(click.Choice(("text", "json")))
@into(settings=AnalysisSettings, cache=CacheSettings, cluster=ClusterSettings, selected=ReferenceSelection)
def refs(
    *,
    paths: tuple[str, ...],
    rev: str | None,
    stdin_name: str,
    config_file: Path | None,
    settings: AnalysisSettings,
    cache: CacheSettings,
    cluster: ClusterSettings,
    format: str,  # the name of the option
    selected: ReferenceSelection,
) -> None:
    """Show every reference with its resolution: what resolves it, or why it does not, and in which environment.

    PATH is a manifest, a folder, a Git repository, or - for standard input; with :LINE, the references of that line.
    [default: the current folder]
    """
    from cnilint.analysis.check import analyze
    from cnilint.analysis.named import paths_of
    from cnilint.report import references

    require_use_of_cluster(cluster)
    places = [_place(path) for path in paths] or [(".", None)]
    source = source_of(
        tuple(dict.fromkeys(path for path, _ in places)), rev, stdin_name, render=settings.render
    )
    config = config_of(config_file, source)
    settings = replace(configured(settings, config), config=config, cluster=cluster)
    with facts_of(source, cache, settings, cluster) as memory:
        analysis = analyze(source, settings, memory=memory)
    if not analysis.selects_objects:
        refuse_empty("no Kubernetes object below the given paths", "check the path", may_be_allowed=False)
    covered = [each for each in analysis.resolutions if analysis.selection.covers(each)]
    shown = references.views(covered, paths_of(covered))
    shown = _selected(shown, selected, [line for _, line in places])
    write_out(references.json(shown) if format == "json" else references.text(shown))
    if not shown and None not in (line for _, line in places):
        write_err("cnilint: no such reference on this line; `cnilint refs PATH` shows those of the file\n")
    sys.exit(ExitCode.CLEAN)


def _place(path: str) -> tuple[str, int | None]:
    """A path and the line after it, unless there is a file of the whole name."""
    found = _PLACE.fullmatch(path)
    if found is None or Path(path).exists():
        return path, None
    return found["file"], int(found["line"])


def _selected(
    shown: list[ReferenceView], selected: ReferenceSelection, lines: list[int | None]
) -> list[ReferenceView]:
    """The references with one of the wanted outcomes; with lines, those on one of them."""
    wanted = selected.outcomes
    some = [view for view in shown if not wanted or view.outcome in wanted]
    if None in lines:
        return some
    return [
        view
        for view in some
        if not {view.resolution.reference.span.line, view.resolution.reference.name_span.line}.isdisjoint(
            lines
        )
    ]
