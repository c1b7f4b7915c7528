"""The configuration: its contents, and its mistakes with their places."""

from pathlib import Path

import pytest

from cnilint.checks import CODES
from cnilint.config.load import NAME, load, parse
from cnilint.config.model import Config
from cnilint.document.structure import DataError
from cnilint.errors import UsageError
from cnilint.versions import Version
from tests.conftest import check_tree
from tests.platforms import make_pipe

MISTAKES = [
    ("a: [", "1:4: not valid YAML"),
    ("[1, 2]", "1:1: expected a configuration of cnilint, which is a mapping"),
    ("ignore: []\nbogus: 1", "2:1: unknown key `bogus`: expected one of environments, external,"),
    ("severity: {CNI101: fatal}", "1:20: severity.CNI101: expected one of error, warning, note"),
    ("severity: {CNI1: note}", "1:12: severity: expected a code such as CNI101"),
    ("severity: {CNI777: note}", "1:12: unknown code `CNI777`"),
    ("select: [CNI777]", "1:10: unknown code `CNI777`"),
    ("ignore: [warnings]", "1:10: unknown code `warnings`"),
    ("ignore: [CNI101x]", "1:10: unknown code `CNI101x`"),
    (
        "ignore: [a b]",
        "1:10: ignore[0]: expected a code such as CNI101, the beginning or the name of one, or",
    ),
    ("ignore: null", "1:9: ignore: expected a list"),
    ("suppressions: [{code: CNI101}]", "1:16: suppressions[0]: missing key `reason`"),
    ("suppressions: [{code: CNI101, reason: y}]", "1:39: suppressions[0].reason: expected a string (quote"),
    (
        "suppressions: [{code: CNI101, reason: ''}]",
        "1:39: suppressions[0].reason: must not be empty",
    ),
    ("suppressions: [{code: CNI777, reason: x}]", "1:23: unknown code `CNI777`"),
    (
        "suppressions: [{code: CNI101, reason: x, until: soon}]",
        '1:49: suppressions[0].until: expected a day such as "2027-01-31"',
    ),
    (
        "suppressions: [{code: CNI101, reason: x, until: '2026-02-30'}]",
        "1:49: suppressions[0].until: no such day",
    ),
    ("environments: [{name: p, roots: []}]", "1:33: environments[0].roots: must not be empty"),
    (
        "environments: [{name: p, roots: [a/../../b]}]",
        "1:34: environments[0].roots: folder outside the repository",
    ),
    (
        "environments: [{name: p, roots: [a]}, {name: p, roots: [b]}]",
        "1:46: duplicate environment `p`",
    ),
    ("targets: {cilium: 1.16}", "1:19: targets.cilium: expected a string (quote"),
    ("targets: {cilium: newest}", "1:19: targets.cilium: expected a version such as `1.30`"),
    ("packs: [nowhere]", "1:9: no such file or folder: `nowhere`"),
    ("ignore: []\n---\nselect: []", "3:1: expected one document, found another"),
    ("ignore: []\nignore: []", "2:1: duplicate key `ignore`"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_a_mistake_has_a_place(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        parse(NAME, text.encode(), tmp_path, CODES)
    assert str(raised.value).startswith(f"{NAME}:{message}")


FULL = """\
environments:
- {name: prod, roots: [./prod/, shared], namespace: app, cluster: eu}
- {name: dev, roots: [dev]}
external:
- {kind: Secret, name: 'tls-*', namespace: web, reason: made by hand}
- {kind: '*', name: any}
producers:
- {kind: Secret, name: db, keys: [user, password]}
- {kind: ConfigMap, name: ca, namespace: app}
severity: {CNI102: error}
suppressions:
- {code: CNI101, reason: known}
- {code: CNI1, reason: later, file: 'a/*', object: 'x', reference: 'y', environment: prod, until: '2027-01-31'}
exclude: [old/**]
targets: {cilium: '1.16'}
packs: [.]
select: [CNI1]
ignore: [CNI106]
"""


def test_every_section(tmp_path: Path) -> None:
    config = parse(NAME, FULL.encode(), tmp_path, CODES)
    prod, dev = config.environments
    assert (prod.name, prod.roots, prod.namespace, prod.cluster) == ("prod", ("prod", "shared"), "app", "eu")
    assert (dev.roots, dev.namespace, dev.cluster) == (("dev",), None, None)
    assert [(each.kind, each.namespace, each.name) for each in config.external] == [
        ("Secret", "web", "tls-*"),
        ("*", "*", "any"),
    ]
    database, ca = config.producers
    assert (list(database.keys), database.open, database.span.line) == (["user", "password"], False, 8)
    assert (ca.kind, ca.namespace, list(ca.keys), ca.open) == ("ConfigMap", "app", [], True)
    assert config.severity == {"CNI102": "error"}
    known, later = config.suppressions
    assert (known.file, known.until, known.span.line, known.span.column) == ("*", "", 12, 3)
    assert (later.file, later.object, later.reference, later.environment) == ("a/*", "x", "y", "prod")
    assert (later.reason, later.until) == ("later", "2027-01-31")
    assert (config.exclude, config.targets) == (("old/**",), {"cilium": "1.16"})
    assert (config.packs, config.select, config.ignore) == ((tmp_path / ".",), ("CNI1",), ("CNI106",))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(DataError, match="nested more than 64 levels deep"):
        parse(NAME, b"ignore: " + b"[" * 5000 + b"]" * 5000, Path(), CODES)


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n", "---\n"])
def test_an_empty_file_is_the_default(text: str, tmp_path: Path) -> None:
    assert parse(NAME, text.encode(), tmp_path, CODES) == Config()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "not a regular file"),
        (make_pipe, "not a regular file"),
        (lambda path: path.symlink_to("/etc/hostname"), "leads out of the repository"),
        (lambda path: path.symlink_to(path), "cannot read"),
        (lambda path: path.symlink_to("nowhere"), "symbolic link to a file that does not exist"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(make: object, message: str, tmp_path: Path) -> None:
    make(tmp_path / NAME)  # type: ignore[operator]
    with pytest.raises(UsageError, match=message):
        load(None, str(tmp_path), CODES)


def test_a_target_must_be_a_component(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown component `ciliun`") as raised:
        check_tree(tmp_path, targets={"ciliun": Version((1, 16))})
    assert raised.value.hint == "did you mean `cilium`?"


def test_a_broken_pack_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("schema: cnilint-pack/1\ncomponent: cilium\nrules: []\n")
    (tmp_path / NAME).write_text("packs: [pack.yaml]\n")
    with pytest.raises(UsageError, match=r"pack\.yaml:3:8: rules: must not be empty"):
        check_tree(tmp_path)


def test_a_root_without_objects_is_named(tmp_path: Path) -> None:
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod" / "a.yaml").write_text("")
    (tmp_path / NAME).write_text("environments: [{name: p, roots: [prod, ./stage/, 'p*/a.yaml']}]\n")
    report = check_tree(tmp_path)
    assert report.notices == (".cnilint.yaml:1: root `stage` of environment `p` matches no file",)
