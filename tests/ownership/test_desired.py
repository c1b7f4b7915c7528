"""Finding the manifest of a live object: kustomizations, namespaces, environments, custom resources."""

import json
import os
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from cnilint.config.model import Config
from cnilint.errors import UsageError
from cnilint.ownership.inputs.desired import read_whole_desired
from cnilint.source import WorkTree
from tests.ownership.clusters import Cluster
from tests.ownership.conftest import codes, report, run

APPLY = {"operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1"}


def config_map(
    namespace: str, data: dict[str, str], *, manager: str = "kustomize-controller"
) -> dict[str, object]:
    owned = {"f:data": {f"f:{key}": {} for key in data}}
    metadata = {"name": "settings", "namespace": namespace}
    entry = {**APPLY, "manager": manager, "fieldsV1": owned}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {**metadata, "managedFields": [entry]},
        "data": data,
    }


def keep_by_hand(live: dict[str, object], key: str) -> dict[str, object]:
    """A person owns one key as well."""
    by_hand = {**APPLY, "manager": "rancher", "operation": "Update", "fieldsV1": {"f:data": {f"f:{key}": {}}}}
    live["metadata"]["managedFields"].append(by_hand)
    return live


def left(found: dict[str, object]) -> list[str]:
    return [one["path"] for one in found["findings"] if one["code"] == "CNI301" and one["effect"] != "latent"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def git(folder: Path) -> None:
    """A repository of Git in the folder."""
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


BASE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: '1', b: '2'}\n"


def test_a_kustomization_is_built(folder: Path) -> None:
    """The overlay drops a key and sets the namespace; the manifest is what it builds, not the base's file."""
    write(
        folder,
        {
            "base/settings.yaml": BASE,
            "base/kustomization.yaml": "resources: [settings.yaml]\n",
            "prod/kustomization.yaml": "resources: [../base]\nnamespace: prod\npatches:\n- patch: |\n"
            "    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: settings}\n    data: {b: null}\n",
            "live.json": json.dumps(keep_by_hand(config_map("prod", {"a": "1", "b": "2"}), "b")),
        },
    )
    found = report("live.json", "--desired", ".", "--applier", "flux")
    assert left(found) == ["data.b"]
    repair = found["ownership"]["portraits"][0]["repair"]
    assert all("-k prod/" in step["commands"][0] for step in repair["before"][1:])


def test_the_manifest_of_the_live_objects_namespace_is_taken(folder: Path) -> None:
    for name, data in (("dev", "{a: '1'}"), ("prod", "{a: '1', b: '2'}")):
        text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {name}}}\ndata: {data}\n"
        write(folder, {f"{name}/settings.yaml": text})
    write(folder, {"live.json": json.dumps(keep_by_hand(config_map("prod", {"a": "1", "b": "2"}), "b"))})
    assert left(report("live.json", "--desired", ".", "--applier", "flux")) == []
    write(folder, {"live.json": json.dumps(keep_by_hand(config_map("dev", {"a": "1", "b": "2"}), "b"))})
    assert left(report("live.json", "--desired", ".", "--applier", "flux")) == ["data.b"]


def test_a_manifest_without_namespace_fits_any(folder: Path) -> None:
    write(folder, {"settings.yaml": BASE.replace(", b: '2'", "")})
    write(folder, {"live.json": json.dumps(keep_by_hand(config_map("prod", {"a": "1", "b": "2"}), "b"))})
    assert left(report("live.json", "--desired", ".", "--applier", "flux")) == ["data.b"]
    assert report("live.json", "--desired", ".", "--namespace", "dev")["ownership"]["matched"] == 0


def test_only_the_dump_itself_is_left_out_of_the_manifests(folder: Path) -> None:
    """A manifest may have the name that the dump has, in another folder."""
    live = keep_by_hand(config_map("prod", {"a": "1", "b": "2"}), "b")
    write(folder, {"prod/live.yaml": BASE.replace(", b: '2'", ""), "live.yaml": json.dumps(live)})
    found = report("live.yaml", "--desired", ".", "--applier", "flux")
    assert left(found) == ["data.b"]


def test_an_object_whose_deletion_has_begun_is_said_to_go(folder: Path) -> None:
    live = config_map("prod", {"a": "1"})
    write(folder, {"settings.yaml": BASE, "live.json": json.dumps(live)})
    assert "being deleted" not in run("live.json", "--desired", "settings.yaml").output
    live["metadata"]["deletionTimestamp"] = "2026-11-01T00:00:00Z"
    write(folder, {"live.json": json.dumps(live)})
    assert (
        "being deleted: 1 live object, ConfigMap 'settings' among them"
        in run("live.json", "--desired", ".").output
    )


