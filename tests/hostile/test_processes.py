"""What cnilint may start, connect to and write, watched by strace: of programs only git, and with --render its tools."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnilint.errors import UsageError
from cnilint.source import WorkTree, process
from tests.hostile.archive import git
from tests.hostile.run import TOOLS, Runner, Sandbox, breaches
from tests.platforms import make_pipe
from tests.programs import needs_on_path

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec: {containers: [{name: main, image: a, envFrom: [{configMapRef: {name: gone}}]}]}
"""
RENDERERS = frozenset({"kustomize", "kubectl", "helm"})
SETTINGS = {
    "fsmonitor": "core.fsmonitor",
    "hooks": "core.hooksPath",
    "ssh": "core.sshCommand",
    "pager": "core.pager",
    "pager of ls-files": "pager.ls-files",
    "editor": "core.editor",
    "askpass": "core.askPass",
    "proxy": "core.gitProxy",
    "alternates": "core.alternateRefsCommand",
    "alias": "alias.ls-files",
    "clean": "filter.evil.clean",
    "smudge": "filter.evil.smudge",
    "process": "filter.evil.process",
    "textconv": "diff.evil.textconv",
    "diff": "diff.external",
    "credentials": "credential.helper",
    "gpg": "gpg.program",
    "pack": "uploadpack.packObjectsHook",
    "submodule": "submodule.sub.update",
    "remote": "remote.origin.vcs",
}


def _script(sandbox: Sandbox, name: str = "evil.sh") -> Path:
    """A program that leaves a file behind when it is started."""
    script = sandbox.repo / name
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"#!/bin/sh\ntouch {sandbox.outside}/started\nexit 1\n", "utf-8")
    script.chmod(0o755)
    return script


def _committed(sandbox: Sandbox) -> None:
    (sandbox.repo / "pod.yaml").write_text(POD, "utf-8")
    (sandbox.repo / ".gitattributes").write_text("* filter=evil diff=evil\n", "utf-8")
    git(sandbox, "init", "--quiet")
    git(sandbox, "add", "--all")
    git(sandbox, "commit", "--quiet", "-m", "one")


def _checked(runner: Runner, sandbox: Sandbox, *arguments: str, **given: object) -> list[str]:
    run = runner.run(sandbox, *arguments, **given)  # type: ignore[arg-type]
    found = breaches(run, sandbox, tools=TOOLS | RENDERERS if "--render" in arguments else TOOLS)
    # Before git 2.45 nothing keeps git from a fetch, and one that may use no protocol still rewrites the settings.
    config = sandbox.repo / ".git" / "config"
    found = [
        breach
        for breach in found
        if breach not in (f"something wrote {config}", f"something wrote {config}.lock")
    ]
    return found + [f"{path.name} appeared" for path in sandbox.outside.glob("started")]


@pytest.mark.parametrize("setting", [pytest.param(key, id=name) for name, key in SETTINGS.items()])
def test_settings_of_a_repository_start_nothing(setting: str, traced: Runner, sandbox: Sandbox) -> None:
    _committed(sandbox)
    script = _script(sandbox)
    for hook in ("post-index-change", "reference-transaction", "post-checkout"):
        _script(sandbox, f".git/hooks/{hook}")
    git(sandbox, "config", "remote.origin.url", "ssh://example.invalid/repo")
    folder = sandbox.repo / ".git" / "hooks"
    value = {
        "core.hooksPath": str(folder),
        "alias.ls-files": f"!{script}",
        "submodule.sub.update": f"!{script}",
    }
    git(sandbox, "config", setting, value.get(setting, str(script)))
    assert _checked(traced, sandbox, "check", ".") == []
    assert _checked(traced, sandbox, "check", ".", "--rev", "HEAD") == []


