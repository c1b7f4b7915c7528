"""Paths in kustomizations: relative to their directory, inside of the source, or remote."""

import posixpath
import re

from cnilint.regex import regex

_REMOTE = regex(
    r"[a-z][a-z0-9+.-]*://|git::|(?:[\w.-]+@)?[\w.-]+\.[a-z]+:|"
    r"(?:[\w-]+\.)+[a-z]{2,}/[^/]+/[^/]+|.*[?&](?:ref|version|timeout|submodules)=|.*\.git(?:/|$)|.*[^:]//",
    re.IGNORECASE,
)


def join(directory: str, path: str) -> str | None:
    """The path from the root of the source; None when it is absolute or outside of the source."""
    if path.startswith("/") or "\0" in path:
        return None
    joined = posixpath.normpath(posixpath.join(directory, path))
    if joined == ".":
        return ""
    return None if joined == ".." or joined.startswith("../") else joined


def is_remote(path: str) -> bool:
    """Whether kustomize would fetch this: a URL or a Git repository, as in api/internal/git/repospec.go."""
    return _REMOTE.match(path) is not None


def contains(outer: str, inner: str) -> bool:
    """Whether ``inner`` is ``outer`` or below it."""
    return outer in ("", inner) or inner.startswith(outer + "/")
