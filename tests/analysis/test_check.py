"""Analyses and reports as values: side by side, edited, filtered."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from cnilint.analysis.check import Analysis, analyze, analyze_facts, report
from cnilint.analysis.live import live_objects
from cnilint.analysis.settings import AnalysisSettings, PolicySettings
from cnilint.config.model import Config
from cnilint.errors import UsageError
from cnilint.extract.file import scan
from cnilint.findings.model import Finding
from cnilint.findings.policy import Policy
from cnilint.packs.library import Library
from cnilint.source import GitRevision, StandardInput, WorkTree
from cnilint.versions import Version
from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import analyze_tree

NOTHING = Policy()
OPTIONAL = "        optional: true\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits, of which the second one renames a key that is read."""
    git(tmp_path, "init", "-q")
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "settings.yaml").write_text(SETTINGS % "level")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    (tmp_path / "settings.yaml").write_text(SETTINGS % "log_level")
    git(tmp_path, "commit", "-qam", "two")
    return tmp_path


def at(repository: Path, revision: str) -> Analysis:
    return analyze(GitRevision([str(repository)], revision), AnalysisSettings())


def codes(analysis: Analysis, policy: Policy = NOTHING) -> list[str]:
    return [finding.code for finding in report(analysis, policy).findings]


def stream(*texts: str) -> StandardInput:
    return StandardInput("stdin", "---\n".join(texts).encode())


def test_two_revisions_side_by_side(repository: Path) -> None:
    before, after = at(repository, "HEAD~1"), at(repository, "HEAD")
    assert codes(after) == ["CNI101"]
    assert codes(before) == []
    assert codes(after) == ["CNI101"]
    assert before.source.revision != after.source.revision
    assert before.environments[0].objects != after.environments[0].objects


def test_findings_that_another_revision_did_not_have(repository: Path) -> None:
    """As ``--since`` and a baseline do: by fingerprint, and without another analysis."""
    (repository / "twin.yaml").write_text(POD.replace("name: agent", "name: twin"))
    known = {finding.fingerprint for finding in report(at(repository, "HEAD"), NOTHING).findings}
    now = analyze(WorkTree([str(repository)]), AnalysisSettings())
    policy = Policy(keep=lambda finding: finding.fingerprint not in known)
    assert [finding.span.file for finding in report(now, policy).findings] == ["twin.yaml"]
    assert [finding.span.file for finding in report(now, NOTHING).findings] == ["pod.yaml", "twin.yaml"]


def test_the_filter_sees_only_what_the_rest_of_the_policy_keeps() -> None:
    seen: list[str] = []

    def keep(finding: Finding) -> bool:
        seen.append(finding.code)
        return False

    analysis = analyze(stream(POD, SETTINGS % "other", "kind: [\n"), AnalysisSettings())
    assert codes(analysis, Policy(select=["CNI1"], keep=keep)) == []
    assert seen == ["CNI101"]


def test_a_report_does_not_change_the_analysis() -> None:
    analysis = analyze(stream(POD, SETTINGS % "other"), AnalysisSettings())
    diagnostics = analysis.diagnostics
    first = report(analysis, Policy(ignore=["CNI101"]))
    assert first.findings == ()
    assert codes(analysis) == ["CNI101"]
    assert analysis.diagnostics == diagnostics


def test_severity_of_the_policy() -> None:
    analysis = analyze(stream(POD, SETTINGS % "other"), AnalysisSettings())
    (finding,) = report(analysis, Policy(severity={"CNI101": "note"})).findings
    assert finding.severity == "note"


def test_an_edit_of_one_file(repository: Path) -> None:
    """As an editor does: the facts of one file are replaced, the source is not read again."""
    analysis = analyze_tree(repository)
    assert codes(analysis) == ["CNI101"]
    edited = scan("settings.yaml", (SETTINGS % "level").encode(), Library())
    files = [edited if each.file == edited.file else each for each in analysis.gathered.files]
    after = analyze_facts(replace(analysis.gathered, files=files), analysis.settings)
    assert codes(after) == []
    assert codes(analysis) == ["CNI101"]


