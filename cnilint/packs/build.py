"""Catalogues from rendered releases: files in folders, and manifests in the git directories of upstream repositories."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from cnilint.errors import UsageError
from cnilint.manifest.object import Object
from cnilint.packs.catalogue import (
    CATALOGUE_FILE,
    SETS_FOLDER,
    Catalogue,
    derive,
    extended,
    merged,
    read_catalogue,
    write_catalogue,
)
from cnilint.packs.component import Component, Releases
from cnilint.packs.library import Library
from cnilint.packs.sources.history import Commit, History
from cnilint.packs.testing import read_objects
from cnilint.reading import read_named
from cnilint.regex import regex
from cnilint.versions import SCHEMES, Version, parse_version

RenderedRelease = tuple[Version, list[Object]]
"""A release and the objects of its manifests."""

_CRD = regex(r"^kind: CustomResourceDefinition\s*$", re.MULTILINE)
_DOCUMENTS = regex(r"^---.*$", re.MULTILINE)
_SPEC = regex(r"^spec:.*\Z", re.MULTILINE | re.DOTALL)


class Material(Struct, frozen=True):
    """Folders with releases: ``corpus`` has folders of rendered ones, ``mirrors`` the git directories of repositories."""

    corpus: Path | None = None
    mirrors: Path | None = None

    def releases(self, source: Releases) -> list[RenderedRelease]:
        """The releases of one set of manifests that are there, those of both folders."""
        found: list[RenderedRelease] = []
        if source.repository and self.mirrors is not None:
            found += _in_repository(source, self.mirrors)
        folder = self.corpus / source.folder if self.corpus is not None else None
        if folder is not None and folder.is_dir():
            found += read_releases(folder, source.scheme)
        return found

    def has(self, source: Releases) -> bool:
        """Whether all that a set of manifests is made from is there."""
        has_folder = self.corpus is not None and (self.corpus / source.folder).is_dir()
        return has_folder and (not source.repository or self._has_repository(source.repository))

    def _has_repository(self, repository: str) -> bool:
        return self.mirrors is not None and (self.mirrors / repository.replace("/", "+")).is_dir()


def read_releases(folder: Path, scheme: str = "tag") -> Iterator[RenderedRelease]:
    """The releases in a folder: one YAML file each, named after its version. Other names are skipped."""
    for path in sorted(folder.glob("*.yaml")):
        version = SCHEMES[scheme](path.stem).version
        if version is not None:
            yield version, read_objects(path.name, read_named(path))


def catalogues_of(component: Component, material: Material) -> dict[str, Catalogue]:
    """The catalogues of a component by file: of all its manifests, and of each set where there are several.

    Empty where it has none, or where not all that they are made from is there.
    """
    if not component.releases or not all(map(material.has, component.releases)):
        return {}
    return _catalogues(component, material, {})


def with_new(component: Component, material: Material) -> dict[str, Catalogue]:
    """The catalogues of a component with the releases that are there added to those that they have."""
    known = {
        path.relative_to(component.folder).as_posix(): read_catalogue(path)
        for path in (component.folder / CATALOGUE_FILE, *(component.folder / SETS_FOLDER).glob("*.json"))
        if path.is_file()
    }
    return _catalogues(component, material, known)


def write(component: Component, catalogues: dict[str, Catalogue]) -> list[Path]:
    """Write catalogues into the folder of their component; returns the files."""
    written = []
    for name, catalogue in catalogues.items():
        path = component.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(write_catalogue(catalogue), encoding="utf-8")
        written.append(path)
    return written


def rebuild(library: Library, material: Material) -> list[Path]:
    """Write the catalogues of every component whose releases are there; returns the files."""
    return [
        path
        for component in library.components.values()
        for path in write(component, catalogues_of(component, material))
    ]


def _catalogues(
    component: Component, material: Material, known: dict[str, Catalogue]
) -> dict[str, Catalogue]:
    sets: dict[str, Catalogue] = {}
    is_alone = len(component.releases) == 1
    for source in component.releases:
        file = CATALOGUE_FILE if is_alone else f"{SETS_FOLDER}/{source.folder}.json"
        grown = _united(component, known.get(file), material.releases(source))
        if grown is not None:
            sets[file] = grown
    return sets if is_alone or not sets else {CATALOGUE_FILE: merged(list(sets.values())), **sets}


def _united(
    component: Component, known: Catalogue | None, releases: Iterable[RenderedRelease]
) -> Catalogue | None:
    listed = list(releases)
    if known is not None:
        return extended(known, listed)
    return derive(component.name, listed) if listed else None


def _in_repository(source: Releases, mirrors: Path) -> Iterator[RenderedRelease]:
    """The releases whose tags have manifests; files that are the same in many releases are read once."""
    try:
        history = History(mirrors, source.repository)
    except UsageError:
        return
    first = parse_version(source.since)
    known: dict[str, list[Object]] = {}
    for version, commit in sorted(history.tagged(source.tags).items(), key=lambda found: found[0].key):
        if first is None or first <= version:
            objects = _objects(history, commit, source.paths, known)
            if objects:
                yield version, objects


def _objects(
    history: History, commit: Commit, paths: tuple[str, ...], known: dict[str, list[Object]]
) -> list[Object]:
    files = history.files(commit, paths)
    texts = history.texts(commit, [file for file in files if file.blob not in known])
    known |= {file.blob: read_objects(file.path, _brief(text).encode()) for file, text in texts.items()}
    return [item for file in files for item in known[file.blob]]


def _brief(text: str) -> str:
    """Manifests without the schemas of custom resources, which are most of the text."""
    documents = _DOCUMENTS.split(text)
    return "\n---\n".join(_SPEC.sub("", each) if _CRD.search(each) else each for each in documents)


def _main(corpus: Path, mirrors: Path | None) -> None:
    library, material = Library(), Material(corpus, mirrors)
    for component in library.components.values():
        found = catalogues_of(component, material)
        for path in write(component, found):
            print(path.relative_to(Path.cwd()))
        if component.releases and not found:
            print(f"{component.name}: not all of its releases are here")


if __name__ == "__main__":
    import sys

    _main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