def test_an_object_without_manifest_is_audited_alone(folder: Path) -> None:
    write(folder, {"other.yaml": BASE.replace("settings", "other")})
    write(folder, {"live.json": json.dumps(keep_by_hand(config_map("prod", {"a": "1", "b": "2"}), "b"))})
    found = report("live.json", "--desired", ".", "--applier", "flux")
    counts = {name: found["ownership"][name] for name in ("objects", "matched", "predicted", "plan")}
    assert counts == {"objects": 1, "matched": 0, "predicted": 0, "plan": []}


def test_the_applier_is_inferred_from_the_dump(folder: Path) -> None:
    """An object whose own record is lost is applied by whoever applies the rest of the dump."""
    damaged = config_map("prod", {"a": "1", "b": "2"})
    damaged["metadata"]["managedFields"] = [{}]
    healthy = [
        {
            **config_map("prod", {"a": "1"}),
            "metadata": {**config_map("prod", {"a": "1"})["metadata"], "name": f"m{n}"},
        }
        for n in range(3)
    ]
    write(
        folder, {"live.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": [damaged, *healthy]})}
    )
    write(folder, {"settings.yaml": BASE.replace(", b: '2'", "")})
    found = report("live.json", "--desired", ".")
    assert {portrait["applier"] for portrait in found["ownership"]["portraits"]} == {"kustomize-controller"}
    assert "CNI306" in codes(found)


def test_flux_takes_over_what_kubectl_left(folder: Path) -> None:
    live = config_map("prod", {"a": "1", "b": "2"})
    edit = {**APPLY, "manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:data": {"f:b": {}}}}
    live["metadata"]["managedFields"].append(edit)
    write(folder, {"live.json": json.dumps(live), "settings.yaml": BASE.replace(", b: '2'", "")})
    by_flux = report("live.json", "--desired", ".", "--applier", "flux")
    assert left(by_flux) == []
    removed = [one for one in by_flux["findings"] if one["severity"] != "note"]
    assert [(one["code"], one["path"]) for one in removed] == [("CNI309", "data.b")]
    by_istioctl = report(
        "live.json", "--desired", ".", "--manager", "kustomize-controller", "--applier", "istioctl"
    )
    assert left(by_istioctl) == ["data.b"]


def test_a_custom_resource_merges_as_its_definition_says(folder: Path) -> None:
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.org"},
        "spec": {
            "group": "example.org",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {
                                    "type": "object",
                                    "properties": {
                                        "parts": {
                                            "type": "array",
                                            "x-kubernetes-list-type": "map",
                                            "x-kubernetes-list-map-keys": ["id"],
                                            "items": {
                                                "type": "object",
                                                "properties": {"id": {"type": "string"}},
                                            },
                                        }
                                    },
                                }
                            },
                        }
                    },
                }
            ],
        },
    }
    entry = {**APPLY, "apiVersion": "example.org/v1", "manager": "x"}

    def owned(*ids: str) -> dict[str, object]:
        return {"f:spec": {"f:parts": {f'k:{{"id":"{one}"}}': {".": {}, "f:id": {}} for one in ids}}}

    widget = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "n"}}
    records = [{**entry, "fieldsV1": owned("a", "b")}, {**entry, "manager": "y", "fieldsV1": owned("b")}]
    live = {
        **widget,
        "metadata": {**widget["metadata"], "managedFields": records},
        "spec": {"parts": [{"id": "a"}, {"id": "b"}]},
    }
    wanted = {**widget, "spec": {"parts": [{"id": "a"}]}}
    write(
        folder,
        {"live.json": json.dumps(live), "w.json": json.dumps(wanted), "crd.json": json.dumps(definition)},
    )
    assert left(report("live.json", "--desired", ".", "--manager", "x", "--force")) == ["spec.parts[id=b]"]
    (folder / "crd.json").unlink()
    assert left(report("live.json", "--desired", ".", "--manager", "x", "--force")) == []


def test_what_no_manifest_names_is_not_said_to_be_the_usual_appliers(folder: Path) -> None:
    """The applier of the rest of the dump is nobody's second applier."""
    kubeadm = config_map("kube-system", {"a": "1"}, manager="kubeadm")
    kubeadm["metadata"]["managedFields"][0]["operation"] = "Update"
    items = [kubeadm, config_map("prod", {"a": "1"}), config_map("dev", {"a": "1"})]
    write(folder, {"live.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": items})})
    assert codes(report("live.json")) == []


