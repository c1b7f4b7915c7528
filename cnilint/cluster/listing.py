"""All ConfigMaps, Secrets and ServiceAccounts of some namespaces: what references resolve against."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from msgspec import Struct, field

from cnilint.cluster.client import ClusterClient
from cnilint.cluster.discovery import segment
from cnilint.cluster.model import ClusterObjects
from cnilint.cluster.parallel import in_parallel
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.cluster.secretkeys import TABLE, secrets_of, without_values
from cnilint.diagnostics.wording import quantity
from cnilint.ssa.typed.values import JsonObject, objects_at, text_at

SECRETS = "secrets"
_RESOURCES = {"configmaps": "ConfigMap", SECRETS: "Secret", "serviceaccounts": "ServiceAccount"}


def list_namespaces(
    client: ClusterClient, namespaces: Iterable[str], *, read_secrets: bool
) -> ClusterObjects:
    """The objects of some namespaces. Values of Secrets are not read; their keys are, with ``read_secrets``.

    Raises UsageError as the client does. What may not be listed is in ``denied`` and in ``notices``.
    """
    lister = _Lister(client, read_secrets)
    places = [(namespace, resource) for namespace in namespaces for resource in _RESOURCES]
    result = _Result()
    for (namespace, resource), listed in zip(places, in_parallel(lister.read, places), strict=True):
        result.add(namespace, resource, listed)
    unread = tuple(_denied_notices(result.denied))
    return ClusterObjects(
        dumps=result.dumps,
        listed=frozenset(result.listed),
        denied=result.denied,
        open_secrets=frozenset(result.open_secrets),
        notices=(*unread, *_open_notices(len(result.open_secrets))),
        unread=unread,
    )


class _Listed(NamedTuple):
    """The objects of a resource in a namespace as text, none where there are none, and the Secrets that may have more
    keys."""

    text: bytes
    open_secrets: Sequence[str] = ()


class _Lister(NamedTuple):
    """Lists resources in namespaces."""

    client: ClusterClient
    read_secrets: bool

    def read(self, place: tuple[str, str]) -> _Listed | str:
        """What is there, or why it is not known."""
        namespace, resource = place
        if segment(namespace) is None:
            return f"`{namespace}` is not the name of a namespace"
        path = f"/api/v1/namespaces/{namespace}/{resource}"
        try:
            if resource == SECRETS and not self.read_secrets:
                secrets = self.client.collect(path, _keys, TABLE)
                return _Listed(
                    _text([secret for secret, _ in secrets]),
                    [text_at(secret, "metadata", "name") for secret, is_open in secrets if is_open],
                )
            return _Listed(_text(self.client.collect(path, partial(_objects, _RESOURCES[resource]))))
        except (Refused, NotThere) as error:
            return f"`list` on `{resource}` in namespace `{namespace}` is {str(error) or 'not found'}"


def _objects(kind: str, page: JsonObject) -> Iterator[JsonObject]:
    for item in objects_at(page, "items"):
        whole = without_values(item) if kind == "Secret" else item
        yield _without_record({**whole, "apiVersion": "v1", "kind": kind})


def _keys(table: JsonObject) -> Iterator[tuple[JsonObject, bool]]:
    for secret, is_open in secrets_of(table):
        yield _without_record(secret), is_open


def _text(items: Sequence[JsonObject]) -> bytes:
    """One line for each member: reports name places in it."""
    if not items:
        return b""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=1).encode()


class _Result(Struct, kw_only=True):
    """Collects what was listed."""

    dumps: dict[str, bytes] = field(default_factory=dict)
    listed: set[tuple[str, str]] = field(default_factory=set)
    denied: dict[tuple[str, str], str] = field(default_factory=dict)
    open_secrets: set[tuple[str, str]] = field(default_factory=set)

    def add(self, namespace: str, resource: str, listed: _Listed | str) -> None:
        kind = _RESOURCES[resource]
        if isinstance(listed, str):
            self.denied[kind, namespace] = listed
            return
        self.listed.add((kind, namespace))
        if listed.text:
            self.dumps[f"live-cluster/{namespace}/{resource}.json"] = listed.text
        self.open_secrets.update((namespace, name) for name in listed.open_secrets)


def _denied_notices(denied: Mapping[tuple[str, str], str]) -> list[str]:
    return [f"not read: {reason}; references to such objects are unverifiable" for reason in denied.values()]


def _open_notices(number: int) -> list[str]:
    if not number:
        return []
    some = quantity(number, "live Secret")
    return [f"managedFields do not tell all keys of {some}: --read-secrets reads them"]


def _without_record(item: JsonObject) -> JsonObject:
    """An object without managedFields, which are most of its text and no part of what references need."""
    metadata = item.get("metadata")
    if not isinstance(metadata, dict):
        return item
    return {**item, "metadata": {name: value for name, value in metadata.items() if name != "managedFields"}}
