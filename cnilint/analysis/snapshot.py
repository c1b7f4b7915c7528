"""Snapshots of live objects in a folder: written before a sync, read after it."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint import __version__
from cnilint.analysis.ownership import OwnershipAnalysis
from cnilint.errors import UsageError
from cnilint.ownership.snapshot import (
    INDEX,
    SavedObject,
    SnapshotError,
    listed_files,
    saved_objects,
    snapshot_files,
    snapshot_of,
)
from cnilint.reading import Folder, Unreadable


class EarlierSnapshot(Struct, frozen=True, kw_only=True):
    """The objects of a snapshot, and their files by the path that reports show."""

    objects: tuple[SavedObject, ...] = ()
    texts: Mapping[str, bytes] = field(default_factory=dict)


def write_snapshot(folder: Path, owned: OwnershipAnalysis) -> int:
    """Saves the live objects of a run in a new or empty folder that only its owner can read; their number.

    Raises UsageError.
    """
    files = snapshot_files(snapshot_of(owned.audits), __version__)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise UsageError(
                f"--snapshot: `{folder}` is not empty", "give a new folder: nothing is overwritten"
            )
        # The index comes last: a folder with one is complete.
        for path, data in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot write the snapshot `{folder}`: {error.strerror}") from None
    return len(owned.audits)


def read_snapshot(folder: Path) -> EarlierSnapshot:
    """The snapshot in a folder. Raises UsageError."""
    try:
        index = _content(folder, INDEX)
        files = {path: _content(folder, path) for path in listed_files(index)}
        saved = saved_objects(index, files)
    except SnapshotError as error:
        raise UsageError(
            f"cannot read the snapshot `{folder}`: {error}", "create it with 'cnilint presync --snapshot DIR'"
        ) from None
    return EarlierSnapshot(
        objects=tuple(replace(one, file=str(folder / one.file)) for one in saved),
        texts={str(folder / one.file): files[one.file] for one in saved},
    )


def _content(folder: Path, path: str) -> bytes:
    try:
        data = Folder(folder).read(path)
    except Unreadable as error:
        raise SnapshotError(f"`{path}`: {error}") from None
    if data is None:
        raise SnapshotError(f"`{path}` does not exist")
    return data
