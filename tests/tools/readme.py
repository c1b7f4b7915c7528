"""Writes what documents copy from the program: the README's table of codes and the output of its console examples, and the
table of releases in ``docs/releases.md``.

Usage: ``python -m tests.tools.readme [README]``
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from cnilint.checks import CODES
from cnilint.packs.library import Library
from cnilint.packs.newest import status_of
from cnilint.report.status import as_markdown

ROOT = Path(__file__).resolve().parents[2]
_ROW = r"\| CNI\d+ \|.*\n"
_TABLE = re.compile(rf"(?:^{_ROW})+", re.MULTILINE)
_RELEASES = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
_CONSOLE = re.compile(r"```console\n\$ cnilint (?P<command>.*?)\n.*?```", re.DOTALL)


def table() -> str:
    """The rows of the table of codes, in Markdown."""
    rows = (
        f"| {code.code} | {code.name} | {code.severity or 'by effect'} | {code.summary} |\n"
        for code in CODES.values()
    )
    return "".join(rows)


def updated(text: str) -> str:
    """The README with its table and its examples made anew."""
    text = _TABLE.sub(lambda _: table(), text, count=1)
    return _CONSOLE.sub(lambda match: _console(match["command"]), text)


def releases(text: str) -> str:
    """The page of releases with its table made anew."""
    library = Library()
    made = as_markdown([status_of(library, name) for name in library.components])
    return _RELEASES.sub(lambda _: made, text, count=1)


def _console(command: str) -> str:
    arguments, _, given = command.partition(" < ")
    result = subprocess.run(
        [sys.executable, "-m", "cnilint", *arguments.split()],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        input=(ROOT / given).read_text("utf-8") if given else "",
        capture_output=True,
        text=True,
        check=False,
    )
    return f"```console\n$ cnilint {command}\n{result.stdout}```"


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "README.md"
    file.write_text(updated(file.read_text("utf-8")), "utf-8")
    page = ROOT / "docs" / "releases.md"
    page.write_text(releases(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
