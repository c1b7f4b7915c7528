"""The command as its users meet it: sources, exit codes, bad input, bad usage."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.platforms import make_pipe

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: main
    env:
    - name: LEVEL
      valueFrom: {configMapKeyRef: {name: settings, key: level}}
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {%s: info}\n"


def cnilint(
    *arguments: str, cwd: Path, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [sys.executable, "-m", "cnilint", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=120,
        env={**os.environ, **environment},
    )
    return subprocess.CompletedProcess(
        result.args, result.returncode, result.stdout.decode(), result.stderr.decode()
    )


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A Git repository whose last commit renamed a key that is still read."""
    git(tmp_path, "init", "-q")
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "settings.yaml").write_text(SETTINGS % "level")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    (tmp_path / "settings.yaml").write_text(SETTINGS % "log_level")
    git(tmp_path, "commit", "-qam", "two")
    return tmp_path


def report(*arguments: str, cwd: Path, stdin: bytes = b"") -> dict[str, object]:
    result = cnilint("check", *arguments, "--format", "json", cwd=cwd, stdin=stdin)
    assert result.returncode in (0, 1), result.stderr
    return json.loads(result.stdout)


def codes(found: dict[str, object]) -> list[str]:
    return [finding["code"] for finding in found["findings"]]


def test_work_tree_and_revisions(repository: Path) -> None:
    assert codes(report(cwd=repository)) == ["CNI101"]
    assert codes(report("--rev", "HEAD", cwd=repository)) == ["CNI101"]
    assert codes(report("--rev", "HEAD~1", cwd=repository)) == []
    assert report("--rev", "HEAD~1", cwd=repository)["source"]["revision"] == git(
        repository, "rev-parse", "HEAD~1"
    )


def test_the_token_is_the_key(repository: Path) -> None:
    (finding,) = report(cwd=repository)["findings"]
    line = (repository / finding["file"]).read_text().split("\n")[finding["line"] - 1]
    assert line[finding["column"] - 1 : finding["endColumn"] - 1] == "level"
    assert "log_level" in finding["hint"]


def test_ignored_files_are_not_read(repository: Path) -> None:
    (repository / ".gitignore").write_text("scratch/\n")
    (repository / "scratch").mkdir()
    (repository / "scratch" / "settings.yaml").write_text(SETTINGS % "level")
    assert codes(report(cwd=repository)) == ["CNI101"]
    (repository / "untracked.yaml").write_text(SETTINGS.replace("settings", "more") % "level")
    assert report(cwd=repository)["coverage"]["objects"] == 3


def test_one_file_is_reported_and_resolved_within_its_repository(repository: Path) -> None:
    (repository / "settings.yaml").write_text(SETTINGS % "level")
    assert codes(report("pod.yaml", cwd=repository)) == []
    (repository / "settings.yaml").write_text(SETTINGS % "log_level")
    assert codes(report("settings.yaml", cwd=repository)) == []
    assert codes(report("pod.yaml", cwd=repository)) == ["CNI101"]


def test_standard_input(tmp_path: Path) -> None:
    stream = f"{POD}---\n{SETTINGS % 'other'}".encode()
    found = report("-", "--stdin-name", "rendered.yaml", cwd=tmp_path, stdin=stream)
    assert codes(found) == ["CNI101"]
    assert found["findings"][0]["file"] == "rendered.yaml"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 1),
        (["--fail-on", "never"], 0),
        (["--ignore", "CNI101"], 0),
        (["--select", "CNI9"], 0),
        (["--select", "CNI10,CNI9"], 1),
        (["--fail-on", "note"], 1),
    ],
)
def test_exit_code(repository: Path, arguments: list[str], code: int) -> None:
    assert cnilint("check", *arguments, cwd=repository).returncode == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rev", "no-such-branch"], "no revision 'no-such-branch'"),
        (["missing.yaml"], "no file or folder 'missing.yaml'"),
        (["--select", "CNI777"], "no code 'CNI777'"),
        (["--format", "xml"], "Invalid value for '--format'"),
        (["--output", "json"], "'json' is not FORMAT=FILE"),
        (["--output", "xml=x"], "'xml' is not one of 'text'"),
        (["--target", "cilium"], "'cilium' is not COMPONENT=VERSION"),
        (["--target", "cilium=new"], "'new' is not a version"),
        (["--kube-version", "latest"], "'latest' is not a version"),
        (["--render", "--rev", "HEAD"], "--render cannot be used with --rev"),
        (["-", "--rev", "HEAD"], "--rev cannot be used with standard input"),
        (["--output", "json=/nonexistent/x"], "cannot write"),
        (["--as-of", "tomorrow"], "'tomorrow' is not a date"),
        (["--config", "missing.yaml"], "cannot read the configuration"),
        (["-", "pod.yaml"], "cannot be combined"),
    ],
)
def test_bad_usage_is_one_clear_line_and_exit_2(repository: Path, arguments: list[str], words: str) -> None:
    result = cnilint("check", *arguments, cwd=repository)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_mistake_in_the_configuration_is_told_by_its_place(repository: Path) -> None:
    (repository / ".cnilint.yaml").write_text("environments:\n- name: prod\n  roots: prod\n")
    result = cnilint("check", cwd=repository)
    assert result.returncode == 2
    assert ".cnilint.yaml:3:10" in result.stderr


