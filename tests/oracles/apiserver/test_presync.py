"""``cnilint presync`` against a real API server, from the damage to the repaired upgrade: ``make e2e``."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cnilint.cli.main import cli
from cnilint.ssa.typed.values import JsonObject
from tests.oracles.apiserver.damage import CLIENT, DAMAGES, NEW, OLD, Cluster, Damage
from tests.oracles.apiserver.releases import Endpoints, read_manifests
from tests.oracles.apiserver.server import Refusal, Server, server
from tests.programs import needs

pytestmark = [pytest.mark.slow, needs("etcd", "kube-apiserver", "kubectl", "dash")]

Name = tuple[str, str, str]
"""A field that stays: what it is, its name, and its container."""

_NAMED = re.compile(r"(\w+) `([^`]+)`(?: of container `([^`]+)`)?")
_SERVERS_OWN = (
    "deprecated.daemonset.template.generation",
    "kubectl.kubernetes.io/last-applied-configuration",
)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("server")) as ready:
        yield ready


def cluster(one: Server, shared: Path, folder: Path, namespace: str, *releases: str) -> Cluster:
    """The releases of istio-cni in a namespace of their own."""
    found = {}
    for release in releases:
        values = read_manifests(shared / "corpus" / "istio-cni" / f"{release}.yaml")
        found[release] = [_placed(each, namespace) for each in values if each["kind"] in _NAMESPACED]
    made = Cluster(server=one, namespace=namespace, releases=found, folder=folder)
    # The path of an object makes its namespace.
    made.path(made.workload(releases[0]))
    return made


_NAMESPACED = ("ConfigMap", "DaemonSet", "ServiceAccount")


def _placed(value: JsonObject, namespace: str) -> JsonObject:
    metadata = value["metadata"]
    assert isinstance(metadata, dict)
    return {**value, "metadata": {**metadata, "namespace": namespace}}


def presync(one: Server, folder: Path, values: list[JsonObject], *options: str) -> Result:
    """The command over some manifests, in JSON."""
    file = folder / "desired.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": values}))
    arguments = ["presync", str(file), "--format", "json", *options]
    return CliRunner().invoke(cli, arguments, env={"KUBECONFIG": str(one.kubeconfig)})


def report(result: Result) -> dict[str, Any]:
    assert result.exit_code in (0, 1), result.stderr
    return dict(json.loads(result.stdout))


def predicted(found: dict[str, Any]) -> set[Name]:
    """What stays, as the plan says."""
    names = [left["name"] for plan in found["ownership"]["plan"] for left in plan["left"]]
    matches = [_NAMED.match(name) for name in names]
    assert all(matches), names
    return {(match[1], match[2], match[3] or "") for match in matches if match} - _own()


def _own() -> set[Name]:
    return {("annotation", name, "") for name in _SERVERS_OWN}


def stayed(cluster: Cluster, release: str) -> set[Name]:
    """What the stored objects have and the manifests do not: an independent look at both."""
    found: set[Name] = set()
    for manifest in cluster.releases[release]:
        found |= _names(cluster.live(manifest)) - _names(manifest)
    return found - _own()


def _names(value: JsonObject) -> set[Name]:
    every: Any = value
    template = every.get("spec", {}).get("template", {})
    found = {("key", key, "") for key in every.get("data") or {}}
    for metadata in (every["metadata"], template.get("metadata", {})):
        found |= {("annotation", key, "") for key in metadata.get("annotations") or {}}
        found |= {("label", key, "") for key in metadata.get("labels") or {}}
    pod = template.get("spec", {})
    for container in (*pod.get("containers", ()), *pod.get("initContainers", ())):
        found |= set(_in_container(container))
    return found | {("volume", each["name"], "") for each in pod.get("volumes") or ()}


def _in_container(container: dict[str, Any]) -> Iterator[Name]:
    name = container["name"]
    yield "container", name, ""
    yield from (("variable", each["name"], name) for each in container.get("env") or ())
    yield from (("mount", each["mountPath"], name) for each in container.get("volumeMounts") or ())
    for each in container.get("ports") or ():
        yield "port", f"{each['containerPort']}, {each.get('protocol', 'TCP')}", name
    if container.get("envFrom"):
        yield "field", f"spec.template.spec.containers[{name}].envFrom", ""


def apply(cluster: Cluster, damage: Damage) -> str:
    """Applies the new release for real; why it was refused, empty where it was not."""
    values = cluster.releases[damage.releases[1]]
    if damage.manager == CLIENT:
        cluster.kubectl("apply", "-f", cluster.file(values))
    elif damage.applier == "kubectl":
        cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", cluster.file(values))
    else:
        try:
            cluster.apply(values, damage.manager)
        except Refusal as refusal:
            return str(refusal)
    return ""


@pytest.mark.parametrize("way", DAMAGES)
def test_what_will_stay_is_what_stays(one: Server, shared: Path, tmp_path: Path, way: str) -> None:
    damage = DAMAGES[way]
    here = cluster(one, shared, tmp_path, f"way-{way}", *sorted({*damage.releases, OLD, NEW, "1.9.9"}))
    damage.make(here)
    values = here.releases[damage.releases[1]]
    options = ("--applier", damage.applier, "--force", "--server-dry-run")
    result = presync(one, tmp_path, values, *options)
    found = report(result)
    codes = {each["code"] for each in found["findings"]}
    assert "CNI311" not in codes
    refused = apply(here, damage)
    if way == "f":
        assert result.exit_code == 1
        assert "containers[1].image: Required value" in refused
        assert "CNI307" in codes
        return
    assert refused == ""
    stays = stayed(here, damage.releases[1])
    assert predicted(found) == stays
    variables = {name for kind, name, _ in stays if kind == "variable"}
    assert len(variables) == damage.left
    assert result.exit_code == (1 if damage.left else 0)
    assert ("CNI302" in codes) == (
        "CNI_NETWORK_CONFIG" in variables and ("key", "cni_network_config", "") not in stays
    )


@pytest.mark.parametrize("way", [way for way, damage in DAMAGES.items() if damage.left or way == "f"])
def test_a_repaired_object_leaves_nothing(one: Server, shared: Path, tmp_path: Path, way: str) -> None:
    damage = DAMAGES[way]
    here = cluster(one, shared, tmp_path, f"repaired-{way}", *sorted({*damage.releases, OLD, NEW, "1.9.9"}))
    damage.make(here)
    values = here.releases[damage.releases[1]]
    script = tmp_path / "repair.sh"
    options = ("--applier", damage.applier, "--force")
    presync(one, tmp_path, values, *options, "--repair-script", str(script))
    # kubectl compares with what it applied last, so only what stays can be removed, after the upgrade.
    is_after = damage.manager == CLIENT
    if is_after:
        assert apply(here, damage) == ""
    done = one.run("dash", str(script), "after-upgrade" if is_after else "before-upgrade")
    assert done.returncode == 0, done.stdout + done.stderr
    result = presync(one, tmp_path, values, *options)
    assert result.exit_code == 0, [each["message"] for each in report(result)["findings"]]
    assert apply(here, damage) == ""
    assert {each for each in stayed(here, damage.releases[1]) if each[0] == "variable"} == set()


def test_a_rollback(one: Server, shared: Path, tmp_path: Path) -> None:
    here = cluster(one, shared, tmp_path, "rollback", NEW, OLD)
    here.apply(here.others(NEW))
    here.create(here.workload(NEW), "velero-server")
    rollback = Damage(lambda cluster: None, releases=(NEW, OLD))
    options = ("--applier", "istioctl", "--force", "--server-dry-run")
    result = presync(one, tmp_path, here.releases[OLD], *options)
    found = report(result)
    assert [each["message"] for each in found["findings"] if each["code"] == "CNI405"] == [
        "istio-cni is downgraded from 1.24.2 to 1.22.5"
    ]
    assert found["sync"]["upgrades"][0]["tool"] == "istioctl 1.22.5"
    assert apply(here, rollback) == ""
    assert predicted(found) == stayed(here, OLD)
    assert predicted(found)


def test_a_healthy_rollback(one: Server, shared: Path, tmp_path: Path) -> None:
    here = cluster(one, shared, tmp_path, "healthy-rollback", NEW, OLD)
    here.apply(here.releases[NEW])
    result = presync(one, tmp_path, here.releases[OLD], "--applier", "istioctl", "--force")
    assert result.exit_code == 0
    assert predicted(report(result)) == set()
    here.apply(here.releases[OLD])
    assert stayed(here, OLD) == set()


def incident(one: Server, shared: Path, folder: Path, name: str) -> Cluster:
    """The manifests before and after an incident, in a namespace of its own, of the kinds that the server still serves."""
    serves = Endpoints(one)
    found = {}
    for release in ("before", "after"):
        values = read_manifests(shared / "incidents" / name / f"{release}.yaml")
        placed = [_placed(each, name) for each in values if each["kind"] in (*_NAMESPACED, "Job")]
        found[release] = [each for each in placed if serves(each) is not None]
    return Cluster(server=one, namespace=name, releases=found, folder=folder)


def test_an_add_on_keeps_a_volume(one: Server, shared: Path, tmp_path: Path) -> None:
    """aws/amazon-vpc-cni-k8s#2316: installed with kubectl, taken over by an add-on that applies server-side."""
    here = incident(one, shared, tmp_path, "aws-2316")
    here.kubectl("apply", "-f", here.file(here.releases["before"]))
    options = ("--manager", "eks", "--force", "--server-dry-run")
    result = presync(one, tmp_path, here.releases["after"], *options)
    found = report(result)
    assert ("volume", "dockershim", "") in predicted(found)
    here.apply(here.releases["after"], "eks")
    assert predicted(found) == stayed(here, "after")


