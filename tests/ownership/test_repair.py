"""Printed patches are applied here, as the API server would, and do what they promise."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnilint.document import plain, read
from cnilint.ownership.repair.jsonpatch import edits
from cnilint.ssa.appliers.migrate import absorb
from cnilint.ssa.appliers.model import applier
from cnilint.ssa.appliers.perform import perform
from cnilint.ssa.fieldpath.fields import Fields, fields_from_json, fields_to_json
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.entries import decode_entries, managed_fields_of, with_entries
from cnilint.ssa.managedfields.server import update
from cnilint.ssa.predict import predict
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import Json, JsonObject, text_at
from tests.ownership.conftest import report

Arguments = Callable[..., list[str]]


def load(path: Path) -> JsonObject:
    (document,) = [one for one in read(path.name, path.read_bytes()) if one.root is not None]
    value = plain(document.root)
    assert isinstance(value, dict)
    return value


def patched(value: Json, operations: list[Json]) -> Json:
    """A JSON patch (RFC 6902) of test, add, replace and remove."""
    value = json.loads(json.dumps(value))
    for operation in operations:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
        holder = value
        for step in steps[:-1]:
            holder = holder[int(step) if isinstance(holder, list) else step]
        last = int(steps[-1]) if isinstance(holder, list) and steps[-1] != "-" else steps[-1]
        match operation["op"]:
            case "test":
                assert holder[last] == operation["value"]
            case "remove":
                del holder[last]
            case "replace":
                assert last in holder if isinstance(holder, dict) else last < len(holder)
                holder[last] = operation["value"]
            case "add" if last == "-":
                holder.append(operation["value"])
            case "add":
                holder[last] = operation["value"]
    return value


def patch_in(command: str) -> list[Json]:
    words = shlex.split(command)
    return json.loads(words[words.index("-p") + 1])


def variables(value: JsonObject) -> set[str]:
    return {
        text_at(variable, "name")
        for container in value["spec"]["template"]["spec"]["containers"]
        for variable in container.get("env", [])
    }


@pytest.mark.parametrize("scenario", ["b2", "b4", "c2", "c4", "d1", "e1"])
def test_the_patch_of_ownership_lets_the_apply_remove_every_leftover(
    incident: Arguments, tmp_path: Path, scenario: str
) -> None:
    found = report(*incident(f"{scenario}-live"), "--applier", "istioctl")
    steps = found["ownership"]["portraits"][0]["repair"]["before"]
    dry_run, command = steps[0]["commands"]
    assert "--dry-run=server" in dry_run
    assert patch_in(dry_run) == patch_in(command)
    live = load(tmp_path / f"incident-{scenario}-live.yaml")
    new = load(tmp_path / "desired" / "incident-manifest-1.24.2.yaml")
    endpoint = resource(kinds(), "apps/v1", "DaemonSet")
    changed = update(endpoint, live, patched(live, patch_in(command)), "kubectl-patch").object
    assert variables(changed) == variables(live), "only ownership changes"
    assert "kubectl-patch" not in {entry.manager for entry in decode_entries(managed_fields_of(changed))}
    after = perform(applier("istioctl"), changed, new)
    assert after.written is not None
    assert variables(after.written.value) == variables(new)


@pytest.mark.parametrize("scenario", ["b2", "b4", "c1", "c2", "c4", "d1"])
def test_after_a_bad_upgrade_the_same_patch_cures_at_the_next_apply(
    incident: Arguments, tmp_path: Path, scenario: str
) -> None:
    """The state after the upgrade is a dump like any other; the remedies of the record that fail are not proposed."""
    found = report(*incident(f"{scenario}-after"), "--applier", "istioctl")
    assert "CNI302" in {finding["code"] for finding in found["findings"]}
    command = found["ownership"]["portraits"][0]["repair"]["before"][0]["commands"][1]
    live = load(tmp_path / f"incident-{scenario}-after.yaml")
    new = load(tmp_path / "desired" / "incident-manifest-1.24.2.yaml")
    endpoint = resource(kinds(), "apps/v1", "DaemonSet")
    changed = update(endpoint, live, patched(live, patch_in(command)), "kubectl-patch").object
    after = perform(applier("istioctl"), changed, new)
    assert after.written is not None
    assert variables(after.written.value) == variables(new)


def test_variables_are_taken_out_by_name(incident: Arguments) -> None:
    found = report(*incident("b4-live"), "--applier", "istioctl")
    after = found["ownership"]["portraits"][0]["repair"]["after"]
    dry_run, command = after[0]["commands"]
    assert "--dry-run=server" in dry_run
    words = shlex.split(command)
    assert words[:7] == ["kubectl", "-n", "kube-system", "set", "env", "daemonset.apps/istio-cni-node", "-c"]
    assert "CNI_NETWORK_CONFIG-" in words
    assert sum(word.endswith("-") for word in words) == 11


def test_traps_are_named(incident: Arguments) -> None:
    found = report(*incident("c2-live"), "--applier", "istioctl")
    traps = " ".join(found["ownership"]["portraits"][0]["repair"]["traps"])
    assert "do not just delete the entry of velero-server/Update" in traps
    assert "do not clear managedFields" in traps


def test_a_blind_hand_over_is_a_trap_where_it_removes_more(incident: Arguments, tmp_path: Path) -> None:
    """What another manager added besides the leftovers would go with them."""
    arguments = incident("c2-live")
    path = tmp_path / "incident-c2-live.yaml"
    text = path.read_text().replace("  labels:\n", "  labels:\n    team: network\n", 1)
    head, tail = text.split("  - manager: velero-server\n")
    tail = tail.replace("f:labels:\n", "f:labels:\n          f:team: {}\n", 1)
    path.write_text(f"{head}  - manager: velero-server\n{tail}")
    found = report(*arguments, "--applier", "istioctl")
    assert any(finding["path"] == "metadata.labels.team" for finding in found["findings"])


def test_no_command_can_break_out_of_its_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    evil = "x'; touch pwned; '"
    entry = {
        "manager": "istio-operator",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {"f:a": {}}},
    }
    other = {**entry, "manager": evil, "operation": "Update", "fieldsV1": {"f:data": {"f:b": {}}}}
    metadata = {"name": "m", "namespace": evil}
    live = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {**metadata, "managedFields": [entry, other]},
        "data": {"a": "1", "b": "2"},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": evil},
        "spec": {"containers": [{"name": "c", "image": "i", "envFrom": [{"configMapRef": {"name": "m"}}]}]},
    }
    desired = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "1"}}
    (tmp_path / "live.json").write_text(json.dumps(live))
    (tmp_path / "desired.json").write_text(json.dumps(desired) + json.dumps(pod))
    found = report("live.json", "--desired", "desired.json", "--applier", "istioctl")
    repair = found["ownership"]["portraits"][0]["repair"]
    commands = [command for step in (*repair["before"], *repair["after"]) for command in step["commands"]]
    assert commands
    for command in commands:
        assert "touch" not in shlex.split(command)


_element = st.sampled_from(["f:a", "f:b/c", "f:~", 'k:{"name":"x"}', 'v:"y"'])
_sets = st.recursive(
    st.just({}),
    lambda children: st.dictionaries(st.one_of(_element, st.just(".")), children, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(_sets, _sets)
def test_edits_lead_from_one_set_to_the_other(one: Fields, other: Fields) -> None:
    old, new = (fields_from_json({k: v for k, v in each.items() if k != "."}) for each in (one, other))
    value = {"fieldsV1": fields_to_json(old)}
    after = patched(value, edits(old, new, ("fieldsV1",)))
    assert fields_from_json(after["fieldsV1"]) == new


def test_a_replace_takes_the_leftovers_and_what_others_added(incident: Arguments, tmp_path: Path) -> None:
    arguments = incident("c2-live")
    path = tmp_path / "incident-c2-live.yaml"
    path.write_text(path.read_text().replace("  labels:\n", "  labels:\n    team: network\n", 1))
    found = report(*arguments, "--applier", "istioctl")["ownership"]["portraits"][0]["repair"]
    (step,) = (one for one in found["after"] if "replace the live object" in one["purpose"])
    dry_run, command = step["commands"]
    assert command == "kubectl -n kube-system replace -f desired/incident-manifest-1.24.2.yaml"
    assert dry_run == command.replace("replace", "replace --dry-run=server -o yaml")
    (trap,) = (trap for trap in found["traps"] if "replace also removes" in trap)
    assert "metadata.labels.team" in trap
    assert "hostPath" not in trap, "what the server fills in again is not dropped"
    assert any("replace does not last" in trap for trap in found["traps"])


def autoscaled(replicas: int) -> tuple[JsonObject, JsonObject]:
    """A Deployment with a leftover variable whose replicas an autoscaler sets, and its manifest."""
    labels = {"app": "agent"}
    container: JsonObject = {"name": "c", "image": "i"}
    manifest: JsonObject = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "agent", "namespace": "n"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    old = json.loads(json.dumps(manifest))
    old["spec"]["replicas"] = replicas
    old["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "OLD", "value": "1"}]
    written = update(resource(kinds(), "apps/v1", "Deployment"), None, old, "velero-server")
    return written.object, manifest


def test_a_replace_resets_what_an_autoscaler_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    live, manifest = autoscaled(3)
    (tmp_path / "live.json").write_text(json.dumps(live))
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "namespace": "n"}}
    (tmp_path / "desired.json").write_text(json.dumps(manifest) + json.dumps(other))
    found = report("live.json", "--desired", "desired.json", "--applier", "argocd")
    plan = found["ownership"]["portraits"][0]["repair"]
    (trap,) = (trap for trap in plan["traps"] if "replace also removes" in trap)
    assert "spec.replicas" in trap
    (step,) = (one for one in plan["after"] if "replace the live object" in one["purpose"])
    # The file has another object too, which nobody wants replaced.
    assert "this object only" in step["purpose"]
    assert step["commands"][1].endswith("-f MANIFEST.yaml")


def test_what_cannot_be_replaced_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of an immutable ConfigMap cannot go at all."""
    monkeypatch.chdir(tmp_path)
    live: JsonObject = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "m", "namespace": "n"},
        "immutable": True,
        "data": {"a": "1", "b": "2"},
    }
    written = update(resource(kinds(), "v1", "ConfigMap"), None, live, "velero-server").object
    (tmp_path / "live.json").write_text(json.dumps(written))
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "n"},
        "spec": {"containers": [{"name": "c", "image": "i", "envFrom": [{"configMapRef": {"name": "m"}}]}]},
    }
    (tmp_path / "desired.json").write_text(json.dumps({**live, "data": {"a": "1"}}) + json.dumps(pod))
    found = report("live.json", "--desired", "desired.json", "--applier", "istioctl")
    assert "CNI301" in {finding["code"] for finding in found["findings"]}
    assert not any(
        "replace" in step["purpose"] for step in found["ownership"]["portraits"][0]["repair"]["after"]
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [("helm", "istio-operator"), ("istio-operator", "helm"), ("istio-operator", "argocd-controller")],
)
def test_another_appliers_entry_is_merged_and_the_apply_removes_what_it_kept(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    """Installed by one server-side applier, taken over by another: the remedy R11, whole and as it is printed."""
    monkeypatch.chdir(tmp_path)
    old = load(shared / "live" / "incident-manifest-1.22.5.yaml")
    new = load(shared / "live" / "incident-manifest-1.24.2.yaml")
    live = predict(written(old, first), old, manager=second, force=True).written
    assert live is not None
    left = predict(live.object, new, manager=second, force=True).written
    assert left is not None
    assert len(variables(left.value) - variables(new)) == 11
    for damaged in (live.object, left.object):
        merged = absorb(decode_entries(managed_fields_of(damaged)), lambda entry: True, second, "apps/v1")
        cured = predict(with_entries(damaged, merged), new, manager=second, force=True).written
        assert cured is not None
        assert variables(cured.value) == variables(new)
        assert [entry.identity.text for entry in cured.entries] == [f"{second}/Apply"]
        assert variables(after_the_printed_patch(damaged, new, second)) == variables(new)


def written(desired: JsonObject, manager: str) -> JsonObject:
    made = predict(None, desired, manager=manager).written
    assert made is not None
    return {**made.object, "metadata": {**made.object["metadata"], "resourceVersion": "1"}}


def after_the_printed_patch(live: JsonObject, new: JsonObject, manager: str) -> JsonObject:
    """The object after the command's own patch of ownership and the apply."""
    Path("live.json").write_text(json.dumps(live))
    Path("desired.json").write_text(json.dumps(new))
    found = report("live.json", "--desired", "desired.json", "--manager", manager, "--force")
    command = found["ownership"]["portraits"][0]["repair"]["before"][0]["commands"][1]
    endpoint = resource(kinds(), "apps/v1", "DaemonSet")
    changed = update(endpoint, live, patched(live, patch_in(command)), "kubectl-patch").object
    after = predict(changed, new, manager=manager, force=True).written
    assert after is not None
    return after.value
