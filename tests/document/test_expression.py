"""The language of the rules' data."""

import pytest

from cnilint.document import Mapping, read
from cnilint.document.expression import ExpressionError, Scope, condition, path, template

OBJECT = """\
kind: Thing
metadata: {name: db, annotations: {example.com/a: x}}
spec:
  empty: ""
  none: null
  "yes": true
  "no": false
  number: 5
  list: [{name: a, kind: Secret}, {name: b}, {other: c}, text]
  void: []
  map: {one: {name: p}, two: {name: q}}
  names: "x, y,,z "
  users: {my_user: [], other: []}
  files: [conf/app.ini, key=conf/x.pem, dir/]
  name: Big_Name!
"""
(_document,) = read("thing.yaml", OBJECT.encode())
assert isinstance(_document.root, Mapping)
ROOT = _document.root
ITEM = path("spec.list[]").select(Scope(ROOT, ROOT))[0]
SCOPE = Scope(ROOT, ITEM)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ["plain"]),
        ("{metadata.name}", ["db"]),
        ("{metadata.name}-app", ["db-app"]),
        ("a-{metadata.name}-b-{kind}", ["a-db-b-Thing"]),
        ('{metadata.annotations."example.com/a"}', ["x"]),
        ("{spec.missing}", []),
        ("pre-{spec.missing}", []),
        ("{spec.missing ?? metadata.name}", ["db"]),
        ("{spec.empty ?? metadata.name}", ["db"]),
        ("{spec.none ?? spec.missing ?? metadata.name}", ["db"]),
        ("{metadata.name ?? kind}", ["db"]),
        ("{spec.number}", []),
        ("{spec.number ?? metadata.name}", []),
        ("{spec.list}", []),
        ("{spec.list[].name}", ["a", "b"]),
        ("{metadata.name}-{spec.list[].name}", ["db-a", "db-b"]),
        ("{spec.map~}", ["one", "two"]),
        ("{spec~null}", ["none"]),
        ("{spec.map.(one|two|three).name}", ["p", "q"]),
        ("{spec.**.name}", ["Big_Name!", "a", "b", "p", "q"]),
        ("{spec.map.*.name}", ["p", "q"]),
        ("{spec.users~ | dashes}.{metadata.name}", ["my-user.db", "other.db"]),
        ("{spec.names | split}", ["x", "y", "z"]),
        ("{spec.files[] | file}", ["app.ini", "key", "dir"]),
        ("{spec.name | dns}", ["big-name"]),
        ("{.name}", ["a"]),
        ("{metadata.name}-{.name}", ["db-a"]),
        ("{.}", []),
        ("{spec.list[][]}", []),
        ("{metadata.name[]}", []),
        ("{metadata.name.deeper}", []),
        ("{metadata.name~}", []),
        ("{spec.yes}", []),
    ],
)
def test_a_template_makes_texts(text: str, expected: list[str]) -> None:
    assert [word.text for word in template(text).words(SCOPE)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metadata.name", True),
        ("spec.missing", False),
        ("spec.empty", False),
        ("spec.none", False),
        ("spec.yes", True),
        ("spec.no", False),
        ("spec.number", True),
        ("spec.void", False),
        ("spec.void[]", False),
        ("spec.list", True),
        ("spec.map", True),
        ("not spec.missing", True),
        ("not metadata.name", False),
        ("kind = Thing", True),
        ("kind = Other", False),
        ("not kind = Other", True),
        ("kind != Other", True),
        ("kind != Thing", False),
        ("spec.missing = x", False),
        ("spec.missing != x", True),
        ("spec.list[].name = b", True),
        ("spec.list[].name = z", False),
        ("spec.list = a", False),
        ("spec.yes = true", True),
        (".kind = Secret", True),
        (".kind = ConfigMap", False),
        ("spec.missing and kind", False),
        ("kind and metadata.name", True),
        ("spec.missing or kind", True),
        ("spec.missing and kind or metadata.name = db", True),
        ("kind = Thing and spec.missing or spec.no", False),
    ],
)
def test_a_condition_is_true_or_false(text: str, expected: bool) -> None:
    assert condition(text).holds(SCOPE) is expected


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("{metadata.name}-app", 2, 18),
        ("{spec.users~}", 13, 11),
        ("{metadata.name}-{.name}", 9, 17),
        ("{.name}-{metadata.name}", 9, 17),
    ],
)
def test_a_text_stands_where_its_most_telling_token_does(text: str, line: int, column: int) -> None:
    span = template(text).words(SCOPE)[0].span
    assert span is not None
    assert (span.line, span.column) == (line, column)


def test_a_literal_stands_nowhere() -> None:
    assert template("plain").words(SCOPE)[0].span is None


@pytest.mark.parametrize("text", ["{a b}", "{a.[}", "{a | nothing}", "{a ??}", "{a..b!}"])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        template(text)


@pytest.mark.parametrize("text", ["", "a =", "a b", "a = b = c", "a and and b", "a and ", "a !b"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        condition(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metadata.name", ["metadata.name"]),
        (".name", ["spec.list[0].name"]),
        (".", ["spec.list[0]"]),
        ("spec.list[].name", ["spec.list[0].name", "spec.list[1].name"]),
        ("spec.map.*.name", ["spec.map.one.name", "spec.map.two.name"]),
        ("spec.map.(two|one).name", ["spec.map.two.name", "spec.map.one.name"]),
        ("spec.map.**.name", ["spec.map.one.name", "spec.map.two.name"]),
        ("spec.(empty|none|missing)", []),
        ("spec.list.name", []),
    ],
)
def test_a_place_has_the_path_of_its_field(text: str, expected: list[str]) -> None:
    assert [found.path for found in path(text).locate(SCOPE, "spec.list[0]")] == expected


def test_nodes_and_places_agree() -> None:
    for text in ("spec.**.name", "spec.list[].kind", "spec.map.*", "spec.(map|list)", ".kind"):
        assert [found.node for found in path(text).locate(SCOPE)] == path(text).select(SCOPE)
