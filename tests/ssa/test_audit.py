"""The smells of an ownership record."""

import pytest

from cnilint.ssa import SmellKind, audit, path_text
from cnilint.ssa.typed.values import Json, JsonObject
from tests.ssa.test_predict import applied, deployment, record, with_record


def found(live: JsonObject, manager: str | None = None) -> list[SmellKind]:
    return [smell.kind for smell in audit(live, manager=manager)]


def test_a_healthy_object_has_none() -> None:
    assert found(applied(None, deployment("A")), "a") == []


def test_hidden_is_not_cleared() -> None:
    live = applied(None, deployment("A"))
    hidden = {**live, "metadata": {"name": "d"}}
    assert found(hidden) == [SmellKind.HIDDEN]
    assert [s.kind for s in audit(hidden, record_shown=True)] == [SmellKind.CLEARED]
    assert found(with_record(live)) == [SmellKind.CLEARED]
    assert found(with_record(live, {})) == [SmellKind.CLEARED]


BROKEN: list[Json] = [
    {"operation": "Apply"},
    {"operation": "Patch", "apiVersion": "v1", "fieldsType": "FieldsV1"},
    {"operation": "Apply", "apiVersion": "v1"},
    {"operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV2"},
    {"operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:a": 1}},
    "text",
]


@pytest.mark.parametrize("entry", BROKEN)
def test_an_undecodable_entry_spoils_the_record(entry: Json) -> None:
    live = applied(None, deployment("A"))
    [smell] = audit(with_record(live, *record(live), entry))
    assert smell.kind is SmellKind.UNDECODABLE
    assert smell.detail


def test_the_applier_must_have_applied() -> None:
    live = applied(None, deployment("A"))
    assert found(live, "other") == [SmellKind.NO_APPLY_ENTRY]
    renamed = {**record(live)[0], "operation": "Update"}
    assert found(with_record(live, renamed), "a") == [SmellKind.NO_APPLY_ENTRY, SmellKind.UPDATE_ENTRY]


def test_what_others_own_beside_the_applier_will_survive() -> None:
    live = applied(None, deployment("A"))
    edit = {**record(live)[0], "manager": "kubectl-edit", "operation": "Update"}
    smells = audit(with_record(live, *record(live), edit), manager="a")
    assert [smell.kind for smell in smells] == [SmellKind.CO_OWNED, SmellKind.HUMAN]
    assert '.spec.template.spec.containers[name="c"].env[name="A"]' in map(path_text, smells[0].paths)


def test_two_appliers() -> None:
    live = applied(applied(None, deployment("A")), deployment("A"), "b")
    assert SmellKind.SECOND_APPLIER in found(live)


def test_fields_without_owner() -> None:
    live = applied(None, deployment("A"))
    live["spec"]["template"]["spec"]["containers"][0]["env"].append({"name": "B", "value": "1"})
    live["spec"]["progressDeadlineSeconds"] = 600
    [smell] = audit(live, manager="a")
    assert smell.kind is SmellKind.UNOWNED
    assert [path_text(p) for p in smell.paths] == ['.spec.template.spec.containers[name="c"].env[name="B"]']
    elsewhere: JsonObject = {**deployment("A"), "spec": {}}
    assert audit(live, elsewhere, manager="a") == ()


def test_synthetic_and_unserved_entries_and_kubectls_annotation() -> None:
    live = applied(None, deployment("A"))
    entry = record(live)[0]
    fields = {"f:metadata": {"f:labels": {"f:x": {}}}}
    before = {**entry, "manager": "before-first-apply", "operation": "Update", "fieldsV1": fields}
    unserved = {
        **entry,
        "manager": "old",
        "operation": "Update",
        "apiVersion": "apps/v99",
        "fieldsV1": fields,
    }
    damaged = with_record(live, entry, before, unserved)
    damaged["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    kinds = found(damaged, "a")
    assert {SmellKind.SYNTHETIC, SmellKind.UNSERVED, SmellKind.LAST_APPLIED} <= set(kinds)
    assert kinds == sorted(kinds, key=list(SmellKind).index)
