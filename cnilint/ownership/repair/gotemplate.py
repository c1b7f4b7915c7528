"""Go templates for ``kubectl get -o go-template``: find fields of a live object wherever its lists have them now.

kubectl adds the function ``exists`` to those of text/template: cli-runtime ``pkg/printers/template.go``. Numbers are
int64 or float64, as its release decodes them: both print alike below a million.
"""

import json
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from cnilint.ownership.repair.kubectl import json_text, pointer
from cnilint.ssa.fieldpath.elements import element_keys
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.typed.values import Json

_Tree: TypeAlias = dict[str, "_Tree"]

_ESCAPES = {'"': '\\"', "\\": "\\\\"}
_CONTROLS = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


class NoTemplate(ValueError):
    """A path that no template can follow; the message says why."""


def go_string(text: str) -> str:
    """A string literal as Go's ``%+q`` writes it: ASCII only."""
    return '"' + "".join(map(_character, text)) + '"'


def go_strings(words: Iterable[str]) -> str:
    """String literals as arguments of a function."""
    return " ".join(map(go_string, words))


def pointer_template(paths: Iterable[FieldPath]) -> str:
    """Lists the JSON pointers of the fields that an object has, in the object's order, as ``field POINTER`` lines.

    A pointer is escaped as the content of a JSON string. Raises NoTemplate.
    """
    tree: _Tree = {}
    for path in sorted(dict.fromkeys(paths), key=len):
        _insert(tree, path)
    return "\n".join(_fields(tree, [], 0))


def value_test(path: FieldPath, name: str, value: str, then: str) -> str:
    """Prints a line where the object at a path has a string. Raises NoTemplate."""
    test = f'{{{{- if eq (printf "%v" (index . {go_string(name)})) {go_string(value)} -}}}}'
    lines = [test, f"  {_line(then)}", "{{- end -}}"]
    return "\n".join(_nested(path, lines, 0))


def presence_test(path: FieldPath, then: str) -> str:
    """Prints a line where the object has a field. Raises NoTemplate."""
    *parents, last = path
    if not last.startswith("f:"):
        raise NoTemplate("an item of a list has no name")
    lines = [f"{{{{- if exists . {go_string(last[2:])} -}}}}", f"  {_line(then)}", "{{- end -}}"]
    return "\n".join(_nested(tuple(parents), lines, 0))


def _insert(tree: _Tree, path: FieldPath) -> None:
    """Adds a path, unless one above it is there: removing that removes it too."""
    here = tree
    for index, element in enumerate(path):
        below = here.get(element)
        if below is None:
            below = here[element] = {}
        elif not below:
            return
        here = below
        if index == len(path) - 1:
            here.clear()


def _fields(tree: _Tree, place: list[str], depth: int) -> Iterator[str]:
    """The lines for what is below a value, which is the template's dot. ``place`` is template text of its pointer."""
    items = {element: below for element, below in tree.items() if not element.startswith("f:")}
    for element, below in tree.items():
        if element in items:
            continue
        name = element[2:]
        there = [*place, _text(pointer(name))]
        if below:
            yield _indented(depth, f"{{{{- with index . {go_string(name)} -}}}}")
            yield from _fields(below, there, depth + 1)
        else:
            yield _indented(depth, f"{{{{- if exists . {go_string(name)} -}}}}")
            yield _indented(depth + 1, _found(there))
        yield _indented(depth, "{{- end -}}")
    if items:
        yield from _items(items, place, depth)


def _items(tree: _Tree, place: list[str], depth: int) -> Iterator[str]:
    index, item = f"$i{depth}", f"$v{depth}"
    there = [*place, _text("/"), f"{{{{- {index} -}}}}"]
    yield _indented(depth, f"{{{{- range {index}, {item} := . -}}}}")
    for element, below in tree.items():
        yield _indented(depth + 1, f"{{{{- if {_condition(element, item)} -}}}}")
        if below:
            yield _indented(depth + 2, f"{{{{- with {item} -}}}}")
            yield from _fields(below, there, depth + 3)
            yield _indented(depth + 2, "{{- end -}}")
        else:
            yield _indented(depth + 2, _found(there))
        yield _indented(depth + 1, "{{- end -}}")
    yield _indented(depth, "{{- end -}}")


def _nested(path: FieldPath, lines: list[str], depth: int) -> Iterator[str]:
    """Lines for the value at a path."""
    if not path:
        yield from (_indented(depth, line) for line in lines)
        return
    element, *below = path
    if element.startswith("f:"):
        yield _indented(depth, f"{{{{- with index . {go_string(element[2:])} -}}}}")
    else:
        yield _indented(depth, "{{- range . -}}")
        yield _indented(depth, f"{{{{- if {_condition(element, '.')} -}}}}")
    yield from _nested(tuple(below), lines, depth + 1)
    yield _indented(depth, "{{- end -}}" if element.startswith("f:") else "{{- end -}}{{- end -}}")


def _condition(element: str, item: str) -> str:
    """Whether an item of a list is the one of a path element."""
    if element.startswith("k:"):
        tests = [
            _equals(f"(index {item} {go_string(name)})", value)
            for name, value in element_keys(element).items()
        ]
        return tests[0] if len(tests) == 1 else f"and {' '.join(f'({test})' for test in tests)}"
    if element.startswith("v:"):
        return _equals(item, json.loads(element[2:]))
    raise NoTemplate("an item of a list has no name")


def _equals(value: str, wanted: Json) -> str:
    if isinstance(wanted, bool):
        return f'eq (printf "%t" {value}) "{str(wanted).lower()}"'
    if isinstance(wanted, int) and abs(wanted) < 1_000_000:
        return f'eq (printf "%v" {value}) "{wanted}"'
    if isinstance(wanted, str):
        return f'eq (printf "%s" {value}) {go_string(wanted)}'
    raise NoTemplate("an item of a list has a key that is neither text nor a small whole number")


def _found(place: list[str]) -> str:
    return f'{{{{- "field " -}}}}{"".join(place)}{{{{- "\\n" -}}}}'


def _line(text: str) -> str:
    return f"{{{{- {go_string(text + chr(10))} -}}}}"


def _text(text: str) -> str:
    """Template text that prints a part of a JSON string."""
    return f"{{{{- {go_string(json_text(text)[1:-1])} -}}}}"


def _indented(depth: int, line: str) -> str:
    return "  " * depth + line


def _character(character: str) -> str:
    code = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    if 0x20 <= code < 0x7F:
        return character
    if character in _CONTROLS:
        return _CONTROLS[character]
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
