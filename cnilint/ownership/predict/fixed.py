"""Which fields a change gives another value although the API server does not change them."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from cnilint.ownership.revised import EnvironmentStep, RevisedObject
from cnilint.ssa.appliers.model import ApplyOption, applier, applier_names
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.immutable import ChangedSpec, changed
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.typed import as_object
from cnilint.ssa.typed.values import JsonObject, at, text_at

_ENDS_BY_ITSELF = "ttlSecondsAfterFinished"
"""A Job with it is deleted after it finished, and created anew: https://kubernetes.io/docs/concepts/workloads/controllers/job/"""
_SELECTING = ("DaemonSet", "Deployment", "ReplicaSet")
_DEFAULTED = ("extensions/v1beta1", "apps/v1beta1")
"""The versions in which a selector may be left out: it is then all labels of the pod template."""


class FixedField(Struct, frozen=True, kw_only=True):
    """A field as Kubernetes prints it; where that is the whole spec, ``members`` are the fields of it that change."""

    revised: RevisedObject
    field: str
    members: tuple[str, ...] = ()


def fixed_fields(steps: Iterable[EnvironmentStep], kinds: Kinds) -> Iterator[FixedField]:
    """The changed fields that must not change, of objects that are neither replaced nor hooks."""
    for step in steps:
        for revised in step.revised:
            old, new = revised.old, revised.new
            if old is None or new is None or _is_recreated(revised, new):
                continue
            endpoint = resource(kinds, text_at(new, "apiVersion"), text_at(new, "kind"))
            for cause in changed(endpoint, _with_selector(old), _with_selector(new)):
                members = cause.members if isinstance(cause, ChangedSpec) else ()
                yield FixedField(revised=revised, field=cause.field, members=members)


def _is_recreated(revised: RevisedObject, new: JsonObject) -> bool:
    """Whether the object is deleted and created, so that everything may change."""
    if revised.after.owner.hook or at(new, "spec", _ENDS_BY_ITSELF) is not None:
        return True
    return any(option.is_set(new, None) for option in _recreating())


@lru_cache(maxsize=1)
def _recreating() -> tuple[ApplyOption, ...]:
    """The labels and annotations by which a tool deletes and creates what the API server refuses to change."""
    every = (option for name in applier_names() for option in applier(name).options)
    return tuple(option for option in every if option.recreate)


def _with_selector(value: JsonObject) -> JsonObject:
    """The object with the selector that the API server of its version gave it."""
    spec = as_object(value.get("spec"))
    defaulted = text_at(value, "kind") in _SELECTING and text_at(value, "apiVersion") in _DEFAULTED
    if not defaulted or "selector" in spec:
        return value
    labels = at(spec, "template", "metadata", "labels")
    return value if labels is None else {**value, "spec": {**spec, "selector": {"matchLabels": labels}}}
