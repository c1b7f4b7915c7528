"""The severity of a broken reference, its confidence and the evidence: the only place that decides them.

What was read proves an error; stated evidence makes a warning; a note is possible. A severity that differs from the
default of its code always comes with the evidence that changed it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import SEVERITIES, ConfidenceLevel, Diagnostic, Severity
from cnilint.environment.words import base_of, common_words_of, is_common_word, is_undeployed
from cnilint.findings.codes import Code
from cnilint.resolve.holders import Nearness
from cnilint.resolve.outcome import ABSENT, Outcome, Resolution

_CONFIDENCE: dict[Severity, ConfidenceLevel] = {"error": "certain", "warning": "likely", "note": "possible"}
_MISSING_OBJECT = "CNI102"


class SeverityJudgement(Struct, frozen=True):
    """How severe a broken reference is, how certain that is, and why; no evidence where nothing but the code decides."""

    severity: Severity
    confidence: ConfidenceLevel
    evidence: tuple[str, ...] = ()


def judgement(context: CheckContext, resolution: Resolution, code: Code) -> SeverityJudgement:
    """How severe a broken reference is."""
    judged = _judgement(context, resolution, code)
    most, why = _limit(resolution)
    if SEVERITIES.index(judged.severity) >= SEVERITIES.index(most):
        return judged
    return SeverityJudgement(most, _CONFIDENCE[most], (why,))


def raised_by_rename(found: Diagnostic, resolution: Resolution, earlier: Resolution) -> Diagnostic:
    """A finding of an absent object, where the change at hand gave the reference another name: ``earlier`` is what became
    of it before. That it resolved in the manifests says that they define what it needs."""
    reference, before = resolution.reference, earlier.reference
    renamed = reference.name != before.name and earlier.outcome is Outcome.RESOLVED
    if not renamed or resolution.outcome is not Outcome.MISSING_OBJECT or _is_inactive(resolution):
        return found
    default: Severity = "note" if reference.kind == "Secret" else "warning"
    now = SEVERITIES.index(found.severity or default)
    raised = SEVERITIES[max(now - 1, 0)]
    evidence = f"this change renames the reference: `{before.name}` was defined"
    return replace(
        found,
        severity=raised,
        confidence=_CONFIDENCE[raised],
        evidence=(*found.evidence, evidence),
    )


def _limit(resolution: Resolution) -> tuple[Severity, str]:
    """The highest severity of a reference outside of pods, and why: its target may come from where nobody looked."""
    reference = resolution.reference
    kind = reference.owner.kind
    if reference.by_shape:
        why = f"only the name of the field says that a {kind} reads it"
        return ("note" if resolution.outcome in ABSENT else "warning"), why
    if (
        reference.absent is None
        or resolution.outcome is not Outcome.MISSING_OBJECT
        or resolution.meant is not None
    ):
        return "error", ""
    if resolution.sibling is not None:
        unsure = "another environment of the same cluster may define it"
        return ("error", "") if resolution.certain else ("note", unsure)
    return reference.absent, f"charts and operators often create what a {kind} reads"


def _judgement(context: CheckContext, resolution: Resolution, code: Code) -> SeverityJudgement:
    renamed = resolution.outcome is Outcome.RENAMED
    if renamed and code.code == _MISSING_OBJECT and _surely_runs(resolution):
        return SeverityJudgement("error", "certain", ("the kustomization itself changes the object's name",))
    if renamed or (resolution.outcome is Outcome.MISSING_OBJECT and resolution.sibling is None):
        return _of_absent(context, resolution, code)
    severity = code.severity or "warning"
    doubts = tuple(_doubts(context, resolution))
    if severity != "error" or not doubts:
        return SeverityJudgement(severity, "certain")
    is_weak = any(each.strong for each in doubts) or (len(doubts) > 1 and not resolution.doubt)
    lowered: Severity = "note" if is_weak else "warning"
    return SeverityJudgement(lowered, _CONFIDENCE[lowered], tuple(each.text for each in doubts))


def _surely_runs(resolution: Resolution) -> bool:
    return resolution.certain and not (_is_inactive(resolution) or _unused_base(resolution))


def _of_absent(context: CheckContext, resolution: Resolution, code: Code) -> SeverityJudgement:
    """An object that nothing defines: somebody may create it outside of the manifests."""
    reference = resolution.reference
    if resolution.is_sub_path or reference.optional:
        return SeverityJudgement(code.severity or "warning", "certain")
    if not _is_inactive(resolution):
        known = _whole_cluster(context, resolution)
        if known and reference.kind != "ServiceAccount":
            return SeverityJudgement("error", "certain", (known,))
    raised = () if _sample(resolution) else tuple(_suspicions(resolution))
    possible = next(_may_be_there(resolution, is_suspicious=bool(raised)), None)
    if possible is not None:
        return SeverityJudgement("note", "possible", (possible,))
    severity: Severity = "warning" if raised else _default(resolution, code)
    return SeverityJudgement(severity, _CONFIDENCE[severity], raised or tuple(_excuses(resolution)))


def _may_be_there(resolution: Resolution, *, is_suspicious: bool) -> Iterator[str]:
    """Why the object may be there although nothing that is applied defines it."""
    unlisted = _unlisted(resolution)
    if unlisted:
        yield f"`{unlisted}` defines it; no kustomization lists that file, but somebody may apply it"
    if _unused_base(resolution) and not is_suspicious:
        yield _unused_base(resolution)
    if resolution.reference.kind == "ServiceAccount" and resolution.reference.parameter:
        yield "a parameter of the template gives the name, and another one where it is applied"
    if resolution.maker:
        yield f"{resolution.maker} may create it"


def _default(resolution: Resolution, code: Code) -> Severity:
    is_possible = resolution.reference.kind == "Secret" or resolution.chart
    return "note" if is_possible else code.severity or "warning"


def _excuses(resolution: Resolution) -> Iterator[str]:
    """What may create an object that is reported all the same."""
    if resolution.chart and resolution.reference.kind != "Secret":
        yield f"the chart `{resolution.chart}` that is installed here may create it: its name begins with the release's"


def _whole_cluster(context: CheckContext, resolution: Resolution) -> str:
    """Why nothing outside of what was read can define the object; empty if something may."""
    kind, namespace = resolution.reference.kind, resolution.namespace
    if context.index.closed_world:
        return "what the manifests do not define does not exist (closed world)"
    if (kind, namespace) in context.index.covered:
        return f"every live {kind} of namespace `{namespace}` is known"
    return ""


class _Doubt(NamedTuple):
    """Why a reference may not break although what was read says so. A strong one makes a note, another a warning."""

    text: str
    strong: bool = False


def _doubts(context: CheckContext, resolution: Resolution) -> Iterator[_Doubt]:
    if _is_inactive(resolution):
        yield _Doubt(f"nothing runs the workload now: `{resolution.reference.inactive}`")
    sample = _sample(resolution)
    if sample:
        yield _Doubt(f"the folder `{sample}` usually holds what no cluster runs")
    if not _compares_environments(resolution) or _whole_cluster(context, resolution):
        return
    if resolution.doubt:
        yield _Doubt(resolution.doubt)
    yield from _doubts_of_the_environment(context, resolution)


def _doubts_of_the_environment(context: CheckContext, resolution: Resolution) -> Iterator[_Doubt]:
    """Why the other environment, which has the object, may be the reader's own, or no counterpart of it."""
    environment = resolution.environment
    if _is_named_after(resolution):
        text = f"`{resolution.namespace}` is the namespace of {_other(resolution)}, which has the object"
        yield _Doubt(text, strong=True)
    if environment.deployed is False:
        yield _Doubt(f"nothing in the repository applies `{environment.name}`")
        if _unused_base(resolution):
            yield _Doubt(_unused_base(resolution), strong=True)
        elif _may_be_one(context, resolution):
            yield _Doubt(f"it is not certain that {_other(resolution)} is another environment", strong=True)
    elif not resolution.certain:
        text = f"it is not certain that {_other(resolution)} and this environment belong together"
        yield _Doubt(text, strong=_is_remote(resolution))


