"""What each command needs to be allowed, by the audit log of a real API server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnilint.ssa.typed.values import JsonObject
from tests.oracles.apiserver.audit import Permission, audit_options, denied_permissions, used_permissions
from tests.oracles.apiserver.server import Server, allow, defined, server
from tests.programs import needs

pytestmark = [pytest.mark.slow, needs("etcd", "kube-apiserver")]

VERSION = ("", "/version", "get", "")
CORE = ("", "/api/v1", "get", "")
APPS = ("", "/apis/apps/v1", "get", "")
WIDGETS = ("", "/apis/example.com/v1", "get", "")
KINDS = ("configmaps", "secrets", "serviceaccounts")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with server(folder, "RBAC", *audit_options(folder)) as one:
        for name in ("apps", "other"):
            value: JsonObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            one.post("/api/v1/namespaces", value, "t")
        defined(one, "widgets.example.com", {"size": {"type": "integer"}})
        allow(one, "apps", ("configmaps",), ("get", "list"))
        yield one


def named(
    kind: str, name: str, api_version: str = "v1", namespace: str = "apps", **members: object
) -> JsonObject:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **members}  # type: ignore[dict-item]


def pod(namespace: str) -> JsonObject:
    container = {"name": "m", "image": "example.com/a:1", "envFrom": [{"configMapRef": {"name": "a"}}]}
    return named("Pod", "p", namespace=namespace, spec={"containers": [container]})


def used(cluster: Server, folder: Path, *arguments: str) -> set[Permission]:
    """The permissions that a run used. Everything it may read is there."""
    log = cluster.kubeconfig.parent / "audit.log"
    start = log.stat().st_size
    done = subprocess.run(
        [sys.executable, "-m", "cnilint", *arguments, "--cluster"],
        cwd=folder,
        env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (0, 1), done.stderr
    part = folder / "audit-part.log"
    with log.open("rb") as whole:
        whole.seek(start)
        part.write_bytes(whole.read())
    return used_permissions(part)


def test_check_lists_what_references_need(cluster: Server, tmp_path: Path) -> None:
    for namespace in ("apps", "other"):
        (tmp_path / f"{namespace}.json").write_text(json.dumps(pod(namespace)))
    lists = {("", kind, "list", namespace) for kind in KINDS for namespace in ("apps", "other")}
    assert used(cluster, tmp_path, "check", ".") == {VERSION, *lists}
    assert used(cluster, tmp_path, "check", ".", "--live-namespace", "apps", "--kube-version", "1.30") == {
        permission for permission in lists if permission[3] == "apps"
    }


def test_ownership_gets_what_is_desired(cluster: Server, tmp_path: Path) -> None:
    objects = {
        "configmaps": named("ConfigMap", "a", data={"k": "1"}),
        "secrets": named("Secret", "s", data={"k": "dmFsdWU="}),
    }
    for plural, value in objects.items():
        cluster.post(f"/api/v1/namespaces/apps/{plural}", value, "helm")
        (tmp_path / f"{plural}.json").write_text(json.dumps(value))
    arguments = ("ownership", "--desired", ".")
    gets = {("", plural, "get", "apps") for plural in objects}
    assert used(cluster, tmp_path, *arguments) == {VERSION, CORE, *gets}
    widget = named("Widget", "w", "example.com/v1", spec={"size": 1})
    cluster.post("/apis/example.com/v1/namespaces/apps/widgets", widget, "t")
    (tmp_path / "widget.json").write_text(json.dumps(widget))
    assert used(cluster, tmp_path, *arguments) == {
        VERSION,
        CORE,
        WIDGETS,
        *gets,
        ("example.com", "widgets", "get", "apps"),
        ("apiextensions.k8s.io", "customresourcedefinitions", "get", ""),
    }


def test_many_objects_are_listed(cluster: Server, tmp_path: Path) -> None:
    for number in range(25):
        value = named("ServiceAccount", f"a{number}", namespace="other")
        cluster.post("/api/v1/namespaces/other/serviceaccounts", value, "t")
        (tmp_path / f"{number}.json").write_text(json.dumps(value))
    found = used(cluster, tmp_path, "ownership", "--desired", ".", "--applier", "kubectl")
    assert found == {VERSION, CORE, ("", "serviceaccounts", "list", "other")}


def test_the_release_is_read_only_on_demand(cluster: Server, tmp_path: Path) -> None:
    value = named("ConfigMap", "released", data={"k": "1"})
    marks = {"meta.helm.sh/release-name": "site", "meta.helm.sh/release-namespace": "other"}
    value["metadata"]["annotations"] = marks  # type: ignore[index,call-overload]
    cluster.post("/api/v1/namespaces/apps/configmaps", value, "helm")
    (tmp_path / "a.json").write_text(json.dumps(value))
    read = {VERSION, CORE, ("", "configmaps", "get", "apps")}
    assert used(cluster, tmp_path, "ownership", "--desired", ".") == read
    assert used(cluster, tmp_path, "ownership", "--desired", ".", "--read-secrets") == {
        *read,
        ("", "secrets", "list", "other"),
    }


def test_every_request_is_allowed_or_named(cluster: Server, tmp_path: Path) -> None:
    (tmp_path / "pod.json").write_text(json.dumps(pod("apps")))
    found = used(cluster, tmp_path, "check", ".", "--context", "reader")
    denied = denied_permissions(tmp_path / "audit-part.log")
    assert denied == {("", kind, "list", "apps") for kind in ("secrets", "serviceaccounts")}
    assert found == {VERSION, ("", "configmaps", "list", "apps"), *denied}


def test_nothing_but_reading(cluster: Server) -> None:
    verbs = {verb for _, _, verb, _ in used_permissions(cluster.kubeconfig.parent / "audit.log")}
    assert verbs == {"get", "list"}
