"""What checks of manifests read, and the diagnostic and hints that they share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cnilint.checks.spelling import Spelling
from cnilint.diagnostics.model import SEVERITIES, Diagnostic, Message, ObjectRef, Related, Severity, Target
from cnilint.facts.model import Definition
from cnilint.findings.codes import Code
from cnilint.resolve.classify import at_most
from cnilint.resolve.index import Index
from cnilint.resolve.outcome import Resolution

_RELATED = 3
_KEYS = 5


@dataclass(kw_only=True, frozen=True, slots=True)
class CheckContext:
    """The facts of a run.

    ``broken`` holds the broken references by code. ``same_content`` says whether two objects have the same content.
    ``spelling`` suggests what unknown names were meant to be.
    """

    index: Index
    broken: Mapping[str, Sequence[Resolution]]
    same_content: Callable[[ObjectRef, ObjectRef], bool]
    spelling: Spelling = field(default_factory=Spelling)

    def broken_as(self, code: Code) -> Sequence[Resolution]:
        """The broken references that are reported with a code."""
        return self.broken.get(code.code, ())


def problem(
    resolution: Resolution, code: Code, message: Message, hint: str = "", severity: Severity | None = None
) -> Diagnostic:
    """A diagnostic at a reference: on its name where that does not resolve, else on its key."""
    reference = resolution.reference
    named = resolution.concerns_name
    if hint and reference.effect and not reference.optional:
        hint = f"{hint}; until then, {reference.effect}"
    return Diagnostic(
        code=code.code,
        span=reference.name_span if named else reference.span,
        message=message,
        hint=hint,
        environment=resolution.environment.name,
        owner=reference.owner,
        path=reference.name_path if named else reference.path,
        container=reference.container,
        target=Target(
            kind=reference.kind, namespace=resolution.namespace, name=reference.name, key=reference.key
        ),
        related=tuple(
            Related(candidate.definition.span, label(candidate.definition))
            for candidate in resolution.found[:_RELATED]
        ),
        severity=_limited(severity or softened(resolution), at_most(resolution)),
    )


def _limited(severity: Severity | None, most: Severity | None) -> Severity | None:
    """The lower of two severities; None is the code's default, and no limit."""
    return max(severity or SEVERITIES[0], most, key=SEVERITIES.index) if most else severity


def softened(resolution: Resolution) -> Severity | None:
    """A warning where nothing runs the workload now, or nothing is known to apply it; else the code's default."""
    if resolution.reference.dormant or resolution.environment.deployed is False:
        return "warning"
    return None


def label(definition: Definition) -> str:
    """The label of a definition's place."""
    return f"{definition.kind} {made(definition)} here"


def made(definition: Definition) -> str:
    """How a definition comes about: ``defined``, or ``created by ExternalSecret``."""
    return f"created by {definition.producer}" if definition.producer else "defined"


def key_hint(resolution: Resolution, spelling: Spelling) -> str:
    """The environment that has the key, the key that was probably meant, or the keys that the object has."""
    if resolution.sibling is not None:
        return f"environment `{resolution.sibling[0].name}` has it; add it here as well"
    keys = spelling.keys(resolution)
    if not keys and any(candidate.definition.unquotable for candidate in resolution.found):
        return ""
    if not keys:
        return f"the {resolution.reference.kind} has no keys; add the key"
    meant = spelling.meant_key(resolution)
    if meant:
        return f"did you mean `{meant}`?"
    shown = ", ".join(f"`{key}`" for key in keys[:_KEYS])
    more = f" and {len(keys) - _KEYS} more" if len(keys) > _KEYS else ""
    return f"the {resolution.reference.kind}'s keys are {shown}{more}"


def other_namespaces(resolution: Resolution) -> list[str]:
    """The namespaces, other than the reader's, in which the definitions are."""
    return sorted(
        {
            candidate.namespace
            for candidate in resolution.found
            if candidate.namespace not in (None, "", "*", resolution.namespace)
        }
    )
