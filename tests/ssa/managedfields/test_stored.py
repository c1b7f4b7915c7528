"""Objects as the server stores them."""

from cnilint.ssa.managedfields.stored import empty_object, stored
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import JsonObject


def test_explicit_empty_values_are_stored_as_the_server_does() -> None:
    pod = kinds().find("v1", "Pod")
    assert pod is not None
    container: JsonObject = {"name": "c", "stdin": False, "env": [], "resources": {"limits": {"cpu": "0.5"}}}
    written = stored({"spec": {"containers": [{**container, "securityContext": {"privileged": False}}]}}, pod)
    assert written == {
        "metadata": {},
        "spec": {
            "containers": [
                {
                    "name": "c",
                    "resources": {"limits": {"cpu": "500m"}},
                    "securityContext": {"privileged": False},
                }
            ]
        },
        "status": {},
    }


def test_the_empty_object_has_what_is_always_written() -> None:
    config_map, daemon_set = kinds().find("v1", "ConfigMap"), kinds().find("apps/v1", "DaemonSet")
    assert config_map is not None
    assert daemon_set is not None
    assert empty_object(config_map, "v1", "ConfigMap") == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {},
    }
    assert empty_object(daemon_set, "apps/v1", "DaemonSet")["spec"] == {
        "selector": None,
        "template": {"metadata": {}, "spec": {"containers": None}},
        "updateStrategy": {},
    }
