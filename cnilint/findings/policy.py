"""Diagnostics to findings: the only place that sets severity, fingerprint, suppression and order."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic, ObjectRef, Severity, Target
from cnilint.findings.baseline import Baseline, BaselineEntry
from cnilint.findings.codes import Code
from cnilint.findings.fingerprint import fingerprint, numbered
from cnilint.findings.model import Finding, Suppression
from cnilint.findings.selectors import canonical_all, is_rule, selects, selects_any
from cnilint.findings.suppression import Comment, SuppressionRule, annotation_codes

_WITH_ARTICLE: Mapping[Severity, str] = {"error": "an error", "warning": "a warning", "note": "a note"}
_OF_RULES = "CNI201"
"""A code that rules of packs report: a run that can report it evaluates rules."""
_NO_REASON = "no reason given"
_CommentOf = Callable[[str, int, str, str | None], Comment | None]
"""Gives the comment that applies to a file, a line, a code and a rule."""
_FORM_OF_OBJECT = "`kind/name` or `kind/namespace/name`"
_FORM_OF_REFERENCE = f"{_FORM_OF_OBJECT}, with `/key` for one key"


class FolderPolicy(Struct, frozen=True, kw_only=True):
    """What a configuration file in a folder says of the files below it, besides the policy of the run."""

    folder: str
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)


class Policy(Struct, frozen=True, kw_only=True):
    """What the user wants to see: selectors, severities by code, suppressions.

    ``today`` is an ISO date, compared to ``until``. ``folders`` are the policies of folders, outer ones first. ``baseline``
    has the known findings: the line of each by fingerprint. ``keep`` is called last, in order, with each finding that the
    rest of the policy keeps; a finding for which it gives False is left out.
    """

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    suppressions: Sequence[SuppressionRule] = ()
    today: str = ""
    folders: Sequence[FolderPolicy] = ()
    baseline: Baseline | None = None
    keep: Callable[[Finding], bool] | None = None

    def severity_of(self, code: str, file: str) -> Severity | None:
        """The severity that the policy sets for a code; that of the innermost folder decides. None if it sets none."""
        own = (each.severity.get(code) for each in reversed(self.folders) if is_below(file, each.folder))
        return next((found for found in own if found is not None), self.severity.get(code))

    def selects(self, finding: Finding) -> bool:
        """Whether the selectors of the run, and those of all folders around the file, select a finding."""
        around = [each for each in self.folders if is_below(finding.span.file, each.folder)]
        return _selects(self.select, self.ignore, finding) and all(
            _selects(each.select, each.ignore, finding) for each in around
        )


class RunScope(Struct, frozen=True, kw_only=True):
    """What a run covers, and the suppressions that it read.

    ``codes`` are all codes by id. ``reportable`` are those that this run can report: a suppression of another code may
    match in another run. ``files`` are the selected files, None for all; ``environments`` are selected as a whole,
    wherever their files are. ``comments`` are the suppression comments by file, ``annotated`` the objects with a
    suppression. ``whole`` says that all of the repository was analyzed, whatever is selected.
    """

    codes: Mapping[str, Code]
    reportable: Collection[str]
    files: Collection[str] | None = None
    environments: Collection[str] = frozenset()
    comments: Mapping[str, Sequence[Comment]] = field(default_factory=dict)
    annotated: Sequence[ObjectRef] = ()
    whole: bool = True

    def selects(self, file: str) -> bool:
        return self.files is None or file in self.files

    def can_report(self, selectors: Collection[str]) -> bool:
        """Whether the run can report every code that one of the selectors selects."""
        wanted = tuple(_OF_RULES if is_rule(each) else each for each in canonical_all(selectors, self.codes))
        return all(code in self.reportable for code in self.codes if code.startswith(wanted))

    def covers(self, file: str, selectors: Collection[str]) -> bool:
        return self.selects(file) and self.can_report(selectors)


class Result(Struct, frozen=True, kw_only=True):
    """Findings in order of file, line, column and code, and notices about suppressions that matched nothing.

    ``known`` are the findings that the baseline has, ``stale`` its lines that no finding has any more.
    """

    findings: tuple[Finding, ...]
    notices: tuple[str, ...]
    known: tuple[Finding, ...] = ()
    stale: tuple[BaselineEntry, ...] = ()


def findings(diagnostics: Iterable[Diagnostic], policy: Policy, scope: RunScope) -> Result:
    """The findings of a run.

    All diagnostics get a fingerprint and are matched with the suppressions before any is left out, so that neither
    the fingerprints nor the notices depend on what is selected.
    """
    ordered = sorted(set(map(_as_written, diagnostics)), key=_order)
    prints = numbered(fingerprint(diagnostic, diagnostic.environment) for diagnostic in ordered)
    comment_of = _comments_by_place(scope)
    used: set[object] = set()
    every = [
        _finding(
            diagnostic,
            scope.codes[diagnostic.code],
            severity=policy.severity_of(diagnostic.code, diagnostic.span.file),
            fingerprint=name,
            suppressed=_suppression(diagnostic, policy, comment_of, used),
        )
        for diagnostic, name in zip(ordered, prints, strict=True)
    ]
    selected = [finding for finding in every if _is_selected(finding, policy, scope)]
    known = [finding for finding in selected if _is_known(finding, policy.baseline)]
    new = [finding for finding in selected if not _is_known(finding, policy.baseline)]
    return Result(
        findings=tuple(new),
        notices=tuple(_unused(policy, scope, used)),
        known=tuple(known),
        stale=tuple(_stale(policy.baseline, scope, every)),
    )


def _is_known(finding: Finding, baseline: Baseline | None) -> bool:
    return baseline is not None and finding.suppressed is None and finding.fingerprint in baseline.entries


def _stale(baseline: Baseline | None, scope: RunScope, every: Iterable[Finding]) -> Iterator[BaselineEntry]:
    """The entries that the run could have found again, selected or not, and did not."""
    if baseline is None or not scope.whole:
        return
    occurring = {finding.fingerprint for finding in every}
    for entry in baseline.entries.values():
        if entry.fingerprint not in occurring and scope.can_report((entry.code,)):
            yield entry


def is_below(file: str, folder: str) -> bool:
    """Whether a file is below a folder; every file is below the root, which is empty."""
    return not folder or file.startswith(f"{folder}/")


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


def _selects(select: Sequence[str], ignore: Sequence[str], finding: Finding) -> bool:
    if select and not selects_any(select, finding.code, finding.rule):
        return False
    return not selects_any(ignore, finding.code, finding.rule)


def _is_selected(finding: Finding, policy: Policy, scope: RunScope) -> bool:
    return (
        policy.selects(finding)
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
        sources=diagnostic.sources,
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
        or _by_annotation(diagnostic.owner, diagnostic)
        or _by_rule(diagnostic, policy)
    )
    if found is None:
        return None
    source, suppression = found
    used.add(source)
    return suppression


def _comments_by_place(scope: RunScope) -> _CommentOf:
    """Gives the first comment that applies to a line, a code and a rule. Each such search is done once."""
    by_line: defaultdict[tuple[str, int], list[tuple[Comment, tuple[str, ...]]]] = defaultdict(list)
    for file, found in scope.comments.items():
        for comment in found:
            by_line[file, comment.line].append((comment, canonical_all(comment.codes, scope.codes)))

    @cache
    def first(file: str, line: int, code: str, rule: str | None) -> Comment | None:
        written = by_line.get((file, line), ())
        return next((each for each, selectors in written if selects_any(selectors, code, rule)), None)

    return first


def _by_comment(diagnostic: Diagnostic, comment_of: _CommentOf) -> tuple[Comment, Suppression] | None:
    span = diagnostic.span
    comment = comment_of(span.file, span.line, diagnostic.code, diagnostic.rule)
    if comment is None:
        return None
    return comment, Suppression("inSource", comment.reason or _NO_REASON, comment.span)


def _by_annotation(owner: ObjectRef | None, found: Diagnostic) -> tuple[object, Suppression] | None:
    if owner is None or not owner.ignore:
        return None
    selectors, reason = annotation_codes(owner.ignore)
    if not any(selects(_in_capitals(each), found.code, found.rule) for each in selectors):
        return None
    return owner.span, Suppression("inSource", reason or _NO_REASON, owner.span)


def _in_capitals(selector: str) -> str:
    return selector if is_rule(selector) else selector.upper()


def _by_rule(diagnostic: Diagnostic, policy: Policy) -> tuple[SuppressionRule, Suppression] | None:
    for rule in policy.suppressions:
        if _is_in_force(rule, policy.today) and _matches(rule, diagnostic):
            return rule, Suppression("external", rule.reason, rule.span)
    return None


def _is_in_force(rule: SuppressionRule, today: str) -> bool:
    return not rule.until or today <= rule.until


def _matches(rule: SuppressionRule, diagnostic: Diagnostic) -> bool:
    file = diagnostic.span.file
    return (
        selects(rule.code, diagnostic.code, diagnostic.rule)
        and is_below(file, rule.folder)
        and fnmatchcase(file[len(rule.folder) :].lstrip("/"), rule.file)
        and any(fnmatchcase(name, rule.object) for name in _names_of_owner(diagnostic.owner))
        and fnmatchcase(diagnostic.environment, rule.environment)
        and any(fnmatchcase(name, rule.reference) for name in _names_of_target(diagnostic.target))
    )


def _names_of_owner(owner: ObjectRef | None) -> tuple[str, ...]:
    """An object as a suppression may name it: ``Pod/shop/agent`` and ``Pod/agent``."""
    return ("",) if owner is None else _names(owner.kind, owner.namespace, owner.name)


def _names_of_target(target: Target | None) -> tuple[str, ...]:
    """A target as a suppression may name it: as an object, and with its key, as ``ConfigMap/shop/app/LEVEL``."""
    if target is None:
        return ("",)
    names = _names(target.kind, target.namespace, target.name)
    return names if target.key is None else (*names, *(f"{name}/{target.key}" for name in names))


def _names(kind: str, namespace: str | None, name: str) -> tuple[str, ...]:
    return f"{kind}/{namespace or ''}/{name}", f"{kind}/{name}"


def _unused(policy: Policy, scope: RunScope, used: set[object]) -> Iterator[str]:
    """Notices about suppressions that expired, or matched nothing that this run could report."""
    for rule in policy.suppressions:
        place = f"{rule.span.file}:{rule.span.line}"
        if not _is_in_force(rule, policy.today):
            yield f"{place}: the suppression of {rule.code} expired on {rule.until}"
        elif rule not in used and scope.can_report((rule.code,)):
            yield f"{place}: the suppression of {rule.code} matches nothing{_forms(rule)}"
    yield from _unused_comments(scope, used)
    yield from _unused_annotations(scope, used)


def _forms(rule: SuppressionRule) -> str:
    """The form of the globs that a suppression has, since one that matches nothing may be in another form."""
    forms = [f"`object` is {_FORM_OF_OBJECT}"] if rule.object != "*" else []
    forms += [f"`reference` is {_FORM_OF_REFERENCE}"] if rule.reference != "*" else []
    return f" ({'; '.join(forms)})" if forms else ""


def _unused_comments(scope: RunScope, used: set[object]) -> Iterator[str]:
    for file, comments in scope.comments.items():
        for comment in comments:
            said = f"{file}:{comment.span.line}: the comment that ignores {comment.written}"
            if comment not in used and scope.covers(file, comment.codes):
                yield f"{said} matches nothing"
            elif comment in used and not comment.reason and scope.selects(file):
                yield f"{said} gives no reason"


def _unused_annotations(scope: RunScope, used: set[object]) -> Iterator[str]:
    for span, value in {owner.span: owner.ignore for owner in scope.annotated}.items():
        selectors, reason = annotation_codes(value)
        written = ", ".join(selectors) or f"'{value}'"
        said = f"{span.file}:{span.line}: the annotation that ignores {written}"
        if span not in used and scope.covers(span.file, selectors):
            yield f"{said} matches nothing"
        elif span in used and not reason and scope.selects(span.file):
            yield f"{said} gives no reason"
