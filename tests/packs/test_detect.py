"""Which component an object belongs to, at which version, and what is said when the signs disagree."""

import pytest

from cnilint.packs.detect import resolve
from cnilint.packs.testing import parts_of, read_objects
from tests.packs.helpers import LIBRARY, judge


def workload(
    images: dict[str, str],
    *,
    kind: str = "DaemonSet",
    name: str = "agent",
    labels: str = "{}",
    namespace: str = "net",
) -> str:
    containers = "".join(f"\n      - {{name: {each}, image: '{image}'}}" for each, image in images.items())
    return f"""\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}, labels: {labels}}}
spec:
  template:
    metadata: {{labels: {labels}}}
    spec:
      containers:{containers}
"""


def detected(text: str) -> dict[str, list[str]]:
    parts = parts_of(read_objects("m.yaml", text.encode()), LIBRARY)
    versions = resolve(parts, {})
    return {
        membership.component: [str(version) for version in versions.at(position, membership)]
        for position, part in enumerate(parts)
        for membership in part.memberships
    }


def test_canal_is_not_calico() -> None:
    images = {"calico-node": "calico/node:v3.28.1", "kube-flannel": "flannel/flannel:v0.25.7"}
    assert detected(workload(images, name="canal")) == {"canal": ["3.28.1"], "flannel": ["0.25.7"]}
    assert detected(workload({"calico-node": "calico/node:v3.28.1"}, name="calico-node")) == {
        "calico": ["3.28.1"]
    }


def test_a_label_makes_an_image_without_owner_readable() -> None:
    images = {"install-cni": "registry.example.com/platform/install-cni:1.24.2"}
    assert detected(workload(images)) == {}
    assert detected(workload(images, labels="{k8s-app: istio-cni-node}")) == {"istio-cni": ["1.24.2"]}


def test_a_label_tells_what_a_digest_does_not() -> None:
    images = {"install-cni": "docker.io/istio/install-cni@sha256:aa"}
    labels = "{app.kubernetes.io/version: 1.24.2, helm.sh/chart: cni-1.24.2}"
    assert detected(workload(images, labels=labels)) == {"istio-cni": ["1.24.2"]}


def test_a_config_map_has_the_version_of_its_workload() -> None:
    text = workload({"cilium-agent": "quay.io/cilium/cilium:v1.16.0"}, name="cilium")
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: net}\ndata: {tunnel: vxlan}\n"
    assert detected(f"{text}---\n{config}") == {"cilium": ["1.16.0"]}


def test_a_package_chart_version() -> None:
    images = {"cilium-agent": "quay.io/cilium/cilium@sha256:aa"}
    assert detected(workload(images, labels="{helm.sh/chart: rke2-cilium-1.18.601}")) == {
        "cilium": ["1.18.6"]
    }


def test_nothing_tells_the_version() -> None:
    text = workload({"kube-router": "docker.io/cloudnativelabs/kube-router"})
    verdict = judge(f"{text}---\n{text}")
    assert verdict.problems == ()
    (unverified,) = verdict.unverified
    assert unverified.component == "kube-router"


def test_a_target_is_taken_at_its_word() -> None:
    text = workload({"kube-router": "docker.io/cloudnativelabs/kube-router"}).replace(
        "kube-router'}", "kube-router', args: [--cluster-cidr=10.0.0.0/8]}"
    )
    assert judge(text, {"kube-router": "1.0.1"}).problems == ()
    verdict = judge(text, {"kube-router": "1.1.0"})
    assert [problem.code for problem in verdict.problems] == ["CNI202"]
    assert verdict.unverified == ()


@pytest.mark.parametrize(
    ("images", "labels", "places"),
    [
        ({"a": "calico/node:v3.28.1", "b": "calico/cni:v3.27.5"}, "{}", [10, 9]),
        ({"install-cni": "istio/install-cni:1.22.5"}, "{helm.sh/chart: cni-1.24.2}", [3, 9]),
        ({"a": "calico/node:v3.28.1", "b": "rancher/mirrored-calico-cni:v3.28.1-rancher1"}, "{}", []),
        ({"a": "calico/node:v3.28.1", "b": "calico/cni:v3.28"}, "{}", []),
        ({"a": "calico/node:v1.3.0", "b": "calico/cni:v1.9.1"}, "{}", []),
        ({"a": "quay.io/cilium/cilium:v1.16.0", "b": "quay.io/cilium/cilium-envoy:v1.34.12-1-aa"}, "{}", []),
    ],
)
def test_signs_inside_one_object(images: dict[str, str], labels: str, places: list[int]) -> None:
    problems = [
        problem for problem in judge(workload(images, labels=labels)).problems if problem.code == "CNI206"
    ]
    lines = [line for each in problems for line in (each.span.line, each.related[0].span.line)]
    assert lines == places
    assert all(problem.severity == "warning" for problem in problems)


