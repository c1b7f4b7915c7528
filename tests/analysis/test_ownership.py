"""An audit as a value: its reports under several policies, and what it needs."""

import json
from pathlib import Path

import pytest

from cnilint.analysis.ownership import OwnershipAnalysis, audit, report
from cnilint.analysis.settings import AuditSettings
from cnilint.errors import UsageError
from cnilint.findings.policy import Policy
from cnilint.source import WorkTree
from cnilint.ssa.schema.schema import SchemaError


def live(name: str, **metadata: object) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "net", **metadata},
        "data": {"a": "1"},
    }


def dump(*items: dict[str, object]) -> dict[str, bytes]:
    return {"live.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()}


def analysis(count: int = 1) -> OwnershipAnalysis:
    """An audit of objects whose ownership records are empty, which is a finding on each."""
    return audit(dump(*(live(f"c{number}", managedFields=[]) for number in range(count))), AuditSettings())


def test_one_audit_two_policies() -> None:
    audited = analysis()
    every = report(audited, Policy())
    assert [finding.code for finding in every.findings] == ["CNI306"]
    assert report(audited, Policy(ignore=["CNI3"])).findings == ()
    assert report(audited, Policy(keep=lambda finding: finding.code != "CNI306")).findings == ()
    assert report(audited, Policy()) == every


def test_two_audits_side_by_side() -> None:
    one, two = analysis(1), analysis(2)
    assert len(report(one, Policy()).findings) == 1
    assert len(report(two, Policy()).findings) == 2
    assert len(report(one, Policy()).findings) == 1


def test_without_manifests_nothing_is_predicted() -> None:
    result = report(analysis(), Policy())
    assert result.ownership is not None
    assert (result.ownership.objects, result.ownership.matched, result.ownership.predicted) == (1, 0, 0)
    assert (result.root, result.revision, result.environments) == (".", None, ())


def test_every_object_with_findings_is_shown() -> None:
    result = report(analysis(23), Policy())
    assert result.ownership is not None
    assert len(result.ownership.portraits) == 23


def test_a_manifest_is_matched(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(live("c0")))
    audited = audit(
        dump(live("c0", managedFields=[])), AuditSettings(applier="kubectl"), WorkTree([str(tmp_path)])
    )
    result = report(audited, Policy())
    assert result.ownership is not None
    assert result.ownership.matched == 1
    assert [each.objects for each in result.environments] == [1]
    assert result.coverage.files == 2


def test_an_old_release_that_no_applier_compares_with(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(live("c0")))
    source = WorkTree([str(tmp_path)])
    with pytest.raises(UsageError, match="--previous: no live object") as raised:
        audit(dump(live("c0")), AuditSettings(), source, source)
    assert raised.value.hint == "name the tool with --applier"


def test_a_version_that_is_none() -> None:
    with pytest.raises(SchemaError):
        audit(dump(live("c0")), AuditSettings(kube_version="new"))
