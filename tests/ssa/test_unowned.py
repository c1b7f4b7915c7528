"""Fields of a live object that no entry owns."""

from cnilint.ssa import kinds, path_text, unowned_paths
from cnilint.ssa.managedfields.entries import decode_entries, managed_fields_of
from cnilint.ssa.typed.values import JsonObject
from tests.ssa.test_predict import applied, deployment


def unowned(live: JsonObject) -> list[str]:
    entries = decode_entries(managed_fields_of(live))
    return [path_text(path) for path in unowned_paths(live, entries, kinds())]


def test_an_applied_object_has_none() -> None:
    assert unowned(applied(None, deployment("A"))) == []


def test_an_added_item_is_found_and_a_default_is_not() -> None:
    live = applied(None, deployment("A"))
    live["spec"]["template"]["spec"]["containers"][0]["env"].append({"name": "B", "value": "1"})
    live["spec"]["progressDeadlineSeconds"] = 600
    live["metadata"]["uid"] = "1"
    live["status"] = {"replicas": 1}
    assert unowned(live) == ['.spec.template.spec.containers[name="c"].env[name="B"]']


def test_an_object_without_a_schema_or_that_does_not_fit_it_has_none() -> None:
    assert unowned({"apiVersion": "e.x/v1", "kind": "Thing", "spec": {"a": 1}}) == []
    live = applied(None, deployment("A"))
    live["spec"]["template"]["spec"]["volumes"] = ["text"]
    assert unowned(live) == []
