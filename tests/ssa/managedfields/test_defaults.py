"""The table of defaults against what an API server filled into small manifests: every row decides a case."""

import json
from pathlib import Path
from typing import Any

import pytest

from cnilint.resources import data_text
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import JsonObject
from tests.tools.content import content_difference
from tests.tools.rows import without

NAME = "rules/ssa/defaults.json"
RECORDED = json.loads(Path(__file__).with_name("filled.json").read_text("utf-8"))
"""Manifests and what Kubernetes 1.36.3 stored of them (``python -m tests.oracles.apiserver.filled``)."""


def pair(api_version: str, kind: str, sent: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    """A manifest, and the object after a controller has added something to its spec, metadata or members."""
    base = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "c", "namespace": "n"}, **sent}
    stored = {**base, **{name: {**base.get(name, {}), **each} for name, each in added.items()}}
    return {"manifest": base, "stored": stored}


CONTROLLED = [
    pair("v1", "PersistentVolumeClaim", {"spec": {}}, {"spec": {"volumeName": "pv-1"}}),
    pair(
        "v1",
        "PersistentVolumeClaim",
        {"spec": {}},
        {
            "metadata": {
                "annotations": {
                    "pv.kubernetes.io/bind-completed": "yes",
                    "pv.kubernetes.io/bound-by-controller": "yes",
                }
            }
        },
    ),
    pair("v1", "PersistentVolume", {"spec": {}}, {"spec": {"claimRef": {"name": "c", "namespace": "n"}}}),
    pair("v1", "Pod", {"spec": {}}, {"spec": {"nodeName": "node-1", "serviceAccountName": "default"}}),
    pair(
        "apps/v1",
        "Deployment",
        {"spec": {}},
        {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}}},
    ),
    pair("v1", "ConfigMap", {}, {"metadata": {"selfLink": "/api/v1/namespaces/n/configmaps/c"}}),
    {
        "manifest": {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {"name": "c"},
            "subsets": [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}],
        },
        "stored": {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {"name": "c"},
            "subsets": [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80, "protocol": "TCP"}]}],
        },
    },
    {
        "manifest": {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": "c"},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["192.0.2.1"]}],
            "ports": [{"port": 80}],
        },
        "stored": {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": "c"},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["192.0.2.1"]}],
            "ports": [{"name": "", "port": 80, "protocol": "TCP"}],
        },
    },
    {
        "manifest": {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "c"}},
        "stored": {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "c"},
            "secrets": [{"name": "c-token-abcde"}],
        },
    },
]
"""What controllers and admission add in a cluster, which a server alone does not record."""

Place = tuple[str | int, ...]


def unexplained() -> list[str]:
    """What the server stored, the manifest does not have, and the table does not explain."""
    found = []
    for each in [*RECORDED, *CONTROLLED]:
        manifest: JsonObject = each["manifest"]
        endpoint = resource(kinds(), manifest["apiVersion"], manifest["kind"])
        problem = content_difference(endpoint, manifest, each["stored"])
        if problem is not None:
            found.append(f"{manifest['kind']} {manifest['metadata']['name']}: {problem}")
    return found


def test_everything_that_the_server_fills_in_is_explained() -> None:
    assert unexplained() == []


def places() -> list[Place]:
    data = json.loads(data_text(NAME))
    found: list[Place] = []
    for owner, members in data["defaults"].items():
        for name, values in members.items():
            found += [("defaults", owner, name)]
            found += [
                ("defaults", owner, name, index) for index in range(len(values or ())) if len(values) > 1
            ]
    for owner, names in data["server"].items():
        found += [("server", owner, index) for index in range(len(names))]
    return found


@pytest.mark.parametrize(
    "place", places(), ids=lambda place: " ".join(str(step).rpartition(".")[2] for step in place)
)
def test_every_default_decides_a_case(place: Place) -> None:
    with without(NAME, *place):
        assert unexplained()
