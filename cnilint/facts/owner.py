"""Reads the identity of an object."""

from sys import intern

from cnilint.diagnostics.model import WITH_RELEASE, ObjectRef, Phase
from cnilint.document import Node, child, string
from cnilint.gitops.conventions import PhaseKind, gitops_conventions
from cnilint.manifest.object import Object
from cnilint.regex import regex

_WEIGHT = regex(r"[+-]?\d{1,9}")


def owner_of(obj: Object) -> ObjectRef:
    """The identity of an object as facts carry it."""
    annotations = child(obj.node, "metadata", "annotations")
    ignore, hook, phase = "", "", WITH_RELEASE
    if annotations is not None:
        phase = _phase(annotations)
        ignore = string(annotations, "cnilint.dev/ignore") or ""
        hook = next(
            (when for name in sorted(gitops_conventions().hooks) if (when := string(annotations, name))), ""
        )
    return ObjectRef(
        api_version=intern(obj.api_version),
        kind=intern(obj.kind),
        namespace=obj.namespace and intern(obj.namespace),
        name=obj.name,
        span=obj.span,
        origin=obj.origin,
        ignore=ignore,
        generated=obj.generated,
        hook=hook,
        phase=phase,
    )


def _phase(annotations: Node) -> Phase:
    """When an object with these annotations is applied, by the first kind of hook that they name."""
    for kind in gitops_conventions().phases:
        written = string(annotations, kind.annotation)
        if written is not None:
            hooks = frozenset(name.strip() for name in written.split(","))
            return _phase_of(hooks, kind, _number(string(annotations, kind.weight)))
    waves = (string(annotations, kind.weight) for kind in gitops_conventions().phases if kind.waves)
    weight = next((_number(wave) for wave in waves if wave is not None), 0)
    return Phase(0, weight) if weight else WITH_RELEASE


def _phase_of(hooks: frozenset[str], kind: PhaseKind, weight: int) -> Phase:
    if hooks & kind.before:
        return Phase(-1, weight)
    if hooks & kind.before_upgrade:
        return Phase(-1, weight, certain=False)
    if hooks & kind.with_release:
        return Phase(0, weight)
    return Phase(1, weight)


def _number(text: str | None) -> int:
    """A weight; 0 for one that is not a number, as for one that is not there."""
    return int(text) if text is not None and _WEIGHT.fullmatch(text) else 0
