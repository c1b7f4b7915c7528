"""The repair script under dash: with a kubectl that answers from files, and with the real one on local objects."""

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cnilint.errors import UsageError
from cnilint.ownership.repair.gotemplate import go_string
from cnilint.ssa.appliers.model import applier
from cnilint.ssa.appliers.perform import perform
from cnilint.ssa.typed.values import JsonObject
from tests.ownership.clusters import CONTAINER, Cluster, config_map, daemon_set
from tests.ownership.conftest import run
from tests.ownership.test_repair import load, variables
from tests.programs import needs, needs_on_path, program

SHELL = program("dash") or program("sh") or ""
KUBECTL = program("kubectl") or ""
pytestmark = [] if SHELL else [needs("dash")]

FAKE = """#!/bin/sh
{ printf 'call'; for word in "$@"; do printf '\\037%s' "$word"; done; printf '\\036'; } >>"$STATE/log"
case "$*" in
'config current-context') echo here; exit 0 ;;
esac
verb=$1
case $1 in
--namespace=*) verb=$2 resource=$3 ;;
*) resource=$2 ;;
esac
name=${resource#*/}
case $verb in
get)
    [ -f "$STATE/$name.absent" ] && { echo 'Error from server (NotFound): no such object' >&2; exit 1; }
    if [ -f "$STATE/$name.done" ]; then cat "$STATE/$name.after"; else cat "$STATE/$name.before"; fi ;;
patch)
    if [ -f "$STATE/$name.racing" ]; then
        rm "$STATE/$name.racing"
        sed 's/^version .*/version 8/' "$STATE/$name.before" >"$STATE/new"
        mv "$STATE/new" "$STATE/$name.before"
        echo 'The request is invalid: the server rejected our request due to an error in our request' >&2
        exit 1
    fi
    if [ -f "$STATE/$name.refusal" ]; then cat "$STATE/$name.refusal" >&2; exit 1; fi
    case "$*" in
    *--dry-run=server*) ;;
    *) : >"$STATE/$name.done" ;;
    esac
    echo "$resource" ;;
esac
"""
"""Objects are files: what the template prints of them before and after the change."""

LOCAL = """#!/bin/sh
[ "$1" = config ] && { echo local; exit 0; }
case $1 in
--namespace=*) shift ;;
esac
verb=$1 file=$STATE/${2#*/}.json
shift 2
case $verb in
get) exec KUBECTL patch --local -f "$file" --type=json -p '[]' "$@" ;;
esac
dry=
for word in "$@"; do
    case $word in
    --dry-run=server) dry=yes ;;
    esac
    last=$word
done
KUBECTL patch --local -f "$file" --type=json -p "$last" -o json --show-managed-fields >"$STATE/new" || exit 1
[ -n "$dry" ] || mv "$STATE/new" "$file"
"""
"""The real kubectl, whose patches and templates work on files without a server."""


