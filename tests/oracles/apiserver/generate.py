"""Random manifests that a server accepts, their next release, and what people and controllers do in between.

Small pools of names make collisions frequent. Nothing here knows what the right answer is.
"""

import json
from random import Random

from cnilint.ssa.typed.values import Json, JsonObject

NAMES = ("alpha", "beta", "gamma", "delta", "epsilon")
GROUP, VERSION = "example.dev", "v1"
PATHS = {
    "DaemonSet": "/apis/apps/v1/namespaces/default/daemonsets",
    "Deployment": "/apis/apps/v1/namespaces/default/deployments",
    "ConfigMap": "/api/v1/namespaces/default/configmaps",
    "Service": "/api/v1/namespaces/default/services",
    "Widget": f"/apis/{GROUP}/{VERSION}/namespaces/default/widgets",
}
CUSTOM_KIND: JsonObject = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"widgets.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {
                "name": VERSION,
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "mode": {"type": "string"},
                                    "free": {"type": "object", "additionalProperties": {"type": "string"}},
                                    "plain": {"type": "array", "items": {"type": "string"}},
                                    "tags": {
                                        "type": "array",
                                        "items": {"type": "string"},
                                        "x-kubernetes-list-type": "set",
                                    },
                                    "parts": {
                                        "type": "array",
                                        "x-kubernetes-list-type": "map",
                                        "x-kubernetes-list-map-keys": ["name"],
                                        "items": {
                                            "type": "object",
                                            "required": ["name"],
                                            "properties": {
                                                "name": {"type": "string"},
                                                "value": {"type": "string"},
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    }
                },
            }
        ],
    },
}


def manifest(random: Random, kind: str, name: str) -> JsonObject:
    """A manifest of a kind."""
    metadata: JsonObject = {"name": name, "namespace": "default"}
    for part in ("labels", "annotations"):
        if random.random() < 0.6:
            metadata[part] = _texts(random)
    return {"apiVersion": _VERSIONS[kind], "kind": kind, "metadata": metadata, **_BODIES[kind](random)}


def next_release(random: Random, old: JsonObject) -> JsonObject:
    """The manifest after some releases: parts of another one in it, parts gone."""
    other = manifest(random, str(old["kind"]), _name(old))
    new = _blended(random, old, other, ())
    assert isinstance(new, dict)
    return new


def meddling(random: Random, live: JsonObject) -> JsonObject:
    """A merge patch that somebody does by hand."""
    patch: JsonObject = {}
    if random.random() < 0.5:
        patch["metadata"] = {"labels": _texts(random), "annotations": _texts(random)}
    kind = str(live["kind"])
    if kind == "ConfigMap":
        patch["data"] = _texts(random)
    elif kind in ("DaemonSet", "Deployment"):
        pod = json.loads(json.dumps(live["spec"]["template"]["spec"]))
        for container in pod["containers"]:
            if random.random() < 0.6:
                container["env"] = [
                    *container.get("env", []),
                    {"name": "BY_HAND", "value": random.choice(NAMES)},
                ]
                container["env"] = list({each["name"]: each for each in container["env"]}.values())
            if random.random() < 0.3:
                container["image"] = "by-hand"
        patch["spec"] = {"template": {"spec": {"containers": pod["containers"]}}}
        if kind == "Deployment":
            patch["spec"]["replicas"] = random.randrange(1, 4)
    elif kind == "Widget":
        patch["spec"] = {"free": _texts(random), "mode": random.choice(NAMES)}
    return patch


def partial(random: Random, live: JsonObject) -> JsonObject:
    """What another applier states of the object."""
    other = manifest(random, str(live["kind"]), _name(live))
    if live["kind"] in ("DaemonSet", "Deployment"):
        old, new = live["spec"], other["spec"]
        assert isinstance(old, dict)
        assert isinstance(new, dict)
        other = {**other, "spec": {"selector": old["selector"], "template": new["template"]}}
        other["spec"]["template"]["metadata"]["labels"] = {"app": "x"}
    return other


def _name(value: JsonObject) -> str:
    metadata = value["metadata"]
    assert isinstance(metadata, dict)
    return str(metadata["name"])


_KEPT = {
    ("spec", "selector"),
    ("spec", "template", "metadata", "labels", "app"),
    ("spec", "ports"),
    ("metadata", "name"),
}
"""What no release may change, or what is only valid as a whole."""


def _blended(random: Random, one: Json, other: Json, path: tuple[str, ...]) -> Json:
    if path in _KEPT:
        return one
    if isinstance(one, dict) and isinstance(other, dict):
        out: JsonObject = {}
        for name in [*one, *(name for name in other if name not in one)]:
            step = (*path, name)
            if name in one and name in other:
                out[name] = _blended(random, one[name], other[name], step)
            elif step in _KEPT or name in _NEEDED or random.random() < 0.6:
                out[name] = one[name] if name in one else other[name]
        return out
    if (
        isinstance(one, list)
        and isinstance(other, list)
        and all(isinstance(item, dict) for item in [*one, *other])
    ):
        return _blended_items(random, one, other, path)
    return one if random.random() < 0.5 else other


