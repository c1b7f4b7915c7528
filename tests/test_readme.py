"""The README says what the program does: its example output is the program's."""

import re
from pathlib import Path

from tests.conftest import ROOT
from tests.test_check_command import cnilint

CONSOLE = re.compile(r"```console\n\$ cnilint (.*?)\n(.*?)```", re.DOTALL)


def test_output_in_the_readme() -> None:
    blocks = CONSOLE.findall((ROOT / "README.md").read_text("utf-8"))
    assert blocks
    for command, expected in blocks:
        arguments, _, given = command.partition(" < ")
        stdin = (ROOT / given).read_bytes() if given else b""
        result = cnilint(*arguments.split(), cwd=ROOT, stdin=stdin)
        assert result.stdout == expected, result.stderr


def test_files_named_in_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    named = re.findall(r"`((?:rules|schemas|cnilint|tests)/[\w./-]*)`", text)
    assert named
    assert [name for name in named if not Path(ROOT, name).exists()] == []
