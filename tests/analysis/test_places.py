"""Places of one revision in the next: the parts of a file that stayed, and the time that it takes to find them."""

import random
from collections.abc import Sequence

import pytest

from cnilint.analysis.places import RemovalPlaces
from cnilint.document import Span
from cnilint.source import StandardInput


def places(old: Sequence[str], new: Sequence[str]) -> RemovalPlaces:
    before, after = (StandardInput("a.yaml", "\n".join(lines).encode()) for lines in (old, new))
    return RemovalPlaces(before, after, {})


def line(number: int) -> Span:
    return Span(file="a.yaml", line=number, column=1, end_line=number, end_column=2)


def test_lines_are_followed_and_a_removed_one_is_where_the_line_before_it_is() -> None:
    found = places(["a", "b", "c", "d"], ["x", "a", "c", "d"])
    assert [found.same_line(line(number)) for number in range(1, 5)] == [2, None, 3, 4]
    assert found(line(2)).line == 2


@pytest.mark.parametrize("seed", range(5))
def test_in_a_large_file_the_lines_that_stayed_are_found(seed: int) -> None:
    """Lines of manifests repeat; some of them are unique. Only beside an edit two equal lines may be confused."""
    chance = random.Random(seed)
    old = [chance.choice(["- name: a", "  value: b", f"  key: {number}"]) for number in range(3000)]
    gone = set(chance.sample(range(len(old)), 40))
    new = [text for number, text in enumerate(old) if number not in gone]
    for _ in range(40):
        new.insert(chance.randrange(len(new)), f"new: {chance.random()}")
    found = places(old, new)
    lost = [
        number
        for number, text in enumerate(old)
        if number not in gone and new[(found.same_line(line(number + 1)) or 0) - 1] != text
    ]
    assert len(lost) <= 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["x"] * 4000, ["x", "y"] * 2000),
        (["a", "b"] * 2000, ["a", "c"] * 2000),
        (["a", "b", "c", "d"] * 1000, ["a", "b", "d", "c"] * 1000),
    ],
)
def test_lines_that_repeat_without_end_take_no_time(old: list[str], new: list[str]) -> None:
    """Each of these takes ``difflib`` more than half a minute."""
    found = places(["first", *old, "end"], ["begin", *new, "last"])
    assert found(line(2)).line >= 1
