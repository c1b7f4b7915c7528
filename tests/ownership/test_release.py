"""Tools that compare with the manifests of their old release, and never look at who owns what."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_check import cnilint
from tests.ownership.conftest import codes, report, run
from tests.ownership.test_incident import OVERRIDES, variables

Arguments = Callable[..., list[str]]
HELM = ("--applier", "helm-3")


@pytest.fixture
def old(shared: Path, tmp_path: Path) -> list[str]:
    """The options that give the manifests of the old release."""
    folder = tmp_path / "old"
    folder.mkdir()
    for kind in ("manifest", "configmap"):
        name = f"incident-{kind}-1.22.5.yaml"
        shutil.copy(shared / "live" / name, folder / name)
    return ["--previous", "old"]


# Whoever owns the variables, and whatever befell the record: the old release had them all.
@pytest.mark.parametrize("scenario", ["a", "b1", "b2", "b4", "c1", "c2", "c4", "d1", "e1"])
def test_what_the_old_release_had_goes(incident: Arguments, old: list[str], scenario: str) -> None:
    found = report(*incident(f"{scenario}-live", "cm-helm-live"), *old, *HELM)
    assert not {"CNI302", "CNI305", "CNI307"} & set(codes(found))
    assert variables(found, "CNI301") == set()
    assert found["ownership"]["predicted"] == 2


def test_a_variable_that_the_old_release_did_not_have_stays(
    incident: Arguments, old: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "old" / "incident-manifest-1.22.5.yaml"
    head, _, rest = path.read_text().partition("        - name: CNI_NETWORK_CONFIG\n")
    path.write_text(head + rest.partition("              key: cni_network_config\n")[2])
    found = report(*incident("d1-live", "cm-helm-live"), *old, *HELM)
    assert variables(found, "CNI302") == {"CNI_NETWORK_CONFIG"}
    assert variables(found, "CNI301") == set()
    (finding,) = (one for one in found["findings"] if one["code"] == "CNI302")
    assert "not in the old release" in finding["related"][-1]["message"]
    assert finding["hint"].startswith("after the upgrade, run kubectl")
    (portrait,) = found["ownership"]["portraits"]
    assert portrait["repair"]["before"] == []
    assert "ownership" not in portrait["diagnosis"]
    assert "New pods do not start" in portrait["diagnosis"]
    assert any("do not edit managedFields" in trap for trap in portrait["repair"]["traps"])


def test_an_object_that_only_the_new_release_has_keeps_everything(
    incident: Arguments, old: list[str], tmp_path: Path
) -> None:
    (tmp_path / "old" / "incident-manifest-1.22.5.yaml").unlink()
    arguments = [*incident("d1-live", "cm-helm-live"), *old, *HELM]
    found = report(*arguments)
    assert variables(found, "CNI302") == {"CNI_NETWORK_CONFIG"}
    assert variables(found, "CNI301") == OVERRIDES
    assert "not covered for 1 object: the old release does not have the object" in run(*arguments).stdout


def test_a_config_map_that_the_release_drops_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stays behind and reads it will not start, unless it is marked to be kept."""
    monkeypatch.chdir(tmp_path)
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "m", "namespace": "n"},
        "data": {"k": "v"},
    }
    kept = {
        **settings,
        "metadata": {**settings["metadata"], "annotations": {"helm.sh/resource-policy": "keep"}},
    }
    source = {"configMapKeyRef": {"name": "m", "key": "k"}}
    (tmp_path / "new.json").write_text(json.dumps(agent()))
    (tmp_path / "old.json").write_text(json.dumps(agent()) + json.dumps(settings))
    for live, expected in ((settings, "its ConfigMap `m` is not defined"), (kept, "still reads key `k`")):
        (tmp_path / "live.json").write_text(
            json.dumps(agent({"name": "EXTRA", "valueFrom": source})) + json.dumps(live)
        )
        found = report("live.json", "--desired", "new.json", "--previous", "old.json", *HELM)
        (finding,) = (one for one in found["findings"] if one["code"] in ("CNI301", "CNI302"))
        assert expected in finding["message"]


def agent(*env: object) -> dict[str, object]:
    container = {"name": "agent", "image": "agent:1", "env": list(env)}
    labels = {"app": "agent"}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "n"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def test_what_somebody_else_added_stays_and_what_the_release_had_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    level, proxy = {"name": "LEVEL", "value": "1"}, {"name": "PROXY", "value": "p"}
    owned = {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"agent"}': {"f:env": {
        f'k:{{"name":"{name}"}}': {".": {}, "f:name": {}, "f:value": {}} for name in ("LEVEL", "PROXY")
    }}}}}}}  # fmt: skip
    entry = {
        "manager": "kubectl-edit",
        "operation": "Update",
        "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": owned,
    }
    live = agent(level, proxy)
    live["metadata"] = {"name": "agent", "namespace": "n", "managedFields": [entry]}
    (tmp_path / "live.json").write_text(json.dumps(live))
    (tmp_path / "new.json").write_text(json.dumps(agent()))
    (tmp_path / "old.json").write_text(json.dumps(agent(level)))
    found = report("live.json", "--desired", "new.json", "--previous", "old.json", *HELM)
    assert variables(found, "CNI301") == {"PROXY"}
    rows = {row["label"]: row["state"] for row in found["ownership"]["portraits"][0]["rows"]}
    assert {label: state for label, state in rows.items() if label.startswith("[")} == {
        "[LEVEL]": "pruned",
        "[PROXY]": "left",
    }


def test_a_hidden_record_hides_nothing_from_a_tool_that_does_not_look_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "live.json").write_text(json.dumps(agent({"name": "LEVEL", "value": "1"})))
    for name in ("new", "old"):
        (tmp_path / f"{name}.json").write_text(json.dumps(agent()))
    found = report("live.json", "--desired", "new.json", "--previous", "old.json", *HELM)
    assert codes(found) == ["CNI301"]


def test_without_the_old_release_nothing_is_predicted(incident: Arguments) -> None:
    arguments = [*incident("d1-live"), *HELM]
    assert report(*arguments)["ownership"]["predicted"] == 0
    notice = next(line for line in run(*arguments).stdout.split("\n") if "notice: not predicted" in line)
    assert notice.startswith("notice: not predicted: 1 object, ")
    assert notice.endswith("give them with --previous")


def test_the_tool_is_inferred(incident: Arguments, old: list[str]) -> None:
    result = run(*incident("d1-live", "cm-helm-live"), *old)
    assert "the applier helm (helm-3) was inferred from managedFields for 2 objects" in result.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--desired", "m.yaml", "--applier", "istioctl"), "has no effect with --applier istioctl"),
        (
            ("--desired", "m.yaml", "--applier", "kubectl-client-side"),
            "has no effect with --applier kubectl-client",
        ),
        (("--desired", "m.yaml", "--manager", "someone"), "has no effect with --manager someone"),
        (("--applier", "helm-3"), "--previous needs --desired"),
        (("--desired", "m.yaml"), "no live object is applied by a tool"),
    ],
)
def test_an_old_release_that_nothing_compares_with_is_bad_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: m}}")
    result = cnilint("ownership", "m.yaml", "--previous", "m.yaml", *options, cwd=tmp_path)
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