@dataclass
class Fake:
    """A folder with a kubectl of its own, the files that it answers from, and the script."""

    folder: Path
    text: str = FAKE
    state: Path = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.folder / "state"
        self.state.mkdir()
        (self.folder / "bin").mkdir()
        program = self.folder / "bin" / "kubectl"
        program.write_text(self.text.replace("KUBECTL", shlex.quote(KUBECTL)))
        program.chmod(0o755)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "STATE": str(self.state)}
        script = str(self.folder / "repair.sh")
        return subprocess.run(
            [SHELL, script, *arguments],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def calls(self, verb: str) -> list[list[str]]:
        log = (self.state / "log").read_text()
        found = [call.split("\x1f")[1:] for call in log.split("\x1e")[:-1]]
        return [call for call in found if verb in call]

    def patches(self) -> list[str]:
        """The patches in their order: ``dry NAME`` or ``real NAME``."""
        return [
            f"{'dry' if '--dry-run=server' in call else 'real'} {next(w for w in call if '/' in w).partition('/')[2]}"
            for call in self.calls("patch")
        ]


def settings_of(name: str, *, namespace: str = "n") -> tuple[JsonObject, JsonObject]:
    """A live ConfigMap with a key that its reader still uses and the manifest lacks, and its manifest."""
    value = config_map(a="1", b="2")
    value["metadata"] = {"name": name, "namespace": namespace}
    live = Cluster(value, "helm", "Update").live
    live["metadata"]["resourceVersion"] = "7"
    live["metadata"]["managedFields"][0]["time"] = "2026-01-01T00:00:00Z"
    wanted = {**value, "data": {"a": "1"}}
    return live, wanted


def reader(name: str, namespace: str = "n") -> JsonObject:
    value = daemon_set(envFrom=[{"configMapRef": {"name": name}}])
    value["metadata"] = {"name": f"reads-{name[:3]}", "namespace": namespace}
    return value


def write_script(folder: Path, lives: list[Any], desired: list[Any], *options: str) -> str:
    (folder / "live.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": lives}))
    (folder / "desired.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": desired}))
    file = folder / "repair.sh"
    arguments = (str(folder / "live.json"), "--desired", str(folder / "desired.json"))
    result = run(*arguments, "--repair-script", str(file), *(options or ("--applier", "istioctl")))
    assert result.exit_code in (0, 1), result.output
    return file.read_text()


def snapshot(live: JsonObject, owners: str, version: str = "7") -> str:
    """What the script's template prints of an object with one leftover."""
    lines = [f"version {version}"]
    for index, entry in enumerate(live["metadata"]["managedFields"]):
        words = (entry["manager"], entry["operation"], entry.get("subresource", ""), entry["apiVersion"])
        lines.append(f"entry {index} {' '.join(map(go_string, (*words, entry.get('time', ''))))}")
    return "\n".join([*lines, f"field 1 {owners}", ""])


TAKEN = '"istio-operator" "Apply"'


@pytest.fixture
def two(tmp_path: Path) -> Fake:
    """Two ConfigMaps, ``one`` and ``two``, of which the script transfers a key each."""
    fake = Fake(tmp_path)
    pairs = [settings_of("one"), settings_of("two")]
    readers = [reader("one"), reader("two")]
    write_script(tmp_path, [live for live, _ in pairs], [*(wanted for _, wanted in pairs), *readers])
    for name, (live, _) in zip(("one", "two"), pairs, strict=True):
        (fake.state / f"{name}.before").write_text(snapshot(live, '"helm" "Update"'))
        (fake.state / f"{name}.after").write_text(snapshot(live, TAKEN, "9"))
    return fake


def test_everything_is_checked_before_anything_is_changed(two: Fake) -> None:
    result = two.run("before-upgrade")
    assert result.returncode == 0, result.stderr
    assert two.patches() == ["dry one", "dry two", "real one", "real two"]
    assert "2 changed, 0 done before, 0 not repaired by this script" in result.stdout


def test_a_dry_run_changes_nothing(two: Fake) -> None:
    assert two.run("before-upgrade", "--dry-run").returncode == 0
    assert two.patches() == ["dry one", "dry two"]


def test_a_second_run_skips_what_is_done(two: Fake) -> None:
    two.run("before-upgrade")
    result = two.run("before-upgrade")
    assert result.returncode == 0
    assert "0 changed, 2 done before" in result.stdout
    assert len(two.patches()) == 4


def test_a_run_resumes_after_one_that_stopped(two: Fake) -> None:
    (two.state / "one.done").touch()
    result = two.run("before-upgrade")
    assert two.patches() == ["dry two", "real two"]
    assert "1 changed, 1 done before" in result.stdout


def test_the_patch_tests_the_version_that_was_just_read(two: Fake) -> None:
    (two.state / "one.before").write_text(
        (two.state / "one.before").read_text().replace("version 7", "version 21")
    )
    two.run("before-upgrade")
    (patch,) = [json.loads(call[-1]) for call in two.calls("patch") if "configmap/one" in call][-1:]
    assert patch[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "21"}


