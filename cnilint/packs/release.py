"""Adds releases of a component to its data: catalogues, tables of programs, date, and a line of the changelog.

Usage: ``python -m cnilint.packs.release COMPONENT FROM [CHANGELOG]``

FROM has, like the folders that the data was derived from, rendered releases (``<folder>/<version>.yaml``), git
directories of upstream repositories (``<owner>+<name>/repo``), or both. What is known already stays known.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from cnilint.errors import UsageError
from cnilint.packs.build import Material, with_new, write
from cnilint.packs.component import Component
from cnilint.packs.dates import write_dates
from cnilint.packs.library import Library
from cnilint.packs.program import PROGRAMS_FOLDER, ProgramTable, read_table, united, write_table
from cnilint.packs.sources.derive import derive, read_source
from cnilint.packs.testing import Failure, failures
from cnilint.reading import read_named
from cnilint.versions import Version

_UNRELEASED = "## Unreleased\n"
_ADDED = "### Added\n"


class AddedReleases(Struct, frozen=True, kw_only=True):
    """The releases that are new, the files that were written, and the examples of rules that fail with them."""

    component: str
    versions: tuple[Version, ...]
    files: tuple[Path, ...]
    failed: tuple[Failure, ...]


def add_releases(library: Library, name: str, source: Path, changelog: Path | None = None) -> AddedReleases:
    """Add what a folder has of a component. Raises UsageError for an unknown component, and where nothing is found."""
    component = library.component(name)
    if not source.is_dir():
        raise UsageError(f"`{source}` is not a folder")
    known = library.releases(name)
    files = [*_catalogues(component, source), *_tables(component, source)]
    if not files:
        raise UsageError(f"`{source}` has no release of {name}", "name rendered ones <folder>/<version>.yaml")
    grown = Library(library.folder)
    dated = write_dates(grown, grown.component(name), Material(source, source))
    new = sorted(grown.releases(name) - known, key=lambda version: version.key)
    if changelog is not None and new:
        changelog.write_text(with_line(read_named(changelog).decode(), name, new), encoding="utf-8")
    return AddedReleases(
        component=name,
        versions=tuple(new),
        files=(*files, *((dated,) if dated else ())),
        failed=tuple(failed for rule in grown.rules(name) for failed in failures(rule, grown)),
    )


def with_line(changelog: str, component: str, versions: Sequence[Version]) -> str:
    """The changelog with a line about new releases, under the heading of what is not released yet."""
    line = f"- Releases of {component}: {', '.join(map(str, versions))}.\n"
    if line in changelog:
        return changelog
    head, mark, rest = changelog.partition(_UNRELEASED)
    if not mark:
        return f"{_UNRELEASED}\n{_ADDED}\n{line}\n{changelog}"
    before, added, after = rest.partition(_ADDED)
    is_here = added and "\n## " not in before
    return (
        f"{head}{mark}{before}{added}\n{line}{after.removeprefix(chr(10))}"
        if is_here
        else f"{head}{mark}\n{_ADDED}\n{line}{rest}"
    )


def _catalogues(component: Component, source: Path) -> list[Path]:
    material = Material(source, source)
    if not any(material.releases(each) for each in component.releases):
        return []
    return write(component, with_new(component, material))


def _tables(component: Component, source: Path) -> list[Path]:
    """The tables of the programs whose repository is there."""
    written = []
    for path in sorted((component.folder / PROGRAMS_FOLDER).glob("*.yaml")):
        described = read_source(path)
        if (source / described.repository.replace("/", "+")).is_dir():
            file = path.with_suffix(".json")
            table = derive(described, source)
            file.write_text(write_table(_grown(file, table)), encoding="utf-8")
            written.append(file)
    return written


def _grown(file: Path, table: ProgramTable) -> ProgramTable:
    return united(read_table(file), table) if file.is_file() else table


def _main(name: str, source: Path, changelog: Path | None) -> int:
    try:
        added = add_releases(Library(), name, source, changelog)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for file in added.files:
        print(file)
    print(f"{name}: {', '.join(map(str, added.versions)) or 'no new release'}")
    for failure in added.failed:
        print(f"{failure.rule.id}: {failure.example} {failure.reason}", file=sys.stderr)
    return 1 if added.failed else 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None))
