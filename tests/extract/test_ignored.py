"""Which absent paths Git would ignore."""

import subprocess
from pathlib import Path

import pytest

from cnilint.extract.ignored import IgnoredPaths

PATTERNS = {
    ".gitignore": "# secrets\n*.env\n/build/\ncache\nout/**/*.yaml\n!keep.env\ndata/[ab].json\n\\#odd\nx?.txt\n",
    "deep/.gitignore": "secret.yaml\n!b.env\n",
}
PATHS = [
    "token.env",
    "deep/token.env",
    "keep.env",
    "deep/b.env",
    "build/all.yaml",
    "deep/build/all.yaml",
    "deep/cache/all.yaml",
    "out/a/b/all.yaml",
    "out/all.yaml",
    "other/out/all.yaml",
    "data/a.json",
    "data/c.json",
    "#odd",
    "xy.txt",
    "secret.yaml",
    "deep/secret.yaml",
    "deep/er/secret.yaml",
]


@pytest.mark.parametrize("path", PATHS)
def test_as_git_does(path: str, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name, text in PATTERNS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = subprocess.run(["git", "check-ignore", "-q", path], cwd=tmp_path, check=False)
    rules = IgnoredPaths((name, text.encode()) for name, text in PATTERNS.items())
    assert rules.ignores(path) is (done.returncode == 0)
