"""``--cluster`` against a real API server: ``make live-cluster``."""

import gzip
import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnilint.cluster.client import JSON, ClientLimits
from cnilint.cluster.connect import connect
from cnilint.cluster.listing import list_namespaces
from cnilint.cluster.secretkeys import TABLE
from cnilint.ssa.typed.values import JsonObject
from tests.oracles.apiserver.server import Server, allow, defined, server
from tests.programs import needs

SECRET = "c2VjcmV0LXZhbHVl"
pytestmark = [
    pytest.mark.slow,
    needs("etcd", "kube-apiserver"),
]
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: reader, namespace: apps}
spec:
  containers:
  - name: main
    image: example.com/reader:1
    env:
    - name: LEVEL
      valueFrom: {configMapKeyRef: {name: settings, key: level}}
    - name: GONE
      valueFrom: {configMapKeyRef: {name: settings, key: gone}}
    - name: PASSWORD
      valueFrom: {secretKeyRef: {name: credentials, key: password}}
    - name: NOBODY
      valueFrom: {secretKeyRef: {name: credentials, key: nobody}}
"""
DAEMONSET = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: apps}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: example.com/agent:2
"""


def named(kind: str, name: str, **members: object) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "apps"},
        **members,  # type: ignore[dict-item]
    }


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("server"), authorization="RBAC") as one:
        for name in ("apps", "many"):
            one.post(
                "/api/v1/namespaces",
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
                "t",
            )
        one.post(
            "/api/v1/namespaces/apps/configmaps", named("ConfigMap", "settings", data={"level": "1"}), "t"
        )
        secrets = "/api/v1/namespaces/apps/secrets"
        one.post(secrets, named("Secret", "credentials", data={"password": SECRET}), "t")
        # The API server moves the values of ``stringData``: the key `one` stays, and no entry owns it.
        for key in ("one", "two"):
            texts = named("Secret", "texts", stringData={key: "secret-value"})
            one.apply(f"{secrets}/texts", texts, "a", force=True)
        one.post(secrets, named("Secret", "damaged", data={"lost": SECRET}), "t")
        cleared: JsonObject = {"metadata": {"managedFields": [{}]}}
        one.merge(f"{secrets}/damaged", cleared, "t")
        for number in range(7):
            one.post(
                "/api/v1/namespaces/many/configmaps",
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{number}"}},
                "t",
            )
        allow(one, "apps", ("configmaps",), ("list",))
        yield one


def run(one: Server, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cnilint", *arguments],
        cwd=folder,
        env={**os.environ, "KUBECONFIG": str(one.kubeconfig), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_check_completes_manifests(cluster: Server, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    done = run(cluster, tmp_path, "check", "--cluster", "--format", "concise", ".")
    assert done.returncode == 1, done.stderr
    assert "CNI101" in done.stdout
    assert "`gone`" in done.stdout
    assert "`nobody`" in done.stdout
    assert "`level`" not in done.stdout
    assert "`password`" not in done.stdout


def test_nothing_of_a_secret_but_its_keys(cluster: Server) -> None:
    with connect(None) as client:
        read = list_namespaces(client, ["apps"], read_secrets=False)
        pages = list(client.pages("/api/v1/namespaces/apps/secrets", TABLE))
    text = b"".join(read.dumps.values()).decode() + json.dumps(pages)
    assert SECRET not in text
    assert "secret-value" not in text
    keys = {
        item["metadata"]["name"]: list(item["data"])
        for item in json.loads(read.dumps["live-cluster/apps/secrets.json"])["items"]
    }
    assert keys == {"credentials": ["password"], "damaged": [], "texts": ["two"]}
    assert {name for _, name in read.open_secrets} == {"damaged", "texts"}


@pytest.fixture(autouse=True)
def _kubeconfig(cluster: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))


def test_secrets_are_read_for_their_keys(cluster: Server) -> None:
    with connect(None) as client:
        read = list_namespaces(client, ["apps"], read_secrets=True)
    items = json.loads(read.dumps["live-cluster/apps/secrets.json"])["items"]
    assert {item["metadata"]["name"]: item["data"] for item in items} == {
        "credentials": {"password": ""},
        "damaged": {"lost": ""},
        "texts": {"one": "", "two": ""},
    }
    assert read.open_secrets == frozenset()


def test_pages(cluster: Server) -> None:
    with connect(None, ClientLimits(page=3)) as client:
        pages = list(client.pages("/api/v1/namespaces/many/configmaps", JSON))
    assert [len(page["items"]) for page in pages] == [3, 3, 1]  # type: ignore[arg-type]


def test_a_reader_of_config_maps(cluster: Server, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    arguments = ("check", "--cluster", "--context", "reader", ".")
    denied = "`list` on `secrets` in namespace `apps` is forbidden"
    assert f"notice: not read: {denied}" in run(cluster, tmp_path, *arguments).stdout
    done = run(cluster, tmp_path, *arguments, "--format", "json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["coverage"]["unverifiable"] == [{"reason": denied, "count": 2}]
    assert [each["code"] for each in report["findings"]] == ["CNI101"]


def test_ownership_reads_the_live_objects(cluster: Server, tmp_path: Path) -> None:
    value: JsonObject = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "apps"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {
                    "containers": [
                        {
                            "name": "agent",
                            "image": "example.com/agent:1",
                            "env": [{"name": "OLD", "value": "1"}],
                        }
                    ]
                },
            },
        },
    }
    path = "/apis/apps/v1/namespaces/apps/daemonsets"
    cluster.post(path, value, "other")
    (tmp_path / "agent.yaml").write_text(DAEMONSET)
    arguments = ("ownership", "--desired", ".", "--applier", "kubectl", "--format", "json")
    done = run(cluster, tmp_path, *arguments, "--cluster")
    assert done.returncode in (0, 1), done.stderr
    dump = tmp_path / "live.json"
    dump.write_text(json.dumps(cluster.get(f"{path}/agent")))
    same = run(cluster, tmp_path, *arguments, "live.json")
    found, expected = json.loads(done.stdout), json.loads(same.stdout)
    assert found["ownership"]["plan"] == expected["ownership"]["plan"]
    assert [(each["code"], each["message"]) for each in found["findings"]] == [
        (each["code"], each["message"]) for each in expected["findings"]
    ]
    assert found["findings"]


def test_api_versions_of_the_cluster(cluster: Server, tmp_path: Path) -> None:
    budget = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a, namespace: apps}\n"
    (tmp_path / "a.yaml").write_text(
        f"{budget}spec: {{minAvailable: 1, selector: {{matchLabels: {{app: a}}}}}}\n"
    )
    done = run(cluster, tmp_path, "check", "--cluster", "--format", "concise", ".")
    assert done.returncode == 1, done.stderr
    assert "CNI204" in done.stdout
    older = run(cluster, tmp_path, "check", "--cluster", "--kube-version", "1.24", "--format", "concise", ".")
    assert "CNI204" not in older.stdout