def test_programs_of_one_component_at_different_versions() -> None:
    node = workload({"calico-node": "calico/node:v3.28.1"}, name="calico-node")
    controllers = workload(
        {"c": "calico/kube-controllers:v3.25.0"}, kind="Deployment", name="calico-kube-controllers"
    )
    codes = [problem.code for problem in judge(f"{node}---\n{controllers}").problems]
    assert codes == ["CNI206"]
    elsewhere = controllers.replace("namespace: net", "namespace: other")
    assert judge(f"{node}---\n{elsewhere}").problems == ()


def test_two_revisions_of_one_program_are_a_canary() -> None:
    old = workload({"discovery": "istio/pilot:1.24.2"}, kind="Deployment", name="istiod-1-24")
    new = workload({"discovery": "istio/pilot:1.25.5"}, kind="Deployment", name="istiod-1-25")
    assert judge(f"{old}---\n{new}").problems == ()


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("containers.istio.tetratelabs.com/pilot:1.24.2-tetrate0", {"istiod": ["1.24.2"]}),
        ("containers.istio.tetratelabs.com/install-cni:1.24.2", {"istio-cni": ["1.24.2"]}),
        ("ghcr.io/siderolabs/flannel:v0.26.4", {"flannel": ["0.26.4"]}),
        ("quay.io/k0sproject/kube-router:v2.4.1-iptables1.8.11-0", {"kube-router": ["2.4.1"]}),
        ("docker.io/bitnami/multus-cni:4.1.4-debian-12-r3", {"multus": ["4.1.4"]}),
        ("docker.io/bitnamilegacy/multus-cni:4.1.4", {"multus": ["4.1.4"]}),
        ("docker.io/bitnami/cilium:1.16.5-debian-12-r0", {"cilium": ["1.16.5"]}),
        ("projects.registry.vmware.com/tkg/antrea-advanced-debian:v1.13.3_vmware.1", {"antrea": ["1.13.3"]}),
        ("docker.io/calico/windows:v3.26.1", {"calico": ["3.26.1"]}),
        ("docker.io/calico/node-windows:v3.28.1", {"calico": ["3.28.1"]}),
        ("quay.io/calico/apiserver:v3.28.1", {"calico": ["3.28.1"]}),
        ("sigwindowstools/calico-install:v3.26.1-hostprocess", {"calico": ["3.26.1"]}),
        # The last segment alone says nothing, and neither does a longer path in such a registry.
        ("registry.example.com/airline/pilot:1.24.2", {}),
        ("containers.istio.tetratelabs.com/x/pilot:1.24.2", {}),
        ("registry.example.com/tools/windows:v3.26.1", {}),
    ],
)
def test_images_of_vendors_and_mirrors(image: str, expected: dict[str, list[str]]) -> None:
    assert detected(workload({"main": image}, kind="Deployment")) == expected


@pytest.mark.parametrize(
    ("labels", "image", "expected"),
    [
        ("{app: istiod}", "ccr.example.com/flat/pilot:1.24.2", {"istiod": ["1.24.2"]}),
        (
            "{istio: pilot, helm.sh/chart: istiod-1.24.2}",
            "ccr.example.com/flat/pilot@sha256:aa",
            {"istiod": ["1.24.2"]},
        ),
        ("{k8s-app: cilium}", "mirror.example.com/x/cilium:v1.16.3", {"cilium": ["1.16.3"]}),
        ("{helm.sh/chart: cilium-1.20.0}", "mirror.example.com/x/cilium:v1.20.0", {"cilium": ["1.20.0"]}),
        ("{k8s-app: kube-router}", "mirror.example.com/x/kube-router:v2.1.0", {"kube-router": ["2.1.0"]}),
        ("{app: multus}", "mirror.example.com/x/multus-cni:v4.1.0", {"multus": ["4.1.0"]}),
        (
            "{k8s-app: calico-node-windows}",
            "mirror.example.com/x/node-windows:v3.28.1",
            {"calico": ["3.28.1"]},
        ),
        ("{k8s-app: aws-node}", "mirror.example.com/x/amazon-k8s-cni:v1.18.5", {"aws-vpc-cni": ["1.18.5"]}),
        ("{app: pilot}", "mirror.example.com/x/pilot:1.24.2", {}),
        ("{helm.sh/chart: istiodashboard-1.24.2}", "mirror.example.com/x/pilot:1.24.2", {}),
    ],
)
def test_a_label_claims_a_workload(labels: str, image: str, expected: dict[str, list[str]]) -> None:
    assert detected(workload({"main": image}, kind="Deployment", labels=labels)) == expected


def test_resources_whose_component_has_no_version_are_counted() -> None:
    text = """\
apiVersion: cilium.io/v2alpha1
kind: CiliumBGPPeeringPolicy
metadata: {name: rack}
"""
    (owner,) = judge(text).resources["cilium"]
    assert owner.name == "rack"
    assert not judge(text, {"cilium": "1.18.1"}).resources
    agent = workload({"cilium-agent": "quay.io/cilium/cilium:v1.18.1"}, labels="{k8s-app: cilium}")
    assert not judge(f"{text}---\n{agent}").resources
