"""``cnilint refs``: what resolves each reference, or why it does not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from cnilint.cli.main import cli
from cnilint.resources import data_dir

MANIFEST = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: login}
spec: {data: [{secretKey: user}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    env:
    - name: LEVEL
      valueFrom: {configMapKeyRef: {name: settings, key: level}}
    - name: COLOR
      valueFrom: {configMapKeyRef: {name: settings, key: color}}
    - name: USER
      valueFrom: {secretKeyRef: {name: login, key: user}}
    - name: NAME
      valueFrom: {secretKeyRef: {name: '${NAME}', key: user}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "web.yaml").write_text(MANIFEST, "utf-8")
    (tmp_path / "other.yaml").write_text(MANIFEST.replace("web", "api"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _rows(*arguments: str) -> list[tuple[int, str, str | None]]:
    result = CliRunner().invoke(cli, ["refs", "--format", "json", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    schema = json.loads((data_dir("schemas") / "references.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(report)
    return [(each["line"], each["outcome"], each["code"]) for each in report["references"]]


ALL = [(19, "resolved", None), (21, "broken", "CNI101"), (23, "provided", None), (25, "unverifiable", None)]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ([], [19, 21, 23, 25]),
        (["--unresolved"], [21]),
        (["--provided"], [23]),
        (["--unverifiable"], [25]),
        (["--provided", "--unverifiable"], [23, 25]),
    ],
)
def test_outcomes_are_selected(arguments: list[str], lines: list[int]) -> None:
    assert _rows("web.yaml", *arguments) == [row for row in ALL if row[0] in lines]


@pytest.mark.usefixtures("folder")
def test_one_line_of_a_file() -> None:
    assert _rows("web.yaml:21") == [ALL[1]]
    assert _rows("web.yaml:21:60") == [ALL[1]]
    assert _rows("web.yaml:1") == []


@pytest.mark.usefixtures("folder")
def test_the_text_says_why() -> None:
    text = CliRunner().invoke(cli, ["refs", "web.yaml"]).stdout
    assert "web.yaml:19:58: ConfigMap settings, key level: resolved" in text
    assert "resolved by web.yaml:3: ConfigMap settings" in text
    assert "web.yaml:21:58: ConfigMap settings, key color: broken (CNI101)" in text
    assert "considered: web.yaml:3: ConfigMap settings" in text
    assert "resolved by web.yaml:8: Secret login, created by ExternalSecret" in text
    assert "because the name is a placeholder that is filled in elsewhere" in text
    assert "environment: . (files of one folder)" in text
    assert text.endswith("4 references.\n")


@pytest.mark.usefixtures("folder")
def test_a_path_without_objects_is_an_error() -> None:
    Path("empty").mkdir()
    Path("empty/readme.txt").write_text("", "utf-8")
    result = CliRunner().invoke(cli, ["refs", "empty"])
    assert result.exit_code != 0


def test_fields_are_named_and_not_numbered(folder: Path) -> None:
    field = "spec.containers[name=web].env[name=COLOR].valueFrom.configMapKeyRef.key"
    arguments = ["refs", "web.yaml:21"]
    assert f"in Pod web, {field}" in CliRunner().invoke(cli, arguments, catch_exceptions=False).stdout
    result = CliRunner().invoke(cli, [*arguments, "--format", "json"], catch_exceptions=False)
    assert [each["path"] for each in json.loads(result.stdout)["references"]] == [field]


def test_a_line_without_a_reference_says_so(folder: Path) -> None:
    result = CliRunner().invoke(cli, ["refs", "web.yaml:2"], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (0, "0 references.\n")
    assert "no such reference on this line" in result.stderr
    assert CliRunner().invoke(cli, ["refs", "web.yaml:21"], catch_exceptions=False).stderr == ""
