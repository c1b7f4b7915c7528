"""Files are opened in one module, processes are started in one, one package connects: nothing else in the program does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

READERS = frozenset(("open", "read_bytes", "read_text", "fdopen", "mmap"))
STARTERS = frozenset(
    ("Popen", "run", "call", "check_call", "check_output", "system", "popen", "posix_spawn", "fork")
)
MAY_READ = {
    "cnilint/reading.py": "the gate",
    "cnilint/resources.py": "the program's own data",
    "cnilint/cache/store.py": "the database of the cache, which is made with a mode",
    "cnilint/cli/main.py": "the null device, for streams that the parent closed",
    "cnilint/source/process.py": "the file `.git` of a linked work tree",
}
MAY_START = {"cnilint/source/process.py": "the gate"}
MAY_CONNECT = "cnilint/cluster/"
CONNECTORS = frozenset(
    (
        "socket",
        "ssl",
        "http",
        "urllib",
        "urllib3",
        "requests",
        "httpx",
        "kubernetes",
        "asyncio",
        "ftplib",
        "smtplib",
    )
)
HARMLESS = frozenset(("urllib.parse",))
MODULES = sorted((ROOT / "cnilint").rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_else_opens_or_starts(module: Path) -> None:
    name = module.relative_to(ROOT).as_posix()
    tree = ast.parse(module.read_text("utf-8"))
    opened = [] if name in MAY_READ else list(_calls(tree, READERS))
    started = [] if name in MAY_START else list(_process_calls(tree))
    assert (opened, started) == ([], [])


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_else_connects(module: Path) -> None:
    if not module.relative_to(ROOT).as_posix().startswith(MAY_CONNECT):
        assert list(_connectors(ast.parse(module.read_text("utf-8")))) == []


def test_the_package_that_connects_is_found_by_this_test() -> None:
    found = {
        name
        for path in (ROOT / MAY_CONNECT).glob("*.py")
        for name in _connectors(ast.parse(path.read_text()))
    }
    assert found >= {"kubernetes.client.rest", "urllib3"}


def test_the_gates_are_found_by_this_test() -> None:
    assert list(_calls(ast.parse((ROOT / "cnilint/reading.py").read_text("utf-8")), READERS))
    assert list(_process_calls(ast.parse((ROOT / "cnilint/source/process.py").read_text("utf-8"))))


def _calls(tree: ast.Module, names: frozenset[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in names:
            yield f"line {node.lineno}: {_name(node.func)}"


def _process_calls(tree: ast.Module) -> Iterator[str]:
    """Calls of ``subprocess`` and ``os`` that start something, and imports of either's functions."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and _name(node.func) in STARTERS
        ):
            if isinstance(node.func.value, ast.Name) and node.func.value.id in ("subprocess", "os"):
                yield f"line {node.lineno}: {node.func.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "subprocess":
            yield f"line {node.lineno}: from subprocess"


def _connectors(tree: ast.Module) -> Iterator[str]:
    """The imported modules that can open a connection."""
    for node in ast.walk(tree):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        yield from (name for name in names if name.split(".")[0] in CONNECTORS and name not in HARMLESS)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
