"""Random objects, manifests and records for the comparison with the real field manager.

Small pools of names and values make collisions frequent: shared items, repeated keys, values that two
managers want differently. Nothing here knows what the right answer is.
"""

import json
from collections.abc import Callable
from random import Random

from cnilint.ssa.typed.values import Json, JsonObject

MANAGERS = ("a", "b", "c", "kubectl", "helm", "kustomize-controller")
WIDGET = ("example.dev/v1", "Widget")
GADGET = ("example.dev/v1", "Gadget")
BUILTIN = (("apps/v1", "DaemonSet"), ("v1", "ConfigMap"), ("v1", "Service"))
NAMES = ("a", "b", "c", "d")
TEXTS = ("", "x", "y", "1")

WIDGET_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "size": {"type": "integer"},
                "mode": {"type": "string"},
                "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
                "plain": {"type": "array", "items": {"type": "string"}},
                "whole": {
                    "type": "object",
                    "x-kubernetes-map-type": "atomic",
                    "additionalProperties": {"type": "string"},
                },
                "free": {"type": "object", "additionalProperties": {"type": "string"}},
                "either": {"x-kubernetes-int-or-string": True},
                "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "ports": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["port", "protocol"],
                    "items": {
                        "type": "object",
                        "properties": {
                            "port": {"type": "integer"},
                            "protocol": {"type": "string", "default": "TCP"},
                            "name": {"type": "string"},
                            "options": {"type": "object", "additionalProperties": {"type": "string"}},
                        },
                    },
                },
            },
        },
        "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
    },
}


def random_object(random: Random, api_version: str, kind: str, wild: bool) -> JsonObject:
    """An object of a kind. ``wild`` ones may hold nulls, empty containers and repeated list items."""
    body = BODIES[kind](random, wild)
    metadata: JsonObject = {"name": "x", "uid": "u"}
    for part in ("labels", "annotations"):
        if random.random() < 0.4:
            metadata[part] = _map(random, wild)
    if random.random() < 0.15:
        metadata["finalizers"] = _some(random, NAMES)
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}


def mutated(random: Random, live: JsonObject, other: JsonObject) -> JsonObject:
    """A live object after somebody's edit: parts of another object put in, parts taken out."""
    out = json.loads(json.dumps(live))
    out.setdefault("metadata", other["metadata"])
    for name, member in other.items():
        if name == "metadata":
            continue
        if isinstance(member, dict) and isinstance(out.get(name), dict):
            out[name] = _blend(random, out[name], member)
        elif random.random() < 0.5 and name not in ("apiVersion", "kind"):
            out[name] = member
    return out


def damaged(random: Random, entries: list[Json]) -> list[Json]:
    """A record after somebody's surgery: entries dropped, renamed, turned into the other kind, or cut."""
    out = json.loads(json.dumps(entries))
    action = random.randrange(6)
    if action == 0 or not out:
        return [{}]
    victim = random.choice(out)
    if action == 1:
        return [entry for entry in out if entry is not victim] or [{}]
    if action == 2:
        victim["manager"] = random.choice(MANAGERS)
    elif action == 3:
        victim["operation"] = "Update" if victim["operation"] == "Apply" else "Apply"
    else:
        return cut(random, out)
    return out


def cut(random: Random, entries: list[Json]) -> list[Json]:
    """A record with something taken out of one set: a path with what is below it, or only the mark that a
    node is itself a member."""
    out = json.loads(json.dumps(entries))
    fields = random.choice(out)["fieldsV1"] if out else {}
    unmark = random.random() < 0.5
    while fields:
        key = random.choice(sorted(fields))
        if unmark and "." in fields and random.random() < 0.7:
            key = "."
        if not fields[key] or random.random() < 0.25:
            del fields[key]
            break
        fields = fields[key]
    return out


