"""Snapshots: what is saved, what became of it, and texts that are none."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cnilint.analysis.ownership import audit
from cnilint.analysis.settings import AuditSettings
from cnilint.analysis.snapshot import read_snapshot, write_snapshot
from cnilint.errors import UsageError
from cnilint.ownership.inputs.live import LiveObject, read_dump
from cnilint.ownership.since import since
from cnilint.ownership.snapshot import INDEX, SCHEMA, SavedObject
from cnilint.report.ownership_view import PlanOutcome
from cnilint.ssa.schema.kinds import kinds
from tests.ownership.clusters import Cluster, config_map

Value = dict[str, Any]


def live(value: Value) -> LiveObject:
    (found,) = read_dump("live.json", json.dumps(value).encode()).objects
    return found


def saved(before: Value, predicted: Value | None, planned: PlanOutcome | None = "applied") -> SavedObject:
    return SavedObject(
        api_version="v1",
        kind=before["kind"],
        namespace="n",
        name="settings",
        planned=planned,
        file="objects/n/configmaps/settings.json",
        live=before,
        predicted=predicted,
    )


def state(one: SavedObject, now: Value | None, *, complete: bool = True) -> str:
    lives = [] if now is None else [live(now)]
    (found,) = since([one], lives, kinds(), was_read=lambda _: complete)
    return f"{found.state} {[step for path in found.fields for step in path]}".removesuffix(" []")


OLD, NEW = config_map(a="1"), config_map(a="2")


@pytest.mark.parametrize(
    ("one", "now", "expected"),
    [
        (saved(OLD, NEW), NEW, "as planned"),
        (saved(OLD, NEW), OLD, "not applied ['f:data', 'f:a']"),
        (saved(OLD, NEW), config_map(a="3"), "otherwise ['f:data', 'f:a']"),
        (saved(OLD, NEW), config_map(a="2", b="1"), "otherwise ['f:data', 'f:b']"),
        # What was to stay as it is, and did.
        (saved(OLD, OLD), OLD, "as planned"),
        (saved(OLD, None, "refused"), OLD, "not planned"),
        (saved(OLD, None, "refused"), NEW, "not planned ['f:data', 'f:a']"),
        (saved(OLD, None, None), OLD, "not planned"),
        (saved(OLD, None, "deleted"), None, "as planned"),
        (saved(OLD, None, "deleted"), OLD, "kept"),
        (saved(OLD, NEW), None, "gone"),
        # Notes of kubectl are no change.
        (
            saved(OLD, NEW),
            config_map({"kubectl.kubernetes.io/last-applied-configuration": "{}"}, a="2"),
            "as planned",
        ),
    ],
)
def test_what_became_of_an_object(one: SavedObject, now: Value | None, expected: str) -> None:
    assert state(one, now) == expected


def test_an_object_that_cannot_be_read_is_not_gone() -> None:
    assert state(saved(OLD, NEW), None, complete=False) == "not read"


def test_what_the_control_plane_writes_is_no_change() -> None:
    marked = Cluster(NEW, "helm").updated(
        "kube-controller-manager", ("metadata", "annotations", "example.com/seen"), "1"
    )
    assert state(saved(OLD, NEW), marked.live) == "as planned"
    by_hand = Cluster(NEW, "helm").updated(
        "kubectl-edit", ("metadata", "annotations", "example.com/seen"), "1"
    )
    assert state(saved(OLD, NEW), by_hand.live).startswith("otherwise")


def test_keys_of_secrets_are_compared() -> None:
    def secret(**data: str) -> Value:
        return {**config_map(**data), "kind": "Secret"}

    one = saved(secret(a=""), secret(a="", b=""))
    assert state(one, secret(a="eA==", b="eQ==")) == "as planned"
    assert state(one, secret(a="eA==")) == "not applied ['f:data', 'f:b']"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    dump = json.dumps(Cluster(OLD, "helm").live).encode()
    owned = audit({"live.json": dump}, AuditSettings())
    assert write_snapshot(tmp_path / "new" / "saved", owned) == 1
    (found,) = read_snapshot(tmp_path / "new" / "saved").objects
    assert (found.kind, found.name, found.planned, found.live["data"]) == (
        "ConfigMap",
        "settings",
        None,
        {"a": "1"},
    )
    with pytest.raises(UsageError, match="is not empty"):
        write_snapshot(tmp_path / "new", owned)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write the snapshot"):
        write_snapshot(tmp_path / "file", owned)


ENTRY = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "namespace": "n",
    "name": "settings",
    "planned": "applied",
    "live": "objects/a.json",
    "predicted": None,
}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "`snapshot.json` does not exist"),
        ({INDEX: "{"}, "`snapshot.json` is not JSON"),
        ({INDEX: "[" * 100_000}, "`snapshot.json` is not JSON"),
        ({INDEX: "[]"}, "`snapshot.json` is not an object"),
        ({INDEX: "{}"}, f"`snapshot.json` is not of the form {SCHEMA}"),
        ({INDEX: {"schema": SCHEMA}}, "`snapshot.json` does not list its objects"),
        ({INDEX: {"schema": SCHEMA, "objects": [1]}}, "`snapshot.json` does not list its objects"),
        (
            {INDEX: {"schema": SCHEMA, "objects": [{**ENTRY, "planned": "x"}]}},
            "`snapshot.json` does not list its objects",
        ),
        ({INDEX: {"schema": SCHEMA, "objects": [ENTRY]}}, "`objects/a.json` does not exist"),
        (
            {INDEX: {"schema": SCHEMA, "objects": [{**ENTRY, "live": "../secret.json"}]}},
            "`../secret.json`: outside of the repository",
        ),
        (
            {INDEX: {"schema": SCHEMA, "objects": [ENTRY]}, "objects/a.json": "[]"},
            "`objects/a.json` is not an object",
        ),
    ],
)
def test_what_is_no_snapshot(tmp_path: Path, files: Mapping[str, Any], reason: str) -> None:
    folder = tmp_path / "saved"
    (folder / "objects").mkdir(parents=True)
    (tmp_path / "secret.json").write_text("{}")
    for name, content in files.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(UsageError) as raised:
        read_snapshot(folder)
    assert str(raised.value).startswith(f"cannot read the snapshot `{folder}`: {reason}")