def _sample(resolution: Resolution) -> str | None:
    """The segment by which the reader's folder holds what no cluster runs; None if it is applied."""
    return None if resolution.environment.deployed else is_undeployed(resolution.environment.roots[0])


def _is_named_after(resolution: Resolution) -> bool:
    """Whether the reader's namespace is called after the sibling, which has the object there: ``app-dev`` in ``prod``.

    The manifest itself names that namespace. Where both are one cluster, the object is there.
    """
    if resolution.sibling is None or resolution.sibling[1].namespace != resolution.namespace:
        return False
    said = common_words_of(resolution.namespace or "")
    return bool(said) and said <= resolution.sibling[0].words and not said <= resolution.environment.words


def _is_remote(resolution: Resolution) -> bool:
    """Whether the sibling only has an object of that name, and not both are called after common environments."""
    if resolution.sibling is None or resolution.parallel:
        return False
    both = (resolution.environment, resolution.sibling[0])
    return not all(any(is_common_word(word) for word in each.words) for each in both)


def _may_be_one(context: CheckContext, resolution: Resolution) -> bool:
    """Whether another environment that only has the object may be the reader's own: no common word tells them apart.

    It is not where what defines the object has an environment of the reader's words too.
    """
    if resolution.sibling is None or resolution.parallel:
        return False
    reader, other = resolution.environment, resolution.sibling[0]
    if reader.words in context.index.families.get(other.family, ()):
        return False
    own = {word for word in reader.words if is_common_word(word)}
    return not own or not own.isdisjoint(other.words)


