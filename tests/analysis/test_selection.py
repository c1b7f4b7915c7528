"""What is reported when only some paths were asked for: what stands there, and what is built there."""

from pathlib import Path

from tests.cli.test_check import POD, git
from tests.findings.test_suppression import run, write


def test_an_overlay_is_asked_for_with_the_base_that_it_is_built_from(tmp_path: Path) -> None:
    write(tmp_path / "base", POD)
    (tmp_path / "base" / "kustomization.yaml").write_text("resources: [pod.yaml, settings.yaml]\n")
    for name in ("prod", "stage"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kustomization.yaml").write_text("resources: [../base]\n")
    git(tmp_path, "init", "-q")
    report = run(tmp_path, "prod")
    assert [(each.span.file, each.environment) for each in report.findings] == [("base/pod.yaml", "prod")]
    assert report.coverage.references["broken"] == 1
    assert {each.environment for each in run(tmp_path, "base").findings} == {"prod", "stage"}


def test_references_are_counted_where_they_were_asked_for(tmp_path: Path) -> None:
    write(tmp_path, POD)
    git(tmp_path, "init", "-q")
    assert run(tmp_path, "settings.yaml").coverage.references["total"] == 0
    assert run(tmp_path, "pod.yaml").coverage.references["total"] == 1


def test_a_file_that_was_asked_for_and_not_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, POD)
    (tmp_path / "out.yaml").symlink_to("/etc/hostname")
    assert run(tmp_path, "out.yaml").notices == (
        "'out.yaml' was not read: symbolic link leads out of the repository",
    )
    assert run(tmp_path).notices == ()
