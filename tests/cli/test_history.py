"""``cnilint history`` and ``--blame``: commits of real repositories to what they changed, broke and healed."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cnilint.errors import UsageError
from tests.cli.test_check import git
from tests.cli.test_diff import Repository, reader, repository, run, settings
from tests.conftest import ROOT

__all__ = ["repository"]


def in_namespace(text: str, name: str) -> str:
    return text.replace("namespace: apps", f"namespace: {name}")


_PARTS = {"settings": settings(level="a"), "web": reader()}
_IN_TWO_NAMESPACES = {
    f"apps__{part}_{name}": in_namespace(text, name)
    for name in ("one", "two")
    for part, text in _PARTS.items()
}
SCHEMA = json.loads((ROOT / "schemas" / "history.schema.json").read_text("utf-8"))


def history(*arguments: str) -> dict[str, Any]:
    result = run("history", "--format", "json", *arguments)
    assert result.exit_code == 0, result.output
    value = dict(json.loads(result.stdout))
    jsonschema.validate(value, SCHEMA)
    return value


def told(*arguments: str) -> list[list[str]]:
    """The messages of each commit, the newest first."""
    return [[each["message"] for each in commit["changes"]] for commit in history(*arguments)["commits"]]


def test_what_each_commit_did(repository: Repository) -> None:
    repository.commit("start", settings=settings(level="a"), web=reader())
    repository.commit("Merge pull request #7 from a/b", settings=settings(mode="a"))
    repository.commit("no manifest", notes="# nothing\n")
    repository.commit("move", settings=None, config__settings=settings(mode="a"))
    repository.commit("heal", web=reader(key="mode"))
    of_web = "reference of container `web` of Deployment `apps/web` to key"
    assert told() == [
        [
            f"{of_web} `level` of ConfigMap `apps/settings` dropped",
            f"{of_web} `mode` of ConfigMap `apps/settings` added",
        ],
        ["ConfigMap `apps/settings` moved from settings.yaml"],
        [
            "key `level` of ConfigMap `apps/settings` removed",
            "key `mode` of ConfigMap `apps/settings` added",
            f"{of_web} `level` of ConfigMap `apps/settings` broken",
        ],
        ["ConfigMap `apps/settings` added", "Deployment `apps/web` added"],
    ]
    value = history()
    assert [each["pullRequest"] for each in value["commits"]] == [None, None, "7", None]
    (period,) = value["broken"]
    assert (period["brokenBy"]["subject"], period["endedBy"]["subject"], period["ended"]) == (
        "Merge pull request #7 from a/b",
        "heal",
        "dropped",
    )


def test_a_reference_that_heals_and_one_that_stays_broken(repository: Repository) -> None:
    repository.commit("start", settings=settings(level="a"), web=reader(), other=reader("other", key="none"))
    repository.commit("break", settings=None)
    repository.commit("heal", settings=settings(level="a"))
    lines = run("history", "--broken").stdout.splitlines()
    assert len(lines) == 3
    assert "Deployment `apps/other`" in lines[0]
    assert lines[0].endswith("still broken")
    assert "resolved again since" in lines[1]
    assert lines[2].endswith("2 references were broken at some time, 1 still is.")


def test_what_is_never_defined_is_not_called_broken(repository: Repository) -> None:
    repository.commit("start", web=reader(target="elsewhere"))
    repository.commit("more", other=settings("other", x="1"))
    assert history()["broken"] == []


def test_what_a_kustomization_makes_is_known(repository: Repository) -> None:
    repository.commit("start", web=reader())
    (repository.folder / "kustomization.yaml").write_text(
        "resources: [web.yaml]\nnamespace: apps\nconfigMapGenerator:\n- name: settings\n  literals: [level=a]\n"
    )
    repository.commit("generate")
    assert history()["broken"] == []


def test_selections(repository: Repository) -> None:
    image = "quay.io/cilium/cilium:v1.{}.1"
    agent = (
        reader("cilium")
        .replace("kind: Deployment", "kind: DaemonSet")
        .replace("name: web", "name: cilium-agent")
    )
    first = repository.commit(
        "start", settings=settings(level="a"), agent=agent.replace("web:1", image.format(15))
    )
    repository.commit("upgrade", agent=agent.replace("web:1", image.format(16)))
    repository.commit("other", other__settings=settings("other", x="1"))
    assert told("--component", "cilium", "--since", first) == [
        ["cilium moved from 1.15.1 to 1.16.1 (DaemonSet `apps/cilium`)"]
    ]
    assert told("other") == [["ConfigMap `apps/other` added"]]
    assert told("--object", "ConfigMap/*/other") == [["ConfigMap `apps/other` added"]]
    assert told("--since", "2100-01-01") == []
    for wrong in (["--object", "settings"], ["--since", "yesterday"]):
        assert isinstance(run("history", *wrong).exception, UsageError), wrong


@pytest.mark.parametrize("format", ["text", "markdown", "html"])
def test_formats_show_no_markup_of_the_repository(repository: Repository, format: str) -> None:
    repository.commit("<b>start</b> \x1b[31m [x](http://example.invalid)", settings=settings(level="a"))
    text = run("history", "--format", format).stdout
    assert "ConfigMap" in text
    assert "\x1b" not in text
    if format == "html":
        assert "<b>" not in text
    if format == "markdown":
        assert "[x](" not in text


def test_a_shallow_clone_says_so(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit("one", settings=settings(level="a"))
    repository.commit("two", settings=settings(level="b"))
    git(tmp_path, "clone", "-q", "--depth", "1", repository.folder.as_uri(), "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert history()["notices"] == [
        "this clone is shallow: the oldest commit that it has counts as the first one"
    ]


def test_a_file_that_cannot_be_read_is_named(repository: Repository) -> None:
    repository.commit("one", web=reader(), settings="version https://git-lfs.github.com/spec/v1\n")
    value = history()
    assert [each["file"] for each in value["skipped"]] == ["settings.yaml"]
    assert value["broken"] == []


def test_each_blob_is_parsed_once(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnilint.history import trail

    for number in range(6):
        repository.commit(f"{number}", settings=settings(level="ab"[number % 2]))
    read: list[str] = []
    before = trail.file_state
    monkeypatch.setattr(trail, "file_state", lambda *given: (read.append(given[0]), before(*given))[1])
    history()
    assert len(read) == 2


def test_blame_names_the_commit_that_broke_a_reference(repository: Repository) -> None:
    repository.commit("start", settings=settings(level="a"), web=reader())
    repository.commit("break (#3)", settings=settings(mode="a"))
    repository.commit("later", web=reader() + "# a comment\n")
    repository.write(web="# not committed\n" + reader() + "# a comment\n")
    (finding,) = json.loads(run("check", "--blame", "--format", "json").stdout)["findings"]
    assert (finding["introduced"]["subject"], finding["introduced"]["pullRequest"]) == ("break (#3)", "3")
    assert "introduced by" in run("check", "--blame").stdout


def test_blame_tells_environments_apart(repository: Repository) -> None:
    """Environments have objects of the same names, and one may have been broken before the other."""
    names = ("prod", "staging")
    start = {f"{name}__{part}": text for name in names for part, text in _PARTS.items()}
    repository.commit("start", **start)
    for name in names:
        repository.commit(f"break {name}", **{f"{name}__settings": settings(mode="a")})
    found = json.loads(run("check", "--blame", "--format", "json").stdout)["findings"]
    assert {each["environment"]: each["introduced"]["subject"] for each in found} == {
        "prod": "break prod",
        "staging": "break staging",
    }


def test_what_one_environment_resolves_is_not_broken_there(repository: Repository) -> None:
    """The history does not see what a producer makes; the analysis of the last revision does."""
    start = {f"{name}__{part}": text for name in ("prod", "staging") for part, text in _PARTS.items()}
    repository.commit("start", **start)
    script = "kubectl create configmap settings -n apps --from-literal=level=a\n"
    (repository.folder / "prod" / "install.sh").write_text(script)
    repository.commit("break", prod__settings=None, staging__settings=settings(mode="a"))
    value = history()
    assert [each["environments"] for each in value["broken"]] == [["staging"]]
    (change,) = (each for each in value["commits"][0]["changes"] if each["kind"] == "reference-broken")
    assert change["environments"] == ["staging"]


def test_a_key_with_the_name_of_a_component_is_not_one(repository: Repository) -> None:
    repository.commit("start", settings=settings(level="a"))
    repository.commit("key", settings=settings(level="a", cilium="b"))
    assert told("--component", "cilium") == []


def test_notices_in_markdown_are_not_part_of_a_reference(repository: Repository) -> None:
    repository.commit("one", web=reader(), settings=settings(level="a"))
    repository.commit("two", settings=None)
    repository.commit("three", other="version https://git-lfs.github.com/spec/v1\n")
    repository.commit("four", other=None)
    lines = run("history", "--broken", "--format", "markdown").stdout.splitlines()
    (skipped,) = (number for number, text in enumerate(lines) if "not read" in text)
    assert lines[skipped - 1] == ""


def test_blame_of_lines(repository: Repository) -> None:
    repository.commit("start", settings=settings(level="a"))
    repository.commit("value", settings=settings(level="a").replace("'a'", "yes"))
    repository.write(settings=settings(level="a").replace("'a'", "yes") + "# a comment\n")
    (finding,) = json.loads(run("check", "--blame", "--format", "json").stdout)["findings"]
    assert finding["introduced"]["subject"] == "value"
    repository.write(settings=settings(level="a").replace("'a'", "no"))
    (finding,) = json.loads(run("check", "--blame", "--format", "json").stdout)["findings"]
    assert "introduced" not in finding


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("author Zo\u00eb <z@x> 1774727100 +0545", ("Zo\u00eb", "z@x", "2026-03-29T01:30:00+05:45")),
        ("author Far Away <f@x> 99999999999999999 +0000", ("Far Away", "f@x", "")),
        ("author  <> 1 -0330", ("", "", "1969-12-31T20:30:01-03:30")),
        ("author broken", ("broken", "", "1970-01-01T00:00:00+00:00")),
        ("encoding no-such\nauthor A B <a@x> 1 +0000", ("A B", "a@x", "1970-01-01T00:00:01+00:00")),
        (
            "encoding ISO-8859-1\nauthor Zo\u00eb <z@x> 1 +0000",
            ("Zo\u00eb", "z@x", "1970-01-01T00:00:01+00:00"),
        ),
    ],
)
def test_who_made_a_commit_and_when(
    repository: Repository, headers: str, expected: tuple[str, str, str]
) -> None:
    """Records in other encodings, and those that other tools wrote."""
    repository.commit("start", settings=settings(level="a"))
    head = subprocess.run(["git", "cat-file", "commit", "HEAD"], check=True, capture_output=True).stdout
    author = next(line for line in head.split(b"\n") if line.startswith(b"author "))
    data = headers.encode("latin-1" if "8859" in headers else "utf-8")
    command = ["git", "hash-object", "-t", "commit", "-w", "--literally", "--stdin"]
    record = head.replace(author, data)
    name = subprocess.run(command, check=True, capture_output=True, input=record).stdout.decode().strip()
    (commit,) = history("--rev", name)["commits"]
    assert (commit["author"], commit["email"], commit["date"]) == expected


BROKEN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: apps}\ndata: [\n"


def test_a_break_while_a_file_cannot_be_read(repository: Repository) -> None:
    repository.commit("start", settings=settings(level="a"), web=reader(), more=settings("more", x="1"))
    repository.commit("damage", more=BROKEN)
    repository.commit("break", settings=settings(mode="a"))
    assert history()["broken"] == []
    repository.commit("repair", more=settings("more", x="1"))
    (period,) = history()["broken"]
    assert period["brokenBy"]["subject"] == "break"
    found = {each["subject"]: [one["message"] for one in each["changes"]] for each in history()["commits"]}
    assert found["break"][-1].endswith("of ConfigMap `apps/settings` broken")
    assert found["repair"] == ["ConfigMap `apps/more` added"]


def test_an_unreadable_file_that_has_the_key(repository: Repository) -> None:
    repository.commit("start", settings=settings(level="a"), web=reader(), more=settings("more", x="1"))
    repository.commit("damage", more=BROKEN)
    repository.commit("move", settings=None)
    repository.commit("repair", more=settings(level="a"))
    assert history()["broken"] == []


def test_a_reference_that_comes_back(repository: Repository) -> None:
    repository.commit("start", settings=settings(level="a"), web=reader())
    repository.commit("break", settings=None)
    repository.commit("drop", web=reader(target="elsewhere"))
    repository.commit("again", web=reader())
    periods = [
        (each["brokenBy"]["subject"], (each["endedBy"] or {}).get("subject")) for each in history()["broken"]
    ]
    assert sorted(periods, key=str) == [("again", None), ("break", "drop")]


def test_the_cache_knows_old_files(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for number in range(4):
        repository.commit(
            f"{number}", settings=settings(**{f"level{number}": "a"}), web=reader(key=f"k{number}")
        )
    expected = history("--no-cache")
    monkeypatch.setenv("CNILINT_NO_CACHE", "")
    place = f"--cache-dir={tmp_path / 'cache'}"
    assert history(place) == expected
    read: list[str] = []
    monkeypatch.setattr("cnilint.history.trail.file_state", lambda path, data, library: read.append(path))
    monkeypatch.setattr("cnilint.extract.parallel.scan", lambda path, *more, **named: read.append(path))
    assert history(place) == expected
    assert read == []


def test_blame_before_the_first_commit(repository: Repository) -> None:
    repository.write(settings=settings(mode="a"), web=reader())
    value = json.loads(run("check", "--blame", "--format", "json").stdout)
    assert value["notices"] == ["--blame names no commit: nothing is committed yet"]
    assert [each["code"] for each in value["findings"]] == ["CNI101"]
    error = run("history").exception
    assert isinstance(error, UsageError)
    assert error.hint == "nothing is committed yet to the current branch"


def test_blame_tells_namespaces_apart(repository: Repository) -> None:
    """One environment may have an object of one name in two namespaces."""
    repository.commit("start", **_IN_TWO_NAMESPACES)
    changed = settings(mode="a")
    for name in ("two", "one"):
        repository.commit(f"break {name}", **{f"apps__settings_{name}": in_namespace(changed, name)})
    found = json.loads(run("check", "--blame", "--format", "json").stdout)["findings"]
    assert {each["object"]["namespace"]: each["introduced"]["subject"] for each in found} == {
        "one": "break one",
        "two": "break two",
    }


def test_what_one_namespace_resolves_is_not_broken_there(repository: Repository) -> None:
    repository.commit("start", **_IN_TWO_NAMESPACES)
    script = "kubectl create configmap settings -n one --from-literal=level=a\n"
    (repository.folder / "apps" / "install.sh").write_text(script)
    changed = in_namespace(settings(mode="a"), "two")
    repository.commit("break", apps__settings_one=None, apps__settings_two=changed)
    assert [each["object"]["namespace"] for each in history()["broken"]] == ["two"]


def test_a_reader_that_moves_while_it_is_broken(repository: Repository) -> None:
    """Its kustomization sets the namespace, so that only the file tells which reference it is."""
    read, defined = (in_namespace(each, "base") for each in (reader(), settings(level="a")))
    kustomization = repository.folder / "kustomization.yaml"
    kustomization.write_text("resources: [web.yaml, settings.yaml]\nnamespace: prod\n")
    repository.commit("start", web=read, settings=defined)
    repository.commit("break", settings=defined.replace("level", "mode"))
    kustomization.write_text("resources: [app/web.yaml, settings.yaml]\nnamespace: prod\n")
    repository.commit("move", web=None, app__web=read)
    (period,) = history()["broken"]
    assert (period["file"], period["brokenBy"]["subject"], period["ended"]) == ("app/web.yaml", "break", None)
    (found,) = json.loads(run("check", "--blame", "--format", "json").stdout)["findings"]
    assert (found["code"], found["introduced"]["subject"]) == ("CNI101", "break")
    repository.commit("heal", settings=defined)
    (period,) = history()["broken"]
    assert (period["file"], period["endedBy"]["subject"], period["ended"]) == (
        "app/web.yaml",
        "heal",
        "healed",
    )


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cilium, namespace: kube-system}
spec: {chart: {spec: {chart: cilium, version: VERSION, sourceRef: {kind: HelmRepository, name: cilium}}}}
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: cilium, namespace: argocd}
spec:
  source: {repoURL: "https://helm.cilium.io", chart: cilium, targetRevision: VERSION}
  destination: {name: in-cluster, namespace: kube-system}
"""
REFERRED = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: cilium, namespace: kube-system}
spec: {url: "oci://quay.io/cilium/charts/cilium", ref: {tag: VERSION}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cilium, namespace: kube-system}
spec: {chartRef: {kind: OCIRepository, name: cilium}}
"""


def test_the_version_of_a_chart_of_a_kustomization(repository: Repository) -> None:
    chart = "helmCharts:\n- {name: NAME, repo: 'https://helm.cilium.io', version: VERSION, namespace: kube-system}\n"

    def commit(name: str, version: str) -> str:
        (repository.folder / "kustomization.yaml").write_text(
            chart.replace("NAME", name).replace("VERSION", version)
        )
        return repository.commit()

    first = commit("cilium", "1.17.5")
    commit("cilium", "v1.18.2")
    commit("other", "1.18.2")
    by = "HelmChartInflationGenerator `kube-system/cilium`"
    assert told("--component", "cilium", "--since", first) == [
        [f"{by} removed"],
        [f"cilium moved from 1.17.5 to 1.18.2 ({by})"],
    ]


@pytest.mark.parametrize(
    ("manifest", "stated_by"),
    [
        (RELEASE, "HelmRelease `kube-system/cilium`"),
        (APPLICATION, "Application `argocd/cilium`"),
        (REFERRED, "OCIRepository `kube-system/cilium`"),
    ],
)
def test_the_version_of_a_chart_moves_its_component(
    repository: Repository, manifest: str, stated_by: str
) -> None:
    first = repository.commit("start", cilium=manifest.replace("VERSION", "1.17.5"))
    repository.commit("upgrade", cilium=manifest.replace("VERSION", "1.18.2"))
    repository.commit("range", cilium=manifest.replace("VERSION", "1.18.x"))
    assert told("--component", "cilium", "--since", first) == [
        [f"cilium moved from 1.18.2 to 1.18.x ({stated_by})"],
        [f"cilium moved from 1.17.5 to 1.18.2 ({stated_by})"],
    ]


def test_a_chart_that_no_rule_is_about_moves_nothing(repository: Repository) -> None:
    other = APPLICATION.replace("chart: cilium", "chart: web")
    first = repository.commit("start", web=other.replace("VERSION", "1.17.5"))
    repository.commit("upgrade", web=other.replace("VERSION", "1.18.2"))
    assert told("--since", first) == []
