"""Comparisons of a part of two revisions: they find what comparisons of the whole find."""

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from cnilint.analysis import partial, record
from cnilint.resolve import search
from tests.cache.changes import Chance, Files, change, repository, text
from tests.cache.runs import CachedRuns
from tests.cli.test_check import git

SEEDS = int(os.environ.get("CNILINT_TEST_SEEDS", "9"))
FIRST = int(os.environ.get("CNILINT_TEST_FIRST_SEED", "0"))


class ChangedRuns(CachedRuns):
    """A repository with two commits that differ, and a cache with the analysis of the second one."""

    def commit(self, files: Files) -> None:
        """Writes all files anew, and commits them."""
        for old in [each for each in self.repository.iterdir() if each.name != ".git"]:
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink()
        for path, content in files.items():
            self.write(path, text(content))
        git(self.repository, "add", "-A")
        git(self.repository, "commit", "-qm", "change", "--allow-empty")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[bool]:
    """How many comparisons were of a part."""
    counts: Counter[bool] = Counter()
    whole = partial.partial_revisions

    def counting(*arguments: object, **named: object) -> object:
        found = whole(*arguments, **named)  # type: ignore[arg-type]
        counts[found is not None] += 1
        return found

    monkeypatch.setattr(partial, "partial_revisions", counting)
    return counts


SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {%s: info}\n"
READER = """\
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  containers:
  - name: main
    env:
    - name: LEVEL
      valueFrom: {configMapKeyRef: {name: %s, key: level}}
"""


def _plain() -> Files:
    """Two programs with a ConfigMap and a reader each."""
    return {
        f"apps/{name}/{file}.yaml": content
        for name in ("web", "mail")
        for file, content in (("settings", SETTINGS % (name, "level")), ("pod", READER % (name, name)))
    }


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("apps/web/settings.yaml", SETTINGS % ("web", "log_level"), b"CNI101"),
        ("apps/web/settings.yaml", SETTINGS % ("web-2", "level"), b"CNI102"),
        ("apps/web/pod.yaml", READER % ("web", "wbe"), b"CNI102"),
        ("apps/web/settings.yaml", SETTINGS % ("web", "level") + "---\n" + SETTINGS % ("new", "a"), b""),
        ("apps/web/more.yaml", READER % ("more", "web-3"), b"CNI102"),
        ("apps/web/settings.yaml", "", b"CNI401"),
        ("apps/web/pod.yaml", "", b""),
    ],
)
def test_what_changed_is_compared(
    tmp_path: Path, counted: Counter[bool], path: str, content: str, said: bytes
) -> None:
    runs = ChangedRuns(tmp_path)
    runs.commit(_plain())
    runs.commit({name: each for name, each in {**_plain(), path: content}.items() if each})
    runs.run()
    found = runs.same("HEAD~1", "--format", "json", command="diff")
    assert said in found
    assert (b"CNI" in found) == bool(said)
    assert counted == {True: 1}


@pytest.mark.parametrize(
    "changed",
    [
        {".cnilint.yaml": "closed-world: true\n"},
        {"apps/web/kustomization.yaml": "resources: [settings.yaml, pod.yaml]\nnamePrefix: a-\n"},
        {"setup.sh": "kubectl create configmap web-2 --from-literal=level=a\n"},
        {"apps/web/pod.yaml": READER % ("web", "web-2") + "# cnilint: ignore[CNI102] known\n"},
        {"apps/web/pod.yaml": "kind: [\n"},
        {"apps/web/pod.yaml": ""},
        {"apps/more/pod.yaml": READER % ("more", "web")},
        {"apps/web/Chart.yaml": "name: web\n"},
        {"apps/web/more.example.yaml": READER % ("more", "web")},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_may_affect_everything_is_compared_as_a_whole(
    tmp_path: Path, counted: Counter[bool], changed: Files
) -> None:
    runs = ChangedRuns(tmp_path)
    runs.commit(_plain())
    for files in (_plain() | changed, _plain()):
        runs.commit(files)
        runs.run()
        runs.same("HEAD~1", "--format", "json", command="diff")
    assert not counted[True]


def _services(*names: str) -> str:
    return "---\n".join(f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n" for name in names)


@pytest.mark.parametrize(
    ("beside", "before", "after", "said"),
    [
        # With as many objects of its own, the folder of the reader is no twin of the other one.
        (
            "---\n".join((SETTINGS % ("web", "level"), READER % ("web", "web"), _services(*"pqrs"))),
            "abcd",
            "a",
            b"CNI111",
        ),
        # With the objects of the other folder, the folder of the reader is a twin of it.
        (SETTINGS % ("web", "other") + "---\n" + _services(*"abc"), "abc", "xyz", b"CNI101"),
    ],
)
def test_changes_of_what_an_environment_is_are_compared_as_a_whole(
    tmp_path: Path, counted: Counter[bool], beside: str, before: str, after: str, said: bytes
) -> None:
    runs = ChangedRuns(tmp_path)
    files: Files = {"sites/alpha/all.yaml": beside, "sites/beta/pod.yaml": READER % ("web", "web")}
    runs.commit(files | {"sites/beta/more.yaml": _services(*before)})
    runs.commit(files | {"sites/beta/more.yaml": _services(*after)})
    runs.run()
    assert said in runs.same("HEAD~1", "--format", "json", command="diff")
    assert counted == {False: 1}


def test_a_variant_makes_other_environments(tmp_path: Path, counted: Counter[bool]) -> None:
    runs = ChangedRuns(tmp_path)
    files: Files = {"apps/one.yaml": SETTINGS % ("web", "level"), "apps/pod.yaml": READER % ("pod", "web")}
    runs.commit(files | {"apps/two.yaml": SETTINGS % ("web", "level")})
    runs.commit(files | {"apps/two.yaml": SETTINGS % ("mail", "level")})
    runs.run()
    runs.same("HEAD~1", "--format", "json", command="diff")
    assert counted == {False: 1}


def test_values_that_no_fact_has_are_compared(tmp_path: Path) -> None:
    """The result of a comparison depends on all of each file, and not only on its facts."""
    fixed = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fixed, namespace: fixed}\nimmutable: true\ndata: {a: %s}\n"
    runs = ChangedRuns(tmp_path)
    files = _plain() | {"apps/fixed/fixed.yaml": fixed % ("x" * 300)}
    runs.commit(files)
    runs.commit(files | {"apps/web/settings.yaml": SETTINGS % ("web", "log_level")})
    runs.run()
    runs.same("HEAD~1", "--format", "json", command="diff")
    runs.write("apps/fixed/fixed.yaml", fixed % ("y" * 300))
    assert b"CNI403" in runs.same("HEAD~1", "--format", "json", command="diff")


def _compare(folder: Path, seed: int) -> None:
    chance = Chance(seed)
    runs = ChangedRuns(folder)
    files = repository(chance, special=chance.random() < 0.2)
    options = chance.choice(
        ((), (), (), ("--closed-world",), ("--namespace", "web"), ("--kube-version", "1.31"))
    )
    runs.commit(files)
    for _ in range(3):
        files = change(chance, files)
        runs.commit(files)
        runs.run(*options)
        runs.same("HEAD~1", *options, "--format", "json", command="diff")


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_a_part_gives_what_the_whole_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """With few comparisons of names, so that they are spent."""
    for module in (search, record, partial):
        monkeypatch.setattr(module, "MOST", (200, 3, 1)[seed % 3])
    _compare(tmp_path, seed)
