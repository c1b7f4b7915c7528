"""``make corpus``: real upstream releases. Each is one environment, and only what is known to be true is reported.

The true ones are in ``corpus-known.json``: component, code, kind and name of the target, the reason.
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


@cache
def known() -> list[dict[str, str]]:
    """The findings that are true, each with its reason."""
    entries: list[dict[str, str]] = json.loads(KNOWN.read_text("utf-8"))
    return entries


def failures(release: Path) -> Iterator[str]:
    """The findings of level error or warning on a release that are not known to be true."""
    for finding in findings_of(release):
        if finding.severity != "note" and not _known(release, finding):
            yield f"{release.parent.name}/{release.name}:{finding.span.line}: {finding.code} {finding.message}"


def _known(release: Path, finding: Finding) -> bool:
    target = f"{finding.target.kind}/{finding.target.name}" if finding.target else ""
    return any(
        entry["code"] == finding.code
        and fnmatchcase(release.parent.name, entry["component"])
        and fnmatchcase(target or str(finding.message), entry["target"])
        for entry in known()
    )


def main(folder: Path) -> int:
    problems = [list(failures(release)) for release in sorted(folder.glob("*/*.yaml"))]
    return conclude(sum(not found for found in problems), (text for found in problems for text in found))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
