"""What is suppressed, and what is said of a suppression that matches nothing."""

from pathlib import Path

import pytest

from cnilint.versions import Version
from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import check_tree

SOURCE = "      valueFrom"


def write(folder: Path, pod: str, settings: str = "other") -> None:
    folder.mkdir(exist_ok=True)
    (folder / "pod.yaml").write_text(pod)
    (folder / "settings.yaml").write_text(SETTINGS % settings)


def annotated(value: str) -> str:
    return POD.replace("{name: agent}", f"{{name: agent, annotations: {{cnilint.dev/ignore: {value!r}}}}}")


@pytest.mark.parametrize(
    ("pod", "suppressed", "notices"),
    [
        (POD.replace(SOURCE, f"      # cnilint: ignore[CNI101] known\n{SOURCE}"), True, []),
        (POD.replace(SOURCE, f"      # cnilint:ignore[CNI102, CNI1] known\n{SOURCE}"), True, []),
        (
            POD.replace(SOURCE, f"      # cnilint: ignore[cni999, cilium/tunnel] known\n{SOURCE}"),
            False,
            ["pod.yaml:9: the comment that ignores cni999, cilium/tunnel matches nothing"],
        ),
        (POD.replace(SOURCE, f"      # cnilint: ignore[cni101] known\n{SOURCE}"), True, []),
        (POD.replace(SOURCE, f"      # cnilint: ignore[missing-key] known\n{SOURCE}"), True, []),
        (
            POD.replace(SOURCE, f"      # cnilint: ignore[CNI101]\n{SOURCE}"),
            True,
            ["pod.yaml:9: the comment that ignores CNI101 gives no reason"],
        ),
        (annotated("cni101, cilium/tunnel known"), True, []),
        (annotated("CNI101 a/b knows"), True, []),
        (annotated("CNI101"), True, ["pod.yaml:3: the annotation that ignores CNI101 gives no reason"]),
        (
            POD.replace(SOURCE, f"      # cnilint: ignore[C] all\n{SOURCE}"),
            False,
            ["pod.yaml:9: the comment that ignores C matches nothing"],
        ),
        (annotated("CNI101 known"), True, []),
        (annotated("CNI104 x"), False, ["pod.yaml:3: the annotation that ignores CNI104 matches nothing"]),
        (annotated("later"), False, ["pod.yaml:3: the annotation that ignores 'later' matches nothing"]),
    ],
)
def test_beside_what_it_suppresses(tmp_path: Path, pod: str, suppressed: bool, notices: list[str]) -> None:
    write(tmp_path, pod)
    report = check_tree(tmp_path)
    (finding,) = report.findings
    assert (finding.suppressed is not None) is suppressed
    assert list(report.notices) == notices


@pytest.mark.parametrize(
    ("rule", "options", "is_stale"),
    [
        ("CNI103", {}, True),
        ("CNI204", {}, False),
        ("CNI204", {"kube_version": Version((1, 30))}, True),
        ("CNI2", {}, False),
        ("CNI302", {}, False),
    ],
)
def test_only_what_the_run_could_report_is_stale(
    tmp_path: Path, rule: str, options: dict[str, object], is_stale: bool
) -> None:
    write(tmp_path, POD)
    (tmp_path / ".cnilint.yaml").write_text(f"suppressions: [{{code: {rule}, reason: known}}]\n")
    notices = check_tree(tmp_path, **options).notices
    assert list(notices) == ([f".cnilint.yaml:1: the suppression of {rule} matches nothing"] * is_stale)


def test_what_is_asked_for_changes_neither_suppressions_nor_fingerprints(tmp_path: Path) -> None:
    """The same object in two files: their findings differ in their place alone, so the second one is numbered."""
    write(tmp_path, POD)
    (tmp_path / "twin.yaml").write_text(POD)
    git(tmp_path, "init", "-q")
    (tmp_path / ".cnilint.yaml").write_text(
        "suppressions: [{code: CNI101, file: pod.yaml, reason: known}]\nignore: [CNI121]\n"
    )
    whole = check_tree(tmp_path)
    part = check_tree(tmp_path, "twin.yaml")
    assert [finding.span.file for finding in whole.findings] == ["pod.yaml", "twin.yaml"]
    assert part.findings == whole.findings[1:]
    assert part.notices == whole.notices == ()
