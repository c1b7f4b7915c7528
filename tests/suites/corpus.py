"""``make corpus``: real upstream releases. Each is one environment, and only what is known to be true is reported.

The true ones are in ``corpus-known.json``: component, code, kind and name of the target, the reason. Notes about versions
on these and other pristine manifests were judged one by one: ``notes-judged.json``. A new one has to be judged.
"""

import json
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from cnilint.findings.model import Finding
from tests.suites import conclude, findings_of

KNOWN = Path(__file__).with_name("corpus-known.json")
JUDGED = Path(__file__).with_name("notes-judged.json")


@cache
def known() -> list[dict[str, str]]:
    """The findings that are true, each with its reason."""
    entries: list[dict[str, str]] = json.loads(KNOWN.read_text("utf-8"))
    return entries


@cache
def judged() -> list[dict[str, str]]:
    """The notes about versions that were judged, each with its verdict and the reason."""
    entries: list[dict[str, str]] = json.loads(JUDGED.read_text("utf-8"))
    return entries


def failures(release: Path) -> Iterator[str]:
    """The findings of level error or warning, and notes about versions, on a release that are not known to be true."""
    for finding in findings_of(release):
        is_open = not _known(release, finding) if finding.severity != "note" else _unjudged(release, finding)
        if is_open:
            yield f"{release.parent.name}/{release.name}:{finding.span.line}: {finding.code} {finding.message}"


def _known(release: Path, finding: Finding) -> bool:
    target = f"{finding.target.kind}/{finding.target.name}" if finding.target else ""
    return any(
        entry["code"] == finding.code
        and fnmatchcase(release.parent.name, entry["component"])
        and fnmatchcase(target or str(finding.message), entry["target"])
        for entry in known()
    )


def _unjudged(release: Path, finding: Finding) -> bool:
    return finding.code.startswith("CNI2") and not any(
        fnmatchcase(release.parent.name, entry["component"])
        and fnmatchcase(str(finding.message), entry["note"])
        and entry["verdict"] == "true"
        for entry in judged()
    )


def main(folder: Path) -> int:
    problems = [list(failures(release)) for release in sorted(folder.glob("*/*.yaml"))]
    return conclude(sum(not found for found in problems), (text for found in problems for text in found))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
