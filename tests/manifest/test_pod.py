"""The table of pod templates: by API group and kind, never by the kind alone."""

import pytest

from cnilint.manifest.pod import POD_TEMPLATES, TEMPLATE_CONTAINERS, is_workload, pod_template
from tests.objects import one

POD = "{containers: [{name: app}], initContainers: [{name: init}], ephemeralContainers: [{name: debug}]}"


def _spec(path: tuple[str, ...]) -> str:
    """A flow mapping with the pod's spec below a path."""
    text = f"spec: {POD}"
    for key in reversed(path):
        text = f"{key}: {{{text}}}"
    return text


@pytest.mark.parametrize(("group", "kind"), POD_TEMPLATES)
def test_every_workload_has_its_containers(group: str, kind: str) -> None:
    version = f"{group}/v1" if group else "v1"
    obj = one(
        f"{{apiVersion: {version}, kind: {kind}, metadata: {{name: a}}, {_spec(POD_TEMPLATES[group, kind])}}}"
    )
    template = pod_template(obj)
    path = ".".join((*POD_TEMPLATES[group, kind], "spec"))
    assert is_workload(obj)
    assert [where for where, _ in template.containers()] == [
        f"{path}.initContainers[0]",
        f"{path}.containers[0]",
        f"{path}.ephemeralContainers[0]",
    ]
    assert len(list(template.containers(TEMPLATE_CONTAINERS))) == 2


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("apps.example.dev/v1", "Deployment"),
        ("v1", "Deployment"),
        ("apps/v1", "Pod"),
        ("batch.volcano.sh/v1alpha1", "Job"),
        ("apps/v1", "DeploymentConfig"),
        ("v1", "ConfigMap"),
    ],
)
def test_kinds_of_other_groups_are_no_workloads(api_version: str, kind: str) -> None:
    obj = one(
        f"{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: a}}, spec: {{template: {{spec: {POD}}}}}}}"
    )
    assert not is_workload(obj)
    assert pod_template(obj).node is None
    assert list(pod_template(obj).containers()) == []


@pytest.mark.parametrize(
    "spec", ["spec: 5", "spec: {template: []}", "spec: {template: {spec: {containers: {}}}}"]
)
def test_malformed_templates_have_no_containers(spec: str) -> None:
    obj = one(f"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, {spec}}}")
    assert list(pod_template(obj).containers()) == []
