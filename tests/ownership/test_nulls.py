"""A custom resource that the API server refuses for a null: what the hint says, and that it is right."""

from pathlib import Path
from typing import Any

import pytest

from tests.ownership.clusters import run_on

SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "automated": {"type": "object", "properties": {"enabled": {"type": "boolean"}}},
                "options": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                "mode": {"type": "string"},
            },
        }
    },
}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "policies.example.org"},
    "spec": {
        "group": "example.org",
        "names": {"kind": "Policy", "plural": "policies"},
        "scope": "Namespaced",
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}},
        ],
    },
}
OWNED = {"f:automated": {"f:enabled": {}}, "f:options": {'v:"a"': {}}}
LIVE = {"automated": {"enabled": True}, "options": ["a"]}
LINK = "https://github.com/kubernetes-sigs/structured-merge-diff/issues/305"


def policy(spec: dict[str, Any], **metadata: object) -> dict[str, Any]:
    named = {"name": "sync", "namespace": "n", **metadata}
    return {"apiVersion": "example.org/v1", "kind": "Policy", "metadata": named, "spec": spec}


def hints(folder: Path, live: dict[str, Any], desired: dict[str, Any]) -> list[str]:
    """Flux applies everything; a controller has written the list once, and owns the list but not its item."""
    owned = {name: fields for name, fields in OWNED.items() if name[2:] in live}
    records = [record("flux", "Apply", owned)]
    if "options" in live:
        records.append(record("controller", "Update", {"f:options": {".": {}}}))
    found = run_on(
        folder, policy(live, managedFields=records), [DEFINITION, policy(desired)], "--manager", "flux"
    )
    return [one["hint"] for one in found["findings"] if one["code"] == "CNI307"]


def record(manager: str, operation: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "example.org/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": spec},
    }


@pytest.mark.parametrize(
    ("emptied", "member"),
    [
        ({"automated": {}, "options": ["a"]}, "a field of `spec.automated`"),
        ({"automated": {"enabled": True}, "options": []}, "an item of `spec.options`"),
    ],
)
def test_a_map_or_list_that_loses_all_that_it_had(
    tmp_path: Path, emptied: dict[str, Any], member: str
) -> None:
    (hint,) = hints(tmp_path, LIVE, emptied)
    assert hint.startswith(f"set {member} in the manifest, or remove it from the live object")
    assert hint.endswith(LINK)
    # Either half of the hint is enough.
    kept = {"automated": {"enabled": False}, "options": ["b"]}
    assert hints(tmp_path, LIVE, {name: value or kept[name] for name, value in emptied.items()}) == []
    without = {name: value for name, value in LIVE.items() if emptied[name]}
    assert hints(tmp_path, without, emptied) == []


def test_a_null_of_the_manifest_in_place_of_a_text(tmp_path: Path) -> None:
    (hint,) = hints(tmp_path, LIVE, {**LIVE, "mode": None})
    assert hint == "set `spec.mode` in the manifest, or leave it out: null is not a value of its type"
    assert hints(tmp_path, LIVE, LIVE) == []
