"""What a source is, and what every source must agree on."""

from collections.abc import Collection, Mapping, Sequence
from posixpath import commonpath, dirname
from typing import Protocol

from cnilint.document.limits import MAX_BYTES

MANIFESTS = (".yaml", ".yml", ".json")
"""The endings under which manifests are looked for."""

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""The names of a kustomization file, in kustomize's order."""

NESTED = "it is a repository of its own, such as a submodule: check it by itself"
"""Why a folder is passed over."""

_POINTER = b"version https://git-lfs.github.com/spec/"


class Unreadable(Exception):
    """A file that cannot be read; the message says why."""


class Source(Protocol):
    """Files by their path from the source's root, with ``/``.

    ``files`` are all files of the repository, ``selected`` those that the user asked for, ``named`` those that he
    gave by name, whatever their ending; ``base`` is the folder that he pointed at; ``skipped`` is what was passed
    over, with the reason. ``read`` raises Unreadable, and gives None for a file that does not exist.
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

    def read(self, path: str) -> bytes | None: ...


def under(path: str, folders: Sequence[str]) -> bool:
    """Whether a path is one of the folders or files, or below one of them."""
    return any(folder in ("", ".") or path == folder or path.startswith(f"{folder}/") for folder in folders)


def common_base(paths: Sequence[str], named: Collection[str]) -> str:
    """The folder that the user pointed at: the nearest that holds all his paths, empty for the root."""
    folders = [dirname(path) if path in named else path for path in paths]
    return "" if "" in folders else commonpath(folders)


def too_large(size: int) -> str:
    """The reason not to read a file of this size; empty when it may be read."""
    return (
        f"the file has {size >> 20} MiB, more than the {MAX_BYTES >> 20} MiB that are read"
        if size > MAX_BYTES
        else ""
    )


def content(data: bytes) -> bytes:
    """What a file holds. Raises Unreadable for a pointer to content that Git LFS keeps elsewhere."""
    if data.startswith(_POINTER):
        raise Unreadable("it is a pointer of Git LFS, and its content is not here")
    return data
