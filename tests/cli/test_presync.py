"""``cnilint presync`` over a small server: what is read, what is judged, and what comes out."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from cnilint.cli.main import cli
from cnilint.errors import UsageError
from tests.cluster.conftest import Fake, Reply, Request, fake
from tests.cluster.served import serving
from tests.conftest import ROOT

__all__ = ["fake"]
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: network
  namespace: apps
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data": {"f:old": {}, "f:level": {}}}
data: {old: "1", level: info}
"""
AGENT = """\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
  namespace: apps
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec": {"f:selector": {}, "f:template": {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:containers":
      {'k:{"name":"agent"}': {".": {}, "f:name": {}, "f:image": {}}}}}}}
  - manager: kubectl-edit
    operation: Update
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec": {"f:template": {"f:spec": {"f:containers":
      {'k:{"name":"agent"}': {"f:env": {'k:{"name":"OLD"}': {".": {}, "f:name": {}, "f:valueFrom": {}}}}}}}}}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: example.com/agent:1
        env:
        - {name: OLD, valueFrom: {configMapKeyRef: {name: network, key: old}}}
"""
READER = """\
apiVersion: batch/v1
kind: Job
metadata: {name: reader, namespace: apps}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: reader
        env:
        - {name: OLD, valueFrom: {configMapKeyRef: {name: network, key: old}}}
"""
DESIRED = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: apps}
data: {level: debug}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: apps}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: example.com/agent:2
        env:
        - {name: LEVEL, valueFrom: {configMapKeyRef: {name: network, key: level}}}
        - {name: TOKEN, valueFrom: {secretKeyRef: {name: by-hand, key: token}}}
