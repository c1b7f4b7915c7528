"""Nodes to records: every kind of annotation, and every mistake with its place."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Struct, field

from cnilint.document import Node, Scalar, Span
from cnilint.document.structure import (
    Convert,
    DataError,
    Key,
    PlaceOf,
    load,
    parse_document,
    read_file,
    structure,
)
from cnilint.versions import Version, VersionRange, parse_range, parse_version


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"expected a regular expression: {error}") from None


class Inner(Struct, frozen=True, kw_only=True):
    name: str
    count: int = 1


class Record(Struct, frozen=True, kw_only=True):
    name: str
    is_on: bool = False
    max_count: int = 0
    colour: Colour = Colour.RED
    mode: Literal["fast", "slow"] = "slow"
    words: tuple[str, ...] = ()
    unique: frozenset[str] = frozenset()
    maybe: str | None = None
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()
    by_name: Mapping[str, Inner] = field(default_factory=dict)
    lists: dict[str, tuple[int, ...]] = field(default_factory=dict)
    other: Annotated[str, Key("another-key")] = ""
    pattern: Annotated[re.Pattern[str], Convert(_pattern)] = re.compile("")
    version: Annotated[Version | None, Convert(parse_version)] = None
    versions: Annotated[VersionRange | None, Convert(parse_range, tuple[str, ...])] = None
    patterns: tuple[Annotated[re.Pattern[str], Convert(_pattern)], ...] = ()
    raw: Node | None = None
    span: Span
    place: Annotated[Span, PlaceOf("name")]


def record(text: str) -> Record:
    return structure(node(text), Record)


def node(text: str) -> Node:
    root = parse_document("x.yaml", text.encode())
    assert root is not None
    return root


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("isOn: true", "is_on", True),
        ("isOn: yes", "is_on", True),
        ("maxCount: 12", "max_count", 12),
        ("colour: green", "colour", Colour.GREEN),
        ("mode: fast", "mode", "fast"),
        ("words: [a, 'b']", "words", ("a", "b")),
        ("words: []", "words", ()),
        ("unique: [a, b, a]", "unique", frozenset("ab")),
        ("maybe: text", "maybe", "text"),
        ("inner: {name: i}", "inner", Inner(name="i")),
        ("inners: [{name: i, count: 2}, {name: j}]", "inners", (Inner(name="i", count=2), Inner(name="j"))),
        ("byName: {a: {name: i}}", "by_name", {"a": Inner(name="i")}),
        ("lists: {a: [1, 2], b: []}", "lists", {"a": (1, 2), "b": ()}),
        ("another-key: x", "other", "x"),
        ("pattern: 'a+'", "pattern", re.compile("a+")),
        ("patterns: ['a+', b]", "patterns", (re.compile("a+"), re.compile("b"))),
        ("version: v1.2.3", "version", Version((1, 2, 3))),
        ("versions: ['>=1.2.0']", "versions", parse_range([">=1.2.0"])),
        ("unknown: {a: 1}", "name", "me"),
    ],
)
def test_every_annotation(line: str, name: str, value: object) -> None:
    assert getattr(record(f"name: me\n{line}\n"), name) == value


def test_defaults_and_places() -> None:
    found = record("name: me\n")
    assert (found.maybe, found.inner, found.words, found.by_name) == (None, None, (), {})
    assert (found.span.line, found.span.column) == (1, 1)
    assert (found.place.line, found.place.column, found.place.end_column) == (1, 7, 9)


def test_a_node_is_passed_as_it_is() -> None:
    raw = record("name: me\nraw: [1]\n").raw
    assert raw is not None
    assert not isinstance(raw, Scalar)


def test_a_converter_of_a_node() -> None:
    class Given(Struct, frozen=True):
        either: Annotated[bool, Convert(lambda given: isinstance(given, Scalar), Node)]

    assert structure(node("either: x"), Given).either is True
    assert structure(node("either: [x]"), Given).either is False


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[n]", "1:1", "expected a mapping"),
        ("isOn: true", "1:1", "missing key `name`"),
        ("name: 1", "1:7", "expected a string (quote numbers, dates and booleans)"),
        ("name: [n]", "1:7", "expected a string"),
        ("name: null", "1:7", "expected a string"),
        ("name: me\nisOn: 1", "2:7", "expected `true` or `false`"),
        ("name: me\nisOn: 'true'", "2:7", "expected `true` or `false`"),
        ("name: me\nmaxCount: many", "2:11", "expected an integer"),
        ("name: me\nmaxCount: true", "2:11", "expected an integer"),
        ("name: me\nmaxCount: 1.5", "2:11", "expected an integer"),
        ("name: me\ncolour: blue", "2:9", "expected one of red, green"),
        ("name: me\ncolour: [red]", "2:9", "expected one of red, green"),
        ("name: me\nmode: 1", "2:7", "expected one of fast, slow"),
        ("name: me\nwords: a", "2:8", "expected a list"),
        ("name: me\nwords: [a, 1]", "2:12", "expected a string"),
        ("name: me\nunique: {a: b}", "2:9", "expected a list"),
        ("name: me\ninner: {count: 1}", "2:8", "missing key `name`"),
        ("name: me\ninner: {name: i, count: x}", "2:25", "expected an integer"),
        ("name: me\ninners: [{name: i}, i]", "2:21", "expected a mapping"),
        ("name: me\nbyName: [a]", "2:9", "expected a mapping"),
        ("name: me\nbyName: {a: {name: 1}}", "2:20", "expected a string"),
        ("name: me\npattern: '('", "2:10", "expected a regular expression: missing )"),
        ("name: me\npatterns: [a, '(']", "2:15", "expected a regular expression"),
        ("name: me\nversions: ['1']", "2:11", "expected a bound such as"),
        ("name: me\nversions: 1.2.0", "2:11", "expected a list"),
    ],
)
def test_every_mistake_has_a_place(text: str, place: str, message: str) -> None:
    with pytest.raises(DataError) as raised:
        record(text)
    assert str(raised.value).startswith(f"x.yaml:{place}: {message}")
    assert raised.value.diagnostic.span.file == "x.yaml"


@pytest.mark.parametrize("kind", [set, complex, tuple])
def test_an_annotation_that_is_not_understood(kind: type) -> None:
    with pytest.raises((TypeError, IndexError)):
        structure(node("a: 1"), kind)


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n", "---\n", "--- \n---\n"])
def test_an_empty_document(text: str) -> None:
    assert parse_document("x.yaml", text.encode()) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [", "1:4"),
        ("a: 1\na: 2\n", "2:1"),
        ("a: 1\n---\nb: 1\n", "3:1"),
        ("\x00", "1:1"),
        ("&a [*a]", "1:5"),
    ],
)
def test_a_document_that_cannot_be_read(text: str, place: str) -> None:
    with pytest.raises(DataError, match=rf"^x\.yaml:{place}: "):
        parse_document("x.yaml", text.encode())


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), (b"", "the file is empty"), (b"\xff", "not UTF-8"), (b"a: [", "x.yaml:1:4: ")],
)
def test_files(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "x.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=re.escape(message)):
        read_file(path)
    with pytest.raises(DataError, match=r"^shown:1:"):
        read_file(path, "shown")


def test_a_packaged_file() -> None:
    found: Any = load("rules/gitops.yaml", dict[str, Node])
    assert "deployers" in found
