"""Notices about targets that match nothing, and about versions after those that the rules know."""

import pytest

from cnilint.checks.releases.find import judge
from cnilint.packs.library import Library
from cnilint.versions import Version
from tests.resolve.conftest import formed

LIBRARY = Library()
AGENT = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - {name: cilium-agent, image: "quay.io/cilium/cilium:v%s"}
"""


@pytest.mark.parametrize(
    ("image", "targets", "expected"),
    [
        ("1.18.0", {}, []),
        ("1.18.0", {"istiod": Version((1, 24, 0))}, []),
        ("1.18.0", {"cilium": Version((1, 17, 0))}, []),
        ("1.99.0", {}, ["cilium 1.99.0 is newer than the rules, which know releases up to "]),
        (
            "1.18.0",
            {"cilium": Version((99, 0))},
            ["cilium 99.0 is newer than the rules, which know releases up to "],
        ),
    ],
)
def test_notices(image: str, targets: dict[str, Version], expected: list[str]) -> None:
    found = judge(formed({"a.yaml": AGENT % image}), LIBRARY, targets, None).notices
    assert len(found) == len(expected)
    assert all(notice.startswith(start) for notice, start in zip(found, expected, strict=True))


def test_a_component_that_is_too_new_is_told_once() -> None:
    files = {"dev/a.yaml": AGENT % "1.98.0", "prod/a.yaml": AGENT % "1.99.0"}
    notices = judge(formed(files), LIBRARY, {}, None).notices
    (notice,) = [each for each in notices if "newer" in each]
    assert notice.startswith("cilium 1.98.0 and 1.99.0 are newer than the rules, which know releases up to ")


def test_a_component_of_which_only_programs_are_known() -> None:
    text = AGENT.replace("name: cilium-agent", "name: kube-ovn-cni") % "1.0.0"
    text = text.replace("quay.io/cilium/cilium:v1.0.0", "docker.io/kubeovn/kube-ovn:v1.99.0")
    (notice,) = judge(formed({"a.yaml": text}), LIBRARY, {}, None).notices
    assert notice.startswith("kube-ovn 1.99.0 is newer than the rules, which know releases up to 1.")


def test_a_target_that_no_object_has_is_named() -> None:
    targets = {"istiod": Version((1, 24, 0)), "cilium": Version((1, 17, 0))}
    assert judge(formed({"a.yaml": AGENT % "1.18.0"}), LIBRARY, targets, None).unused == ("istiod",)


def test_components_without_a_version_for_one_reason_share_a_notice() -> None:
    flannel = AGENT.replace("cilium-agent", "kube-flannel").replace("cilium", "kube-flannel-ds", 1)
    flannel = flannel.replace("quay.io/cilium/cilium:v%s", "ghcr.io/flannel-io/flannel")
    files = {"a.yaml": AGENT.replace(":v%s", ":latest"), "b.yaml": flannel}
    assert judge(formed(files), LIBRARY, {}, None).notices == (
        "cilium and flannel were not checked by version: no image tag, label, key or chart gives its version",
    )
