"""The share of the rule packs in a cold ``cnilint check``: the same command without them, in the same run.

Without packs no object belongs to a component, and no rule data is read. Repositories are a generated one, whose objects
belong to no component, and any others that are given::

    python bench/packs.py --files 2000 --objects 20000 --tree ../home-ops

Figures are medians of the rounds; the share is the median of those of each round, of the processor time of all processes.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from check import Run, figures_of, generate, rounds

WITHOUT = """
import sys
from pathlib import Path
import cnilint.analysis.check, cnilint.extract.file
from cnilint.cli.main import main
from cnilint.packs.library import Library
library = Library(Path(sys.argv.pop(1)))
cnilint.analysis.check.library_of = lambda settings: library
cnilint.extract.file.read_part = lambda *_: None
main()
"""


def share(whole: list[Run], without: list[Run]) -> float:
    """What the packs take of the processor time."""
    return round(median(1 - one.cpu / other.cpu for other, one in zip(whole, without, strict=True)), 3)


def measured(folder: str, empty: str, repeat: int) -> dict[str, object]:
    arguments = ["check", folder, "--no-cache", "--format", "json"]
    runs = rounds(
        {
            "check": [sys.executable, "-m", "cnilint", *arguments],
            "check without packs": [sys.executable, "-c", WITHOUT, empty, *arguments],
        },
        repeat,
    )
    figures = {name: figures_of(each) for name, each in runs.items()}
    return {**figures, "share of packs": share(runs["check"], runs["check without packs"])}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--objects", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tree", action="append", default=[], help="one more repository")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as empty:
        generate(Path(made), given.files, given.objects)
        results = {"generated": measured(made, empty, given.rounds)}
        results |= {Path(tree).name: measured(tree, empty, given.rounds) for tree in given.tree}
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
