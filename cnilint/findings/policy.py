"""Diagnostics to findings: the only place that sets severity, fingerprint, suppression and order."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef, Severity, Target
from cnilint.findings.codes import Code
from cnilint.findings.fingerprint import fingerprint, numbered
from cnilint.findings.model import Finding, Suppression
from cnilint.findings.suppression import Comment, SuppressionRule, annotation_codes


@dataclass(kw_only=True, frozen=True, slots=True)
class Policy:
    """What the user wants to see: codes or prefixes, severities, suppressions.

    ``codes`` are all codes by id. ``reportable`` are those that this run can report: a suppression of another code
    may match in another run. ``today`` is an ISO date, compared to ``until``. ``files`` are the selected files, None
    for all; ``environments`` are selected as a whole, wherever their files are. ``annotated`` are the objects with a
    suppression.
    """

    codes: Mapping[str, Code]
    reportable: Collection[str]
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    severity: Mapping[str, Severity] | None = None
    suppressions: Sequence[SuppressionRule] = ()
    comments: Mapping[str, Sequence[Comment]] | None = None
    today: str = ""
    files: Collection[str] | None = None
    environments: Collection[str] = frozenset()
    annotated: Sequence[ObjectRef] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """Findings in order of file, line, column and code, and notices about suppressions that matched nothing."""

    findings: tuple[Finding, ...]
    notices: tuple[str, ...]


def findings(diagnostics: Iterable[Diagnostic], policy: Policy) -> Result:
    """The findings of a run.

    All diagnostics get a fingerprint and are matched with the suppressions before any is left out, so that neither
    the fingerprints nor the notices depend on what is selected.
    """
    ordered = sorted(set(diagnostics), key=_order)
    prints = numbered(fingerprint(diagnostic, diagnostic.environment) for diagnostic in ordered)
    used: set[object] = set()
    every = [
        _finding(diagnostic, name, policy, used) for diagnostic, name in zip(ordered, prints, strict=True)
    ]
    selected = tuple(finding for finding in every if _is_selected(finding, policy))
    return Result(selected, tuple(_unused(policy, used)))


def _is_selected(finding: Finding, policy: Policy) -> bool:
    return (
        (not policy.select or finding.code.startswith(tuple(policy.select)))
        and not finding.code.startswith(tuple(policy.ignore))
        and (_is_selected_file(finding.span.file, policy) or finding.environment in policy.environments)
    )


def _is_selected_file(file: str, policy: Policy) -> bool:
    return policy.files is None or file in policy.files


def _order(diagnostic: Diagnostic) -> tuple[object, ...]:
    span = diagnostic.span
    return (
        span.file,
        span.line,
        span.column,
        diagnostic.code,
        diagnostic.environment,
        diagnostic.path,
        str(diagnostic.message),
    )


def _finding(diagnostic: Diagnostic, name: str, policy: Policy, used: set[object]) -> Finding:
    code = policy.codes[diagnostic.code]
    default = diagnostic.severity or code.severity or "warning"
    return Finding(
        code=code.code,
        name=code.name,
        severity=(policy.severity or {}).get(code.code, default),
        message=Message.of(diagnostic.message),
        span=diagnostic.span,
        environment=diagnostic.environment,
        owner=diagnostic.owner,
        path=diagnostic.path,
        container=diagnostic.container,
        target=diagnostic.target,
        hint=diagnostic.hint,
        related=diagnostic.related,
        rule=diagnostic.rule,
        effect=diagnostic.effect,
        fingerprint=name,
        suppressed=_suppression(diagnostic, policy, used),
    )


def _suppression(diagnostic: Diagnostic, policy: Policy, used: set[object]) -> Suppression | None:
    """The suppression of a diagnostic, noted in ``used``: a comment, else an annotation, else a rule."""
    found = (
        _by_comment(diagnostic, policy)
        or _by_annotation(diagnostic.owner, diagnostic.code)
        or _by_rule(diagnostic, policy)
    )
    if found is None:
        return None
    source, suppression = found
    used.add(source)
    return suppression


def _by_comment(diagnostic: Diagnostic, policy: Policy) -> tuple[Comment, Suppression] | None:
    for comment in (policy.comments or {}).get(diagnostic.span.file, ()):
        if comment.line == diagnostic.span.line and diagnostic.code.startswith(comment.codes):
            return comment, Suppression("inSource", comment.reason, comment.span)
    return None


def _by_annotation(owner: ObjectRef | None, code: str) -> tuple[object, Suppression] | None:
    if owner is None or not owner.ignore:
        return None
    codes, reason = annotation_codes(owner.ignore)
    return (owner.span, Suppression("inSource", reason, owner.span)) if code.startswith(codes) else None


def _by_rule(diagnostic: Diagnostic, policy: Policy) -> tuple[SuppressionRule, Suppression] | None:
    for rule in policy.suppressions:
        if _is_in_force(rule, policy.today) and _matches(rule, diagnostic):
            return rule, Suppression("external", rule.reason, rule.span)
    return None


def _is_in_force(rule: SuppressionRule, today: str) -> bool:
    return not rule.until or today <= rule.until


def _matches(rule: SuppressionRule, diagnostic: Diagnostic) -> bool:
    owner = diagnostic.owner
    identity = "" if owner is None else f"{owner.kind}/{owner.namespace or ''}/{owner.name}"
    return (
        diagnostic.code.startswith(rule.code)
        and fnmatchcase(diagnostic.span.file, rule.file)
        and fnmatchcase(identity, rule.object)
        and fnmatchcase(diagnostic.environment, rule.environment)
        and any(fnmatchcase(name, rule.reference) for name in _names(diagnostic.target))
    )


def _names(target: Target | None) -> tuple[str, ...]:
    """A target as a suppression may name it: ``ConfigMap/app``, and ``ConfigMap/app/LEVEL``."""
    if target is None:
        return ("",)
    name = f"{target.kind}/{target.name}"
    return (name,) if target.key is None else (name, f"{name}/{target.key}")


def _unused(policy: Policy, used: set[object]) -> Iterator[str]:
    """Notices about suppressions that expired, or matched nothing that this run could report."""
    for rule in policy.suppressions:
        place = f"{rule.span.file}:{rule.span.line}"
        if not _is_in_force(rule, policy.today):
            yield f"{place}: the suppression of {rule.code} expired on {rule.until}"
        elif rule not in used and _is_reportable((rule.code,), policy):
            yield f"{place}: the suppression of {rule.code} matches nothing"
    yield from _unused_comments(policy, used)
    yield from _unused_annotations(policy, used)


def _unused_comments(policy: Policy, used: set[object]) -> Iterator[str]:
    for file, comments in (policy.comments or {}).items():
        for comment in comments:
            if comment not in used and _is_in_scope(file, comment.codes, policy):
                yield f"{file}:{comment.span.line}: the comment that ignores {comment.written} matches nothing"


def _unused_annotations(policy: Policy, used: set[object]) -> Iterator[str]:
    for span, value in {owner.span: owner.ignore for owner in policy.annotated}.items():
        codes, _ = annotation_codes(value)
        if span not in used and _is_in_scope(span.file, codes, policy):
            written = ", ".join(codes) or f"'{value}'"
            yield f"{span.file}:{span.line}: the annotation that ignores {written} matches nothing"


def _is_in_scope(file: str, prefixes: tuple[str, ...], policy: Policy) -> bool:
    return _is_selected_file(file, policy) and _is_reportable(prefixes, policy)


def _is_reportable(prefixes: tuple[str, ...], policy: Policy) -> bool:
    """Whether the run can report every code with one of the prefixes."""
    return all(code in policy.reportable for code in policy.codes if code.startswith(prefixes))
