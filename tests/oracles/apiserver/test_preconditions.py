"""Manifests that were copied from a cluster, on a real API server: ``make e2e``."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnilint.ssa.appliers.model import applier
from cnilint.ssa.appliers.perform import perform
from cnilint.ssa.typed.values import JsonObject, text_at
from tests.oracles.apiserver.server import Server, defined, server
from tests.programs import needs

pytestmark = [pytest.mark.slow, needs("etcd", "kube-apiserver", "kubectl")]

TOOLS = {"kubectl-client-side": ("kubectl", "apply"), "kubectl": ("kubectl", "apply", "--server-side")}
KINDS: dict[str, tuple[str, JsonObject]] = {
    "configmaps": ("v1 ConfigMap", {"data": {"a": "1"}}),
    "widgets.example.com": ("example.com/v1 Widget", {"spec": {"a": "1"}}),
    "leases.coordination.k8s.io": ("coordination.k8s.io/v1 Lease", {"spec": {"holderIdentity": "a"}}),
    "poddisruptionbudgets.policy": ("policy/v1 PodDisruptionBudget", {"spec": {"minAvailable": 1}}),
}


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("server")) as ready:
        defined(ready, "widgets.example.com", {"a": {"type": "string"}})
        yield ready


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("resource", KINDS)
@pytest.mark.parametrize("copied", ["version", "old version", "uid", "other uid"])
def test_the_answer_is_the_predicted_one(
    one: Server, tmp_path: Path, tool: str, resource: str, copied: str
) -> None:
    """First an apply of the copy, then, where that was done, one of the manifest without what was copied."""
    words, name = TOOLS[tool], f"{tool}-{copied}".replace(" ", "-")
    kind, fields = KINDS[resource]
    api_version, _, kind = kind.partition(" ")
    metadata: JsonObject = {"name": name, "namespace": "default"}
    manifest: JsonObject = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}

    def answer(label: str, **members: str) -> str:
        """The server's error, compared with the predicted one; empty where the apply was done."""
        desired = {**manifest, "metadata": {**metadata, "labels": {"l": label}, **members}}
        shown = one.run("kubectl", "get", resource, name, "-o", "json", "--show-managed-fields").stdout
        (tmp_path / "m.json").write_text(json.dumps(desired))
        done = one.run(*words, "-f", str(tmp_path / "m.json"))
        refused = perform(applier(tool), json.loads(shown), desired).refused
        assert (done.returncode != 0) == (refused is not None), done.stderr
        assert refused is None or refused.message.partition(": ")[2] in done.stderr
        return done.stderr if refused else ""

    (tmp_path / "m.json").write_text(json.dumps(manifest))
    assert one.run(*words, "-f", str(tmp_path / "m.json")).returncode == 0
    live = json.loads(one.run("kubectl", "get", resource, name, "-o", "json").stdout)
    version, uid = (text_at(live, "metadata", member) for member in ("resourceVersion", "uid"))
    if copied == "old version":
        assert not answer("between")
        assert "the object has been modified" in answer("copy", resourceVersion=version)
    elif copied == "other uid":
        assert answer("copy", uid="11111111-1111-1111-1111-111111111111")
    else:
        assert not answer("copy", **({"uid": uid} if copied == "uid" else {"resourceVersion": version}))
        answer("without")
