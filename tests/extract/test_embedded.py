"""Which files a program embeds."""

from pathlib import Path

import pytest

from cnilint.extract.embedded import EmbeddedFiles
from cnilint.extract.listing import listing
from cnilint.source import WorkTree

FILES = {
    "a file": ("//go:embed assets/pod.yaml", True),
    "a glob": ("//go:embed assets/*.yaml", True),
    "one of several": ('//go:embed other.yaml "assets/pod.yaml"', True),
    "quoted raw": ("//go:embed `assets/*`", True),
    "a folder": ("//go:embed assets", True),
    "hidden files too": ("//go:embed all:assets", True),
    "a set of characters": ("//go:embed assets/[op]od.yaml", True),
    "one character": ("//go:embed assets/?od.yaml", True),
    "everything": ("//go:embed *", True),
    "indented": ("\t//go:embed assets", True),
    "another file": ("//go:embed assets/other.yaml", False),
    "the folder's own files": ("//go:embed *.yaml", False),
    "a part of the name": ("//go:embed asset", False),
    "a comment": ("// go:embed assets", False),
    "text": ('x := "//go:embed assets"', False),
}


@pytest.mark.parametrize(("line", "embedded"), FILES.values(), ids=FILES)
def test_embedded(line: str, embedded: bool, tmp_path: Path) -> None:
    assert _found(tmp_path, "program/main.go", line) == ("program/main.go" if embedded else "")


def test_a_program_beside_the_folder_embeds_nothing_of_it(tmp_path: Path) -> None:
    assert _found(tmp_path, "other/main.go", "//go:embed assets") == ""
    assert _found(tmp_path, "main.go", "//go:embed program/assets") == "main.go"


def test_a_pattern_that_is_too_large_embeds_nothing(tmp_path: Path) -> None:
    assert _found(tmp_path, "program/main.go", f"//go:embed assets {'[a]?' * 100_000}") == "program/main.go"


def _found(folder: Path, program: str, line: str) -> str:
    for name, text in {
        program: f"package main\n\n{line}\nvar files string\n",
        "program/assets/pod.yaml": "",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    source = WorkTree([str(folder)])
    return EmbeddedFiles(source, listing(source, []).paths).by("program/assets/pod.yaml")
