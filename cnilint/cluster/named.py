"""Live objects by name, with managedFields: those that some manifests will be applied to."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from cnilint.cluster.client import ClusterClient
from cnilint.cluster.discovery import object_path
from cnilint.cluster.model import ClusterObjects, WantedObject
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.cluster.secretkeys import TABLE, is_table, secrets_of, without_values
from cnilint.ssa.typed.values import JsonObject


def read_named_objects(
    client: ClusterClient, wanted: Iterable[WantedObject], *, read_secrets: bool
) -> ClusterObjects:
    """The live objects of manifests, each as a dump of its own. Values of Secrets are dropped.

    Raises UsageError as the client does.
    """
    reading = _Reading(client=client, read_secrets=read_secrets)
    for one in wanted:
        reading.add(one)
    return reading.result()


@dataclass(kw_only=True, slots=True)
class _Reading:
    """Collects the objects; ``unread`` counts them by the reason why they could not be read."""

    client: ClusterClient
    read_secrets: bool
    dumps: dict[str, bytes] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    absent: int = 0

    def add(self, one: WantedObject) -> None:
        try:
            resource = self.client.discovery.resource(one.api_version, one.kind)
            path = object_path(one, resource)
        except (Refused, NotThere) as error:
            self.unread[str(error)] += 1
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

    def result(self) -> ClusterObjects:
        unread = tuple(f"not read: {_objects(number)}, because {why}" for why, number in self.unread.items())
        absent = (
            (f"not in the cluster: {_objects(self.absent)}, which an apply creates",) if self.absent else ()
        )
        return ClusterObjects(dumps=self.dumps, notices=(*unread, *absent), unread=unread)


def _objects(number: int) -> str:
    return f"{number} object{'s' if number != 1 else ''}"
