"""``deploy/`` builds, is clean, and its scripts do what they say."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cnilint.cli.main import cli
from cnilint.document import plain, read
from tests.cli.test_check import POD, SETTINGS, cnilint, git
from tests.conftest import ROOT
from tests.programs import needs, program

DEPLOY = ROOT / "deploy"
FOLDERS = sorted(path.parent for path in DEPLOY.rglob("kustomization.yaml"))
ROOTS = [
    path for path in FOLDERS if "kind: Component" not in (path / "kustomization.yaml").read_text("utf-8")
]
PAGES = sorted(DEPLOY.rglob("README.md"))
GOOD = f"{POD}---\n{SETTINGS % 'level'}"
BAD = f"{POD}---\n{SETTINGS % 'other'}"
REPO_SERVER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-repo-server}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: argocd-repo-server}}
  template:
    metadata: {labels: {app.kubernetes.io/name: argocd-repo-server}}
    spec:
      containers:
      - {name: argocd-repo-server, image: "quay.io/argoproj/argocd:v3.2.0"}
      volumes:
      - {name: var-files, emptyDir: {}}
      - {name: plugins, emptyDir: {}}
"""

KUBECTL = program("kubectl") or ""


def built(folder: Path) -> list[dict[str, object]]:
    """The objects that kustomize makes of a folder."""
    done = subprocess.run([KUBECTL, "kustomize", str(folder)], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return [plain(document.root) for document in read("built.yaml", done.stdout, everything=True)]


def overlay(folder: Path, **members: object) -> Path:
    """A kustomization in ``folder`` that adds to parts of ``deploy``."""
    paths = {
        name: [os.path.relpath(DEPLOY / each, folder) for each in members.pop(name, [])]
        for name in ("components",)
    }
    (folder / "kustomization.yaml").write_text(json.dumps({**members, **paths}), "utf-8")
    return folder


@needs("kubectl")
@pytest.mark.parametrize("folder", ROOTS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_a_kustomization_builds(folder: Path) -> None:
    assert built(folder)


@needs("kubectl")
def test_the_components_of_the_hook(tmp_path: Path) -> None:
    base = os.path.relpath(DEPLOY / "argocd/presync", tmp_path)
    components = ["argocd/secrets", "argocd/cluster-objects"]
    objects = built(overlay(tmp_path, resources=[base], namespace="agent", components=components))
    (role,) = (each for each in objects if each["kind"] == "Role")
    assert {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]} in role["rules"]
    (binding,) = (each for each in objects if each["kind"] == "ClusterRoleBinding")
    assert binding["subjects"][0]["namespace"] == "agent"


@needs("kubectl")
def test_the_sidecar_takes_the_tools_of_the_same_argo_cd(tmp_path: Path) -> None:
    (tmp_path / "server.yaml").write_text(REPO_SERVER, "utf-8")
    objects = built(
        overlay(tmp_path, resources=["server.yaml"], namespace="argocd", components=["argocd/cmp"])
    )
    (server,) = (each for each in objects if each["kind"] == "Deployment")
    (plugin,) = (each for each in objects if each["kind"] == "ConfigMap")
    spec = server["spec"]["template"]["spec"]
    assert spec["initContainers"][0]["image"] == "quay.io/argoproj/argocd:v3.2.0"
    names = [each["configMap"]["name"] for each in spec["volumes"] if "configMap" in each]
    assert names == [plugin["metadata"]["name"]]


@needs("kubectl")
def test_the_kustomization_of_the_page(tmp_path: Path) -> None:
    """Its patches reach the repository and the path."""
    page = (DEPLOY / "argocd/README.md").read_text("utf-8")
    text = re.search(r"```yaml\n(# kustomization.yaml of the Application\n.*?)```", page, re.DOTALL)[1]
    presync = os.path.relpath(DEPLOY / "argocd/presync", tmp_path)
    text = re.sub(r"https://github.com/cnilint\S+", presync, text)
    (tmp_path / "kustomization.yaml").write_text(text, "utf-8")
    (tmp_path / "manifest.yaml").write_text(SETTINGS % "level", "utf-8")
    (pod,) = (each for each in built(tmp_path) if each["kind"] == "Pod")
    environment = {
        each["name"]: each.get("value")
        for container in (*pod["spec"]["initContainers"], *pod["spec"]["containers"])
        for each in container["env"]
    }
    assert environment["REPOSITORY"] == "https://github.com/example/apps"
    assert environment["SOURCE_PATH"] == "apps/agent"


def test_cnilint_finds_nothing_in_it() -> None:
    done = cnilint("check", "deploy", "--fail-on", "warning", "--format", "json", cwd=ROOT)
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["coverage"]["references"]["unverifiable"] == 0


def hooks() -> list[dict[str, object]]:
    return [
        plain(document.root)
        for file in sorted((DEPLOY / "argocd").rglob("*.yaml"))
        if file.parent.name in ("presync", "cluster-objects") and file.name != "kustomization.yaml"
        for document in read(file.name, file.read_bytes(), everything=True)
    ]


def test_what_the_pod_needs_is_a_hook_of_an_earlier_wave() -> None:
    waves = {
        each["kind"]: int(each["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]) for each in hooks()
    }
    assert all(each["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "PreSync" for each in hooks())
    assert all(wave < waves["Pod"] for kind, wave in waves.items() if kind != "Pod")
    assert waves["Pod"] < 0


def test_roles_only_read() -> None:
    files = [DEPLOY / "flux/gate/access.yaml"]
    roles = [
        *hooks(),
        *(plain(one.root) for file in files for one in read("a", file.read_bytes(), everything=True)),
    ]
    rules = [rule for each in roles for rule in each.get("rules", ())]
    assert rules
    for rule in rules:
        assert set(rule["verbs"]) <= {"get", "list"}
        assert "secrets" not in rule["resources"]
        assert "*" not in (*rule["resources"], *rule["apiGroups"])


def test_the_roles_of_argo_cd_and_flux_are_the_same() -> None:
    by_tool = [
        [
            each["rules"]
            for each in map(plain, (one.root for one in read("a", file.read_bytes(), everything=True)))
            if each.get("rules")
        ]
        for file in (DEPLOY / "argocd/presync/access.yaml", DEPLOY / "flux/gate/access.yaml")
    ]
    (argo_cd,), (flux,) = by_tool
    (inventory,) = (each for each in flux if each not in argo_cd)
    assert inventory["resources"] == ["kustomizations"]
    assert [each for each in flux if each is not inventory] == argo_cd


def pod() -> dict[str, object]:
    (found,) = (each for each in hooks() if each["kind"] == "Pod")
    return found


def checkout(folder: Path, repository: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs the script of the init container with its folders below another one."""
    (script,) = pod()["spec"]["initContainers"][0]["args"]
    return subprocess.run(
        ["sh", "-euc", script.replace("/checkout/", f"{folder}/").replace("/git/", f"{folder}/git/")],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "REPOSITORY": str(repository), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("way", ["annotation", "name"])
def test_the_pod_checks_out_its_commit(tmp_path: Path, way: str) -> None:
    repository, folder = tmp_path / "repository", tmp_path / "work"
    repository.mkdir()
    folder.mkdir()
    git(repository, "init", "-q")
    for text in ("one", "two"):
        (repository / "a").write_text(text)
        git(repository, "add", ".")
        git(repository, "commit", "-qm", text)
    first = git(repository, "rev-parse", "HEAD~1")
    given = {
        "annotation": {"REVISION": first, "POD_NAME": "cnilint-presync-run"},
        "name": {"REVISION": "", "POD_NAME": f"cnilint-presync-{first[:7]}-presync-1764475200"},
    }
    done = checkout(folder, repository, **given[way])
    assert done.returncode == 0, done.stderr
    assert (folder / "source" / "a").read_text() == "one"


def test_a_pod_that_is_not_told_its_commit_says_so(tmp_path: Path) -> None:
    done = checkout(tmp_path, tmp_path, REVISION="", POD_NAME="cnilint-presync-run")
    assert (done.returncode, "no revision" in done.stdout) == (2, True)


@needs("kubectl")
def test_the_pod_with_a_generated_name() -> None:
    page = (DEPLOY / "argocd/README.md").read_text("utf-8")
    command = re.search(r"`(kubectl kustomize [^`]*) > presync.yaml`", page)[1]
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=60)
    made = [plain(document.root) for document in read("a", done.stdout, everything=True)]
    (one,) = (each for each in made if each["kind"] == "Pod")
    assert one["metadata"]["generateName"] == "cnilint-presync-"
    assert "name" not in one["metadata"]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with the program ``cnilint``, for scripts that run it by its name."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "cnilint"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m cnilint "$@"\n')
    program.chmod(0o755)
    return folder


def generated(folder: Path, tools: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    paths = f"{tools}{os.pathsep}{os.environ['PATH']}"
    given = {
        "ARGOCD_APP_NAME": "agent",
        "ARGOCD_APP_NAMESPACE": "apps",
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    return subprocess.run(
        ["sh", str(DEPLOY / "argocd/cmp/generate.sh")],
        cwd=folder,
        env={**os.environ, "PATH": paths, **given},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_plugin_prints_clean_manifests_and_nothing_else(tmp_path: Path, tools: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    empty = generated(folder, tools)
    assert (empty.returncode, empty.stdout) == (2, "")
    (folder / "pod.yaml").write_text(POD.rstrip("\n"))
    (folder / "settings.yml").write_text(SETTINGS % "level")
    clean = generated(folder, tools)
    assert clean.returncode == 0, clean.stderr
    assert clean.stdout == f"---\n{POD}---\n{SETTINGS % 'level'}\n"
    (folder / "settings.yml").write_text(SETTINGS % "other")
    refused = generated(folder, tools)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "error[CNI101]" in refused.stderr
    assert generated(folder, tools, ARGOCD_ENV_FAIL_ON="never").returncode == 0


def test_the_plugin_prints_nothing_where_kustomize_fails(tmp_path: Path, tools: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "kustomization.yaml").write_text("resources: [pod.yaml]\n")
    (tools / "kustomize").write_text(f"#!/bin/sh\ncat <<'END'\n{GOOD}END\nexit \"$CODE\"\n")
    (tools / "kustomize").chmod(0o755)
    assert generated(folder, tools, CODE="0").stdout == GOOD
    failed = generated(folder, tools, CODE="1")
    assert (failed.returncode, failed.stdout) == (1, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_commands_of_the_pages_parse(page: Path) -> None:
    text = page.read_text("utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [
        *"\n".join(blocks).splitlines(),
        *re.findall(r"`((?:kubectl|flux|helm|podman|cnilint) [^`]*)`", text),
    ]
    for line in lines:
        assert subprocess.run(["sh", "-n", "-c", line], capture_output=True).returncode == 0, line
        for arguments in cnilint_arguments(line):
            with click.Context(cli) as context:
                name, command, rest = cli.resolve_command(context, arguments)
                assert command is not None
                command.make_context(name, rest, resilient_parsing=False)
        for folder in re.findall(r"deploy/[\w/-]+", line):
            assert (ROOT / folder).is_dir(), line


def cnilint_arguments(line: str) -> list[list[str]]:
    """The arguments of cnilint in a line: of its own command, and as a post-renderer of Helm."""
    found = []
    for part in line.split("|"):
        words = shlex.split(part.partition(">")[0])
        if words[:1] == ["cnilint"]:
            found.append(words[1:])
        given = [words[at + 1] for at, word in enumerate(words) if word == "--post-renderer-args"]
        given += [word.partition("=")[2] for word in words if word.startswith("--post-renderer-args=")]
        if given:
            found.append(given if given[0] == "gate" else ["gate", *given])
    return found


def test_versions_agree() -> None:
    texts = [path.read_text("utf-8") for path in DEPLOY.rglob("*") if path.is_file()]
    versions = {
        found for text in texts for found in re.findall(r"cnilint/cnilint(?:\S*\?ref=v|:)([\d.]+)", text)
    }
    versions |= set(
        re.findall(r"^version: (\S+)$", (DEPLOY / "helm/plugin.yaml").read_text("utf-8"), re.MULTILINE)
    )
    assert versions == {
        re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]
    }