def test_a_job_reads_a_removed_key(one: Server, shared: Path, tmp_path: Path) -> None:
    """kubernetes/kops#7140: the Job of the old add-on stays, and the new ConfigMap has no etcd_endpoints."""
    here = incident(one, shared, tmp_path, "kops-7140")
    here.apply(here.releases["before"], "kops")
    result = presync(one, tmp_path, here.releases["after"], "--manager", "kops", "--force")
    assert result.exit_code == 1
    found = [each for each in report(result)["findings"] if each["code"] == "CNI401"]
    assert {(each["target"]["name"], each["target"]["key"]) for each in found} == {
        ("calico-config", "etcd_endpoints")
    }
    assert {"Job", "calico-complete-upgrade-v331"} <= set(re.findall(r"[\w-]+", found[0]["message"]))
    # Who owns the key as well keeps it, and then nothing breaks.
    key: JsonObject = {"data": {"etcd_endpoints": "https://etcd:2379"}}
    config_map = next(each for each in here.releases["after"] if each["kind"] == "ConfigMap")
    here.server.merge(here.path(config_map), key, "somebody")
    again = report(presync(one, tmp_path, here.releases["after"], "--manager", "kops", "--force"))
    assert "CNI401" not in {each["code"] for each in again["findings"]}
    here.apply([config_map], "kops")
    stored: Any = here.live(config_map)
    assert "etcd_endpoints" in stored["data"]


def test_a_selector_is_immutable(one: Server, shared: Path, tmp_path: Path) -> None:
    """kubernetes/kops#12388: the apply of the DaemonSet is refused, and the old pods stay."""
    here = incident(one, shared, tmp_path, "kops-12388")
    here.apply(here.releases["before"], "kops")
    workload = next(each for each in here.releases["after"] if each["kind"] == "DaemonSet")
    result = presync(one, tmp_path, [workload], "--manager", "kops", "--force", "--server-dry-run")
    assert result.exit_code == 1
    codes = [each["code"] for each in report(result)["findings"]]
    assert codes.count("CNI307") == 1
    assert "CNI311" not in codes
    with pytest.raises(Refusal, match="field is immutable"):
        here.apply([workload], "kops")