def test_entries_are_found_wherever_they_are_now(two: Fake) -> None:
    """A status entry that is new moves the indexes."""
    text = (two.state / "one.before").read_text()
    status = 'entry 0 "a-controller" "Update" "status" "v1" "2026-02-02T00:00:00Z"'
    (two.state / "one.before").write_text(text.replace("entry 0", f"{status}\nentry 1"))
    assert two.run("before-upgrade").returncode == 0
    patch = json.loads(next(call[-1] for call in two.calls("patch") if "configmap/one" in call))
    tests = {each["path"]: each["value"] for each in patch if each["op"] == "test"}
    assert tests["/metadata/managedFields/1/manager"] == "helm"
    assert tests["/metadata/managedFields/1/operation"] == "Update"


def test_a_status_update_between_reading_and_writing_is_tried_again(two: Fake) -> None:
    (two.state / "one.racing").touch()
    result = two.run("before-upgrade")
    assert result.returncode == 0, result.stderr
    assert two.patches() == ["dry one", "dry one", "dry two", "real one", "real two"]


STOPS = {
    "the entry was written since": (
        "one.before",
        lambda text: text.replace("2026-01-01", "2026-03-03"),
        "managedFields has no entry",
        "dump the objects",
    ),
    "somebody else took the field": (
        "one.before",
        lambda text: text.replace('field 1 "helm"', 'field 1 "someone"'),
        'is now owned by "someone" "Update"; in the dump, by "helm" "Update"',
        "dump the objects",
    ),
    "the applier applied since": (
        "one.before",
        lambda text: text.replace("entry 0", 'entry 0 "istio-operator" "Apply" "" "v1" ""\nentry 1'),
        "managedFields has an entry",
        "dump the objects",
    ),
    "no rights": (
        "one.refusal",
        lambda _: 'Error from server (Forbidden): configmaps "one" is forbidden',
        "changing it is forbidden",
        "verb 'patch'",
    ),
    "the patch does not fit": (
        "one.refusal",
        lambda _: "The request is invalid: the server rejected our request due to an error in our request",
        "what it removes or tests is not in the object",
        "dump the objects",
    ),
    "the result is invalid": (
        "one.refusal",
        lambda _: 'The ConfigMap "one" is invalid: data: Forbidden: field is immutable',
        "the API server refused the result",
        "needed by something else",
    ),
    "another cluster": ("one.absent", lambda _: "", "does not have this object", "context of kubectl"),
}


@pytest.mark.parametrize("case", STOPS)
def test_it_stops_at_the_first_refusal_and_says_what_where_and_what_to_do(two: Fake, case: str) -> None:
    file, change, what, to_do = STOPS[case]
    path = two.state / file
    path.write_text(change(path.read_text() if path.exists() else ""))
    result = two.run("before-upgrade")
    assert result.returncode == 1
    assert "stopped at ConfigMap one in namespace n" in result.stderr
    assert what in result.stderr
    assert to_do in result.stderr
    assert "nothing was changed" in result.stderr
    assert not (two.state / "two.done").exists()
    assert not any(
        patch.startswith("real") for patch in (two.patches() if (two.state / "log").exists() else [])
    )


def test_a_refusal_after_the_first_change_says_that_a_second_run_resumes(two: Fake) -> None:
    """The second object is refused only when it is changed: its dry run passed."""
    program = two.folder / "bin" / "kubectl"
    refuse = (
        'case "$*" in *--dry-run*) ;; *two*) case $verb in patch) echo denied >&2; exit 1 ;; esac ;; esac\n'
    )
    program.write_text(
        program.read_text().replace("name=${resource#*/}\n", f"name=${{resource#*/}}\n{refuse}")
    )
    result = two.run("before-upgrade")
    assert result.returncode == 1
    assert "changed before: 1; a second run skips them" in result.stderr


def test_bad_usage(two: Fake) -> None:
    for arguments in ((), ("later",), ("before-upgrade", "--forcefully")):
        result = two.run(*arguments)
        assert result.returncode == 2
        assert "usage:" in result.stderr
    assert two.run("--help").returncode == 0
    assert not (two.state / "log").exists()


