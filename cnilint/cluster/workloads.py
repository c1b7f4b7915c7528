"""The workloads of some namespaces: what may read a ConfigMap or Secret that a change takes keys from."""

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cnilint.cluster.client import ClusterClient
from cnilint.cluster.discovery import segment
from cnilint.cluster.model import ClusterObjects
from cnilint.cluster.parallel import in_parallel
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.ssa.typed.values import JsonObject, objects_at, text_at


class _WorkloadResource(NamedTuple):
    """A resource of workloads: the API version that every supported release serves, and its names."""

    base: str
    plural: str
    api_version: str
    kind: str

    @property
    def title(self) -> str:
        """As in a Role, ``deployments.apps``."""
        group = self.api_version.rpartition("/")[0]
        return f"{self.plural}.{group}" if group else self.plural


_RESOURCES = (
    _WorkloadResource(base="/apis/apps/v1", plural="daemonsets", api_version="apps/v1", kind="DaemonSet"),
    _WorkloadResource(base="/apis/apps/v1", plural="deployments", api_version="apps/v1", kind="Deployment"),
    _WorkloadResource(base="/apis/apps/v1", plural="statefulsets", api_version="apps/v1", kind="StatefulSet"),
    _WorkloadResource(base="/apis/batch/v1", plural="cronjobs", api_version="batch/v1", kind="CronJob"),
    _WorkloadResource(base="/apis/batch/v1", plural="jobs", api_version="batch/v1", kind="Job"),
    _WorkloadResource(base="/api/v1", plural="pods", api_version="v1", kind="Pod"),
)
_MAKERS = frozenset(
    ("CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet")
)
"""Owners whose objects have their template: to read them as well would report each reference again."""
_UNREAD = ("managedFields", "annotations")
_ENDED = frozenset(("Complete", "Failed"))
_ENDED_PHASES = frozenset(("Succeeded", "Failed"))


def list_workloads(client: ClusterClient, namespaces: Iterable[str]) -> ClusterObjects:
    """The workloads of some namespaces that still start pods, without what another one of them made.

    Raises UsageError as the client does. What may not be listed is in ``unread``.
    """
    wanted = [
        (namespace, resource)
        for namespace in namespaces
        if segment(namespace) is not None
        for resource in _RESOURCES
    ]
    listed = in_parallel(lambda one: _listed(client, *one), wanted)
    unread = tuple(each.unread for each in listed if each.unread)
    dumps = {each.name: each.dump for each in listed if each.dump}
    return ClusterObjects(dumps=dumps, notices=unread, unread=unread)


class _Listed(NamedTuple):
    """The workloads of one resource as a dump, empty where there are none, or why they may not be listed."""

    name: str
    dump: bytes = b""
    unread: str = ""


def _listed(client: ClusterClient, namespace: str, resource: _WorkloadResource) -> _Listed:
    name = f"live-cluster/{namespace}/{resource.title}.json"
    path = f"{resource.base}/namespaces/{namespace}/{resource.plural}"
    try:
        items = client.collect(path, lambda page: _starting(page, resource))
    except (Refused, NotThere) as error:
        why = str(error) or "not served"
        return _Listed(
            name,
            unread=f"not read: `list` on `{resource.title}` in namespace `{namespace}` is {why}; whether such workloads "
            "read what is removed is unverifiable",
        )
    if not items:
        return _Listed(name)
    return _Listed(name, json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=1).encode())


def _starting(page: JsonObject, resource: _WorkloadResource) -> Iterator[JsonObject]:
    """The workloads of a page that still start pods and that none of the others made."""
    for item in objects_at(page, "items"):
        if not _is_made(item) and not _has_ended(item):
            yield _as_dumped(item, resource)


def _as_dumped(item: JsonObject, resource: _WorkloadResource) -> JsonObject:
    """An item with its kind, which lists leave out, and without what no reference is in."""
    metadata = item.get("metadata")
    members = metadata if isinstance(metadata, dict) else {}
    kept: JsonObject = {name: value for name, value in members.items() if name not in _UNREAD}
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": kept,
        "spec": item.get("spec"),
    }


def _is_made(item: JsonObject) -> bool:
    owners = objects_at(item, "metadata", "ownerReferences")
    return any(each.get("controller") is True and text_at(each, "kind") in _MAKERS for each in owners)


def _has_ended(item: JsonObject) -> bool:
    """Whether it starts no pod and no container any more: a finished Job or Pod."""
    conditions = objects_at(item, "status", "conditions")
    is_over = any(
        text_at(each, "type") in _ENDED and text_at(each, "status") == "True" for each in conditions
    )
    return is_over or text_at(item, "status", "phase") in _ENDED_PHASES
