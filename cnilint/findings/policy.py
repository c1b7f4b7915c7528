"""Problems to findings: the one place that gives them severity, fingerprint, suppression and order."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from cnilint.diagnostics.model import Diagnostic, ObjectRef, Severity
from cnilint.findings.codes import CODES
from cnilint.findings.codes import code as code_of
from cnilint.findings.fingerprint import fingerprint, numbered
from cnilint.findings.model import Finding, Suppression
from cnilint.findings.suppression import Comment, SuppressionRule, annotation_codes


@dataclass(kw_only=True, frozen=True, slots=True)
class Policy:
    """What the user wants to hear: codes or prefixes, severities, suppressions. ``today`` is ISO, for ``until``.

    ``files`` are those that he asked for, None for all; ``environments`` those that he asked for as a whole, wherever
    their files stand. ``annotated`` are the objects that carry a suppression.
    ``judged`` are the codes that the run can report: a suppression of another one may match in another run.
    """

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    severity: Mapping[str, Severity] | None = None
    suppressions: Sequence[SuppressionRule] = ()
    comments: Mapping[str, Sequence[Comment]] | None = None
    today: str = ""
    files: Collection[str] | None = None
    environments: Collection[str] = frozenset()
    annotated: Sequence[ObjectRef] = ()
    judged: Collection[str] = frozenset(entry.code for entry in CODES)


@dataclass(frozen=True, slots=True)
class Result:
    """Findings in order, and what of the suppressions matched nothing."""

    findings: tuple[Finding, ...]
    notices: tuple[str, ...]


def findings(problems: Iterable[Diagnostic], policy: Policy) -> Result:
    """The findings of a run.

    All problems are named and held against the suppressions before any is left out, so that neither a fingerprint
    nor what is said of a suppression depends on what was asked for.
    """
    ordered = sorted(set(map(_as_written, problems)), key=_order)
    prints = numbered(fingerprint(problem, problem.environment) for problem in ordered)
    used: set[object] = set()
    every = [_finding(problem, name, policy, used) for problem, name in zip(ordered, prints, strict=True)]
    return Result(
        tuple(finding for finding in every if _wanted(finding, policy)), tuple(_unused(policy, used))
    )


def _as_written(problem: Diagnostic) -> Diagnostic:
    """The diagnostic with the namespace that the manifest of its object names."""
    owner = problem.owner
    if owner is None or not owner.defaulted:
        return problem
    return replace(problem, owner=replace(owner, namespace=None, defaulted=False))


def _wanted(finding: Finding, policy: Policy) -> bool:
    selected = not policy.select or finding.code.startswith(tuple(policy.select))
    ignored = finding.code.startswith(tuple(policy.ignore))
    asked = _is_asked_for(finding.span.file, policy) or finding.environment in policy.environments
    return selected and not ignored and asked


def _is_asked_for(file: str, policy: Policy) -> bool:
    return policy.files is None or file in policy.files


def _order(problem: Diagnostic) -> tuple[object, ...]:
    span = problem.span
    return (
        span.file,
        span.line,
        span.column,
        problem.code,
        problem.environment,
        problem.path,
        str(problem.message),
    )


def _finding(problem: Diagnostic, name: str, policy: Policy, used: set[object]) -> Finding:
    known = code_of(problem.code)
    default = problem.severity or known.severity or "warning"
    return Finding(
        code=problem.code,
        name=known.name,
        severity=(policy.severity or {}).get(problem.code, default),
        message=str(problem.message),
        span=problem.span,
        environment=problem.environment,
        owner=problem.owner,
        path=problem.path,
        container=problem.container,
        target=problem.target,
        hint=problem.hint,
        related=problem.related,
        rule=problem.rule,
        effect=problem.effect,
        fingerprint=name,
        suppressed=_suppression(problem, policy, used),
    )


def _suppression(problem: Diagnostic, policy: Policy, used: set[object]) -> Suppression | None:
    for comment in (policy.comments or {}).get(problem.span.file, ()):
        if comment.line == problem.span.line and problem.code.startswith(comment.codes):
            used.add(comment)
            return Suppression("inSource", comment.reason, comment.span)
    owner = problem.owner
    if owner is not None and owner.ignore:
        codes, reason = annotation_codes(owner.ignore)
        if problem.code.startswith(codes):
            used.add(owner.span)
            return Suppression("inSource", reason, owner.span)
    for rule in policy.suppressions:
        if _holds(rule, policy.today) and _matches(rule, problem):
            used.add(rule)
            return Suppression("external", rule.reason, rule.span)
    return None


def _holds(rule: SuppressionRule, today: str) -> bool:
    return not rule.until or today <= rule.until


def _matches(rule: SuppressionRule, problem: Diagnostic) -> bool:
    owner, target = problem.owner, problem.target
    identity = "" if owner is None else f"{owner.kind}/{owner.namespace or ''}/{owner.name}"
    named = "" if target is None else f"{target.kind}/{target.name}"
    with_key = f"{named}/{target.key}" if target is not None and target.key is not None else named
    return (
        problem.code.startswith(rule.code)
        and fnmatchcase(problem.span.file, rule.file)
        and fnmatchcase(identity, rule.object)
        and fnmatchcase(problem.environment, rule.environment)
        and (fnmatchcase(named, rule.reference) or fnmatchcase(with_key, rule.reference))
    )


def _unused(policy: Policy, used: set[object]) -> Iterator[str]:
    for rule in policy.suppressions:
        place = f"{rule.span.file}:{rule.span.line}"
        if not _holds(rule, policy.today):
            yield f"{place}: the suppression of {rule.code} ended on {rule.until}"
        elif rule not in used and _is_judged((rule.code,), policy):
            yield f"{place}: the suppression of {rule.code} matches nothing"
    for file, comments in (policy.comments or {}).items():
        for comment in comments:
            asked = _is_asked_for(file, policy) and _is_judged(comment.codes, policy)
            if asked and comment not in used:
                yield f"{file}:{comment.span.line}: the comment that ignores {comment.written} matches nothing"
    for span, value in {owner.span: owner.ignore for owner in policy.annotated}.items():
        codes, _ = annotation_codes(value)
        asked = _is_asked_for(span.file, policy) and _is_judged(codes, policy)
        if asked and span not in used:
            written = ", ".join(codes) or f"'{value}'"
            yield f"{span.file}:{span.line}: the annotation that ignores {written} matches nothing"


def _is_judged(beginnings: tuple[str, ...], policy: Policy) -> bool:
    """Whether the run could have reported every code with one of the beginnings."""
    return all(entry.code in policy.judged for entry in CODES if entry.code.startswith(beginnings))
