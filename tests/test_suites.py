"""The recorded material, as far as a quick run allows; ``make incidents`` and ``make corpus`` run all of it."""

from pathlib import Path

import pytest

from tests.suites import corpus, incidents


def test_incidents(shared: Path) -> None:
    cases = sorted(path.parent for path in (shared / "incidents").glob("*/case.json"))
    assert cases
    assert [failure for case in cases for failure in incidents.failures(case)] == []


def test_newest_release_of_each_component(shared: Path) -> None:
    folders = sorted(path for path in (shared / "corpus").iterdir() if path.is_dir())
    newest = [max(folder.glob("*.yaml")) for folder in folders]
    assert len(newest) > 20
    assert [failure for release in newest for failure in corpus.failures(release)] == []


@pytest.mark.parametrize("entry", corpus.known(), ids=lambda entry: entry["target"])
def test_known_findings_say_why(entry: dict[str, str]) -> None:
    assert set(entry) == {"component", "code", "target", "reason"}
    assert len(entry["reason"]) > 30
