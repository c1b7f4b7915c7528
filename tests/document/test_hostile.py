"""Texts made to hang or to kill a reader. Each is read in a child process with bounds on time and memory."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from cnilint.document import MAX_BYTES, read
from tests.conftest import ROOT

HEAD = "kind: T\n"
_LEVELS = 100_000
_MANY = 100_000
_JSON_HEAD = '{"kind":"T","d":'


def _bomb(base: str, use: str) -> str:
    """Twenty-six anchors, each of which uses the one before it."""
    names = [f"a{number}" for number in range(26)]
    uses = (f"{name}: &{name} {use.replace('@', '*' + before)}\n" for before, name in pairwise(names))
    return f"{HEAD}a0: &a0 {base}\n{''.join(uses)}"


READ = {
    "a million lines": HEAD + "d: |\n" + "  x\n" * 1_000_000,
    "a long line": HEAD + "d: " + "x" * 20_000_000,
    "a long line of blanks": HEAD + "d: x" + " " * 10_000_000 + "y",
    "a plain scalar over many lines": HEAD + "d: " + "x y\n  " * 1_000_000,
    "a quoted scalar over many lines": HEAD + 'd: "' + "x y\\\n  " * 1_000_000 + '"',
    "escapes": HEAD + 'd: "' + "\\n" * 2_000_000 + '"',
    "blank lines": HEAD + "d: x" + "\n" * 5_000_000 + "  y",
    "carriage returns": HEAD + "\r" * 2_000_000 + "d: x",
    "next line characters": HEAD + "\x85" * 1_000_000 + "d: x",
    "comments": HEAD + "# x\n" * 1_000_000,
    "a long comment": HEAD + "#" * 10_000_000,
    "blanks in a Helm source": "# Source: " + " \t" * 2_000_000 + "x\n" + HEAD,
    "empty documents": "---\n" * 500_000 + HEAD,
    "a long separator": HEAD + "---" + " " * 5_000_000 + "\n",
    "many keys": HEAD + "".join(f"k{number}: v\n" for number in range(_MANY)),
    "a key of a megabyte": HEAD + "? " + "k" * 1_000_000 + "\n: v\n",
    "many items": HEAD + "d:\n" + "- a\n" * _MANY,
    "many flow items": HEAD + "d: [" + "a," * _MANY + "]",
    "many explicit keys in flow": HEAD + "d: [" + "? a, " * 25_000 + "]",
    "many colons in flow": HEAD + "d: [" + "a:b, " * _MANY + "]",
    "a run of colons in flow": HEAD + "d: [a" + ":" * 1_000_000 + "b]",
    "byte order marks": HEAD + "d: [" + "\ufeff, " * _MANY + "]",
    "words like infinities": HEAD + "d: [" + ".information, " * _MANY + "]",
    "many anchors": HEAD
    + "".join(f"a{number}: &a{number} x\nb{number}: *a{number}\n" for number in range(50_000)),
    "one anchor again and again": HEAD
    + "".join(f"a{number}: &a x\nb{number}: *a\n" for number in range(50_000)),
    "a long anchor": HEAD + "d: &" + "a" * 5_000_000 + " x",
    "a huge integer": HEAD + "d: " + "1" * 1_000_000,
    "a huge integer with underscores": HEAD + "d: 1" + "_" * 1_000_000,
    "a huge integer of zeros": HEAD + "d: 0x" + "0" * 1_000_000 + "1",
    "a huge float": HEAD + "d: " + "1" * 1_000_000 + ".5e3",
    "a huge exponent": HEAD + "d: 1e" + "9" * 1_000_000,
    "a hundred levels of many items": HEAD + "d: " + "[" * 100 + "a, " * _MANY + "]" * 100,
    "many JSON values": '{"kind":"T"}\n' * 50_000,
    "a long JSON string": '{"kind":"' + "\\n" * 5_000_000 + '"}',
    "blanks in JSON": '{"kind":' + " " * 10_000_000 + '"T"}',
    "a List of many": "apiVersion: v1\nkind: List\nitems:\n" + "- {apiVersion: v1, kind: T}\n" * 20_000,
}

REFUSED = {
    "alias bomb of lists": ("CNI902", _bomb("[x, x, x, x, x, x, x, x, x]", "[@, @, @, @, @, @, @, @, @]")),
    "alias bomb of mappings": ("CNI902", _bomb("{a: x}", "{a: @, b: @}")),
    "alias bomb of merges": ("CNI902", _bomb("{a: x}", "{<<: [@, @, @]}")),
    "alias bomb of keys": ("CNI901", _bomb("{a: x}", "{? @ : x}")),
    "levels by alias": (
        "CNI902",
        HEAD + "a: &a " + "[" * 6_000 + "]" * 6_000 + "\nb: " + "[" * 6_000 + "*a" + "]" * 6_000,
    ),
    "open brackets": ("CNI902", HEAD + "d: " + "[" * _LEVELS),
    "brackets": ("CNI902", HEAD + "d: " + "[" * _LEVELS + "]" * _LEVELS),
    "open braces": ("CNI902", HEAD + "d: " + "{" * _LEVELS),
    "nested pairs": ("CNI902", HEAD + "d: " + "{k: " * _LEVELS + "}" * _LEVELS),
    "dashes": ("CNI902", HEAD + "d:\n  " + "- " * _LEVELS + "x"),
    "question marks": ("CNI902", HEAD + "d:\n  " + "? " * _LEVELS + "x"),
    "indentation": ("CNI902", HEAD + "d:\n" + "".join(" " * level + "k:\n" for level in range(1, 10_005))),
    "JSON brackets": ("CNI902", _JSON_HEAD + "[" * _LEVELS),
    "JSON braces": ("CNI902", _JSON_HEAD + '{"a":' * _LEVELS),
    "many items at the bottom": ("CNI902", HEAD + "d: " + "[" * 9_990 + "a, " * 1_000_000),
    "colons in odd places": ("CNI902", HEAD + "d: [" + "a :b, " * _MANY + "]"),
    "all characters for private use": (
        "CNI902",
        HEAD + "".join(map(chr, range(0xE000, 0xF900))).join(("d: ", "\ne: [a:b,\n  c]")),
    ),
    "NUL": ("CNI901", HEAD + "d: " + "\0" * 1_000_000),
    "a key of a megabyte in one line": ("CNI901", HEAD + "k" * 1_000_000 + ": v"),
    "a huge integer as a key": ("CNI901", HEAD + "1" * 20 + ": v"),
    "a tagged megabyte": ("CNI901", HEAD + "d: !!int " + "x" * 1_000_000),
    "a tagged megabyte of base64": ("CNI901", HEAD + "d: !!binary " + "A" * 1_000_001),
    "a huge JSON number": ("CNI901", _JSON_HEAD + "1" * 1_000_000 + "}"),
    "an alias of a megabyte": ("CNI901", HEAD + "d: *" + "a" * 1_000_000),
    "keys of a megabyte, twice": ("CNI124", HEAD + f"? {'k' * 1_000_000}\n: v\n" * 2),
    "a key again and again": ("CNI124", HEAD + "a: b\n" * _MANY),
    "a JSON key again and again": ("CNI124", '{"kind":"T",' + '"k":1,' * _MANY + '"k":1}'),
    "refused separators": ("CNI125", HEAD + "--- x\n" * 100_000),
    "an endless separator": ("CNI125", HEAD + "-" * 5_000_000 + "\n"),
}

REFUSED_LATE = {
    "more values than are read": ("CNI902", HEAD + "d: [" + "a," * 3_500_000 + "]"),
    "more values than are read, in pieces": ("CNI902", (HEAD + "d: [" + "a," * 700_000 + "]\n---\n") * 5),
    "more JSON values than are read": ("CNI902", _JSON_HEAD + "[" + "1," * 3_500_000 + "1]}"),
}


def _read_in_child(folder: Path, text: str) -> dict[str, int | list[str]]:
    file = folder / "hostile.yaml"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "tests.document.hostile", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-2000:] or f"killed by signal {-done.returncode}"
    summary: dict[str, int | list[str]] = json.loads(done.stdout)
    return summary


@pytest.mark.parametrize("name", READ)
def test_is_read(tmp_path: Path, name: str) -> None:
    summary = _read_in_child(tmp_path, READ[name])
    assert summary["codes"] == []
    assert summary["objects"] != 0


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(tmp_path: Path, name: str) -> None:
    _check_refusal(tmp_path, *REFUSED[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED_LATE)
def test_is_refused_late(tmp_path: Path, name: str) -> None:
    _check_refusal(tmp_path, *REFUSED_LATE[name])


def _check_refusal(folder: Path, code: str, text: str) -> None:
    summary = _read_in_child(folder, text)
    assert summary["codes"] == [code]
    assert isinstance(summary["longest_message"], int)
    assert summary["longest_message"] < 300


def test_size_is_refused_before_anything_else() -> None:
    (document,) = read("f", bytes(MAX_BYTES + 1))
    assert document.broken is not None
    assert document.broken.code == "CNI902"


@pytest.mark.parametrize("tag", ["!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!binary"])
def test_no_value_is_shown(tag: str) -> None:
    (document,) = read("f", f"kind: Secret\ndata:\n  k: {tag} 'hunter 2'\n".encode())
    assert document.broken is not None
    assert "hunter" not in str(document.broken.message)
