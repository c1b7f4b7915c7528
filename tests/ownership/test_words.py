"""What is said of live objects, of cases that were once told wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnilint.cli.main import cli
from tests.ownership.conftest import codes, report, run

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes ``live.json`` and ``new.json``, each with one or more objects, into the current folder."""
    monkeypatch.chdir(tmp_path)

    def written(live: object, *manifests: object, live_also: object = None) -> None:
        objects = [live, live_also] if live_also is not None else [live]
        Path("live.json").write_text("\n".join(json.dumps(one) for one in objects))
        Path("new.json").write_text("\n".join(json.dumps(one) for one in manifests))

    return written


def entry(manager: str, operation: str, fields: object, version: str = "v1") -> dict[str, object]:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": version,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


def made(kind: str, *entries: object, namespace: str = "net", **members: object) -> dict[str, object]:
    metadata: dict[str, object] = {"name": "m", "namespace": namespace}
    if entries:
        metadata["managedFields"] = list(entries)
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **members}


def messages(found: dict[str, object], code: str) -> list[str]:
    return [finding["message"] for finding in found["findings"] if finding["code"] == code]


KEYS = made(
    "ConfigMap",
    entry("flux", "Apply", {"f:data": {"f:a": {}}}),
    entry("velero-server", "Update", {"f:data": {"f:b": {}}}),
    data={"a": "1", "b": "2"},
)


def pod(namespace: str, **spec: object) -> dict[str, object]:
    container = {"name": "c", "image": "i"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": namespace},
        "spec": {"containers": [container], **spec},
    }


def reading(namespace: str) -> dict[str, object]:
    container = {"name": "c", "image": "i", "envFrom": [{"configMapRef": {"name": "m"}}]}
    return pod(namespace, containers=[container])


@pytest.mark.parametrize(
    ("reader", "severity", "said"),
    [
        (pod("net"), "note", "unused"),
        (reading("net"), "error", "still sets variable `b`"),
        (reading("elsewhere"), "note", "unused"),
        (
            pod("net", volumes=[{"name": "v", "configMap": {"name": "m"}}]),
            "warning",
            "still mounted as a file",
        ),
        (
            pod(
                "net",
                volumes=[{"name": "v", "configMap": {"name": "m", "items": [{"key": "a", "path": "a"}]}}],
            ),
            "note",
            "unused",
        ),
        (
            pod("net", volumes=[{"name": "v", "projected": {"sources": [{"configMap": {"name": "m"}}]}}]),
            "warning",
            "still mounted as a file",
        ),
    ],
)
def test_a_key_that_stays_is_judged_by_who_reads_it(
    write: Write, reader: object, severity: str, said: str
) -> None:
    write(KEYS, made("ConfigMap", data={"a": "1"}), reader)
    found = report("live.json", "--desired", "new.json", "--manager", "flux")
    (finding,) = (one for one in found["findings"] if one["code"] == "CNI301")
    assert (finding["severity"], said in finding["message"]) == (severity, True), finding["message"]


def test_a_port_that_stays_is_shown_at_its_number(write: Write) -> None:
    port = {"port": 9090, "protocol": "TCP", "name": "debug"}
    key = 'k:{"port":9090,"protocol":"TCP"}'
    owned = {"f:spec": {"f:ports": {key: {".": {}, "f:port": {}, "f:name": {}}}}}
    live = made(
        "Service", entry("velero-server", "Update", owned), spec={"selector": {"a": "b"}, "ports": [port]}
    )
    write(live, made("Service", spec={"selector": {"a": "b"}}))
    found = report("live.json", "--desired", "new.json", "--applier", "istioctl")
    (finding,) = (one for one in found["findings"] if one["code"] == "CNI301")
    assert "port `9090, TCP` is left behind and still receives traffic" in finding["message"]
    line = Path("live.json").read_text()
    assert line[finding["column"] - 1 : finding["endColumn"] - 1] == "9090"


def test_an_applier_without_an_entry_owns_nothing_together_with_others(write: Write) -> None:
    live = made(
        "ConfigMap",
        entry("kustomize-controller", "Apply", {"f:data": {"f:a": {}}}),
        entry("helm", "Update", {"f:data": {"f:a": {}}}),
        data={"a": "1"},
    )
    write(live, made("ConfigMap", data={"a": "1"}))
    taken_over = messages(report("live.json", "--desired", "new.json", "--applier", "istioctl"), "CNI308")
    assert len(taken_over) == 2
    assert not any("both apply" in message for message in taken_over)
    (beside,) = messages(report("live.json", "--desired", "new.json", "--applier", "flux"), "CNI308")
    assert beside == "`helm/Update` and `kustomize-controller` both apply key `a`"


