"""Only the files that can be about the objects of a dump are parsed, and leaving out the others changes nothing."""

import json
import subprocess
from pathlib import Path

import pytest

from cnilint.ownership.inputs.live import read_dump
from cnilint.ownership.inputs.narrow import narrowed
from cnilint.source import WorkTree
from cnilint.source.base import Source
from tests.ownership.conftest import report
from tests.ownership.test_desired import config_map, keep_by_hand, left, write

SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: '1'}\n"
OTHER = SETTINGS.replace("settings", "other")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    live = keep_by_hand(config_map("prod", {"a": "1", "b": "2"}), "b")
    write(tmp_path, {"live.json": json.dumps(live)})
    return tmp_path


def kept(repository: Path, *desired: str, name: str = "settings") -> set[str]:
    """The files that are left of the repository for one ConfigMap."""
    live = config_map("prod", {"a": "1"})
    live["metadata"]["name"] = name
    dump = read_dump("live.json", json.dumps(live).encode())
    source = narrowed(WorkTree(desired or (".",)), [one.obj for one in dump.objects])
    return set(source.files) - {"live.json"}


@pytest.mark.parametrize(
    ("files", "name", "needed"),
    [
        ({"a.yaml": SETTINGS, "b.yaml": OTHER}, "settings", {"a.yaml"}),
        ({"a.yaml": SETTINGS, "b.yaml": SETTINGS.replace("settings", "settings-2")}, "settings", {"a.yaml"}),
        # A base and what builds it, with a patch that names nothing.
        (
            {
                "base/a.yaml": SETTINGS,
                "base/kustomization.yaml": "resources: [a.yaml]\n",
                "prod/kustomization.yaml": "resources:\n- ../base\npatches:\n- path: p.yaml\n  target: {kind: ConfigMap}\n",
                "prod/p.yaml": "- {op: add, path: /data/c, value: x}\n",
                "stage/kustomization.yaml": "resources: [o.yaml]\n",
                "stage/o.yaml": OTHER,
            },
            "settings",
            {"base/a.yaml", "base/kustomization.yaml", "prod/kustomization.yaml", "prod/p.yaml"},
        ),
        # Everything that a kustomization in use names has to be there.
        (
            {
                "a.yaml": SETTINGS,
                "kustomization.yaml": "resources:\n- a.yaml\n- sub\n",
                "sub/kustomization.yaml": "resources: [o.yaml]\n",
                "sub/o.yaml": OTHER,
            },
            "settings",
            {"a.yaml", "kustomization.yaml", "sub/kustomization.yaml", "sub/o.yaml"},
        ),
        # Names that are longer in the cluster.
        (
            {"base/a.yaml": SETTINGS, "base/kustomization.yaml": "namePrefix: prod-\nresources: [a.yaml]\n"},
            "prod-settings",
            {"base/a.yaml", "base/kustomization.yaml"},
        ),
        (
            {
                "kustomization.yaml": "configMapGenerator:\n- name: settings\n  files: [x.conf]\n",
                "x.conf": "a",
            },
            "settings-2mh6k8t9cb",
            {"kustomization.yaml", "x.conf"},
        ),
        # A name that is filled in later may be any.
        ({"a.yaml": SETTINGS.replace("settings", "${app}-config"), "b.yaml": OTHER}, "settings", {"a.yaml"}),
        # Deployers say what is applied where.
        (
            {
                "a.yaml": SETTINGS,
                "flux.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\n",
            },
            "settings",
            {"a.yaml", "flux.yaml"},
        ),
    ],
    ids=["name", "longer-name", "patch", "whole", "prefix", "hash", "template", "deployer"],
)
def test_what_is_needed(repository: Path, files: dict[str, str], name: str, needed: set[str]) -> None:
    write(repository, {**files, "unrelated/o.yaml": OTHER})
    assert kept(repository, name=name) == needed


def test_beside_a_file_only_its_neighbours_are_read(repository: Path) -> None:
    write(
        repository,
        {
            "prod/a.yaml": SETTINGS,
            "prod/user.yaml": "kind: Pod\nspec: {x: settings}\n",
            "prod/o.yaml": OTHER,
            "prod/kustomization.yaml": "resources: [a.yaml]\n",
            "dev/a.yaml": SETTINGS,
        },
    )
    assert kept(repository, "prod/a.yaml") == {"prod/a.yaml", "prod/user.yaml"}
    assert kept(repository, "prod/kustomization.yaml") > {"prod/a.yaml", "prod/kustomization.yaml"}


def test_objects_in_a_large_repository(repository: Path) -> None:
    """The rest of the repository is not parsed: the files that are read do not depend on its size."""
    write(repository, {f"apps/app-{number}/o.yaml": OTHER for number in range(300)})
    write(repository, {"clusters/prod/settings.yaml": SETTINGS})
    for desired in (".", "clusters/prod", "clusters/prod/settings.yaml"):
        found = report("live.json", "--desired", desired, "--applier", "flux")
        assert left(found) == ["data.b"]
        assert found["coverage"]["files"] == 2


