"""A configuration: what it says is taken, and a mistake in it is told by its place, with what was expected there."""

import os
from pathlib import Path

import pytest

from cnilint.checks import CODES
from cnilint.config.load import NAME, load, parse
from cnilint.config.model import Config
from cnilint.errors import UsageError
from cnilint.versions import Version
from tests.conftest import check_tree

MISTAKES = [
    ("a: [", "1:4: not valid YAML"),
    ("[1, 2]", "1:1: expected a configuration of cnilint, which is a mapping"),
    ("ignore: []\nbogus: 1", "2:1: unknown key 'bogus': expected one of environments, external,"),
    ("severity: {CNI101: fatal}", "1:20: severity.CNI101: expected one of error, warning, note"),
    ("severity: {CNI1: note}", "1:12: severity: expected a code such as CNI101"),
    ("severity: {CNI777: note}", "1:12: there is no code 'CNI777'"),
    ("select: [CNI777]", "1:10: there is no code 'CNI777'"),
    ("ignore: [warnings]", "1:10: ignore.0: expected a code such as CNI101, or the beginning of one"),
    ("ignore: null", "1:9: ignore: expected a list"),
    ("suppressions: [{code: CNI101}]", "1:16: suppressions.0: it lacks 'reason'"),
    ("suppressions: [{code: CNI101, reason: y}]", "1:39: suppressions.0.reason: expected a string (quote"),
    (
        "suppressions: [{code: CNI101, reason: ''}]",
        "1:39: suppressions.0.reason: expected something, not nothing",
    ),
    ("suppressions: [{code: CNI777, reason: x}]", "1:23: there is no code 'CNI777'"),
    (
        "suppressions: [{code: CNI101, reason: x, until: soon}]",
        '1:49: suppressions.0.until: expected a day such as "2027-01-31"',
    ),
    (
        "suppressions: [{code: CNI101, reason: x, until: '2026-02-30'}]",
        "1:49: suppressions.0.until: there is no such day",
    ),
    ("environments: [{name: p, roots: []}]", "1:33: environments.0.roots: expected something, not nothing"),
    ("environments: [{name: p, roots: [a/../../b]}]", "1:34: environments.0.roots: the folder is outside"),
    (
        "environments: [{name: p, roots: [a]}, {name: p, roots: [b]}]",
        "1:46: environments.1.name: another environment has this name",
    ),
    ("targets: {cilium: 1.16}", "1:19: targets.cilium: expected a string (quote"),
    ("targets: {cilium: newest}", "1:19: targets.cilium: this is no version"),
    ("packs: [nowhere]", "1:9: packs.0: there is no such file or folder"),
    ("ignore: []\n---\nselect: []", "3:1: a configuration is one document"),
    ("ignore: []\nignore: []", "2:1: duplicate key `ignore`"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_a_mistake_is_told_by_its_place(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        parse(NAME, text.encode(), tmp_path, CODES)
    assert str(raised.value).startswith(f"{NAME}:{message}")


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n", "---\n"])
def test_an_empty_one_settles_nothing(text: str, tmp_path: Path) -> None:
    assert parse(NAME, text.encode(), tmp_path, CODES) == Config()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "is no regular file"),
        (os.mkfifo, "is no regular file"),
        (lambda path: path.symlink_to("/etc/hostname"), "leads out of the repository"),
        (lambda path: path.symlink_to(path), "cannot read the configuration"),
        (lambda path: path.symlink_to("nowhere"), "cannot read the configuration"),
    ],
)
def test_one_that_cannot_be_read_is_not_passed_over(make: object, message: str, tmp_path: Path) -> None:
    make(tmp_path / NAME)  # type: ignore[operator]
    with pytest.raises(UsageError, match=message):
        load(None, str(tmp_path), CODES)


def test_a_target_that_no_pack_is_about(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no component 'ciliun'") as raised:
        check_tree(tmp_path, targets={"ciliun": Version((1, 16))})
    assert raised.value.hint == "did you mean cilium?"


def test_a_broken_pack_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("schema: cnilint-pack/1\ncomponent: cilium\nrules: []\n")
    (tmp_path / NAME).write_text("packs: [pack.yaml]\n")
    with pytest.raises(UsageError, match=r"pack\.yaml:3:8: expected the rules as a list"):
        check_tree(tmp_path)


def test_a_root_that_holds_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod" / "a.yaml").write_text("")
    (tmp_path / NAME).write_text("environments: [{name: p, roots: [prod, ./stage/, 'p*/a.yaml']}]\n")
    report = check_tree(tmp_path)
    assert report.notices == ("root `stage` of environment `p` in the configuration matches no file",)
