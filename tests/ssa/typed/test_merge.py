"""Merging, removing, extracting and comparing typed values, in tables."""

from random import Random

import pytest

from cnilint.ssa.fieldpath.fields import path_set
from cnilint.ssa.schema.schema import Schema
from cnilint.ssa.typed.compare import compare
from cnilint.ssa.typed.typed import TypedError, extract, field_set, merge, or_null, remove
from cnilint.ssa.typed.values import Json, JsonObject

SCHEMA = Schema(
    {
        "root": {
            "f": {
                "keyed": {"l": "item", "k": ["name"]},
                "set": {"l": "$s", "k": []},
                "atomic": {"l": "$s"},
                "map": {"e": "$s"},
                "whole": {"e": "$s", "a": True},
                "text": "$s",
            }
        },
        "item": {"f": {"name": "$s", "value": "$s"}},
    }
)
ROOT = SCHEMA.type("root")


def names(*items: str) -> JsonObject:
    return {"keyed": [{"name": item[0], "value": item[1:]} if item[1:] else {"name": item} for item in items]}


MERGED: list[tuple[str, JsonObject, JsonObject, Json]] = [
    ("a new item comes last", names("a"), names("b"), names("a", "b")),
    ("applied items take the order of the applied list", names("a", "b"), names("b", "a"), names("b", "a")),
    (
        "live items stay before those that followed them",
        names("x", "a", "y"),
        names("a"),
        names("x", "a", "y"),
    ),
    ("a new item goes before the shared one", names("a"), names("n", "a"), names("n", "a")),
    ("an item is merged by its key", names("a1"), names("a2"), names("a2")),
    ("an item out of order is skipped", names("a", "b", "c"), names("c", "a"), names("b", "c", "a")),
    ("a set is joined", {"set": ["a", "b"]}, {"set": ["c"]}, {"set": ["a", "b", "c"]}),
    ("an atomic list is replaced", {"atomic": ["a", "b"]}, {"atomic": ["c"]}, {"atomic": ["c"]}),
    ("a granular map is joined", {"map": {"a": "1"}}, {"map": {"b": "2"}}, {"map": {"a": "1", "b": "2"}}),
    ("an atomic map is replaced", {"whole": {"a": "1"}}, {"whole": {"b": "2"}}, {"whole": {"b": "2"}}),
    ("nothing applied changes nothing", names("a", "b"), {}, names("a", "b")),
]


@pytest.mark.parametrize(
    ("live", "applied", "merged"), [row[1:] for row in MERGED], ids=[r[0] for r in MERGED]
)
def test_merge(live: JsonObject, applied: JsonObject, merged: Json) -> None:
    assert merge(live, applied, ROOT) == merged


def reference_order(old: list[str], new: list[str]) -> list[str]:
    """structured-merge-diff's visitListItems, step by step, for items without repetition."""
    shared = iter([element for element in new if element in old])
    wanted = next(shared, None)
    out: list[str] = []
    done: set[str] = set()
    left = right = 0
    while left < len(old) or right < len(new):
        if left < len(old) and right < len(new):
            if old[left] == new[right]:
                out.append(old[left])
                done.add(old[left])
                left, right, wanted = left + 1, right + 1, next(shared, None)
                continue
            if old[left] in new and wanted is not None and wanted != old[left]:
                left += 1
                continue
        if left < len(old):
            if old[left] not in new:
                out.append(old[left])
                left += 1
                continue
            if old[left] in done:
                left += 1
        if right < len(new):
            out.append(new[right])
            done.add(new[right])
            if wanted == new[right]:
                wanted = next(shared, None)
            right += 1
    return out


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_merged_lists_is_that_of_the_reference(seed: int) -> None:
    random = Random(seed)
    for _ in range(200):
        letters = "abcdefgh"[: random.randint(1, 8)]
        old = random.sample(letters, random.randint(0, len(letters)))
        new = random.sample(letters, random.randint(1, len(letters)))
        merged = merge(names(*old), names(*new), ROOT)
        assert merged == names(*reference_order(old, new)), (old, new)


@pytest.mark.parametrize(
    ("applied", "reason"),
    [
        (names("a", "a"), "duplicate entries"),
        ({"keyed": [{"value": "x"}]}, "omits all key fields"),
        ({"keyed": [None]}, "null element"),
        ({"keyed": ["a"]}, "non-map elements"),
        ({"set": [{"a": 1}]}, "map type"),
        ({"other": 1}, "not declared"),
    ],
)
def test_what_cannot_be_merged(applied: JsonObject, reason: str) -> None:
    with pytest.raises(TypedError, match=reason):
        merge(names("a"), applied, ROOT)


def test_repeated_live_items_stay_until_they_are_applied() -> None:
    live: JsonObject = names("a1", "a2", "b")
    assert merge(live, names("b"), ROOT) == live
    assert merge(live, names("a3"), ROOT) == names("a3", "b")


A = ("f:keyed", 'k:{"name":"a"}')


@pytest.mark.parametrize(
    ("path", "removed", "extracted"),
    [
        (A, names("b"), names("a1")),
        ((*A, "f:value"), names("a", "b"), {"keyed": [{"value": "1"}]}),
        (("f:map", "f:x"), None, {"map": {"x": "1"}}),
        (("f:text",), None, {"text": "t"}),
        (("f:whole", "f:x"), None, {"whole": {"x": "1", "y": "2"}}),
    ],
)
def test_remove_and_extract(path: tuple[str, ...], removed: Json, extracted: Json) -> None:
    value: JsonObject = {
        "f:keyed": names("a1", "b"),
        "f:map": {"map": {"x": "1"}},
        "f:text": {"text": "t"},
        "f:whole": {"whole": {"x": "1", "y": "2"}},
    }[path[0]]
    left = remove(value, path_set(path), ROOT)
    assert left == removed or (removed is None and left in (None, {path[0][2:]: None}))
    assert extract(value, path_set(path), ROOT) == extracted


@pytest.mark.parametrize(
    ("old", "new", "removed", "modified", "added"),
    [
        (names("a1"), names("a2"), [], [(*A, "f:value")], []),
        (names("a"), {}, [("f:keyed",), A, (*A, "f:name")], [], []),
        ({}, {"map": {"x": "1"}}, [], [], [("f:map",), ("f:map", "f:x")]),
        ({"atomic": ["a"]}, {"atomic": ["b"]}, [], [("f:atomic",)], []),
        ({"set": ["a"]}, {"set": ["b"]}, [("f:set", 'v:"a"')], [], [("f:set", 'v:"b"')]),
        (names("a1", "a2"), names("a1"), [A], [], [A, (*A, "f:name"), (*A, "f:value")]),
    ],
)
def test_compare(
    old: JsonObject, new: JsonObject, removed: list[str], modified: list[str], added: list[str]
) -> None:
    change = compare(old, new, ROOT)
    assert (change.removed, change.modified, change.added) == (
        path_set(*removed),
        path_set(*modified),
        path_set(*added),
    )


def test_the_set_of_a_value() -> None:
    value: JsonObject = {**names("a1"), "map": {"x": "1"}, "whole": {"x": "1"}, "set": ["s"], "text": "t"}
    assert field_set(value, ROOT) == path_set(
        (*A,),
        (*A, "f:name"),
        (*A, "f:value"),
        ("f:map", "f:x"),
        ("f:whole",),
        ("f:set", 'v:"s"'),
        ("f:text",),
    )
    assert or_null(merge(value, {}, ROOT)) is value
