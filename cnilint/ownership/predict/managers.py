"""What kind of writer a field manager is: the engine's table of names, and ``rules/ssa/roles.json``."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from cnilint.resources import json_data
from cnilint.ssa.appliers.writers import known_manager
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.managedfields.entries import APPLY, UPDATE, ManagedFieldsEntry


class Role(StrEnum):
    """What a writer does to objects: apply manifests, act for a person, reconcile, restore, or none is known.

    ``CONTROL_PLANE`` are Kubernetes' own controllers, scheduler and kubelet. ``SERVER`` is booked by the API server
    itself for writers that it does not know any more.
    """

    APPLIER = "applier"
    PERSON = "person"
    CONTROLLER = "controller"
    CONTROL_PLANE = "control-plane"
    RESTORE = "restore"
    SERVER = "server"
    CLIENT = "client"
    UNKNOWN = "unknown"


class _Table(Struct, frozen=True, kw_only=True):
    classes: Mapping[str, Role]
    writers: Mapping[str, Role]
    families: Mapping[str, str]
    restarts: frozenset[str]
    left_out: tuple[FieldPath, ...]
    protocol: frozenset[FieldPath]


def role(entry: ManagedFieldsEntry) -> Role:
    """What the writer of an entry is."""
    return _role(entry.manager, entry.operation)


def family(manager: str) -> str:
    """The product that writes under this name among others; the name itself where none is known."""
    return _table().families.get(manager, manager)


def restarts_only(entry: ManagedFieldsEntry) -> bool:
    """Whether the writer is one that restarts workloads and changes nothing else."""
    return entry.manager in _table().restarts


def applies_only(manager: str) -> bool:
    """Whether the writer of this name is known to apply server-side alone, so that an Update entry is damage."""
    known = known_manager(manager, UPDATE)
    return known is not None and not known.prefix and known.operations == (APPLY,)


def left_out(path: FieldPath) -> bool:
    """Whether manifests leave the field to others on purpose (a number of replicas, to an autoscaler; a CA bundle, to
    its injector), or the API gives it to controllers (finalizers)."""
    return protocol(path) or any(_fits(path, pattern) for pattern in _table().left_out)


def protocol(path: FieldPath) -> bool:
    """Whether the API gives the field to controllers."""
    return path[:2] in _table().protocol


def _fits(path: FieldPath, pattern: FieldPath) -> bool:
    """Whether a path has the steps of a pattern, in which ``*`` is any step."""
    return len(path) == len(pattern) and all(map(_fits_step, path, pattern))


def _fits_step(step: str, wanted: str) -> bool:
    return wanted in ("*", step)


@lru_cache(maxsize=4096)
def _role(manager: str, operation: str) -> Role:
    table = _table()
    special = table.writers.get(f"{manager}/{operation}")
    if special is not None:
        return special
    known = known_manager(manager, operation)
    return Role.UNKNOWN if known is None else table.classes.get(known.group, Role.UNKNOWN)


@lru_cache(maxsize=1)
def _table() -> _Table:
    roles = json_data("rules/ssa/roles.json")
    return _Table(
        classes={name: Role(value) for name, value in roles["classes"].items()},
        writers={name: Role(value) for name, value in roles["writers"].items()},
        families={name: product for product, names in roles["families"].items() for name in names},
        restarts=frozenset(roles["restarts"]),
        left_out=tuple(map(tuple, roles["left_out"])),
        protocol=frozenset(map(tuple, roles["protocol"])),
    )
