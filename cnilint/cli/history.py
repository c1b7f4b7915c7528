"""``cnilint history``: the commits of a repository to the audit trail of its configuration."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from cnilint.analysis.settings import AnalysisSettings, CacheSettings, ClusterSettings
from cnilint.cli.caching import facts_of
from cnilint.cli.command import SectionCommand
from cnilint.cli.configured import config_of
from cnilint.cli.decorators import into, option
from cnilint.cli.options import (
    cache_options,
    component_option,
    config_option,
    format_option,
    rev_option,
    since_option,
)
from cnilint.cli.output import ExitCode, write_out
from cnilint.errors import UsageError

_SELECTION = "Selection"


@click.command(cls=SectionCommand)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@rev_option
@since_option("Commits after this revision, or since this date (2026-01-31).", "REV|DATE")
@option(
    "--object",
    "object_name",
    metavar="KIND/NS/NAME",
    section=_SELECTION,
    help="Changes of this object, and of references to it. Globs are allowed.",
)
@component_option("Changes of the objects of this component, and of its version.")
@option(
    "--broken",
    is_flag=True,
    section=_SELECTION,
    help="Show each reference that did not resolve: how long, and by which commit.",
)
@config_option
@cache_options
@format_option(click.Choice(("text", "json", "markdown", "html")))
@into(cache=CacheSettings)
def history(
    *,
    paths: tuple[str, ...],
    since: str | None,
    object_name: str | None,
    component: str | None,
    broken: bool,
    rev: str | None,
    config_file: Path | None,
    cache: CacheSettings,
    format: str,  # the name of the option
) -> None:
    """Show what each commit changed in the configuration: objects, keys, references, component versions.

    PATH limits the changes to files and folders. Of a merge, the whole is shown as one change of its branch.
    """
    from cnilint.analysis.history import HistorySelection, history
    from cnilint.cli.progress import progress
    from cnilint.source import GitRevision

    if object_name and object_name.count("/") != 2:
        raise UsageError(f"--object: '{object_name}' is not KIND/NAMESPACE/NAME", "use * for any namespace")
    source = GitRevision(paths or (".",), rev or "HEAD", compared=True)
    settings = AnalysisSettings(config=config_of(config_file, source))
    selected = HistorySelection(paths=source.folders, object=object_name or "", component=component or "")
    with (
        facts_of(source, cache, settings, ClusterSettings()) as memory,
        progress(quiet=False, of="commits") as draw,
    ):
        found = history(source, since, settings, selected, draw, memory=memory)
    write_out(str(import_module(f"cnilint.history.formats.{format}").render(found, periods=broken)))
    sys.exit(ExitCode.CLEAN)
