"""Kustomizations read in several processes: the same facts, of which builds share the same ones."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnilint.extract import kustomizations
from cnilint.extract.model import Gathered, KeptObject, Rendered
from cnilint.extract.read import gather
from cnilint.packs.library import Library
from cnilint.source import WorkTree

LIBRARY = Library()
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: c
    envFrom: [{configMapRef: {name: m}}]
"""
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: b}\n"
OVERLAYS = 70


def _write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")


def _gathered(folder: Path, jobs: int) -> Gathered:
    return gather(
        WorkTree([str(folder)]),
        exclude=[],
        library=LIBRARY,
        jobs=jobs,
        keep=lambda obj: {"process": os.getpid(), "name": obj.name},
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    files = {
        "base/kustomization.yaml": "resources: [pod.yaml, map.yaml]\n",
        "base/pod.yaml": POD,
        "base/map.yaml": f"{MAP}# cnilint: ignore[CNI101] why\n---\nkind: [\n",
        "part/kustomization.yaml": "kind: Component\nnamePrefix: p-\n",
    }
    for number in range(OVERLAYS):
        more = ("", "namespace: n\n", "components: [../../part]\n", "namePrefix: x-\n")[number % 4]
        files[f"all/{number:02}/kustomization.yaml"] = f"resources: [../../base]\n{more}"
    _write(tmp_path, files)
    return tmp_path


def _shared(gathered: Gathered) -> list[list[int]]:
    """For each definition the first build and object that has the very same one."""
    first: dict[int, int] = {}
    return [
        [first.setdefault(id(definition), len(first)) for definition in fact.definitions]
        for built in gathered.builds
        for fact in built.objects
    ]


def test_processes_give_what_one_gives(repository: Path) -> None:
    one, two = _gathered(repository, 1), _gathered(repository, 2)
    assert [each.root for each in one.builds] == [f"all/{number:02}" for number in range(OVERLAYS)]
    assert two.builds == one.builds
    assert _shared(two) == _shared(one)
    assert len({number for each in _shared(one) for number in each}) < OVERLAYS
    assert (two.diagnostics, two.comments, two.documents, two.read) == (
        one.diagnostics,
        one.comments,
        one.documents,
        one.read,
    )
    assert two.notices == []
    assert {value["process"] for _, value in one.kept} == {os.getpid()}
    assert os.getpid() not in {value["process"] for _, value in two.kept}
    assert [value["name"] for _, value in two.kept] == [value["name"] for _, value in one.kept]
    assert all(any(fact is each for each in built.objects) for (fact, _), built in _kept_of(two))


def _kept_of(gathered: Gathered) -> Iterator[tuple[KeptObject, Rendered]]:
    """The kept objects, each with the build that has it."""
    builds = [built for built in gathered.builds for _ in built.objects]
    return zip(gathered.kept, builds, strict=True)


def test_packing_too_much_is_left_to_one_process(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnilint.render.kustomize.packed.MOST_PACKED", 1000)
    monkeypatch.setattr(kustomizations, "MOST_PACKED", 1000)
    for number in range(OVERLAYS):
        generator = f"configMapGenerator: [{{name: g{number}, files: [large]}}]\n"
        _write(repository / "all" / f"{number:02}", {"kustomization.yaml": generator, "large": "x" * 100})
    one, two = _gathered(repository, 1), _gathered(repository, 2)
    assert two.builds == one.builds
    refused = [each for each in one.diagnostics if each.code == "CNI902"]
    assert len(refused) == OVERLAYS - 10
    assert two.diagnostics == one.diagnostics


def test_a_base_that_an_object_deploys_is_built_by_itself(repository: Path) -> None:
    application = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec: {path: ./base, sourceRef: {kind: GitRepository, name: flux-system}}
"""
    _write(
        repository,
        {"cluster/kustomization.yaml": "resources: [web.yaml]\n", "cluster/web.yaml": application},
    )
    one, two = _gathered(repository, 1), _gathered(repository, 2)
    assert [each.root for each in one.builds][-2:] == ["base", "cluster"]
    assert two.builds == one.builds
    assert _shared(two) == _shared(one)


def test_loops_are_built_in_the_order_of_their_folders(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "a/kustomization.yaml": "resources: [../b, map.yaml]\n",
            "a/map.yaml": MAP,
            "b/kustomization.yaml": "resources: [../a, pod.yaml]\n",
            "b/pod.yaml": POD,
            "c/kustomization.yaml": "resources: [../b]\n",
        },
    )
    built = {each.root: [fact.owner.kind for fact in each.objects] for each in _gathered(tmp_path, 2).builds}
    assert built == {"a": ["Pod", "ConfigMap"], "c": ["Pod"]}


def test_keys_are_in_the_files_that_have_them(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "base/kustomization.yaml": "configMapGenerator:\n- name: m\n  envs: [a.env]\n  literals: [b=2]\n  files: [c.txt]\n",
            "base/a.env": "# first\na=1\n",
            "base/c.txt": "3",
            "over/kustomization.yaml": "resources: [../base]\npatches: [{path: more.yaml}]\n",
            "over/more.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\nbinaryData: {d: eA==}\ndata:\n  e: x\n",
        },
    )
    gathered = _gathered(tmp_path, jobs=1)
    (built,) = (each for each in gathered.builds if each.root == "over")
    ((definition,),) = (fact.definitions for fact in built.objects)
    assert {key: (span.file, span.line) for key, span in definition.keys.items()} == {
        "a": ("base/a.env", 2),
        "b": ("base/kustomization.yaml", 4),
        "c.txt": ("base/kustomization.yaml", 5),
        "d": ("over/more.yaml", 4),
        "e": ("over/more.yaml", 6),
    }
