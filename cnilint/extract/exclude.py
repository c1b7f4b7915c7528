"""The files that the configuration excludes, by the rules of ``.gitignore`` (https://git-scm.com/docs/gitignore)."""

from collections.abc import Sequence

from cnilint.document.patterns import Pattern, PatternError
from cnilint.errors import UsageError
from cnilint.regex import regex

_LEADING_DOT = regex(r"^\./")


class Excluded:
    """Entries of ``exclude``: the last one that fits a file or a folder above it decides, ``!`` includes again."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._rules = [rule for entry in entries if (rule := _rule(entry)) is not None]

    def __bool__(self) -> bool:
        """Whether any entry is a pattern, and not a comment."""
        return bool(self._rules)

    def excludes(self, path: str) -> bool:
        """Whether a file is excluded; ``path`` is relative to the root, with slashes."""
        return self.decision(path) or False

    def decision(self, path: str) -> bool | None:
        """As ``excludes``, but None where no entry fits."""
        fitting = (excludes for pattern, excludes in reversed(self._rules) if pattern.matches(path))
        return next(fitting, None)


def _rule(entry: str) -> tuple[Pattern, bool] | None:
    """The pattern of an entry and whether it excludes; None for a comment or an empty entry. Raises UsageError."""
    from pathspec.patterns.gitignore.basic import GitIgnoreBasicPattern

    try:
        text, excludes = GitIgnoreBasicPattern.pattern_to_regex(_LEADING_DOT.sub("/", entry))
        # The regular expression is searched at the start of a path; RE2 matches whole texts, and in linear time.
        return None if text is None or excludes is None else (Pattern(f"(?s){text}.*"), excludes)
    except (ValueError, PatternError):
        raise UsageError(f"exclude: `{entry}` is not a pattern", "use the syntax of .gitignore") from None
