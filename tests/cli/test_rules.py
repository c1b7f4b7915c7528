"""``cnilint rules`` and ``explain`` given what they cannot use: one sentence, no traceback, no hang, no false calm."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from cnilint.cli import rules as commands
from cnilint.cli.explain import explain_command
from cnilint.cli.main import cli
from cnilint.errors import UsageError
from cnilint.packs.library import Library
from tests.cli.test_check import git
from tests.packs.helpers import LIBRARY, cilium
from tests.platforms import make_pipe


@pytest.mark.parametrize(
    ("identifier", "message", "hint"),
    [
        ("CNI30", "unknown code `CNI30`", "did you mean `CNI301` or `CNI302`"),
        ("mising-key", "unknown code `mising-key`", "did you mean `missing-key`?"),
        ("cilium/tunel", "unknown rule `cilium/tunel`", "did you mean `cilium/tunnel`?"),
        ("ciliun/tunnel", "unknown component `ciliun`", "did you mean `cilium`?"),
        ("../rules/cilium", "unknown component `..`", ""),
        ("kubernetes/lifecycle", "unknown component `kubernetes`", "did you mean `ovn-kubernetes`?"),
    ],
)
def test_explain_what_is_not_known(identifier: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        explain_command(identifier)
    assert str(raised.value) == message
    assert raised.value.hint.startswith(hint)


def test_explain_a_rule_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = next(rule for rule in LIBRARY.rules("cilium") if rule.id == "cilium/tunnel")
    text = Path(LIBRARY.folder / "cilium" / "options.yaml").read_text("utf-8")
    (tmp_path / "own.yaml").write_text(text.replace("id: tunnel\n", "id: own\n"))
    (tmp_path / ".cnilint.yaml").write_text("packs: [own.yaml]\n")
    git(tmp_path, "init", "-q")
    below = tmp_path / "clusters"
    below.mkdir()
    for folder in (tmp_path, below):
        monkeypatch.chdir(folder)
        assert rule.why.split("\n")[0] in explain_command("cilium/own")
        assert "  cilium/own  " in CliRunner().invoke(cli, ["rules", "list", "cilium"]).stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"\xff", "component.yaml:1:1: not UTF-8"),
        (b"a: [", "component.yaml:1:4: "),
        (b"a: 1\n---\nb: 1\n", "component.yaml:3:1: expected one document"),
    ],
)
def test_a_folder_whose_component_cannot_be_read(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "component.yaml").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        commands.check_packs(LIBRARY, [tmp_path])


def test_a_pack_that_is_no_regular_file(tmp_path: Path) -> None:
    make_pipe(tmp_path / "pack.yaml")
    with pytest.raises(UsageError, match=r"pack\.yaml:1:1: cannot be read: not a regular file"):
        Library(extra=[tmp_path / "pack.yaml"])


def test_no_rule_is_no_success(tmp_path: Path) -> None:
    kept = "{setting: env, names: [A], why: w, evidence: [{issue: a/b#1, checked: '2026-11-24', shows: s}]}"
    (tmp_path / "pack.yaml").write_text(f"schema: cnilint-pack/1\ncomponent: cilium\nkept: [{kept}]\n")
    with pytest.raises(UsageError, match="no rules in"):
        commands.check_packs(LIBRARY, [tmp_path / "pack.yaml"])


def test_only_what_a_folder_uses_passes_over_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "cilium.yaml").write_text(cilium("1.14.0", tunnel="disabled"))
    (tmp_path / "dead.yaml").symlink_to("nowhere")
    (tmp_path / "folder.yaml").mkdir()
    make_pipe(tmp_path / "pipe.yaml")
    (row, *_) = commands.diff_releases(LIBRARY, "cilium", "1.14.0", "1.15.0", tmp_path).rows
    assert [(place.file, place.line) for place in row.places] == [("cilium.yaml", 15)]


@pytest.mark.parametrize("name", ["pipe.yaml", "empty.yaml"])
def test_a_path_that_holds_nothing_of_the_component(tmp_path: Path, name: str) -> None:
    make_pipe(tmp_path / "pipe.yaml")
    (tmp_path / "empty.yaml").touch()
    with pytest.raises(UsageError):
        commands.diff_releases(LIBRARY, "cilium", "1.14.0", "1.15.0", tmp_path / name)


@pytest.mark.parametrize(
    ("component", "release", "message"),
    [
        ("cilium", "99.0.0", "cilium 99.0.0 is newer than the rules, which know releases up to "),
        ("istio-cni", "99.1", "istio-cni 99.1 is newer than the rules, which know releases up to "),
        # The operator has its own numbers, each of which installs a minor of Calico.
        ("tigera-operator", "v1.99.0", "tigera-operator v1.99.0 is not known here"),
        ("tigera-operator", "4.0.0", "tigera-operator 4.0.0 is not known here"),
    ],
)
def test_a_release_that_nothing_is_known_of_is_not_compared(
    component: str, release: str, message: str
) -> None:
    old = "1.32.3" if component == "tigera-operator" else "1.15.7"
    for pair in ((old, release), (release, old)):
        with pytest.raises(UsageError) as raised:
            commands.diff_releases(LIBRARY, component, *pair)
        assert str(raised.value).startswith(message)


def test_the_number_of_an_operator_is_that_of_what_it_installs() -> None:
    own = commands.diff_releases(LIBRARY, "tigera-operator", "v1.32.3", "v1.36.5")
    other = commands.diff_releases(LIBRARY, "tigera-operator", "3.27", "3.29")
    assert replace(own, named=other.named) == other
    assert own.rows
