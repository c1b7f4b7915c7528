"""``cnilint check`` and ``cnilint diff`` with the cache: cold, warm, with one changed file, and since the last commit.

All are run in turn, one round after the other, so that a slow minute slows them all. Figures are medians of the rounds, and
ratios are of the runs of one round. Cold runs start without a cache. The changed file has another comment in each round, or
another value of an environment variable; the commit before has another ConfigMap in one file::

    python bench/cache.py --files 10000 --objects 20000
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from check import INSTALLED, Run, figures_of, generate, ratios, timed

GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.invalid")
_VALUE = "value: '"
"""The beginning of the value of an environment variable in a generated file."""
SETTLED = 4.0
"""Seconds after which the times of a file tell whether it changed."""


class Bench:
    """A committed repository, and a cache beside it."""

    def __init__(self, folder: Path, files: int, objects: int) -> None:
        self.repository, self.cache = folder / "repository", folder / "cache"
        generate(self.repository, files, objects)
        self._git("init", "-q")
        self._commit()
        half = sorted(self.repository.rglob("*.yaml"))[files // 2 :]
        self.changed = next(path for path in half if _VALUE in path.read_text("utf-8"))
        extra = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: bench}\ndata: {a: b}\n"
        self.changed.write_text(self.changed.read_text("utf-8") + extra, "utf-8")
        self._commit()
        self._text = self.changed.read_text("utf-8")

    def run(self, *arguments: str) -> Run:
        place = [f"--cache-dir={self.cache}", "--format", "json"]
        return timed([sys.executable, "-m", "cnilint", *arguments, *place], self.repository)

    def round(self, number: int) -> dict[str, Run]:
        """One run of each kind."""
        shutil.rmtree(self.cache, ignore_errors=True)
        found = {"cold": self.run("check")}
        # The first run after this learns the times of files that were changed just now.
        time.sleep(SETTLED)
        self.run("check")
        found["warm"] = self.run("check")
        found["warm, one file of it"] = self._again("check", str(self.changed))
        found["one file with another comment"] = self._with(f"{self._text}# round {number}\n")
        found["one file with another value"] = self._with(self._text.replace(_VALUE, f"{_VALUE}{number}", 1))
        self.changed.write_text(self._text, "utf-8")
        self.run("check")
        found["first diff HEAD~1"] = self.run("diff", "HEAD~1")
        found["diff HEAD~1"] = self._again("diff", "HEAD~1")
        found["start"] = timed([sys.executable, "-m", "cnilint", "--version"])
        return found

    def _again(self, *arguments: str) -> Run:
        self.run(*arguments)
        return self.run(*arguments)

    def _with(self, text: str) -> Run:
        """A run after the file changed."""
        self.changed.write_text(text, "utf-8")
        return self.run("check")

    def _commit(self) -> None:
        self._git("add", ".")
        self._git("commit", "-qm", "bench")

    def _git(self, *arguments: str) -> None:
        subprocess.run([*GIT, *arguments], cwd=self.repository, check=True, env=INSTALLED)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), given.files, given.objects)
        rounds = [bench.round(number) for number in range(given.rounds)]
    runs = {name: [each[name] for each in rounds] for name in rounds[0]}
    print(
        json.dumps(
            {
                "figures": {name: figures_of(each) for name, each in runs.items()},
                "to cold": {
                    name: ratios(each, runs["cold"]) for name, each in runs.items() if name != "cold"
                },
                "to warm": {
                    name: ratios(each, runs["warm"]) for name, each in runs.items() if name != "warm"
                },
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