def test_revision_outside_of_git(tmp_path: Path) -> None:
    result = cnilint("check", "--rev", "HEAD", cwd=tmp_path)
    assert result.returncode == 2
    assert "is not in a Git repository" in result.stderr


def test_nothing_to_check_never_looks_like_success(tmp_path: Path) -> None:
    result = cnilint("check", cwd=tmp_path)
    assert result.returncode == 2
    assert "Nothing was checked" in result.stdout
    assert "no manifest among 0 files" in result.stderr
    assert cnilint("check", "--allow-empty", cwd=tmp_path).returncode == 0


def test_a_selection_without_an_object_is_not_a_success(repository: Path) -> None:
    """The objects of the rest of the repository are read, and nothing is reported of them."""
    (repository / "docs").mkdir()
    (repository / "docs" / "page.md").write_text("text", "utf-8")
    result = cnilint("check", "docs", cwd=repository)
    assert result.returncode == 2
    assert "no Kubernetes object below the given paths" in result.stderr
    assert cnilint("check", "docs", "--allow-empty", cwd=repository).returncode == 0


def test_a_broken_manifest_is_a_finding_and_not_an_empty_run(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"apiVersion": "v1", "kind": "Pod", "metadata": {,}}')
    result = cnilint("check", cwd=tmp_path)
    assert result.returncode == 1
    assert "CNI901" in result.stdout
    assert result.stderr == ""


def test_bad_files_do_not_stop_the_rest(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pod.yaml").write_text(POD)
    (tmp_path / "a" / "settings.yaml").write_text(SETTINGS % "other")
    (tmp_path / "broken.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x\n")
    (tmp_path / "nul.yaml").write_bytes(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \0}\n")
    (tmp_path / "deep.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\ndata: " + "[" * 100_000
    )
    make_pipe(tmp_path / "pipe.yaml")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.yaml").symlink_to(tmp_path / "self.yaml")
    (tmp_path / "out.yaml").symlink_to("/etc/hostname")
    with (tmp_path / "huge.yaml").open("wb") as huge:
        huge.truncate(200 * 1024 * 1024)
    found = report(cwd=tmp_path)
    by_file = {finding["file"]: finding["code"] for finding in found["findings"]}
    assert by_file == {
        "a/pod.yaml": "CNI101",
        "broken.yaml": "CNI901",
        "nul.yaml": "CNI901",
        "deep.yaml": "CNI902",
    }
    skipped = {entry["file"] for entry in found["coverage"]["skipped"]}
    assert skipped == {"pipe.yaml", "self.yaml", "out.yaml", "huge.yaml"}


def test_broken_document_makes_its_folder_unverifiable_not_dangling(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "settings.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings\n")
    found = report(cwd=tmp_path)
    assert codes(found) == ["CNI901"]
    assert found["coverage"]["references"]["unverifiable"] == 1


def test_suppressions_in_comment_annotation_and_configuration(repository: Path) -> None:
    pod = repository / "pod.yaml"
    pod.write_text(POD.replace("    env:\n", "    env:  # cnilint: ignore[CNI999] nothing\n"))
    assert "matches nothing" in cnilint("check", cwd=repository).stdout
    reason = "      # cnilint: ignore[CNI101] set by hand\n      valueFrom"
    pod.write_text(POD.replace("      valueFrom", reason))
    assert cnilint("check", cwd=repository).returncode == 0
    pod.write_text(
        POD.replace("{name: agent}", '{name: agent, annotations: {cnilint.dev/ignore: "CNI101 by hand"}}')
    )
    assert cnilint("check", cwd=repository).returncode == 0
    pod.write_text(POD)
    rule = "suppressions:\n- {code: CNI101, object: Pod/*/agent, reason: known, until: '2026-01-31'}\n"
    (repository / ".cnilint.yaml").write_text(rule)
    assert cnilint("check", "--as-of", "2026-01-31", cwd=repository).returncode == 0
    late = cnilint("check", "--as-of", "2026-02-01", cwd=repository)
    assert late.returncode == 1
    assert "expired on 2026-01-31" in late.stdout


def test_secret_values_are_never_printed(tmp_path: Path) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: settings}\nstringData: {user name: hunter2-value, level: 7}\n"
    (tmp_path / "secret.yaml").write_text(secret)
    (tmp_path / "pod.yaml").write_text(POD.replace("configMapKeyRef", "secretKeyRef"))
    for name in ("text", "concise", "json", "sarif", "github"):
        result = cnilint("check", "--format", name, "--verbose", cwd=tmp_path)
        assert "CNI12" in result.stdout
        assert "hunter2" not in result.stdout + result.stderr


