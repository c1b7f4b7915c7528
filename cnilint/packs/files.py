"""The files of a component's rule data: in a folder, or in an archive in memory."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from msgspec import Struct

from cnilint.document import Node
from cnilint.document.structure import parse_file, read_file
from cnilint.packs.component import COMPONENT_FILE
from cnilint.reading import files_in, read_named

ARCHIVES = (".tar.gz", ".tgz", ".zip")


class RuleFiles(Struct, frozen=True):
    """The files of one component, by their paths in its folder. Those of an archive are in ``contents``."""

    folder: Path
    contents: Mapping[str, bytes] | None = None

    def names(self, below: str, ending: str) -> list[str]:
        """The files in the folder, or in one below it, in order."""
        if self.contents is None:
            place = self.folder / below
            found = files_in(place, (ending,)) if place.is_dir() else []
            return [f"{below}/{path.name}" if below else path.name for path in found]
        return sorted(
            name
            for name in self.contents
            if name.endswith(ending) and PurePosixPath(name).parent == PurePosixPath(below)
        )

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file() if self.contents is None else name in self.contents

    def read(self, name: str) -> bytes:
        """The content of a file. Raises Unreadable."""
        return read_named(self.folder / name) if self.contents is None else self.contents[name]

    def document(self, name: str, shown: str = "") -> Node:
        """The root of a YAML file; ``shown`` names it. Raises DataError."""
        if self.contents is None:
            return read_file(self.folder / name, shown)
        return parse_file(str(self.folder / name), self.contents[name])


def components_in(path: Path) -> list[RuleFiles]:
    """The components in a folder or an archive: itself where it is one, else those in folders below it."""
    if path.is_dir():
        below = sorted(each.parent for each in path.glob(f"*/{COMPONENT_FILE}"))
        return [RuleFiles(each) for each in ([path] if (path / COMPONENT_FILE).is_file() else below)]
    return list(_components_of(path)) if is_archive(path) else []


def is_archive(path: Path) -> bool:
    """Whether a file is an archive, by the end of its name."""
    return path.name.lower().endswith(ARCHIVES)


def _components_of(path: Path) -> Iterator[RuleFiles]:
    # Few runs read an archive, and every run would load what unpacks one.
    from cnilint.packs.archive import read_archive

    files = read_archive(path)
    for name in sorted(files):
        folder = PurePosixPath(name).parent
        if PurePosixPath(name).name == COMPONENT_FILE:
            own = {
                PurePosixPath(each).relative_to(folder).as_posix(): data
                for each, data in files.items()
                if PurePosixPath(each).is_relative_to(folder)
            }
            yield RuleFiles(path / folder, own)
