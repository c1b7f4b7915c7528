"""The history as Markdown, for a page or a comment. Text of the repository cannot add markup to it."""

from collections.abc import Iterator

from cnilint.history.model import ConfigHistory
from cnilint.history.wording import byline, period, sentence, short, summary
from cnilint.regex import regex
from cnilint.report.terminal import printable

_MARKUP = regex(r"([\\*_{}\[\]<>()#+!|~&@])")


def render(history: ConfigHistory, *, periods: bool) -> str:
    lines = _periods(history) if periods else _commits(history)
    return "\n".join(("# Configuration history", "", _text(summary(history)), "", *lines, *_end(history), ""))


def _periods(history: ConfigHistory) -> Iterator[str]:
    for each in history.broken:
        yield f"- {_text(each.file)}: {_text(period(each))}"
    yield ""


def _commits(history: ConfigHistory) -> Iterator[str]:
    for each in history.commits:
        commit = each.commit
        yield f"## {_text(short(commit))} {_text(commit.subject)}"
        yield ""
        yield _text(byline(commit))
        yield ""
        yield from (f"- {_text(change.file)}: {_text(sentence(change))}" for change in each.changes)
        yield ""


def _end(history: ConfigHistory) -> Iterator[str]:
    yield from (f"- notice: {_text(each)}" for each in history.notices)
    yield from (f"- not read: {_text(path)}: {_text(why)}" for path, why in history.skipped.items())


def _text(text: str) -> str:
    """The text with markup escaped; what stands in backticks becomes code."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:
        return _MARKUP.sub(r"\\\1", printable(text).replace("`", "'"))
    return "".join(
        f"`{part}`" if number % 2 and part else _MARKUP.sub(r"\\\1", part)
        for number, part in enumerate(parts)
    )
