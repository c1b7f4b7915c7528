"""What the files of a chart say of its values."""

from cnilint.document import entries, read
from cnilint.packs.sources.chartfiles import ChartRelease

VALUES = """
plain: {a: 1, b: text, empty: {}, list: []}
open: {}
unread: {inner: 1}
# shown: 1
nested:
  # hidden: true
  given: 1
labels: {"example.com/name": x}
"""


def release(*templates: str, values: str = VALUES, schema: dict[str, object] | None = None) -> ChartRelease:
    (document,) = read("values.yaml", values.encode(), everything=True)
    defaults = {name: entry.value for name, entry in entries(document.root).items()}
    return ChartRelease(defaults=defaults, comments=values, templates=templates, schema=schema or {})


def reads(found: ChartRelease, path: str) -> bool:
    return found.run(path, 0) is not None


def test_what_is_declared_or_shown_in_a_comment_is_read() -> None:
    found = release()
    for path in ("plain.a", "shown", "nested.hidden", "open.anything", "plain.empty.more", "labels.x"):
        assert reads(found, path), path
    for path in ("other", "plain.c", "plain.hidden", "unread.other"):
        assert not reads(found, path), path


def test_defaults_are_noted() -> None:
    found = release()
    runs = {path: found.run(path, 0) for path in ("plain.a", "plain.empty", "plain.list", "plain")}
    assert {path: run and run.default for path, run in runs.items()} == {
        "plain.a": "1",
        "plain.empty": "{}",
        "plain.list": "[]",
        "plain": None,
    }


def test_what_a_template_uses_is_read() -> None:
    found = release(
        '{{ .Values.used.one }} {{ ((.Values.used).two).three }} {{ dig "dug" "deep" "" .Values.AsMap }}'
        '{{ index .Values.used "by-name" }} {{ hasKey .Values "asked" }} {{ with .Values.unread }}{{ .x }}{{ end }}'
        '{{ pick .Values "picked" }} {{/* .Values.commented */}}'
    )
    for path in (
        "used.one",
        "used.two.three",
        "dug.deep",
        "used.by-name",
        "asked",
        "unread.other",
        "picked.below",
    ):
        assert reads(found, path), path
    assert not reads(found, "used.four")
    assert not reads(found, "commented")


def test_a_condition_that_only_fails_refuses() -> None:
    found = release(
        '{{- if .Values.gone }}{{ fail "gone" }}{{ end }}'
        '{{- if or (dig "a" "x" "" .Values.AsMap) (dig "a" "y" "" .Values.AsMap) }}\n{{ fail "a" }}{{ end }}'
        '{{- if (dig "off" "" .Values.AsMap) | toString }}{{ fail "off" }}{{ end }}'
        '{{- if .Values.outer }}{{ if .Values.inner }}{{ fail "both" }}{{ end }}{{ end }}'
        '{{- if not .Values.needed }}{{ fail "needed" }}{{ end }}'
    )
    marks = {
        path: run.marks
        for path in ("gone", "a.x", "a.y", "off", "inner", "needed")
        if (run := found.run(path, 0))
    }
    assert marks == {"gone": "x", "a.x": "x", "a.y": "x", "off": "X", "inner": "", "needed": ""}


def test_a_scope_that_is_merged_into_the_values_is_read_as_they_are() -> None:
    found = release('{{- $_ := mustMergeOverwrite $.Values (index $.Values "part") }}')
    assert reads(found, "part.plain.a")
    assert not reads(found, "part.other")


def test_types_of_the_schema() -> None:
    schema = {
        "$defs": {"values": {"properties": {"plain": {"properties": {"a": {"type": ["integer", "null"]}}}}}},
        "$ref": "#/$defs/values",
    }
    run = release(schema=schema).run("plain.a", 0)
    assert run is not None
    assert run.kind == "integer|null"
