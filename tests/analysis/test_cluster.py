"""``--cluster`` from the manifests to findings, against a small server."""

from pathlib import Path

import pytest

from cnilint.analysis.check import analyze
from cnilint.analysis.cluster import named_objects
from cnilint.analysis.settings import AnalysisSettings, AuditSettings, ClusterSettings
from cnilint.config.model import Config
from cnilint.errors import UsageError
from cnilint.ownership.inputs.desired import read_whole_desired
from cnilint.source import WorkTree
from cnilint.versions import parse_version
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
    folders = {request.path.rpartition("/")[0] for request in fake.requests if request.path != "/version"}
    assert folders == {"/api/v1/namespaces/apps"}


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
    assert [request.path for request in fake.requests] == ["/version"]


def test_no_live_object_may_be_read(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    fake.answer = lambda request: Reply(status=403)
    desired = read_whole_desired(WorkTree([str(tmp_path)]), Config(), None)
    with pytest.raises(UsageError, match="nothing could be read: 1 object, because the resources of `v1`"):
        named_objects(ClusterSettings(use_cluster=True), AuditSettings(), desired)


OLD = """\
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: a, namespace: apps}
spec: {minAvailable: 1, selector: {matchLabels: {app: a}}}
"""


@pytest.mark.parametrize(
    ("minor", "given", "codes", "notices"),
    [
        ("30", None, ["CNI204"], []),
        ("24+", None, ["CNI205"], []),
        ("30", "1.24", ["CNI205"], []),
        ("24", "1.30", ["CNI204"], []),
        (
            "",
            None,
            [],
            ["the cluster does not tell its Kubernetes version: API versions are not checked"],
        ),
    ],
)
def test_the_version_of_the_cluster(
    fake: Fake, tmp_path: Path, minor: str, given: str | None, codes: list[str], notices: list[str]
) -> None:
    (tmp_path / "a.yaml").write_text(OLD)
    fake.answer = lambda request: Reply({"major": "1", "minor": minor})
    settings = AnalysisSettings(
        cluster=ClusterSettings(use_cluster=True),
        kube_version=None if given is None else parse_version(given),
    )
    analysis = analyze(WorkTree([str(tmp_path)]), settings)
    assert [found.code for found in analysis.diagnostics] == codes
    assert list(analysis.notices) == notices
    assert len(fake.requests) == (0 if given else 1)


def test_the_objects_of_one_environment_are_read(fake: Fake, tmp_path: Path) -> None:
    for name in ("dev", "prod"):
        folder = tmp_path / "clusters" / name
        folder.mkdir(parents=True)
        (folder / "a.yaml").write_text(
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: of-{name}, namespace: apps}}\n"
        )
    kind = {"name": "configmaps", "kind": "ConfigMap", "namespaced": True}
    fake.answer = lambda request: Reply(
        {"resources": [kind]} if request.path == "/api/v1" else {"metadata": {}}
    )
    desired = read_whole_desired(WorkTree([str(tmp_path)]), Config(), None)

    def read(environment: str | None) -> set[str]:
        settings = AuditSettings(environment=environment, kube_version="1.30")
        found = named_objects(ClusterSettings(use_cluster=True), settings, desired)
        return {name.rpartition("/")[2] for name in found.dumps}

    assert read("prod") == {"of-prod.json"}
    assert read(None) == {"of-dev.json", "of-prod.json"}
    with pytest.raises(UsageError, match="is not an environment"):
        read("test")
