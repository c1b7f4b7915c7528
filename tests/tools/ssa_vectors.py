"""Replay a directory of recorded vectors of server-side apply and count.

Usage: ``ssa_vectors.py DIRECTORY``. Prints every case that is not as recorded, with the reason where it is
one of the known ones (``tests/ssa/known-differences.json``), how many cases have no recorded answer, and last
"N passed, M failed". Exits 1 where a case fails that is not known. Recorded sequences count by their steps,
everything else by cases.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from cnilint.ssa.typed.values import JsonObject
from tests.tools.replay_migration import replay_csaupgrade, replay_dry_run, replay_kops
from tests.tools.replay_server import replay_steps, replay_trace
from tests.tools.replay_smd import replay_merge, replay_unit, schemas

KNOWN = Path(__file__).resolve().parents[1] / "ssa" / "known-differences.json"

SINGLE = {
    "apimachinery-managedfields": replay_trace,
    "client-go-csaupgrade": replay_csaupgrade,
    "kops-managedfields-migration": replay_kops,
    "gitops-engine-ssd": replay_dry_run,
}


def main(directory: Path) -> int:
    known = json.loads(KNOWN.read_text(encoding="utf-8"))
    passed = failed = unknown = 0
    for name, problem in replay_all(directory):
        if problem is None:
            passed += 1
            continue
        failed += 1
        reason = known.get(name)
        unknown += reason is None
        print(f"{name}: {problem if reason is None else 'known: ' + reason}")
    without = list(unanswered(directory))
    if without:
        print(f"{len(without)} skipped, which have no recorded answer: {', '.join(without)}")
    print(f"{passed} passed, {failed} failed")
    return 1 if unknown or not passed else 0


def replay_all(directory: Path) -> Iterator[tuple[str, str | None]]:
    """Every case or step with its name; None where it is as recorded, else what differs. Cases without a recorded
    answer are left out."""
    for path, document in _documents(directory):
        known = schemas(document)
        for case in document["cases"]:
            name = f"{path.stem}: {case['name']}"
            if not _is_answered(case):
                continue
            if path.stem in SINGLE:
                yield name, SINGLE[path.stem](case)
            elif path.stem.startswith("smd-merge-"):
                yield name, replay_merge(case, known)
            elif path.stem.startswith("smd-"):
                yield name, replay_unit(case, known)
            else:
                for index, problem in enumerate(replay_steps(case)):
                    yield f"{name} step {index}", problem


def unanswered(directory: Path) -> Iterator[str]:
    """The names of the cases without a recorded answer."""
    for path, document in _documents(directory):
        yield from (f"{path.stem}: {case['name']}" for case in document["cases"] if not _is_answered(case))


def _documents(directory: Path) -> Iterator[tuple[Path, JsonObject]]:
    for path in sorted(directory.glob("*.json")):
        yield path, json.loads(path.read_text(encoding="utf-8"))


def _is_answered(case: JsonObject) -> bool:
    """Whether a case says what comes out: a dry run without its answer, or a step without its object, does not."""
    if "predicted_live" in case and case["predicted_live"] is None:
        return False
    return all(step.get("after") is not None for step in case.get("steps", ()))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
