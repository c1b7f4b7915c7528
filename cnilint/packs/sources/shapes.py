"""Settings that are declared by a shape: Go structs of configuration files, feature gates, and custom resources."""

import re
from collections.abc import Iterator

from cnilint.packs.sources.declaration import Declaration, FormOptions
from cnilint.packs.sources.golang import Constants, GoFile
from cnilint.regex import regex

_STRUCT = regex(r"(?ms)^type (\w+) struct \{\n(.*?)^\}")
_STRUCT_FIELD = regex(r'(?m)^[ \t]*(?:\w+[ \t]+)?([^\s`][^`\n]*?)[ \t]+`[^`\n]*\b(?:yaml|json):"([^"]*)"')
_GATE = regex(r"(?m)^[ \t]*(?:\w+\.)?(\w+):[ \t]*\{([^\n]*)$")
_GATE_NAME = regex(r'(?m)^[ \t]*(\w+)[ \t]+(?:\w+\.)?Feature[ \t]*=[ \t]*"(\w+)"')
_GATE_DEFAULT = regex(r"\bDefault:[ \t]*(true|false)")
_ZERO = {"bool": "false", "string": "", "int": "0", "int32": "0", "int64": "0"}
"""What a field without a value is read as, by its type."""
_DOCUMENT = regex(r"(?m)^---.*$")


def structs(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """The fields of ``options.types`` by their dotted paths in YAML; those of types from elsewhere have none below."""
    types: dict[str, str] = dict(_STRUCT.findall(file.text))
    for name in options.types:
        yield from _struct_fields(types, name, options.prefix, ())


def _struct_fields(
    types: dict[str, str], name: str, prefix: str, outer: tuple[str, ...]
) -> Iterator[Declaration]:
    if name in outer:
        return
    for go_type, tag in _STRUCT_FIELD.findall(types.get(name, "")):
        field, _, how = tag.partition(",")
        inner = re.sub(r"^(?:\*|\[\]|map\[\w+\])+", "", go_type)
        if field and field != "-":
            yield Declaration(name=prefix + field, default=_ZERO.get(go_type))
            yield from _struct_fields(types, inner, f"{prefix}{field}.", (*outer, name))
        elif how == "inline":
            yield from _struct_fields(types, inner, prefix, (*outer, name))


def gates(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """The feature gates in the tables that register them; of a gate with several versions the last one counts.

    Source: https://github.com/kubernetes/component-base/blob/v0.33.0/featuregate/feature_gate.go
    """
    names: dict[str, str] = dict(_GATE_NAME.findall(file.text))
    for match in _GATE.finditer(file.text):
        spec = match[2]
        if "Default:" not in spec:
            lines = file.text[match.end() : file.text.find("\n\t},", match.end())].splitlines()
            spec = next((line for line in reversed(lines) if "Default:" in line), "")
        default = _GATE_DEFAULT.search(spec)
        if default:
            yield Declaration(
                name=options.prefix + (names.get(match[1]) or match[1]),
                kind="bool",
                default=default[1],
                locked="LockToDefault: true" in spec,
            )


def custom_resources(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """The kinds that definitions have served, as ``group/version/Kind``; templates are read without rendering.

    ``options.key`` is a pattern for the API group.
    """
    for document in _DOCUMENT.split(file.text):
        kind = re.search(r"(?m)^ +kind: ([A-Z]\w+)$", document)
        group = re.search(r"""(?m)^ {1,4}group: ["']?([\w.-]+)""", document)
        is_definition = re.search(r"(?m)^kind: CustomResourceDefinition\s*$", document)
        if kind and group and is_definition and re.fullmatch(options.key, group[1]):
            for version in _served(document):
                yield Declaration(name=f"{group[1]}/{version}/{kind[1]}")


def _served(document: str) -> Iterator[str]:
    """The versions of a definition that are served, by their indentation."""
    old = re.search(r"(?m)^ {1,4}version: ([\w.-]+)$", document)
    listed = re.search(r"(?m)^ +versions:\n(?P<indent> *)- ", document)
    if listed is None:
        yield from [old[1]] if old else []
        return
    indent = listed["indent"]
    entries = document[listed.start("indent") :]
    end = re.search(rf"(?m)^(?!{indent}[ -])(?=\S| )", entries)
    for entry in re.split(rf"(?m)^{indent}- ", entries[: end.start() if end else None])[1:]:
        fields = dict(re.findall(rf"(?m)^(?:{indent}  )?(name|served): [\"']?([\w.-]+)", entry))
        if fields.get("served") == "true" and "name" in fields:
            yield fields["name"]
