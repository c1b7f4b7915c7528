"""``make incidents``: recorded incidents. Each dangling reference is reported at its line, and no other error."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cnilint.findings.model import Finding
from tests.suites import conclude, findings_of

_WHERE = re.compile(r"(?:init:)?(?P<container>[^.]+)\.env\[(?P<variable>[^]]+)\]")


def failures(case: Path) -> Iterator[str]:
    """What is wrong with the findings on one incident."""
    expected = json.loads((case / "case.json").read_text("utf-8")).get("computed_required_dangling", [])
    broken = next((case / name for name in ("leftover.yaml", "after.yaml") if (case / name).is_file()), None)
    if broken is not None and expected:
        yield from _dangling(broken, expected)
    for name in ("before.yaml", "after.yaml"):
        path = case / name
        if path.is_file() and path != broken:
            for finding in findings_of(path):
                if finding.severity == "error":
                    yield f"{case.name}/{name}:{finding.span.line}: {finding.code} {finding.message}"


def _dangling(path: Path, expected: list[Mapping[str, str]]) -> Iterator[str]:
    found = findings_of(path)
    lines = path.read_text("utf-8").split("\n")
    matched: set[str] = set()
    for entry in expected:
        hits = [finding for finding in found if _is(finding, entry)]
        if not hits:
            yield f"{path.parent.name}: not reported: {entry['where']} {entry['kind']} {entry['name']} {entry.get('key')}"
        for hit in hits:
            matched.add(hit.fingerprint)
            is_about_key = hit.target is not None and hit.target.key and hit.path.endswith("key")
            token = entry.get("key") if is_about_key else entry["name"]
            if token and token not in lines[hit.span.line - 1][hit.span.column - 1 : hit.span.end_column - 1]:
                yield f"{path.parent.name}:{hit.span.line}: the place is not the token '{token}'"
    for finding in found:
        if finding.severity == "error" and finding.fingerprint not in matched:
            yield f"{path.parent.name}:{finding.span.line}: unexpected {finding.code} {finding.message}"


def _is(finding: Finding, entry: Mapping[str, str]) -> bool:
    owner, target = finding.owner, finding.target
    if owner is None or target is None or finding.severity == "note":
        return False
    kind, _, name = entry["workload"].partition("/")
    where = _WHERE.match(entry["where"])
    return (
        (owner.kind, owner.name) == (kind, name.rpartition("/")[2])
        and (target.kind, target.name) == (entry["kind"], entry["name"])
        and (target.key or None) in (entry.get("key") or None, None)
        and (where is None or finding.container == where["container"])
    )


def main(folder: Path) -> int:
    cases = sorted(path.parent for path in folder.glob("*/case.json"))
    problems = {case.name: list(failures(case)) for case in cases}
    return conclude(
        sum(not found for found in problems.values()),
        (text for found in problems.values() for text in found),
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
