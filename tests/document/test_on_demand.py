"""What is read on demand is what is read at once: values, places, diagnostics."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnilint.document import Document, Mapping, Node, Scalar, Sequence, read
from cnilint.document.blocks import MAX_COLUMN
from cnilint.document.ondemand import uncomposed_value
from cnilint.document.scalars import ScalarError

HEAD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    note: x
  managedFields:
  - apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1:
      f:data:
        .: {}
        k:{"name":"x"}: {}
    manager: x
    operation: Apply
  name: m
spec:
%s
status: {}
"""
PLAIN = "  a: b"


def uncomposed(node: Node | None, path: str = "") -> Iterator[str]:
    """The paths of what has no nodes yet."""
    if node is None or isinstance(node, Scalar):
        return
    if uncomposed_value(node) is not None:
        yield path
        return
    for name, below in _members(node):
        yield from uncomposed(below, f"{path}.{name}".strip("."))


def _members(node: Mapping | Sequence) -> list[tuple[str, Node]]:
    if isinstance(node, Mapping):
        return [(name, entry.value) for name, entry in node.entries.items()]
    return [(str(index), item) for index, item in enumerate(node.items)]


def value_of(node: Node) -> object:
    if isinstance(node, Scalar):
        try:
            return node.data
        except ScalarError as error:
            return str(error)
    if isinstance(node, Mapping):
        return {name: value_of(entry.value) for name, entry in node.entries.items()}
    return [value_of(item) for item in node.items]


def shape(node: Node | None) -> object:
    """Everything of a node, with the places of all nodes below it."""
    if node is None:
        return None
    span = node.span
    if isinstance(node, Scalar):
        return node.raw, node.style, node.tag, span
    if isinstance(node, Mapping):
        return span, [(name, shape(entry.key), shape(entry.value)) for name, entry in node.entries.items()]
    return span, [shape(item) for item in node.items]


def values_on_demand(node: Node | None) -> Iterator[tuple[object, object]]:
    """The values of what has no nodes yet, and those of its nodes. Types count: True is not 1."""
    if node is None or isinstance(node, Scalar):
        return
    value = uncomposed_value(node)
    if value is not None:
        yield json.dumps(value), json.dumps(value_of(node))
        return
    for _, below in _members(node):
        yield from values_on_demand(below)


def assert_same(data: bytes) -> list[Document]:
    """Reads a text in both ways; what was read on demand, before it was wanted, as paths."""
    whole = read("d", data, everything=True)
    for one, other in zip(read("d", data, everything=True, on_demand=True), whole, strict=True):
        assert (one.line, one.broken, one.diagnostics) == (other.line, other.broken, other.diagnostics)
        for early, late in values_on_demand(one.root):
            assert early == late
        assert shape(one.root) == shape(other.root)
    return whole


def parts(data: bytes) -> list[str]:
    return [path for document in read("d", data, on_demand=True) for path in uncomposed(document.root)]


def test_a_printed_object_is_read_on_demand() -> None:
    data = (HEAD % PLAIN).encode()
    assert parts(data) == ["metadata.managedFields", "spec"]
    assert_same(data)


@pytest.mark.parametrize("indent", [0, 2])
def test_the_items_of_a_list_are_read_on_demand(indent: int) -> None:
    lines = (HEAD % PLAIN).splitlines()
    item = "\n".join(
        " " * indent + ("- " if number == 0 else "  ") + line for number, line in enumerate(lines)
    )
    data = f"apiVersion: v1\nitems:\n{item}\n{item}\nkind: List\nmetadata:\n  resourceVersion: ''\n".encode()
    assert parts(data) == [f"items.{n}.{name}" for n in (0, 1) for name in ("metadata.managedFields", "spec")]
    assert_same(data)


