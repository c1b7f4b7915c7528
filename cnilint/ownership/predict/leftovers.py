"""What a predicted apply leaves behind, and what each leftover does in the cluster."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import Target
from cnilint.environment import Environment
from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import BulkSource, Reference
from cnilint.manifest.object import Object
from cnilint.ownership.field_names import CONTAINERS, DATA, METADATA, container_of, field_name, variable_name
from cnilint.ownership.inputs.desired import Manifest
from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.inputs.positions import FieldPlace
from cnilint.ownership.model import Consequence, Impact, Leftover, Reader
from cnilint.ownership.predict.effects import metadata_effect, selected_labels, selector_changed
from cnilint.ownership.predict.managers import Role, left_out, role
from cnilint.resolve.index import Index
from cnilint.resolve.lookup import definitions_of
from cnilint.resolve.outcome import ABSENT, Outcome, Resolution
from cnilint.ssa.appliers.model import Applier
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.managedfields.computed import is_exact_default, is_server_set
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry
from cnilint.ssa.predict import KeptField, Prediction
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.typed import as_object
from cnilint.ssa.typed.values import JsonObject, at


class After(Struct, frozen=True):
    """What will exist after the apply: the index, the environment of one object, and what becomes of the required
    references in its leftovers, by every path that leads to one."""

    index: Index
    environment: Environment
    resolutions: Mapping[str, Sequence[Resolution]]


def kept_fields(
    prediction: Prediction, tool: Applier, live: JsonObject, schema_type: Type
) -> Iterator[KeptField]:
    """The fields that stay and that an older manifest or another tool brought: neither what the server would fill in
    again, nor what the control plane writes, nor what manifests leave to others."""
    for kept in prediction.leftovers:
        if not left_out(kept.path) and not _is_filled_in(kept, tool, live, schema_type):
            yield kept


def _is_filled_in(kept: KeptField, tool: Applier, live: JsonObject, schema_type: Type) -> bool:
    """Whether the field would be there, with its value, if no tool had ever sent it."""
    if is_server_set(kept.path, schema_type):
        # The server adds its annotations in whoever's write.
        return kept.path[0] == "f:metadata" or all(role(entry) is not Role.PERSON for entry in kept.owners)
    if kept.owners and all(_is_control_plane(entry, tool) for entry in kept.owners):
        return not _is_content(kept.path)
    return is_exact_default(kept.path, kept.value, live, schema_type)


def _is_control_plane(entry: ManagedFieldsEntry, tool: Applier) -> bool:
    return role(entry) is Role.CONTROL_PLANE and entry.manager != tool.manager


def _is_content(path: FieldPath) -> bool:
    """Whether a path is a key of data, or in a list of a pod template: what no controller of the server adds."""
    return path[0] in DATA or ("f:template" in path and any(step[:2] == "k:" for step in path))


def leftovers(
    live: LiveObject,
    manifest: Manifest,
    kept: Iterable[tuple[KeptField, FieldPlace | None]],
    *,
    after: After,
    written: JsonObject,
) -> tuple[Leftover, ...]:
    """The leftovers of one object, in the order of the dump. ``written`` is the object after the apply."""
    assessor = _Assessor(live=live, manifest=manifest, after=after, written=written)
    found = [assessor.leftover(one, place) for one, place in kept]
    return tuple(sorted(filter(None, found), key=lambda one: (one.span, one.path)))


def bulk_sources(fact: ObjectFacts, container: str) -> Sequence[BulkSource]:
    """What a container of an object reads by envFrom."""
    return next((one.bulk for one in fact.stated.containers if one.name == container), ())


def supplied_key(
    index: Index, environment: Environment, fact: ObjectFacts, sources: Sequence[BulkSource], name: str
) -> Target | None:
    """The key of the ``sources`` that supplies a variable of this name; None where none has it."""
    for source in sources:
        key = name.removeprefix(source.prefix) if name.startswith(source.prefix) else ""
        for definition in definitions_of(index, environment, fact.owner, source.kind, source.name)[:1]:
            if key in definition.keys and key not in definition.binary:
                own = definition.namespace
                return Target(kind=definition.kind, namespace=own, name=definition.name, key=key)
    return None


def enclosing(path: str) -> Iterator[str]:
    """The paths of a report that lead to a path, and the path itself."""
    yield from (path[:index] for index, sign in enumerate(path) if sign in ".[")
    yield path


class _Assessor(Struct, frozen=True, kw_only=True):
    """Tells what each leftover of one object does."""

    live: LiveObject
    manifest: Manifest
    after: After
    written: JsonObject

    def leftover(self, kept: KeptField, found: FieldPlace | None) -> Leftover | None:
        """The leftover at a place of the dump; None for a field that is not there: the tool itself writes it."""
        if found is None:
            return None
        resolutions = self.after.resolutions.get(found.positions, ())
        broken = min(filter(_fails, resolutions), key=lambda each: not _surely(each), default=None)
        if broken is not None:
            return _dangling(kept, found, broken)
        return Leftover(
            path=kept.path,
            shown=found.shown,
            span=found.span,
            owners=kept.owners,
            field=field_name(kept.path),
            impact=self._impact(kept, resolutions),
            container=container_of(kept.path),
            reads=_target(resolutions[0]) if resolutions else None,
        )

    def _impact(self, kept: KeptField, resolutions: Sequence[Resolution]) -> Impact:
        path = kept.path
        if len(path) > 1 and path[-2] in METADATA:
            return self._metadata_impact(path)
        if len(path) > 1 and path[-2] == "f:env":
            return self._variable_impact(path, resolutions)
        if path[0] in DATA:
            return self._key_impact(path)
        if path[-1].startswith(("k:", "v:")):
            return Impact(consequence=self._item_consequence(kept))
        return Impact(consequence=Consequence.OLD_VALUE)

    def _item_consequence(self, kept: KeptField) -> Consequence:
        """What an item of a list does when it stays."""
        if kept.path[-2] != "f:ports":
            return _OF_ITEMS.get(kept.path[-2], Consequence.EXTRA_ITEM)
        if self.live.obj.kind == "Service":
            return Consequence.RECEIVES_TRAFFIC
        # https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports
        takes_port = bool(as_object(kept.value).get("hostPort"))
        return Consequence.TAKES_NODE_PORT if takes_port else Consequence.EXTRA_ITEM

    def _metadata_impact(self, path: FieldPath) -> Impact:
        obj = self.live.obj
        does = metadata_effect(path, obj.kind)
        if does:
            return Impact(consequence=Consequence.STILL_ACTS, does=does)
        what = selected_labels(path, obj.kind)
        if what:
            selecting = selector_changed(
                self.after.environment,
                self.manifest.contents,
                what=what,
                namespace=obj.namespace,
                labels=as_object(at(self.written, *(step[2:] for step in path[:-1]))),
                name=path[-1][2:],
            )
            if selecting is not None:
                return Impact(consequence=Consequence.STILL_SELECTED, target=selecting)
        return Impact(consequence=Consequence.UNUSED_METADATA)

    def _variable_impact(self, path: FieldPath, resolutions: Sequence[Resolution]) -> Impact:
        if resolutions:
            return Impact(consequence=Consequence.READS_OLD_KEY, target=_target(resolutions[0]))
        name = variable_name(path)
        fact = self.manifest.fact
        sources = bulk_sources(fact, container_of(path))
        overridden = supplied_key(self.after.index, self.after.environment, fact, sources, name)
        namespace = self.live.obj.namespace
        if overridden is not None:
            target = replace(overridden, namespace=overridden.namespace or namespace)
            return Impact(consequence=Consequence.OVERRIDES_KEY, target=target)
        if not sources:
            return Impact(consequence=Consequence.OVERRIDES_DEFAULT)
        whole = Target(kind=sources[0].kind, namespace=namespace, name=sources[0].name)
        return Impact(consequence=Consequence.OVERRIDES_OBJECT, target=whole)

    def _key_impact(self, path: FieldPath) -> Impact:
        """A key that stays sets a variable in every container that reads the object whole, and is a file in every
        volume of it."""
        key = path[1][2:] if len(path) > 1 else ""
        readers = [fact for fact in self.after.environment.objects if self._is_beside(fact)]
        reader = next(_bulk_readers(readers, self.live.obj, key), None)
        if reader is not None:
            return Impact(consequence=Consequence.SETS_VARIABLE, reader=reader)
        reader = next(_volume_readers(readers, self.live.obj), None)
        if reader is not None:
            return Impact(consequence=Consequence.MOUNTED, reader=reader)
        return Impact(consequence=Consequence.UNREAD_KEY)

    def _is_beside(self, fact: ObjectFacts) -> bool:
        """Whether an object is in the namespace of the live one."""
        return fact.owner.namespace in (None, self.live.obj.namespace)


_OF_ITEMS = {
    **dict.fromkeys(CONTAINERS, Consequence.KEEPS_RUNNING),
    "f:volumes": Consequence.IN_NEW_PODS,
    "f:volumeMounts": Consequence.IN_CONTAINER,
}
"""What items of lists do when they stay, apart from ports."""

_UNRESOLVED = {
    Outcome.MISSING_KEY: Consequence.MISSING_KEY,
    Outcome.BINARY_KEY: Consequence.BINARY_KEY,
}


def _dangling(kept: KeptField, found: FieldPlace, broken: Resolution) -> Leftover:
    """A leftover of which a reference does not resolve."""
    reference, target = broken.reference, _target(broken)
    consequence = _UNRESOLVED.get(broken.outcome, Consequence.MISSING_OBJECT)
    return Leftover(
        path=kept.path,
        shown=found.shown + reference.path[len(found.positions) :],
        span=reference.span,
        owners=kept.owners,
        field=field_name(kept.path),
        impact=Impact(consequence=consequence, target=target),
        container=reference.container or container_of(kept.path),
        target=target,
        target_span=broken.found[0].definition.span if broken.found else None,
        certain=_surely(broken),
        reads=target,
    )


def _bulk_readers(facts: Iterable[ObjectFacts], obj: Object, key: str) -> Iterator[Reader]:
    """The containers that read an object by envFrom."""
    for fact in facts:
        for container in fact.stated.containers:
            for source in container.bulk:
                if (source.kind, source.name) == (obj.kind, obj.name):
                    yield Reader(
                        kind=fact.owner.kind,
                        name=fact.owner.name,
                        container=container.name,
                        variable=f"{source.prefix}{key}",
                    )


def _volume_readers(facts: Iterable[ObjectFacts], obj: Object) -> Iterator[Reader]:
    """The objects that mount an object whole."""
    for fact in facts:
        if any(_is_whole_volume(reference, obj) for reference in fact.stated.references):
            yield Reader(kind=fact.owner.kind, name=fact.owner.name)


def _is_whole_volume(reference: Reference, obj: Object) -> bool:
    whole = reference.key is None and reference.form.startswith(("volume.", "projected."))
    return whole and reference.kind == obj.kind and reference.name == obj.name


def _target(each: Resolution) -> Target:
    reference = each.reference
    return Target(kind=reference.kind, namespace=each.namespace, name=reference.name, key=reference.key)


def _fails(each: Resolution) -> bool:
    if each.outcome in (Outcome.MISSING_KEY, Outcome.BINARY_KEY):
        return True
    missing = each.outcome in ABSENT
    return missing and each.reference.kind == "ConfigMap"


def _surely(each: Resolution) -> bool:
    return each.outcome in (Outcome.MISSING_KEY, Outcome.BINARY_KEY) and each.certain
