"""Problems to findings: the one place that gives them severity, fingerprint, suppression and order."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from cnilint.diagnostics.model import Diagnostic, ObjectRef, Severity, Target
from cnilint.findings.codes import CODES
from cnilint.findings.codes import code as code_of
from cnilint.findings.fingerprint import fingerprint, numbered
from cnilint.findings.model import Finding, Suppression
from cnilint.findings.suppression import Comment, SuppressionRule, annotation_codes


@dataclass(kw_only=True, frozen=True, slots=True)
class Policy:
    """What the user wants to see: codes or their prefixes, severities by code, suppressions.

    ``today`` is an ISO date, compared to a suppression's ``until``. ``keep`` is called last, with each finding that
    the rest of the policy keeps, in order; the findings for which it gives False are left out.
    """

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    suppressions: Sequence[SuppressionRule] = ()
    today: str = ""
    keep: Callable[[Finding], bool] | None = None


@dataclass(kw_only=True, frozen=True, slots=True)
class RunScope:
    """What a run covered, by which suppressions are matched and findings selected.

    ``files`` are the selected ones, None for all; ``environments`` those selected as a whole, wherever their files
    are. ``comments`` are the suppression comments by file, ``annotated`` the objects with a suppression annotation.
    ``judged`` are the codes that the run can report: a suppression of another code may match in another run.
    """

    files: Collection[str] | None = None
    environments: Collection[str] = frozenset()
    comments: Mapping[str, Sequence[Comment]] = field(default_factory=dict)
    annotated: Sequence[ObjectRef] = ()
    judged: Collection[str] = frozenset(entry.code for entry in CODES)

    def selects(self, file: str) -> bool:
        return self.files is None or file in self.files

    def can_report(self, prefixes: tuple[str, ...]) -> bool:
        """Whether the run can report every code with one of the prefixes."""
        return all(entry.code in self.judged for entry in CODES if entry.code.startswith(prefixes))


@dataclass(frozen=True, slots=True)
class Result:
    """Findings in order, and what of the suppressions matched nothing."""

    findings: tuple[Finding, ...]
    notices: tuple[str, ...]


def findings(problems: Iterable[Diagnostic], policy: Policy, scope: RunScope) -> Result:
    """The findings of a run.

    Fingerprints and suppressions are settled before anything is left out, so that neither depends on the selection.
    """
    ordered = sorted(set(problems), key=_order)
    prints = numbered(fingerprint(problem, problem.environment) for problem in ordered)
    used: set[object] = set()
    every = [
        _finding(problem, name, policy, _suppression(problem, policy, scope, used))
        for problem, name in zip(ordered, prints, strict=True)
    ]
    wanted = tuple(finding for finding in every if _wanted(finding, policy, scope))
    return Result(wanted, tuple(_unused(policy, scope, used)))


def _wanted(finding: Finding, policy: Policy, scope: RunScope) -> bool:
    return (
        (not policy.select or finding.code.startswith(tuple(policy.select)))
        and not finding.code.startswith(tuple(policy.ignore))
        and (scope.selects(finding.span.file) or finding.environment in scope.environments)
        and (policy.keep is None or policy.keep(finding))
    )


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


def _finding(problem: Diagnostic, name: str, policy: Policy, suppression: Suppression | None) -> Finding:
    known = code_of(problem.code)
    default = problem.severity or known.severity or "warning"
    return Finding(
        code=problem.code,
        name=known.name,
        severity=policy.severity.get(problem.code, default),
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
        suppressed=suppression,
    )


def _suppression(
    problem: Diagnostic, policy: Policy, scope: RunScope, used: set[object]
) -> Suppression | None:
    for comment in scope.comments.get(problem.span.file, ()):
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
    owner = problem.owner
    identity = "" if owner is None else f"{owner.kind}/{owner.namespace or ''}/{owner.name}"
    return (
        problem.code.startswith(rule.code)
        and fnmatchcase(problem.span.file, rule.file)
        and fnmatchcase(identity, rule.object)
        and fnmatchcase(problem.environment, rule.environment)
        and any(fnmatchcase(name, rule.reference) for name in _reference_names(problem.target))
    )


def _reference_names(target: Target | None) -> tuple[str, ...]:
    """The texts by which a suppression can match a reference: ``Kind/name`` and ``Kind/name/key``."""
    if target is None:
        return ("",)
    name = f"{target.kind}/{target.name}"
    return (name,) if target.key is None else (name, f"{name}/{target.key}")


def _unused(policy: Policy, scope: RunScope, used: set[object]) -> Iterator[str]:
    """Notices on suppressions that ended or match nothing."""
    yield from _unused_rules(policy, scope, used)
    yield from _unused_comments(scope, used)
    yield from _unused_annotations(scope, used)


def _unused_comments(scope: RunScope, used: set[object]) -> Iterator[str]:
    for file, comments in scope.comments.items():
        for comment in comments:
            checked = scope.selects(file) and scope.can_report(comment.codes)
            if checked and comment not in used:
                yield f"{file}:{comment.span.line}: the comment that ignores {comment.written} matches nothing"


def _unused_annotations(scope: RunScope, used: set[object]) -> Iterator[str]:
    for span, value in {owner.span: owner.ignore for owner in scope.annotated}.items():
        codes, _ = annotation_codes(value)
        checked = scope.selects(span.file) and scope.can_report(codes)
        if checked and span not in used:
            written = ", ".join(codes) or f"'{value}'"
            yield f"{span.file}:{span.line}: the annotation that ignores {written} matches nothing"


def _unused_rules(policy: Policy, scope: RunScope, used: set[object]) -> Iterator[str]:
    for rule in policy.suppressions:
        place = f"{rule.span.file}:{rule.span.line}"
        if not _holds(rule, policy.today):
            yield f"{place}: the suppression of {rule.code} ended on {rule.until}"
        elif rule not in used and scope.can_report((rule.code,)):
            yield f"{place}: the suppression of {rule.code} matches nothing"
