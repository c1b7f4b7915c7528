"""When the newest release of each component was made: derived from git directories and the index of a corpus.

Usage: ``python -m cnilint.packs.dates CORPUS MIRRORS``
"""

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from cnilint.errors import UsageError
from cnilint.packs.build import Material
from cnilint.packs.component import Component
from cnilint.packs.library import Library
from cnilint.packs.newest import NEWEST_FILE, NewestRelease, write_newest
from cnilint.packs.sources.history import History
from cnilint.reading import read_named
from cnilint.versions import Version, parse_version

_INDEXES = ("index-plain.json", "index-charts.json")


def newest_release(library: Library, component: Component, material: Material) -> NewestRelease | None:
    """The newest release of a component with its date; None where the material does not have it."""
    known = library.releases(component.name)
    if not known:
        return None
    newest = max(known, key=lambda version: version.key)
    found = (
        *_in_repositories(library, component, newest, material),
        *_in_indexes(component, newest, material),
    )
    return next(iter(found), None)


def write_dates(library: Library, component: Component, material: Material) -> Path | None:
    """Write the newest release of a component beside its data; returns the file."""
    newest = newest_release(library, component, material)
    if newest is None:
        return None
    path = component.folder / NEWEST_FILE
    path.write_text(write_newest(newest), encoding="utf-8")
    return path


def _in_repositories(
    library: Library, component: Component, version: Version, material: Material
) -> Iterator[NewestRelease]:
    """What the repositories say that the programs and the manifests are read from."""
    if material.mirrors is None:
        return
    places = {
        (source.repository, source.tags.replace("{version}", str(version))) for source in component.releases
    }
    for table in library.tables(component.name):
        if version in table.releases and str(version) not in table.stand_ins:
            repository, _, ref = table.source_of(version).partition("@")
            places.add((repository, ref))
    for repository, ref in sorted(place for place in places if place[0]):
        made = _made(material.mirrors, repository, ref)
        if made is not None:
            yield NewestRelease(
                component=component.name, version=version, made=made, repository=repository, ref=ref
            )


def _made(mirrors: Path, repository: str, ref: str) -> date | None:
    try:
        history = History(mirrors, repository)
        return date.fromisoformat(history.date(history.commit(ref)))
    except UsageError:
        return None


def _in_indexes(component: Component, version: Version, material: Material) -> Iterator[NewestRelease]:
    """What the index of a corpus of rendered releases says."""
    folders = {source.folder for source in component.releases}
    for row in _rows(material.corpus):
        found = parse_version(row["version"]) if row["component"] in folders else None
        if found is not None and found.same_release(version):
            yield NewestRelease(
                component=component.name,
                version=version,
                made=date.fromisoformat(row["date"]),
                repository=row["repo"],
                ref=row["commit"] if "@" in row["tag"] else row["tag"],
            )


def _rows(corpus: Path | None) -> Iterator[dict[str, str]]:
    for name in _INDEXES if corpus is not None else ():
        path = corpus / name if corpus is not None else Path(name)
        if path.is_file():
            yield from json.loads(read_named(path))


def _main(corpus: Path, mirrors: Path) -> None:
    library, material = Library(), Material(corpus, mirrors)
    for component in library.components.values():
        path = write_dates(library, component, material)
        print(path.relative_to(Path.cwd()) if path else f"{component.name}: the newest release is not here")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
