"""A few hundred random operations with the recorded answers of the real field manager; ``make oracle`` asks it about more."""

from tests.oracles.smd.drive import replay
from tests.oracles.smd.recorded import OPERATIONS, modules, recording


def test_the_simulation_agrees_with_the_real_field_manager() -> None:
    exchanges = recording()["exchanges"]
    assert sum(request["op"] != "reset" for request, _ in exchanges) == OPERATIONS
    assert replay(exchanges) == []


def test_the_field_manager_was_the_one_that_is_pinned() -> None:
    """Else `make oracle-recording` asks the new one."""
    assert recording()["modules"] == modules()


def test_an_answer_that_differs_is_told() -> None:
    exchanges = recording()["exchanges"]
    request, answer = next(each for each in exchanges if each[0]["op"] == "apply" and "live" in each[1])
    changed = {"live": {**answer["live"], "metadata": {**answer["live"]["metadata"], "name": "other"}}}
    reset = (
        {"op": "reset", "apiVersion": request["object"]["apiVersion"], "kind": request["object"]["kind"]},
        {"live": {}},
    )
    assert len(replay([reset, (request, changed)])) == 1
