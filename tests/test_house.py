"""The house rules that a machine can hold: see CONTRIBUTING.md."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "cnilint"
MODULES = sorted(PACKAGE.rglob("*.py"))
TREES = {path.relative_to(ROOT): ast.parse(path.read_text("utf-8")) for path in MODULES}
MOST_LOOSE_MODULES = 7
KEYWORD_FIELDS = 4
MOST_POSITIONAL = 5
HEADLINE = 80
MEDIAN_HEADLINE = 60


def test_few_modules_are_loose() -> None:
    assert len([path for path in MODULES if path.parent == PACKAGE]) <= MOST_LOOSE_MODULES


def test_public_type_names_are_unique() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path, tree in TREES.items():
        for name in _types(tree):
            places[name].append(str(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_records_of_four_fields_are_built_by_keyword() -> None:
    """Python refuses positions where a record is ``kw_only``. Those that travel between processes are not: they are
    pickled as plain sequences of values."""
    named = {node.name for node in _classes() if _is_positional(node) and _annotated(node) >= KEYWORD_FIELDS}
    positional = [
        f"{path}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in named
        and node.args
    ]
    assert positional == []


def test_no_call_has_six_positional_arguments() -> None:
    long = [
        f"{path}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and len(node.args) > MOST_POSITIONAL
    ]
    assert long == []


def test_messages_are_literal_templates() -> None:
    """A message that is put together cannot be taken apart again, for SARIF or a reader's filter."""
    made = [
        f"{path}:{node.lineno}"
        for path, node in _messages()
        if not (node.args and isinstance(node.args[0], ast.Constant) and len(node.args) == 1)
    ]
    assert made == []


@pytest.mark.parametrize("limit", [HEADLINE])
def test_headlines_are_short(limit: int) -> None:
    lengths = {f"{path}:{node.lineno}": _length(node) for path, node in _messages() if node.args}
    assert {place: length for place, length in lengths.items() if length > limit} == {}
    assert median(lengths.values()) <= MEDIAN_HEADLINE


def _types(tree: ast.Module) -> Iterator[str]:
    """Public classes and type aliases of a module; ``JsonObject = dict[str, Json]`` is one."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
        elif isinstance(
            node, ast.Assign | ast.AnnAssign | ast.TypeAlias if hasattr(ast, "TypeAlias") else ast.Assign
        ):
            for target in getattr(node, "targets", [getattr(node, "target", None)]):
                if isinstance(target, ast.Name) and target.id[0].isupper() and not target.id.isupper():
                    yield target.id


def _annotated(node: ast.ClassDef) -> int:
    return sum(
        isinstance(line, ast.AnnAssign) and "ClassVar" not in ast.unparse(line.annotation)
        for line in node.body
    )


def _classes() -> Iterator[ast.ClassDef]:
    return (node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _is_positional(node: ast.ClassDef) -> bool:
    """Whether a class is a record whose fields can be given by position."""
    is_record = any(ast.unparse(base) in ("NamedTuple", "Struct") for base in node.bases)
    return is_record and not any(keyword.arg == "kw_only" for keyword in node.keywords)


def _messages() -> Iterator[tuple[Path, ast.Call]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Message":
                yield path, node


def _length(node: ast.Call) -> int:
    """The characters of a template that are no name."""
    template = ast.literal_eval(node.args[0])
    depth, count = 0, 0
    for character in template:
        depth += (character == "{") - (character == "}")
        count += depth == 0 and character not in "{}`"
    return count