REGULAR = (
    "  - a\n  - b: 1\n    c: 2\n  - {}\n  - []",
    "  a:\n  - b\n  - c:\n    - d\n  e:\n    f: g",
    "  a:\n    - b\n  c: null\n  d: ~\n  e:\n  f: 1",
    "  a: 0o17\n  b: 1e3\n  c: yes\n  d: 1:30\n  e: 2020-01-01\n  f: 99999999999999999999\n  g: -0",
    "  yes: 1\n  1: 2\n  1.5: x\n  0x10: y\n  '8': z\n  \"n\": a",
    "  a: 'it''s'\n  b: \"q\\\" \\\\ \\n\\t\"\n  c: ''\n  d: \"\"",
    "  a: |\n    one\n\n     two\n  b: |-\n    x\n  c: |+\n    y\n\n  d: |\n\n    z",
    "  - |\n    one\n\n    two\n  - x: |\n      y\n    z: 1",
    "  a: one two\n    three four\n  b: 'one two\n    three'\n  c: \"one\n    two\"",
    "  a: http://x:80/y#z\n  b: a'b\"c\n  c: -x\n  d: a {b}\n  e: x&y",
    "  a: \u00e9\u4e2d\U0001f600\n  b: 'x\ty'\n  c: |\n    x\ty",
    '  f:a:\n    k:{"b":1}: {}\n    v:"c": {}\n    .: {}',
)
SPOILERS = (
    f"  {'a' * 1020}: b",
    f"  {'a' * 1030}: b",
    "  a: b" + "\n    c" * 3000,
    "  - |\n    one\n   \n    two",
    "  a: b # comment",
    "  # comment\n  a: b",
    "  a: b\n\n  c: d",
    "  a: {b: c}",
    "  a: [b]",
    "  a: &x b\n  c: *x",
    "  a: !!str 1",
    "  a: b\n  a: c",
    "  <<: {a: b}",
    "  ? a\n  : b",
    "  a: >\n    folded",
    "  a: |2\n     indented",
    "  a: |\n     b\n    c",
    "  a: |\n\tb",
    "  a: b\n c: d",
    "  a:\n      b: 1\n    c: 2",
    "  a:\n    b: 1\n  c:\n        d: 1\n    e: 2",
    "  a:\n  - b\n  c: d\n  - e",
    "  - a\n  b: c",
    "  a: b: c",
    "  a: b:",
    "  a: 'b",
    '  a: "b',
    '  a: "b\n\n    c"',
    "  a: 'b\n\n    c'",
    '  a: "\\x41\\u263a\\e"',
    '  a: "\\/"',
    "  a: @b",
    "  a: `b",
    "  a: %b",
    "  a: - b",
    "  -",
    "  - - a\n    - b",
    "  a:\tb",
    "  a: b\tc",
    "  a: b\t#c",
    "  a: .inf",
    "  a: .nan",
    "  null: a",
    "  99999999999999999999: a",
    "  a: b\n    - c",
    "  a: b\n    'c'",
    "  a: b\n    c: d",
    "  a:\n    b\n    c",
    "  a: b\r\n  c: d",
    "  a: b\rc",
    "  a: b\u2028  c: d",
    "  a: b\x85c",
    "  a: \ufeffb",
    "  a: \x07b",
    "  a: b\n---\n  c: d",
    "  a: b\n...\nc: d",
    "  a: b   ",
    "  a:   b",
    "  a b: c",
    "  'a''b': c",
    '  "a\\nb": c',
    "  a: |\n    b\n#c",
    "  a: b\n# c",
    "  a: b\n  ",
    "  a: |\n    b\n\n",
    "  a: |+\n    b\n\n",
    "",
    "  ",
)


@pytest.mark.parametrize("block", REGULAR)
def test_regular_blocks(block: str) -> None:
    data = (HEAD % block).encode()
    assert "spec" in parts(data)
    assert_same(data)


@pytest.mark.parametrize("block", [*REGULAR, *SPOILERS])
@pytest.mark.parametrize("end", ["\n", "", "\n\n", "\n# end\n", "\n---\n"])
def test_other_blocks_are_left_to_the_parser(block: str, end: str) -> None:
    text = HEAD % block
    for one in (text, text.removesuffix("status: {}\n")):
        assert_same((one.removesuffix("\n") + end).encode())


def test_what_only_looks_like_a_part_is_left_as_it_is() -> None:
    """A text at the column of an object's keys."""
    data = b"apiVersion: v1\nkind: C\nnote: 'a\n\nspec:\n\n  a: b'\n"
    assert parts(data) == []
    assert_same(data)
    listed = b"kind: List\nnote: |\n  spec:\n    a: b\nitems:\n- kind: C\n  spec:\n    c: d\n"
    assert_same(listed)