_NEEDED = ("image", "name", "template", "spec", "containers", "mountPath")


def _blended_items(random: Random, one: list[Json], other: list[Json], path: tuple[str, ...]) -> list[Json]:
    mine = {str(item.get("name")): item for item in one if isinstance(item, dict)}
    theirs = {str(item.get("name")): item for item in other if isinstance(item, dict)}
    out: list[Json] = []
    for name in [*mine, *(name for name in theirs if name not in mine)]:
        if name in mine and name in theirs and path[-1] not in ("env", "volumes"):
            out.append(_blended(random, mine[name], theirs[name], path))
        elif random.random() < 0.6 or path[-1] in ("containers", "volumes"):
            out.append(mine.get(name, theirs.get(name)))
    return out


def _texts(random: Random) -> JsonObject:
    return {name: random.choice(NAMES) for name in _some(random, NAMES)}


def _some(random: Random, pool: tuple[str, ...]) -> list[str]:
    return random.sample(pool, random.randrange(1, len(pool)))


def _variables(random: Random) -> list[Json]:
    out: list[Json] = []
    for name in _some(random, NAMES):
        if random.random() < 0.7:
            out.append({"name": name.upper(), "value": random.choice(NAMES)})
        else:
            key: JsonObject = {"name": random.choice(NAMES), "key": random.choice(NAMES)}
            out.append({"name": name.upper(), "valueFrom": {"configMapKeyRef": key}})
    return out


def _container(random: Random, name: str, volumes: list[str]) -> JsonObject:
    out: JsonObject = {"name": name, "image": random.choice(NAMES)}
    if random.random() < 0.8:
        out["env"] = _variables(random)
    if random.random() < 0.4:
        out["args"] = _some(random, NAMES)
    if random.random() < 0.4:
        out["envFrom"] = [{"configMapRef": {"name": random.choice(NAMES)}}]
    if random.random() < 0.4:
        out["securityContext"] = {"privileged": random.random() < 0.5}
    if random.random() < 0.4:
        out["resources"] = {"requests": {"cpu": random.choice(["100m", "0.5"])}}
    if random.random() < 0.4:
        out["ports"] = [{"containerPort": 8080, "name": "http"}]
    if volumes and random.random() < 0.6:
        out["volumeMounts"] = [{"name": volume, "mountPath": f"/{volume}"} for volume in volumes]
    return out


def _pod(random: Random) -> JsonObject:
    volumes = _some(random, NAMES) if random.random() < 0.5 else []
    out: JsonObject = {"containers": [_container(random, name, volumes) for name in _some(random, NAMES[:3])]}
    if volumes:
        sources: list[JsonObject] = [
            {"emptyDir": {}},
            {"hostPath": {"path": "/x"}},
            {"configMap": {"name": "alpha"}},
        ]
        out["volumes"] = [{"name": volume, **random.choice(sources)} for volume in volumes]
    if random.random() < 0.3:
        out["nodeSelector"] = _texts(random)
    if random.random() < 0.3:
        out["tolerations"] = [{"key": random.choice(NAMES), "operator": "Exists"}]
    if random.random() < 0.3:
        out["terminationGracePeriodSeconds"] = random.randrange(3)
    return out


def _workload(random: Random) -> JsonObject:
    labels = {"app": "x", **(_texts(random) if random.random() < 0.5 else {})}
    template: JsonObject = {"metadata": {"labels": labels}, "spec": _pod(random)}
    return {"spec": {"selector": {"matchLabels": {"app": "x"}}, "template": template}}


def _deployment(random: Random) -> JsonObject:
    body = _workload(random)
    if random.random() < 0.5:
        body["spec"]["replicas"] = random.randrange(3)
    return body


def _config_map(random: Random) -> JsonObject:
    return {"data": _texts(random)} if random.random() < 0.9 else {}


def _service(random: Random) -> JsonObject:
    ports: list[Json] = [{"name": "http", "port": 80, "targetPort": random.choice([8080, "http"])}]
    if random.random() < 0.5:
        ports.append({"name": "metrics", "port": 9090})
    return {"spec": {"selector": _texts(random), "ports": ports}}


def _widget(random: Random) -> JsonObject:
    spec: JsonObject = {"mode": random.choice(NAMES)}
    for name in ("plain", "tags"):
        if random.random() < 0.5:
            spec[name] = list(_some(random, NAMES))
    if random.random() < 0.6:
        spec["free"] = _texts(random)
    if random.random() < 0.6:
        spec["parts"] = [{"name": name, "value": random.choice(NAMES)} for name in _some(random, NAMES)]
    return {"spec": spec}


_BODIES = {
    "DaemonSet": _workload,
    "Deployment": _deployment,
    "ConfigMap": _config_map,
    "Service": _service,
    "Widget": _widget,
}
_VERSIONS = {
    "DaemonSet": "apps/v1",
    "Deployment": "apps/v1",
    "ConfigMap": "v1",
    "Service": "v1",
    "Widget": f"{GROUP}/{VERSION}",
}
