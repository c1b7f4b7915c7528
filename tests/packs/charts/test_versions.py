"""Chart versions and constraints."""

import pytest

from cnilint.packs.charts.versions import read_chart_version
from tests.packs.helpers import version

KNOWN = [version(f"1.{minor}.{patch}") for minor in range(13, 19) for patch in (0, 4)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.16.3", ["1.16.3"]),
        ("v1.16.3", ["1.16.3"]),
        ("=1.16.3", ["1.16.3"]),
        ("1.16.3@sha256:0a", ["1.16.3"]),
        ("2.0.1", ["2.0.1"]),
        ("", []),
        ("main", []),
        ("${VERSION}", []),
        ("1.16.3 || banana", []),
    ],
)
def test_one_version(text: str, expected: list[str]) -> None:
    read = read_chart_version(text, "tag", KNOWN)
    assert [str(each) for each in read.versions] == expected
    assert not read.is_range


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.16.x", ["1.16"]),
        ("1.16", ["1.16"]),
        ("~1.16.2", ["1.16"]),
        ("~1", ["1.13", "1.14", "1.15", "1.16", "1.17", "1.18"]),
        ("^1.17.1", ["1.17", "1.18"]),
        (">=1.16", ["1.16", "1.17", "1.18"]),
        (">1.16.4", ["1.16", "1.17", "1.18"]),
        ("<1.14", ["1.13"]),
        ("<=1.14", ["1.13", "1.14"]),
        (">= 1.15, < 1.17", ["1.15", "1.16"]),
        ("1.15 - 1.16", ["1.15", "1.16"]),
        ("1.13.x || 1.18.x", ["1.13", "1.18"]),
        (">1.18 <1.13", []),
    ],
)
def test_the_release_lines_of_a_range(text: str, expected: list[str]) -> None:
    read = read_chart_version(text, "tag", KNOWN)
    assert [str(each) for each in read.versions] == expected


def test_a_range_of_everything_says_nothing() -> None:
    assert read_chart_version("*", "tag", KNOWN).versions == ()


def test_a_packed_number_is_a_rebuild() -> None:
    (found,) = read_chart_version("1.16.102", "packed", KNOWN).versions
    assert str(found) == "1.16.1"
