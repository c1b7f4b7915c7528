"""The value of a Secret is printed by no format, no option and no error of the program's own."""

import pytest

from tests.hostile.run import CANARY, CANARY64, Runner, Sandbox, breaches

SECRET = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: login, namespace: default}}
data: {{a: {CANARY64}, "bad key": {CANARY64}}}
stringData: {{b: {CANARY}, b: {CANARY}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: agent, namespace: default}}
spec: {{containers: [{{name: main, image: a, env: [{{name: A, valueFrom: {{secretKeyRef: {{name: login, key: gone}}}}}}]}}]}}
"""
KUSTOMIZATION = f"""\
resources: [login.yaml]
secretGenerator:
- {{name: made, literals: [a={CANARY}], envs: [made.env], files: [made.txt]}}
patches:
- target: {{kind: Secret, name: login}}
  patch: '[{{op: add, path: /data/c, value: {CANARY64}}}]'
"""
LIVE = f"""\
apiVersion: v1
kind: Secret
metadata:
  name: login
  namespace: default
  annotations: {{kubectl.kubernetes.io/last-applied-configuration: '{{"data": {{"a": "{CANARY64}"}}}}'}}
  managedFields:
  - {{manager: m, operation: Apply, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {{"f:data": {{"f:a": {{}}, "f:d": {{}}}}}}}}
data: {{a: {CANARY64}, d: {CANARY64}}}
"""
COMMANDS = [
    ("check", ".", "--verbose"),
    ("check", ".", "--verbose", "--closed-world", "--show-suppressed", "--color", "always"),
    ("check", ".", "--explain-environments"),
    ("check", ".", "--live", "live.yaml", "--verbose"),
    ("check", ".", "--jobs", "2"),
    ("check", "-", "--verbose"),
    ("ownership", "live.yaml", "--tree", "--verbose"),
    ("ownership", "live.yaml", "--tree", "--verbose", "--desired", ".", "--manager", "m"),
    ("ownership", "live.yaml", "--verbose", "--desired", ".", "--applier", "kubectl-client-side"),
    ("ownership", "live.yaml", "--desired", "login.yaml", "--previous", "login.yaml", "--applier", "helm-3"),
    ("rules", "diff", "istio", "1.22", "1.24", "."),
    ("rules", "catalogue", ".", "--component", "a"),
    ("rules", "test", "login.yaml"),
    ("check", "--config", "login.yaml", "."),
]
FORMATS = ("text", "concise", "json", "sarif", "github", "html")
EXPLOSIONS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89)


@pytest.fixture
def secrets(sandbox: Sandbox) -> Sandbox:
    for name, text in (("login.yaml", SECRET), ("kustomization.yaml", KUSTOMIZATION), ("live.yaml", LIVE)):
        (sandbox.repo / name).write_text(text, "utf-8")
    (sandbox.repo / "made.env").write_text(f"a={CANARY}\n", "utf-8")
    (sandbox.repo / "made.txt").write_text(f"{CANARY}\n", "utf-8")
    return sandbox


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_prints_a_value(command: tuple[str, ...], runner: Runner, secrets: Sandbox) -> None:
    reports = command[0] in ("check", "ownership") and "--explain-environments" not in command
    run = runner.run(secrets, *command, stdin=SECRET.encode(), reports=reports)
    assert breaches(run, secrets) == []


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("command", ["check", "ownership"])
def test_no_format_prints_a_value(command: str, form: str, runner: Runner, secrets: Sandbox) -> None:
    path = "." if command == "check" else "live.yaml"
    run = runner.run(secrets, command, path, "--format", form, "--verbose")
    assert breaches(run, secrets) == []
    assert command == "ownership" or "login" in run.said


@pytest.mark.parametrize("command", [COMMANDS[0], COMMANDS[7]], ids=" ".join)
def test_an_error_of_the_programs_own_prints_no_value(
    command: tuple[str, ...], runner: Runner, secrets: Sandbox
) -> None:
    """An error that quotes a value is raised in the n-th call that is given one."""
    for countdown in EXPLOSIONS:
        run = runner.run(secrets, *command, explode=countdown)
        assert [breach for breach in breaches(run, secrets, codes=(0, 1, 2, 3)) if "canary" in breach] == []


@pytest.mark.parametrize("name", ["gone-name", "login"])
def test_names_and_keys_of_references_are_readable(name: str, runner: Runner, sandbox: Sandbox) -> None:
    text = SECRET.replace("{name: login, key: gone}", f"{{name: {name}, key: gone-key}}")
    (sandbox.repo / "login.yaml").write_text(text, "utf-8")
    run = runner.run(sandbox, "check", ".", "--closed-world")
    assert breaches(run, sandbox, codes=[1]) == []
    for form in ("concise", "json", "sarif", "github", "html"):
        assert name in run.reports[form]
    assert name in run.out
    assert "gone-key" in run.reports["json"]
