"""What each field that a change drops would do if it stayed in the live object: dangle, or override.

Whether a field stays depends on the live object's managedFields, which Git does not have. Every field is judged alone, as
if all others were removed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import Target
from cnilint.document import Span
from cnilint.environment import Environment
from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import Reference, Stated, Variable
from cnilint.manifest.pod import POD_TEMPLATES
from cnilint.ownership.field_names import FieldName, container_of, field_name, variable_name
from cnilint.ownership.inputs.positions import Pointers, shown_path
from cnilint.ownership.model import Consequence
from cnilint.ownership.predict.leftovers import bulk_sources, enclosing, supplied_key
from cnilint.ownership.predict.managers import left_out
from cnilint.ownership.revised import EnvironmentStep, RevisedObject
from cnilint.resolve.index import Index
from cnilint.resolve.lookup import definitions_of, resolve
from cnilint.resolve.outcome import DEFINED, SETTLED, Outcome, Resolution
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.predict import extra_fields
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.values import JsonObject, text_at

_WORKLOADS = frozenset(kind for _, kind in POD_TEMPLATES)
_CONSEQUENCES = {Outcome.MISSING_KEY: Consequence.MISSING_KEY, Outcome.BINARY_KEY: Consequence.BINARY_KEY}


class StaleField(Struct, frozen=True, kw_only=True):
    """A dropped field that would do harm if it stayed. ``span`` is its place in the earlier revision, ``target`` what it
    would miss or override. ``is_equal``: what it would override has the same value today."""

    revised: RevisedObject
    path: FieldPath
    field: FieldName
    consequence: Consequence
    target: Target
    span: Span
    is_equal: bool = False

    @property
    def shown(self) -> str:
        return shown_path(self.path)

    @property
    def container(self) -> str:
        return container_of(self.path)


class _Dropped(Struct, frozen=True, kw_only=True):
    """The fields that the later manifest of a workload does not have, with their paths as the facts have them."""

    revised: RevisedObject
    fields: Mapping[str, FieldPath]

    def reading(self) -> Iterator[tuple[Reference, FieldPath]]:
        """The required references in these fields."""
        for reference in self.revised.before.stated.references:
            path = next(
                (self.fields[each] for each in enclosing(reference.path) if each in self.fields), None
            )
            if path is not None and not reference.optional:
                yield reference, path


def stale_fields(
    steps: Iterable[EnvironmentStep],
    index: Index,
    *,
    index_with: Callable[[Iterable[Environment]], Index],
    resolved_before: Mapping[int, Resolution],
    kinds: Kinds,
) -> list[StaleField]:
    """The dropped fields that would dangle or override.

    ``index`` is that of the later revision, ``index_with`` gives it for changed environments. ``resolved_before`` are the
    resolutions of the earlier one by the ``id`` of the reference: what did not resolve then is not made worse.
    """
    every = (_dropped(each, kinds) for step in steps for each in step.revised)
    dropped = [each for each in every if each is not None]
    dangling = _dangling(dropped, index_with, resolved_before)
    found: list[StaleField] = []
    for each in dropped:
        found += dangling.get(id(each), ())
        known = {one.path for one in dangling.get(id(each), ())}
        found += (one for one in _overriding(each, index) if one.path not in known)
    return found


def _dropped(revised: RevisedObject, kinds: Kinds) -> _Dropped | None:
    """The dropped fields of a workload; None where there are none."""
    if revised.after.owner.kind not in _WORKLOADS or revised.old is None or revised.new is None:
        return None
    schema_type = workload_type(kinds, revised.new)
    if schema_type is None:
        return None
    pointers = Pointers(revised.old, schema_type)
    fields: dict[str, FieldPath] = {}
    for path, _ in extra_fields(revised.old, revised.new, schema_type):
        steps = None if left_out(path) else pointers.steps(path)
        if steps is not None:
            fields["".join(map(_step, steps)).removeprefix(".")] = path
    return _Dropped(revised=revised, fields=fields) if fields else None


def workload_type(kinds: Kinds, value: JsonObject) -> Type | None:
    """The type of a workload; of one at a version that is not served any more that of its kind today."""
    kind = text_at(value, "kind")
    own = kinds.find(text_at(value, "apiVersion"), kind)
    others = (kinds.find(version, kind) for version in kinds.versions(kind))
    return own or next((each for each in others if each is not None), None)


def _step(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{step}"


def _dangling(
    dropped: Sequence[_Dropped],
    index_with: Callable[[Iterable[Environment]], Index],
    resolved_before: Mapping[int, Resolution],
) -> Mapping[int, list[StaleField]]:
    """The dropped references that resolved before and would not any more, by the ``id`` of the dropped fields."""
    wanted: dict[int, tuple[_Dropped, FieldPath]] = {}
    changed: dict[str, Environment] = {}
    for each in dropped:
        reading = [
            (reference, path)
            for reference, path in each.reading()
            if (earlier := resolved_before.get(id(reference))) is not None and earlier.outcome in DEFINED
        ]
        if reading:
            here = each.revised.step.after
            environment = changed.get(here.name, here)
            reader = _reader(each.revised.after, [reference for reference, _ in reading])
            changed[here.name] = replace(environment, objects=(*environment.objects, reader))
            copies = zip(reader.stated.references, reading, strict=True)
            wanted.update((id(copy), (each, path)) for copy, (_, path) in copies)
    found: dict[int, list[StaleField]] = {}
    for resolution in resolve(index_with(changed.values())) if changed else ():
        if id(resolution.reference) in wanted and resolution.outcome not in SETTLED:
            each, path = wanted[id(resolution.reference)]
            found.setdefault(id(each), []).append(_unresolved(each, path, resolution))
    return found


def _reader(fact: ObjectFacts, references: Iterable[Reference]) -> ObjectFacts:
    """An object that states some references and nothing else."""
    own = tuple(replace(reference, owner=fact.owner) for reference in references)
    said = Stated(owner=fact.owner, references=own)
    return replace(fact, definitions=(), stated=said, diagnostics=(), mentions=())


def _unresolved(each: _Dropped, path: FieldPath, resolution: Resolution) -> StaleField:
    reference = resolution.reference
    return StaleField(
        revised=each.revised,
        path=path,
        field=field_name(_named_part(path)),
        consequence=_CONSEQUENCES.get(resolution.outcome, Consequence.MISSING_OBJECT),
        target=Target(
            kind=reference.kind, namespace=resolution.namespace, name=reference.name, key=reference.key
        ),
        span=reference.span,
    )


def _named_part(path: FieldPath) -> FieldPath:
    """The path of what people name: of a part of a variable or volume that variable or volume."""
    starts = (number + 2 for number, step in enumerate(path) if step in ("f:env", "f:volumes"))
    return path[: next(starts, len(path))]


def _overriding(each: _Dropped, index: Index) -> Iterator[StaleField]:
    """The dropped variables that the container would get from an object as a whole now."""
    fact, environment = each.revised.after, each.revised.step.after
    for path in each.fields.values():
        name = variable_name(path)
        sources = bulk_sources(fact, container_of(path)) if name else ()
        target = supplied_key(index, environment, fact, sources, name) if sources else None
        variable = _variable(each.revised.before, container_of(path), name) if target is not None else None
        if target is None or variable is None or not variable.has_value:
            continue
        definitions = definitions_of(index, environment, fact.owner, sources[0].kind, target.name)
        value = next((one.values.by_key().get(target.key or "") for one in definitions[:1]), None)
        yield StaleField(
            revised=each.revised,
            path=path,
            field=field_name(path),
            consequence=Consequence.OVERRIDES_KEY,
            target=target,
            span=variable.span,
            is_equal=value is not None and value == variable.value,
        )


def _variable(fact: ObjectFacts, container: str, name: str) -> Variable | None:
    own = (one for one in fact.stated.containers if one.name == container)
    return next((each for one in own for each in reversed(one.variables) if each.name == name), None)