def _partial_clone(sandbox: Sandbox) -> None:
    """A clone whose remote would deliver what is missing."""
    script = _script(sandbox)
    git(sandbox, "config", "core.repositoryFormatVersion", "1")
    git(sandbox, "config", "extensions.partialClone", "origin")
    git(sandbox, "config", "remote.origin.url", "ssh://example.invalid/repo")
    git(sandbox, "config", "remote.origin.promisor", "true")
    git(sandbox, "config", "core.sshCommand", str(script))


def _forget(sandbox: Sandbox, name: str) -> None:
    (sandbox.repo / ".git" / "objects" / name[:2] / name[2:]).unlink()


def test_a_partial_clone_without_gitignore_fetches_nothing(traced: Runner, sandbox: Sandbox) -> None:
    (sandbox.repo / ".gitignore").write_text("x\n", "utf-8")
    _committed(sandbox)
    git(sandbox, "update-index", "--skip-worktree", ".gitignore")
    (sandbox.repo / ".gitignore").unlink()
    _forget(sandbox, git(sandbox, "rev-parse", "HEAD:.gitignore"))
    _partial_clone(sandbox)
    assert _checked(traced, sandbox, "check", ".", reports=False) == []


def test_a_partial_clone_without_head_fetches_nothing_for_sarif(traced: Runner, sandbox: Sandbox) -> None:
    _committed(sandbox)
    head = git(sandbox, "rev-parse", "HEAD")
    _partial_clone(sandbox)
    _forget(sandbox, head)
    assert _checked(traced, sandbox, "check", "--format", "sarif", ".") == []


@pytest.mark.parametrize("missing", ["HEAD", "HEAD^{tree}", "HEAD:pod.yaml"])
def test_a_partial_clone_fetches_nothing_for_a_revision(
    missing: str, traced: Runner, sandbox: Sandbox
) -> None:
    _committed(sandbox)
    name = git(sandbox, "rev-parse", missing)
    _partial_clone(sandbox)
    _forget(sandbox, name)
    assert _checked(traced, sandbox, "check", ".", "--rev", "HEAD", reports=False) == []


def test_an_object_database_elsewhere_is_not_written(traced: Runner, sandbox: Sandbox) -> None:
    _committed(sandbox)
    shutil.copytree(sandbox.repo / ".git" / "objects", sandbox.outside / "objects")
    shutil.rmtree(sandbox.repo / ".git" / "objects")
    (sandbox.repo / ".git" / "objects" / "info").mkdir(parents=True)
    (sandbox.repo / ".git" / "objects" / "info" / "alternates").write_text(
        f"{sandbox.outside}/objects\n", "utf-8"
    )
    assert _checked(traced, sandbox, "check", ".") == []
    assert _checked(traced, sandbox, "check", ".", "--rev", "HEAD") == []


def test_a_work_tree_elsewhere_is_not_read(traced: Runner, sandbox: Sandbox) -> None:
    _committed(sandbox)
    (sandbox.outside / "pod.yaml").write_text(POD.replace("gone", "@canary@"), "utf-8")
    git(sandbox, "config", "core.worktree", str(sandbox.outside))
    assert _checked(traced, sandbox, "check", ".") == []
    assert _checked(traced, sandbox, "check", ".", "--rev", "HEAD") == []


def test_a_linked_work_tree_is_checked(traced: Runner, sandbox: Sandbox) -> None:
    _committed(sandbox)
    git(sandbox, "worktree", "add", "--quiet", "linked")
    run = traced.run(sandbox, "check", ".", folder=sandbox.repo / "linked")
    assert breaches(run, sandbox) == []
    assert run.report["coverage"]["objects"] == 1


