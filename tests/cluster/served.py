"""A small API server that serves the objects of a text: by name, in lists, Secrets without values, applies as dry runs."""

import json
from collections.abc import Iterable
from typing import Any

from cnilint.document import plain, read
from cnilint.manifest.object import objects
from tests.cluster.conftest import Answer, Reply, Request, table

_RESOURCES = {
    "v1": {
        "ConfigMap": "configmaps",
        "Secret": "secrets",
        "ServiceAccount": "serviceaccounts",
        "Pod": "pods",
    },
    "apps/v1": {"DaemonSet": "daemonsets", "Deployment": "deployments", "StatefulSet": "statefulsets"},
    "batch/v1": {"Job": "jobs", "CronJob": "cronjobs"},
    "kustomize.toolkit.fluxcd.io/v1": {"Kustomization": "kustomizations"},
    "argoproj.io/v1alpha1": {"Application": "applications"},
    "source.toolkit.fluxcd.io/v1": {"OCIRepository": "ocirepositories"},
    "helm.toolkit.fluxcd.io/v2": {"HelmRelease": "helmreleases"},
}


def values_of(text: str) -> list[Any]:
    """The objects of a stream of YAML."""
    documents = read("text", text.encode())
    assert all(document.broken is None for document in documents)
    return [plain(obj.node) for document in documents for obj in objects(document)]


def serving(live: str, answer: str = "", forbidden: Iterable[str] = (), version: str = "36") -> Answer:
    """A server with live objects. ``answer`` has what it says to dry runs, else it stores what is applied; ``forbidden``
    are the ends of paths that it denies."""
    found = {_path(each): each for each in values_of(live)}
    answers = {_path(each): each for each in values_of(answer)}

    def reply(request: Request) -> Reply:
        path = request.path
        if any(path.endswith(end) for end in forbidden):
            return Reply(status=403)
        if path == "/version":
            return Reply({"major": "1", "minor": version})
        if request.method == "PATCH":
            return _stored(answers.get(path) or json.loads(request.body))
        if path in found:
            return _one(found[path])
        return _discovered(path) or _listed(path, list(found.values()))

    return reply


def _base(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _path(value: Any) -> str:
    metadata = value["metadata"]
    plural = _RESOURCES[value["apiVersion"]][value["kind"]]
    return f"{_base(value['apiVersion'])}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"


def _stored(value: Any) -> Reply:
    if value.get("kind") == "Status":
        return Reply(value, status=value["code"])
    return Reply(value)


def _one(value: Any) -> Reply:
    return Reply(_secrets([value])) if value["kind"] == "Secret" else Reply(value)


def _secrets(values: list[Any]) -> Any:
    fields = [{f"f:{key}": {} for key in each.get("data", {})} for each in values]
    names = [each["metadata"]["name"] for each in values]
    return table(*((name, len(some), {"f:data": some}) for name, some in zip(names, fields, strict=True)))


def _discovered(path: str) -> Reply | None:
    for api_version, kinds in _RESOURCES.items():
        if path == _base(api_version):
            entries = [{"name": plural, "kind": kind, "namespaced": True} for kind, plural in kinds.items()]
            return Reply({"resources": entries})
    return None


def _listed(path: str, values: list[Any]) -> Reply:
    known = {plural for kinds in _RESOURCES.values() for plural in kinds.values()}
    if path.rpartition("/")[2] not in known:
        return Reply(status=404)
    items = [each for each in values if _path(each).rpartition("/")[0] == path]
    if path.endswith("/secrets"):
        return Reply(_secrets(items))
    return Reply({"items": items})
