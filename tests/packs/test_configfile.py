"""Fields of configuration files inside of ConfigMaps, with their places in the manifest."""

import json

import pytest

from cnilint.document import Span, read
from cnilint.manifest.object import objects
from cnilint.packs.component import FileFormat
from cnilint.packs.configfile import file_fields, values_by_path
from cnilint.packs.model import Subject
from cnilint.packs.settings import Setting, config_settings


def manifest(text: str) -> str:
    lines = "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: some}}\ndata:\n  file: |\n{lines}"


def word(text: str, span: Span) -> str:
    return text.split("\n")[span.line - 1][span.column - 1 : span.end_column - 1]


def fields(text: str, form: FileFormat) -> list[Setting]:
    (document,) = read("manifest.yaml", text.encode())
    (item,) = objects(document)
    return [field for key in config_settings(item) for field in file_fields(key, form)]


def found(text: str, form: FileFormat) -> dict[str, str | None]:
    return {field.name: field.value.text if field.value else None for field in fields(manifest(text), form)}


def test_yaml_fields_have_paths() -> None:
    text = "a: 1\nb:\n  c: [x, y]\n  d:\n  - {e: f}\n  - {e: g}\nfeatureGates: {Some: true}\n# h: i\n"
    assert found(text, "yaml") == {
        "a": "1",
        "b": None,
        "b.c": None,
        "b.d": None,
        "b.d.e": "g",
        "featureGates": None,
        "Some": "true",
    }


def test_json_is_yaml_even_with_placeholders() -> None:
    assert found('{"mtu": __MTU__, "ipam": {"type": "x"}}', "yaml") == {
        "mtu": "__MTU__",
        "ipam": None,
        "ipam.type": "x",
    }


def test_toml_fields_have_the_path_of_their_table() -> None:
    text = "top = 1 # one\n[a.b]\n'c' = \"d e\"\n[[list]]\nx.y = true\n"
    assert found(text, "toml") == {
        "top": "1",
        "a.b": None,
        "a.b.c": "d e",
        "list": None,
        "list.x.y": "true",
    }


def test_directives_and_their_properties() -> None:
    text = '.:53 {\n  errors # proxy\n  log . {\n    class denial "no error"\n  }\n  proxy . 192.0.2.1\n}\n'
    assert found(text, "blocks") == {
        "errors": "",
        "log": ".",
        "log.class": 'denial "no error"',
        "proxy": ". 192.0.2.1",
    }


@pytest.mark.parametrize(
    ("form", "text", "name", "value"),
    [
        ("yaml", "a:\n\n  # b: x\n  bb: some\n", "a.bb", "some"),
        ("toml", "# b\n[a]\n\n  bb = 'some'\n", "a.bb", "some"),
        ("blocks", "x {\n\n  # bb some\n  bb some\n}\n", "bb", "some"),
    ],
)
def test_places_are_those_in_the_manifest(form: FileFormat, text: str, name: str, value: str) -> None:
    whole = manifest(text)
    (field,) = (each for each in fields(whole, form) if each.name == name)
    assert word(whole, field.span) == "bb"
    assert field.value is not None
    assert word(whole, field.value.span) == value
    assert (field.subject, field.file) == (Subject.CONFIG_FIELD, "file")


@pytest.mark.parametrize("form", ["yaml", "toml", "blocks"])
@pytest.mark.parametrize(
    "text", ["", "{{ .Values.x }}: [", "}}}\n{\n}", "[", '"', "\u2028a: b\rc: d", "{ {\n" * 300]
)
def test_what_is_not_such_a_file_is_no_error(form: FileFormat, text: str) -> None:
    quoted = json.dumps(text)
    whole = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: some}}\ndata:\n  file: {quoted}\n"
    assert {field.span.line for field in fields(whole, form)} <= {5}


def values(text: str) -> dict[str, str]:
    (document,) = read("manifest.yaml", manifest(text).encode())
    (item,) = objects(document)
    return {name: value for key in config_settings(item) for name, value in values_by_path(key)}


def test_a_catalogue_tells_the_items_of_a_list_apart() -> None:
    text = """{"name": "net", "plugins": [
{"type": "bridge", "ipam": {"ranges": [1, 2], "type": "host-local"}}, {"name": "second", "mtu": 9000}, {"mtu": 1}]}
"""
    assert values(text) == {
        "name": "net",
        "plugins[bridge].type": "bridge",
        "plugins[bridge].ipam.type": "host-local",
        "plugins[second].name": "second",
        "plugins[second].mtu": "9000",
    }


@pytest.mark.parametrize("text", ["a: 1", "- a: 1\n- b: 2\n", "a: [\nb", '{"mtu": __MTU__,\n"a": 1}\n'])
def test_a_catalogue_has_no_values_of_other_texts(text: str) -> None:
    assert values(text) == {}


def test_what_is_nested_too_deep_is_left_out_of_a_catalogue() -> None:
    assert values("a: {b: {c: {d: {e: {f: 1, g: {h: 2}}}}}}\ni: 3\n") == {"a.b.c.d.e.f": "1", "i": "3"}