"""
BY_HAND = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: by-hand, namespace: apps}\ndata: {token: c2VjcmV0}\n"
)
HEALTHY = AGENT.partition("  - manager: kubectl-edit")[0] + AGENT[AGENT.index("spec:\n  selector") :].replace(
    AGENT[AGENT.index("        env:\n") :], ""
)
ARGO = ("--applier", "argocd")


def stream(*documents: str) -> str:
    return "---\n".join(documents)


def run(*options: str, desired: str = DESIRED) -> Result:
    return CliRunner().invoke(cli, ["presync", "-", *options], input=desired)


def usage_error(*options: str, desired: str = DESIRED) -> str:
    """Why a run fails. The program itself exits with 2."""
    result = run(*options, desired=desired)
    assert isinstance(result.exception, UsageError), result.output
    return str(result.exception)


def report(*options: str, desired: str = DESIRED) -> dict[str, Any]:
    result = run("--format", "json", *options, desired=desired)
    assert result.exit_code in (0, 1), result.stderr
    return dict(json.loads(result.stdout))


def found(value: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["code"], each["severity"]) for each in value["findings"]]


def test_a_healthy_sync(fake: Fake) -> None:
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY, BY_HAND))
    assert found(report(*ARGO)) == []
    result = run(*ARGO)
    assert result.exit_code == 0
    assert "No findings: 2 of 2 references verified, 2 live objects audited" in result.stdout


def test_leftovers_and_readers_of_removed_keys(fake: Fake) -> None:
    fake.answer = serving(stream(CONFIG_MAP, AGENT, BY_HAND, READER))
    value = report(*ARGO)
    codes = [code for code, _ in found(value)]
    assert (codes.count("CNI302"), codes.count("CNI401")) == (1, 1)
    (removed,) = (each for each in value["findings"] if each["code"] == "CNI401")
    assert (
        removed["message"] == "key `old` of ConfigMap `network` is removed, and Job `reader` still reads it"
    )
    assert removed["file"] == "live-cluster/apps/configmaps/network.json"
    assert removed["related"][0]["file"] == "live-cluster/apps/jobs.batch.json"


def test_a_key_that_stays_is_not_removed(fake: Fake) -> None:
    shared = CONFIG_MAP.replace(
        "data: {old",
        "  - {manager: other, operation: Update, apiVersion: v1, fieldsType: FieldsV1, "
        'fieldsV1: {"f:data": {"f:old": {}}}}\ndata: {old',
    )
    fake.answer = serving(stream(shared, AGENT, BY_HAND, READER))
    assert not {"CNI302", "CNI401"} & {code for code, _ in found(report(*ARGO))}
    reading = DESIRED.replace("key: level", "key: old")
    assert "CNI101" not in {code for code, _ in found(report(*ARGO, desired=reading))}
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY, BY_HAND))
    assert ("CNI101", "error") in found(report(*ARGO, desired=reading))


@pytest.mark.parametrize(
    "change",
    [
        ("configMapKeyRef: {", "configMapKeyRef: {optional: true, "),
        ("key: old", "key: level"),
        ("namespace: apps", "namespace: other"),
        ("spec:\n  template", "status: {conditions: [{type: Complete, status: 'True'}]}\nspec:\n  template"),
        (
            "namespace: apps}",
            "namespace: apps, ownerReferences: [{kind: CronJob, name: x, controller: true}]}",
        ),
    ],
)
def test_who_does_not_need_what_is_removed(fake: Fake, change: tuple[str, str]) -> None:
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY, BY_HAND, READER.replace(*change)))
    assert "CNI401" not in {code for code, _ in found(report(*ARGO))}


def test_a_reader_that_does_not_run_is_a_warning(fake: Fake) -> None:
    suspended = READER.replace("spec:\n  template", "spec:\n  suspend: true\n  template")
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY, BY_HAND, suspended))
    assert found(report(*ARGO)) == [("CNI401", "warning")]


def test_a_workload_that_the_server_does_not_change_is_a_reader(fake: Fake) -> None:
    fake.answer = serving(stream(CONFIG_MAP, AGENT, BY_HAND))
    refused = DESIRED.replace("{app: agent}", "{app: other}")
    codes = {code for code, _ in found(report(*ARGO, desired=refused))}
    assert {"CNI307", "CNI401"} <= codes


def test_workloads_are_listed_only_where_something_is_removed(fake: Fake) -> None:
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY, BY_HAND))
    report(*ARGO, desired=DESIRED.replace("{level: debug}", "{level: debug, old: '1'}"))
    paths = [request.path for request in fake.requests]
    assert not [path for path in paths if path.endswith(("/jobs", "/pods"))]
    assert len(paths) == len(set(paths))
    assert {request.method for request in fake.requests} == {"GET"}


def test_a_reference_resolves_to_a_live_object(fake: Fake) -> None:
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY))
    assert found(report(*ARGO)) == [("CNI102", "error")]


def test_what_may_not_be_read_is_named(fake: Fake) -> None:
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY), forbidden=("/secrets", "/daemonsets/agent", "/jobs"))
    value = report(*ARGO)
    assert value["coverage"]["unverifiable"] == [
        {"reason": "`list` on `secrets` in namespace `apps` is forbidden", "count": 1}
    ]
    unread = "\n".join(value["sync"]["unread"])
    for named in ("`list` on `secrets`", "`get` on `daemonsets.apps`", "`list` on `jobs.batch`"):
        assert named in unread
    assert "is forbidden" in run(*ARGO).stdout
    assert "is forbidden" in run(*ARGO, "--format", "concise").stderr


def test_nothing_may_be_read(fake: Fake) -> None:
    fake.answer = serving("", forbidden=("",))
    assert "nothing could be read" in usage_error(*ARGO)


def test_a_first_installation(fake: Fake) -> None:
    fake.answer = serving(BY_HAND)
    result = run(*ARGO)
    assert result.exit_code == 0, result.output
    assert "not in the cluster: 2 objects, which an apply creates" in result.stdout
    assert "2 of 2 references verified" in result.stdout


HOOK = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  namespace: apps
  annotations: {argocd.argoproj.io/hook: PreSync}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: migrate
        env:
        - {name: LEVEL, valueFrom: {configMapKeyRef: {name: network, key: level}}}
"""


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (CONFIG_MAP, []),
        ("", [("CNI114", "error")]),
        (CONFIG_MAP.replace("level: info", "another: info"), [("CNI114", "error")]),
    ],
)
def test_a_hook_needs_what_is_live(fake: Fake, live: str, expected: list[tuple[str, str]]) -> None:
    fake.answer = serving(stream(*filter(None, (live, HEALTHY, BY_HAND))))
    value = report(*ARGO, "--select", "CNI114", desired=stream(DESIRED, HOOK))
    assert found(value) == expected


