"""Edits of node trees: what they change, what they share with the old tree, and where new nodes point to."""

import pytest

from cnilint.document import Mapping, Node, Plain, Scalar, Sequence, child, plain, read
from cnilint.document.edit import (
    edited,
    head,
    rebuilt,
    tail,
    text_at,
    with_entries,
    with_entry,
    with_items,
    with_value,
    without,
)

TEXT = """\
kind: T
metadata: {name: web, labels: {app: web}}
items:
- {name: a, tags: [u, v]}
- {name: b}
none: null
"""


def parsed(text: str) -> Mapping:
    (document,) = read("f", text.encode(), everything=True)
    assert isinstance(document.root, Mapping)
    return document.root


def scalar(text: str) -> Scalar:
    value = parsed(f"k: {text}\n").get("k")
    assert isinstance(value, Scalar)
    return value


def upper(node: Node) -> Node:
    assert isinstance(node, Scalar)
    return text_at(node, node.raw.upper())


def same(node: Node) -> Node:
    return node


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("kind",), {"kind": "new"}),
        (("metadata", "name"), {"metadata": {"name": "new", "labels": {"app": "web"}}}),
        (("metadata", "labels", "app"), {"metadata": {"name": "web", "labels": {"app": "new"}}}),
        (("spec", "template", "x"), {"spec": {"template": {"x": "new"}}}),
        (("kind", "below", "a", "scalar"), {"kind": {"below": {"a": {"scalar": "new"}}}}),
        (("items", "x"), {"items": {"x": "new"}}),
        (("none", "x"), {"none": {"x": "new"}}),
    ],
)
def test_with_value(path: tuple[str, ...], expected: dict[str, Plain]) -> None:
    old = parsed(TEXT)
    before = plain(old)
    assert isinstance(before, dict)
    assert plain(with_value(old, path, scalar("new"))) == {**before, **expected}
    assert plain(old) == before, "the old tree is as it was"


def test_what_is_not_on_the_way_is_shared() -> None:
    old = parsed(TEXT)
    new = with_value(old, ("metadata", "name"), scalar("new"))
    assert new.get("items") is old.get("items")
    assert child(new, "metadata", "labels") is child(old, "metadata", "labels")
    assert new.get("metadata") is not old.get("metadata")


def test_added_mappings_have_the_position_of_the_value() -> None:
    value = scalar("new")
    new = with_value(parsed(TEXT), ("spec", "x"), value)
    added = new.get("spec")
    assert added is not None
    assert added.span == value.span == new.entries["spec"].key.span


def test_a_known_key_keeps_its_position() -> None:
    old = parsed(TEXT)
    value = scalar("new")
    new = with_entry(old, text_at(value, "kind"), "kind", value)
    assert new.entries["kind"].key is old.entries["kind"].key
    assert list(new.entries) == list(old.entries)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("kind",), {"kind": "T"}),
        (("metadata", "name"), {"metadata": {"name": "WEB", "labels": {"app": "web"}}}),
        (("items", "name"), {"items": [{"name": "A", "tags": ["u", "v"]}, {"name": "B"}]}),
    ],
)
def test_edited(path: tuple[str, ...], expected: dict[str, Plain]) -> None:
    old = parsed(TEXT)
    before = plain(old)
    assert isinstance(before, dict)
    assert plain(edited(old, path, upper)) == {**before, **expected}


@pytest.mark.parametrize(
    "path",
    [("missing",), ("none",), ("none", "x"), ("kind", "below"), ("items", "missing"), ("metadata", "x")],
)
def test_edited_leaves_what_is_missing_or_null(path: tuple[str, ...]) -> None:
    old = parsed(TEXT)
    assert edited(old, path, upper) is old


@pytest.mark.parametrize("path", [("kind",), ("metadata", "labels", "app"), ("items", "name")])
def test_edited_returns_the_node_itself_when_nothing_changed(path: tuple[str, ...]) -> None:
    old = parsed(TEXT)
    assert edited(old, path, same) is old


def test_a_list_at_the_end_of_a_path_is_changed_as_a_whole() -> None:
    def emptied(node: Node) -> Node:
        assert isinstance(node, Sequence)
        return with_items(node, [])

    assert plain(edited(parsed(TEXT), ("items", "tags"), emptied)) == {
        "kind": "T",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "items": [{"name": "a", "tags": []}, {"name": "b"}],
        "none": None,
    }


def test_without() -> None:
    old = parsed(TEXT)
    assert list(without(old, "kind").entries) == ["metadata", "items", "none"]
    assert without(old, "missing") is old
    assert with_entries(old, {}).span == old.span


@pytest.mark.parametrize(
    ("token", "first", "last"),
    [
        ("key=value", (4, 7), (8, 13)),
        ("'key=value'", (5, 8), (9, 14)),
        ('"key=value"', (5, 8), (9, 14)),
        ('"key\\x3dvalue"', (4, 18), (4, 18)),
        ("'key=''lue'", (4, 15), (4, 15)),
    ],
    ids=["plain", "single quotes", "double quotes", "escape", "escaped quote"],
)
def test_parts_of_a_string_have_columns_unless_it_has_escapes(
    token: str, first: tuple[int, int], last: tuple[int, int]
) -> None:
    whole = scalar(token)
    key, _, value = whole.raw.partition("=")
    spans = [head(whole, key).span, tail(whole, value).span]
    assert [(span.column, span.end_column) for span in spans] == [first, last]


def test_parts_of_a_folded_string_have_the_position_of_the_whole() -> None:
    whole = scalar("key=val\n  ue")
    assert whole.raw == "key=val ue"
    assert head(whole, "key").span == whole.span


def test_rebuilt_copies_every_node() -> None:
    old = parsed(TEXT)
    new = rebuilt(old, lambda leaf: text_at(leaf, leaf.raw), lambda node: (node.text, node.start, node.end))
    assert isinstance(new, Mapping)
    assert plain(new) == {**plain(old), "none": "null"}  # type: ignore[dict-item]
    assert new.get("items") is not old.get("items")
    assert new.get("items").span == old.get("items").span  # type: ignore[union-attr]


def test_rebuilt_renames_a_key_that_becomes_a_string() -> None:
    old = parsed("yes: 1\n")
    assert list(old.entries) == ["true"]
    new = rebuilt(old, lambda leaf: text_at(leaf, leaf.raw), lambda node: (node.text, node.start, node.end))
    assert isinstance(new, Mapping)
    assert list(new.entries) == ["yes"]


def test_rebuilt_needs_no_stack() -> None:
    deep = parsed("k: " + "[" * 3_000 + "]" * 3_000)
    rebuilt(deep, lambda leaf: leaf, lambda node: (node.text, node.start, node.end))


def test_many_edits_of_one_node_keep_its_place() -> None:
    root = parsed(TEXT)
    listed = root.get("items")
    assert isinstance(listed, Sequence)
    mapping, sequence = root, listed
    for _ in range(5_000):
        mapping, sequence = with_entries(mapping, mapping.entries), with_items(sequence, sequence.items)
    assert mapping.span == root.span
    assert sequence.span == listed.span
    assert (mapping.text, mapping.start, mapping.end) == (root.text, root.start, root.end)
    with pytest.raises(AttributeError, match="no attribute other"):
        mapping.other  # type: ignore[attr-defined]  # noqa: B018
