"""Documents with an outline are what the parser makes of them: values, places, diagnostics."""

from collections.abc import Iterator
from random import Random

import pytest

from cnilint.diagnostics.model import Diagnostic
from cnilint.diagnostics.span import packed, unpacked
from cnilint.document import Mapping, Node, Scalar, Sequence
from cnilint.document.errors import Broken
from cnilint.document.limits import Budget
from cnilint.document.node import NamedText, Row, Text, plain
from cnilint.document.outlinenodes import OutlinedMapping, OutlinedSequence, OutlineReader
from cnilint.document.scalars import ScalarError
from cnilint.document.yaml import compose
from tests.document import random_texts

LINES = (
    *(
        "a: b",
        "a:",
        "b:",
        "c: 'd'",
        '"e": "f"',
        "g: |",
        "h: >-",
        "i: [x, y]",
        "j: {k: v}",
        "l: {}",
        "- m",
        "- n: o",
    ),
    *(
        "- p:",
        "-   q: r",
        "- |",
        "- 's'",
        "- [t]",
        "# comment",
        "",
        "text",
        "more text",
        '"quoted"',
        "'it''s'",
    ),
    *(
        'x: "open',
        'close"',
        "y: 'open",
        "close'",
        "z: 1",
        "yes: no",
        "1.50: 0x10",
        "k: v # c",
        "k: v  ",
        "k:   ",
    ),
    *(
        "k: .inf",
        "k: a: b",
        "k: a:b",
        "k: #c",
        "k: -",
        "k: - a",
        "k: *a",
        "k: &a b",
        "<<: {a: 1}",
        "? k",
        "k: \tv",
    ),
    *(
        "k: {a: 1, a: 2}",
        'k: "\\u2019"',
        'k: "\\/"',
        "k: [&a x, *a]",
        "...",
        "k: null",
        "k: ~",
        "é: ü",
        "k: \x85",
    ),
    *(
        "k: |2",
        "  deeper",
        "- - a",
        "-",
        "- ",
        "k:v",
        "k : v",
        "%k: v",
        "a-b: c/d",
        "a: b\\",
        'k: "a \\',
        '\\ b"',
    ),
)


def mark(node: Node) -> tuple[object, ...]:
    start, end = node.start, node.end
    return (start.line, start.column, start.index), (end.line, end.column, end.index), node.span


