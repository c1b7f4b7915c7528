"""Live objects by name, with managedFields: those that some manifests will be applied to."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cnilint.cluster.client import ClusterClient
from cnilint.cluster.definitions import read_definitions
from cnilint.cluster.discovery import object_path
from cnilint.cluster.model import ClusterObjects, ReleaseName, WantedObject
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.cluster.releases import read_releases, release_of
from cnilint.cluster.secretkeys import TABLE, is_table, secrets_of, without_values
from cnilint.errors import UsageError
from cnilint.ssa.typed.values import JsonObject


def read_named_objects(
    client: ClusterClient,
    wanted: Iterable[WantedObject],
    *,
    read_secrets: bool,
    types: Callable[[str, str], object | None],
) -> ClusterObjects:
    """The live objects of manifests, each as a dump of its own. Values of Secrets are dropped.

    ``types`` gives the type of a kind at an API version; None for a custom resource whose definition is to be read too.
    Raises UsageError as the client does, and where nothing at all may be read.
    """
    reading = _Reading(client=client, read_secrets=read_secrets, types=types)
    for one in wanted:
        reading.add(one)
    if reading.unread and not reading.dumps:
        raise UsageError(f"nothing could be read: {next(iter(reading.unread))}")
    return reading.result()


@dataclass(kw_only=True, slots=True)
class _Reading:
    """Collects the objects; ``unread`` counts them by the reason why they could not be read,
    ``untyped`` are the resources of those that have no type, ``releases`` those that the objects say they are of."""

    client: ClusterClient
    read_secrets: bool
    types: Callable[[str, str], object | None]
    dumps: dict[str, bytes] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    absent: int = 0
    untyped: dict[str, None] = field(default_factory=dict)
    releases: dict[ReleaseName, None] = field(default_factory=dict)

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
            if self.types(one.api_version, one.kind) is None:
                self.untyped[resource.title] = None
            release = release_of(value)
            if release is not None:
                self.releases[release] = None

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
        notices = [f"not read: {_objects(number)}, because {why}" for why, number in self.unread.items()]
        if self.absent:
            notices.append(f"not in the cluster: {_objects(self.absent)}, which an apply creates")
        read = read_definitions(self.client, self.untyped)
        old = read_releases(self.client, self.releases if self.read_secrets else ())
        return ClusterObjects(
            dumps=self.dumps,
            definitions=read.definitions,
            releases=old.manifests,
            notices=(*notices, *read.notices, *old.notices),
        )


def _objects(number: int) -> str:
    return f"{number} object{'s' if number != 1 else ''}"
