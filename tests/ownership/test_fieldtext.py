"""What is read by line is what the parser reads."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cnilint.ownership.inputs.fieldtext import extract_fields_blocks
from cnilint.ownership.inputs.live import RecordState, read_dump

HEAD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: m
  managedFields:
  - apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1:
%s    manager: x
    operation: Apply
data:
  a: |
%s"""
BLOCK = '      f:data:\n        .: {}\n        k:{"name":"x"}:\n          f:a: {}\n        v:"y": {}\n'


def shown(value: dict[str, object], indent: int = 6) -> str:
    """A set as kubectl prints it."""
    lines = []
    for key, below in value.items():
        lines.append(f"{' ' * indent}{key}:" + ("" if below else " {}") + "\n")
        lines.append(shown(below, indent + 2))
    return "".join(lines)


def whole(text: str) -> list[object]:
    """What the parser alone makes of a dump, as long as a comment in the record keeps it from being read by line."""
    spoilt = text.replace("    fieldsV1:\n", "    fieldsV1: # all of it\n", 1)
    assert 8 not in extract_fields_blocks(spoilt.encode())[1]
    return [(live.value, live.record, live.entries) for live in read_dump("x", spoilt.encode()).objects]


def told(text: str) -> list[object]:
    return [(live.value, live.record, live.entries) for live in read_dump("x", text.encode()).objects]


def test_a_block_is_read_by_line() -> None:
    text = HEAD % (BLOCK, "    1\n")
    data, found = extract_fields_blocks(text.encode())
    assert list(found) == [8]
    assert data.count(b"\n") == text.count("\n")
    assert b"f:data" not in data
    assert told(text) == whole(text)


def test_what_only_looks_like_a_record_is_left_as_it_is() -> None:
    """The data of the ConfigMap is a dump itself."""
    inner = "".join(f"    {line}\n" for line in (HEAD % (BLOCK, "    1\n")).split("\n") if line)
    text = HEAD % (BLOCK, inner)
    (live,) = read_dump("x", text.encode()).objects
    assert live.record is RecordState.READ
    assert "f:data" in live.value["data"]["a"]
    assert told(text) == whole(text)


_SPOILERS = (
    "      f:data: null\n",
    "      f:data:\n",
    "      f:data: {f:a: {}}\n",
    "      f:data: {}\n        f:a: {}\n",
    "      f:data: {}\n      f:data: {}\n",
    "      f:data:\n          f:a: {}\n        f:b: {}\n",
    "      f:data:\n\n        f:a: {}\n",
    "      f:data:\n        # a comment\n        f:a: {}\n",
    "      f:data:\n        f:a: {} # a comment\n",
    '      "f:data": {}\n',
    "      f:a b: {}\n",
    "      ? f:data\n      : {}\n",
    "      - f:data: {}\n",
    "      f:data: &a {}\n",
    "      f:\u00e9: {}\n",
)


def test_other_forms_are_left_to_the_parser() -> None:
    for spoiler in _SPOILERS:
        text = HEAD % (spoiler, "    1\n")
        assert told(text) == whole(text), spoiler


_names = st.sampled_from(
    [".", "f:a", "f:a/b.c", 'k:{"name":"x"}', 'k:{"port":1,"protocol":"TCP"}', 'v:"y"', "v:1", "i:0"]
)
_sets = st.recursive(st.just({}), lambda below: st.dictionaries(_names, below, max_size=4), max_leaves=20)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(_names, _sets, min_size=1, max_size=4))
def test_random_sets(value: dict[str, object]) -> None:
    text = HEAD % (shown(value), "    1\n")
    assert extract_fields_blocks(text.encode())[1] == {8: value}
    assert told(text) == whole(text)
