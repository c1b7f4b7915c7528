"""What the reader says: the message, its place and its arguments."""

import pytest

from cnilint.document import Broken, Diagnostic, read
from cnilint.document.errors import shown, too_deep, too_many_values
from cnilint.document.limits import MAX_BYTES, MAX_DEPTH, Budget
from cnilint.document.node import Text
from cnilint.document.yaml import compose

_NO_TOKEN = "not valid YAML: while scanning for the next token, found character that cannot start any token"
MESSAGES = [
    ("a: 1\nb: 2\na: 3\n", "CNI124", (3, 1), "duplicate key `a`: only the last value applies"),
    ("yes: 1\ny: 2\n", "CNI124", (2, 1), "duplicate key `true`: only the last value applies"),
    ('{"a": 1, "a": 2}', "CNI124", (1, 10), "duplicate key `a`: only the last value applies"),
    ("b: &b {a: 1}\nc: {a: 2, <<: *b}\n", "CNI124", (2, 5), "key `a` is overridden by the merge in line 2"),
    ("a: 1\n...\nb: 2\n", "CNI125", (3, 1), "content after the end of the document is ignored by kubectl"),
    ("a: 1\n--- b\nc: 1\n", "CNI125", (2, 5), "text after the document separator `---`: kubectl refuses the stream"),
    ("a: *b\n", "CNI901", (1, 4), "alias has no anchor in this document"),
    ("a: &a [*a]\n", "CNI901", (1, 8), "anchor contains itself"),
    ("[a]: 1\n", "CNI901", (1, 1), "expected a string as key, found a sequence"),
    ("? {a: b}\n: 1\n", "CNI901", (1, 3), "expected a string as key, found a mapping"),
    ("null: 1\n", "CNI901", (1, 1), "expected a string as key, found null or too large a number"),
    ("<<: 1\n", "CNI901", (1, 5), "expected a mapping to merge (`<<`), found a scalar"),
    ("<<: [1]\n", "CNI901", (1, 6), "expected a mapping to merge (`<<`), found a scalar"),
    ("a: !!int x\n", "CNI901", (1, 4), "value does not match its tag `!!int`"),
    ("a: !!binary '*'\n", "CNI901", (1, 4), "value tagged `!!binary` is not base64"),
    ("a: .inf\n", "CNI901", (1, 4), "infinity and NaN cannot be represented in JSON"),
    ('a: "\\/"\n', "CNI901", (1, 5), "not valid YAML: the escape `\\/` is valid in JSON only"),
    ("a: @b\n", "CNI901", (1, 4), _NO_TOKEN),
    ('{"a": 1 2}', "CNI901", (1, 9), "not valid JSON: expected `,` or `}`, found `2`"),
    ('{"a": [1', "CNI901", (1, 9), "not valid JSON: expected `,` or `]`, found the end of the text"),
    ("{a: 1}{", "CNI901", (1, 2), "not valid JSON: expected a key in double quotes, found `a`"),
    ('{"a" 1}', "CNI901", (1, 6), "not valid JSON: expected `:` after the key, found `1`"),
    ('{"a": tru}', "CNI901", (1, 7), "not valid JSON: expected a value, found `t`"),
    ('{"a": \x1b', "CNI901", (1, 7), "not valid JSON: expected a value, found `\\x1b`"),
    ('{"a": "b', "CNI901", (1, 7), "not valid JSON: unterminated string"),
]  # fmt: skip


def diagnostics(data: bytes) -> list[Diagnostic]:
    return [
        found
        for document in read("f", data, everything=True)
        for found in (document.broken, *document.diagnostics)
        if found is not None
    ]


@pytest.mark.parametrize(("text", "code", "place", "message"), MESSAGES)
def test_message(text: str, code: str, place: tuple[int, int], message: str) -> None:
    (found,) = diagnostics(text.encode())
    assert (found.code, (found.span.line, found.span.column), str(found.message)) == (code, place, message)


def test_names_are_arguments() -> None:
    (found,) = diagnostics(b"level: 1\nlevel: 2\n")
    assert not isinstance(found.message, str)
    assert found.message.arguments == {"key": "level"}
    assert "line 1" in found.hint


def test_braces_in_a_name_are_text() -> None:
    (found,) = diagnostics(b"'{x}': 1\n'{x}': 2\n")
    assert "`{x}`" in str(found.message)


def test_bytes_that_are_not_utf8() -> None:
    (found,) = diagnostics(b"a: \xff\n")
    assert (found.code, found.span.column) == ("CNI902", 4)
    assert str(found.message) == "invalid UTF-8: kubectl silently replaces it by U+FFFD"


def test_a_file_above_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_BYTES == 64 << 20
    monkeypatch.setattr("cnilint.document.stream.MAX_BYTES", 1 << 20)
    (found,) = diagnostics(b"#" * (3 << 20))
    assert str(found.message) == "file has 3 MiB; the limit is 1 MiB"


@pytest.mark.parametrize("text", ["a: [1, 2, 3]\n", "a: 1\nb: 2\nc: 3\n"])
def test_a_budget_limits_the_values(text: str) -> None:
    with pytest.raises(Broken, match="more than 3,000,000 values") as raised:
        compose(text, Text("f"), [], Budget(4))
    assert raised.value.diagnostic.code == "CNI902"


def test_a_budget_is_shared_by_the_documents_of_a_file() -> None:
    budget = Budget(20)
    compose("a: 1\n", Text("f"), [], budget)
    left = budget.left
    compose("a: 1\n", Text("f"), [], budget)
    assert budget.left < left < 20


def test_limits_are_in_the_messages() -> None:
    span = Text("f").span(_Start(), _Start())
    assert str(too_deep(span)) == f"nested deeper than {MAX_DEPTH:,} levels"
    assert str(too_many_values(span)) == "file holds more than 3,000,000 values"


class _Start:
    line = column = index = 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("level", "level"),
        ("größe", "größe"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb", "a\\nb"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 80 + "..."),
    ],
)
def test_shown(name: str, expected: str) -> None:
    assert shown(name) == expected
