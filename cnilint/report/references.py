"""``cnilint refs``: each reference with its outcome, and what decided it, as text or JSON."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from cnilint.diagnostics.wording import quantity
from cnilint.report.json import Value, encoded, object_value, target_value
from cnilint.report.place import object_text
from cnilint.report.terminal import printable
from cnilint.resolve.classify import classify, counted_as
from cnilint.resolve.holders import Candidate
from cnilint.resolve.outcome import DEFINED, Resolution

SCHEMA = "cnilint-references/1"
_SHOWN = 3
"""Definitions that are shown of one reference."""


class ReferenceView(Struct, frozen=True, kw_only=True):
    """One reference in one environment. ``path`` has names of containers and variables, ``outcome`` is how reports count
    it; ``code`` is None unless it is reported."""

    resolution: Resolution
    path: str
    outcome: str
    code: str | None


def views(resolutions: Iterable[Resolution], path: Callable[[Resolution], str]) -> list[ReferenceView]:
    """The references in order of file, line and environment; ``path`` names their fields. A consequence of another
    reference is left out."""
    found = [
        ReferenceView(resolution=each, path=path(each), outcome=outcome, code=classify(each))
        for each in resolutions
        if (outcome := counted_as(each)) is not None
    ]
    return sorted(found, key=_order)


def text(shown: Sequence[ReferenceView]) -> str:
    """A paragraph for each reference."""
    lines = [line for view in shown for line in _paragraph(view)]
    lines.append(f"{quantity(len(shown), 'reference')}.")
    return "".join(f"{printable(line)}\n" for line in lines)


def json(shown: Sequence[ReferenceView]) -> str:
    """All references, as ``schemas/references.schema.json`` describes it."""
    return encoded({"schema": SCHEMA, "references": [_value(view) for view in shown]})


def _order(view: ReferenceView) -> tuple[object, ...]:
    span = view.resolution.reference.span
    return span.file, span.line, span.column, view.resolution.environment.name


def _paragraph(view: ReferenceView) -> Iterator[str]:
    resolution = view.resolution
    reference, environment = resolution.reference, resolution.environment
    span = reference.span
    key = "" if reference.key is None else f", key {reference.key}"
    namespace = f"{resolution.namespace}/" if resolution.namespace else ""
    code = f" ({view.code})" if view.code else ""
    yield (
        f"{span.file}:{span.line}:{span.column}: {reference.kind} {namespace}{reference.name}{key}: "
        f"{view.outcome}{code}"
    )
    yield f"    in {object_text(reference.owner)}, {view.path}"
    for candidate in resolution.found[:_SHOWN]:
        yield f"    {_found(resolution, candidate)}"
    if resolution.reason:
        yield f"    because {resolution.reason}"
    yield f"    environment: {environment.name} ({environment.reason})"


def _found(resolution: Resolution, candidate: Candidate) -> str:
    definition = candidate.definition
    span = definition.span
    place = f"{span.file}:{span.line}" if span.file else "the platform"
    verb = "resolved by" if resolution.outcome in DEFINED else "considered:"
    made = f", created by {definition.producer}" if definition.producer else ""
    elsewhere = candidate.environment.name
    where = "" if elsewhere == resolution.environment.name else f", environment {elsewhere}"
    return f"{verb} {place}: {definition.kind} {definition.name}{made}{where}"


def _value(view: ReferenceView) -> Value:
    resolution = view.resolution
    reference, environment = resolution.reference, resolution.environment
    return {
        "file": reference.span.file,
        "line": reference.span.line,
        "column": reference.span.column,
        "object": object_value(reference.owner),
        "container": reference.container,
        "path": view.path,
        "form": reference.form,
        "optional": reference.optional,
        "target": target_value(resolution),
        "outcome": view.outcome,
        "code": view.code,
        "reason": resolution.reason,
        "found": [_candidate(each) for each in resolution.found],
        "environment": {"name": environment.name, "reason": environment.reason},
    }


def _candidate(candidate: Candidate) -> Value:
    definition = candidate.definition
    return {
        "file": definition.span.file,
        "line": definition.span.line,
        "kind": definition.kind,
        "namespace": candidate.namespace,
        "name": definition.name,
        "producer": definition.producer,
        "environment": candidate.environment.name,
    }