def test_settings_that_never_end_are_given_up(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git blocks on a pipe that its configuration includes. The limit is one second here, a minute in the program."""
    _committed(sandbox)
    pipe = sandbox.repo / "pipe.config"
    git(sandbox, "config", "include.path", str(pipe))
    make_pipe(pipe)
    monkeypatch.setattr(process, "_GIT_SECONDS", 1.0)
    with pytest.raises(UsageError, match="it took too long"):
        WorkTree([str(sandbox.repo)])
    with pytest.raises(OSError, match="No such device or address"):
        # A pipe without a reader cannot be opened for writing: no git is left behind.
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


def test_a_submodule_is_not_entered(traced: Runner, sandbox: Sandbox) -> None:
    _committed(sandbox)
    inner = sandbox.repo / "inner"
    shutil.copytree(sandbox.repo / ".git", inner / ".git")
    script = _script(sandbox)
    (inner / ".git" / "config").write_text(
        f"[core]\n\tfsmonitor = {script}\n\tsshCommand = {script}\n", "utf-8"
    )
    (sandbox.repo / ".gitmodules").write_text(
        '[submodule "inner"]\n\tpath = inner\n\turl = ext::sh -c x\n', "utf-8"
    )
    git(sandbox, "update-index", "--add", "--cacheinfo", f"160000,{git(sandbox, 'rev-parse', 'HEAD')},inner")
    assert _checked(traced, sandbox, "check", ".") == []


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("GIT_DIR",)),
        pytest.param(("GIT_DIR", "GIT_WORK_TREE")),
        pytest.param(("GIT_WORK_TREE",)),
        pytest.param(("GIT_COMMON_DIR",)),
        pytest.param(("GIT_DIR", "GIT_COMMON_DIR")),
        pytest.param(("GIT_INDEX_FILE",)),
        pytest.param(("GIT_OBJECT_DIRECTORY",)),
    ],
    ids=" ".join,
)
def test_the_repository_of_the_environment_is_not_asked(
    names: tuple[str, ...], traced: Runner, sandbox: Sandbox
) -> None:
    """As in a hook, in ``git rebase --exec`` and in ``git submodule foreach``."""
    other = sandbox.outside / "other"
    other.mkdir()
    foreign = Sandbox(sandbox.top)
    git(foreign, "init", "--quiet", str(other))
    (other / ".git" / "info" / "exclude").write_text("*.yaml\n", "utf-8")
    _committed(sandbox)
    (sandbox.repo / "untracked.yaml").write_text(POD.replace("agent", "untracked"), "utf-8")
    folders = {
        "GIT_DIR": other / ".git",
        "GIT_COMMON_DIR": other / ".git",
        "GIT_WORK_TREE": other,
        "GIT_INDEX_FILE": other / ".git" / "index",
        "GIT_OBJECT_DIRECTORY": other / ".git" / "objects",
    }
    run = traced.run(
        sandbox, "check", ".", "--closed-world", environment={name: str(folders[name]) for name in names}
    )
    assert breaches(run, sandbox, codes=[1]) == []
    assert run.report["coverage"]["objects"] == 2


@pytest.mark.parametrize(
    "revision",
    [
        "--upload-pack=./evil.sh",
        "-x",
        "--output=../outside/started",
        "HEAD^{/(a+)+b}",
        "a\nb",
        "",
        ":(exclude)x",
        "@{u}",
    ],
)
def test_a_revision_is_not_an_option(revision: str, traced: Runner, sandbox: Sandbox) -> None:
    _committed(sandbox)
    _script(sandbox)
    assert _checked(traced, sandbox, "check", ".", f"--rev={revision}", reports=False) == []


@pytest.fixture
def tools(sandbox: Sandbox) -> Path:
    """Stand-ins for kustomize and helm that write down how they are called."""
    folder = sandbox.temporary / "bin"
    folder.mkdir()
    for name in ("kustomize", "helm"):
        script = folder / name
        script.write_text(
            f'#!/bin/sh\nfor given in "$@"; do printf "%s\\n" "$given"; done >> {sandbox.temporary}/called\n'
            f'printf "%s\\n" "$HOME" "$HELM_PLUGINS" "$KUSTOMIZE_PLUGIN_HOME" >> {sandbox.temporary}/homes\n',
            "utf-8",
        )
        script.chmod(0o755)
    return folder


OPTION_LIKE = [
    "--post-renderer=./a/evil.sh",
    "--output=../outside/started",
    "--load-restrictor=LoadRestrictionsNone",
    "-o",
    "--enable-alpha-plugins",
    "--kubeconfig=x",
    "--debug",
]


def _open_kustomization(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "kustomization.yaml").write_text(
        "resources: [pod.yaml]\ntransformers: [labels.yaml]\n", "utf-8"
    )
    (folder / "pod.yaml").write_text(POD, "utf-8")
    (folder / "labels.yaml").write_text(
        "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: x-\n", "utf-8"
    )


def _chart(folder: Path) -> None:
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: agent\nversion: 1.0.0\n", "utf-8")
    (folder / "templates" / "pod.yaml").write_text("kind: {{ .Values.kind }}\napiVersion: v1\n", "utf-8")


def _arguments(sandbox: Sandbox) -> Iterator[str]:
    called = sandbox.temporary / "called"
    assert called.exists(), "no tool was called"
    yield from called.read_text("utf-8").splitlines()


@pytest.mark.parametrize("kind", ["kustomization", "chart"])
@pytest.mark.parametrize("name", OPTION_LIKE)
def test_the_name_of_a_folder_is_not_an_option_of_a_tool(
    name: str, kind: str, runner: Runner, sandbox: Sandbox, tools: Path
) -> None:
    (_chart if kind == "chart" else _open_kustomization)(sandbox.repo / name)
    runner.run(sandbox, "check", "--render", ".", environment={"PATH": f"{tools}:{os.environ['PATH']}"})
    assert [given for given in _arguments(sandbox) if given.startswith("-")] == []


@needs_on_path("kubectl")
def test_kubectl_writes_nothing(traced: Runner, sandbox: Sandbox) -> None:
    _open_kustomization(sandbox.repo / "--output=..")
    (sandbox.repo / "kustomization.yaml").write_text("resources: [./--output=..]\n", "utf-8")
    found = _checked(traced, sandbox, "check", "--render", ".")
    # The kubectl of Google's SDK asks the server of the kubeconfig for its version: without one, this machine.
    assert [breach for breach in found if "127.0.0.1" not in breach] == []


@pytest.mark.parametrize("kind", ["kustomization", "chart"])
def test_the_settings_of_a_tool_are_not_in_the_repository(
    kind: str, runner: Runner, sandbox: Sandbox, tools: Path
) -> None:
    (_chart if kind == "chart" else _open_kustomization)(sandbox.repo / "x")
    runner.run(sandbox, "check", "--render", ".", environment={"PATH": f"{tools}:{os.environ['PATH']}"})
    homes = (sandbox.temporary / "homes").read_text("utf-8").splitlines()
    assert [home for home in homes if Path(home).is_relative_to(sandbox.repo)] == []


@needs_on_path("kubectl")
@pytest.mark.parametrize(
    "line", ["helmCharts: [{name: a, repo: https://example.invalid}]", "resources: [https://x.invalid/a]"]
)
def test_rendering_connects_to_nothing(line: str, traced: Runner, sandbox: Sandbox) -> None:
    _open_kustomization(sandbox.repo / "x")
    with (sandbox.repo / "x" / "kustomization.yaml").open("a", encoding="utf-8") as file:
        file.write(line.replace("resources:", "components:") + "\n")
    assert _checked(traced, sandbox, "check", "--render", ".") == []


@pytest.mark.parametrize(
    "arguments", [("ownership", "live.yaml"), ("ownership", "live.yaml", "--desired", ".")]
)
def test_ownership_starts_nothing_but_git(
    arguments: tuple[str, ...], traced: Runner, sandbox: Sandbox
) -> None:
    _committed(sandbox)
    (sandbox.repo / "live.yaml").write_text(POD, "utf-8")
    git(sandbox, "config", "core.fsmonitor", str(_script(sandbox)))
    assert _checked(traced, sandbox, *arguments) == []