def test_a_manifest_that_cannot_be_read_is_said(folder: Path) -> None:
    write(
        folder, {"live.json": json.dumps(config_map("prod", {"a": "1"})), "settings.yaml": BASE + "  b: [\n"}
    )
    assert "1 file of manifests could not be read, settings.yaml" in run("live.json", "--desired", ".").stdout


def two_environments(folder: Path) -> None:
    """``dev`` has the key that ``prod`` drops, in an object of one name and no namespace."""
    write(
        folder,
        {
            "clusters/dev/settings.yaml": BASE,
            "clusters/prod/settings.yaml": BASE.replace(", b: '2'", ""),
            "live.json": json.dumps(keep_by_hand(config_map("net", {"a": "1", "b": "2"}), "b")),
        },
    )


def test_an_environment_is_never_chosen_by_its_name(folder: Path, git: None) -> None:
    two_environments(folder)
    for extra in ((), ("--format", "json"), ("--fail-on", "never")):
        with pytest.raises(UsageError) as error:
            run("live.json", "--desired", ".", "--applier", "flux", *extra)
        assert "'net/settings' is in several environments: clusters/dev, clusters/prod" in str(error.value)
        assert "--environment" in error.value.hint


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (("--desired", ".", "--environment", "clusters/prod"), ["data.b"]),
        (("--desired", ".", "--environment", "prod"), ["data.b"]),
        (("--desired", ".", "--environment", "dev"), []),
        (("--desired", "clusters/prod"), ["data.b"]),
        (("--desired", "clusters/dev"), []),
        (("--desired", "clusters/prod/settings.yaml"), ["data.b"]),
        (("--desired", "clusters/dev/settings.yaml"), []),
    ],
)
def test_the_user_says_which_environment(
    folder: Path, git: None, options: tuple[str, ...], kept: list[str]
) -> None:
    two_environments(folder)
    assert left(report("live.json", *options, "--applier", "flux")) == kept


def test_an_environment_that_is_not_there(folder: Path, git: None) -> None:
    two_environments(folder)
    with pytest.raises(UsageError) as error:
        run("live.json", "--desired", ".", "--environment", "stage")
    assert "'stage' is not an environment of these manifests" in str(error.value)
    assert "clusters/dev, clusters/prod" in error.value.hint


def test_the_namespace_says_which_environment(folder: Path, git: None) -> None:
    two_environments(folder)
    for name in ("dev", "prod"):
        path = folder / f"clusters/{name}/settings.yaml"
        path.write_text(
            path.read_text().replace("{name: settings}", f"{{name: settings, namespace: {name}}}")
        )
    live = keep_by_hand(config_map("prod", {"a": "1", "b": "2"}), "b")
    (folder / "live.json").write_text(json.dumps(live))
    assert left(report("live.json", "--desired", ".", "--applier", "flux")) == ["data.b"]


def test_a_file_is_the_manifest_whatever_is_built_of_it(folder: Path, git: None) -> None:
    """Two overlays patch the file; it is applied as it is."""
    two_environments(folder)
    patch = "patches:\n- patch: |\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: settings}\n    data: {c: x}\n"
    write(
        folder,
        {
            "base/settings.yaml": BASE.replace(", b: '2'", ""),
            "base/kustomization.yaml": "resources: [settings.yaml]\n",
            "overlays/dev/kustomization.yaml": f"resources: [../../base]\n{patch}",
            "overlays/prod/kustomization.yaml": f"resources: [../../base]\n{patch}",
        },
    )
    found = report("live.json", "--desired", "base/settings.yaml", "--applier", "flux")
    assert left(found) == ["data.b"]
    assert found["ownership"]["plan"][0]["added"] == []


def left_variable() -> tuple[dict[str, object], dict[str, object]]:
    """A manifest, and its live object with a variable that reads the key ``b`` of the ConfigMap."""
    pod = {"containers": [{"name": "agent", "image": "agent:2"}]}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod}
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "net"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
    }
    old = {"name": "OLD", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "b"}}}
    variable = {'k:{"name":"OLD"}': {".": {}, "f:name": {}, "f:valueFrom": {}}}
    container = {'k:{"name":"agent"}': {"f:env": variable}}
    owned = {"f:spec": {"f:template": {"f:spec": {"f:containers": container}}}}
    entry = {**APPLY, "apiVersion": "apps/v1", "manager": "velero-server", "operation": "Update"}
    live = json.loads(json.dumps(manifest))
    live["spec"]["template"]["spec"]["containers"][0]["env"] = [old]
    live["metadata"]["managedFields"] = [{**entry, "fieldsV1": owned}]
    return manifest, live


