"""The changes of a history in words."""

from collections.abc import Callable, Mapping
from datetime import datetime

from cnilint.diagnostics.wording import quantity
from cnilint.history.model import BrokenPeriod, ChangeKind, ConfigChange, ConfigHistory
from cnilint.source.commits import GitCommit

_MOST_ENVIRONMENTS = 3


def sentence(change: ConfigChange) -> str:
    """Such as: key `mtu` of ConfigMap `kube-system/network` removed."""
    text = _SENTENCES[change.kind](change)
    names = change.environments
    if not names or names == (".",):
        return text
    more = f" and {len(names) - _MOST_ENVIRONMENTS} more" if len(names) > _MOST_ENVIRONMENTS else ""
    return f"{text} (in {', '.join(names[:_MOST_ENVIRONMENTS])}{more})"


def _reference(change: ConfigChange) -> str:
    assert change.reference is not None
    place = f" of container `{change.reference.container}`" if change.reference.container else ""
    return f"reference{place} of {change.object} to {change.reference.target_text}"


_SENTENCES: Mapping[ChangeKind, Callable[[ConfigChange], str]] = {
    "object-added": lambda change: f"{change.object} added",
    "object-removed": lambda change: f"{change.object} removed",
    "object-moved": lambda change: f"{change.object} moved from {change.detail}",
    "key-added": lambda change: f"key `{change.detail}` of {change.object} added",
    "key-removed": lambda change: f"key `{change.detail}` of {change.object} removed",
    "reference-added": lambda change: f"{_reference(change)} added",
    "reference-dropped": lambda change: f"{_reference(change)} dropped",
    "reference-broken": lambda change: f"{_reference(change)} broken",
    "reference-healed": lambda change: f"{_reference(change)} resolves again",
    "version-moved": lambda change: (
        f"{change.detail} moved from {change.before} to {change.after} ({change.object})"
    ),
}


def byline(commit: GitCommit) -> str:
    """``2026-03-01 by Ada, #12``."""
    request = f", {_request(commit.request)}" if commit.request else ""
    return f"{commit.date[:10]} by {commit.author}{request}"


def _request(name: str) -> str:
    return f"#{name}" if name.isdigit() else name


def short(commit: GitCommit | None) -> str:
    """The first twelve digits of a commit's id; words where it was not read."""
    return "an earlier commit" if commit is None else commit.identifier[:12]


def period(one: BrokenPeriod) -> str:
    """How long a reference was broken, and by which commit."""
    reference = one.reference
    place = f" (container `{reference.container}`)" if reference.container else ""
    subject = f"{reference.owner}{place} reads {reference.target_text}"
    by = short(one.opened) if one.opened is None else f"{short(one.opened)} of {byline(one.opened)}"
    if one.closed is None:
        return f"{subject}: broken by {by}, still broken"
    ended = "resolved again" if one.ended == "healed" else "no longer read"
    return (
        f"{subject}: broken by {by}{_lasted(one)}, {ended} since {short(one.closed)} of {byline(one.closed)}"
    )


def days(one: BrokenPeriod) -> int | None:
    """The days from the commit that broke a reference to the one that ended it; None where one is not known."""
    if one.opened is None or one.closed is None:
        return None
    try:
        begin, end = datetime.fromisoformat(one.opened.date), datetime.fromisoformat(one.closed.date)
        return max((end - begin).days, 0)
    except (ValueError, TypeError, OverflowError):
        return None


def _lasted(one: BrokenPeriod) -> str:
    number = days(one)
    return "" if number is None else f" for {quantity(number, 'day')}"


def summary(history: ConfigHistory) -> str:
    """What was read and found, in one sentence."""
    changes = sum(len(each.changes) for each in history.commits)
    broken, still = len(history.broken), sum(each.closed is None for each in history.broken)
    was, is_ = ("was" if broken == 1 else "were"), ("is" if still == 1 else "are")
    return (
        f"{quantity(changes, 'change')} in {len(history.commits)} of {quantity(history.read, 'commit')}; "
        f"{quantity(broken, 'reference')} {was} broken at some time, {still} still {is_}."
    )
