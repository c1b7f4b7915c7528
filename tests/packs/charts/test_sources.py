"""Tables of charts, derived from the git directory of a repository in three layouts."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from cnilint.packs.charts.table import ChartTable
from cnilint.packs.sources.charts import derive_chart
from tests.packs.helpers import version

DESCRIPTION = """
schema: cnilint-helm-chart/1
component: edge
chart: edge
names: [{{name: edge}}]
versions: chart
source: {{repository: acme/charts, first: 1.0.0, {source}}}
"""
RELEASES = {
    "0.9.0": "old: 1\n",
    "1.0.0": "defaults: {gone: a, stays: 1}\n",
    "1.1.0": "defaults: {stays: 1, late: 'off'}\n",
}
TEMPLATE = '{{ .Values.used }}{{ if .Values.gone }}{{ fail "gone" }}{{ end }}'


def chart_files(release: str) -> dict[str, str]:
    template = "{{ .Values.used }}" if release < "1.1.0" else TEMPLATE
    return {
        "Chart.yaml": f"name: edge\nversion: {release}\nappVersion: v7.{release}\n",
        "values.yaml": RELEASES[release],
        "templates/all.yaml": template,
        "templates/NOTES.txt": "{{ .Values.noted }}",
        "README.md": "{{ .Values.shown }}",
    }


def packed(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for path, text in files.items():
            about = tarfile.TarInfo(f"edge/{path}")
            about.size = len(text)
            archive.addfile(about, io.BytesIO(text.encode()))
    return data.getvalue()


@pytest.fixture
def mirrors(tmp_path: Path) -> Path:
    repository = tmp_path / "mirrors/acme+charts/repo"
    repository.mkdir(parents=True)

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *identity, "-C", str(repository), *arguments], check=True, capture_output=True)

    git("init", "--quiet")
    for release in RELEASES:
        for path, text in chart_files(release).items():
            file = repository / "charts/edge" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (repository / f"edge-{release}.tgz").write_bytes(packed(chart_files(release)))
        git("add", "charts", f"edge-{release}.tgz")
        git("commit", "--quiet", "-m", release)
        git("tag", f"edge-{release}")
    (repository / "charts/edge/values.yaml").write_text("later: 1\n")
    git("commit", "--quiet", "-a", "-m", "not released")
    return tmp_path / "mirrors"


def derived(mirrors: Path, source: str) -> ChartTable:
    path = mirrors.parent / "edge.yaml"
    path.write_text(DESCRIPTION.format(source=source))
    table = derive_chart(path, mirrors)
    assert table is not None
    return table


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ('path: charts/edge, tags: "edge-{version}"', "acme/charts@edge-1.1.0"),
        ('archives: "edge-{version}.tgz"', "acme/charts@edge-1.1.0.tgz"),
        ("path: charts/edge", None),
    ],
)
def test_a_table_by_layout(source: str, place: str | None, mirrors: Path) -> None:
    table = derived(mirrors, source)
    values = table.values
    assert [str(each) for each in values.releases] == ["1.0.0", "1.1.0"]
    spans = {
        name: [(run.first, run.last, run.marks) for run in runs] for name, runs in values.settings.items()
    }
    assert spans == {
        "gone": [(0, 0, ""), (1, 1, "x")],
        "late": [(1, 1, "")],
        "stays": [(0, 1, "")],
        "used": [(0, 1, "")],
    }
    assert table.apps == {"1.0.0": "7.1.0.0", "1.1.0": "7.1.1.0"}
    if place is not None:
        assert values.source_of(version("1.1.0")) == place


def test_a_chart_without_a_source_has_no_table(mirrors: Path, tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    path.write_text("schema: cnilint-helm-chart/1\ncomponent: edge\nchart: edge\nnames: [{name: edge}]\n")
    assert derive_chart(path, mirrors) is None
