"""Tests are collected on every system: what only some have is asked for by ``tests.platforms``, or while a test runs."""

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnilint.regex import regex
from tests.conftest import ROOT
from tests.platforms import limiting, make_pipe, needs_root

POSIX = {"chown", "fork", "geteuid", "getuid", "killpg", "mkfifo", "setsid", "uname"}
"""Functions of ``os`` that Windows has not."""
MODULES = {"fcntl", "grp", "pty", "pwd", "resource", "termios"}
_MENTIONED = regex("|".join(sorted(POSIX | MODULES)))
COLLECTED = [
    path
    for path in sorted((ROOT / "tests").rglob("*.py"))
    if path.name.startswith(("test_", "conftest")) and _MENTIONED.search(path.read_text("utf-8"))
]


@pytest.mark.parametrize("path", COLLECTED, ids=lambda path: str(path.relative_to(ROOT / "tests")))
def test_no_module_of_tests_needs_posix_to_be_collected(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert [name for node in at_import(tree.body) for name in posix(node)] == []


def test_what_is_looked_for() -> None:
    text = "import resource\n@skipif(os.geteuid() != 0)\ndef test(make=os.mkfifo):\n    os.fork()\n"
    assert [name for node in at_import(ast.parse(text).body) for name in posix(node)] == [
        "resource",
        "geteuid",
        "mkfifo",
    ]


def test_a_system_without_users_pipes_and_limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delattr(os, "geteuid", raising=False)
    monkeypatch.delattr(os, "mkfifo", raising=False)
    assert needs_root("do it").args == (True,)
    with pytest.raises(pytest.skip.Exception):
        make_pipe(tmp_path / "pipe")
    monkeypatch.setitem(sys.modules, "resource", None)
    with pytest.raises(pytest.skip.Exception):
        limiting("RLIMIT_AS", 1)


def at_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """What runs when a module is imported: all but the bodies of functions."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (*node.decorator_list, node.args)
        elif isinstance(node, ast.ClassDef):
            yield from node.decorator_list
            yield from at_import(node.body)
        else:
            yield node


def posix(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and ast.unparse(each.value) == "os" and each.attr in POSIX:
            yield each.attr
        elif isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names if alias.name in MODULES)
        elif isinstance(each, ast.ImportFrom) and each.module in MODULES:
            yield each.module