def _blend(random: Random, one: JsonObject, other: JsonObject) -> JsonObject:
    out = {}
    for name in sorted(one.keys() | other.keys()):
        if name in one and name in other:
            mine, theirs = one[name], other[name]
            if isinstance(mine, dict) and isinstance(theirs, dict):
                out[name] = _blend(random, mine, theirs)
            else:
                out[name] = mine if random.random() < 0.6 else theirs
        elif random.random() < 0.7:
            out[name] = one[name] if name in one else other[name]
    return out


def _daemon_set(random: Random, wild: bool) -> JsonObject:
    pod: JsonObject = {"containers": _items(random, wild, _container, "name")}
    for part, make in (("initContainers", _container), ("volumes", _volume)):
        if random.random() < 0.4:
            pod[part] = _items(random, wild, make, "name")
    if random.random() < 0.3:
        pod["tolerations"] = [{"key": random.choice(NAMES), "operator": "Exists"}]
    if random.random() < 0.3:
        pod["nodeSelector"] = _map(random, wild)
    if random.random() < 0.3:
        pod["hostNetwork"] = random.random() < 0.5
    spec: JsonObject = {
        "selector": {"matchLabels": {"app": random.choice(TEXTS)}},
        "template": {"metadata": {"labels": _map(random, wild)}, "spec": pod},
    }
    if random.random() < 0.3:
        spec["updateStrategy"] = {"rollingUpdate": {"maxUnavailable": random.choice([1, "1", "20%"])}}
    body: JsonObject = {"spec": spec}
    if random.random() < 0.2:
        body["status"] = {"numberReady": random.randrange(3)}
    return body


def _container(random: Random, wild: bool, name: str) -> JsonObject:
    out: JsonObject = {"name": name}
    if random.random() < 0.8:
        out["image"] = random.choice(TEXTS)
    if random.random() < 0.7:
        out["env"] = _items(random, wild, _variable, "name")
    if random.random() < 0.3:
        out["ports"] = _items(random, wild, _port, "containerPort")
    if random.random() < 0.3:
        out["volumeMounts"] = _items(random, wild, _mount, "mountPath")
    if random.random() < 0.3:
        out["args"] = [random.choice(NAMES) for _ in range(random.randrange(3))]
    if random.random() < 0.3:
        out["resources"] = {"limits": _map(random, wild)} if random.random() < 0.7 else {}
    if random.random() < 0.2:
        out["livenessProbe"] = random.choice(
            [{"exec": {"command": ["x"]}}, {"httpGet": {"port": random.choice([1, "http"])}}]
        )
    return out


def _variable(random: Random, _: bool, name: str) -> JsonObject:
    if random.random() < 0.7:
        return {"name": name, "value": random.choice(TEXTS)}
    return {"name": name, "valueFrom": {"configMapKeyRef": {"name": "m", "key": random.choice(NAMES)}}}


def _port(random: Random, _: bool, name: str) -> JsonObject:
    out: JsonObject = {"containerPort": 1 + NAMES.index(name) % 2}
    if random.random() < 0.6:
        out["protocol"] = random.choice(["TCP", "UDP"])
    if random.random() < 0.4:
        out["name"] = random.choice(NAMES)
    return out


def _mount(random: Random, _: bool, name: str) -> JsonObject:
    return {"mountPath": f"/{name}", "name": random.choice(NAMES)}


def _volume(random: Random, _: bool, name: str) -> JsonObject:
    source = random.choice(["emptyDir", "hostPath", "configMap"])
    value: JsonObject = {
        "emptyDir": {},
        "hostPath": {"path": "/x"},
        "configMap": {"name": random.choice(NAMES)},
    }
    return {"name": name, source: value[source]}


def _config_map(random: Random, wild: bool) -> JsonObject:
    out: JsonObject = {}
    if random.random() < 0.9:
        out["data"] = _map(random, wild)
    if random.random() < 0.2:
        out["binaryData"] = _map(random, wild)
    if random.random() < 0.1:
        out["immutable"] = random.random() < 0.5
    return out


