"""What a predicted apply leaves behind, and what each leftover does in the cluster."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnilint.diagnostics.model import Target
from cnilint.diagnostics.wording import object_name
from cnilint.document import Span
from cnilint.environment import Environment
from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import Container, Definition, Kind, Reference
from cnilint.manifest.object import Object
from cnilint.ownership.inputs.desired import Manifest
from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.inputs.positions import FieldPositions
from cnilint.ownership.model import Leftover
from cnilint.ownership.predict.managers import Role, left_out, role
from cnilint.packs.model import Effect
from cnilint.resolve.index import Index
from cnilint.resolve.lookup import definitions_of
from cnilint.resolve.outcome import Outcome, Resolution
from cnilint.ssa.fieldpath.elements import element_keys
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.managedfields.defaults import is_default
from cnilint.ssa.predict import KeptField, Prediction
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.schema.schema import Type

CONTAINERS = frozenset(("f:containers", "f:initContainers", "f:ephemeralContainers"))
_METADATA = frozenset(("f:annotations", "f:labels"))
_DATA = frozenset(("f:data", "f:binaryData", "f:stringData"))
_NOUNS = {
    "f:env": "variable",
    "f:volumes": "volume",
    "f:volumeMounts": "mount",
    "f:ports": "port",
    "f:annotations": "annotation",
    "f:labels": "label",
    **dict.fromkeys(CONTAINERS, "container"),
    **dict.fromkeys(_DATA, "key"),
}


def kept_fields(prediction: Prediction, schema_type: Type) -> Iterator[KeptField]:
    """The fields that stay and that an older manifest or another tool brought: neither defaults, nor what
    controllers add, nor what manifests leave to others."""
    for kept in prediction.leftovers:
        if left_out(kept.path) or is_default(kept.path, kept.value, schema_type):
            continue
        if kept.owners and all(role(entry) is Role.CONTROLLER for entry in kept.owners):
            continue
        yield kept


def leftovers(
    live: LiveObject, manifest: Manifest, kept: Iterable[KeptField], kinds: Kinds, after: "After"
) -> tuple[Leftover, ...]:
    """The leftovers of one object, in the order of the dump."""
    places = FieldPositions(live.obj.node, kinds.type_of(live.value))
    judge = _Judge(live, manifest, after)
    found = [judge.leftover(one, places.of(one.path)) for one in kept]
    return tuple(sorted(filter(None, found), key=lambda one: (one.span, one.path)))


def enclosing(path: str) -> Iterator[str]:
    """The paths of a report that lead to a path, and the path itself."""
    yield from (path[:index] for index, sign in enumerate(path) if sign in ".[")
    yield path


def container_of(path: FieldPath) -> str:
    """The name of the container that a path leads into; empty outside of containers."""
    for step, item in pairwise(path):
        if step in CONTAINERS and item.startswith("k:"):
            return str(element_keys(item).get("name", ""))
    return ""


def noun(path: FieldPath) -> str:
    """What a field is called in a sentence: ``the variable 'LEVEL'``, ``the field 'spec.priority'``."""
    last = path[-1]
    parent = path[-2] if len(path) > 1 else ""
    known = _NOUNS.get(parent)
    if last.startswith("k:"):
        keys = element_keys(last)
        name = str(keys.get("name") or ", ".join(map(str, keys.values())))
        return f"the {known or 'item'} '{name}'"
    if known is not None:
        return f"the {known} '{last[2:]}'"
    return f"the field '{'.'.join(step[2:] for step in path if step.startswith('f:'))}'"


@dataclass(frozen=True, slots=True)
class After:
    """What will exist after the apply: the index, the environment of one object, and what becomes of the required
    references in its leftovers, by every path that leads to one."""

    index: Index
    environment: Environment
    resolutions: Mapping[str, Sequence[Resolution]]


@dataclass(frozen=True, slots=True)
class _Judge:
    """One object's leftovers, judged one by one."""

    live: LiveObject
    manifest: Manifest
    after: After

    def leftover(self, kept: KeptField, found: tuple[Span, str] | None) -> Leftover | None:
        if found is None:
            # The tool itself writes it (an annotation of its own): it was not there and is not left behind.
            return None
        span, shown = found
        resolutions = self.after.resolutions.get(shown, ())
        broken = min(filter(_fails, resolutions), key=lambda each: not _surely(each), default=None)
        if broken is not None:
            return self._dangling(kept, broken)
        effect, does = self._effect(kept, resolutions)
        return Leftover(
            path=kept.path,
            shown=shown,
            span=span,
            owners=kept.owners,
            what=noun(kept.path),
            does=does,
            effect=effect,
            container=container_of(kept.path),
            reads=_target(resolutions[0]) if resolutions else None,
        )

    def _dangling(self, kept: KeptField, broken: Resolution) -> Leftover:
        reference = broken.reference
        name = object_name(reference.kind, broken.namespace, reference.name)
        if broken.outcome is Outcome.MISSING_KEY:
            does = f"reads the key '{reference.key}', which {name} will not have"
        elif broken.outcome is Outcome.BINARY_KEY:
            does = f"reads the key '{reference.key}', which {name} has as binary data only"
        else:
            does = f"needs {name}, which the manifests do not have"
        return Leftover(
            path=kept.path,
            shown=reference.path,
            span=reference.span,
            owners=kept.owners,
            what=noun(kept.path),
            does=does,
            effect=Effect.FATAL,
            container=reference.container or container_of(kept.path),
            target=_target(broken),
            target_span=broken.found[0].definition.span if broken.found else None,
            certain=_surely(broken),
            reads=_target(broken),
        )

    def _effect(self, kept: KeptField, resolutions: Sequence[Resolution]) -> tuple[Effect, str]:
        path = kept.path
        parent = path[-2] if len(path) > 1 else ""
        if _METADATA & set(path):
            return Effect.IGNORED, "stays, and nothing of the manifest depends on it"
        if parent == "f:env" and resolutions:
            return Effect.SILENT_OVERRIDE, _still_read(resolutions[0])
        if parent == "f:env":
            return Effect.SILENT_OVERRIDE, self._override(str(element_keys(path[-1]).get("name", "")), path)
        if path[0] in _DATA:
            return self._stale_key(path)
        if parent in CONTAINERS:
            return Effect.DEGRADED, "keeps running beside those of the manifest"
        if parent == "f:volumes":
            return Effect.DEGRADED, "stays in every new pod"
        if path[-1].startswith(("k:", "v:")):
            return Effect.DEGRADED, "stays beside those of the manifest"
        return Effect.DEGRADED, "keeps the value that it has now"

    def _override(self, name: str, path: FieldPath) -> str:
        container = self._desired_container(container_of(path))
        for source in container.bulk if container is not None else ():
            for definition in self._definitions(source.kind, source.name):
                supplied = name.removeprefix(source.prefix) if name.startswith(source.prefix) else ""
                shown = object_name(
                    definition.kind, definition.namespace or self.live.obj.namespace, definition.name
                )
                if supplied in definition.keys and supplied not in definition.binary:
                    return f"overrides the key '{supplied}' that the manifest's envFrom reads from {shown}"
        if container is not None and container.bulk:
            source = container.bulk[0]
            shown = object_name(source.kind, self.live.obj.namespace, source.name)
            return f"overrides what the container now reads from {shown}, or the program's default"
        return "overrides the program's default with its old value"

    def _desired_container(self, name: str) -> Container | None:
        containers = self.manifest.fact.stated.containers
        return next((container for container in containers if container.name == name), None)

    def _definitions(self, kind: Kind, name: str) -> Sequence[Definition]:
        return definitions_of(self.after.index, self.after.environment, self.manifest.fact.owner, kind, name)[
            :1
        ]

    def _stale_key(self, path: FieldPath) -> tuple[Effect, str]:
        """A key that stays sets a variable in every container that reads the object whole, and is a file in every volume
        of it."""
        obj, key = self.live.obj, path[1][2:] if len(path) > 1 else ""
        readers = [fact for fact in self.after.environment.objects if self._is_beside(fact)]
        for fact in readers:
            for container in fact.stated.containers:
                for source in container.bulk:
                    if source.kind == obj.kind and source.name == obj.name:
                        reader = f"container '{container.name}' of {fact.owner.kind} '{fact.owner.name}'"
                        return (
                            Effect.SILENT_OVERRIDE,
                            f"is still set as '{source.prefix}{key}' in {reader} by envFrom",
                        )
        for fact in readers:
            if any(_is_whole_volume(reference, obj) for reference in fact.stated.references):
                return (
                    Effect.DEGRADED,
                    f"is still a file in a volume of {fact.owner.kind} '{fact.owner.name}'",
                )
        return Effect.IGNORED, "stays, and nothing of the manifests reads the object whole"

    def _is_beside(self, fact: ObjectFacts) -> bool:
        """Whether an object is in the namespace of the live one."""
        namespace = fact.owner.namespace or self.after.environment.namespace
        return namespace is None or namespace == self.live.obj.namespace


def _is_whole_volume(reference: Reference, obj: Object) -> bool:
    whole = reference.key is None and reference.form.startswith(("volume.", "projected."))
    return whole and reference.kind == obj.kind and reference.name == obj.name


def _target(each: Resolution) -> Target:
    reference = each.reference
    return Target(kind=reference.kind, namespace=each.namespace, name=reference.name, key=reference.key)


def _still_read(each: Resolution) -> str:
    reference = each.reference
    name = object_name(reference.kind, each.namespace, reference.name)
    return f"still reads the key '{reference.key}' of {name}, an old setting"


def _fails(each: Resolution) -> bool:
    if each.outcome in (Outcome.MISSING_KEY, Outcome.BINARY_KEY):
        return True
    missing = each.outcome in (Outcome.MISSING_OBJECT, Outcome.WRONG_NAMESPACE, Outcome.WRONG_KIND)
    return missing and each.reference.kind == "ConfigMap"


def _surely(each: Resolution) -> bool:
    return each.outcome in (Outcome.MISSING_KEY, Outcome.BINARY_KEY) and each.certain
