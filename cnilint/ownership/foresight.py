"""What each apply will do, by several processes when there are many."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cnilint.apply.appliers import Applier, perform
from cnilint.apply.kinds import Kinds
from cnilint.apply.predict import Kept, Prediction, predict
from cnilint.apply.values import Object, at
from cnilint.ownership.applier import is_predictable, migrates
from cnilint.ownership.desired import Manifest
from cnilint.ownership.leftovers import kept_fields
from cnilint.ownership.live import Live, Record

_WORTH_A_PROCESS = 100
"""Fewer applies than this are foreseen sooner than a process is started."""

_BATCH = 50

QUIET = Prediction(None, (), (), None, ())
"""Stands for a prediction that leaves nothing behind, is not refused, and takes everything into account."""


@dataclass(frozen=True, slots=True)
class Question:
    """A live object, its manifest, and who applies it."""

    live: Live
    manifest: Manifest | None
    applier: Applier | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What comes of it: the prediction, and the fields that stay without a good reason."""

    live: Live
    manifest: Manifest | None
    applier: Applier | None
    prediction: Prediction | None = None
    kept: tuple[Kept, ...] = ()


def answers(asked: Sequence[Question], kinds: Kinds, jobs: int = 1) -> list[Foreseen]:
    """The answers in the order of the questions. ``jobs`` 0 takes a process for each core."""
    workers = min(jobs or os.cpu_count() or 1, len(asked) // _WORTH_A_PROCESS)
    if workers < 2 or not hasattr(os, "fork"):
        return [_answer(one, kinds) for one in asked]
    found = _by_processes(asked, kinds, workers)
    return [
        _answer(one, kinds) if told is None else _foreseen(one, told, kinds)
        for one, told in zip(asked, found, strict=True)
    ]


def details(one: Question, prediction: Prediction | None, kinds: Kinds) -> Prediction | None:
    """The prediction in full, where QUIET stands for it."""
    return _prediction(one, kinds) if prediction is QUIET else prediction


def foresee(tool: Applier, live: Object, desired: Object, kinds: Kinds) -> Prediction:
    """What a tool's apply does to a live object."""
    return perform(tool, live, desired, manager=tool.manager, force=tool.force, schema=kinds)


def _answer(one: Question, kinds: Kinds) -> Foreseen:
    prediction = _prediction(one, kinds)
    if prediction is None:
        return Foreseen(one.live, one.manifest, one.applier)
    return _foreseen(one, prediction, kinds)


def _foreseen(one: Question, prediction: Prediction, kinds: Kinds) -> Foreseen:
    kept = tuple(kept_fields(prediction, kinds.type_of(one.live.value)))
    return Foreseen(one.live, one.manifest, one.applier, prediction, kept)


def _prediction(one: Question, kinds: Kinds) -> Prediction | None:
    """None where nothing can be predicted: no manifest, nobody who applies it, a record that cannot be decoded."""
    tool = one.applier
    if (
        one.manifest is None
        or tool is None
        or one.live.record is Record.UNDECODABLE
        or not is_predictable(tool)
    ):
        return None
    desired = one.manifest.value
    if desired is None:
        return None
    if _is_plain(tool, one.live):
        return predict(one.live.value, desired, manager=tool.manager, force=tool.force, schema=kinds)
    return foresee(tool, one.live.value, desired, kinds)


def _is_plain(tool: Applier, live: Live) -> bool:
    """Whether the tool does nothing to this object but a server-side apply: it takes over no entry, strips nothing."""
    if not tool.server_side or tool.annotation_manager:
        return False
    stripped = any(at(live.value, *(step[2:] for step in path)) is not None for path in tool.strip)
    return not stripped and not any(migrates(tool, entry) for entry in live.main)


class _Worker:
    """What a worker process inherits."""

    asked: Sequence[Question]
    kinds: Kinds


def _by_processes(asked: Sequence[Question], kinds: Kinds, workers: int) -> Iterator[Prediction | None]:
    """The predictions. Those that leave nothing are QUIET: they are the most, and costly to send.

    None stands for what has to be foreseen again where it is told: a refusal, and where there is nothing to foresee.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    _Worker.asked, _Worker.kinds = asked, kinds
    starts = range(0, len(asked), _BATCH)
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        for batch in pool.map(_batch, starts):
            for told in batch:
                yield QUIET if told is True else told


def _batch(start: int) -> list[Prediction | Literal[True] | None]:
    return [_told(one) for one in _Worker.asked[start : start + _BATCH]]


def _told(one: Question) -> Prediction | Literal[True] | None:
    prediction = _prediction(one, _Worker.kinds)
    if prediction is None or prediction.refused is not None:
        return None
    if prediction.uncovered or _foreseen(one, prediction, _Worker.kinds).kept:
        return prediction
    return True
