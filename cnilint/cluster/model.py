"""What is wanted of a cluster, what was read of it, and what could not be."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

if TYPE_CHECKING:
    # Every command knows this module, and few need server-side apply.
    from cnilint.ssa.typed.values import JsonObject


class ReleaseName(NamedTuple):
    """A release of a package, by the namespace that its record is in."""

    namespace: str
    name: str


class InventoryName(NamedTuple):
    """An object in which a deployer records what it applied."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} `{self.namespace}/{self.name}`"


class ClusterObjects(Struct, frozen=True, kw_only=True):
    """The objects of a cluster as dumps, the form that every other reader of live objects takes.

    ``dumps`` are JSON by the name that reports show. ``listed`` are kinds and namespaces that were listed completely,
    ``denied`` those that may not be listed, each with the reason. ``open_secrets`` are Secrets, as namespace and name,
    that may have more keys than their dump shows. ``definitions`` are CustomResourceDefinitions, ``releases`` the
    manifests of the last release of packages as YAML, ``inventories`` those of the deployers of the objects.
    ``version`` is that of Kubernetes, such as ``1.30``; None where the server does not tell it. ``unread`` are those of
    the ``notices`` that say what could not be read, and why.
    """

    dumps: Mapping[str, bytes] = field(default_factory=dict)
    listed: frozenset[tuple[str, str]] = frozenset()
    denied: Mapping[tuple[str, str], str] = field(default_factory=dict)
    open_secrets: frozenset[tuple[str, str]] = frozenset()
    definitions: tuple["JsonObject", ...] = ()
    releases: Mapping[ReleaseName, str] = field(default_factory=dict)
    inventories: tuple[InventoryName, ...] = ()
    version: str | None = None
    notices: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class WantedObject(Struct, frozen=True, kw_only=True):
    """An object to read by its name. ``namespace`` is None where the manifest sets none."""

    api_version: str
    kind: str
    namespace: str | None
    name: str


class Inventory(NamedTuple):
    """What a deployer applied before."""

    owner: InventoryName
    objects: tuple[WantedObject, ...]
