"""The history for a terminal: the commits with their changes, the newest first."""

from collections.abc import Iterator

from cnilint.history.model import ConfigHistory
from cnilint.history.wording import byline, period, sentence, short, summary
from cnilint.report.terminal import line, printable


def render(history: ConfigHistory, *, periods: bool) -> str:
    lines = _periods(history) if periods else _commits(history)
    return "".join(f"{line(text)}\n" for text in (*lines, *_end(history)))


def _periods(history: ConfigHistory) -> Iterator[str]:
    for each in history.broken:
        yield f"{printable(each.file)}: {printable(period(each))}"


def _commits(history: ConfigHistory) -> Iterator[str]:
    for each in history.commits:
        commit = each.commit
        yield printable(f"{short(commit)} {byline(commit)}: {commit.subject}")
        for change in each.changes:
            yield f"  {printable(change.file)}: {printable(sentence(change))}"
        yield ""


def _end(history: ConfigHistory) -> Iterator[str]:
    yield from (f"notice: {printable(each)}" for each in history.notices)
    yield from (f"not read: {printable(path)}: {printable(why)}" for path, why in history.skipped.items())
    yield summary(history)
