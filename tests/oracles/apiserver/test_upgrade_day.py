"""The page "Upgrade day" and snapshots, on a real API server: ``make e2e``."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cnilint.cli.main import cli
from cnilint.ssa.typed.values import JsonObject
from tests.conftest import ROOT
from tests.oracles.apiserver.damage import NEW, OLD, Cluster
from tests.oracles.apiserver.server import Server, server
from tests.oracles.apiserver.test_presync import cluster, stayed
from tests.programs import needs

pytestmark = [pytest.mark.slow, needs("etcd", "kube-apiserver", "kubectl", "dash")]

PAGE = (ROOT / "docs" / "upgrade-day.md").read_text("utf-8")
COMMANDS = [
    line for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("server")) as ready:
        yield ready


def restored(one: Server, shared: Path, folder: Path, namespace: str) -> Cluster:
    """The old release, whose DaemonSet a restore created: the case of istio/istio#54846."""
    here = cluster(one, shared, folder, namespace, OLD, NEW)
    here.apply(here.others(OLD), "kubectl")
    here.create(here.workload(OLD), "velero-server")
    (folder / "manifests").mkdir()
    for number, value in enumerate(here.releases[NEW]):
        (folder / "manifests" / f"{number}.json").write_text(json.dumps(value))
    return here


def values(here: Cluster, release: str) -> list[JsonObject]:
    """The live objects without what the API server sets."""
    found = []
    for manifest in here.releases[release]:
        live: Any = here.live(manifest)
        metadata = {key: live["metadata"].get(key) for key in ("name", "labels", "annotations")}
        (metadata["annotations"] or {}).pop("deprecated.daemonset.template.generation", None)
        found.append({**live, "metadata": metadata, "status": None})
    return found


def run(one: Server, command: str, folder: Path) -> int:
    """A command of the page; the exit code."""
    words = shlex.split(command)
    if words[0] == "cnilint":
        return cnilint(one, *words[1:]).exit_code
    return one.run(*(str(folder / word) if word == "repair.sh" else word for word in words)).returncode


def cnilint(one: Server, *arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, env={"KUBECONFIG": str(one.kubeconfig)}, catch_exceptions=False)


def test_every_command_of_the_page(
    one: Server, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = restored(one, shared, tmp_path, "day")
    before = values(here, OLD)
    codes = {}
    for line in COMMANDS:
        command = line.removeprefix("$ ")
        codes[command] = run(one, command, tmp_path)
        if command.startswith("kubectl apply"):
            assert {each for each in stayed(here, NEW) if each[0] == "variable"} == set()
    presync = "cnilint presync manifests --applier kubectl --force"
    assert codes == {
        f"{presync} --snapshot before": 1,
        f"{presync} --server-dry-run": 1,
        f"{presync} --repair-script repair.sh": 1,
        "sh repair.sh before-upgrade": 0,
        presync: 0,
        "kubectl apply --server-side --force-conflicts -f manifests": 0,
        f"{presync} --since-snapshot before": 0,
        "kubectl replace -R -f before/objects": 0,
    }
    assert values(here, OLD) == before


def states(result: Result) -> dict[str, str]:
    assert result.exit_code in (0, 1), result.stderr
    since = json.loads(result.stdout)["sync"]["since"]
    return {each["object"]["kind"]: each["state"] for each in since}


def test_whether_the_upgrade_did_what_was_planned(
    one: Server, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = restored(one, shared, tmp_path, "planned")
    options = ("presync", "manifests", "--manager", "istio-operator", "--force", "--format", "json")
    cnilint(one, *options, "--snapshot", "saved")
    since = (*options, "--since-snapshot", "saved")
    # Nothing was applied yet.
    waiting = states(cnilint(one, *since))
    assert (waiting["DaemonSet"], waiting["ConfigMap"]) == ("not applied", "not applied")
    here.apply(here.releases[NEW])
    assert set(states(cnilint(one, *since)).values()) == {"as planned"}
    # Afterwards somebody changes one object and deletes another.
    here.server.merge(here.path(here.workload(NEW)), {"metadata": {"labels": {"team": "x"}}}, "somebody")
    config_map = next(each for each in here.releases[NEW] if each["kind"] == "ConfigMap")
    here.server.send("DELETE", here.path(config_map), {}, "application/json")
    after = cnilint(one, *since)
    assert states(after) == {"DaemonSet": "otherwise", "ConfigMap": "gone", "ServiceAccount": "as planned"}
    found = [each for each in json.loads(after.stdout)["findings"] if each["code"] == "CNI406"]
    assert sorted(each["message"] for each in found) == [
        "ConfigMap `istio-cni-config` was in the snapshot and is gone",
        "not as planned: label `team`",
    ]


def test_values_of_secrets_are_not_saved(
    one: Server, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    secret: JsonObject = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "ca", "namespace": "secrets"},
        "stringData": {"key": "do-not-save"},
    }
    here = cluster(one, shared, tmp_path, "secrets", OLD)
    here.apply([secret], "kubectl")
    (tmp_path / "secret.json").write_text(json.dumps(secret))
    for options in ((), ("--read-secrets",)):
        shutil.rmtree(tmp_path / "saved", ignore_errors=True)
        cnilint(one, "presync", "secret.json", "--applier", "kubectl", "--snapshot", "saved", *options)
        (file,) = (tmp_path / "saved" / "secrets").rglob("*.json")
        assert json.loads(file.read_text())["data"] == {"key": ""}
        assert not (tmp_path / "saved" / "objects").exists()
        texts = [path.read_text() for path in (tmp_path / "saved").rglob("*.json")]
        assert "do-not-save" not in "".join(texts)
        assert "ZG8tbm90LXNhdmU" not in "".join(texts)
    assert (
        cnilint(one, "presync", "secret.json", "--applier", "kubectl", "--since-snapshot", "saved").exit_code
        == 0
    )
