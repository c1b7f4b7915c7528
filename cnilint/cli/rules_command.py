"""``cnilint rules``: lists, tests, catalogues and comparisons of rule packs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from cnilint.cli.options import format_option
from cnilint.cli.output import ExitCode
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.cli.rules import TableFormat
    from cnilint.packs.library import Library

_TABLE_FORMATS = click.Choice(("text", "markdown", "json", "html"))


@click.group()
def rules() -> None:
    """List and test rules, and compare component releases.

    Rules are those of cnilint and of the packs in the configuration of the current folder.
    """


@rules.command("list")
@click.argument("component", required=False)
def list_command(component: str | None) -> None:
    """List the rules of a component, or all rules."""
    from cnilint.cli.rules import list_rules

    click.echo(list_rules(_library(), component), nl=False)


@rules.command("test")
@click.argument("packs", nargs=-1, type=click.Path(path_type=Path, exists=True), metavar="[PACK]...")
def test_command(packs: tuple[Path, ...]) -> None:
    """Run the examples of packs.

    PACK is a file or a folder.  [default: the packs of cnilint]
    """
    from cnilint.cli.rules import check_packs

    text, passed = check_packs(_library(), packs)
    click.echo(text, nl=False)
    sys.exit(ExitCode.CLEAN if passed else ExitCode.FINDINGS)


@rules.command("catalogue")
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="FOLDER...",
)
@click.option("--component", required=True, metavar="NAME", help="Component that the releases are of.")
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to this file.  [default: standard output]",
)
def catalogue_command(folders: tuple[Path, ...], component: str, output: Path | None) -> None:
    """Derive a catalogue of settings from rendered releases.

    FOLDER has one file per release, with the version as its name, such as 1.22.5.yaml.
    """
    from cnilint.cli.rules import derive_catalogue

    text = derive_catalogue(component, folders)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write `{output}`: {error.strerror}") from None


@rules.command("diff")
@click.argument("component")
@click.argument("old")
@click.argument("new")
@click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))
@format_option(_TABLE_FORMATS)
def diff_command(component: str, old: str, new: str, path: Path | None, format: str) -> None:
    """Compare two releases of a component.

    With PATH, only settings that the manifests there use are compared.
    """
    from cnilint.cli.rules import diff_releases, show_comparison

    comparison = diff_releases(_library(), component, old, new, path)
    click.echo(show_comparison(comparison, cast("TableFormat", format)), nl=False)


def _library() -> Library:
    from cnilint.checks import CODES
    from cnilint.config.load import load
    from cnilint.packs.library import Library

    return Library(extra=load(None, ".", CODES).packs)
