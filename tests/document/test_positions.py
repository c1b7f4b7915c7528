"""Where values stand: lines and columns from 1 in code points, ends exclusive, of the very token."""

import pytest

from cnilint.document import Diagnostic, Mapping, Node, Scalar, Sequence, Span, child, read, walk
from cnilint.manifest.object import objects


def _spans(data: bytes) -> dict[str, tuple[int, int, int, int]]:
    """The place of every scalar value of a text, and of every key with a colon behind its name."""
    places: dict[str, tuple[int, int, int, int]] = {}
    for document in read("f", data, everything=True):
        assert document.broken is None
        for node in walk(document.root) if document.root else ():
            if isinstance(node, Mapping):
                places |= {f"{entry.key.raw}:": _place(entry.key.span) for entry in node.entries.values()}
            elif isinstance(node, Scalar):
                places[node.raw] = _place(node.span)
    return places


def _place(span: Span) -> tuple[int, int, int, int]:
    return span.line, span.column, span.end_line, span.end_column


POSITIONS = {
    "plain": ("key: value", {"key:": (1, 1, 1, 4), "value": (1, 6, 1, 11)}),
    "quotes belong to the token": ("'k': \"v\"", {"k:": (1, 1, 1, 4), "v": (1, 6, 1, 9)}),
    "emoji is one column": ("😀: [😀😀, x]", {"😀:": (1, 1, 1, 2), "x": (1, 9, 1, 10)}),
    "combining marks are columns": ("e\u0301: x", {"e\u0301:": (1, 1, 1, 3), "x": (1, 5, 1, 6)}),
    "tab is one column": ("k:\t\tv\t# c", {"v": (1, 5, 1, 6)}),
    "carriage returns": ("a: b\r\nc:\r\n  d: e\r\n", {"c:": (2, 1, 2, 2), "e": (3, 6, 3, 7)}),
    "byte order mark counts for nothing": ("\ufeffa: b", {"a:": (1, 1, 1, 2), "b": (1, 4, 1, 5)}),
    "byte order mark of a later document": ("a: b\n---\n\ufeffc: d", {"c:": (3, 2, 3, 3), "d": (3, 5, 3, 6)}),
    "lone carriage return ends no line": ("a: b\rc: d\ne: f", {"d": (1, 9, 1, 10), "e:": (2, 1, 2, 2)}),
    "next line character ends no line": ("a: b\x85c: d\ne: f", {"d": (1, 9, 1, 10), "f": (2, 4, 2, 5)}),
    "line separator ends no line": ("a: b\u2028c: d\ne: f", {"c:": (1, 6, 1, 7), "e:": (2, 1, 2, 2)}),
    "later documents": ("a: b\n---\nc: d\n--- # x\n\ne: f\n", {"d": (3, 4, 3, 5), "e:": (6, 1, 6, 2)}),
    "leading separator": ("---\na: b\n---\n---\nc: d", {"a:": (2, 1, 2, 2), "d": (5, 4, 5, 5)}),
    "block scalar is its indicator": (
        "a: |\n  x\n  y\nb: >-\n  z",
        {"x\ny\n": (1, 4, 1, 5), "z": (4, 4, 4, 5)},
    ),
    "flow over lines": (
        "a: {b: [c,\n  d], 'e':\n f}",
        {"d": (2, 3, 2, 4), "e:": (2, 7, 2, 10), "f": (3, 2, 3, 3)},
    ),
    "plain scalar over lines": ("a: b\n  c\nd: e", {"b c": (1, 4, 2, 4), "e": (3, 4, 3, 5)}),
    "quoted scalar over lines": ("a: 'b\n  c' # x", {"b c": (1, 4, 2, 5)}),
    "masked colons": (
        "a: [b:c, 😀:x, {d:e: f}]\ng: h",
        {"😀:x": (1, 10, 1, 13), "d:e:": (1, 16, 1, 19), "h": (2, 4, 2, 5)},
    ),
    "anchored": ("a: &x b\nc: &y\n  d: e", {"d:": (3, 3, 3, 4)}),
    "JSON": ('{"a": {"b": [1,\n "c"]}}', {"b:": (1, 8, 1, 11), "1": (1, 14, 1, 15), "c": (2, 2, 2, 5)}),
    "JSON with surrogate pairs": (
        '{"\\ud83d\\ude00": "😀", "b": 1}',
        {"😀:": (1, 2, 1, 16), "1": (1, 28, 1, 29)},
    ),
    "JSON in a row": ('{"a": 1}\n\n{"b": 2}', {"b:": (3, 2, 3, 5)}),
    "JSON with tabs and carriage returns": ('{\r\n\t"a":\t1}', {"a:": (2, 2, 2, 5), "1": (2, 7, 2, 8)}),
}