def test_live_objects_that_come_from_no_file() -> None:
    analysis = analyze(stream(POD), AnalysisSettings())
    assert codes(analysis) == ["CNI102"]
    live = live_objects([("cluster", (SETTINGS % "level").encode())], Library())
    assert codes(analyze_facts(analysis.gathered, analysis.settings, live)) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"apiVersion: v1\nkind: List\nmetadata: {}\nitems: [\n", "cannot read the live dump: cluster:"),
        (b"a: 1\n", "the live dump `cluster` has no Kubernetes object"),
    ],
)
def test_a_dump_that_is_no_cluster(data: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        live_objects([("cluster", data)], Library())


def test_no_dump_covers_nothing() -> None:
    live = live_objects([], Library())
    assert (live.environments, live.covered) == ((), frozenset())


def test_everything_is_analyzed_and_the_selection_is_reported(repository: Path) -> None:
    analysis = analyze_tree(repository, "settings.yaml")
    assert [each.code for each in analysis.diagnostics] == ["CNI101"]
    assert codes(analysis) == []
    assert report(analysis, NOTHING).coverage.references["total"] == 0


def test_the_index_and_resolutions_are_part_of_the_analysis() -> None:
    analysis = analyze(stream(POD, SETTINGS % "level"), AnalysisSettings())
    (resolution,) = analysis.resolutions
    assert resolution.outcome.value == "resolved"
    assert ("ConfigMap", "settings") in analysis.index.definitions


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (AnalysisSettings(), ["warning CNI102"]),
        (AnalysisSettings(closed_world=True), ["error CNI102"]),
        (AnalysisSettings(closed_world=True, namespace="net"), ["error CNI102"]),
    ],
)
def test_settings(settings: AnalysisSettings, expected: list[str]) -> None:
    result = report(analyze(stream(POD), settings), NOTHING)
    assert [f"{each.severity} {each.code}" for each in result.findings] == expected
    owner = {each.target.namespace for each in result.findings if each.target is not None}
    assert owner == {settings.namespace}


def test_a_target_of_the_command_line_overrides_the_configuration() -> None:
    config = Config(targets={"ciliun": "1.15"})
    with pytest.raises(UsageError, match="unknown component `ciliun`"):
        analyze(stream(POD), AnalysisSettings(config=config))
    config = Config(targets={"cilium": "1.15"})
    settings = AnalysisSettings(config=config, targets={"cilium": Version((1, 16))})
    assert codes(analyze(stream(POD), settings)) == ["CNI102"]


def test_a_target_that_is_no_version() -> None:
    with pytest.raises(UsageError, match=r"targets\.cilium: `new` is not a version"):
        analyze(stream(POD), AnalysisSettings(config=Config(targets={"cilium": "new"})))


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    analyze(stream(POD), AnalysisSettings(), lambda done, total: told.append((done, total)))
    assert told == [(0, 1)]


def test_the_policy_of_the_command_line_and_the_configuration() -> None:
    config = Config(select=("CNI1",), ignore=("CNI101",), severity={"CNI102": "error"})
    policy = PolicySettings(select=("CNI9",), ignore=("CNI103",), as_of="2026-01-31").policy(config)
    assert policy == Policy(
        select=("CNI1", "CNI9"),
        ignore=("CNI101", "CNI103"),
        severity={"CNI102": "error"},
        today="2026-01-31",
    )


def test_a_fault_of_a_file_that_nothing_applies_is_a_note_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [settings.yaml]\n")
    (tmp_path / "settings.yaml").write_text(SETTINGS % "level")
    (tmp_path / "old.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old\n")
    result = report(analyze_tree(tmp_path), NOTHING)
    (finding,) = result.findings
    assert (finding.code, finding.severity, finding.confidence) == ("CNI901", "note", "possible")
    assert finding.evidence == ("the kustomization of its folder does not list it",)
    assert finding.environment in {each.name for each in result.environments}