def test_a_hook_whose_objects_may_not_be_listed_is_not_an_error(fake: Fake) -> None:
    fake.answer = serving(stream(HEALTHY, BY_HAND), forbidden=("/configmaps",))
    value = report(*ARGO, "--select", "CNI114", desired=stream(DESIRED, HOOK))
    assert found(value) == [("CNI114", "warning")]


def test_a_wave_reads_what_a_later_wave_creates(fake: Fake) -> None:
    later = DESIRED.replace(
        "{name: network, namespace: apps}",
        "{name: network, namespace: apps, annotations: {argocd.argoproj.io/sync-wave: '2'}}",
    )
    fake.answer = serving(stream(HEALTHY, BY_HAND))
    assert ("CNI114", "error") in found(report(*ARGO, desired=later))
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY, BY_HAND))
    assert "CNI114" not in {code for code, _ in found(report(*ARGO, desired=later))}


def test_the_server_refuses_a_dry_run(fake: Fake) -> None:
    served = serving(stream(CONFIG_MAP, HEALTHY, BY_HAND))
    status = {
        "code": 403,
        "kind": "Status",
        "message": 'configmaps "network" is forbidden: exceeded quota: few',
    }

    def answer(request: Request) -> Reply:
        is_patch = request.method == "PATCH" and request.path.endswith("/network")
        return Reply(status, status=403) if is_patch else served(request)

    fake.answer = answer
    value = report(*ARGO, "--server-dry-run")
    assert found(value) == [("CNI307", "error")]
    assert "exceeded quota" in value["findings"][0]["message"]
    assert value["sync"]["dryRuns"] == 2
    (patch, *_) = (request for request in fake.requests if request.method == "PATCH")
    assert patch.query == {"dryRun": "All", "fieldManager": "argocd-controller", "force": "true"}


def test_a_dry_run_that_rbac_denies_is_not_a_refusal(fake: Fake) -> None:
    served = serving(stream(CONFIG_MAP, HEALTHY, BY_HAND))
    message = (
        'daemonsets.apps "x" is forbidden: User "u" cannot patch resource "daemonsets" in API group "apps"'
    )

    def answer(request: Request) -> Reply:
        if request.method == "PATCH":
            return Reply({"kind": "Status", "message": message}, status=403)
        return served(request)

    fake.answer = answer
    value = report(*ARGO, "--server-dry-run")
    assert found(value) == []
    assert value["sync"]["dryRuns"] == 0
    assert "`patch` on `daemonsets` is forbidden" in "\n".join(value["sync"]["unread"])


def test_the_upgrade_of_a_component(fake: Fake, tmp_path: Path) -> None:
    live = HEALTHY.replace("example.com/agent:1", "quay.io/cilium/cilium:v1.15.6")
    fake.answer = serving(stream(CONFIG_MAP, live, BY_HAND))
    desired = DESIRED.replace("example.com/agent:2", "quay.io/cilium/cilium:v1.17.1")
    value = report(*ARGO, desired=desired)
    (step,) = value["sync"]["upgrades"]
    assert (step["from"], step["to"], step["steps"]) == ("1.15.6", "1.17.1", ["1.16"])
    assert "1.17.1" in step["tool"]
    assert ("CNI405", "warning") in found(value)
    log = tmp_path / "termination"
    run(*ARGO, "--termination-log", str(log), desired=desired)
    assert "cilium 1.15.6 -> 1.17.1: install 1.16 first" in log.read_text()
    targeted = report(*ARGO, "--target", "cilium=1.15.9", desired=desired)
    assert targeted["sync"]["upgrades"][0]["to"] == "1.15.9"


def test_the_upgrade_of_a_component_that_a_chart_installs(fake: Fake) -> None:
    """The version of the live source of the chart counts for the live release, that of the manifests for theirs."""
    text = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: cilium, namespace: apps}