@pytest.mark.parametrize(("text", "expected"), POSITIONS.values(), ids=POSITIONS.keys())
def test_position(text: str, expected: dict[str, tuple[int, int, int, int]]) -> None:
    found = _spans(text.encode())
    assert {name: found.get(name) for name in expected} == expected


def test_utf_16_has_the_positions_of_its_text() -> None:
    text = "a: 😀b\n---\nc: [d, 😀]\n"
    assert _spans(b"\xff\xfe" + text.encode("utf-16-le")) == _spans(text.encode())


def _root(text: str) -> Node:
    (document,) = read("f", text.encode(), everything=True)
    assert document.root is not None
    return document.root


def test_alias_stands_at_its_use() -> None:
    root = _root("a: &x {b: [c, {d: e}]}\nf: *x\n")
    copy = child(root, "f")
    assert copy is not None
    assert {_place(node.span) for node in walk(copy)} == {(2, 4, 2, 6)}
    assert isinstance(copy, Mapping)
    assert _place(copy.entries["b"].key.span) == (2, 4, 2, 6)


def test_alias_to_a_block_scalar_stands_at_its_use() -> None:
    node = child(_root("a: &x |\n  b\nc: *x\n"), "c")
    assert isinstance(node, Scalar)
    assert (node.data, _place(node.span)) == ("b\n", (3, 4, 3, 6))


def test_merged_keys_stand_at_the_alias() -> None:
    merged = child(_root("x: &x {a: 1}\ny: &y {b: 2}\nz:\n  <<: [*x, *y]\n  c: 3\n"), "z")
    assert isinstance(merged, Mapping)
    keys = {name: _place(entry.key.span) for name, entry in merged.entries.items()}
    assert keys == {"a": (4, 8, 4, 10), "b": (4, 12, 4, 14), "c": (5, 3, 5, 4)}


def test_collections_span_their_text() -> None:
    root = _root("a: [b,\n c]\n")
    assert isinstance(root, Mapping)
    node = root.get("a")
    assert isinstance(node, Sequence)
    assert _place(node.span) == (1, 4, 2, 4)


def test_objects_of_a_list_stand_at_their_names() -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata:\n    name: a\n- metadata: {name: b}\n- {}\n"
    )
    (document,) = read("f", text.encode())
    found = [(obj.path, obj.kind, obj.name, obj.span.line, obj.span.column) for obj in objects(document)]
    assert found == [
        ("items[0]", "ConfigMap", "a", 5, 11),
        ("items[1]", "ConfigMap", "b", 6, 20),
        ("items[2]", "ConfigMap", "", 7, 3),
    ]


