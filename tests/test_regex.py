"""Regular expressions that are compiled when they are first used."""

import ast
import re
from pathlib import Path

import pytest

import cnilint
from cnilint.regex import linear, regex

PACKAGE = Path(cnilint.__file__).parent


def test_a_deferred_pattern_gives_what_a_compiled_one_gives() -> None:
    text = "a=1, b=22"
    deferred, compiled = regex(r"(\w)=(\d+)"), re.compile(r"(\w)=(\d+)")
    assert deferred.findall(text) == compiled.findall(text)
    assert deferred.sub(r"\2", text) == compiled.sub(r"\2", text)
    assert (deferred.pattern, deferred.groups) == (compiled.pattern, compiled.groups)
    assert regex(rb"^b", re.MULTILINE).search(b"a\nb") is not None


def test_nothing_is_compiled_before_the_first_use() -> None:
    deferred = regex("(")
    with pytest.raises(re.error, match="unterminated"):
        deferred.search("a")


def test_a_linear_pattern_takes_bytes_as_they_are() -> None:
    found = linear(rb"\xe9[ab]").search(b"..\xe9b\xff")
    assert found is not None
    assert found.span() == (2, 4)
    assert [match[0] for match in linear(rb"[ab]").finditer(b"\xe9a\xffb")] == [b"a", b"b"]
    with pytest.raises(Exception, match="missing"):
        linear(b"(").search(b"a")


def _compiled_on_import(tree: ast.Module) -> list[int]:
    """The lines of module-level calls of ``re.compile``: those that every start of the program pays for."""
    statements = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr)]
    return [
        call.lineno
        for statement in statements
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "re.compile"
    ]


def test_no_module_compiles_a_pattern_on_import() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        for line in _compiled_on_import(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set()
