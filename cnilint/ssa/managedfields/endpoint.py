"""An endpoint of the API server: which kind it serves, with which type, and which fields a write there
resets.

Source: Kubernetes 1.36.2 registry strategies (GetResetFields).
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from cnilint.ssa.fieldpath.fields import EMPTY, Fields, path_set
from cnilint.ssa.managedfields.metadata import metadata_fields
from cnilint.ssa.managedfields.stored import empty_object, stored
from cnilint.ssa.merge.updater import Typed
from cnilint.ssa.schema.kinds import Kinds, group_version
from cnilint.ssa.schema.schema import Type, deduced_type
from cnilint.ssa.typed.typed import ABSENT, Maybe, as_object
from cnilint.ssa.typed.values import Json, JsonObject

MAX_UPDATE_MANAGERS = 10


class Endpoint(Struct, frozen=True, kw_only=True):
    """An endpoint of the API server: a kind at a version, or one of its subresources.

    ``served`` are the versions of the group that the server knows: entries at another one are dropped, or make it
    refuse every apply of a custom resource, and those at a served version other than this one cannot be judged
    without a converter, unless it is in ``alike``: versions, with their types, whose objects differ in nothing but the
    apiVersion. ``ignored`` are the fields that a write here resets. ``builtin``: the server has a Go struct for the
    kind. ``declared``: it is of a CustomResourceDefinition that is known, with this ``schema``.
    """

    api_version: str
    kind: str
    type: Type
    ignored: Fields
    subresource: str = ""
    builtin: bool = False
    declared: bool = False
    schema: JsonObject = field(default_factory=dict)
    served: frozenset[str] = frozenset()
    alike: Mapping[str, Type] = field(default_factory=dict)
    max_update_managers: int = MAX_UPDATE_MANAGERS

    def typed(self, value: Json) -> Typed:
        return Typed(value, self.type, self.api_version)

    def stored(self, value: JsonObject, complete: bool = True, known: Maybe = ABSENT) -> JsonObject:
        """The object as the server stores it, without defaults; parts of ``known`` are stored already."""
        if self.declared:
            return self._with_stored_metadata(value, complete, known)
        kept = stored(value, self.type, complete, known) if self.builtin else value
        return kept if isinstance(kept, dict) else value

    def _with_stored_metadata(self, value: JsonObject, complete: bool, known: Maybe) -> JsonObject:
        """A custom resource: of its metadata alone the server has a Go struct."""
        metadata = value.get("metadata")
        child = self.type.map.child("metadata") if self.type.map is not None else None
        if metadata is None or child is None:
            return value
        kept = stored(metadata, child, complete, as_object(known).get("metadata", ABSENT))
        return value if kept is metadata else {**value, "metadata": kept}

    def empty(self) -> JsonObject:
        """What an object is compared with when it is created."""
        if self.builtin:
            return empty_object(self.type, self.api_version, self.kind)
        return {"apiVersion": self.api_version, "kind": self.kind}


def resource(kinds: Kinds, api_version: str, kind: str, subresource: str = "") -> Endpoint:
    """The endpoint of a kind; a kind without a schema gets the deduced type.

    The fields that a write resets are ``status``, and at the status subresource ``spec``, for kinds that have
    both; Deployments and Pods reset some metadata as well.
    """
    found = kinds.find(api_version, kind)
    declared = kinds.declared.get((api_version, kind))
    schema_type = found or deduced_type()
    served = _served(kinds, api_version, kind)
    resets = declared.status if declared is not None else found is not None
    return Endpoint(
        api_version=api_version,
        kind=kind,
        type=schema_type,
        ignored=_reset_fields(schema_type, kind, subresource) if resets else EMPTY,
        subresource=subresource,
        builtin=declared is None and found is not None,
        declared=declared is not None,
        schema={} if declared is None else declared.schema,
        served=served,
        alike=_alike(kinds, served - {api_version}, kind),
    )


def _served(kinds: Kinds, api_version: str, kind: str) -> frozenset[str]:
    """The versions of a kind in the group of an apiVersion, which is one of them."""
    group, _ = group_version(api_version)
    known = kinds.versions(kind)
    return frozenset([api_version, *(version for version in known if group_version(version)[0] == group)])


def _alike(kinds: Kinds, versions: Iterable[str], kind: str) -> dict[str, Type]:
    """The types of the versions whose objects differ in nothing but the apiVersion."""
    found = {version: kinds.declared.get((version, kind)) for version in versions}
    return {version: other.type for version, other in found.items() if other is not None and other.alike}


def _reset_fields(schema_type: Type, kind: str, subresource: str) -> Fields:
    members = schema_type.map.fields if schema_type.map is not None else {}
    if "status" not in members:
        return EMPTY
    if subresource == "status":
        return metadata_fields().status_resets.get(kind, path_set(("f:spec",)))
    return path_set(("f:status",)) if not subresource else EMPTY
