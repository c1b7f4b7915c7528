"""Findings of one fault, told as one: the one to act on, with the others beside it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.diagnostics.model import SEVERITIES, Related
from cnilint.diagnostics.span import Span
from cnilint.findings.model import Finding

_Object = tuple[str, str, str | None, str]
"""An environment, and kind, namespace and name of an object in it."""


def told_once(findings: Sequence[Finding]) -> list[Finding]:
    """The findings in their order, but those of one fault as one finding.

    Two findings about one field of an object have one fault: the field has an effect that a release changed, and the
    reference in it does not resolve; or both are about the same token. The more severe one is told, of two equal ones the one
    about the whole field, since whoever fixes that fixes what is in it. The others are in its ``also``, and among its
    related places. One whose partner is suppressed is told by itself.
    """
    objects: defaultdict[_Object, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.owner is not None and finding.path and finding.suppressed is None:
            owner = finding.owner
            objects[finding.environment, owner.kind, owner.namespace, owner.name].append(finding)
    partners: defaultdict[int, list[Finding]] = defaultdict(list)
    for of_object in objects.values():
        if len(of_object) > 1:
            _add_partners(partners, of_object)
    others = {id(each) for found in partners.values() for each in found}
    return [_with(each, partners.get(id(each), ())) for each in findings if id(each) not in others]


def _add_partners(partners: dict[int, list[Finding]], findings: Iterable[Finding]) -> None:
    """Adds, of the findings of one object, those that others tell to the ``id`` of these."""
    told = _Told()
    for finding in sorted(findings, key=_rank):
        primary = told.partner(finding)
        told.add(finding, primary or finding)
        if primary is not None:
            partners[id(primary)].append(finding)


class _Told(Struct):
    """The findings of one object that are told: by the tokens of their faults, each with a finding about it; by field where
    it has an effect; references by the fields above."""

    tokens: dict[tuple[str, Span], tuple[Finding, Finding]] = field(default_factory=dict)
    fields: dict[str, Finding] = field(default_factory=dict)
    references: dict[str, Finding] = field(default_factory=dict)

    def add(self, finding: Finding, primary: Finding) -> None:
        """Adds a finding, which ``primary`` tells."""
        self.tokens.setdefault((finding.path, finding.span), (finding, primary))
        if finding.effect is not None and finding.target is None:
            self.fields.setdefault(finding.path, primary)
        if finding.target is not None:
            for path in _above(finding.path):
                self.references.setdefault(path, primary)

    def partner(self, finding: Finding) -> Finding | None:
        """The finding that tells the fault of another one."""
        same, primary = self.tokens.get((finding.path, finding.span), (None, None))
        if same is not None and _is_one_fault(same, finding):
            return primary
        if finding.target is not None:
            outer = (self.fields.get(path) for path in (_above(finding.path) if self.fields else ()))
            return next((each for each in outer if each is not None), None)
        return None if finding.effect is None else self.references.get(finding.path)


def _is_one_fault(one: Finding, other: Finding) -> bool:
    """Whether two findings about one token are about what it says: two settings can be in one text."""
    if one.code == other.code:
        return one.target is not None and one.target == other.target
    return any(each.target is not None or each.effect is not None for each in (one, other))


@lru_cache(maxsize=4096)
def _above(path: str) -> tuple[str, ...]:
    """The paths of the fields that contain a field."""
    return tuple(path[:at] for at, character in enumerate(path) if character == ".")


def _rank(finding: Finding) -> tuple[int, int, bool, bool]:
    """By severity; the outer field, what is about the field itself, and what a rule says come first."""
    severity = SEVERITIES.index(finding.severity)
    return severity, len(finding.path), finding.target is not None, finding.rule is None


def _with(finding: Finding, others: Sequence[Finding]) -> Finding:
    if not others:
        return finding
    places = [place for each in others for place in (_place(each), *each.related)]
    return replace(finding, also=tuple(others), related=tuple(dict.fromkeys((*finding.related, *places))))


def _place(finding: Finding) -> Related:
    return Related(finding.span, f"also {finding.code}: {finding.message}")
