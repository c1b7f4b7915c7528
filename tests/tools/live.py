"""Replay recorded upgrades of live objects and the repairs of their leftovers, and count.

Usage: ``live.py DIRECTORY``, with ``incident-expected.json``, ``incident-<id>-live.yaml``, ``-after.yaml``
and the manifests. Every live object, those without a scenario too, is also predicted when its own content is applied,
as it is and with an empty record. Prints every difference, and last "N passed, M failed".
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ruamel.yaml import YAML

from cnilint.ssa.appliers.migrate import upgrade_client_side
from cnilint.ssa.appliers.model import Applier, applier, applier_names
from cnilint.ssa.appliers.perform import perform
from cnilint.ssa.fieldpath.elements import element_keys
from cnilint.ssa.managedfields.endpoint import Endpoint, resource
from cnilint.ssa.managedfields.entries import (
    UPDATE,
    ManagedFieldsEntry,
    decode_entries,
    managed_fields_of,
    with_entries,
    without_entries,
)
from cnilint.ssa.managedfields.server import update
from cnilint.ssa.predict import KeptField, Prediction, predict
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import Json, JsonObject, text_at
from tests.tools.content import content_difference

MANAGER = "istio-operator"
SERVER_METADATA = ("managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink")


def main(directory: Path) -> int:
    expected = json.loads((directory / "incident-expected.json").read_text(encoding="utf-8"))
    passed = failed = 0
    for name, problem in replay_all(directory, expected):
        passed += problem is None
        failed += problem is not None
        if problem is not None:
            print(f"{name}: {problem}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def replay_all(directory: Path, expected: JsonObject) -> Iterator[tuple[str, str | None]]:
    """Every scenario, ConfigMap and simulated repair with its name; None where it is as recorded."""
    for name, scenario in expected.items():
        if not name.startswith("_"):
            yield name, _scenario(directory, name, scenario)
    for name, recorded in expected.get("_configmap", {}).items():
        if (directory / f"incident-{name}-live.yaml").exists():
            yield name, _config_map(directory, name, recorded)
    yield from _repairs(directory, expected)
    for path in sorted([*directory.glob("incident-*-live.yaml"), *directory.glob("real-*.yaml")]):
        live = _load(path)
        yield f"{path.stem}: its own content", _applied_to_itself(live)
        cleared = with_entries(live, ())
        yield f"{path.stem}: its own content, no record", _applied_to_itself(cleared)


def _applied_to_itself(live: JsonObject) -> str | None:
    """Nothing may be left of an object whose manifest is its own content."""
    metadata = live["metadata"]
    content = {name: value for name, value in metadata.items() if name not in SERVER_METADATA}
    manifest = {name: value for name, value in live.items() if name != "status"} | {"metadata": content}
    prediction = predict(live, manifest, manager=MANAGER, force=True)
    if prediction.written is None:
        refused = prediction.refused
        undecodable = refused is not None and "failed to decode managed fields" in refused.message
        return None if undecodable else f"not foreseen: {refused} {prediction.uncovered}"
    left = [".".join(kept.path) for kept in prediction.leftovers]
    return f"left {left}" if left else None


def _scenario(directory: Path, name: str, scenario: JsonObject) -> str | None:
    live = _load(directory / scenario.get("live", f"incident-{name}-live.yaml"))
    desired = _load(directory / scenario["applied"])
    tool = _tool(scenario)
    prediction = perform(tool, live, desired, manager=scenario["manager"], force=True)
    if scenario["http"] >= 300:
        refused = prediction.refused
        return (
            None if refused is not None and refused.status == scenario["http"] else f"not refused: {refused}"
        )
    if prediction.written is None:
        return f"not foreseen: {prediction.refused} {prediction.uncovered}"
    return _left_difference(prediction, scenario) or _after_difference(
        prediction, desired, _load(directory / scenario["after"])
    )


def _tool(scenario: JsonObject) -> Applier:
    """The tool that applies under the recorded name, by the recorded method."""
    tools = [tool for tool in map(applier, applier_names()) if tool.manager == scenario["manager"]]
    return next((tool for tool in tools if tool.server_side), tools[0]) if tools else applier("istioctl")


def _left_difference(prediction: Prediction, scenario: JsonObject) -> str | None:
    left = {
        name: sorted(e.identity.text for e in kept.owners) for name, kept in _left_env(prediction).items()
    }
    recorded = {name: sorted(owners) for name, owners in scenario["left_env"].items()}
    if left != recorded:
        return f"left {left}, recorded {recorded}"
    assert prediction.written is not None
    managers = sorted(entry.identity.text for entry in prediction.written.entries)
    if managers != sorted(scenario["managers_after"]):
        return f"managers {managers}, recorded {scenario['managers_after']}"
    return None


def _left_env(prediction: Prediction) -> dict[str, KeptField]:
    """The environment variables that stay, by name."""
    return {
        str(element_keys(kept.path[-1])["name"]): kept for kept in prediction.leftovers if _is_env(kept.path)
    }


def _is_env(path: tuple[str, ...]) -> bool:
    return len(path) > 1 and path[-2] == "f:env" and path[-1].startswith("k:")


def _after_difference(prediction: Prediction, desired: JsonObject, after: JsonObject) -> str | None:
    assert prediction.written is not None
    endpoint = _endpoint(desired)
    got = {(e.identity, e.api_version): e.fields for e in prediction.written.entries}
    wanted = {(e.identity, e.api_version): e.fields for e in decode_entries(managed_fields_of(after))}
    if got != wanted:
        differing = [
            str(key[0].text) for key in got.keys() | wanted.keys() if got.get(key) != wanted.get(key)
        ]
        return f"fields of {differing} differ"
    return content_difference(endpoint, prediction.written.value, after)


def _config_map(directory: Path, name: str, recorded: JsonObject) -> str | None:
    live = _load(directory / f"incident-{name}-live.yaml")
    desired = _load(directory / "incident-configmap-1.24.2.yaml")
    prediction = predict(live, desired, manager=MANAGER, force=True)
    if prediction.written is None:
        return f"not foreseen: {prediction.refused} {prediction.uncovered}"
    left = any(kept.path == ("f:data", "f:cni_network_config") for kept in prediction.leftovers)
    if left != recorded["cni_network_config_key_left"]:
        return f"key left: {left}"
    managers = sorted(entry.identity.text for entry in prediction.written.entries)
    if managers != sorted(recorded["managers_after"]):
        return f"managers {managers}, recorded {recorded['managers_after']}"
    after = directory / f"incident-{name}-after.yaml"
    return _after_difference(prediction, desired, _load(after)) if after.exists() else None


def _repairs(directory: Path, expected: JsonObject) -> Iterator[tuple[str, str | None]]:
    """The remediation table: every simulated repair of every recorded state after the upgrade."""
    for name, recorded in expected.get("_remediation", {}).items():
        scenario, _, remedy = name.partition(" | ")
        simulate = REMEDIES.get(remedy.partition(" ")[0])
        after = directory / f"incident-{scenario}-after.yaml"
        if simulate is not None and after.exists():
            new = _load(directory / expected[scenario]["applied"])
            old = _load(directory / "incident-manifest-1.22.5.yaml")
            yield name, _repair_difference(simulate(_load(after), old, new), new, recorded)


def _repair_difference(repaired: JsonObject, new: JsonObject, recorded: JsonObject) -> str | None:
    left = [name for name in _env_names(repaired) if name not in _env_names(new)]
    if sorted(left) != sorted(recorded["left"]):
        return f"left {left}, recorded {recorded['left']}"
    managers = sorted(f"{e.manager}/{e.operation}" for e in decode_entries(managed_fields_of(repaired)))
    return (
        None
        if managers == sorted(recorded["managers"])
        else f"managers {managers}, recorded {recorded['managers']}"
    )


def _env_names(value: Json) -> list[str]:
    containers = value["spec"]["template"]["spec"]["containers"]
    return [text_at(variable, "name") for c in containers for variable in c.get("env", [])]


def _applied(live: JsonObject, desired: JsonObject) -> JsonObject:
    prediction = predict(live, desired, manager=MANAGER, force=True)
    assert prediction.written is not None
    return prediction.written.object


def _is_other(entry: ManagedFieldsEntry) -> bool:
    """An entry of the main resource that is not the applier's own."""
    return not entry.subresource and (entry.manager, entry.operation) != (MANAGER, "Apply")


