"""Paths in kustomizations: relative to their directory, never out of the source, and sometimes not paths at all."""

import posixpath
import re

_REMOTE = re.compile(
    r"[a-z][a-z0-9+.-]*://|git::|(?:[\w.-]+@)?[\w.-]+\.[a-z]+:|"
    r"(?:[\w-]+\.)+[a-z]{2,}/[^/]+/[^/]+|.*[?&](?:ref|version|timeout|submodules)=|.*\.git(?:/|$)|.*[^:]//",
    re.IGNORECASE,
)


def join(directory: str, path: str) -> str | None:
    """The path from the source's root; None when it leads out of it or is absolute."""
    if path.startswith("/") or "\0" in path:
        return None
    joined = posixpath.normpath(posixpath.join(directory, path))
    if joined == ".":
        return ""
    return None if joined == ".." or joined.startswith("../") else joined


def is_remote(path: str) -> bool:
    """Whether kustomize would fetch this rather than read it: a URL, or a Git repository in one of its spellings."""
    return _REMOTE.match(path) is not None


def contains(outer: str, inner: str) -> bool:
    """Whether a directory is the other one or lies above it."""
    return outer in ("", inner) or inner.startswith(outer + "/")
