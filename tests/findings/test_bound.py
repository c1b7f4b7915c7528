"""The bound on findings of one code in one file: what is kept, and what is said of the rest."""

from collections.abc import Sequence

import pytest

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.bound import MOST, bounded
from cnilint.findings.policy import findings
from tests.findings.test_policy import POLICY, SCOPE, found, span


def _bounded(diagnostics: Sequence[Diagnostic]) -> list[tuple[int, str, str]]:
    kept = bounded(findings(diagnostics, POLICY, SCOPE).findings)
    return [(each.span.line, each.severity, str(each.message)) for each in kept]


def _lines(count: int) -> list[Diagnostic]:
    return [found(line=line, severity="warning") for line in range(1, count + 1)]


def test_as_many_as_the_bound_are_kept() -> None:
    assert len(_bounded(_lines(MOST))) == MOST


def test_one_tells_of_the_rest_with_the_severity_of_the_worst() -> None:
    kept = _bounded([*_lines(MOST + 9), found(line=MOST + 10)])
    assert kept[MOST - 1] == (MOST, "warning", "m")
    assert kept[MOST:] == [(MOST + 1, "error", "10 more findings of this code in this file are not shown")]


def test_a_place_counts_once_for_all_environments() -> None:
    everywhere = [found(line=line, environment=name) for line in (1, 2) for name in map(str, range(MOST))]
    assert len(_bounded(everywhere)) == 2 * MOST


def test_findings_at_one_place_are_bounded() -> None:
    here = [found(message=Message("{number}", number=f"{number:04}")) for number in range(MOST + 2)]
    assert _bounded(here)[MOST:] == [(3, "error", "2 more findings of this code in this file are not shown")]


@pytest.mark.parametrize("other", [found("CNI106", line=9), found(line=9, span=span(9, "b.yaml"))])
def test_other_codes_and_files_are_not_affected(other: Diagnostic) -> None:
    assert len(_bounded([*_lines(MOST + 1), other])) == MOST + 2