def test_a_neighbour_of_the_file_says_what_will_exist(folder: Path, git: None) -> None:
    """The ConfigMap beside the named file loses the key that a leftover reads; the rest of the repository is not read."""
    two_environments(folder)
    manifest, live = left_variable()
    write(
        folder,
        {
            "live.json": json.dumps(live),
            "clusters/prod/agent.yaml": json.dumps(manifest),
            "clusters/prod/unrelated.yaml": BASE.replace("settings", "unrelated"),
        },
    )
    found = report("live.json", "--desired", "clusters/prod/agent.yaml", "--applier", "flux")
    assert [(one["code"], one["severity"]) for one in found["findings"] if one["code"] == "CNI302"] == [
        ("CNI302", "error")
    ]
    assert found["coverage"]["files"] == 3  # the dump, the file and the ConfigMap beside it


@pytest.mark.parametrize("here", [".", "clusters", "clusters/prod", ".."])
def test_commands_name_files_from_the_current_folder(
    folder: Path, git: None, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_environments(folder)
    manifest, live = left_variable()
    write(
        folder,
        {
            "live.json": json.dumps(live),
            "clusters/prod/agent.yaml": json.dumps(manifest),
            "clusters/prod/kustomization.yaml": "resources: [agent.yaml, settings.yaml]\n",
        },
    )
    monkeypatch.chdir(folder / here)
    for desired, option in (("clusters/prod/agent.yaml", "-f"), ("clusters/prod", "-k")):
        given = os.path.relpath(folder / desired)
        found = report(str(folder / "live.json"), "--desired", given, "--applier", "flux")
        (portrait,) = found["ownership"]["portraits"]
        steps = (*portrait["repair"]["before"], *portrait["repair"]["after"])
        named = [
            word
            for step in steps
            for command in step["commands"]
            for flag, word in pairwise(shlex.split(command))
            if flag == option and word not in ("MANIFEST.yaml", "OLD_MANIFEST.yaml")
        ]
        assert named
        assert all(Path(word).exists() for word in named)


def test_manifests_are_the_same_from_several_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(3 * 64):
        (tmp_path / f"{number}.yaml").write_text(
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}, namespace: apps}}\ndata: {{a: '{number}'}}\n"
        )
    (tmp_path / "s.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: apps}\nstringData: {a: hidden}\n"
    )
    found = {}
    for least in (10_000, 10):
        monkeypatch.setattr("cnilint.extract.parallel._WORTH_A_PROCESS", least)
        manifests = read_whole_desired(WorkTree(["."]), Config(), None, jobs=2)
        found[least] = {name: manifests.contents.value(each[0]) for name, each in manifests.objects.items()}
    assert len(found[10]) == 3 * 64 + 1
    assert found[10] == found[10_000]
    assert "hidden" not in repr(found)


def test_the_manifest_is_what_the_deployer_makes_of_the_kustomization(tmp_path: Path) -> None:
    """Argo CD and Flux change a kustomization as they apply it: the live object is compared with that."""
    base = tmp_path / "base"
    base.mkdir()
    settings = {"LEVEL": "info", "MODE": "fast"}
    desired = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "net"},
        "data": settings,
    }
    (base / "kustomization.yaml").write_text("resources: [settings.json]\n")
    (base / "settings.json").write_text(json.dumps(desired))
    (tmp_path / "application.yaml").write_text(
        "apiVersion: argoproj.io/v1alpha1\n"
        "kind: Application\n"
        "metadata: {name: net, namespace: argocd}\n"
        "spec:\n"
        "  destination: {namespace: net}\n"
        "  source:\n"
        "    repoURL: https://git.example/team/repo.git\n"
        "    path: base\n"
        "    kustomize:\n"
        "      patches:\n"
        "      - patch: |\n"
        "          - {op: remove, path: /data/MODE}\n"
        "        target: {kind: ConfigMap}\n"
    )
    live = Cluster(desired, "argocd-controller").live
    (tmp_path / "live.json").write_text(json.dumps(live))
    (row,) = report(str(tmp_path / "live.json"), "--desired", str(tmp_path))["ownership"]["plan"]
    assert [each["path"] for each in row["removed"]] == ["data.MODE"]
