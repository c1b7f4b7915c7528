"""Documents read by lines give the facts that the parser gives: of repositories, and of a generated one.

Usage::

    python -m tests.tools.same_facts [--objects NUMBER] [FOLDER ...]

Every folder is read twice, its kustomizations built: with outlines (``cnilint.document.outline``), and by the parser alone.
Exits with 1 if anything differs. Also tells how much of the text was read by lines.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from bench.check import generate
from cnilint.diagnostics.model import Diagnostic
from cnilint.document import outlinenodes, stream
from cnilint.document.limits import Budget
from cnilint.document.node import Node, Text
from cnilint.document.yaml import compose
from cnilint.extract.model import Gathered
from cnilint.extract.read import gather
from cnilint.packs.library import Library
from cnilint.source import WorkTree

PARTS = (
    "files",
    "builds",
    "overlays",
    "imperative",
    "diagnostics",
    "comments",
    "customizations",
    "skipped",
    "documents",
)
OBJECTS = 2_000
OBJECTS_OF_FILE = 10


class Parser:
    """Composes every document with the parser."""

    def compose(self, source: str, text: Text, diagnostics: list[Diagnostic], budget: Budget) -> Node | None:
        return compose(source, text, diagnostics, budget)


class Counted(outlinenodes.OutlineReader):
    """Counts the characters of the documents that have an outline, and of all."""

    def __init__(self) -> None:
        super().__init__()
        self.outlined = self.all = 0

    def compose(self, source: str, text: Text, diagnostics: list[Diagnostic], budget: Budget) -> Node | None:
        root = super().compose(source, text, diagnostics, budget)
        self.all += len(source)
        if isinstance(root, outlinenodes.OutlinedMapping | outlinenodes.OutlinedSequence):
            self.outlined += len(source)
        return root


def gathered(folder: Path, reader: Parser | Counted, library: Library) -> Gathered:
    with patch.object(stream, "OUTLINES", reader):
        return gather(WorkTree([str(folder)]), exclude=(), library=library)


def differences(folder: Path, counted: Counted, library: Library) -> list[str]:
    """The parts of what is read of a folder that differ, each with the first place where they do."""
    one, other = gathered(folder, counted, library), gathered(folder, Parser(), library)
    return [
        f"{part}: {_first(getattr(one, part), getattr(other, part))}"
        for part in PARTS
        if _comparable(getattr(one, part)) != _comparable(getattr(other, part))
    ]


def _comparable(value: object) -> object:
    """Changes of kustomizations hold nodes, which are compared by the builds that they make."""
    return len(value) if isinstance(value, list) and value and hasattr(value[0], "deployment") else value


def _first(ours: object, theirs: object) -> str:
    if isinstance(ours, list) and isinstance(theirs, list):
        pairs = zip(ours, theirs, strict=False)
        return next(
            (f"{one}\n  by the parser: {other}" for one, other in pairs if one != other), "their number"
        )
    return f"{ours}\n  by the parser: {theirs}"


@contextmanager
def generated(objects: int) -> Iterator[Path]:
    """A folder with as many objects of realistic kinds."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), max(1, objects // OBJECTS_OF_FILE), objects)
        yield Path(folder)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--objects", type=int, default=OBJECTS)
    given = parser.parse_args()
    counted, library, failed = Counted(), Library(), 0
    with generated(given.objects) as made:
        for folder in (*given.folders, made):
            found = differences(folder, counted, library)
            failed += bool(found)
            for each in found:
                print(f"{folder}: {each}")
    print(
        f"{failed} of {len(given.folders) + 1} folders differ; {counted.outlined / max(1, counted.all):.1%} read by lines"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
