"""Diagnostics to findings: the only place that sets severity, fingerprint, suppression and order."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache

from cnilint.diagnostics.model import Diagnostic, ObjectRef, Severity, Target
from cnilint.findings.codes import Code
from cnilint.findings.fingerprint import fingerprint, numbered
from cnilint.findings.model import Finding, Suppression
from cnilint.findings.suppression import Comment, SuppressionRule, annotation_codes

_WITH_ARTICLE: Mapping[Severity, str] = {"error": "an error", "warning": "a warning", "note": "a note"}
_CommentOf = Callable[[str, int, str], Comment | None]
"""Gives the comment that applies to a file, a line and a code."""


@dataclass(kw_only=True, frozen=True, slots=True)
class Policy:
    """What the user wants to see: codes or prefixes, severities by code, suppressions.

    ``today`` is an ISO date, compared to ``until``. ``keep`` is called last, in order, with each finding that the
    rest of the policy keeps; a finding for which it gives False is left out.
    """

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    suppressions: Sequence[SuppressionRule] = ()
    today: str = ""
    keep: Callable[[Finding], bool] | None = None


@dataclass(kw_only=True, frozen=True, slots=True)
class RunScope:
    """What a run covers, and the suppressions that it read.

    ``codes`` are all codes by id. ``reportable`` are those that this run can report: a suppression of another code may
    match in another run. ``files`` are the selected files, None for all; ``environments`` are selected as a whole,
    wherever their files are. ``comments`` are the suppression comments by file, ``annotated`` the objects with a
    suppression.
    """

    codes: Mapping[str, Code]
    reportable: Collection[str]
    files: Collection[str] | None = None
    environments: Collection[str] = frozenset()
    comments: Mapping[str, Sequence[Comment]] = field(default_factory=dict)
    annotated: Sequence[ObjectRef] = ()

    def selects(self, file: str) -> bool:
        return self.files is None or file in self.files

    def can_report(self, prefixes: tuple[str, ...]) -> bool:
        """Whether the run can report every code with one of the prefixes."""
        return all(code in self.reportable for code in self.codes if code.startswith(prefixes))

    def covers(self, file: str, prefixes: tuple[str, ...]) -> bool:
        return self.selects(file) and self.can_report(prefixes)


@dataclass(frozen=True, slots=True)
class Result:
    """Findings in order of file, line, column and code, and notices about suppressions that matched nothing."""

    findings: tuple[Finding, ...]
    notices: tuple[str, ...]


def findings(diagnostics: Iterable[Diagnostic], policy: Policy, scope: RunScope) -> Result:
    """The findings of a run.

    All diagnostics get a fingerprint and are matched with the suppressions before any is left out, so that neither
    the fingerprints nor the notices depend on what is selected.
    """
    ordered = sorted(set(map(_as_written, diagnostics)), key=_order)
    prints = numbered(fingerprint(diagnostic, diagnostic.environment) for diagnostic in ordered)
    comment_of = _comments_by_place(scope.comments)
    used: set[object] = set()
    every = [
        _finding(
            diagnostic,
            scope.codes[diagnostic.code],
            severity=policy.severity.get(diagnostic.code),
            fingerprint=name,
            suppressed=_suppression(diagnostic, policy, comment_of, used),
        )
        for diagnostic, name in zip(ordered, prints, strict=True)
    ]
    selected = tuple(finding for finding in every if _is_selected(finding, policy, scope))
    return Result(selected, tuple(_unused(policy, scope, used)))


def fingerprints(diagnostics: Iterable[Diagnostic]) -> frozenset[str]:
    """The fingerprints that the findings of some diagnostics have."""
    ordered = sorted(set(map(_as_written, diagnostics)), key=_order)
    return frozenset(numbered(fingerprint(each, each.environment) for each in ordered))


def _as_written(diagnostic: Diagnostic) -> Diagnostic:
    """The diagnostic with the namespace that the manifest of its object names."""
    owner = diagnostic.owner
    if owner is None or not owner.defaulted:
        return diagnostic
    return replace(diagnostic, owner=replace(owner, namespace=owner.written_namespace, defaulted=False))


def _is_selected(finding: Finding, policy: Policy, scope: RunScope) -> bool:
    return (
        (not policy.select or finding.code.startswith(tuple(policy.select)))
        and not finding.code.startswith(tuple(policy.ignore))
        and (scope.selects(finding.span.file) or finding.environment in scope.environments)
        and (policy.keep is None or policy.keep(finding))
    )


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
        *_names_of(diagnostic),
    )


def _names_of(diagnostic: Diagnostic) -> tuple[str, ...]:
    """What tells diagnostics of one place apart: several objects may be made of the same lines."""
    owner, target = diagnostic.owner, diagnostic.target
    of_owner = ("", "", "") if owner is None else (owner.kind, owner.namespace or "", owner.name)
    of_target = ("", "") if target is None else (target.namespace or "", target.key or "")
    return (*of_owner, *of_target, diagnostic.container)


def _finding(
    diagnostic: Diagnostic,
    code: Code,
    *,
    severity: Severity | None,
    fingerprint: str,
    suppressed: Suppression | None,
) -> Finding:
    """A diagnostic as a finding; ``severity`` is the one that the policy sets."""
    return Finding(
        code=code.code,
        name=code.name,
        severity=severity or diagnostic.severity or code.severity or "warning",
        confidence=diagnostic.confidence,
        evidence=_evidence(diagnostic, severity),
        message=diagnostic.message,
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
        fingerprint=fingerprint,
        suppressed=suppressed,
    )


def _evidence(diagnostic: Diagnostic, severity: Severity | None) -> tuple[str, ...]:
    """Why a finding has its severity; ``severity`` is the one that the policy sets."""
    if severity is None:
        return diagnostic.evidence
    return (*diagnostic.evidence, f"the configuration makes {diagnostic.code} {_WITH_ARTICLE[severity]}")


def _suppression(
    diagnostic: Diagnostic, policy: Policy, comment_of: _CommentOf, used: set[object]
) -> Suppression | None:
    """The suppression of a diagnostic, noted in ``used``: a comment, else an annotation, else a rule."""
    found = (
        _by_comment(diagnostic, comment_of)
        or _by_annotation(diagnostic.owner, diagnostic.code)
        or _by_rule(diagnostic, policy)
    )
    if found is None:
        return None
    source, suppression = found
    used.add(source)
    return suppression


def _comments_by_place(comments: Mapping[str, Sequence[Comment]]) -> _CommentOf:
    """Gives the first comment that applies to a line and a code. Each such search is done once."""
    by_line: defaultdict[tuple[str, int], list[Comment]] = defaultdict(list)
    for file, found in comments.items():
        for comment in found:
            by_line[file, comment.line].append(comment)

    @cache
    def first(file: str, line: int, code: str) -> Comment | None:
        return next((each for each in by_line.get((file, line), ()) if code.startswith(each.codes)), None)

    return first


def _by_comment(diagnostic: Diagnostic, comment_of: _CommentOf) -> tuple[Comment, Suppression] | None:
    comment = comment_of(diagnostic.span.file, diagnostic.span.line, diagnostic.code)
    return None if comment is None else (comment, Suppression("inSource", comment.reason, comment.span))


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


def _unused(policy: Policy, scope: RunScope, used: set[object]) -> Iterator[str]:
    """Notices about suppressions that expired, or matched nothing that this run could report."""
    for rule in policy.suppressions:
        place = f"{rule.span.file}:{rule.span.line}"
        if not _is_in_force(rule, policy.today):
            yield f"{place}: the suppression of {rule.code} expired on {rule.until}"
        elif rule not in used and scope.can_report((rule.code,)):
            yield f"{place}: the suppression of {rule.code} matches nothing"
    yield from _unused_comments(scope, used)
    yield from _unused_annotations(scope, used)


def _unused_comments(scope: RunScope, used: set[object]) -> Iterator[str]:
    for file, comments in scope.comments.items():
        for comment in comments:
            if comment not in used and scope.covers(file, comment.codes):
                yield f"{file}:{comment.span.line}: the comment that ignores {comment.written} matches nothing"


def _unused_annotations(scope: RunScope, used: set[object]) -> Iterator[str]:
    for span, value in {owner.span: owner.ignore for owner in scope.annotated}.items():
        codes, _ = annotation_codes(value)
        if span not in used and scope.covers(span.file, codes):
            written = ", ".join(codes) or f"'{value}'"
            yield f"{span.file}:{span.line}: the annotation that ignores {written} matches nothing"