FAULTS = {
    "key twice": ("kind: T\na: 1\n'a': 2\n", "CNI124", (3, 1, 3, 4)),
    "key twice in JSON": ('{"kind": "T",\n "a": 1, "a": 2}', "CNI124", (2, 10, 2, 13)),
    "boolean keys are one": ("kind: T\non: 1\ny: 2\n", "CNI124", (3, 1, 3, 2)),
    "merge below the key it overwrites": (
        "kind: T\nx: &x {k: 1}\nm:\n  k: 2\n  <<: *x\n",
        "CNI124",
        (4, 3, 4, 4),
    ),
    "document behind an end": ("kind: T\n...\nkind: U\n", "CNI125", (3, 1, 3, 2)),
    "nonsense behind an end": ("kind: T\n...\n@\n", "CNI125", (3, 1, 3, 2)),
    "text behind a separator": ("kind: T\n---  foo \nkind: U\n", "CNI125", (2, 6, 2, 9)),
    "text at a separator": ("kind: T\n---foo\n", "CNI125", (2, 4, 2, 7)),
    "text behind the first separator": ("--- {a: b}\nkind: T\n", "CNI125", (1, 5, 1, 11)),
    "not UTF-8": (b"kind: T\nk: \xc3\xa9\xe9\n", "CNI902", (2, 5, 2, 6)),
    "not UTF-16": (
        b"\xff\xfe" + "kind: T\nk: ".encode("utf-16-le") + b"\x00\xdc\n\x00",
        "CNI902",
        (2, 4, 2, 5),
    ),
}


@pytest.mark.parametrize(("text", "code", "place"), FAULTS.values(), ids=FAULTS.keys())
def test_silent_fault(text: str | bytes, code: str, place: tuple[int, int, int, int]) -> None:
    """What kubectl passes over in silence, or what does not keep the rest from being read."""
    diagnostics = _faults(text if isinstance(text, bytes) else text.encode())
    assert [(fault.code, _place(fault.span)) for fault in diagnostics] == [(code, place)]


def _faults(data: bytes) -> list[Diagnostic]:
    documents = read("f", data)
    assert [document.broken for document in documents] == [None] * len(documents)
    return [fault for document in documents for fault in document.diagnostics]


HONEST = {
    "override of a merge": "kind: T\nx: &x {k: 1}\nm:\n  <<: *x\n  k: 2\n",
    "merge of what stands there": "kind: T\nx: &x {k: 1}\nm:\n  k: 1\n  <<: *x\n",
    "two merges": "kind: T\nx: &x {k: 1}\ny: &y {k: 2}\nm:\n  <<: *x\n  <<: *y\n",
    "keys that differ by case": "kind: T\na: 1\nA: 2\n",
    "comment behind an end": "kind: T\n...\n# c\n---\nkind: U\n",
    "bad bytes without an object": "# caf\udce9",
}


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST.keys())
def test_no_fault(text: str) -> None:
    assert _faults(text.encode("utf-8", "surrogateescape")) == []


BROKEN = {
    "unbalanced": ("kind: T\na: [b\n\n", "CNI901", (2, 5)),
    "tab": ("kind: T\na:\n\tb: c\n", "CNI901", (3, 1)),
    "control character": ("kind: T\nä: \x07\n", "CNI901", (2, 4)),
    "byte that is not UTF-8 behind a mark": (b"\xef\xbb\xbfkind: T\n\xc3\xa9: \xe9\n", "CNI902", (2, 4)),
    "unknown anchor": ("kind: T\na: *b\n", "CNI901", (2, 4)),
    "anchor in itself": ("kind: T\na: &b [*b]\n", "CNI901", (2, 8)),
    "mapping as a key": ("kind: T\n? {a: b}\n: c\n", "CNI901", (2, 3)),
    "null as a key": ("kind: T\n~: c\n", "CNI901", (2, 1)),
    "infinity": ("kind: T\na: [b, .inf]\n", "CNI901", (2, 8)),
    "tag and value": ("kind: T\na: !!int b\n", "CNI901", (2, 4)),
    "JSON": ('{"kind": "T",\n "é" 1}', "CNI901", (2, 6)),
    "JSON number": ('{"kind": "T",\n "a": 1e999}', "CNI901", (2, 7)),
}


@pytest.mark.parametrize(("text", "code", "place"), BROKEN.values(), ids=BROKEN.keys())
def test_broken(text: str | bytes, code: str, place: tuple[int, int]) -> None:
    (document,) = read("f", text if isinstance(text, bytes) else text.encode())
    assert document.broken is not None
    assert (document.broken.code, document.broken.span.line, document.broken.span.column) == (code, *place)
