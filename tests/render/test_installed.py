"""``--render`` with the real tools."""

import os
import subprocess
from pathlib import Path

import pytest

from cnilint.render import installed
from cnilint.source.process import TimeBudget
from tests.cli.test_check import POD, SETTINGS, cnilint, codes, report
from tests.programs import needs_on_path

REPLACED = """\
resources: [app.yaml]
configMapGenerator:
- name: settings
  literals: [level=info]
replacements:
- source: {kind: ConfigMap, name: names, fieldPath: data.key}
  targets:
  - select: {kind: Pod}
    fieldPaths: [spec.containers.0.env.0.valueFrom.configMapKeyRef.key]
"""
NAMES = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: names}\ndata: {key: %s}\n"


@needs_on_path("kubectl")
@pytest.mark.parametrize(("key", "expected"), [("level", []), ("other", ["CNI101"])])
def test_replaced_value_is_judged_at_its_source(tmp_path: Path, key: str, expected: list[str]) -> None:
    (tmp_path / "kustomization.yaml").write_text(REPLACED)
    (tmp_path / "app.yaml").write_text(POD + NAMES % key)
    without = report(cwd=tmp_path)
    assert codes(without) == []
    assert without["coverage"]["references"]["unverifiable"] == 1
    found = report("--render", cwd=tmp_path)
    assert codes(found) == expected
    assert found["coverage"]["references"]["unverifiable"] == 0
    for finding in found["findings"]:
        assert (finding["file"], finding["line"]) == (
            "app.yaml",
            POD[: POD.index("configMapKeyRef")].count("\n") + 1,
        )


@needs_on_path("kubectl")
def test_value_of_a_secret_is_not_rendered(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text(REPLACED.replace("{kind: ConfigMap,", "{kind: Secret,"))
    (tmp_path / "app.yaml").write_text(POD + (NAMES % "aHVudGVyMg==").replace("ConfigMap", "Secret"))
    found = report("--render", cwd=tmp_path)
    assert codes(found) == []
    assert found["coverage"]["references"]["unverifiable"] == 1


@needs_on_path("kubectl")
def test_nothing_remote_is_fetched(tmp_path: Path) -> None:
    remote = "https://host.invalid/team/base"
    (tmp_path / "kustomization.yaml").write_text(f"resources: [app.yaml, {remote}]\n")
    (tmp_path / "app.yaml").write_text(POD)
    found = report("--render", cwd=tmp_path)
    assert codes(found) == []
    assert found["coverage"]["references"]["unverifiable"] == 1


@needs_on_path("helm")
@pytest.mark.parametrize(("key", "expected"), [("level", []), ("other", ["CNI101"])])
def test_chart_is_rendered_and_its_findings_stand_at_the_template(
    tmp_path: Path, key: str, expected: list[str]
) -> None:
    chart = tmp_path / "charts" / "agent"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: agent\nversion: 1.0.0\n")
    (chart / "values.yaml").write_text(f"key: {key}\n")
    (chart / "templates" / "pod.yaml").write_text(POD)
    (chart / "templates" / "settings.yaml").write_text(SETTINGS % " {{ .Values.key }}")
    assert codes(report("--allow-empty", cwd=tmp_path)) == ["CNI903"]
    found = report("--render", cwd=tmp_path)
    assert codes(found) == expected
    assert {finding["file"] for finding in found["findings"]} <= {"charts/agent/templates/pod.yaml"}


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: one, namespace: argocd}
spec:
  source: {path: charts/agent, helm: {releaseName: agent, valueFiles: [%s], valuesObject: {other: null}}}
  destination: {namespace: live}
"""
TEMPLATE = """\
{{- if .Values.never }}
kind: ConfigMap
{{- end }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-{{ .Release.Namespace }}"}
data: {"{{ .Values.key }}": a{{ if .Values.other }}, other: b{{ end }}}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  serviceAccountName: agent
  containers:
  - name: agent
    image: registry.example/agent:1
    env:
    - {name: A, valueFrom: {configMapKeyRef: {name: agent-live, key: prod}}}
    - {name: B, valueFrom: {configMapKeyRef: {name: agent-live, key: other}}}
"""


@needs_on_path("helm")
@pytest.mark.parametrize(
    ("values", "expected"),
    [("values-prod.yaml", ["CNI101", "CNI109"]), ("absent.yaml", ["CNI903"])],
)
def test_a_chart_is_rendered_as_it_is_deployed(tmp_path: Path, values: str, expected: list[str]) -> None:
    chart = tmp_path / "charts" / "agent"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: agent\nversion: 1.0.0\n")
    (chart / "values.yaml").write_text("key: default\nother: other\n")
    (chart / "values-prod.yaml").write_text("key: prod\n")
    (chart / "templates" / "all.yaml").write_text(TEMPLATE)
    (tmp_path / "app.yaml").write_text(APPLICATION % values)
    found = report("--render", cwd=tmp_path)
    assert sorted(codes(found)) == expected
    if expected != ["CNI903"]:
        assert {finding["file"] for finding in found["findings"]} == {"charts/agent/templates/all.yaml"}
        assert {finding["object"]["namespace"] for finding in found["findings"]} == {"live"}


def test_render_without_its_tool_is_bad_usage(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text(REPLACED)
    (tmp_path / "app.yaml").write_text(POD + NAMES % "level")
    result = cnilint("check", "--render", cwd=tmp_path, PATH="/nonexistent")
    assert result.returncode == 2
    assert "--render needs kustomize or kubectl" in result.stderr


def test_render_of_a_revision_is_bad_usage(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    result = cnilint("check", "--render", "--rev", "HEAD", cwd=tmp_path)
    assert result.returncode == 2
    assert "need files on disk" in result.stderr


LOOP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
{{- range until 60000 }}{{ range until 60000 }}
  k{{ . }}: "{{ . }}"
{{- end }}{{ end }}
"""


@needs_on_path("helm")
def test_a_template_without_end_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "chart" / "templates").mkdir(parents=True)
    (tmp_path / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: a\nversion: 1.0.0\n")
    (tmp_path / "chart" / "templates" / "a.yaml").write_text(LOOP)
    tools = installed.InstalledTools(tmp_path, TimeBudget(3.0))
    assert tools.templated("chart") is None
    assert tools.budget.seconds <= 0


def test_a_chart_that_helm_does_not_render_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What helm prints is not: it can hold values."""
    (tmp_path / "bin").mkdir()
    helm = tmp_path / "bin" / "helm"
    helm.write_text("#!/bin/sh\necho 'Error: cannot render hunter2' >&2\nexit 1\n")
    helm.chmod(0o755)
    (tmp_path / "repo" / "my chart" / "templates").mkdir(parents=True)
    (tmp_path / "repo" / "my chart" / "Chart.yaml").write_text("apiVersion: v2\nname: a\nversion: 1.0.0\n")
    (tmp_path / "repo" / "my chart" / "templates" / "a.yaml").write_text(POD)
    (tmp_path / "repo" / "settings.yaml").write_text(NAMES % "a")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    (finding,) = report("--render", cwd=tmp_path / "repo")["findings"]
    assert finding["code"] == "CNI903"
    assert finding["message"] == "helm does not render this chart: its templates are not checked"
    assert "helm template './my chart'" in finding["hint"]
    assert "hunter2" not in str(finding)
