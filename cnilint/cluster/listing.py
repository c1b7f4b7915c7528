"""All ConfigMaps, Secrets and ServiceAccounts of some namespaces: what references resolve against."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cnilint.cluster.client import ClusterClient
from cnilint.cluster.discovery import segment
from cnilint.cluster.model import ClusterObjects
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.cluster.secretkeys import TABLE, is_table, secrets_of, without_values
from cnilint.ssa.typed.values import JsonObject

SECRETS = "secrets"
_RESOURCES = {"configmaps": "ConfigMap", SECRETS: "Secret", "serviceaccounts": "ServiceAccount"}


def list_namespaces(
    client: ClusterClient, namespaces: Iterable[str], *, read_secrets: bool
) -> ClusterObjects:
    """The objects of some namespaces. Values of Secrets are not read; their keys are, with ``read_secrets``.

    Raises UsageError as the client does. What may not be listed is in ``denied`` and in ``notices``.
    """
    listing = _Listing(client=client, read_secrets=read_secrets)
    for namespace in namespaces:
        for resource, kind in _RESOURCES.items():
            listing.add(namespace, resource, kind)
    return listing.result()


@dataclass(kw_only=True, slots=True)
class _Listing:
    """Collects what was listed."""

    client: ClusterClient
    read_secrets: bool
    dumps: dict[str, bytes] = field(default_factory=dict)
    listed: set[tuple[str, str]] = field(default_factory=set)
    denied: dict[tuple[str, str], str] = field(default_factory=dict)
    open_secrets: set[tuple[str, str]] = field(default_factory=set)

    def add(self, namespace: str, resource: str, kind: str) -> None:
        if segment(namespace) is None:
            self.denied[kind, namespace] = f"`{namespace}` is not the name of a namespace"
            return
        try:
            items = self._items(namespace, resource, kind)
        except (Refused, NotThere) as error:
            why = str(error) or "not found"
            self.denied[kind, namespace] = f"`list` on `{resource}` in namespace `{namespace}` is {why}"
            return
        self.listed.add((kind, namespace))
        if items:
            # One line for each member: reports name places in it.
            text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=1)
            self.dumps[f"live-cluster/{namespace}/{resource}.json"] = text.encode()

    def _items(self, namespace: str, resource: str, kind: str) -> list[JsonObject]:
        if resource == SECRETS and not self.read_secrets:
            return self._secrets(namespace)
        found = []
        for page in self.client.pages(f"/api/v1/namespaces/{namespace}/{resource}"):
            items = page.get("items")
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict):
                    whole = without_values(item) if kind == "Secret" else item
                    found.append(_without_record({**whole, "apiVersion": "v1", "kind": kind}))
        return found

    def _secrets(self, namespace: str) -> list[JsonObject]:
        found = []
        for table in self.client.pages(f"/api/v1/namespaces/{namespace}/{SECRETS}", TABLE):
            if not is_table(table):
                raise Refused("not offered without values by the server")
            for secret, is_open in secrets_of(table):
                found.append(_without_record(secret))
                if is_open:
                    self.open_secrets.add((namespace, _name(secret)))
        return found

    def result(self) -> ClusterObjects:
        unread = tuple(_denied_notices(self.denied))
        return ClusterObjects(
            dumps=self.dumps,
            listed=frozenset(self.listed),
            denied=self.denied,
            open_secrets=frozenset(self.open_secrets),
            notices=(*unread, *_open_notices(len(self.open_secrets))),
            unread=unread,
        )


def _denied_notices(denied: Mapping[tuple[str, str], str]) -> list[str]:
    return [f"not read: {reason}; references to such objects are unverifiable" for reason in denied.values()]


def _open_notices(number: int) -> list[str]:
    if not number:
        return []
    some = "1 live Secret" if number == 1 else f"{number} live Secrets"
    return [f"managedFields do not tell all keys of {some}: --read-secrets reads them"]


def _name(item: JsonObject) -> str:
    metadata = item.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""


def _without_record(item: JsonObject) -> JsonObject:
    """An object without managedFields, which are most of its text and no part of what references need."""
    metadata = item.get("metadata")
    if not isinstance(metadata, dict):
        return item
    return {**item, "metadata": {name: value for name, value in metadata.items() if name != "managedFields"}}
