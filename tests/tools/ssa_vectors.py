"""Replay a directory of recorded vectors of server-side apply and count.

Usage: ``ssa_vectors.py DIRECTORY``. Prints every case that is not as recorded, with the reason where it is
one of the known ones (``tests/ssa/known-differences.json``), and last "N passed, M failed". Exits 1 where
a case fails that is not known. Recorded sequences count by their steps, everything else by cases.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

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
    print(f"{passed} passed, {failed} failed")
    return 1 if unknown or not passed else 0


def replay_all(directory: Path) -> Iterator[tuple[str, str | None]]:
    """Every case or step with its name; None where it is as recorded, else what differs."""
    for path in sorted(directory.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        known = schemas(document)
        for case in document["cases"]:
            name = f"{path.stem}: {case['name']}"
            if path.stem in SINGLE:
                yield name, SINGLE[path.stem](case)
            elif path.stem.startswith("smd-merge-"):
                yield name, replay_merge(case, known)
            elif path.stem.startswith("smd-"):
                yield name, replay_unit(case, known)
            else:
                for index, problem in enumerate(replay_steps(case)):
                    yield f"{name} step {index}", problem


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