def test_custom_resources_merge_as_their_definition_says(cluster: Server, tmp_path: Path) -> None:
    item: JsonObject = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "of": {"type": "string"}},
    }
    steps: JsonObject = {
        "type": "array",
        "items": {**item, "required": ["name"]},
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
    }
    defined(cluster, "plans.example.com", {"steps": steps})
    plan: JsonObject = {
        "apiVersion": "example.com/v1",
        "kind": "Plan",
        "metadata": {"name": "p", "namespace": "apps"},
    }
    path = "/apis/example.com/v1/namespaces/apps/plans"
    cluster.post(
        path, {**plan, "spec": {"steps": [{"name": "old", "of": "1"}, {"name": "new", "of": "1"}]}}, "x"
    )
    (tmp_path / "desired.json").write_text(
        json.dumps({**plan, "spec": {"steps": [{"name": "new", "of": "2"}]}})
    )
    arguments = ("ownership", "--desired", "desired.json", "--manager", "x", "--force", "--format", "json")
    found = json.loads(run(cluster, tmp_path, *arguments, "--cluster").stdout)
    left = [each["message"] for each in found["findings"] if each["code"] in ("CNI301", "CNI302")]
    assert len(left) == 1, left
    assert "old" in left[0]
    stored = cluster.apply(f"{path}/p", json.loads((tmp_path / "desired.json").read_text()), "x", force=True)
    assert stored["spec"] == {"steps": [{"name": "old", "of": "1"}, {"name": "new", "of": "2"}]}


def test_the_old_release_is_in_its_secret(cluster: Server, tmp_path: Path) -> None:
    old = {"kept": "1", "dropped": "1"}
    marks = {"meta.helm.sh/release-name": "site", "meta.helm.sh/release-namespace": "apps"}
    value = named("ConfigMap", "site", data={**old, "person": "1"})
    value["metadata"]["annotations"] = marks  # type: ignore[index,call-overload]
    cluster.post("/api/v1/namespaces/apps/configmaps", value, "helm")
    manifest = (
        f"---\n# Source: site/templates/a.yaml\n{json.dumps({**named('ConfigMap', 'site', data=old)})}\n"
    )
    for version, status, text in ((1, "superseded", "---\n"), (2, "deployed", manifest)):
        release = json.dumps({"name": "site", "version": version, "manifest": text}).encode()
        secret = named(
            "Secret",
            f"sh.helm.release.v1.site.v{version}",
            type="helm.sh/release.v1",
            data={"release": b64encode(b64encode(gzip.compress(release))).decode()},
        )
        labels = {"owner": "helm", "name": "site", "version": str(version), "status": status}
        secret["metadata"]["labels"] = labels  # type: ignore[index,call-overload]
        cluster.post("/api/v1/namespaces/apps/secrets", secret, "helm")
    (tmp_path / "desired.json").write_text(json.dumps(named("ConfigMap", "site", data={"kept": "2"})))
    arguments = ("ownership", "--cluster", "--desired", "desired.json", "--format", "json")
    unread = json.loads(run(cluster, tmp_path, *arguments).stdout)
    assert any("--read-secrets reads the Secret" in each for each in unread["notices"])
    assert unread["ownership"]["predicted"] == 0
    found = json.loads(run(cluster, tmp_path, *arguments, "--read-secrets").stdout)
    assert found["ownership"]["predicted"] == 1
    (tmp_path / "old.yaml").write_text(manifest)
    given = json.loads(run(cluster, tmp_path, *arguments, "--previous", "old.yaml").stdout)
    assert found["ownership"]["plan"] == given["ownership"]["plan"]
    assert "dropped" in json.dumps(found["ownership"]["plan"])


def test_ownership_of_what_is_not_there(cluster: Server, tmp_path: Path) -> None:
    (tmp_path / "agent.yaml").write_text(DAEMONSET.replace("agent", "absent"))
    done = run(cluster, tmp_path, "ownership", "--desired", ".", "--cluster")
    assert done.returncode == 2
    assert "no object of the manifests is in the cluster" in done.stderr