def _service(random: Random, wild: bool) -> JsonObject:
    spec: JsonObject = {"selector": _map(random, wild)}
    if random.random() < 0.9:
        spec["ports"] = _items(random, wild, _service_port, "port")
    if random.random() < 0.4:
        spec["type"] = random.choice(["ClusterIP", "NodePort"])
    if random.random() < 0.2:
        spec["externalIPs"] = _some(random, NAMES)
    return {"spec": spec}


def _service_port(random: Random, _: bool, name: str) -> JsonObject:
    out: JsonObject = {"port": 1 + NAMES.index(name) % 2}
    if random.random() < 0.5:
        out["protocol"] = random.choice(["TCP", "UDP"])
    if random.random() < 0.5:
        out["name"] = name
    if random.random() < 0.5:
        out["targetPort"] = random.choice([1, "http"])
    return out


def _widget(random: Random, wild: bool) -> JsonObject:
    spec: JsonObject = {}
    makers: dict[str, Callable[[], Json]] = {
        "size": lambda: random.randrange(3),
        "mode": lambda: random.choice(TEXTS),
        "tags": lambda: _some(random, NAMES),
        "plain": lambda: [random.choice(NAMES) for _ in range(random.randrange(3))],
        "whole": lambda: _map(random, False),
        "free": lambda: _map(random, wild),
        "either": lambda: random.choice([1, "1", 2]),
        "open": lambda: _anything(random, 2) if random.random() < 0.7 else {},
        "ports": lambda: _items(random, wild, _widget_port, "port"),
    }
    for name, make in makers.items():
        if random.random() < 0.5:
            spec[name] = make()
    if not isinstance(spec.get("open", {}), dict):
        spec["open"] = {"x": spec["open"]}
    body: JsonObject = {"spec": spec}
    if random.random() < 0.2:
        body["status"] = {"phase": random.choice(TEXTS)}
    return body


def _widget_port(random: Random, wild: bool, name: str) -> JsonObject:
    out = _service_port(random, wild, name)
    out.pop("targetPort", None)
    if random.random() < 0.3:
        out["options"] = _map(random, wild)
    return out


def _gadget(random: Random, _: bool) -> JsonObject:
    return {"spec": {name: _anything(random, 3) for name in _some(random, NAMES)}}


BODIES: dict[str, Callable[[Random, bool], JsonObject]] = {
    "DaemonSet": _daemon_set,
    "ConfigMap": _config_map,
    "Service": _service,
    "Widget": _widget,
    "Gadget": _gadget,
}


def _anything(random: Random, depth: int) -> Json:
    choice = random.randrange(7 if depth else 4)
    if choice < 4:
        return [random.randrange(3), random.choice(TEXTS), True, 1.5][choice]
    if choice == 4:
        return [_anything(random, depth - 1) for _ in range(random.randrange(3))]
    return {name: _anything(random, depth - 1) for name in _some(random, NAMES)}


def _map(random: Random, wild: bool) -> Json:
    if wild and random.random() < 0.1:
        return random.choice([None, {}])
    return {name: random.choice(TEXTS) for name in _some(random, NAMES)}


def _items(
    random: Random, wild: bool, make: Callable[[Random, bool, str], JsonObject], key: str
) -> list[Json]:
    """Items by name, in any order; one key each unless wild, which a repeated key shows."""
    names = _some(random, NAMES)
    if wild and random.random() < 0.15:
        names.append(random.choice(NAMES))
    items = [make(random, wild, name) for name in names]
    if wild:
        return items
    unique = {json.dumps([item.get(key), item.get("protocol", "TCP")]): item for item in items}
    return list(unique.values())


def _some(random: Random, names: tuple[str, ...]) -> list[str]:
    chosen = [name for name in names if random.random() < 0.5]
    random.shuffle(chosen)
    return chosen
