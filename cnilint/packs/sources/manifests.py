"""The names and flags that the manifests of a program's releases set themselves, in templates of charts too."""

from collections.abc import Sequence

from cnilint.packs.sources.history import Commit, History, SourceFile
from cnilint.regex import regex

_FILES = (".yaml", ".yml", ".tpl", ".tmpl")
_NAMES = regex(
    r"""(?m)^\s*(?:-\s+)?name:\s*["']?([\w.-]+)["']?\s*$|(?:^|[\s"'\[])--?([A-Za-z][\w-]{2,})(?=[=\s"',\]]|$)"""
)


def shipped(
    paths: Sequence[str], history: History, commits: Sequence[Commit | None]
) -> dict[str, tuple[tuple[int, int], ...]]:
    """By name, the first and last position of each run of releases whose manifests have it."""
    runs: dict[str, list[tuple[int, int]]] = {}
    known: dict[SourceFile, frozenset[str]] = {}
    for position, commit in enumerate(commits if paths else ()):
        if commit is None:
            continue
        files = [each for each in history.files(commit, paths) if each.path.endswith(_FILES)]
        texts = history.texts(commit, [file for file in files if file not in known])
        known |= {file: _names(text) for file, text in texts.items()}
        for name in frozenset[str]().union(*(known[file] for file in files)):
            _extend(runs.setdefault(name, []), position)
    return {name: tuple(runs[name]) for name in sorted(runs)}


def _names(text: str) -> frozenset[str]:
    return frozenset(name or flag for name, flag in _NAMES.findall(text))


def _extend(runs: list[tuple[int, int]], position: int) -> None:
    if runs and runs[-1][1] == position - 1:
        runs[-1] = (runs[-1][0], position)
    else:
        runs.append((position, position))
