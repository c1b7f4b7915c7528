"""The steps of ``action.yml``: installs cnilint, runs it, and hands its result to GitHub.

Usage: ``python action.py install`` and ``python action.py check``. Inputs are variables of the environment, never parts of
a shell script. Only the standard library is used: cnilint itself is in an environment of its own.
"""

import base64
import json
import os
import re
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_CHECKED = (0, 1)
"""Exit codes of a run that has a result."""
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.(post|dev)[0-9]+)?")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SEVERITIES = ("error", "warning", "note")
_FETCH_SECONDS = 120
_READ_ONLY = "dependabot[bot]"
"""An actor whose pull requests have a read-only token: docs.github.com, "Dependabot on GitHub Actions"."""


class ActionError(Exception):
    """Why a step cannot go on."""


@dataclass(frozen=True)
class Inputs:
    """The inputs of the action, and the variables of the runner."""

    given: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.given.get(f"CNILINT_{name}", "").strip()

    def choice(self, name: str, *allowed: str) -> str:
        value = self.text(name)
        if value not in allowed:
            listed = ", ".join(f"'{each}'" for each in allowed)
            raise ActionError(f"input '{name.lower().replace('_', '-')}' must be one of {listed}")
        return value

    def folder(self, variable: str) -> Path:
        value = self.given.get(variable)
        if not value:
            raise ActionError(f"{variable} is not set: this program runs in a step of GitHub Actions")
        return Path(value)

    def event(self) -> dict[str, object]:
        """The webhook's payload; empty where there is none."""
        try:
            read = json.loads(Path(self.given["GITHUB_EVENT_PATH"]).read_text("utf-8"))
        except (KeyError, OSError, ValueError):
            return {}
        return read if isinstance(read, dict) else {}


def main() -> int:
    inputs = Inputs(os.environ)
    steps = {"install": install, "check": check}
    try:
        if sys.argv[1:2] == [] or sys.argv[1] not in steps:
            raise ActionError(f"usage: action.py {'|'.join(steps)}")
        steps[sys.argv[1]](inputs)
    except ActionError as error:
        command("error", str(error))
        return 2
    return 0


def install(inputs: Inputs) -> None:
    """Installs cnilint into an environment of its own, and gives its program to the next step."""
    version = inputs.text("VERSION")
    if version and not _VERSION.fullmatch(version):
        raise ActionError("input 'version' must be a version such as 0.1.0")
    wanted = f"cnilint=={version}" if version else str(inputs.folder("GITHUB_ACTION_PATH"))
    folder = inputs.folder("RUNNER_TEMP") / "cnilint"
    venv.create(folder, with_pip=True, clear=True)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted]
    if subprocess.run(pip).returncode:
        raise ActionError("cnilint could not be installed: see the output of pip")
    set_output(inputs, "program", str(programs / "cnilint"))


def check(inputs: Inputs) -> None:
    """Runs cnilint. Succeeds whatever it finds: a later step fails, so that the result is uploaded before."""
    annotated = inputs.choice("ANNOTATIONS", "true", "false") == "true"
    summarized = inputs.choice("SUMMARY", "true", "false") == "true"
    sarif = inputs.choice("SARIF", "auto", "true", "false")
    fail_on = inputs.choice("FAIL_ON", "", "error", "warning", "note", "never")
    results = inputs.folder("RUNNER_TEMP") / "cnilint-results"
    results.mkdir(parents=True, exist_ok=True)
    report, summary, log = (results / name for name in ("report.json", "summary.md", "cnilint.sarif"))
    for old in (report, summary, log):
        old.unlink(missing_ok=True)
    program = inputs.text("PROGRAM")
    paths = [line.strip() for line in inputs.text("PATHS").splitlines() if line.strip()] or ["."]
    since = since_options(inputs, program)
    formats = ["--format", "github" if annotated else "concise"]
    files = ["--output", f"json={report}", "--output", f"markdown={summary}"]
    limit = ["--fail-on", fail_on] if fail_on else []
    # A run without --since has the SARIF log: code scanning compares with the base itself, and what is not in an upload
    # it takes for fixed.
    whole = [] if since else ["--output", f"sarif={log}"]
    code = run([program, "check", *formats, *files, *whole, *limit, *since, "--", *paths])
    if code in _CHECKED and since:
        only_file = ["--format", "concise", "--output", f"sarif={log}", "--fail-on", "never"]
        run([program, "check", *only_file, "--", *paths], quiet=True)
    set_output(inputs, "exit-code", str(code))
    if code not in _CHECKED:
        set_output(inputs, "upload", "false")
        command("error", f"cnilint ended with exit code {code} and has no result: see the log of this step")
        return
    if summarized:
        append_summary(inputs, summary)
    for severity, number in counts(report).items():
        set_output(inputs, f"{severity}s", str(number))
    set_output(inputs, "sarif-file", str(log))
    set_output(inputs, "upload", "true" if sarif != "false" and may_upload(inputs) else "false")


def may_upload(inputs: Inputs) -> bool:
    """Whether the token can write to code scanning. That of a pull request from a fork never can."""
    if is_restricted(inputs):
        print("SARIF is not uploaded: the token of this pull request is read-only.")
        return False
    return True


