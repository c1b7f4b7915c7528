"""Real tags of projects, mirrors and vendors, each with what it tells; and how versions compare."""

from pathlib import Path

import pytest

from cnilint.packs.library import Library
from cnilint.versions import (
    Confidence,
    RangeError,
    Version,
    parse_range,
    parse_version,
    read_packed,
    read_tag,
)

LIBRARY = Library()
TAGS = [
    tuple(cell.strip() for cell in line.split("|"))
    for line in (Path(__file__).parent / "tags.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def version(text: str) -> Version:
    parsed = parse_version(text)
    assert parsed is not None, text
    return parsed


def test_there_are_enough_tags() -> None:
    assert len({image for image, *_ in TAGS}) >= 120


@pytest.mark.parametrize(("image", "components", "expected", "confidence"), TAGS)
def test_tag(image: str, components: str, expected: str, confidence: str) -> None:
    found = LIBRARY.recognition.of_image(image)
    assert sorted(found) == ([] if components == "-" else sorted(components.split(",")))
    for name, (position, tag) in found.items():
        reading = LIBRARY.components[name].images[position].read(tag)
        assert (str(reading.version or "-"), reading.confidence) == (expected, Confidence(confidence))


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ("1.18.601", "1.18.6"),
        ("1.20.102", "1.20.1"),
        ("1.11.502", "1.11.5"),
        ("3.31.500", "3.31.5"),
        ("4.3.017", "4.3.0"),
        ("0.24.401", "0.24.4"),
        ("3.13.300-build2021022306", "3.13.3"),
        ("3.18.1-103", "3.18.1"),
        ("3.19.1-build2021061111", "3.19.1"),
        ("1.12.10", "1.12.10"),
        ("3.7.1-build2021111906", "3.7.1"),
    ],
)
def test_packed_chart_version(chart: str, expected: str) -> None:
    assert str(read_packed(chart).version) == expected


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("1.9.18", "1.10.0"),
        ("1.22.8", "1.23.0"),
        ("1.23.0-rc.1", "1.23.0"),
        ("1.23.0-alpha.3", "1.23.0-beta.0"),
        ("1.23.0-beta.1", "1.23.0-rc.0"),
        ("1.23.0-rc.2", "1.23.0-rc.10"),
        ("1.12.1", "1.12.1.1"),
        ("v0.9.4", "v0.10.0"),
    ],
)
def test_order(lower: str, higher: str) -> None:
    assert version(lower) < version(higher)
    assert not version(higher) < version(lower)


@pytest.mark.parametrize(
    "suffix", ["-distroless", "-asm.0", "-gke.9", "-cee.1", "+tetrate0", "-3", "-build20210223"]
)
def test_a_vendor_suffix_is_no_pre_release(suffix: str) -> None:
    release, rebuilt = version("1.23.0"), version(f"1.23.0{suffix}")
    assert not rebuilt < release
    assert not release < rebuilt
    assert parse_range([">=1.23.0"]).contains(rebuilt) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.17.0-rc.1", "1.17.0"),
        ("v1.17.0-rc1-distroless", "1.17.0"),
        ("1.17.0-beta.1", "1.17.0-beta.1"),
        ("1.17", "1.17"),
    ],
)
def test_a_release_candidate_is_judged_as_its_release(text: str, expected: str) -> None:
    assert str(version(text).intended) == expected


UNION = parse_range([">=1.23.0 <1.24.5", ">=1.25.0 <1.25.2"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.22.9", False),
        ("1.23.0-rc.1", False),
        ("1.23.0", True),
        ("1.24.4-distroless", True),
        ("1.24.5", False),
        ("1.25.1", True),
        ("1.25.2", False),
        ("1.22", False),
        ("1.23", True),
        ("1.24", None),
        ("1.25", None),
        ("1.26", False),
    ],
)
def test_range_is_a_union(text: str, expected: bool | None) -> None:
    assert UNION.contains(version(text)) is expected


@pytest.mark.parametrize("term", ["", "1.23", "~1.2", ">=x", ">=1.3.0 <1.2.0", ">1.2.3", ">=1.2.3 or <2"])
def test_a_range_that_cannot_be_read(term: str) -> None:
    with pytest.raises(RangeError):
        parse_range([term])


def test_a_range_needs_a_term() -> None:
    with pytest.raises(RangeError):
        parse_range([])


@pytest.mark.parametrize(
    "text", ["", "v", "latest", "1", "9" * 200, "1." * 100, "٣.٢.١", "1.2.3.4.5", "1.99999999.0"]
)
def test_hostile_text_is_no_version(text: str) -> None:
    assert read_tag(text).version is None