def test_hostile_names_reach_kubectl_as_they_are(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    evil = "x'; touch pwned; '\"$(touch pwned)`touch pwned`"
    live, wanted = settings_of("one", namespace=evil)
    live["metadata"]["managedFields"][0]["manager"] = evil
    write_script(tmp_path, [live], [wanted, reader("one", evil)])
    (fake.state / "one.before").write_text(snapshot(live, f'{go_string(evil)} "Update"'))
    (fake.state / "one.after").write_text(snapshot(live, TAKEN))
    result = fake.run("before-upgrade")
    assert result.returncode == 0, result.stderr
    assert not list(tmp_path.rglob("pwned"))
    (dry, real) = fake.calls("patch")
    assert dry[0] == real[0] == f"--namespace={evil}"
    values = [each["value"] for each in json.loads(real[-1]) if each["op"] == "test"]
    assert evil in values


def test_a_name_with_control_characters_cannot_leave_its_comment_or_reach_the_terminal(
    tmp_path: Path,
) -> None:
    live, wanted = settings_of("one", namespace="n\ntouch pwned\x1b[2J")
    text = write_script(tmp_path, [live], [wanted, reader("one", "n\ntouch pwned\x1b[2J")])
    title = next(line for line in text.splitlines() if "in namespace" in line)
    assert r"n\ntouch pwned\x1b[2J" in title


def test_what_the_script_cannot_do_is_said_and_is_no_success(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    live, wanted = settings_of("one")
    write_script(tmp_path, [live], [wanted, reader("one")], "--applier", "kubectl-client-side")
    result = fake.run("before-upgrade")
    assert result.returncode == 3
    assert "not repaired by this script: ConfigMap one in namespace n: " in result.stdout
    assert "1 not repaired by this script" in result.stdout


def test_no_old_release_loses_what_it_needs(tmp_path: Path) -> None:
    """The variant for afterwards stops at an object that does not have what the new manifest brings."""
    fake = Fake(tmp_path)
    live, wanted = settings_of("one")
    wanted["data"]["new"] = "1"
    write_script(tmp_path, [live], [wanted, reader("one")])
    (fake.state / "one.before").write_text("version 7\nfield /data/b\n")
    (fake.state / "one.after").write_text("version 8\n")
    result = fake.run("after-upgrade")
    assert result.returncode == 1
    assert "it is not upgraded yet: it does not have field data.new" in result.stderr
    assert not fake.calls("patch")
    assert fake.run("after-upgrade", "--upgraded").returncode == 0
    assert fake.patches() == ["dry one", "real one"]


def test_the_option_needs_manifests(tmp_path: Path) -> None:
    live, _ = settings_of("one")
    (tmp_path / "live.json").write_text(json.dumps(live))
    with pytest.raises(UsageError, match="--repair-script needs --desired"):
        run(str(tmp_path / "live.json"), "--repair-script", str(tmp_path / "repair.sh"))


@needs_on_path("shellcheck")
def test_shellcheck_has_no_complaint(two: Fake) -> None:
    file = str(two.folder / "repair.sh")
    result = subprocess.run(["shellcheck", "--shell=sh", file], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


Arguments = Callable[..., list[str]]


@pytest.fixture
def damaged(incident: Arguments, tmp_path: Path) -> Callable[[str], tuple[Fake, Path]]:
    """The script for a recorded object, and the object in its present state as a file of the local kubectl."""

    def prepare(scenario: str) -> tuple[Fake, Path]:
        arguments = incident(f"{scenario}-live")
        dump = tmp_path / f"incident-{scenario}-live.yaml"
        live = load(dump)
        # A dump says so where the record is empty: without the member it may be hidden.
        live["metadata"].setdefault("managedFields", [])
        dump.write_text(json.dumps(live))
        script = tmp_path / "repair.sh"
        result = run(*arguments, "--applier", "istioctl", "--repair-script", str(script))
        assert result.exit_code == 1
        fake = Fake(tmp_path, LOCAL)
        file = fake.state / "istio-cni-node.json"
        file.write_text(json.dumps(with_status_entry(live)))
        return fake, file

    return prepare


def with_status_entry(live: JsonObject) -> JsonObject:
    """The object after a status update: another version; the status entry is first, where there is a record."""
    metadata = {**live["metadata"], "resourceVersion": "999"}
    if metadata.get("managedFields"):
        status = {
            "apiVersion": "apps/v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:status": {"f:numberReady": {}}},
            "manager": "a-controller",
            "operation": "Update",
            "subresource": "status",
            "time": "2026-11-29T00:00:00Z",
        }
        metadata["managedFields"] = [status, *metadata["managedFields"]]
    return {**live, "metadata": metadata}


@needs("kubectl")
@pytest.mark.parametrize("scenario", ["b2", "b4", "c1", "c2", "c4", "d1"])
def test_the_apply_after_the_script_leaves_nothing(
    damaged: Callable[[str], tuple[Fake, Path]], tmp_path: Path, scenario: str
) -> None:
    fake, file = damaged(scenario)
    before = json.loads(file.read_text())
    result = fake.run("before-upgrade")
    assert result.returncode == 0, result.stderr
    assert "1 changed, 0 done before" in result.stdout
    transferred = json.loads(file.read_text())
    assert transferred["spec"] == before["spec"], "only ownership changes"
    assert "0 changed, 1 done before" in fake.run("before-upgrade").stdout
    new = load(tmp_path / "desired" / "incident-manifest-1.24.2.yaml")
    after = perform(applier("istioctl"), transferred, new)
    assert after.written is not None
    assert variables(after.written.value) == variables(new)


@needs("kubectl")
@pytest.mark.parametrize("scenario", ["b2", "b4", "c1", "c2", "c4", "d1"])
def test_the_variant_for_afterwards_removes_what_the_apply_left(
    damaged: Callable[[str], tuple[Fake, Path]], tmp_path: Path, scenario: str
) -> None:
    fake, file = damaged(scenario)
    refused = fake.run("after-upgrade")
    assert refused.returncode == 1
    assert "it is not upgraded yet" in refused.stderr
    new = load(tmp_path / "desired" / "incident-manifest-1.24.2.yaml")
    after = perform(applier("istioctl"), json.loads(file.read_text()), new)
    assert after.written is not None
    assert variables(after.written.value) != variables(new)
    file.write_text(
        json.dumps(with_status_entry({**after.written.object, "metadata": {"name": "istio-cni-node"}}))
    )
    result = fake.run("after-upgrade")
    assert result.returncode == 0, result.stderr
    assert variables(json.loads(file.read_text())) == variables(new)
    assert "0 changed, 1 done before" in fake.run("after-upgrade").stdout


ODD_KEYS = (
    "PLAIN",
    'QUOTE"',
    "BACK\\SLASH",
    "{{.x}}",
    "$(touch pwned)",
    "TILDE~/SLASH",
    "UMLAUT-ü",
    "EMOJI-\U0001f600",
)


@needs("kubectl")
@pytest.mark.parametrize("variant", ["before-upgrade", "after-upgrade"])
def test_names_of_any_characters_are_found_in_the_object(tmp_path: Path, variant: str) -> None:
    fake = Fake(tmp_path, LOCAL)
    live = Cluster(daemon_set([{"name": name, "value": ""} for name in ODD_KEYS]), "helm", "Update")
    live.updated("helm", (*CONTAINER, "ports"), [{"containerPort": 9090, "protocol": "TCP", "name": "old"}])
    live.live["metadata"]["resourceVersion"] = "7"
    write_script(tmp_path, [live.live], [daemon_set()])
    file = fake.state / "agent.json"
    file.write_text(json.dumps(live.live))
    result = fake.run(variant)
    assert result.returncode == 0, result.stderr
    assert "1 changed" in result.stdout
    changed = json.loads(file.read_text())
    if variant == "before-upgrade":
        after = perform(applier("istioctl"), changed, daemon_set())
        assert after.written is not None
        changed = after.written.value
    container = changed["spec"]["template"]["spec"]["containers"][0]
    assert not container.get("env")
    assert not container.get("ports")
    assert not list(tmp_path.rglob("pwned"))
