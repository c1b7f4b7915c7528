"""The remote, commit and branch of a source, so that report viewers can link to its files."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from cnilint.source.process import Failed, NotInstalled, git
from cnilint.source.worktree import work_tree_of


class Provenance(Struct, frozen=True):
    """The URL of the remote, the commit that was read, and the branch unless HEAD is detached."""

    repository: str
    revision: str
    branch: str | None = None


def provenance(root: str, revision: str | None) -> Provenance | None:
    """The provenance of a commit, or of a work tree (``revision`` None); None without a remote or a commit."""
    top = Path(root)
    if revision is None and work_tree_of(top) is None:
        return None
    url = _remote(top)
    if not url:
        return None
    commit = revision or _output(top, ("rev-parse", "--verify", "--quiet", "HEAD^{commit}"))
    if not commit:
        return None
    branch = None if revision else _output(top, ("symbolic-ref", "--quiet", "--short", "HEAD"))
    return Provenance(url, commit, branch or None)


def _remote(top: Path) -> str | None:
    """The URL of ``origin``; of the first remote where none has this name."""
    # Included files can be anywhere, and a pipe among them blocks git.
    listed = _output(top, ("config", "--local", "--no-includes", "-z", "--get-regexp", r"^remote\..*\.url$"))
    urls = dict(entry.split("\n", 1) for entry in (listed or "").split("\0") if "\n" in entry)
    return urls.get("remote.origin.url", next(iter(urls.values()), None))


def _output(root: Path, arguments: Sequence[str]) -> str | None:
    """The output of a Git command; None when it fails."""
    try:
        return git(root, arguments).decode("utf-8", "replace").strip("\n")
    except (Failed, NotInstalled, OSError):
        return None
