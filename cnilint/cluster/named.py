"""Live objects by name, with managedFields: those that some manifests will be applied to."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from cnilint.cluster.client import ClusterClient, NotThere, Refused, segment
from cnilint.cluster.model import ClusterObjects, WantedObject
from cnilint.cluster.secretkeys import TABLE, is_table, secrets_of, without_values
from cnilint.errors import UsageError
from cnilint.ssa.typed.values import JsonObject


def read_named_objects(
    client: ClusterClient, wanted: Iterable[WantedObject], *, read_secrets: bool
) -> ClusterObjects:
    """The live objects of manifests, each as a dump of its own. Values of Secrets are dropped.

    Raises UsageError as the client does, and where nothing at all may be read.
    """
    reading = _Reading(client=client, read_secrets=read_secrets)
    for one in wanted:
        reading.add(one)
    if reading.unread and not reading.dumps:
        raise UsageError(f"nothing could be read: {next(iter(reading.unread))}")
    return reading.result()


class _Resource(NamedTuple):
    """A served resource: ``title`` as in a Role, ``deployments.apps``."""

    plural: str
    namespaced: bool
    title: str


@dataclass(kw_only=True, slots=True)
class _Reading:
    """Collects the objects; ``unread`` counts them by the reason why they could not be read. ``served`` are the resources
    of an API version by kind, ``hidden`` the API versions that may not be looked at."""

    client: ClusterClient
    read_secrets: bool
    dumps: dict[str, bytes] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    absent: int = 0
    served: dict[str, dict[str, _Resource]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def add(self, one: WantedObject) -> None:
        resource = self._resource(one)
        if resource is None:
            return
        path = _path(one, resource)
        if path is None:
            self.unread[
                "the manifest has no namespace (set --namespace), or a name that no object can have"
            ] += 1
            return
        where = f" in namespace `{one.namespace}`" if resource.namespaced else ""
        try:
            value = self._read(one, path)
        except NotThere:
            self.absent += 1
        except Refused as error:
            self.unread[f"`get` on `{resource.title}`{where} is {error}"] += 1
        else:
            folder = one.namespace if resource.namespaced else "cluster-wide"
            name = f"live-cluster/{folder}/{resource.title}/{one.name}.json"
            self.dumps[name] = json.dumps(value, indent=1).encode()

    def _read(self, one: WantedObject, path: str) -> JsonObject:
        if one.kind != "Secret" or one.api_version != "v1":
            return self.client.get(path)
        if self.read_secrets:
            return without_values(self.client.get(path))
        table = self.client.get(path, TABLE)
        found = next(secrets_of(table), None) if is_table(table) else None
        if found is None:
            raise Refused("not offered without values by the server")
        return found[0]

    def _resource(self, one: WantedObject) -> _Resource | None:
        """The resource of an object's kind; None where it is not served, which is noted."""
        if one.api_version not in self.served:
            self.served[one.api_version] = self._resources(one.api_version)
        found = self.served[one.api_version].get(one.kind)
        if one.api_version in self.hidden:
            self.unread[f"the resources of `{one.api_version}` may not be listed"] += 1
        elif found is None:
            self.unread[f"the cluster does not serve {one.kind} of `{one.api_version}`"] += 1
        return found

    def _resources(self, api_version: str) -> dict[str, _Resource]:
        group, _, version = api_version.rpartition("/")
        if segment(version) is None or (group and segment(group) is None):
            return {}
        try:
            answer = self.client.get(f"/apis/{group}/{version}" if group else f"/api/{version}")
        except NotThere:
            return {}
        except Refused:
            self.hidden.add(api_version)
            return {}
        found: dict[str, _Resource] = {}
        resources = answer.get("resources")
        for entry in resources if isinstance(resources, list) else ():
            name = entry.get("name") if isinstance(entry, dict) else None
            if isinstance(entry, dict) and isinstance(name, str) and segment(name) is not None:
                title = f"{name}.{group}" if group else name
                namespaced = entry.get("namespaced") is True
                found.setdefault(
                    str(entry.get("kind")), _Resource(plural=name, namespaced=namespaced, title=title)
                )
        return found

    def result(self) -> ClusterObjects:
        notices = [f"not read: {_objects(number)}, because {why}" for why, number in self.unread.items()]
        if self.absent:
            notices.append(f"not in the cluster: {_objects(self.absent)}, which an apply creates")
        return ClusterObjects(dumps=self.dumps, notices=tuple(notices))


def _objects(number: int) -> str:
    return f"{number} object{'s' if number != 1 else ''}"


def _path(one: WantedObject, resource: _Resource) -> str | None:
    group, _, version = one.api_version.rpartition("/")
    name = segment(one.name)
    if name is None:
        return None
    base = f"/apis/{group}/{version}" if group else f"/api/{version}"
    if not resource.namespaced:
        return f"{base}/{resource.plural}/{name}"
    namespace = None if one.namespace is None else segment(one.namespace)
    return None if namespace is None else f"{base}/namespaces/{namespace}/{resource.plural}/{name}"
