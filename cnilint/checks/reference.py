"""The diagnostic of a broken reference, and the hints that the checks of references share."""

from cnilint.checks.context import CheckContext
from cnilint.checks.severity import judgement
from cnilint.checks.spelling import Spelling
from cnilint.diagnostics.model import Diagnostic, Message, Related, Target
from cnilint.facts.model import Definition
from cnilint.findings.codes import Code
from cnilint.report.place import quoted
from cnilint.resolve.outcome import Resolution

_RELATED = 3
_KEYS = 5


def problem(
    context: CheckContext, resolution: Resolution, code: Code, message: Message, hint: str = ""
) -> Diagnostic:
    """A diagnostic at a reference: on its name where that does not resolve, else on its key."""
    reference = resolution.reference
    named = resolution.concerns_name
    judged = judgement(context, resolution, code)
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
        severity=judged.severity,
        confidence=judged.confidence,
        evidence=judged.evidence,
    )


def label(definition: Definition) -> str:
    """The label of a definition's place."""
    return f"{definition.kind} {made(definition)} here"


def made(definition: Definition) -> str:
    """How a definition comes about: ``defined``, or ``created by ExternalSecret``."""
    return f"created by {definition.producer}" if definition.producer else "defined"


def external_hint(resolution: Resolution) -> str:
    """What to add to the configuration where something outside of the repository creates the object."""
    reference = resolution.reference
    entry = {"kind": reference.kind, "name": reference.name}
    if resolution.namespace:
        entry["namespace"] = resolution.namespace
    told = ", ".join(f"{key}: {quoted(value)}" for key, value in entry.items())
    return f"created elsewhere? add to .cnilint.yaml: `external: [{{{told}, reason: ...}}]`"


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
    shown = ", ".join(f"`{key}`" if key else '`""`' for key in keys[:_KEYS])
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
