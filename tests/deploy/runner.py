"""A composite action as GitHub's runner runs it: expressions, environment, files, and commands in the log.

Source: github.com/actions/runner, ``Runner.Worker/Handlers/CompositeActionHandler.cs``, ``Runner.Common/ActionCommand.cs``.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from ruamel.yaml import YAML

from tests.conftest import ROOT

_EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")
_COMPARISON = re.compile(r"(\S+) (==|!=) '(.*)'")
_ISSUES = ("error", "warning", "notice")
_COMMANDS = (
    "error",
    "warning",
    "notice",
    "debug",
    "group",
    "endgroup",
    "add-mask",
    "set-output",
    "stop-commands",
)
MOST_ISSUES = 10
"""Annotations of one type that the runner keeps of a step, and a composite action is one step."""


def loaded(path: Path) -> dict:
    return YAML(typ="safe", pure=True).load(path.read_text("utf-8"))


def unescaped(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def workflow_commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """Name, properties and message of every line in which the runner sees a command, in its new form or its old."""
    found = []
    for line in log.splitlines():
        new = re.match(r"\s*::([^:]*?)::(.*)$", line) or re.match(r"\s*::(.+?)::(.*)$", line)
        old = re.search(r"##\[([^\]]*)\](.*)$", line)
        if not (new or old):
            continue
        head, message = (new or old).groups()
        name, _, rest = head.strip().partition(" ")
        pairs = (pair.partition("=") for pair in rest.split(",") if "=" in pair)
        found.append(
            (name.lower(), {key.strip(): unescaped(value) for key, _, value in pairs}, unescaped(message))
        )
    return [one for one in found if one[0] in _COMMANDS]


class Outcome(Struct):
    """What a run of the action leaves."""

    code: int = 0
    log: str = ""
    summary: str = ""
    uploads: list[dict[str, str]] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)

    def issues(self, kind: str) -> list[str]:
        return [message for name, _, message in workflow_commands(self.log) if name == kind]


def run_action(
    checkout: Path,
    program: Path,
    *,
    inputs: Mapping[str, str] | None = None,
    event: Mapping[str, object] | None = None,
    event_name: str = "push",
    upload_fails: bool = False,
    **variables: str,
) -> Outcome:
    """Runs ``action.yml`` in a checkout, with ``program`` as the cnilint that its first steps install."""
    action = loaded(ROOT / "action.yml")
    temp = checkout.parent / f"{checkout.name}-runner"
    temp.mkdir(exist_ok=True)
    (temp / "event.json").write_text(json.dumps(event or {}), "utf-8")
    summary = temp / "summary"
    summary.write_text("")
    given = {name: str(each.get("default", "")) for name, each in action["inputs"].items()}
    given |= {"token": "t0ken", **(inputs or {})}
    values = {f"inputs.{name}": value for name, value in given.items()}
    values |= {
        "steps.python.outputs.python-path": sys.executable,
        "steps.install.outputs.program": str(program),
    }
    runner = {
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_EVENT_NAME": event_name,
        "GITHUB_EVENT_PATH": str(temp / "event.json"),
        "GITHUB_REPOSITORY": "acme/gitops",
        "GITHUB_ACTOR": "someone",
        "GITHUB_SERVER_URL": "https://github.invalid",
        "GITHUB_STEP_SUMMARY": str(summary),
        "RUNNER_TEMP": str(temp),
        **variables,
    }
    outcome = Outcome()
    for step in action["runs"]["steps"]:
        if step["id"] in ("python", "install") or not _is_true(step.get("if", ""), values):
            continue
        if "uses" in step:
            outcome.uploads.append({key: _filled(value, values) for key, value in step["with"].items()})
            failed = upload_fails and not _is_true(str(step["continue-on-error"]), values)
            outcome.code = int(failed)
        else:
            failed = _run_step(step, checkout, temp, runner, values, outcome)
        if failed:
            break
    outcome.summary = summary.read_text("utf-8")
    outcome.outputs = {name: _filled(each["value"], values) for name, each in action["outputs"].items()}
    return outcome


def _run_step(
    step: Mapping[str, object],
    checkout: Path,
    temp: Path,
    runner: Mapping[str, str],
    values: dict[str, str],
    outcome: Outcome,
) -> bool:
    """Whether a step of a script failed."""
    assert "${{" not in step["run"], "an expression in a script is an injection"
    output = temp / "output"
    output.write_text("")
    environment = {name: _filled(value, values) for name, value in step["env"].items()}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=checkout,
        env={**os.environ, **runner, **environment, "GITHUB_OUTPUT": str(output)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )
    outcome.log += done.stdout.decode("utf-8")
    outcome.code = done.returncode
    for line in output.read_text("utf-8").splitlines():
        name, _, value = line.partition("=")
        values[f"steps.{step['id']}.outputs.{name}"] = value
    return done.returncode != 0


def _filled(text: object, values: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda match: values.get(match.group(1), ""), str(text))


def _is_true(condition: str, values: Mapping[str, str]) -> bool:
    inner = _EXPRESSION.fullmatch(condition)
    compared = _COMPARISON.fullmatch(inner.group(1) if inner else condition)
    if compared is None:
        assert condition == "", f"an unknown condition: {condition}"
        return True
    name, operator, text = compared.groups()
    return (values.get(name, "") == text) is (operator == "==")