def test_of_many_objects_everything_is_read(repository: Path) -> None:
    write(repository, {"a.yaml": SETTINGS, "o.yaml": OTHER})
    lives = []
    for number in range(60):
        lives.append(config_map("prod", {"a": "1"}))
        lives[-1]["metadata"]["name"] = f"settings-of-team-{number}"
    dump = read_dump("live.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": lives}).encode())
    source = WorkTree((".",))
    assert narrowed(source, [one.obj for one in dump.objects]) is source


WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: prod}
spec:
  template:
    spec:
      containers: [{name: main, command: [COMMAND], envFrom: [{configMapRef: {name: settings}}]}]
"""


def workload(name: str, command: str = "serve") -> str:
    return WORKLOAD.replace("NAME", name).replace("COMMAND", command)


def kept_for_workload(repository: Path) -> tuple[Source, set[str]]:
    """The source and its files for a Deployment ``web`` that reads ``settings``."""
    dump = read_dump("live.yaml", workload("web").encode())
    source = narrowed(WorkTree((".",)), [one.obj for one in dump.objects])
    return source, set(source.files) - {"live.json"}


def test_other_readers_of_an_object_are_not_needed(repository: Path) -> None:
    create = "kubectl create configmap settings --from-literal=a=1"
    write(
        repository,
        {
            "web.yaml": workload("web"),
            "settings.yaml": SETTINGS,
            "secret.yaml": SETTINGS.replace("ConfigMap", "ExternalSecret"),
            "other.yaml": workload("other"),
            "creates.yaml": workload("creates", create),
            "list.yaml": "kind: List\nitems:\n- kind: ConfigMap\n  metadata: {name: settings}\n",
        },
    )
    _, files = kept_for_workload(repository)
    assert files == {"web.yaml", "settings.yaml", "secret.yaml", "creates.yaml", "list.yaml"}


def test_other_documents_of_a_file_are_not_read(repository: Path) -> None:
    comment = "# cnilint: ignore-file\n"
    documents = [comment, workload("other"), SETTINGS, OTHER, workload("web"), "a: 1\n"]
    write(repository, {"all.yaml": "---\n".join(documents)})
    source, _ = kept_for_workload(repository)
    left = source.read("all.yaml").decode()
    blank = ["\n" * document.count("\n") for document in documents]
    assert left == "---\n".join([comment, blank[1], SETTINGS, blank[3], documents[4], "a: 1\n"])


def test_documents_that_a_kustomization_uses_are_all_read(repository: Path) -> None:
    both = f"{workload('web')}---\n{OTHER}"
    write(repository, {"a.yaml": both, "kustomization.yaml": "resources: [a.yaml]\n"})
    source, _ = kept_for_workload(repository)
    assert source.read("a.yaml") == both.encode()


def test_a_file_in_utf_16_is_read(repository: Path) -> None:
    (repository / "a.yaml").write_bytes(SETTINGS.encode("utf-16"))
    assert kept(repository) == {"a.yaml"}


def test_only_definitions_of_the_groups_of_objects_are_needed(repository: Path) -> None:
    definition = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: NAME}\n"
    )
    live = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: one, namespace: prod}\n"
    write(
        repository,
        {
            "thing.yaml": live,
            "a.yaml": definition.replace("NAME", "things.example.com"),
            "b.yaml": definition.replace("NAME", "things.example.org"),
        },
    )
    dump = read_dump("live.yaml", live.encode())
    source = narrowed(WorkTree((".",)), [one.obj for one in dump.objects])
    assert set(source.files) - {"live.json"} == {"thing.yaml", "a.yaml"}


DEPLOYER = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec:
  path: ./apps
  sourceRef: {kind: GitRepository, name: vendor}
  postBuild: {substituteFrom: [{kind: ConfigMap, name: cluster-vars}]}
"""


def test_what_deployers_refer_to_is_needed(repository: Path) -> None:
    """Where the manifests come from, and what is filled into them, in files and documents of their own."""
    vendor = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: vendor}\n"
    variables = SETTINGS.replace("settings", "cluster-vars")
    flux = "---\n".join([DEPLOYER, vendor, variables, OTHER])
    write(
        repository,
        {"a.yaml": SETTINGS, "flux.yaml": flux, "v.yaml": variables, "s.yaml": vendor, "o.yaml": OTHER},
    )
    live = config_map("prod", {"a": "1"})
    live["metadata"]["name"] = "settings"
    dump = read_dump("live.json", json.dumps(live).encode())
    source = narrowed(WorkTree((".",)), [one.obj for one in dump.objects])
    assert set(source.files) - {"live.json"} == {"a.yaml", "flux.yaml", "v.yaml", "s.yaml"}
    blank = "\n" * OTHER.count("\n")
    assert source.read("flux.yaml").decode() == "---\n".join([DEPLOYER, vendor, variables, blank])
