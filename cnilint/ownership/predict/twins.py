"""Which added workload takes the place of a removed one, that keeps running where nothing deletes it."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from msgspec import Struct

from cnilint.extract.model import ObjectFacts
from cnilint.manifest.pod import POD_TEMPLATES
from cnilint.ownership.revised import EnvironmentStep
from cnilint.ssa.typed.values import JsonObject, at, objects_at, text_at

_ENDING = frozenset(("Job", "CronJob", "Pod"))
"""What ends by itself, or is made by others."""
_KINDS = frozenset(kind for _, kind in POD_TEMPLATES) - _ENDING
_SIMILAR = 0.6
"""How alike the names of a renamed workload are, of 0 to 1."""


class ReplacedWorkload(Struct, frozen=True, kw_only=True):
    """A workload that only the earlier revision has, the one that replaces it, and what they share."""

    step: EnvironmentStep
    removed: ObjectFacts
    added: ObjectFacts
    evidence: str


class _Workload(Struct, frozen=True, kw_only=True):
    fact: ObjectFacts
    images: frozenset[tuple[str, str]]
    """Name and image of each container, without version."""
    labels: frozenset[tuple[str, object]]
    """The labels that its selector has, and its pods."""
    on_host: bool


def replaced_workloads(steps: Iterable[EnvironmentStep]) -> Iterator[ReplacedWorkload]:
    """The removed workloads that have a successor."""
    for step in steps:
        # Most environments lose no workload: then nothing has to be known of those that they gain.
        removed = list(_workloads(step.removed_values(_KINDS)))
        added = list(_workloads(step.added_values(_KINDS))) if removed else []
        for old in removed if added else ():
            found = ((new, why) for new in added if (why := _shared(old, new)))
            successor, why = next(found, (None, ""))
            if successor is not None:
                yield ReplacedWorkload(step=step, removed=old.fact, added=successor.fact, evidence=why)


def _workloads(values: Iterable[tuple[ObjectFacts, JsonObject]]) -> Iterator[_Workload]:
    for fact, value in values:
        if fact.owner.hook or _is_idle(value):
            continue
        spec = at(value, "spec", "template", "spec")
        yield _Workload(
            fact=fact,
            images=frozenset(_images(objects_at(spec, "containers"))),
            labels=_labels(value),
            on_host=at(spec, "hostNetwork") is True,
        )


def _is_idle(value: JsonObject) -> bool:
    replicas = at(value, "spec", "replicas")
    return isinstance(replicas, int) and replicas == 0


def _images(containers: Sequence[JsonObject]) -> Iterator[tuple[str, str]]:
    for container in containers:
        name, image = text_at(container, "name"), text_at(container, "image")
        if name and image:
            yield name, _repository(image)


def _repository(image: str) -> str:
    """The last part of an image's name, without registry, tag and digest: both change with a release."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _labels(value: JsonObject) -> frozenset[tuple[str, object]]:
    selected = at(value, "spec", "selector", "matchLabels")
    labels = selected if isinstance(selected, dict) else at(value, "spec", "template", "metadata", "labels")
    return frozenset(labels.items()) if isinstance(labels, dict) else frozenset()


def _shared(old: _Workload, new: _Workload) -> str:
    """Why one workload is the other under another name, kind or namespace; empty where nothing says so."""
    one, other = old.fact.owner, new.fact.owner
    if one.name == other.name:
        return "both have the same name" if _containers(old) & _containers(new) else ""
    if one.kind != other.kind or not old.images & new.images:
        return ""
    if old.labels and old.labels == new.labels:
        return "both have the same selector and image"
    if old.on_host and new.on_host and one.kind == "DaemonSet":
        return "both run the same image in the network of each node"
    alike = SequenceMatcher(None, one.name, other.name).ratio() >= _SIMILAR
    return "both have the same image and similar names" if alike and old.images == new.images else ""


def _containers(workload: _Workload) -> frozenset[str]:
    return frozenset(name for name, _ in workload.images)
