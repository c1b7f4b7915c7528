"""What reports show of a sync beside its plan: the releases that it moves between, and what could not be read."""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from cnilint.diagnostics.model import ObjectRef
from cnilint.diagnostics.wording import quantity
from cnilint.report.terminal import fold, paint, printable
from cnilint.report.view import View

_MOST_ADVICE = 3
"""Advice that is shown for one component; ``--details`` shows all."""


class UpgradeAdvice(Struct, frozen=True):
    """What an upgrade to a release or beyond needs."""

    release: str
    title: str
    action: str


class ComponentStep(Struct, frozen=True, kw_only=True):
    """From which release to which a component goes. ``steps`` are the minors to install in between, ``tool`` what installs
    the new one; either may be empty."""

    component: str
    before: str
    after: str
    steps: tuple[str, ...] = ()
    tool: str = ""
    advice: tuple[UpgradeAdvice, ...] = ()


class ObjectSince(Struct, frozen=True):
    """What became of an object of a snapshot, and the fields that are other ones than planned."""

    owner: ObjectRef
    state: str
    fields: tuple[str, ...]


class SyncSummary(Struct, frozen=True, kw_only=True):
    """What is known of a sync. ``unread`` says what of the cluster could not be read and why; ``dry_runs`` is the number of
    applies that the API server tried as dry runs, None for a run without them. ``since`` are the objects of an earlier
    snapshot, None for a run without one."""

    upgrades: tuple[ComponentStep, ...] = ()
    unread: tuple[str, ...] = ()
    dry_runs: int | None = None
    since: tuple[ObjectSince, ...] | None = None


def step_text(one: ComponentStep) -> str:
    """``cilium 1.15.6 -> 1.17.1: install 1.16 first; use ...``."""
    more = [f"install {', '.join(one.steps)} first"] if one.steps else []
    more += [f"use {one.tool}"] if one.tool else []
    moved = f"{one.component} {one.before} -> {one.after}"
    return f"{moved}: {'; '.join(more)}" if more else moved


def sync_lines(sync: SyncSummary, view: View) -> Iterator[str]:
    """The releases, folded to the width of the view."""
    for one in sync.upgrades:
        first, *rest = fold(printable(step_text(one)), view.width, "  ")
        yield paint(first, "strong", view.colour)
        yield from rest
        yield from _advice(one, view)
    if sync.since is not None:
        yield from fold(since_text(sync.since), view.width, "  ")
    if sync.upgrades or sync.since is not None:
        yield ""


def since_text(objects: Sequence[ObjectSince]) -> str:
    """``since the snapshot: 3 objects as planned, 1 otherwise``."""
    counted = Counter(each.state for each in objects)
    parts = [
        f"{quantity(number, 'object') if place == 0 else number} {state}"
        for place, (state, number) in enumerate(counted.most_common())
    ]
    return f"since the snapshot: {', '.join(parts) or 'it has no object'}"


def _advice(one: ComponentStep, view: View) -> Iterator[str]:
    shown = one.advice if view.details else one.advice[:_MOST_ADVICE]
    for each in shown:
        action = f": {each.action}" if view.details else ""
        yield from _indented(f"since {each.release}: {each.title}{action}", view)
    left_out = len(one.advice) - len(shown)
    if left_out:
        yield from _indented(f"... and {quantity(left_out, 'more note')}; see --details", view)


def _indented(text: str, view: View) -> Iterator[str]:
    return (f"  {line}" for line in fold(printable(text), max(view.width - 2, 0), "  "))
