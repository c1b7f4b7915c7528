"""What is reported when only some paths were asked for: what stands there, and what is built there."""

from pathlib import Path

import pytest

from cnilint.analysis.selection import selection
from cnilint.analysis.unused import unused_entries
from cnilint.config.model import Config
from cnilint.environment.model import DeclaredEnvironment
from cnilint.source import WorkTree
from tests.cli.test_check import POD, git
from tests.conftest import analyze_tree, check_tree
from tests.findings.test_suppression import write


def test_an_overlay_is_asked_for_with_the_base_that_it_is_built_from(tmp_path: Path) -> None:
    write(tmp_path / "base", POD)
    (tmp_path / "base" / "kustomization.yaml").write_text("resources: [pod.yaml, settings.yaml]\n")
    for name in ("prod", "stage"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kustomization.yaml").write_text("resources: [../base]\n")
    git(tmp_path, "init", "-q")
    report = check_tree(tmp_path, "prod")
    assert [(each.span.file, each.environment) for each in report.findings] == [("base/pod.yaml", "prod")]
    assert report.coverage.references["broken"] == 1
    assert {each.environment for each in check_tree(tmp_path, "base").findings} == {"prod", "stage"}


def test_references_are_counted_where_they_were_asked_for(tmp_path: Path) -> None:
    write(tmp_path, POD)
    git(tmp_path, "init", "-q")
    assert check_tree(tmp_path, "settings.yaml").coverage.references["total"] == 0
    assert check_tree(tmp_path, "pod.yaml").coverage.references["total"] == 1


def test_a_named_file_that_is_not_read_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, POD)
    (tmp_path / "out.yaml").symlink_to("/etc/hostname")
    (found,) = check_tree(tmp_path, "out.yaml").findings
    assert (found.code, found.span.file) == ("CNI902", "out.yaml")
    assert str(found.message) == "file is not read: symbolic link leads out of the repository"
    assert "CNI902" not in {each.code for each in check_tree(tmp_path).findings}


def test_a_selected_kustomization_selects_its_environment(tmp_path: Path) -> None:
    write(tmp_path / "base", POD)
    (tmp_path / "base" / "kustomization.yaml").write_text("resources: [pod.yaml, settings.yaml]\n")
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod" / "kustomization.yaml").write_text("resources: [../base]\n")
    git(tmp_path, "init", "-q")
    chosen = analyze_tree(tmp_path, "prod").selection
    assert chosen.files == {"prod/kustomization.yaml"}
    assert chosen.environments == {"prod"}


def test_a_selected_manifest_selects_no_environment(tmp_path: Path) -> None:
    write(tmp_path, POD)
    git(tmp_path, "init", "-q")
    analysis = analyze_tree(tmp_path, "pod.yaml")
    assert analysis.selection == selection(analysis.source, analysis.environments)
    assert (analysis.selection.files, analysis.selection.environments) == ({"pod.yaml"}, frozenset())
    assert [analysis.selection.covers(each) for each in analysis.resolutions] == [True]


@pytest.mark.parametrize(
    ("root", "is_empty"), [(".", False), ("prod", False), ("pr*/pod.yaml", False), ("pro", True), ("x", True)]
)
def test_roots_that_match_no_file(tmp_path: Path, root: str, is_empty: bool) -> None:
    write(tmp_path / "prod", POD)
    declared = DeclaredEnvironment(name="p", roots=(root,), namespace=None, cluster=None)
    notices = list(unused_entries(Config(environments=(declared,)), WorkTree([str(tmp_path)]), [], []))
    notice = f"root `{root}` of environment `p` matches no file"
    assert notices == ([notice] if is_empty else [])