def _without_variables(live: JsonObject, new: JsonObject, writer: str) -> JsonObject:
    """The leftover variables taken out of the live object by some other write."""
    wanted = set(_env_names(new))
    value = json.loads(json.dumps(without_entries(live)))
    for container in value["spec"]["template"]["spec"]["containers"]:
        if "env" in container:
            container["env"] = [variable for variable in container["env"] if variable["name"] in wanted]
    return update(_endpoint(live), live, value, writer).object


def _set_env(live: JsonObject, _: JsonObject, new: JsonObject) -> JsonObject:
    return _without_variables(live, new, "kubectl-set")


def _patch(live: JsonObject, _: JsonObject, new: JsonObject) -> JsonObject:
    return _without_variables(live, new, "kubectl-patch")


def _replace(live: JsonObject, _: JsonObject, new: JsonObject) -> JsonObject:
    """Without the defaults that the server fills in again: a default is no leftover."""
    return update(_endpoint(live), live, new, "kubectl-replace").object


def _upgrade(live: JsonObject, _: JsonObject, new: JsonObject) -> JsonObject:
    entries = decode_entries(managed_fields_of(live))
    names = [e.manager for e in entries if _is_other(e) and e.operation == UPDATE]
    return _applied(with_entries(live, upgrade_client_side(entries, names, MANAGER)), new)


