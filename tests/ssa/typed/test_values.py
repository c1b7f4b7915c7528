"""Plain values: equality, and the spelling of quantities."""

import pytest

from cnilint.ssa.typed.values import Json, canonical_quantity, equal

QUANTITIES: list[tuple[Json, Json]] = [
    ("0.5", "500m"),
    (0.5, "500m"),
    ("1000m", "1"),
    (2, "2"),
    ("1024Mi", "1Gi"),
    ("0.5Gi", "512Mi"),
    ("1500k", "1500k"),
    ("1e3", "1e3"),
    ("0", "0"),
    (".5", "500m"),
    ("1.0000000001", "1000000001n"),
    ("-1000m", "-1"),
    ("many", "many"),
    (True, True),
]


@pytest.mark.parametrize(("quantity", "canonical"), QUANTITIES)
def test_quantities_have_one_spelling(quantity: Json, canonical: Json) -> None:
    assert canonical_quantity(quantity) == canonical


def test_equality_is_that_of_json() -> None:
    assert equal([1, {"a": 1.0}], [1.0, {"a": 1}])
    assert not equal(True, 1)
    assert not equal({"a": None}, {})
