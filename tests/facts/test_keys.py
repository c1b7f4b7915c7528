"""Keys keep their places in little memory, whatever the places are."""

import pytest

from cnilint.document import Span
from cnilint.facts.definitions import definition
from cnilint.facts.keys import Keys, keys_of, short_values
from tests.objects import one


def span(
    line: int, column: int, end_column: int, *, end_line: int | None = None, file: str = "a.yaml"
) -> Span:
    return Span(file=file, line=line, column=column, end_line=end_line or line, end_column=end_column)


@pytest.mark.parametrize(
    "place",
    [
        span(1, 1, 1),
        span(12, 3, 9),
        span((1 << 24) - 1, (1 << 20) - 1, (1 << 20) + (1 << 19) - 2),
        span(1 << 24, 1, 2),
        span(1, 1 << 20, (1 << 20) + 1),
        span(1, 1, 1 + (1 << 19)),
        span(3, 9, 2),
        span(3, 5, 2, end_line=4),
        span(3, 5, 8, file="b.yaml"),
    ],
)
def test_a_key_is_at_the_place_that_it_was_given(place: Span) -> None:
    first = span(2, 3, 4)
    keys = keys_of({"first": first, "key": place})
    assert list(keys.items()) == [("first", first), ("key", place)]
    assert keys["key"] == place


def test_most_places_are_numbers() -> None:
    assert keys_of({"a": span(2, 3, 4), "b": span(900, 3, 40)}).places.keys() == {"a", "b"}
    assert all(isinstance(each, int) for each in keys_of({"a": span(900, 3, 4)}).places.values())


def test_keys_after_others_keep_their_places() -> None:
    keys = keys_of({"a": span(1, 1, 2), "b": span(2, 1, 2)}).after({"c": span(9, 1, 2), "a": span(8, 1, 2)})
    assert [(key, place.line) for key, place in keys.items()] == [("c", 9), ("a", 1), ("b", 2)]


def test_no_keys() -> None:
    assert keys_of({}) == Keys()
    assert not keys_of({})
    assert None not in keys_of({"a": span(1, 1, 2)})


@pytest.mark.parametrize("values", [{}, {"a": ""}, {"a": "1", "b": ""}, {"a": "", "b": ""}])
def test_values_are_read_as_they_were_written(values: dict[str, str]) -> None:
    assert short_values(values).by_key() == values


def test_a_value_with_the_separator_is_not_kept() -> None:
    found = definition(
        one('{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: "1\\02", b: "3"}}')
    )
    assert found is not None
    assert found.values.by_key() == {"b": "3"}
    assert list(found.keys) == ["a", "b"]