spec: {interval: 1h, url: "oci://quay.io/cilium/charts/cilium", ref: {tag: TAG}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cilium, namespace: apps}
spec: {interval: 1h, chartRef: {kind: OCIRepository, name: cilium}}
"""
    fake.answer = serving(text.replace("TAG", "1.15.6"))
    value = report(*ARGO, desired=text.replace("TAG", "1.17.1"))
    (step,) = value["sync"]["upgrades"]
    assert (step["from"], step["to"], step["steps"]) == ("1.15.6", "1.17.1", ["1.16"])
    assert ("CNI405", "warning") in found(value)


def test_every_format(fake: Fake) -> None:
    fake.answer = serving(stream(CONFIG_MAP, AGENT, BY_HAND, READER))
    schema = json.loads((ROOT / "schemas" / "report.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(report(*ARGO))
    sarif = json.loads(run(*ARGO, "--format", "sarif").stdout)
    assert sarif["runs"][0]["properties"]["sync"]["unread"] == []
    assert {each["ruleId"] for each in sarif["runs"][0]["results"]} >= {"CNI302", "CNI401"}
    first = run(*ARGO).stdout.partition("\n")[0]
    assert first.startswith("error    ")
    prints = [each["fingerprint"] for each in report(*ARGO)["findings"]]
    assert len(prints) == len(set(prints))


def test_the_termination_log_of_a_run_that_fails(fake: Fake, tmp_path: Path) -> None:
    fake.answer = serving("", forbidden=("",))
    log = tmp_path / "termination"
    usage_error("--termination-log", str(log))
    assert log.read_text().startswith("cnilint: nothing could be read")
    usage_error("--termination-log", str(log), desired="")
    assert "no Kubernetes object" in log.read_text()


def test_a_termination_log_that_cannot_be_written(fake: Fake, tmp_path: Path) -> None:
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY, BY_HAND))
    assert "cannot write" in usage_error(*ARGO, "--termination-log", str(tmp_path / "absent" / "log"))


def test_environments_are_told_apart(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("dev", "prod"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "all.yaml").write_text(
            DESIRED if name == "dev" else DESIRED.replace("key: level", "key: x")
        )
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY, BY_HAND))
    arguments = ["presync", ".", *ARGO, "--format", "json"]
    assert CliRunner().invoke(cli, arguments).exit_code != 0
    dev = CliRunner().invoke(cli, [*arguments, "--environment", "dev"])
    assert found(json.loads(dev.stdout)) == []
    prod = CliRunner().invoke(cli, [*arguments, "--environment", "prod"])
    assert found(json.loads(prod.stdout)) == [("CNI101", "error")]


FLUX_LABELS = "labels: {kustomize.toolkit.fluxcd.io/name: net, kustomize.toolkit.fluxcd.io/namespace: apps}"
TRACKED = 'annotations: {argocd.argoproj.io/tracking-id: "%snet:/ConfigMap:apps/network"}'
OLD_SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: apps%s}
data: {old: "1"}
"""
FLUX_KUSTOMIZATION = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: net, namespace: apps}
spec: {prune: %s}
status:
  inventory:
    entries:
    - {id: apps_network__ConfigMap, v: v1}
    - {id: apps_settings__ConfigMap, v: v1}
    - {id: apps_agent_apps_DaemonSet, v: v1}
    - {id: apps_gone_apps_DaemonSet, v: v1}
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: net, namespace: %s}
spec: {syncPolicy: {automated: {prune: true}}}
status:
  resources:
  - {kind: ConfigMap, name: network, namespace: apps, version: v1}
  - {kind: ConfigMap, name: settings, namespace: apps, version: v1}
  - {group: apps, kind: DaemonSet, name: agent, namespace: apps, version: v1}
