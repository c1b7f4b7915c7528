"""What the templates of charts that are not rendered say of the folders that they apply."""

from pathlib import Path

import pytest

from cnilint.extract.read import gather
from cnilint.packs.library import Library
from cnilint.source import WorkTree

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}\n"
CHART = "apiVersion: v2\nname: apps\nversion: 0.1.0\n"
APPLICATION = """\
{{- if .Values.on }}
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {{ printf "%s-web" .Release.Name }}
  {{/* {{ a comment }}
  spec: [
  */}}
{{- include "labels" . | nindent 2 }}
spec:
  destination: {namespace: web}
  sources:
"""
HERE = "  - {path: web, repoURL: https://git.example.org/a}\n"
REASON = "`chart/templates/app.yaml` applies more with it than this repository holds"

SOURCES = {
    "its folder alone": (HERE, False),
    "with a chart": (f"{HERE}  - {{chart: nginx, repoURL: https://charts.example.org}}\n", True),
    "with a folder that values name": (f"{HERE}  - path: {{{{ .Values.site }}}}/web\n", True),
    "a folder that values name in part": (
        "  - path: we{{ .b }}\n  - {chart: nginx, repoURL: https://c}\n",
        True,
    ),
    "another folder": (
        "  - {path: other, repoURL: https://git.example.org/a}\n  - {chart: nginx, repoURL: https://c}\n",
        False,
    ),
    "no text that can be read": (f"{HERE}  - path: [\n", False),
}


@pytest.mark.parametrize(("sources", "gap"), SOURCES.values(), ids=SOURCES)
def test_gap(sources: str, gap: bool, tmp_path: Path) -> None:
    found = _gaps(tmp_path, {"chart/templates/app.yaml": f"{APPLICATION}{sources}{{{{- end }}}}\n"})
    assert found == ([REASON] if gap else [])


def test_another_application_completes_the_namespace(tmp_path: Path) -> None:
    alone = f"{APPLICATION}{HERE}{{{{- end }}}}\n"
    other = f"{APPLICATION}  - path: b\n  - {{chart: nginx, repoURL: https://c}}\n{{{{- end }}}}\n"
    files = {"chart/templates/app.yaml": other, "chart/templates/web.yaml": alone}
    assert _gaps(tmp_path, files) == [REASON]
    elsewhere = other.replace("namespace: web", "namespace: other")
    assert _gaps(tmp_path, {**files, "chart/templates/app.yaml": elsewhere}) == []


VALUES = {
    "beside its chart": ("web: {kind: x, chartName: nginx, path: web}\n", True),
    "below its chart": ("web: {kind: x, chart: nginx, more: {path: web/}}\n", True),
    "far below its chart": ("web: {kind: x, chart: nginx, a: {b: {c: {path: web}}}}\n", False),
    "beside another chart": ("a: {kind: x, chart: nginx}\nweb: {path: web}\n", False),
    "no chart": ("web: {kind: x, path: web, chart: ''}\n", False),
    "another folder": ("web: {kind: x, chart: nginx, path: other}\n", False),
}


@pytest.mark.parametrize(("text", "gap"), VALUES.values(), ids=VALUES)
def test_gap_of_a_list_of_charts(text: str, gap: bool, tmp_path: Path) -> None:
    found = _gaps(tmp_path, {"addons.yaml": text})
    assert found == (["`addons.yaml` applies more with it than this repository holds"] if gap else [])


def _gaps(folder: Path, files: dict[str, str]) -> list[str]:
    for name, text in {"web/pod.yaml": POD, "chart/Chart.yaml": CHART, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    gathered = gather(WorkTree([str(folder)]), exclude=[], library=Library())
    (file,) = (each for each in gathered.files if each.file == "web/pod.yaml")
    return [gap.reason for gap in file.gaps]
