"""Builds of kustomizations from the cache: the same results as without, and only what read a changed file is built again."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable

import pytest

from cnilint.cache.store import Store
from cnilint.extract import builds
from cnilint.extract.rememberedbuilds import BuildMemory
from cnilint.render.kustomize import Build
from tests.cache.runs import CachedRuns
from tests.cli.test_check import POD, git

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {%s: info}\n"
PATCH = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {%s: debug}\n"
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web}
spec:
  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: here}}}
  valuesFrom: [{kind: ConfigMap, name: values}]
"""
VALUES = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: values}\ndata: {values.yaml: 'existingSecret: %s'}\n"
)
FILES = {
    "base/kustomization.yaml": "resources: [pod.yaml, map.yaml]\n",
    "base/pod.yaml": POD,
    "base/map.yaml": MAP % "level",
    "overlays/a/kustomization.yaml": "namePrefix: a-\nresources: [../../base]\npatches: [{path: patch.yaml}]\n",
    "overlays/a/patch.yaml": PATCH % "log_level",
    "overlays/b/kustomization.yaml": "namePrefix: b-\nresources: [../../base]\n",
    "alone/kustomization.yaml": "configMapGenerator: [{name: settings, envs: [some.env]}]\nresources: [pod.yaml]\n",
    "alone/some.env": "level=info\n",
    "alone/pod.yaml": POD,
    "absent/kustomization.yaml": "resources: [made.yaml]\n",
    "releases/kustomization.yaml": "resources: [release.yaml]\n",
    "releases/release.yaml": RELEASE,
    "with/a/kustomization.yaml": "resources: [../../releases, values.yaml]\n",
    "with/a/values.yaml": VALUES % "one",
    "with/b/kustomization.yaml": "resources: [../../releases, values.yaml]\n",
    "with/b/values.yaml": VALUES % "two",
    "charts/web/Chart.yaml": "name: web\nversion: 1.0.0\n",
    "charts/web/values.yaml": "auth: {existingSecret: default}\n",
    "secret/kustomization.yaml": "secretGenerator: [{name: token, envs: [token.env]}]\n",
    "secret/token.env": "token=hunter2\ncorrect-horse-battery\n",
}
CHANGES = {
    "base/map.yaml": (MAP % "log_level", {"overlays/a", "overlays/b"}),
    "overlays/a/patch.yaml": (PATCH % "other", {"overlays/a"}),
    "overlays/b/kustomization.yaml": ("namePrefix: c-\nresources: [../../base]\n", {"overlays/b"}),
    "alone/some.env": ("log_level=info\n", {"alone"}),
    "alone/pod.yaml": (f"{POD}# another line\n", {"alone"}),
    "scripts/make.sh": ("echo > absent/made.yaml\n", {"absent"}),
    "with/b/values.yaml": (VALUES % "three", {"with/b"}),
    "with/a/kustomization.yaml": ("resources: [values.yaml]\n", {"with/a", "with/b"}),
    "charts/web/values.yaml": ("auth: {existingSecret: other}\n", {"with/a", "with/b"}),
}


def _write(runs: CachedRuns) -> None:
    for path, text in FILES.items():
        runs.write(path, text)
    runs.write("scripts/make.sh", "true\n")


def _noted(monkeypatch: pytest.MonkeyPatch, note: Callable[[str], None]) -> None:
    """Notes the folder of each kustomization that is built from now on."""

    def noted(build: Callable[..., Build]) -> Callable[..., Build]:
        def call(root: str, *others: object) -> Build:
            note(root)
            return build(root, *others)

        return call

    monkeypatch.setattr(builds, "build", noted(builds.build))


@pytest.fixture
def built(runs: CachedRuns, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A repository of kustomizations in the cache, and the folders of those that are built from now on."""
    _write(runs)
    for _ in range(2):
        runs.run("--jobs", "1")
    found: set[str] = set()
    _noted(monkeypatch, found.add)
    return found


@pytest.mark.parametrize("path", CHANGES)
def test_only_what_read_a_changed_file_is_built(path: str, runs: CachedRuns, built: set[str]) -> None:
    text, expected = CHANGES[path]
    runs.write(path, text)
    found = runs.run("--format", "json", "--jobs", "1")
    # What may be a part of a Secret is never stored.
    assert built - {"secret"} == expected
    assert found == runs.run("--format", "json", "--jobs", "1", cached=False)


@pytest.mark.parametrize("path", CHANGES)
def test_a_comparison_builds_once_what_both_revisions_have(
    path: str, runs: CachedRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(runs)
    git(runs.repository, "add", "--force", ".")
    git(runs.repository, "commit", "-qm", "two")
    text, expected = CHANGES[path]
    runs.write(path, text)
    found: list[str] = []
    _noted(monkeypatch, found.append)
    shared = runs.run("HEAD", "--format", "json", "--jobs", "1", command="diff", cached=False)
    assert {folder for folder, times in Counter(found).items() if times > 1} == expected
    monkeypatch.setattr(BuildMemory, "find", lambda self, groups, absent: ([], groups))
    assert runs.run("HEAD", "--format", "json", "--jobs", "1", command="diff", cached=False) == shared
    assert len(found) > 3 * len(expected)


def test_a_new_file_may_be_what_was_absent(runs: CachedRuns, built: set[str]) -> None:
    runs.write("absent/made.yaml", MAP % "level")
    runs.same("--format", "json", "--jobs", "1")
    assert "absent" in built


def test_no_part_of_a_secret_is_stored(runs: CachedRuns, built: set[str]) -> None:
    runs.write("base/map.yaml", MAP % "other")
    runs.run("--jobs", "1")
    assert "secret" in built
    with contextlib.closing(sqlite3.connect(runs.database)) as connection:
        keys = [row[0] for row in connection.execute("SELECT key FROM entries WHERE kind = 'builds'")]
    texts = Store(runs.cache).get(keys).values()
    assert len(texts) > 5
    assert not any(b"hunter2" in text or b"correct-horse" in text for text in texts)
