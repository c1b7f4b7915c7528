"""Manifest text straight to objects and parts: for examples, catalogues and comparisons, outside a full run."""

from pathlib import Path

from cnilint.document import read
from cnilint.facts.owner import owner_of
from cnilint.manifest.object import Object, objects
from cnilint.packs.library import Library
from cnilint.packs.parts import Part, read_part


def read_objects(name: str, data: bytes) -> list[Object]:
    """The objects of one file. What cannot be read is passed over: a full run is what reports it."""
    return [item for document in read(name, data) for item in objects(document)]


def read_file_objects(path: Path) -> list[Object]:
    """The objects of a file on disk."""
    return read_objects(path.name, path.read_bytes())


def parts_of(items: list[Object], library: Library) -> list[Part]:
    """The parts among some objects."""
    found = (read_part(item, owner_of(item), library) for item in items)
    return [part for part in found if part is not None]