def shape(node: Node | None) -> object:
    """Everything of a node and of those below it, keys included."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        return mark(node), node.raw, node.style, node.tag
    if isinstance(node, Mapping):
        return mark(node), [(name, shape(key), shape(value)) for name, (key, value) in node.entries.items()]
    return mark(node), [shape(item) for item in node.items]


def answers(node: Node | None) -> Iterator[tuple[object, ...]]:
    """What nodes say of themselves without those below them."""
    if isinstance(node, Mapping):
        yield (
            list(node.names()),
            node.rows(),
            node.holds_texts(),
            [node.key_span(name) for name in node.names()],
        )
        for name in node.names():
            yield from answers(node.get(name))
    elif isinstance(node, Sequence):
        yield (node.named_texts("a", "k"),)
        for item in node.items:
            yield from answers(item)


def value(root: Node | None) -> str:
    """The plain value with the order of its keys and the types of its scalars."""
    try:
        return repr(None if root is None else plain(root))
    except ScalarError:
        return "no value"


def read(text: str, make: OutlineReader | None) -> tuple[object, ...]:
    """What is read of a document, with or without an outline."""
    diagnostics: list[Diagnostic] = []
    budget = Budget()
    place = Text("f", 3, 1)
    try:
        root = (compose if make is None else make.compose)(text, place, diagnostics, budget)
    except Broken as broken:
        return (broken.diagnostic,)
    # The answers first: they must not depend on nodes that are there.
    return value(root), list(answers(root)), shape(root), diagnostics


def assert_same(text: str) -> None:
    assert read(text, OutlineReader()) == read(text, None), text


def has_outline(text: str) -> bool:
    try:
        root = OutlineReader().compose(text, Text("f"), [], Budget())
    except Broken:
        return False
    return isinstance(root, OutlinedMapping | OutlinedSequence)


def soup(seed: int) -> str:
    """Lines at random: mostly deeper or less deep by one level than the one before."""
    random = Random(seed)
    depth, lines = 0, []
    for _ in range(random.randint(1, 9)):
        depth = max(0, depth + random.choice((-2, -1, -1, 0, 0, 0, 0, 1, 1)))
        lines.append("  " * depth + " " * (random.random() < 0.03) + random.choice(LINES))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("part", range(8))
def test_lines_at_random_are_read_as_the_parser_reads_them(part: int) -> None:
    reader = OutlineReader()
    for seed in range(part, 12_000, 8):
        text = soup(seed)
        assert read(text, reader) == read(text, None), text


def test_manifests_at_random_are_read_as_the_parser_reads_them() -> None:
    reader = OutlineReader()
    for seed in range(600):
        text = random_texts.text(seed).decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        for piece in text.split("\n---\n"):
            assert read(f"{piece}\n", reader) == read(f"{piece}\n", None), piece


WITH_OUTLINE = {
    "comments and blank lines": "# c\n\na: b # c\n# c\nc:\n  # c\n\n  d: e\n",
    "a separator": "---\na: b\n",
    "an end marker": "a: b\n...\n",
    "lists at the column of their key": "a:\n- b: c\n  d:\n  - e\nf: g\n",
    "a literal": "a: |\n  b: c\n   d\n\n  # e\nf: g\n",
    "a folded scalar in a list": "a:\n- b: >-\n    c\n    d\n- |\n  e\n",
    "a plain scalar on several lines": "a: b\n  c\n  'd'\ne: f\n",
    "a plain scalar below its key": "a:\n  b c\n  d\ne: f\n",
    "a quoted scalar on several lines": "a: 'b\n\n  c''s'\nd: \"e\n  f\\\n  \\ g\" # h\n",
    "a quoted scalar below its key": "a:\n  'b\n  c'\nd: e\n",
    "flow collections on a line": "a: [b, {c: d}, '*'] # e\nf: {}\ng: []\n",
    "escapes": 'a: "\\u2019\\t\\\\"\n',
    "keys that are not words": "1.50: a\nyes: b\n'c d': e\n",
    "null values": "a:\nb: ~\nc: null\nd:\n- e:\n  f:\n",
    "other scripts": "é: ü\na: 日本\n",
}
WITHOUT_OUTLINE = {
    "an anchor": "a: &b c\nd: *b\n",
    "a merge": "a: b\n<<: {c: d}\n",
    "a tag": "a: !!str b\n",
    "a key twice": "a: b\na: c\n",
    "a key twice in a flow collection": "a: {b: c, b: d}\n",
    "a tab": "a: b\t\n",
    "a flow collection on several lines": "a: [b,\n  c]\n",
    "a complex key": "? a\n: b\n",
    "an odd indentation": "a:\n    b: c\n  d: e\n",
    "a value and something below it": "a: b\n  c: d\n",
    "an indentation indicator": "a: |2\n    b\n",
    "infinity": "a: .inf\n",
    "text behind the end": "a: b\n...\nc: d\n",
    "another line break": "a: b\u2028c\n",
    "a byte order mark": "a: \ufeffb\n",
    "a comment in a plain scalar": "a: b\n  # c\n  d\n",
}


@pytest.mark.parametrize("name", WITH_OUTLINE)
def test_what_has_an_outline(name: str) -> None:
    assert has_outline(WITH_OUTLINE[name])
    assert_same(WITH_OUTLINE[name])


@pytest.mark.parametrize("name", WITHOUT_OUTLINE)
def test_what_is_left_to_the_parser(name: str) -> None:
    assert not has_outline(WITHOUT_OUTLINE[name])
    assert_same(WITHOUT_OUTLINE[name])


def test_rows_say_what_entries_hold() -> None:
    root = OutlineReader().compose("a: b\nc: |\n  d\ne: {}\nf:\n  g: h\n", Text("f"), [], Budget())
    assert isinstance(root, Mapping)
    assert [(row.name, row.raw, unpacked("f", row.place).line) for row in root.rows()] == [
        ("a", "b", 1),
        ("c", "d\n", 2),
        ("e", None, 4),
        ("f", None, 5),
    ]
    assert root.rows()[0] == Row(name="a", file="f", place=packed(root.key_span("a")), raw="b")


def test_items_of_two_strings() -> None:
    text = "- name: a\n  value: b\n- name: a\n  value: 1\n- name: a\n- name: a\n  value: b\n  x: y\n- name: ''\n  value: b\n"
    root = OutlineReader().compose(text, Text("f"), [], Budget())
    assert isinstance(root, Sequence)
    first, *others = root.named_texts("name", "value")
    assert isinstance(first, NamedText)
    assert (first.name, first.value, unpacked("f", first.place).column) == ("a", "b", 9)
    assert others == [None, None, None, None]


def test_a_long_document_is_counted() -> None:
    budget = Budget(100)
    assert OutlineReader().compose("a: b\nc: d\n", Text("f"), [], budget) is not None
    assert budget.left == 98


def test_a_reader_forgets_lines() -> None:
    """As many lines as it holds, and more, are read alike."""
    reader = OutlineReader()
    text = "".join(f"k{number}: v\n" for number in range(50_000))
    root = reader.compose(text, Text("f"), [], Budget())
    assert isinstance(root, Mapping)
    assert root.key_span("k7").line == 8
    assert root.key_span("k49999").line == 50_000