def test_a_secret_that_kubectl_applied_loses_the_keys_that_were_recorded(write: Write) -> None:
    """Of the recorded manifest the keys are read, and no value."""
    recorded = {**made("Secret", data={"a": "c2VjcmV0", "b": "c2VjcmV0"}), "stringData": {"c": "secret"}}
    live = made("Secret", entry("kubectl-client-side-apply", "Update", {"f:data": {"f:a": {}, "f:b": {}}}))
    live["data"] = {"a": "c2VjcmV0", "b": "c2VjcmV0", "x": "c2VjcmV0"}
    live["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps(recorded)
    }
    write(live, made("Secret", data={"a": "b3RoZXI="}))
    arguments = ("live.json", "--desired", "new.json", "--applier", "kubectl-client-side", "--tree")
    found = report(*arguments)
    assert codes(found) == ["CNI301"]
    assert "key `x`" in found["findings"][0]["message"]
    for form in ("text", "json", "sarif", "html"):
        text = run(*arguments, "--format", form).stdout
        assert "c2VjcmV0" not in text
        assert 'secret"' not in text


def test_what_an_old_release_had_as_string_data_deletes_nothing(write: Write) -> None:
    live = made("Secret", data={"a": "YQ==", "b": "Yg==", "c": "Yw=="})
    write(live, made("Secret", data={"a": "YQ=="}))
    old = {**made("Secret", data={"a": "YQ==", "b": "Yg=="}), "stringData": {"c": "c"}}
    Path("old.json").write_text(json.dumps(old))
    found = report("live.json", "--desired", "new.json", "--previous", "old.json", "--applier", "helm-3")
    (message,) = messages(found, "CNI301")
    assert "key `c`" in message


def test_a_client_side_apply_needs_its_annotation_whether_the_record_is_hidden_or_not(write: Write) -> None:
    live = made("ConfigMap", data={"a": "1", "b": "2"})
    write(live, made("ConfigMap", data={"a": "1"}), reading("net"))
    found = report("live.json", "--desired", "new.json", "--applier", "kubectl-client-side")
    assert sorted(codes(found)) == ["CNI301", "CNI305"]
    (finding,) = (one for one in found["findings"] if one["code"] == "CNI301")
    assert finding["hint"] == "before the upgrade, restore the last-applied annotation from the old manifest"


def test_what_was_not_foreseen_is_not_counted_as_held_against_a_manifest(write: Write) -> None:
    live = {**made("HorizontalPodAutoscaler"), "apiVersion": "autoscaling/v1"}
    write(live, {**made("HorizontalPodAutoscaler"), "apiVersion": "autoscaling/v2"})
    text = run("live.json", "--desired", "new.json", "--applier", "istioctl", "--ignore", "CNI3").stdout
    assert "no converter" in text
    assert "1 live object audited, 0 of them against a manifest" in text


def test_what_is_refused_has_no_afterwards_and_an_immutable_field_is_no_half_object(write: Write) -> None:
    live = made(
        "ConfigMap",
        entry("velero-server", "Update", {"f:data": {"f:a": {}, "f:b": {}}}),
        data={"a": "1", "b": "2"},
    )
    live["immutable"] = True
    write(live, made("ConfigMap", data={"a": "other"}), reading("net"))
    found = report("live.json", "--desired", "new.json", "--applier", "istioctl", "--force")
    (finding,) = (one for one in found["findings"] if one["code"] == "CNI307")
    assert finding["hint"] == "keep the field as it is, or delete the object and apply it again"
    assert all(portrait["repair"]["after"] == [] for portrait in found["ownership"]["portraits"])


def test_standard_input_is_read_only_once(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["ownership", "-", "-"], input="{}")
    assert "can be read only once" in str(result.exception)


def test_the_manager_of_a_client_side_apply_applies_client_side(write: Write) -> None:
    write(made("ConfigMap", data={"a": "1", "b": "2"}), made("ConfigMap", data={"a": "1"}))
    found = report("live.json", "--desired", "new.json", "--manager", "kubectl-client-side-apply")
    assert codes(found) == ["CNI305", "CNI301"]
    (cause,) = found["ownership"]["portraits"][0]["causes"]
    assert "the last-applied annotation is missing" in cause