def test_output_is_the_same_from_run_to_run(repository: Path) -> None:
    runs = {
        cnilint("check", "--format", "json", cwd=repository, PYTHONHASHSEED=seed).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1


@pytest.mark.skipif(
    not Path("/dev/full").exists(),
    reason="a full disk is simulated by the device /dev/full, which only Linux has",
)
@pytest.mark.parametrize("command", [("check",), ("explain", "CNI101"), ("rules", "list")])
def test_a_full_disk_is_one_clear_line(repository: Path, command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "cnilint", *command], cwd=repository, stdout=full, stderr=subprocess.PIPE
        )
    assert result.returncode == 2
    assert result.stderr.decode().startswith("cnilint: ")
    assert result.stderr.count(b"\n") == 1


def test_no_color_and_color(repository: Path) -> None:
    assert "\x1b[" not in cnilint("check", cwd=repository).stdout
    assert "\x1b[" in cnilint("check", "--color", "always", cwd=repository).stdout


def test_git_settings_of_a_repository_start_nothing(repository: Path) -> None:
    marker = repository / "started"
    git(repository, "config", "core.fsmonitor", f"touch {marker}; false")
    report(cwd=repository)
    assert not marker.exists()


def dump(tmp_path: Path, name: str, key: str) -> str:
    item = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "net"},
        "data": {key: ""},
    }
    (tmp_path / "live.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [item]}))
    return str(tmp_path / "live.json")


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [("settings", "level", []), ("settings", "other", ["error CNI101"]), ("another", "x", ["error CNI102"])],
)
def test_live_dump_completes_the_environment(
    tmp_path: Path, name: str, key: str, expected: list[str]
) -> None:
    live = dump(tmp_path, name, key)
    work = tmp_path / "work"
    work.mkdir()
    (work / "pod.yaml").write_text(POD.replace("{name: agent}", "{name: agent, namespace: net}"))
    found = report("--live", live, "work", cwd=tmp_path)["findings"]
    assert [f"{finding['severity']} {finding['code']}" for finding in found] == expected


def test_unreadable_live_dump_is_bad_usage(tmp_path: Path) -> None:
    (tmp_path / "live.yaml").write_text("apiVersion: v1\nkind: List\nmetadata: {}\nitems: [\n")
    result = cnilint("check", "--live", "live.yaml", cwd=tmp_path)
    assert result.returncode == 2
    assert "live.yaml:" in result.stderr


def test_closed_streams_are_no_fault(repository: Path) -> None:
    command = f"{sys.executable} -m cnilint check"
    for closed, code in ((">&-", 1), ("2>&-", 1), ("- <&-", 2), (">&- 2>&- <&-", 1)):
        result = subprocess.run(["sh", "-c", f"{command} {closed}"], cwd=repository, capture_output=True)
        assert (result.returncode, b"Traceback" in result.stderr) == (code, False), closed


def test_sarif_says_where_the_source_is_kept(repository: Path) -> None:
    git(repository, "remote", "add", "origin", "https://me:secret@git.example/team/gitops.git")
    head = git(repository, "rev-parse", "HEAD")

    def provenance(*arguments: str, stdin: bytes = b"") -> object:
        result = cnilint("check", *arguments, "--format", "sarif", cwd=repository, stdin=stdin)
        assert "secret@" not in result.stdout
        return json.loads(result.stdout)["runs"][0].get("versionControlProvenance")

    branch = git(repository, "branch", "--show-current")
    kept = {"repositoryUri": "https://git.example/team/gitops.git", "mappedTo": {"uriBaseId": "%SRCROOT%"}}
    assert provenance() == [{**kept, "revisionId": head, "branch": branch}]
    before = git(repository, "rev-parse", "HEAD~1")
    assert provenance("--rev", "HEAD~1") == [{**kept, "revisionId": before}]
    assert provenance("-", stdin=POD.encode()) is None
    git(repository, "remote", "remove", "origin")
    assert provenance() is None