"""


def _of_changes(value: dict[str, Any]) -> list[tuple[str, str]]:
    return [each for each in found(value) if each[0] == "CNI401"]


def _marked(mark: str) -> str:
    return CONFIG_MAP.replace("  namespace: apps\n", f"  namespace: apps\n  {mark}\n")


@pytest.mark.parametrize(
    ("mark", "deployer", "shown"),
    [
        (FLUX_LABELS, FLUX_KUSTOMIZATION % "true", "Kustomization `apps/net`"),
        (TRACKED % "", APPLICATION % "argocd", "Application `argocd/net`"),
        (TRACKED % "apps_", APPLICATION % "apps", "Application `apps/net`"),
    ],
)
def test_what_a_deployer_prunes(fake: Fake, mark: str, deployer: str, shown: str) -> None:
    """Flux and Argo CD delete what they applied before and the manifests no longer have."""
    reader = READER.replace("name: network", "name: settings")
    fake.answer = serving(stream(_marked(mark), HEALTHY, BY_HAND, OLD_SETTINGS % "", reader, deployer))
    value = report(*ARGO)
    assert _of_changes(value) == [("CNI401", "warning")]
    (pruned,) = (each for each in value["findings"] if each["code"] == "CNI401")
    assert pruned["message"] == "ConfigMap `settings` is pruned, and Job `reader` still reads it"
    assert pruned["evidence"] == [f"{shown} prunes it if the manifests are all that it applies"]
    expected = f"{shown} prunes 1 object that the manifests do not have, if they are all that it applies: ConfigMap `settings`"
    assert expected in value["notices"]


def test_what_the_manifests_read_can_be_pruned(fake: Fake) -> None:
    desired = DESIRED.replace("{name: network, key: level}", "{name: settings, key: old}")
    live = stream(_marked(FLUX_LABELS), HEALTHY, BY_HAND, OLD_SETTINGS % "", FLUX_KUSTOMIZATION % "true")
    fake.answer = serving(live)
    assert _of_changes(report(*ARGO, desired=desired)) == [("CNI401", "warning")]


@pytest.mark.parametrize(
    ("deployer", "labels"),
    [
        (FLUX_KUSTOMIZATION % "false", ""),
        (FLUX_KUSTOMIZATION % "true", ", labels: {kustomize.toolkit.fluxcd.io/prune: disabled}"),
        (
            FLUX_KUSTOMIZATION % "true",
            ", annotations: {argocd.argoproj.io/sync-options: 'Replace=true, Prune=false'}",
        ),
        (FLUX_KUSTOMIZATION.replace("apps_settings_", "other_settings_") % "true", ""),
    ],
)
def test_what_no_deployer_prunes(fake: Fake, deployer: str, labels: str) -> None:
    reader = READER.replace("name: network", "name: settings")
    fake.answer = serving(
        stream(_marked(FLUX_LABELS), HEALTHY, BY_HAND, OLD_SETTINGS % labels, reader, deployer)
    )
    value = report(*ARGO)
    assert _of_changes(value) == []
    assert not [each for each in value["notices"] if "prunes" in each]


def test_an_inventory_that_may_not_be_read_is_named(fake: Fake) -> None:
    live = stream(_marked(FLUX_LABELS), HEALTHY, BY_HAND, FLUX_KUSTOMIZATION % "true")
    fake.answer = serving(live, forbidden=["/kustomizations/net"])
    value = report(*ARGO)
    expected = (
        "not read: Kustomization `apps/net`, because `get` on `kustomizations.kustomize.toolkit.fluxcd.io` in namespace "
        "`apps` is forbidden; what it prunes is not known"
    )
    assert expected in value["notices"]
    assert _of_changes(value) == []


def since(folder: Path, *options: str) -> dict[str, str]:
    result = run(*ARGO, "--since-snapshot", str(folder), "--format", "json", *options)
    assert result.exit_code in (0, 1), result.stderr
    found = json.loads(result.stdout)["sync"]["since"]
    return {each["object"]["kind"]: each["state"] for each in found}


def test_only_what_was_asked_for_can_be_gone(fake: Fake, tmp_path: Path) -> None:
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY))
    saved = tmp_path / "saved"
    result = run(*ARGO, "--snapshot", str(saved))
    assert f"2 live objects saved in `{saved}`" in result.stderr
    assert since(saved) == {"ConfigMap": "not applied", "DaemonSet": "not applied"}
    fake.answer = serving(HEALTHY)
    assert since(saved) == {"ConfigMap": "gone", "DaemonSet": "not applied"}
    # Another namespace is read, and one kind is not allowed.
    elsewhere = since(saved, "--live-namespace", "other")
    assert elsewhere == {"ConfigMap": "not read", "DaemonSet": "not read"}
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY), forbidden=["/configmaps/network"])
    assert since(saved) == {"ConfigMap": "not read", "DaemonSet": "not applied"}


def test_a_snapshot_is_not_overwritten(fake: Fake, tmp_path: Path) -> None:
    fake.answer = serving(stream(CONFIG_MAP, HEALTHY))
    (tmp_path / "note").touch()
    assert "is not empty" in usage_error(*ARGO, "--snapshot", str(tmp_path))
