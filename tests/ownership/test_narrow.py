"""Only the files that can be about the objects of a dump are parsed, and leaving out the others changes nothing."""

import json
import subprocess
from pathlib import Path

import pytest

from cnilint.ownership.inputs.live import read_dump
from cnilint.ownership.inputs.narrow import narrowed
from cnilint.source import WorkTree
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
