"""Catalogues from folders of rendered releases."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cnilint.manifest.object import Object
from cnilint.packs.catalogue import CATALOGUE_FILE, Catalogue, derive, write_catalogue
from cnilint.packs.component import Component, Releases
from cnilint.packs.library import Library
from cnilint.packs.testing import read_objects
from cnilint.reading import read_named
from cnilint.versions import SCHEMES, Version


def read_releases(folder: Path, scheme: str = "tag") -> Iterator[tuple[Version, list[Object]]]:
    """The releases in a folder: one YAML file each, named after its version. Other names are skipped."""
    for path in sorted(folder.glob("*.yaml")):
        version = SCHEMES[scheme](path.stem).version
        if version is not None:
            yield version, read_objects(path.name, read_named(path))


def catalogue_of(component: Component, corpus: Path) -> Catalogue | None:
    """The catalogue of a component from the folders of a corpus that its file names; None without any."""
    present = [source for source in component.releases if (corpus / source.folder).is_dir()]
    if not present:
        return None
    return derive(component.name, _all_releases(corpus, present))


def rebuild(library: Library, corpus: Path) -> list[Path]:
    """Write the catalogue of every component that the corpus has releases of; returns the files."""
    written = []
    for component in library.components.values():
        catalogue = catalogue_of(component, corpus)
        if catalogue is not None:
            path = component.folder / CATALOGUE_FILE
            path.write_text(write_catalogue(catalogue), encoding="utf-8")
            written.append(path)
    return written


def _all_releases(corpus: Path, sources: Sequence[Releases]) -> Iterator[tuple[Version, list[Object]]]:
    for source in sources:
        yield from read_releases(corpus / source.folder, source.scheme)


if __name__ == "__main__":
    import sys

    for catalogue_file in rebuild(Library(), Path(sys.argv[1])):
        print(catalogue_file.relative_to(Path.cwd()))
