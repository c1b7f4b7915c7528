"""Live objects by name, with managedFields: those that some manifests will be applied to."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from cnilint.cluster.client import JSON, ClusterClient
from cnilint.cluster.definitions import read_definitions
from cnilint.cluster.discovery import ServedResource, collection_path, object_path
from cnilint.cluster.inventories import inventory_name
from cnilint.cluster.model import ClusterObjects, InventoryName, ReleaseName, WantedObject
from cnilint.cluster.parallel import in_parallel
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.cluster.releases import read_releases, release_of
from cnilint.cluster.secretkeys import TABLE, secret_of, secrets_of, without_values
from cnilint.diagnostics.wording import quantity
from cnilint.ssa.typed.values import JsonObject, objects_at, text_at

_MANY = 20
"""So many objects of one resource in one namespace are listed: a request for each takes longer."""


def read_named_objects(
    client: ClusterClient,
    wanted: Iterable[WantedObject],
    *,
    read_secrets: bool,
    types: Callable[[str, str], object | None],
) -> ClusterObjects:
    """The live objects of manifests, each as a dump of its own. Values of Secrets are dropped.

    ``types`` gives the type of a kind at an API version; None for a custom resource whose definition is to be read too.
    Raises UsageError as the client does.
    """
    reader = _Reader(client, read_secrets)
    result = _Result()
    groups = list(_groups(client, wanted, result))
    for group, outcomes in zip(groups, in_parallel(reader.read, groups), strict=True):
        for one, outcome in outcomes:
            result.add(one, group.resource, outcome)
            if isinstance(outcome, _Found) and types(one.api_version, one.kind) is None:
                result.untyped[group.resource.title] = None
    definitions = read_definitions(client, result.untyped)
    releases = read_releases(client, result.releases if read_secrets else ())
    unread = (*result.unread_notices(), *definitions.notices, *releases.notices)
    return ClusterObjects(
        dumps=result.dumps,
        definitions=definitions.definitions,
        releases=releases.manifests,
        inventories=tuple(result.inventories),
        notices=(*unread, *result.absent_notices()),
        unread=unread,
    )


class _Group(NamedTuple):
    """Objects of one kind in one namespace, or of no namespace, each with its path."""

    resource: ServedResource
    objects: Sequence[tuple[WantedObject, str]]

    @property
    def first(self) -> WantedObject:
        return self.objects[0][0]

    @property
    def is_secret(self) -> bool:
        return self.first.kind == "Secret" and self.first.api_version == "v1"


class _Found(NamedTuple):
    """A live object as text, and the release and the deployer that it says it is of."""

    text: bytes
    release: ReleaseName | None
    inventory: InventoryName | None


_Outcome = _Found | NotThere | Refused
_Outcomes = list[tuple[WantedObject, _Outcome]]


def _groups(client: ClusterClient, wanted: Iterable[WantedObject], result: "_Result") -> Iterator[_Group]:
    """The wanted objects, many of one kind and namespace together. What has no path is noted."""
    found: defaultdict[tuple[str, str, str | None], list[tuple[WantedObject, str]]] = defaultdict(list)
    resources: dict[tuple[str, str], ServedResource] = {}
    for one in wanted:
        try:
            resource = client.discovery.resource(one.api_version, one.kind)
            path = object_path(one, resource)
        except (Refused, NotThere) as error:
            result.unread[str(error)] += 1
            continue
        resources[one.api_version, one.kind] = resource
        namespace = one.namespace if resource.namespaced else None
        found[one.api_version, one.kind, namespace].append((one, path))
    for (api_version, kind, _), objects in found.items():
        parts = [objects] if len(objects) >= _MANY else [[each] for each in objects]
        for part in parts:
            yield _Group(resources[api_version, kind], part)


class _Reader(NamedTuple):
    """Reads the objects of a group: one by its name, many by a list of all."""

    client: ClusterClient
    read_secrets: bool

    def read(self, group: _Group) -> _Outcomes:
        if len(group.objects) < _MANY:
            return list(self._by_name(group))
        try:
            return self._by_list(group)
        except (Refused, NotThere):
            # Who may get an object by its name may not be allowed to list.
            return list(self._by_name(group))

    def _by_name(self, group: _Group) -> Iterator[tuple[WantedObject, _Outcome]]:
        for one, path in group.objects:
            try:
                yield one, _text(self._get(group, path), one)
            except (Refused, NotThere) as error:
                yield one, error

    def _get(self, group: _Group, path: str) -> JsonObject:
        if not group.is_secret:
            return self.client.get(path)
        if self.read_secrets:
            return without_values(self.client.get(path))
        return secret_of(self.client.get(path, TABLE))

    def _by_list(self, group: _Group) -> _Outcomes:
        wanted = {one.name: one for one, _ in group.objects}

        def of(page: JsonObject) -> Iterator[tuple[str, _Found]]:
            for item in self._items(group, page):
                name = text_at(item, "metadata", "name")
                if name in wanted:
                    yield name, _text(item, wanted[name])

        namespace = group.first.namespace if group.resource.namespaced else None
        path = collection_path(group.resource, namespace)
        accept = TABLE if group.is_secret and not self.read_secrets else JSON
        found = dict(self.client.collect(path, of, accept))
        return [(one, found.get(one.name) or NotThere()) for one, _ in group.objects]

    def _items(self, group: _Group, page: JsonObject) -> Iterator[JsonObject]:
        if not group.is_secret:
            yield from objects_at(page, "items")
        elif self.read_secrets:
            yield from map(without_values, objects_at(page, "items"))
        else:
            yield from (secret for secret, _ in secrets_of(page))


def _text(value: JsonObject, one: WantedObject) -> _Found:
    """The object as text: items of a list leave out what the list itself says."""
    whole = {**value, "apiVersion": one.api_version, "kind": one.kind}
    # A line for each member names its place, and unlike an indentation costs no time.
    text = json.dumps(whole, separators=(",\n", ": ")).encode()
    return _Found(text, release_of(value), inventory_name(value))


class _Result(Struct, kw_only=True):
    """What was read. ``unread`` counts objects by the reason why they could not be read, ``untyped`` are the resources of
    those that have no type, ``releases`` and ``inventories`` those that the objects say they are of."""

    dumps: dict[str, bytes] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    absent: int = 0
    untyped: dict[str, None] = field(default_factory=dict)
    releases: dict[ReleaseName, None] = field(default_factory=dict)
    inventories: dict[InventoryName, None] = field(default_factory=dict)

    def add(self, one: WantedObject, resource: ServedResource, outcome: _Outcome) -> None:
        if isinstance(outcome, NotThere):
            self.absent += 1
        elif isinstance(outcome, Refused):
            where = f" in namespace `{one.namespace}`" if resource.namespaced else ""
            self.unread[f"`get` on `{resource.title}`{where} is {outcome}"] += 1
        else:
            folder = one.namespace if resource.namespaced else "cluster-wide"
            self.dumps[f"live-cluster/{folder}/{resource.title}/{one.name}.json"] = outcome.text
            if outcome.release is not None:
                self.releases[outcome.release] = None
            if outcome.inventory is not None:
                self.inventories[outcome.inventory] = None

    def unread_notices(self) -> Iterator[str]:
        for why, number in sorted(self.unread.items(), key=lambda one: (-one[1], one[0])):
            yield f"not read: {quantity(number, 'object')}, because {why}"

    def absent_notices(self) -> Iterator[str]:
        if self.absent:
            yield f"not in the cluster: {quantity(self.absent, 'object')}, which an apply creates"
