"""What is reported. Checks yield problems; ``findings.py`` adds what every finding has; formats read findings."""

from dataclasses import dataclass
from typing import Literal

from cnilint.document import Span
from cnilint.facts.model import ObjectRef

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a finding."""

    span: Span
    message: str


@dataclass(kw_only=True, frozen=True, slots=True)
class Target:
    """What a reference names."""

    kind: str
    namespace: str | None
    name: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding is not counted. ``kind`` uses SARIF's words."""

    kind: Literal["inSource", "external"]
    reason: str
    span: Span | None = None


@dataclass(kw_only=True, frozen=True, slots=True)
class Problem:
    """What a check has to say, before the runner makes it a finding. ``severity`` overrides the code's default."""

    code: str
    span: Span
    message: str
    hint: str = ""
    environment: str = ""
    owner: ObjectRef | None = None
    path: str = ""
    container: str = ""
    target: Target | None = None
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    rule: str | None = None
    effect: str | None = None


@dataclass(kw_only=True, frozen=True, slots=True)
class Finding:
    """One finding, complete: ``schemas/report.schema.json`` is its shape in JSON."""

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    environment: str
    owner: ObjectRef | None
    path: str
    container: str
    target: Target | None
    hint: str
    related: tuple[Related, ...]
    rule: str | None
    effect: str | None
    fingerprint: str
    suppressed: Suppression | None = None


SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Worst first."""