def test_deep_blocks_are_left_to_the_parser() -> None:
    deep = (
        "".join(f"{'  ' * level}a:\n" for level in range(1, MAX_COLUMN // 2 + 2))
        + "  " * (MAX_COLUMN // 2 + 2)
        + "b: 1"
    )
    data = (HEAD % deep).encode()
    assert parts(data) == ["metadata.managedFields"]
    assert_same(data)


_line = st.sampled_from(
    [line for block in (*REGULAR, *SPOILERS) for line in block.split("\n")]
    + [
        "    x: y",
        "  z: 1",
        "  - q",
        "      deep: {}",
        "  spec:",
        "  managedFields:",
        "metadata:",
        "items:",
        "- a: b",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_line, min_size=1, max_size=8))
@example(["  managedFields:", "  - q"])
def test_random_lines(lines: list[str]) -> None:
    assert_same((HEAD % "\n".join(lines)).encode("utf-8", "surrogatepass"))


JSON = '{"apiVersion": "v1", "kind": "C", "metadata": {"name": "m", "managedFields": [{"manager": "x"}]}, "spec": %s}'
ODD_JSON = (
    '{"a": 1, "a": 2}',
    '{"a": {"b": 1, "b": {}}}',
    '{"a": "\\ud83d\\ude00", "b": "\\ud83d", "\\udc00": 1}',
    '{"a": NaN}',
    '{"a": -Infinity}',
    '{"a": 1e999}',
    '{"a": -0, "b": -0.0, "c": 1E5, "d": 1.0, "e": 123456789012345678901234567890, "f": 9223372036854775808}',
    '{"a": 01}',
    '{"a": 1.}',
    '{"a": .5}',
    '{"a": +1}',
    '{"a": "\t"}',
    '{"a": "\\x"}',
    '{"a": "\\u12"}',
    "{'a': 1}",
    '{"a": 1,}',
    "[1, 2,]",
    '{"a" 1}',
    '{"a": [1, [2, {"b": []}]]} trailing',
    '{"a": tru}',
    '{"a": "unclosed}',
    "[" * 120 + "]" * 120,
    "[" * 3000 + "]" * 3000,
    "[" * 20_000,
    '{"a": "\u2028\u00e9", "\x7f": "\u0000"}',
    "1" * 5000,
    '{"items": [{"spec": {"a": 1}}]}',
    "[]",
    "{}",
    '"text"',
    '{"a" : 1, "a" : 2}',
    '{"a"\n: 1, "a": 2, "b": ":"}',
    '{"a\\\\": 1, "a": 2, "a": 3}',
    '{"a": ":80", "b": ": "}',
    '{"a": ":80", "a": 1}',
    '{"a": "{\\"b\\": 1}", "a": {}}',
    '{"a": "x", "b": "y", "a": "z"}',
    '{"a": "x", "b": "y",}',
    '{"a": "x" "b": "y"}',
)


@pytest.mark.parametrize("value", ODD_JSON)
def test_odd_json(value: str) -> None:
    whole = JSON % value
    for text in (
        whole,
        "\ufeff" + whole,
        f"{whole}\n{whole}",
        f"{whole} garbage",
        f'{{"apiVersion": "v1", "kind": "List", "items": [{whole}, {whole}]}}',
        f'{{"items": {value}, "metadata": {value}}}',
        whole.replace(" ", "\r\n"),
    ):
        if "[" * 200 not in text:
            assert_same(text.encode("utf-8", "surrogatepass"))
        else:
            _assert_same_faults(text.encode())


def _assert_same_faults(data: bytes) -> None:
    """For texts that are nested too deep for the recursions of these tests."""
    one, other = (read("d", data, everything=True, on_demand=choice) for choice in (True, False))
    assert [each.broken for each in one] == [each.broken for each in other]


_text = st.lists(st.sampled_from(["a", ":", " ", '\\"', "\\\\", '\\":', "{", ",", "\\n"]), max_size=3).map(
    "".join
)
_colon = st.sampled_from([":", ": ", " : ", "\n:"])


@st.composite
def _object(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    members = draw(st.lists(st.tuples(_text, _colon, values), max_size=4))
    return "{" + ",".join(f'"{key}"{colon}{value}' for key, colon, value in members) + "}"


_json = st.recursive(
    st.one_of(_text.map('"{}"'.format), st.sampled_from(["1", "null", "{}", "[]"])),
    lambda below: st.one_of(
        _object(below), st.lists(below, max_size=3).map(lambda items: f"[{','.join(items)}]")
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(_json)
@example('{"a" :1,"a":2,"b":":"}')
def test_random_keys_of_json(value: str) -> None:
    assert_same((JSON % value).encode())
    assert_same(f'{{"kind": "C", "metadata": {{"labels": {value}}}}}'.encode())


def test_json_is_read_on_demand() -> None:
    data = (JSON % '{"a": [1, {"b": null}]}').encode()
    assert parts(data) == ["metadata.managedFields", "spec"]
    assert_same(data)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats() | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "spec", "items", "metadata", "managedFields", "\u00e9"]), below
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(
    _json,
    st.sampled_from([None, 4]),
    st.integers(0, 400),
    st.sampled_from(["", "}", ",", '"', "x", "\\ud800", "e9"]),
)
def test_random_json(value: object, indent: int | None, place: int, spoiler: str) -> None:
    text = JSON % json.dumps(value, indent=indent)
    assert_same(text.encode())
    listed = json.dumps({"kind": "List", "items": [value, {"spec": value}]}, indent=indent)
    assert_same((listed[:place] + spoiler + listed[place:]).encode())
