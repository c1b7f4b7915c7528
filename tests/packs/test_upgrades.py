"""From which release to which an apply takes a component."""

from cnilint.document import read
from cnilint.facts.owner import owner_of
from cnilint.manifest.object import objects
from cnilint.packs.library import Library
from cnilint.packs.parts import Part, read_part
from cnilint.packs.upgrades import upgrades
from cnilint.versions import parse_version

LIBRARY = Library()
WORKLOAD = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: {name}, namespace: kube-system{labels}}}
spec:
  template:
    spec:
      containers:
      - {{name: main, image: "{image}"}}
"""


def part(image: str, name: str = "agent", labels: str = "") -> Part:
    text = WORKLOAD.format(name=name, image=image, labels=f", labels: {labels}" if labels else "")
    (obj,) = (obj for document in read("a.yaml", text.encode()) for obj in objects(document))
    found = read_part(obj, owner_of(obj), LIBRARY)
    assert found is not None
    return found


def steps(
    live: list[Part], desired: list[Part], **targets: str
) -> list[tuple[str, str, str, tuple[str, ...]]]:
    versions = {name: version for name, text in targets.items() if (version := parse_version(text))}
    return [
        (each.component, str(each.before), str(each.after), each.steps)
        for each in upgrades(live, desired, versions, LIBRARY)
    ]


def test_minors_in_between() -> None:
    live, desired = part("quay.io/cilium/cilium:v1.14.2"), part("quay.io/cilium/cilium:v1.17.1")
    assert steps([live], [desired]) == [("cilium", "1.14.2", "1.17.1", ("1.15", "1.16"))]
    assert steps([desired], [live]) == [("cilium", "1.17.1", "1.14.2", ())]
    (back,) = upgrades([desired], [live], {}, LIBRARY)
    assert back.is_downgrade


def test_one_release_is_no_step() -> None:
    live = part("quay.io/cilium/cilium:v1.17.1")
    assert steps([live], [part("mirror.example.com/cilium/cilium:v1.17.1")]) == []
    assert steps([live], [part("docker.io/calico/node:v3.28.1")]) == []


def test_a_target_replaces_what_the_manifests_say() -> None:
    live = part("quay.io/cilium/cilium:v1.16.1")
    assert steps([live], [live], cilium="1.17.0") == [("cilium", "1.16.1", "1.17.0", ())]


def test_after_an_upgrade_that_stopped_the_old_release_counts() -> None:
    live = [
        part("quay.io/cilium/cilium:v1.14.2"),
        part("quay.io/cilium/operator-generic:v1.16.0", "operator"),
    ]
    desired = [part("quay.io/cilium/cilium:v1.16.0")]
    assert steps(live, desired) == [("cilium", "1.14.2", "1.16.0", ("1.15",))]


def test_another_installation_is_no_step() -> None:
    """Of several installations each has its own release; one that is added or removed moves none."""
    old, new = part("quay.io/cilium/cilium:v1.14.2"), part("quay.io/cilium/cilium:v1.17.1", "other")
    assert steps([old], [old, new]) == []
    assert steps([old, new], [old, new]) == []


def test_one_object_moves_and_another_stays() -> None:
    live = [
        part("quay.io/cilium/cilium:v1.14.2"),
        part("quay.io/cilium/operator-generic:v1.14.2", "operator"),
    ]
    desired = [part("quay.io/cilium/cilium:v1.17.1"), live[1]]
    assert steps(live, desired) == [("cilium", "1.14.2", "1.17.1", ("1.15", "1.16"))]
    assert steps(desired, live) == [("cilium", "1.17.1", "1.14.2", ())]


def test_an_image_counts_before_a_label_of_the_chart() -> None:
    live = part("docker.io/istio/install-cni:1.23.4", labels="{app.kubernetes.io/version: 1.24.2}")
    desired = part("docker.io/istio/install-cni:1.24.2", labels="{app.kubernetes.io/version: 1.24.2}")
    (step,) = upgrades([live], [desired], {}, LIBRARY)
    assert (str(step.before), str(step.after), step.tool) == ("1.23.4", "1.24.2", "istioctl 1.24.2")
    assert step.span.line == 8
