"""Renames a key or a name that resolves, and counts how often a warning or an error reports it.

    python -m tests.tools.renames [--count N] [--seed N] [--show] [REPOSITORY ...]

By default the repositories are those of ``tests/scenarios``. Each mutation works on a fresh copy. Counted are references to
what a manifest of the repository defines: an object that exists only by the word of a producer with unknown keys says
nothing about a key.
"""

import argparse
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from cnilint.document import Span
from cnilint.resolve.outcome import Outcome
from tests.conftest import analyze_tree, check_tree

SCENARIOS = Path(__file__).parents[1] / "scenarios"
Part = Literal["key", "name"]


class Mutation(Struct, frozen=True):
    """A token of a reference to rename."""

    repository: Path
    part: Part
    span: Span
    text: str

    def __str__(self) -> str:
        return f"{self.repository}: {self.part} `{self.text}` at {self.span.file}:{self.span.line}"


def mutations(repository: Path) -> Iterator[Mutation]:
    """The tokens of the references that a manifest of the repository resolves, each place once."""
    with tempfile.TemporaryDirectory() as folder:
        analysis = analyze_tree(Path(shutil.copytree(repository, Path(folder) / "repository", symlinks=True)))
    found: set[tuple[Part, Span]] = set()
    for each in analysis.resolutions:
        reference = each.reference
        if each.outcome is not Outcome.RESOLVED or reference.optional or each.environment.unjudged:
            continue
        if reference.kind == "ServiceAccount" or any(one.definition.producer for one in each.found):
            continue
        parts: list[tuple[Part, Span, str]] = [("name", reference.name_span, reference.name)]
        if reference.key is not None and not each.is_sub_path:
            parts.append(("key", reference.span, reference.key))
        for part, span, text in parts:
            if span.line == span.end_line and (part, span) not in found:
                found.add((part, span))
                yield Mutation(repository, part, span, text)


def is_reported(mutation: Mutation) -> bool | None:
    """Whether an error or a warning is on the renamed token; None if its text is not in the file as it is read."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "repository"
        shutil.copytree(mutation.repository, copy, symlinks=True)
        file = copy / mutation.span.file
        lines = file.read_text("utf-8").split("\n")
        line = lines[mutation.span.line - 1]
        start, end = mutation.span.column - 1, mutation.span.end_column - 1
        if mutation.text not in line[start:end]:
            return None
        lines[mutation.span.line - 1] = (
            line[:start] + line[start:end].replace(mutation.text, f"{mutation.text}x") + line[end:]
        )
        file.write_text("\n".join(lines), "utf-8")
        result = check_tree(copy)
    return any(
        each.severity != "note"
        and (each.span.file, each.span.line) == (mutation.span.file, mutation.span.line)
        for each in result.findings
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200, help="mutations of each part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print what is not reported")
    parser.add_argument("repositories", nargs="*", type=Path)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    every = [
        each
        for repository in given.repositories or sorted(SCENARIOS.glob("*/repo"))
        for each in mutations(repository)
    ]
    counts: Counter[tuple[Part, bool]] = Counter()
    for part in ("key", "name"):
        some = [each for each in every if each.part == part]
        for mutation in chance.sample(some, min(given.count, len(some))):
            reported = is_reported(mutation)
            if reported is None:
                continue
            counts[part, reported] += 1
            if given.show and not reported:
                print(mutation)
        right, wrong = counts[part, True], counts[part, False]
        print(
            f"{part}s: {right} of {right + wrong} renamed are reported ({right / max(right + wrong, 1):.2f})"
        )


if __name__ == "__main__":
    main()