def is_restricted(inputs: Inputs) -> bool:
    """Whether this is a pull request with a read-only token: from a fork, or by Dependabot."""
    if inputs.given.get("GITHUB_EVENT_NAME") != "pull_request":
        return False
    head = nested(inputs.event(), "pull_request", "head", "repo", "full_name")
    foreign = head != inputs.given.get("GITHUB_REPOSITORY")
    return foreign or inputs.given.get("GITHUB_ACTOR") == _READ_ONLY


def since_options(inputs: Inputs, program: str) -> list[str]:
    """``--since`` with the revision to compare with; empty to report everything."""
    wanted = inputs.text("SINCE")
    if wanted in ("", "never"):
        return []
    base = base_of(inputs) if wanted == "auto" else wanted
    if not base:
        return []
    shown = subprocess.run([program, "check", "--help"], capture_output=True, text=True)
    if "--since" not in shown.stdout:
        command("warning", "this version of cnilint has no --since: all findings are reported")
        return []
    commit = local(base) or fetched(base, inputs.text("TOKEN"))
    if not commit:
        command("warning", f"the revision {base} could not be fetched: all findings are reported")
        return []
    if wanted == "auto" and commit == local("HEAD"):
        command(
            "warning", "the checkout is the base of the change, not the change: all findings are reported"
        )
        return []
    return [f"--since={commit}"]


def base_of(inputs: Inputs) -> str:
    """The commit that the change of a pull request or merge queue entry starts from; empty for other events.

    The checkout of a pull request is a merge commit, whose first parent is the base that was really merged; the event's
    base can be older. A checkout of depth 1 has no parents for ``git log``, but the commit object names them.
    """
    event = inputs.event()
    queued = nested(event, "merge_group", "base_sha")
    if queued:
        return queued if _COMMIT.fullmatch(queued) else ""
    base = nested(event, "pull_request", "base", "sha")
    head = nested(event, "pull_request", "head", "sha")
    if not _COMMIT.fullmatch(base):
        return ""
    parents = re.findall(r"^parent ([0-9a-f]+)$", git("cat-file", "commit", "HEAD") or "", re.MULTILINE)
    return parents[0] if len(parents) == 2 and parents[1] == head else base


def local(revision: str) -> str:
    """The commit of a revision that the checkout has; empty where it has none."""
    return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}") or ""


def fetched(revision: str, token: str) -> str:
    """The commit of a revision, fetched without its history; empty where that fails."""
    # What actions/checkout has left in the configuration comes first: a second header of its kind is refused.
    for settings in ({}, authorization(token)):
        arguments = ("fetch", "--quiet", "--no-tags", "--depth=1", "--end-of-options", "origin", revision)
        if git(*arguments, settings=settings) is not None:
            return local("FETCH_HEAD")
    return ""


def authorization(token: str) -> dict[str, str]:
    """The setting with which Git sends the token to the server of this repository and to no other."""
    server = os.environ.get("GITHUB_SERVER_URL", "")
    if not token or not server:
        return {}
    secret = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {f"http.{server}/.extraheader": f"AUTHORIZATION: basic {secret}"}


def git(*arguments: str, settings: Mapping[str, str] | None = None) -> str | None:
    """The output of a Git command; None when it fails. Settings are in its environment, which no other user sees."""
    given = {"safe.directory": str(Path.cwd()), **(settings or {})}
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_COUNT": str(len(given))}
    for number, (name, value) in enumerate(given.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, env=environment, timeout=_FETCH_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()


def run(arguments: Sequence[str], *, quiet: bool = False) -> int:
    """The exit code of cnilint, whose output is the log of the step."""
    sys.stdout.flush()
    return subprocess.run(
        arguments, stdout=subprocess.DEVNULL if quiet else None, stdin=subprocess.DEVNULL
    ).returncode


def counts(report: Path) -> dict[str, int]:
    """The findings by severity; one that several environments have counts once, as in cnilint's own sentence."""
    every = json.loads(report.read_text("utf-8"))["findings"]
    # One fault is counted once, as the annotations and the summary tell it.
    findings = [each for each in every if "sameFaultAs" not in each]
    alike = {
        tuple(
            map(str, (one[key] for key in ("severity", "code", "file", "line", "column", "message", "path")))
        )
        for one in findings
        if one["suppressed"] is None
    }
    found = Counter(one[0] for one in alike)
    return {severity: found[severity] for severity in _SEVERITIES}


def append_summary(inputs: Inputs, summary: Path) -> None:
    if inputs.given.get("GITHUB_STEP_SUMMARY"):
        with Path(inputs.given["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
            file.write(summary.read_text("utf-8"))


def set_output(inputs: Inputs, name: str, value: str) -> None:
    if "\n" in value or "\r" in value:
        raise ActionError(f"the output '{name}' has a line break")
    with inputs.folder("GITHUB_OUTPUT").open("a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


def command(name: str, text: str) -> None:
    """A workflow command; what it says cannot begin another."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{name} title=cnilint::{escaped}", flush=True)


def nested(value: object, *keys: str) -> str:
    """A text in nested mappings; empty where it is not there."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


if __name__ == "__main__":
    sys.exit(main())