def _drop(live: JsonObject, _: JsonObject, new: JsonObject) -> JsonObject:
    entries = decode_entries(managed_fields_of(live))
    return _applied(with_entries(live, [e for e in entries if e.subresource or e.operation != UPDATE]), new)


def _recreate(_: JsonObject, __: JsonObject, new: JsonObject) -> JsonObject:
    prediction = predict(None, new, manager=MANAGER, force=True)
    assert prediction.written is not None
    return prediction.written.object


def _old_then_new(live: JsonObject, old: JsonObject, new: JsonObject) -> JsonObject:
    return _applied(_applied(live, old), new)


def _old_alone_then_new(live: JsonObject, old: JsonObject, new: JsonObject) -> JsonObject:
    applied = _applied(live, old)
    entries = [e for e in decode_entries(managed_fields_of(applied)) if not _is_other(e)]
    return _applied(with_entries(applied, entries), new)


def _kubectl(live: JsonObject, _: JsonObject, new: JsonObject) -> JsonObject:
    prediction = perform(applier("kubectl"), live, new, manager=MANAGER, force=True)
    assert prediction.written is not None
    return prediction.written.object


REMEDIES: dict[str, Callable[[JsonObject, JsonObject, JsonObject], JsonObject]] = {
    "R1": _set_env,
    "R2": _patch,
    "R3": _patch,
    "R4": _replace,
    "R5": _upgrade,
    "R6": _drop,
    "R7": _recreate,
    "R8": _old_then_new,
    "R9": _old_alone_then_new,
    "R10": _kubectl,
}


def _endpoint(value: JsonObject) -> Endpoint:
    return resource(kinds(), text_at(value, "apiVersion"), text_at(value, "kind"))


def _load(path: Path) -> JsonObject:
    loaded = YAML(typ="safe").load(path)
    return json.loads(json.dumps(loaded, default=str))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
