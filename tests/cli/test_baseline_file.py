"""Where ``cnilint baseline`` writes: never outside of the repository, unless the user names the file."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cnilint.cli.main import cli
from cnilint.errors import UsageError
from tests.cli.test_check import POD, git


def test_a_link_out_of_the_repository_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, outside = tmp_path / "repository", tmp_path / "outside"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "pod.yaml").write_text(POD)
    (folder / ".cnilint-baseline").symlink_to(outside)
    monkeypatch.chdir(folder)
    refused = CliRunner().invoke(cli, ("baseline",)).exception
    assert isinstance(refused, UsageError)
    assert "outside of the repository" in str(refused)
    assert not outside.exists()
    assert CliRunner().invoke(cli, ("baseline", "--file", str(outside))).exit_code == 0
    assert outside.exists()
