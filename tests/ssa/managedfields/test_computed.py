"""Defaults that follow from other fields: the server's own values are no leftovers, all others are."""

from typing import Any

import pytest

from cnilint.resources import json_data
from cnilint.ssa.managedfields.computed import is_exact_default
from cnilint.ssa.schema.kinds import kinds

CONTAINER = ("f:spec", "f:containers", 'k:{"name":"a"}')
PORT = (*CONTAINER, "f:ports", 'k:{"containerPort":1,"protocol":"TCP"}')


def pod(image: str = "a:1", **spec: Any) -> dict[str, Any]:
    port = {"containerPort": 1, "protocol": "TCP", "hostPort": 1}
    container = {"name": "a", "image": image, "imagePullPolicy": "", "ports": [port]}
    container["resources"] = {"limits": {"cpu": "2"}, "requests": {"cpu": "2"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "spec": {"containers": [container], "serviceAccount": "s", **spec},
    }


SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "spec": {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]},
}
POLICY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "spec": {"policyTypes": [], "egress": [{}]},
}
CASES = [
    ("Container", pod(), (*CONTAINER, "f:imagePullPolicy"), "IfNotPresent", "Always"),
    ("Container", pod("r:5000/a"), (*CONTAINER, "f:imagePullPolicy"), "Always", "IfNotPresent"),
    ("Container", pod("a:latest@sha256:1"), (*CONTAINER, "f:imagePullPolicy"), "Always", "Never"),
    ("Container", pod("a@sha256:1"), (*CONTAINER, "f:imagePullPolicy"), "IfNotPresent", "Always"),
    ("ContainerPort", pod(hostNetwork=True), (*PORT, "f:hostPort"), 1, 2),
    ("ContainerPort", pod(), (*PORT, "f:hostPort"), None, 1),
    ("PodSpec", pod(serviceAccountName="s"), ("f:spec", "f:serviceAccount"), "s", "t"),
    ("ResourceRequirements", pod(), (*CONTAINER, "f:resources", "f:requests", "f:cpu"), "2", "1"),
    ("ServicePort", SERVICE, ("f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:targetPort"), 80, 81),
    ("NetworkPolicySpec", POLICY, ("f:spec", "f:policyTypes"), ["Ingress", "Egress"], ["Ingress"]),
]


@pytest.mark.parametrize(("type_name", "value", "path", "default", "other"), CASES)
def test_the_default_follows_from_the_object(
    type_name: str, value: Any, path: tuple[str, ...], default: Any, other: Any
) -> None:
    schema_type = kinds().type_of(value)
    assert is_exact_default(path, default, value, schema_type)
    assert not is_exact_default(path, other, value, schema_type)


def test_every_rule_has_a_case() -> None:
    stated = {name.rpartition(".")[2] for name in json_data("rules/ssa/defaults.json")["computed"]}
    assert stated == {row[0] for row in CASES}
