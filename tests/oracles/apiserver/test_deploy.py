"""``deploy/`` on a real API server: it takes every object, and the Roles allow what ``presync`` reads: ``make gates``."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cnilint.cli.main import cli
from cnilint.ssa.typed.values import Json, JsonObject
from tests.deploy.test_deploy import DEPLOY, REPO_SERVER, ROOTS, built, overlay
from tests.oracles.apiserver.audit import audit_options, denied_permissions, used_permissions
from tests.oracles.apiserver.server import Server, defined, server
from tests.programs import needs

pytestmark = [pytest.mark.slow, needs("etcd", "kube-apiserver", "kubectl")]

_READER: JsonObject = {"kind": "User", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"}
_OBJECTS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
data: {level: info}
---
apiVersion: v1
kind: Service
metadata: {name: agent, namespace: default}
spec: {ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: default}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: example.com/agent:1
        env:
        - {name: LEVEL, valueFrom: {configMapKeyRef: {name: settings, key: level}}}
        - {name: TOKEN, valueFrom: {secretKeyRef: {name: credentials, key: token}}}
"""


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with server(folder, "RBAC", *audit_options(folder)) as ready:
        defined(ready, "kustomizations.kustomize.toolkit.fluxcd.io", {"path": {"type": "string"}})
        yield ready


def accepted(one: Server, values: list[dict[str, object]] | str, folder: Path) -> str:
    """What kubectl says of objects that the server would take."""
    file = folder / "objects.json"
    file.write_text(
        values
        if isinstance(values, str)
        else json.dumps({"apiVersion": "v1", "kind": "List", "items": values})
    )
    # Strict validation finds a field that the server does not know.
    done = one.run("kubectl", "create", "--dry-run=server", "--validate=strict", "-f", str(file))
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("folder", ROOTS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_the_server_takes_what_is_built(one: Server, folder: Path, tmp_path: Path) -> None:
    objects = built(folder)
    assert accepted(one, objects, tmp_path).count("(server dry run)") == len(objects)


def test_the_server_takes_the_components(one: Server, tmp_path: Path) -> None:
    (tmp_path / "server.yaml").write_text(REPO_SERVER)
    hook = os.path.relpath(DEPLOY / "argocd/presync", tmp_path)
    parts = ["argocd/secrets", "argocd/cluster-objects", "argocd/cmp"]
    objects = built(overlay(tmp_path, resources=["server.yaml", hook], namespace="default", components=parts))
    assert accepted(one, objects, tmp_path).count("(server dry run)") == len(objects) == 9


def test_the_server_takes_the_kustomizations_of_flux(one: Server, tmp_path: Path) -> None:
    """The definition of this test has one field: the others are those of Flux, which this server does not know."""
    file = DEPLOY / "flux/example/kustomizations.yaml"
    done = one.run(
        "kubectl", "create", "--dry-run=server", "--validate=ignore", "-n", "default", "-f", str(file)
    )
    assert "the namespace from the provided object" in done.stderr
    one.post(
        "/api/v1/namespaces",
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "flux-system"}},
        "t",
    )
    done = one.run("kubectl", "create", "--dry-run=server", "--validate=ignore", "-f", str(file))
    assert done.stdout.count("(server dry run)") == 2, done.stderr


def test_the_roles_allow_what_presync_reads(one: Server, tmp_path: Path) -> None:
    """Without the component for Secrets, only those are not read."""
    assert one.run("kubectl", "create", "-f", str(_written(tmp_path, _OBJECTS))).returncode == 0
    secret: JsonObject = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "credentials"}}
    one.post("/api/v1/namespaces/default/secrets", {**secret, "stringData": {"token": "x"}}, "t")
    hook = os.path.relpath(DEPLOY / "argocd/presync", tmp_path)
    bound(one, built(overlay(tmp_path, resources=[hook], namespace="default")), "first")
    denied = "not read: `list` on `secrets` in namespace `default` is forbidden"
    assert _unread(one, tmp_path, _OBJECTS) == [denied]
    (tmp_path / "more").mkdir()
    hook = os.path.relpath(DEPLOY / "argocd/presync", tmp_path / "more")
    both = overlay(tmp_path / "more", resources=[hook], namespace="default", components=["argocd/secrets"])
    bound(one, built(both), "second")
    log = one.kubeconfig.parent / "audit.log"
    denied_before = denied_permissions(log)
    # A key that goes away has all workloads read.
    assert _unread(one, tmp_path, _OBJECTS.replace("data: {level: info}", "data: {other: info}")) == []
    assert denied_permissions(log) == denied_before == {("", "secrets", "list", "default")}
    used = {each for each in used_permissions(log) if each[3]}
    allowed = _allowed(built(both))
    assert {each[:3] for each in used} <= allowed
    assert {verb for _, _, verb in allowed} == {"get", "list"}


def _allowed(objects: list[dict[str, object]]) -> set[tuple[str, str, str]]:
    """Group, resource and verb of everything that the Role among objects allows."""
    return {
        (group, resource, verb)
        for rule in _role_rules(objects)
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def _role_rules(objects: list[dict[str, object]]) -> Any:
    (role,) = (each for each in objects if each["kind"] == "Role")
    return role["rules"]


def bound(one: Server, objects: list[dict[str, object]], name: str) -> None:
    """Gives the Role among objects to the user without rights."""
    group = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
    rules: Json = _role_rules(objects)
    metadata: JsonObject = {"name": name}
    version: JsonObject = {"apiVersion": "rbac.authorization.k8s.io/v1"}
    one.post(f"{group}/roles", {**version, "kind": "Role", "metadata": metadata, "rules": rules}, "t")
    ref: JsonObject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
    binding: JsonObject = {
        **version,
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": ref,
        "subjects": [_READER],
    }
    one.post(f"{group}/rolebindings", binding, "t")


def _unread(one: Server, folder: Path, desired: str) -> list[str]:
    """What presync could not read as that user."""
    log = folder / "log"
    arguments = [
        "presync",
        str(_written(folder, desired)),
        "--context",
        "reader",
        "--termination-log",
        str(log),
    ]
    result = CliRunner().invoke(cli, arguments, env={"KUBECONFIG": str(one.kubeconfig)})
    assert result.exit_code in (0, 1), result.output
    lines = log.read_text("utf-8").splitlines()
    return [line.partition(";")[0] for line in lines if line.startswith("not read: ")]


def _written(folder: Path, text: str) -> Path:
    file = folder / "desired.yaml"
    file.write_text(text, "utf-8")
    return file
