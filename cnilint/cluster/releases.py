"""Manifests of the last release of a package, from the Secret in which its installer keeps them.

The place and form are those of ``release`` in ``rules/ssa/tracking.json``.
"""

import json
import zlib
from base64 import b64decode
from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from cnilint.cluster.client import ClusterClient
from cnilint.cluster.discovery import segment
from cnilint.cluster.model import ReleaseName
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.cluster.secretkeys import TABLE
from cnilint.resources import json_data
from cnilint.ssa.typed.values import JsonObject, at, objects_at, text_at

_MAX_SIZE = 64 * 1024 * 1024
"""Bytes of a release that is unpacked. A Secret has one MiB, of which gzip can make a thousand."""
_GZIP = 16 + zlib.MAX_WBITS


class ReadReleases(Struct, frozen=True, kw_only=True):
    """The manifests of some releases as YAML, and what could not be read."""

    manifests: Mapping[ReleaseName, str]
    notices: tuple[str, ...] = ()


class _Form(Struct, frozen=True, kw_only=True):
    """How a release is recorded. ``name`` and ``namespace`` are paths in its objects."""

    name: tuple[str, ...]
    namespace: tuple[str, ...]
    type: str
    selector: str
    current: tuple[str, str]
    version: str
    member: str
    manifest: str


def release_of(value: JsonObject) -> ReleaseName | None:
    """The release that an object says it is of."""
    name, namespace = (text_at(value, *path) for path in (_form().name, _form().namespace))
    return ReleaseName(namespace, name) if name and namespace else None


def read_releases(client: ClusterClient, names: Iterable[ReleaseName]) -> ReadReleases:
    """The manifests of the last release of each name. Values of Secrets among them are in the text.

    Raises UsageError as the client does.
    """
    manifests: dict[ReleaseName, str] = {}
    notices: list[str] = []
    for name in names:
        try:
            manifests[name] = _manifest(client, name)
        except (Refused, NotThere) as error:
            why = str(error) or "its Secret is not there"
            notices.append(
                f"not read: the release `{name.name}` in namespace `{name.namespace}`, because {why}"
            )
    return ReadReleases(manifests=manifests, notices=tuple(notices))


def unpacked_manifest(secret: JsonObject) -> str | None:
    """The manifest in the Secret of a release; None where it has another form, or is too large."""
    form = _form()
    try:
        packed = b64decode(b64decode(text_at(secret, "data", form.member), validate=True), validate=True)
        unpacker = zlib.decompressobj(_GZIP)
        data = unpacker.decompress(packed, _MAX_SIZE)
        release = json.loads(data) if unpacker.eof else None
    except (ValueError, zlib.error, RecursionError):
        return None
    found = at(release, form.manifest)
    return found if isinstance(found, str) else None


def _manifest(client: ClusterClient, name: ReleaseName) -> str:
    if segment(name.namespace) is None or segment(name.name) is None:
        raise NotThere
    path = f"/api/v1/namespaces/{name.namespace}/secrets"
    where = f"on `secrets` in namespace `{name.namespace}` is"
    try:
        secret = _last(client, path, name)
    except Refused as error:
        raise Refused(f"`list` {where} {error}") from None
    if secret is None or segment(secret) is None:
        raise NotThere
    try:
        value = client.get(f"{path}/{secret}")
    except Refused as error:
        raise Refused(f"`get` {where} {error}") from None
    manifest = unpacked_manifest(value) if text_at(value, "type") == _form().type else None
    if manifest is None:
        raise Refused("its Secret does not have the form of a release")
    return manifest


def _last(client: ClusterClient, path: str, name: ReleaseName) -> str | None:
    """The name of the Secret of the last deployed revision; of the last one where none is deployed."""
    form = _form()
    label, current = form.current
    found: list[tuple[bool, int, str]] = []
    for page in client.pages(path, TABLE, selector=form.selector.format(name=name.name)):
        for row in objects_at(page, "rows"):
            version = text_at(row, "object", "metadata", "labels", form.version)
            if version.isascii() and version.isdigit():
                is_current = text_at(row, "object", "metadata", "labels", label) == current
                found.append((is_current, int(version), text_at(row, "object", "metadata", "name")))
    return max(found)[2] if found else None


@lru_cache(maxsize=1)
def _form() -> _Form:
    row = json_data("rules/ssa/tracking.json")["release"]
    return _Form(
        name=tuple(row["name"]),
        namespace=tuple(row["namespace"]),
        type=row["type"],
        selector=row["selector"],
        current=(row["current"]["label"], row["current"]["value"]),
        version=row["version"],
        member=row["member"],
        manifest=row["manifest"],
    )
