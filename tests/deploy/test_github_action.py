"""``action.yml`` as a user meets it: pull requests, forks, merge queues, shallow clones, hostile manifests."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import ROOT
from tests.deploy.runner import MOST_ISSUES, Outcome, loaded, run_action, workflow_commands

ACTION = loaded(ROOT / "action.yml")
RECORD = """\
for word; do
  case $word in
    json=*) echo '{"findings": []}' > "${word#json=}" ;;
    *=/*) : > "${word#*=}" ;;
  esac
done"""
EVIL = "%0A::error::a,b\u202e::set-output name=c::d ##[add-mask]e"


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cnilint of this checkout; its arguments are recorded beside it."""
    return script(
        tmp_path_factory.mktemp("program"), f'PYTHONPATH={ROOT} exec {sys.executable} -m cnilint "$@"'
    )


def script(folder: Path, text: str) -> Path:
    path = folder / "cnilint"
    path.write_text(f'#!/bin/sh\necho "$*" >> {folder}/arguments\n{text}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def upstream(made_upstream: Path, tmp_path: Path) -> Path:
    """A repository with a clean base, a branch that breaks a reference, and their merge commit."""
    return Path(shutil.copytree(made_upstream, tmp_path / "upstream"))


@pytest.fixture(scope="session")
def made_upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of all tests, which each copies: to make it takes fifteen processes."""
    folder = tmp_path_factory.mktemp("upstream")
    git(folder, "init", "-q", "-b", "clean")
    (folder / "pod.yaml").write_text(POD)
    (folder / "settings.yaml").write_text(SETTINGS % "level")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "clean")
    git(folder, "checkout", "-qb", "main")
    (folder / "old.yaml").write_text(POD.replace("agent", "old").replace("key: level", "key: ancient"))
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "base")
    git(folder, "checkout", "-qb", "change")
    (folder / "settings.yaml").write_text(SETTINGS % "log_level")
    git(folder, "commit", "-qam", "change")
    git(folder, "checkout", "-q", "main")
    git(folder, "merge", "-q", "--no-ff", "-m", "merge", "change")
    git(folder, "branch", "merged")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    return folder


def clone(upstream: Path, branch: str = "merged") -> Path:
    """A checkout of depth 1, as ``actions/checkout`` makes it."""
    folder = upstream.parent / "checkout"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "remote", "add", "origin", upstream.as_uri())
    git(folder, "fetch", "-q", "--no-tags", "--depth=1", "origin", f"{branch}:refs/remotes/pull/1/merge")
    git(folder, "checkout", "-q", "refs/remotes/pull/1/merge")
    return folder


def pull_request(upstream: Path, *, head_repository: str = "acme/gitops") -> dict[str, object]:
    return {
        "pull_request": {
            "base": {"sha": git(upstream, "rev-parse", "change~1")},
            "head": {"sha": git(upstream, "rev-parse", "change"), "repo": {"full_name": head_repository}},
        }
    }


def asked_since(program: Path) -> list[str]:
    return re.findall(r" --since=(\S*)", (program.parent / "arguments").read_text())


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A program with --since that finds nothing and writes the files that are asked for."""
    (tmp_path / "recorder").mkdir()
    return script(tmp_path / "recorder", f'[ "$2" = --help ] && echo "  --since REV" && exit 0\n{RECORD}')


def test_a_push_reports_everything_and_fails_last(upstream: Path, program: Path) -> None:
    outcome = run_action(clone(upstream), program)
    assert outcome.code == 1
    assert len(outcome.issues("error")) == 2
    assert outcome.outputs["errors"] == "2"
    assert outcome.outputs["exit-code"] == "1"
    assert outcome.uploads == [{"sarif_file": outcome.outputs["sarif-file"], "category": "cnilint"}]
    log = json.loads(Path(outcome.outputs["sarif-file"]).read_text("utf-8"))
    assert len(log["runs"][0]["results"]) == 2
    assert outcome.summary.startswith("## cnilint\n\nFound 2 errors.")
    assert "```mermaid" in outcome.summary


def test_a_clean_repository_passes(upstream: Path, program: Path) -> None:
    outcome = run_action(clone(upstream, "clean"), program)
    assert (outcome.code, outcome.outputs["errors"]) == (0, "0")
    assert workflow_commands(outcome.log) == []
    assert len(outcome.uploads) == 1


def test_fail_on_decides(upstream: Path, program: Path) -> None:
    outcome = run_action(clone(upstream), program, inputs={"fail-on": "never"})
    assert (outcome.code, outcome.outputs["errors"]) == (0, "2")


@pytest.mark.parametrize(
    ("inputs", "word"),
    [
        ({"paths": "missing"}, "missing"),
        ({"paths": "--rev\nHEAD"}, "--rev"),
        ({"paths": "-"}, "nothing was checked"),
    ],
)
def test_nothing_is_uploaded_without_a_result(
    upstream: Path, program: Path, inputs: dict[str, str], word: str
) -> None:
    checkout = clone(upstream)
    assert run_action(checkout, program).uploads != []
    outcome = run_action(checkout, program, inputs=inputs)
    assert outcome.code == 2
    assert outcome.uploads == []
    assert outcome.summary == ""
    assert outcome.outputs["sarif-file"] == ""
    assert word in outcome.log
    assert len(outcome.issues("error")) == 1


@pytest.mark.parametrize("name", ["fail-on", "sarif", "annotations", "summary"])
def test_a_wrong_input_is_named(upstream: Path, program: Path, name: str) -> None:
    outcome = run_action(clone(upstream), program, inputs={name: "maybe\n::error::x"})
    assert outcome.code == 2
    (error,) = outcome.issues("error")
    assert error.startswith(f"input '{name}' must be one of")


def test_without_annotations_the_log_has_plain_lines(upstream: Path, program: Path) -> None:
    outcome = run_action(clone(upstream), program, inputs={"annotations": "false", "summary": "false"})
    assert outcome.code == 1
    assert workflow_commands(outcome.log) == []
    assert "pod.yaml:9:58: CNI101 error" in outcome.log
    assert outcome.summary == ""


def test_the_summary_is_appended(upstream: Path, program: Path) -> None:
    checkout = clone(upstream)
    before = checkout.parent / "elsewhere"
    before.write_text("before\n")
    run_action(checkout, program, GITHUB_STEP_SUMMARY=str(before))
    assert before.read_text("utf-8").startswith("before\n## cnilint")


@pytest.mark.parametrize(
    ("head", "actor", "sarif", "uploads"),
    [
        ("acme/gitops", "someone", "auto", 1),
        ("stranger/gitops", "someone", "auto", 0),
        ("stranger/gitops", "someone", "true", 0),
        ("acme/gitops", "dependabot[bot]", "auto", 0),
        ("acme/gitops", "someone", "false", 0),
    ],
)
def test_a_read_only_token_uploads_nothing(
    upstream: Path, program: Path, head: str, actor: str, sarif: str, uploads: int
) -> None:
    outcome = run_action(
        clone(upstream),
        program,
        inputs={"sarif": sarif, "since": "never"},
        event=pull_request(upstream, head_repository=head),
        event_name="pull_request",
        GITHUB_ACTOR=actor,
    )
    assert outcome.code == 1
    assert len(outcome.uploads) == uploads


@pytest.mark.parametrize(("sarif", "code"), [("auto", 0), ("true", 1)])
def test_a_failed_upload_fails_only_where_it_is_required(
    upstream: Path, program: Path, sarif: str, code: int
) -> None:
    outcome = run_action(
        clone(upstream), program, inputs={"sarif": sarif, "fail-on": "never"}, upload_fails=True
    )
    assert outcome.code == code
    assert len(outcome.uploads) == 1


def test_the_base_of_a_shallow_pull_request_is_fetched(upstream: Path, recorder: Path) -> None:
    checkout = clone(upstream)
    base = git(upstream, "rev-parse", "merged^1")
    event = pull_request(upstream)
    # The event's base is older than the one that was merged.
    event["pull_request"]["base"]["sha"] = "0" * 40
    assert subprocess.run(["git", "cat-file", "-e", base], cwd=checkout, capture_output=True).returncode
    outcome = run_action(checkout, recorder, event=event, event_name="pull_request")
    assert outcome.code == 0, outcome.log
    assert asked_since(recorder) == [base]
    assert git(checkout, "cat-file", "-t", base) == "commit"


def test_the_sarif_of_a_change_has_all_findings(upstream: Path, recorder: Path) -> None:
    run_action(clone(upstream), recorder, event=pull_request(upstream), event_name="pull_request")
    asked, new, everything = (recorder.parent / "arguments").read_text().splitlines()
    assert asked == "check --help"
    assert "--since=" in new
    assert "sarif=" not in new
    assert "--since=" not in everything
    assert "sarif=" in everything


def test_a_head_that_is_checked_out_is_compared_with_the_base_of_the_event(
    upstream: Path, recorder: Path
) -> None:
    run_action(clone(upstream, "change"), recorder, event=pull_request(upstream), event_name="pull_request")
    assert asked_since(recorder) == [git(upstream, "rev-parse", "change~1")]


def test_a_merge_queue_is_compared_with_its_base(upstream: Path, recorder: Path) -> None:
    base = git(upstream, "rev-parse", "merged^1")
    run_action(clone(upstream), recorder, event={"merge_group": {"base_sha": base}}, event_name="merge_group")
    assert asked_since(recorder) == [base]


def test_a_branch_that_the_checkout_lacks_is_fetched(upstream: Path, recorder: Path) -> None:
    run_action(clone(upstream), recorder, inputs={"since": "change"})
    assert asked_since(recorder) == [git(upstream, "rev-parse", "change")]


@pytest.mark.parametrize(
    ("inputs", "event"),
    [
        ({"since": "never"}, None),
        ({}, None),
        ({"since": "--upload-pack=touch x"}, None),
        ({"since": "no-such-branch"}, None),
        ({}, {"pull_request": {"base": {"sha": "$(touch x)"}}}),
        ({}, {"merge_group": {"base_sha": "--output=x"}}),
    ],
)
def test_without_a_base_everything_is_reported(
    upstream: Path, recorder: Path, inputs: dict[str, str], event: dict[str, object] | None
) -> None:
    checkout = clone(upstream)
    outcome = run_action(checkout, recorder, inputs=inputs, event=event, event_name="pull_request")
    assert outcome.code == 0, outcome.log
    assert asked_since(recorder) == []
    assert not (checkout / "x").exists()
    assert len(outcome.issues("warning")) == (inputs.get("since", "never") != "never")


def test_a_checkout_of_the_base_hides_nothing(upstream: Path, recorder: Path) -> None:
    event = pull_request(upstream)
    event["pull_request"]["base"]["sha"] = git(upstream, "rev-parse", "merged")
    outcome = run_action(clone(upstream), recorder, event=event, event_name="pull_request_target")
    assert asked_since(recorder) in ([], [git(upstream, "rev-parse", "merged^1")])
    event["pull_request"]["head"]["sha"] = "1" * 40
    outcome = run_action(
        upstream.parent / "checkout", recorder, event=event, event_name="pull_request_target"
    )
    (warning,) = outcome.issues("warning")
    assert "is the base of the change" in warning


def test_a_version_without_since_reports_everything(upstream: Path, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old = script(tmp_path / "old", RECORD)
    outcome = run_action(clone(upstream), old, event=pull_request(upstream), event_name="pull_request")
    assert outcome.code == 0, outcome.log
    assert asked_since(old) == []
    assert "no --since" in outcome.issues("warning")[0]


def test_a_pull_request_shows_only_what_it_breaks(upstream: Path, program: Path) -> None:
    outcome = run_action(clone(upstream), program, event=pull_request(upstream), event_name="pull_request")
    assert outcome.code == 1
    assert outcome.outputs["errors"] == str(len(outcome.issues("error")))
    assert "ancient" not in outcome.summary
    assert "level" in outcome.summary
    log = json.loads(Path(outcome.outputs["sarif-file"]).read_text("utf-8"))
    assert len(log["runs"][0]["results"]) == 2


def test_the_token_is_only_in_the_environment_of_git(upstream: Path, recorder: Path, tmp_path: Path) -> None:
    """A private repository whose checkout left no credentials: the fetch fails without the token."""
    seen = tmp_path / "seen"
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "git"
    fake.write_text(
        f'#!/bin/sh\ncase $* in *fetch*) echo "$*" >> {seen}; env | grep ^GIT_CONFIG >> {seen}; '
        '[ $GIT_CONFIG_COUNT = 2 ] || exit 1;; esac\nexec /usr/bin/env -i PATH=/usr/bin:/bin git "$@"\n'
    )
    fake.chmod(0o755)
    outcome = run_action(
        clone(upstream),
        recorder,
        event=pull_request(upstream),
        event_name="pull_request",
        PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
    )
    assert asked_since(recorder) == [git(upstream, "rev-parse", "merged^1")]
    assert "http.https://github.invalid/.extraheader" in seen.read_text()
    assert "t0ken" not in outcome.log + seen.read_text()


def hostile(folder: Path) -> None:
    """Many findings, whose files, objects and keys have the signs of commands."""
    for number in range(30):
        name = f"{number}{EVIL if number % 3 else ''}.yaml".replace("/", "")
        text = POD.replace("agent", f"agent-{number}").replace("key: level", f'key: "{EVIL}\\n::error::z"')
        (folder / name).write_text(text, "utf-8")
    (folder / "settings.yaml").write_text(SETTINGS % "level")


@pytest.mark.parametrize("annotations", ["true", "false"])
def test_nothing_in_a_manifest_is_a_command(tmp_path: Path, program: Path, annotations: str) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    hostile(folder)
    git(folder, "init", "-q")
    outcome = run_action(folder, program, inputs={"annotations": annotations})
    assert outcome.code == 1, outcome.log
    names = [name for name, _, _ in workflow_commands(outcome.log)]
    wanted = [*["error"] * MOST_ISSUES, "group", "endgroup"] if annotations == "true" else []
    assert names == wanted
    assert "##[" not in outcome.log
    assert all(character.isprintable() or character == "\n" for character in outcome.log)
    assert "##[" not in outcome.summary


def test_a_composite_step_keeps_within_the_limit_of_the_runner(tmp_path: Path, program: Path) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    hostile(folder)
    git(folder, "init", "-q")
    outcome = run_action(folder, program)
    assert len(outcome.issues("error")) == MOST_ISSUES
    last = outcome.issues("error")[-1]
    more = int(outcome.outputs["errors"]) - MOST_ISSUES + 1
    assert last.startswith(f"{more} more error findings")
    listed = outcome.log.partition("::group::")[2].partition("::endgroup::")[0].splitlines()[1:]
    assert len(listed) == more


@pytest.mark.parametrize("version", ["1 --index-url=x", "$(touch x)", "0.1.0\n", "git+https://x", "-r x"])
def test_a_version_is_a_version(tmp_path: Path, version: str) -> None:
    step = next(step for step in ACTION["runs"]["steps"] if step["id"] == "install")
    assert step["env"]["CNILINT_VERSION"] == "${{ inputs.version }}"
    done = subprocess.run(
        [sys.executable, str(ROOT / "deploy/github/action.py"), "install"],
        env={**os.environ, "CNILINT_VERSION": version + "x", "RUNNER_TEMP": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "::error title=cnilint::input 'version' must be a version" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_code_of_the_action_is_installed(tmp_path: Path) -> None:
    output = tmp_path / "output"
    done = subprocess.run(
        [sys.executable, str(ROOT / "deploy/github/action.py"), "install"],
        env={
            **os.environ,
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    installed = output.read_text().removeprefix("program=").strip()
    assert subprocess.run([installed, "--version"], capture_output=True).returncode == 0


def test_inputs_are_only_in_the_environment() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])
        else:
            assert step["shell"] == "bash"


def test_every_input_and_output_says_what_it_is() -> None:
    assert all(each["description"] for each in (*ACTION["inputs"].values(), *ACTION["outputs"].values()))
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text("utf-8")))
    assert used == set(ACTION["inputs"])


def test_the_runner_of_the_tests_sees_commands() -> None:
    """A parser that sees nothing would make every test above pass."""
    seen = workflow_commands(
        "::error file=a%2Cb,line=2::x%0Ay\nx ##[warning]z\n  ::group::g\nx ::error::no\n"
    )
    assert seen == [
        ("error", {"file": "a,b", "line": "2"}, "x\ny"),
        ("warning", {}, "z"),
        ("group", {}, "g"),
    ]
    assert isinstance(Outcome(), Outcome)
