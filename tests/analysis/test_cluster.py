"""``--cluster`` from the manifests to findings, against a small server."""

from pathlib import Path

import pytest

from cnilint.analysis.check import analyze
from cnilint.analysis.cluster import named_objects
from cnilint.analysis.settings import AnalysisSettings, AuditSettings, ClusterSettings
from cnilint.errors import UsageError
from cnilint.source import WorkTree
from tests.cluster.conftest import Fake, Reply, Request, fake, table

__all__ = ["fake"]
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: reader, namespace: apps}
spec:
  containers:
  - name: main
    image: example.com/reader:1
    env:
    - {name: A, valueFrom: {configMapKeyRef: {name: settings, key: level}}}
    - {name: B, valueFrom: {configMapKeyRef: {name: settings, key: gone}}}
    - {name: C, valueFrom: {configMapKeyRef: {name: absent, key: level}}}
    - {name: D, valueFrom: {secretKeyRef: {name: whole, key: a}}}
    - {name: E, valueFrom: {secretKeyRef: {name: whole, key: gone}}}
    - {name: F, valueFrom: {secretKeyRef: {name: partly, key: gone}}}
"""
OWNED: dict[str, object] = {"f:data": {"f:a": {}}}


def server(request: Request) -> Reply:
    if request.path.endswith("/secrets"):
        return Reply(table(("whole", 1, OWNED), ("partly", 2, OWNED)))
    if request.path.endswith("/configmaps"):
        metadata = {"name": "settings", "namespace": "apps"}
        return Reply({"items": [{"metadata": metadata, "data": {"level": "1"}}]})
    return Reply({"items": []})


def outcomes(folder: Path, **settings: object) -> dict[str, str]:
    """What became of each reference, and the reasons of those that cannot be verified."""
    cluster = ClusterSettings(use_cluster=True, **settings)  # type: ignore[arg-type]
    analysis = analyze(WorkTree([str(folder)]), AnalysisSettings(cluster=cluster))
    return {
        f"{each.reference.name}/{each.reference.key}": each.reason or each.outcome.value
        for each in analysis.resolutions
    }


def test_live_objects_complete_the_manifests(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    fake.answer = server
    assert outcomes(tmp_path / "pod.yaml") == {
        "settings/level": "resolved",
        "settings/gone": "missing-key",
        "absent/level": "missing-object",
        "whole/a": "resolved",
        "whole/gone": "missing-key",
        "partly/gone": "provided",
    }
    assert {request.path.rpartition("/")[0] for request in fake.requests} == {"/api/v1/namespaces/apps"}


def test_what_may_not_be_listed_is_unverifiable(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    fake.answer = lambda request: Reply(status=403) if request.path.endswith("/secrets") else server(request)
    found = outcomes(tmp_path / "pod.yaml")
    denied = "`list` on `secrets` in namespace `apps` is forbidden"
    assert [found[name] for name in ("whole/a", "partly/gone", "absent/level")] == [
        denied,
        denied,
        "missing-object",
    ]


def test_the_live_cluster_is_certain(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    fake.answer = server
    settings = AnalysisSettings(cluster=ClusterSettings(use_cluster=True))
    analysis = analyze(WorkTree([str(tmp_path / "pod.yaml")]), settings)
    assert ("Secret", "apps") in analysis.index.covered


def test_namespaces_are_named(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD.replace(", namespace: apps", ""))
    fake.answer = server
    with pytest.raises(UsageError, match="no manifest sets a namespace"):
        outcomes(tmp_path / "pod.yaml")
    assert outcomes(tmp_path / "pod.yaml", live_namespace=("apps",))["settings/gone"] == "missing-key"


def test_nothing_is_read_for_nothing(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n")
    assert outcomes(tmp_path / "a.yaml") == {}
    assert fake.requests == []


def test_no_live_object_may_be_read(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    fake.answer = lambda request: Reply(status=403)
    with pytest.raises(UsageError, match="nothing could be read: 1 object, because the resources of `v1`"):
        named_objects(ClusterSettings(use_cluster=True), AuditSettings(), WorkTree([str(tmp_path)]))
