"""kubectl commands and JSON patches of repairs."""

import shlex

import pytest

from cnilint.manifest.object import Object
from cnilint.ownership.repair import kubectl
from cnilint.ownership.repair.jsonpatch import edits
from cnilint.ssa.fieldpath.fields import Fields
from cnilint.ssa.typed.values import Json
from tests.ownership.test_inputs import live

PLACE = ("metadata", "managedFields", 0, "fieldsV1")
BIG: Fields = {f"f:{number}": {} for number in range(20)}


def service() -> Object:
    return live().obj


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (kubectl.get(service()), "kubectl -n net get service/s -o yaml --show-managed-fields"),
        (kubectl.set_env(service(), "c", ["A", "B"]), "kubectl -n net set env service/s -c c A- B-"),
        (kubectl.replace(service(), "m.yaml"), "kubectl -n net replace -f m.yaml"),
        (
            kubectl.diff("m", "-f x", force=True),
            "kubectl diff --server-side --force-conflicts --field-manager=m -f x",
        ),
        (
            kubectl.apply("m", "-k x", force=False, dry_run=True),
            "kubectl apply --server-side --dry-run=server --field-manager=m -k x",
        ),
    ],
)
def test_commands(command: str, words: str) -> None:
    assert shlex.split(command) == words.split()


@pytest.mark.parametrize("name", ["a b", "$(x)", "';x", "`x`"])
def test_names_are_quoted(name: str) -> None:
    words = shlex.split(kubectl.set_env(service(), name, [name]))
    assert words[-3:] == ["-c", name, f"{name}-"]


@pytest.mark.parametrize(
    ("steps", "pointer"),
    [(("a", 0, "b/c"), "/a/0/b~1c"), (("~", ""), "/~0/"), ((), "")],
)
def test_pointers(steps: tuple[str | int, ...], pointer: str) -> None:
    assert kubectl.pointer(*steps) == pointer


@pytest.mark.parametrize(
    ("old", "new", "operations"),
    [
        (BIG, {**BIG, "f:x": {}}, [("add", "f:x")]),
        ({**BIG, "f:x": {}}, BIG, [("remove", "f:x")]),
        (
            {**BIG, "f:a": {"f:b": {}}},
            {**BIG, "f:a": {"f:c": {}}},
            [("remove", "f:a/f:b"), ("add", "f:a/f:c")],
        ),
        ({"f:a": {}}, {"f:b": {}}, [("replace", "")]),
    ],
)
def test_edits_name_what_changes(old: Fields, new: Fields, operations: list[tuple[str, str]]) -> None:
    base = kubectl.pointer(*PLACE)
    found: list[Json] = edits(old, new, PLACE)
    assert [(one["op"], one["path"].removeprefix(base).lstrip("/")) for one in found] == operations
