"""Pruning in one walk, in a table: the value, what was applied, what anyone owns, what is left."""

import pytest

from cnilint.ssa.fieldpath.fields import path_set
from cnilint.ssa.merge.prune import Undecided, prune
from cnilint.ssa.typed.values import Json, JsonObject
from tests.ssa.typed.test_merge import ROOT, A, names

B = ("f:keyed", 'k:{"name":"b"}')


def item(path: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [path, (*path, "f:name"), (*path, "f:value")]


@pytest.mark.parametrize(
    ("value", "last", "owned", "left"),
    [
        (names("a1", "b1"), [*item(A), *item(B)], item(A), names("a1")),
        (names("a1", "b1"), [*item(A), *item(B)], [*item(A), *item(B)], names("a1", "b1")),
        (names("a1", "b1"), item(A), item(A), names("a1", "b1")),
        (names("a1", "b1"), item(A), [], None),
        ({"map": {"x": "1", "y": "2"}}, [("f:map", "f:x")], [], None),
        ({"text": "t", "map": {"x": "1"}}, [("f:text",)], [("f:map", "f:x")], {"map": {"x": "1"}}),
        ({"text": "t"}, [("f:text",)], [], None),
        (names("a1"), [(*A, "f:value"), A, (*A, "f:name")], [A, (*A, "f:name")], names("a")),
    ],
)
def test_prune(
    value: JsonObject, last: list[tuple[str, ...]], owned: list[tuple[str, ...]], left: Json
) -> None:
    assert prune(value, path_set(*last), path_set(*owned), ROOT) == left


@pytest.mark.parametrize(
    ("value", "last", "owned"),
    [
        ({"atomic": []}, [("f:atomic",)], []),
        (names("a", "a"), item(A), item(B)),
        (names("a1"), [(*A, "f:name")], [A]),
    ],
)
def test_what_depends_on_siblings_is_left_to_the_exact_sequence(
    value: JsonObject, last: list[tuple[str, ...]], owned: list[tuple[str, ...]]
) -> None:
    with pytest.raises(Undecided):
        prune(value, path_set(*last), path_set(*owned), ROOT)
