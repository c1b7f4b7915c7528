"""What the server refuses in a merged object: each row of ``rules/ssa/validity.json`` decides a case of its own."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from cnilint.resources import json_data
from cnilint.ssa.managedfields import immutable, validityrules
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.validity import refusal
from cnilint.ssa.schema.kinds import kinds

Row = dict[str, Any]


def workload(pod: Row, kind: str = "Deployment", annotations: Row | None = None, **spec: Any) -> Row:
    container = {"name": "main", "image": "main:1"}
    template = {"metadata": {"annotations": annotations or {}}, "spec": {"containers": [container], **pod}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "x"},
        "spec": {"template": template, **spec},
    }


def of_container(**fields: Any) -> Row:
    return workload({"containers": [{"name": "main", "image": "main:1", **fields}]})


def of_volume(**source: Any) -> Row:
    return workload({"volumes": [{"name": "v", **source}]})


def plain(kind: str, api_version: str = "v1", **fields: Any) -> Row:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, **fields}


PORTS = [
    {"name": "m", "containerPort": 1, "protocol": "TCP"},
    {"name": "m", "containerPort": 2, "protocol": "TCP"},
]
NODE_PORTS = [{"name": "a", "port": 1, "nodePort": 30001}, {"name": "b", "port": 2, "nodePort": 30001}]
ZERO = {"maxUnavailable": 0, "maxSurge": 0}
PROBE = {"exec": {}, "httpGet": {"port": 1}}

BROKEN: list[tuple[str, Row, str]] = [
    ("required Container", workload({"containers": [{"name": "main"}]}), "containers[0].image: Required"),
    (
        "required VolumeMount",
        of_container(volumeMounts=[{"mountPath": "/x"}]),
        "volumeMounts[0].name: Required",
    ),
    ("required HostPathVolumeSource", of_volume(hostPath={"type": ""}), "hostPath.path: Required"),
    ("required SecretVolumeSource", of_volume(secret={"defaultMode": 1}), "secret.secretName: Required"),
    ("required ConfigMapVolumeSource", of_volume(configMap={"defaultMode": 1}), "configMap.name: Required"),
    (
        "required PersistentVolumeClaimVolumeSource",
        of_volume(persistentVolumeClaim={"readOnly": True}),
        "claimName: Required",
    ),
    ("required CSIVolumeSource", of_volume(csi={"readOnly": True}), "csi.driver: Required"),
    ("required NFSVolumeSource", of_volume(nfs={"server": "s"}), "nfs.path: Required"),
    ("oneOf LifecycleHandler", of_container(lifecycle={"preStop": PROBE}), "preStop.httpGet: Forbidden"),
    ("oneOf Probe", of_container(livenessProbe=PROBE), "livenessProbe.httpGet: Forbidden"),
    ("oneOf Volume", of_volume(emptyDir={}, hostPath={"path": "/"}), "volumes[0].hostPath: Forbidden"),
    (
        "exclusive EnvVar",
        of_container(env=[{"name": "A", "value": "1", "valueFrom": {"fieldRef": {}}}]),
        "env[0].valueFrom",
    ),
    (
        "exclusive PodDisruptionBudgetSpec",
        plain("PodDisruptionBudget", "policy/v1", spec={"minAvailable": 1, "maxUnavailable": 1}),
        "cannot be both set",
    ),
    (
        "exclusive IngressBackend",
        plain(
            "Ingress",
            "networking.k8s.io/v1",
            spec={"defaultBackend": {"service": {"name": "a"}, "resource": {"kind": "B", "name": "b"}}},
        ),
        "spec.defaultBackend",
    ),
    (
        "forbidden DeploymentStrategy",
        workload({}, strategy={"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}),
        "strategy.rollingUpdate: Forbidden",
    ),
    (
        "forbidden StatefulSetUpdateStrategy",
        workload({}, "StatefulSet", updateStrategy={"type": "OnDelete", "rollingUpdate": {"partition": 0}}),
        "updateStrategy.rollingUpdate",
    ),
    (
        "forbidden ServiceSpec",
        plain(
            "Service",
            spec={"sessionAffinity": "None", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 1}}},
        ),
        "sessionAffinityConfig: Forbidden",
    ),
    (
        "together SecurityContext privileged",
        of_container(securityContext={"privileged": True, "allowPrivilegeEscalation": False}),
        "`privileged` to true",
    ),
    (
        "together SecurityContext capabilities.add",
        of_container(
            securityContext={"capabilities": {"add": ["CAP_SYS_ADMIN"]}, "allowPrivilegeEscalation": False}
        ),
        "CAP_SYS_ADMIN",
    ),
    (
        "together PodSpec",
        workload({"hostPID": True, "shareProcessNamespace": True}),
        "shareProcessNamespace: Invalid",
    ),
    (
        "together RollingUpdateDeployment",
        workload({}, strategy={"type": "RollingUpdate", "rollingUpdate": ZERO}),
        "maxUnavailable: Invalid value: 0",
    ),
    (
        "together RollingUpdateDaemonSet",
        workload({}, "DaemonSet", updateStrategy={"type": "RollingUpdate", "rollingUpdate": ZERO}),
        "maxUnavailable: Required",
    ),
    ("unique Container", of_container(ports=PORTS), 'ports[1].name: Duplicate value: "m"'),
    (
        "unique PodSpec",
        workload({"initContainers": [{"name": "main", "image": "i"}]}),
        'initContainers[0].name: Duplicate value: "main"',
    ),
    (
        "unique ServiceSpec name",
        plain("Service", spec={"ports": [{"name": "h", "port": 1}, {"name": "h", "port": 2}]}),
        'ports[1].name: Duplicate value: "h"',
    ),
    (
        "unique ServiceSpec nodePort",
        plain("Service", spec={"ports": NODE_PORTS}),
        "ports[1].nodePort: Duplicate value: 30001",
    ),
    (
        "sharedKeys ConfigMap",
        plain("ConfigMap", data={"a": "x"}, binaryData={"a": "eA=="}),
        "data[a]: Invalid",
    ),
    (
        "order ResourceRequirements",
        of_container(resources={"requests": {"cpu": "1"}, "limits": {"cpu": "500m"}}),
        "less than or equal to cpu limit of 500m",
    ),
    (
        "order HorizontalPodAutoscalerSpec",
        plain("HorizontalPodAutoscaler", "autoscaling/v2", spec={"minReplicas": 3, "maxReplicas": 2}),
        "maxReplicas: Invalid value: 2",
    ),
    (
        "order DeploymentSpec",
        workload({}, minReadySeconds=9, progressDeadlineSeconds=9),
        "progressDeadlineSeconds: Invalid value: 9",
    ),
]

IN_A_POD: list[tuple[Row, str]] = [
    (
        workload({}, annotations={"container.apparmor.security.beta.kubernetes.io/gone": "unconfined"}),
        "container not found",
    ),
    (
        workload(
            {
                "hostNetwork": True,
                "containers": [{"name": "m", "image": "i", "ports": [{"containerPort": 1, "hostPort": 2}]}],
            }
        ),
        "must match `containerPort`",
    ),
    (
        of_container(ports=[{"containerPort": 1, "hostPort": 9}, {"containerPort": 2, "hostPort": 9}]),
        'ports[1].hostPort: Duplicate value: "TCP//9"',
    ),
    (of_container(volumeMounts=[{"name": "v", "mountPath": "/x"}]), 'volumeMounts[0].name: Not found: "v"'),
    (
        workload({"initContainers": [{"name": "i", "image": "i", "livenessProbe": {"exec": {}}}]}),
        "initContainers[0].livenessProbe: Forbidden",
    ),
]


def refused(value: Row, live: Row | None = None) -> str:
    found = refusal(resource(kinds(), value["apiVersion"], value["kind"]), live, value)
    return "" if found is None else found.message


@pytest.mark.parametrize(("name", "value", "text"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_rule_is_refused_and_only_that_rule_decides_it(
    name: str, value: Row, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert text in refused(value)
    without_rows(monkeypatch, lambda form, row: row_name(form, row) == name)
    assert text not in refused(value)


def row_name(form: str, row: Row) -> str:
    short = f"{form} {row['type'].rpartition('.')[2]}"
    alike = [one for one in json_data("rules/ssa/validity.json")[form] if one["type"] == row["type"]]
    particular = row.get("field") or next(iter(row.get("when", {})), "")
    return f"{short} {particular}" if len(alike) > 1 else short


def is_rows(found: Any) -> bool:
    """Whether a member of the data has rules: ``conditional`` has names of kinds, see test_preconditions."""
    return isinstance(found, list) and isinstance(found[0], dict)


def without_rows(monkeypatch: pytest.MonkeyPatch, gone: Any) -> None:
    data = deepcopy(json_data("rules/ssa/validity.json"))
    for form, rows in data.items():
        if is_rows(rows):
            data[form] = [row for row in rows if not gone(form, row)]
    monkeypatch.setattr(validityrules, "json_data", lambda _: data)
    validityrules.rules.cache_clear()


@pytest.fixture(autouse=True)
def fresh_rules() -> Iterator[None]:
    yield
    for cached in (validityrules.rules, immutable._immutable, immutable._mutable):
        cached.cache_clear()


def test_every_row_has_a_case() -> None:
    data = json_data("rules/ssa/validity.json")
    rows = [row_name(form, row) for form, found in data.items() if is_rows(found) for row in found]
    assert sorted(rows) == sorted(name for name, _, _ in BROKEN)


@pytest.mark.parametrize(("value", "text"), IN_A_POD)
def test_parts_of_a_pod_that_do_not_fit_together(value: Row, text: str) -> None:
    assert text in refused(value)


@pytest.mark.parametrize(
    "value",
    [
        of_container(ports=[{"name": "a", "containerPort": 1}, {"name": "b", "containerPort": 2}]),
        of_container(securityContext={"privileged": True, "allowPrivilegeEscalation": True}),
        of_container(resources={"requests": {"cpu": "0.5"}, "limits": {"cpu": "500m"}}),
        workload(
            {
                "hostNetwork": True,
                "containers": [{"name": "m", "image": "i", "ports": [{"containerPort": 1, "hostPort": 1}]}],
            }
        ),
        workload(
            {
                "initContainers": [
                    {"name": "i", "image": "i", "restartPolicy": "Always", "livenessProbe": {"exec": {}}}
                ]
            }
        ),
        workload({}, annotations={"container.apparmor.security.beta.kubernetes.io/main": "unconfined"}),
    ],
)
def test_what_fits_is_taken(value: Row) -> None:
    assert refused(value) == ""


def test_what_the_server_took_before_is_not_refused() -> None:
    value = of_container(ports=PORTS)
    assert refused(value, value) == ""


def changed(value: Row, path: str, new: Any) -> Row:
    out = deepcopy(value)
    *way, last = path.split(".")
    here = out
    for step in way:
        here = here.setdefault(step, {})
    here[last] = new
    return out


def test_every_immutable_field_is_refused_when_it_changes() -> None:
    for kind, rows in json_data("rules/ssa/validity.json")["immutable"].items():
        api_version, _, name = kind.partition(" ")
        for row in rows:
            field = row if isinstance(row, str) else row["field"]
            old = changed(plain(name, api_version), field, {"a": "1"})
            new = changed(plain(name, api_version), field, {"a": "2"})
            assert refused(new, old), f"{kind} {field}"
            assert not refused(old, deepcopy(old)), f"{kind} {field}"


@pytest.mark.parametrize(
    ("field", "new", "is_refused"),
    [
        ("spec.serviceName", "b", True),
        ("spec.podManagementPolicy", "Parallel", True),
        ("spec.replicas", 3, False),
        ("spec.minReadySeconds", 3, False),
    ],
)
def test_a_stateful_set_changes_in_few_fields(field: str, new: Any, is_refused: bool) -> None:
    old = workload({}, "StatefulSet", serviceName="a", replicas=1, podManagementPolicy="OrderedReady")
    assert ("updates to statefulset spec" in refused(changed(old, field, new), old)) is is_refused


@pytest.mark.parametrize(
    ("change", "is_refused"),
    [
        ({"containers": [{"name": "m", "image": "i"}]}, True),
        ({"containers": [{"name": "m", "image": "j", "env": [{"name": "A", "value": "1"}]}]}, False),
        ({"hostNetwork": False}, True),
        ({"activeDeadlineSeconds": 5}, False),
        ({"nodeName": None}, False),
    ],
)
def test_of_a_pod_little_changes(change: Row, is_refused: bool) -> None:
    container = {"name": "m", "image": "i", "env": [{"name": "A", "value": "1"}]}
    spec = {"containers": [container], "hostNetwork": True, "nodeName": "n"}
    old: Row = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}
    new = {**old, "spec": {key: value for key, value in {**spec, **change}.items() if value is not None}}
    assert ("pod updates may not change fields" in refused(new, old)) is is_refused


def test_a_claim_template_that_loses_its_defaults_is_unchanged() -> None:
    claim = {
        "metadata": {"name": "d"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    filled = {
        **deepcopy(claim),
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "status": {"phase": "Pending"},
    }
    filled["spec"]["volumeMode"] = "Filesystem"
    live = workload({}, "StatefulSet", volumeClaimTemplates=[filled])
    assert refused(workload({}, "StatefulSet", volumeClaimTemplates=[claim]), live) == ""
