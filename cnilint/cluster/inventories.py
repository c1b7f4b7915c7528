"""What a deployer applied before, from the inventory that it keeps in the cluster: what it has and the manifests have not,
the next sync prunes.

The places and forms are those of ``inventories`` in ``rules/ssa/tracking.json``.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from cnilint.cluster.client import ClusterClient
from cnilint.cluster.discovery import object_path
from cnilint.cluster.model import Inventory, InventoryName, WantedObject
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.resources import json_data
from cnilint.ssa.typed.values import JsonObject, at, objects_at, text_at

_Names = tuple[str, ...]
"""The names of nested members."""


class _Form(Struct, frozen=True, kw_only=True):
    """How a deployer records what it applied.

    ``name`` and ``namespace`` are the marks on its objects that name it; where one mark has both, ``mark`` takes it apart,
    and a deployer without a namespace is in ``default_namespace``. ``id`` takes the identity of an entry apart, which else
    has a member for each part.
    """

    kind: str
    api_versions: tuple[str, ...]
    name: _Names
    namespace: _Names
    mark: re.Pattern[str] | None
    default_namespace: str
    entries: _Names
    id: re.Pattern[str] | None
    version: str
    prunes: _Names
    kept: tuple[tuple[_Names, str], ...]

    def owner(self, value: JsonObject) -> InventoryName | None:
        """The deployer that an object names as its own."""
        name, namespace = text_at(value, *self.name), text_at(value, *self.namespace)
        if self.mark is not None:
            found = self.mark.fullmatch(name)
            name = found["name"] if found else ""
            namespace = (found["namespace"] if found else "") or self.default_namespace
        return InventoryName(self.kind, namespace, name) if name and namespace else None

    def objects(self, owner: JsonObject) -> Iterator[WantedObject]:
        """What the deployer applied."""
        for entry in objects_at(owner, *self.entries):
            part = self._parts(entry)
            if part.get("kind") and part.get("name"):
                version = text_at(entry, self.version)
                group = part.get("group")
                yield WantedObject(
                    api_version=f"{group}/{version}" if group else version,
                    kind=part["kind"],
                    namespace=part.get("namespace") or None,
                    name=part["name"],
                )

    def _parts(self, entry: JsonObject) -> dict[str, str]:
        if self.id is None:
            return {name: text_at(entry, name) for name in ("group", "kind", "namespace", "name")}
        found = self.id.fullmatch(text_at(entry, "id"))
        # cli-utils writes a colon, which names of roles have, as two underscores.
        return {name: text.replace("__", ":") for name, text in found.groupdict().items()} if found else {}


def inventory_name(value: JsonObject) -> InventoryName | None:
    """The deployer in whose inventory an object says it is; of several the first that is known."""
    return next((owner for form in _forms() if (owner := form.owner(value)) is not None), None)


def is_kept(value: JsonObject) -> bool:
    """Whether an object says that no deployer may prune it."""
    return any(
        wanted in (part.strip() for part in text_at(value, *path).split(","))
        for form in _forms()
        for path, wanted in form.kept
    )


def read_inventories(
    client: ClusterClient, names: Iterable[InventoryName]
) -> tuple[list[Inventory], list[str]]:
    """What some deployers applied, of those that prune, and notices of what could not be read.

    Raises UsageError as the client does.
    """
    found: list[Inventory] = []
    notices: list[str] = []
    for name in names:
        form = next(form for form in _forms() if form.kind == name.kind)
        try:
            owner = _owner(client, form, name)
        except (Refused, NotThere) as error:
            why = str(error) or "it is not there"
            notices.append(f"not read: {name}, because {why}; what it prunes is not known")
            continue
        if at(owner, *form.prunes) is True:
            found.append(Inventory(name, tuple(form.objects(owner))))
    return found, notices


def _owner(client: ClusterClient, form: _Form, name: InventoryName) -> JsonObject:
    """The object that holds an inventory, at the first version that the server has. Raises Refused and NotThere."""
    *others, last = (
        WantedObject(api_version=version, kind=name.kind, namespace=name.namespace, name=name.name)
        for version in form.api_versions
    )
    for one in others:
        try:
            return _get(client, one)
        except NotThere:
            continue
    return _get(client, last)


def _get(client: ClusterClient, one: WantedObject) -> JsonObject:
    resource = client.discovery.resource(one.api_version, one.kind)
    try:
        return client.get(object_path(one, resource))
    except Refused as error:
        raise Refused(f"`get` on `{resource.title}` in namespace `{one.namespace}` is {error}") from None


@lru_cache(maxsize=1)
def _forms() -> tuple[_Form, ...]:
    return tuple(
        _Form(
            kind=row["kind"],
            api_versions=tuple(row["api_versions"]),
            name=tuple(row["name"]),
            namespace=tuple(row.get("namespace", ())),
            mark=re.compile(row["mark"]) if "mark" in row else None,
            default_namespace=row.get("default_namespace", ""),
            entries=tuple(row["entries"]),
            id=re.compile(row["id"]) if "id" in row else None,
            version=row["version"],
            prunes=tuple(row["prunes"]),
            kept=tuple((tuple(each["at"]), each["value"]) for each in row["kept"]),
        )
        for row in json_data("rules/ssa/tracking.json")["inventories"]
    )