def _is_inactive(resolution: Resolution) -> bool:
    return bool(resolution.reference.inactive)


def _compares_environments(resolution: Resolution) -> bool:
    """Whether the conclusion rests on another environment: inside one, what was read is proof."""
    if resolution.sibling is not None and resolution.outcome is Outcome.MISSING_OBJECT:
        return True
    if resolution.outcome is Outcome.WRONG_NAMESPACE:
        return not resolution.certain
    return all(candidate.nearness is not Nearness.OWN for candidate in resolution.found)


def _other(resolution: Resolution) -> str:
    if resolution.sibling is not None:
        return f"`{resolution.sibling[0].name}`"
    return f"`{resolution.found[0].environment.name}`" if resolution.found else "the definition"


def _unused_base(resolution: Resolution) -> str:
    """Why the reader is only a part of what is applied; empty if it is not."""
    environment = resolution.environment
    base = base_of(environment.roots[0]) if environment.deployed is False else ""
    return base and f"nothing applies the base `{base}`, and what includes it may complete it"


def _unlisted(resolution: Resolution) -> str:
    """The file of the reader's own folder that defines the object and is applied by nothing; empty if there is none."""
    root = resolution.environment.roots[0]
    for candidate in resolution.found:
        if candidate.environment.standing == "unlisted" and candidate.environment.roots[0] == root:
            return candidate.definition.span.file
    return ""


def _suspicions(resolution: Resolution) -> Iterator[str]:
    """What makes a mistake more likely than an object that is created outside of the manifests."""
    reference, made = resolution.reference, resolution.meant
    if made is not None:
        yield f"{made.producer} creates `{made.name}`, not `{reference.name}`"
    elif resolution.likely is not None:
        yield resolution.likely.why
        if resolution.likely.despite:
            yield f"it may be defined nevertheless: {resolution.likely.despite}"
    component = next(
        (each.environment for each in resolution.found if each.environment.standing == "component"), None
    )
    if component is not None:
        yield f"component `{component.roots[0]}` defines it, and this environment does not list that"
