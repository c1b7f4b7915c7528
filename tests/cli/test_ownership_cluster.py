"""``ownership --cluster`` says what it could not read, whatever the format of the report."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cnilint.analysis import cluster
from cnilint.cli.main import cli
from cnilint.cluster.model import ClusterObjects

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: apps}\nspec: {containers: [{name: m, image: i}]}\n"
UNREAD = "not read: 1 object, because `get` on `secrets` in namespace `apps` is forbidden"


@pytest.mark.parametrize("form", ["text", "json", "html", "concise", "github"])
def test_what_is_not_read_is_said(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pod.yaml").write_text(POD, "utf-8")
    read = ClusterObjects(dumps={"live-cluster/apps/pods/a.json": POD.encode()}, notices=(UNREAD,))
    monkeypatch.setattr(cluster, "named_objects", lambda *_: read)
    arguments = ["ownership", "--cluster", "--desired", str(tmp_path), "--format", form]
    result = CliRunner().invoke(cli, arguments)
    assert result.output.count("forbidden") == 1, result.output
    assert ("forbidden" in result.stderr) == (form in ("concise", "github"))
