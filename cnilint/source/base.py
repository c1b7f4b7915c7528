"""The interface of a source, and the rules that all sources share."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from posixpath import basename, commonpath, dirname
from typing import Protocol

MANIFESTS = (".yaml", ".yml", ".json")
"""The suffixes of manifest files."""

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""The names of a kustomization file, in the order of kustomize's ``RecognizedKustomizationFileNames``."""

NESTED = "a repository of its own, such as a submodule: check it separately"
"""The reason to skip a folder."""


class Source(Protocol):
    """Files, by their path from the root of the source, separated by ``/``.

    ``files`` are all files of the repository, ``selected`` those at or below the paths that the user gave, ``named``
    those that they gave as a file, whatever its suffix. ``base`` is the nearest folder around all given paths,
    ``revision`` the commit, None for a work tree. ``skipped`` are paths that are not read, with the reason.
    ``notices`` are sentences about how the files were found.
    """

    @property
    def root(self) -> str: ...
    @property
    def revision(self) -> str | None: ...
    @property
    def files(self) -> Sequence[str]: ...
    @property
    def selected(self) -> Sequence[str]: ...
    @property
    def named(self) -> frozenset[str]: ...
    @property
    def base(self) -> str: ...
    @property
    def skipped(self) -> Mapping[str, str]: ...
    @property
    def notices(self) -> Sequence[str]: ...

    def read(self, path: str) -> bytes | None:
        """The content of a file; None when it does not exist. Raises ``reading.Unreadable``."""


def latest_content(before: "Source", after: "Source", path: str) -> bytes | None:
    """The content of a file now; that of the earlier revision where it is gone. Raises Unreadable."""
    data = after.read(path)
    return before.read(path) if data is None else data


def under(path: str, folders: Sequence[str]) -> bool:
    """Whether a path is one of the folders or files, or below one of them. ``""`` and ``.`` are the root."""
    return any(folder in ("", ".") or path == folder or path.startswith(f"{folder}/") for folder in folders)


def all_under(paths: Sequence[str], folders: Sequence[str]) -> tuple[str, ...]:
    """The paths that are some folders or files, or below them."""
    if any(folder in ("", ".") for folder in folders):
        return tuple(paths)
    return tuple(path for path in paths if under(path, folders))


def called(paths: Iterable[str], names: Collection[str]) -> Iterator[str]:
    """The paths whose last segment is one of some names. Of most it is told by their ends, without taking them apart."""
    ends = tuple(names)
    return (path for path in paths if path.endswith(ends) and basename(path) in names)


def common_base(paths: Sequence[str], named: Collection[str]) -> str:
    """The nearest folder around all paths that the user gave, empty for the root. ``named`` are the files among them."""
    folders = [dirname(path) if path in named else path for path in paths]
    return "" if "" in folders else commonpath(folders)
