"""The addresses at which the sources of rules can be read."""

import re
from urllib.parse import quote

from cnilint.regex import regex

_HOST = "https://github.com"
_ADDRESS = regex(r"https?://[!-~]+")
_ISSUE = regex(r"([\w.-]+/[\w.-]+)#(\d+)", re.ASCII)


def source_link(repository: str, revision: str, path: str = "", line: int = 0) -> str:
    """The address of a repository ``owner/name`` at a tag or commit, of a file in it, or of a line (from 1) of that."""
    kind = "blob" if path else "tree"
    parts = (repository, kind, revision, *([path] if path else []))
    place = f"#L{line}" if line else ""
    return f"{_HOST}/{'/'.join(quote(part, safe='/@+~:') for part in parts)}{place}"


def revision_link(source: str) -> str:
    """The address of ``owner/name@revision``."""
    repository, _, revision = source.partition("@")
    return source_link(repository, revision)


def issue_link(issue: str) -> str:
    """The address of an issue, given as an address or as ``owner/name#1``; any other text as it is."""
    short = _ISSUE.fullmatch(issue)
    return f"{_HOST}/{short[1]}/issues/{short[2]}" if short else issue


def is_address(text: str) -> bool:
    """Whether a text is an address and nothing else."""
    return _ADDRESS.fullmatch(text) is not None
