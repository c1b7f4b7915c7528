"""``cnilint rules``: lists, tests, catalogues and comparisons of rule packs.

The packages that do the work are imported when a command runs, so that ``--help`` is fast.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from cnilint.cli.configured import library_around
from cnilint.cli.options import component_option, day_option, details_option, format_option
from cnilint.cli.output import ExitCode, write_out
from cnilint.diagnostics.suggest import closest
from cnilint.diagnostics.wording import quantity
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.manifest.object import Object
    from cnilint.packs.changes import ReleaseComparison
    from cnilint.packs.library import Library
    from cnilint.packs.model import Rule
    from cnilint.source import WorkTree
    from cnilint.versions import Version

TableFormat = Literal["text", "markdown", "json", "html"]

_TABLE_FORMATS = click.Choice(("text", "markdown", "json", "html"))


@click.group()
def rules() -> None:
    """List and test rules, and compare component releases.

    Rules are those of cnilint and of the packs in the configuration of the repository.
    """


@rules.command("list")
@click.argument("component", required=False)
def list_command(component: str | None) -> None:
    """List the rules of a component, or all rules."""
    write_out(list_rules(library_around(), component))


@rules.command("test")
@click.argument("packs", nargs=-1, type=click.Path(path_type=Path, exists=True), metavar="[PACK]...")
@click.option("--configured", is_flag=True, help="Test only the packs that the configuration names.")
def test_command(packs: tuple[Path, ...], *, configured: bool) -> None:
    """Run the examples of packs.

    PACK is a file or a folder.  [default: the packs of cnilint]
    """
    library = library_around()
    if configured and packs:
        raise UsageError("--configured tests the packs of the configuration: leave PACK out")
    if configured and not library.extra_packs:
        raise UsageError("the configuration names no packs", "list them under `packs` in .cnilint.yaml")
    text, passed = check_packs(library, packs, only_extra=configured)
    write_out(text)
    sys.exit(ExitCode.CLEAN if passed else ExitCode.FINDINGS)


@rules.command("catalogue")
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="FOLDER...",
)
@component_option("Component that the releases are of.", required=True)
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
    text = derive_catalogue(component, folders)
    if output is None:
        write_out(text)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write '{output}': {error.strerror}") from None


@rules.command("diff")
@click.argument("component")
@click.argument("old")
@click.argument("new")
@click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))
@details_option("List settings that are only new, too, not only their number.")
@format_option(_TABLE_FORMATS)
def diff_command(component: str, old: str, new: str, path: Path | None, details: bool, format: str) -> None:
    """Compare two releases of a component.

    What to change first, then what behaves differently, then all differences. With PATH, only what the manifests there
    use, with file and line.
    """
    comparison = diff_releases(library_around(), component, old, new, path)
    write_out(show_comparison(comparison, cast("TableFormat", format), details=details))


@rules.command("status")
@click.argument("component", required=False)
@day_option("Date to tell ages at.  [default: today]")
@format_option(click.Choice(("text", "markdown", "json")))
def status_command(component: str | None, as_of: str, format: str) -> None:
    """Show the newest release that the rules know of each component."""
    write_out(show_status(library_around(), component, as_of, cast("TableFormat", format)))


def show_status(library: Library, component: str | None, as_of: str, form: TableFormat) -> str:
    """The newest known release of one component or of all, and how old it is at a day (today if empty)."""
    from datetime import date

    from cnilint.cli.output import is_coloured
    from cnilint.packs.newest import status_of
    from cnilint.report import status

    names = [library.component(component).name] if component else list(library.components)
    found = [status_of(library, name) for name in names]
    today = date.fromisoformat(as_of) if as_of else date.today()
    if form == "json":
        return json.dumps(status.as_data(found, today), indent=2, ensure_ascii=False) + "\n"
    if form == "markdown":
        return status.as_markdown(found, today)
    return status.as_text(found, today, colour=is_coloured("auto", sys.stdout))


def list_rules(library: Library, component: str | None = None) -> str:
    """The rules of one component or of all, one a line: code, effect, id, versions, title."""
    names = (
        [component]
        if component
        else sorted({*library.components, *(p.component for p in library.extra_packs)})
    )
    if component is not None:
        library.component(component)
    rules = [rule for name in names for rule in library.rules(name)]
    width = max((len(rule.id) for rule in rules), default=0)
    lines = [
        f"{rule.code}  {rule.effect.value:<15}  {rule.id:<{width}}  {rule.versions}  {rule.title}"
        for rule in rules
    ]
    return "".join(line + "\n" for line in lines)


def explain_rule(library: Library, identifier: str) -> str:
    """The page of a rule in Markdown. Raises UsageError where no rule has this id."""
    component = library.component(identifier.partition("/")[0])
    rules = {rule.id: rule for rule in library.rules(component.name)}
    if identifier in rules:
        return _page(rules[identifier])
    meant = closest(identifier, rules)
    raise UsageError(f"unknown rule `{identifier}`", f"did you mean `{meant}`?" if meant else "")


def check_packs(library: Library, paths: Sequence[Path], *, only_extra: bool = False) -> tuple[str, bool]:
    """Run the examples of packs: what to print, and whether all did what their rules say.

    Without paths the shipped packs are run, or with ``only_extra`` the others of the library. Raises PackError for a pack
    that cannot be read, UsageError where there is no rule.
    """
    from cnilint.packs.library import Library as Packs
    from cnilint.packs.testing import failures

    library = Packs(library.folder, paths) if paths else library
    rules = _rules_to_test(library, only_extra or bool(paths))
    if not rules:
        raise UsageError(f"no rules in {', '.join(map(str, paths))}")
    lines = []
    examples = 0
    for rule in rules:
        examples += len(rule.bad) + len(rule.good)
        lines += [
            f"{rule.span.file}:{rule.span.line}: {rule.id}: {failure.example} {failure.reason}\n"
            for failure in failures(rule, library)
        ]
    failed = len(lines)
    lines.append(f"{quantity(len(rules), 'rule')}, {quantity(examples, 'example')}, {failed} failed\n")
    return "".join(lines), failed == 0


def derive_catalogue(component: str, folders: Sequence[Path], scheme: str = "tag") -> str:
    """The catalogue of a component from folders of rendered releases, one file each, named by version."""
    from cnilint.packs.build import read_releases
    from cnilint.packs.catalogue import derive, write_catalogue
    from cnilint.versions import SCHEMES

    if scheme not in SCHEMES:
        raise UsageError(f"unknown version scheme `{scheme}`", f"expected one of {', '.join(SCHEMES)}")
    releases: list[tuple[Version, list[Object]]] = []
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"`{folder}` is not a folder")
        releases += read_releases(folder, scheme)
    if not releases:
        raise UsageError("no rendered release found", "name each file after its version, such as 1.22.5.yaml")
    return write_catalogue(derive(component, releases))


def diff_releases(
    library: Library, component: str, before: str, after: str, path: Path | None = None
) -> ReleaseComparison:
    """Compare two releases; with a path, only what the manifests there use, at their lines.

    Raises UsageError for a release that is newer than all that are known, and where nothing at the path is the component.
    """
    from msgspec.structs import replace

    from cnilint.packs.changes import compare
    from cnilint.packs.testing import parts_of

    old, new = (_release(library, component, text) for text in (before, after))
    parts = None if path is None else parts_of(_objects(path), library)
    if parts is not None and all(
        membership.component != component for part in parts for membership in part.memberships
    ):
        raise UsageError(f"no object in `{path}` is recognised as {component}")
    return replace(compare(component, old, new, library, parts), named=(before, after))


def show_comparison(comparison: ReleaseComparison, form: TableFormat, *, details: bool = False) -> str:
    """A comparison in a format."""
    from cnilint.cli.output import columns_of, is_coloured
    from cnilint.report.comparison import as_data
    from cnilint.report.comparison_markup import as_html, as_markdown
    from cnilint.report.comparison_text import as_text

    if form == "json":
        return json.dumps(as_data(comparison), indent=2, ensure_ascii=False) + "\n"
    if form == "text":
        colour = is_coloured("auto", sys.stdout)
        return as_text(comparison, details=details, columns=columns_of(sys.stdout), colour=colour)
    return {"markdown": as_markdown, "html": as_html}[form](comparison)


def _rules_to_test(library: Library, only_extra: bool) -> list[Rule]:
    if only_extra:
        return [rule for pack in library.extra_packs for rule in pack.rules]
    return [rule for name in library.components for rule in library.rules(name)]


def _objects(path: Path) -> list[Object]:
    """The objects in the manifests at a path, with the files that a check reads."""
    from cnilint.packs.testing import read_objects
    from cnilint.source import WorkTree
    from cnilint.source.base import MANIFESTS

    source = WorkTree([str(path)])
    files = [file for file in source.selected if file.endswith(MANIFESTS) or file in source.named]
    return [item for file in files for item in read_objects(file, _content(source, file))]


def _content(source: WorkTree, file: str) -> bytes:
    from cnilint.reading import Unreadable

    try:
        return source.read(file) or b""
    except Unreadable as error:
        if file in source.named:
            raise UsageError(f"`{file}` cannot be read: {error}") from None
        return b""


def _release(library: Library, component: str, text: str) -> Version:
    """The release of a component by its version, or by that of its program with a number of its own. Raises UsageError."""
    from cnilint.versions import Version

    given = _version(text)
    lines = library.component(component).lines
    newest = library.newest(component)
    if given.minor in lines:
        return Version(lines[given.minor])
    if lines and given.minor not in lines.values():
        own, last = max(lines.items())
        raise UsageError(
            f"{component} {text} is not known here",
            f"the newest is {_dotted(own)}, which installs {_dotted(last)}",
        )
    if newest is not None and given.minor > newest:
        raise UsageError(
            f"{component} {text} is newer than the rules, which know releases up to {_dotted(newest)}",
            "update cnilint, or add packs that know it",
        )
    return given


def _dotted(minor: Sequence[int]) -> str:
    return ".".join(map(str, minor))


def _version(text: str) -> Version:
    from cnilint.versions import parse_version

    version = parse_version(text)
    if version is None:
        raise UsageError(f"`{text}` is not a version", "expected one such as 1.22.5")
    return version


def _page(rule: Rule) -> str:
    evidence = [f"- {item.link} (checked {item.checked}): {item.shows}" for item in rule.evidence]
    examples = [
        f"```yaml {kind}\n{text.rstrip()}\n```\n"
        for kind, texts in (("bad", rule.bad), ("good", rule.good))
        for text in texts
    ]
    names = ", ".join(f"`{name}`" for name in rule.match.names)
    lines = [
        f"# {rule.id}\n",
        f"{rule.match.subject.value} {names}: {rule.title}.\n",
        f"{rule.code}, effect {rule.effect.value}, {rule.component} {rule.versions}\n",
        f"{rule.why}\n",
        *([f"Fix: {rule.replacement}.\n"] if rule.replacement else []),
        *(f"Fix of `{name}`: {fix}.\n" for name, fix in rule.replacements.items()),
        "\n".join(["Evidence:\n", *evidence]) + "\n",
        *examples,
    ]
    return "\n".join(lines)
