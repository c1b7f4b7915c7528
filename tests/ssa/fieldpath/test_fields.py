"""FieldsV1: what is read, what is refused, how it is written."""

import pytest

from cnilint.ssa.fieldpath.elements import FieldsError
from cnilint.ssa.fieldpath.fields import (
    MAX_DEPTH,
    fields_from_json,
    leaves,
    parse_fields,
    path_text,
    paths,
    serialise_fields,
    subset,
)

REFUSED = [
    "",
    "  ",
    "[]",
    "42",
    '"x"',
    "{",
    "}",
    '{"',
    '{"f:a',
    '{"f:a"',
    '{"f:a":',
    '{"f:a":}',
    '{"f:a":{',
    '{"f:a":{]}',
    '{"f:a":[}',
    '{"f:a":1}',
    '{"f:a":""}',
    '{"f:a":[]}',
    '{"f:a":false}',
    '{"f:a":{},}',
    '{"f:a":{},,"f:b":{}}',
    '{"f:a":{} "f:b":{}}',
    '{"f:a"::{}}',
    '{"f:a\\',
    '{"f:\\u00',
    "{1:{}}",
    "{:1}",
    '{"":{}}',
    '{"f":{}}',
    '{":":{}}',
    '{"xy":{}}',
    '{"k:":{}}',
    '{"k:{":{}}',
    '{"k:[]":{}}',
    '{"k:1":{}}',
    '{"v:":{}}',
    '{"v:x":{}}',
    '{"v:NaN":{}}',
    '{"v:1 2":{}}',
    '{"i:":{}}',
    '{"i:x":{}}',
    '{"i:1.5":{}}',
    '{"f:a":{}}}',
    '{"f:a":{}}{}',
    '{"f:a":{}} 42',
    '{"f:a":{"f:b":1}}',
    "NaN",
]

WRITTEN = [
    ("null", "{}"),
    ("{}", "{}"),
    ('{"f:a":null}', '{"f:a":{}}'),
    ('{"f:a":{".":{}}}', '{"f:a":{}}'),
    ('{"f:a":{"x:b":{}}}', '{"f:a":{}}'),
    ('{"x:a":1,"f:b":{}}', '{"f:b":{}}'),
    ('{".":7,"f:b":{}}', '{"f:b":{}}'),
    ('{"f:b":{},"f:a":{"f:c":{},".":{}}}', '{"f:a":{".":{},"f:c":{}},"f:b":{}}'),
    ('{"f:a":{},"f:a":{"f:b":{}}}', '{"f:a":{".":{},"f:b":{}}}'),
    ('{"v: 3":{},"v:3.0":{}}', '{"v:3":{}}'),
    ('{"k:{ \\"b\\": 1.0, \\"a\\": \\"<\\" }":{}}', '{"k:{\\"a\\":\\"\\\\u003c\\",\\"b\\":1}":{}}'),
    ('{"i:+1":{},"v:true":{},"v:\\"a\\"":{},"v:2":{}}', '{"v:2":{},"v:\\"a\\"":{},"v:true":{},"i:1":{}}'),
    ('{"f:a.b/c":{}}', '{"f:a.b/c":{}}'),
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_server_cannot_decode_is_refused(text: str) -> None:
    with pytest.raises(FieldsError):
        parse_fields(text)


@pytest.mark.parametrize(("text", "written"), WRITTEN)
def test_sets_are_written_in_one_form(text: str, written: str) -> None:
    assert serialise_fields(parse_fields(text)) == written


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(FieldsError, match="deep"):
        parse_fields('{"f:a":' * (MAX_DEPTH + 2) + "{}" + "}" * (MAX_DEPTH + 2))
    with pytest.raises(FieldsError, match="deep"):
        parse_fields('{"f:a":' * 100_000)


def test_a_path_is_printed_as_kubernetes_does() -> None:
    text = '{"f:spec":{"k:{\\"name\\":\\"c\\",\\"port\\":80}":{"v:true":{},"i:2":{}}}}'
    assert [path_text(path) for path in paths(parse_fields(text))] == [
        '.spec[name="c",port=80][=true]',
        '.spec[name="c",port=80][2]',
    ]


def test_leaves_and_subsets() -> None:
    fields = fields_from_json({"f:a": {".": {}, "f:b": {}}, "f:c": {}})
    assert leaves(fields) == {"f:a": {"f:b": {}}, "f:c": {}}
    assert subset(fields, ("f:a",)) == {"f:b": {}}
    assert subset(fields, ("f:x", "f:y")) == {}
