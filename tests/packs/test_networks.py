"""DaemonSets of the cluster network that no component claims."""

import pytest

from cnilint.packs.testing import parts_of, read_objects
from tests.packs.helpers import LIBRARY


def sign(
    kind: str = "DaemonSet", image: str = "acme/agent:1.0.0", pod: str = "", name: str = "agent"
) -> list[str]:
    text = f"""\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: kube-system}}
spec:
  template:
    spec:
      containers: [{{name: agent, image: "{image}"}}]
{pod}"""
    return [part.network for part in parts_of(read_objects("a.yaml", text.encode()), LIBRARY)]


def mount(path: str) -> str:
    return f"      volumes: [{{name: a, hostPath: {{path: {path}}}}}]\n"


HOST = "      hostNetwork: true\n"


@pytest.mark.parametrize(
    ("path", "tells"),
    [
        ("/etc/cni/net.d", True),
        ("/etc/cni/net.d/", True),
        ("/opt/cni/bin", True),
        ("/var/lib/rancher/k3s/agent/etc/cni/net.d", True),
        ("/opt/cni", True),
        ("/var/lib/cni/networks", False),
        ("/etc/cnilint/net.d", False),
        ("/var/log", False),
    ],
)
def test_what_it_mounts_of_the_node_tells(path: str, tells: bool) -> None:
    assert sign(pod=mount(path)) == ([f"it mounts `{path}` of the node"] if tells else [])


def test_its_name_tells_if_it_has_the_network_of_the_node() -> None:
    assert sign(name="acme-cni-node", pod=HOST) == [
        "it has the network of the node, and the name `acme-cni-node`"
    ]
    assert sign(image="example.com/a/my-calico:v1", pod=HOST) == [
        "it has the network of the node, and the name `my-calico`"
    ]
    assert sign(name="acme-cni-node") == []
    assert sign(name="cnilint", pod=HOST) == []
    assert sign(name="node-exporter", pod=HOST) == []


def test_only_daemon_sets_are_part_of_the_network() -> None:
    assert sign(kind="Deployment", pod=mount("/opt/cni/bin")) == []


def test_a_known_component_is_not_unknown() -> None:
    assert sign(image="quay.io/calico/node:v3.28.0", pod=HOST + mount("/opt/cni/bin")) == [""]
