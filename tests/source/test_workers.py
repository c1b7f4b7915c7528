"""Work in several processes: the results are those of one, in the same order, whatever becomes of the processes."""

import os
import pickle
import signal
from collections.abc import Iterable

import pytest

from cnilint.source.workers import Team, Workers
from cnilint.ssa.managedfields.entries import ManagerIdentity
from cnilint.ssa.managedfields.refusals import ApplyRefused, Cause, ConflictRefused


def _workers(notices: list[str], jobs: int = 2) -> Workers:
    return Workers(jobs=jobs, tell=notices.append)


def test_results_are_in_the_order_of_the_parts() -> None:
    notices: list[str] = []
    names = {number: f"object {number}" for number in range(1000)}
    results = list(_workers(notices).map(lambda number: (os.getpid(), names[number]), range(1000), worth=10))
    assert [name for _, name in results] == list(names.values())
    processes = {process for process, _ in results}
    assert len(processes) == 2
    assert os.getpid() != results[0][0]
    assert notices == []


@pytest.mark.parametrize(("jobs", "parts", "worth"), [(1, 1000, 1), (2, 19, 10), (2, 0, 10)])
def test_little_work_stays_in_this_process(jobs: int, parts: int, worth: int) -> None:
    results = _workers([], jobs).map(lambda _: os.getpid(), range(parts), worth=worth)
    assert set(results) <= {os.getpid()}


def test_what_a_killed_process_left_is_done_in_this_one() -> None:
    notices: list[str] = []
    parent = os.getpid()

    def work(number: int) -> int:
        # The first part is one of the other process.
        if number == 0 and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return number * 2

    results = list(_workers(notices).map(work, range(1000), worth=10))
    assert results == [number * 2 for number in range(1000)]
    assert notices == ["a process was ended from outside: the rest of its work was done in one process"]


def test_a_fault_of_the_work_is_raised() -> None:
    def work(number: int) -> int:
        return 1 // (number - 700)

    with pytest.raises(ZeroDivisionError):
        _all(_workers([]).map(work, range(1000), worth=10))


def _all(results: Iterable[object]) -> None:
    for _ in results:
        pass


def test_refusals_of_the_api_server_pass_between_processes() -> None:
    owner = ManagerIdentity(manager="helm", operation="Update", api_version="v1")
    conflict = ConflictRefused({owner: {"f:data": {"f:a": {}}}})
    invalid = ApplyRefused(422, "Invalid", "no", [Cause("spec", "wrong")], merged={"kind": "Pod"})
    for refusal in (conflict, invalid):
        copy = pickle.loads(pickle.dumps(refusal))
        assert type(copy) is type(refusal)
        assert (str(copy), copy.__dict__) == (str(refusal), refusal.__dict__)


def test_a_team_keeps_its_processes_from_one_round_to_the_next() -> None:
    with Team(_workers([])) as team:
        first, second = team.task(lambda _: os.getpid()), team.task(lambda number: (os.getpid(), number))
        processes = set(first.map(range(1000), worth=10)) - {os.getpid()}
        found = list(second.map(range(4), worth=10))
    assert [number for _, number in found] == list(range(4))
    assert processes
    assert {process for process, _ in found} - {os.getpid()} == processes


def test_a_team_starts_processes_that_know_a_new_task() -> None:
    with Team(_workers([])) as team:
        before = set(team.task(lambda _: os.getpid()).map(range(1000), worth=10))
        after = team.task(lambda _: os.getpid())
        assert set(after.map(range(4), worth=10)) == {os.getpid()}
        others = set(after.map(range(1000), worth=10)) - {os.getpid()}
        assert others
        assert before.isdisjoint(others)


def test_a_team_that_lost_a_process_works_in_this_one() -> None:
    notices: list[str] = []
    parent = os.getpid()
    with Team(_workers(notices)) as team:
        lost = team.task(lambda _: os.getpid() != parent and os.kill(os.getpid(), signal.SIGKILL))
        _all(lost.map(range(1000), worth=10))
        assert set(team.task(lambda _: os.getpid()).map(range(1000), worth=10)) == {parent}
    assert len(notices) == 1
