"""What is reported. Checks yield problems; ``findings.py`` adds what every finding has; formats read findings."""

from dataclasses import dataclass
from typing import Literal

from cnilint.document import Span
from cnilint.facts.model import Owner
from cnilint.portrait import Ownership

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a finding."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check has to say, before the runner makes it a finding. ``severity`` overrides the code's default."""

    code: str
    span: Span
    message: str
    hint: str = ""
    environment: str = ""
    owner: Owner | None = None
    path: str = ""
    container: str = ""
    target: Target | None = None
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    rule: str | None = None
    effect: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, complete: ``schemas/report.schema.json`` is its shape in JSON."""

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    environment: str
    owner: Owner | None
    path: str
    container: str
    target: Target | None
    hint: str
    related: tuple[Related, ...]
    rule: str | None
    effect: str | None
    fingerprint: str
    suppressed: Suppression | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment as reports show it."""

    name: str
    roots: tuple[str, ...]
    objects: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a run saw: counts, and what it did not look at or could not decide, with reasons.

    ``references`` counts by outcome: resolved, broken, optional, provided, external, unverifiable.
    ``reasons`` counts the unverifiable ones by reason. ``skipped`` holds (file, reason).
    """

    files: int
    documents: int
    objects: int
    references: dict[str, int]
    reasons: dict[str, int]
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All of a run's result; every format is a function of it.

    ``root`` is where files are relative to, seen from the current folder; ``revision`` the Git revision that was
    read, None for a work tree.
    """

    root: str
    revision: str | None
    environments: tuple[Environment, ...]
    coverage: Coverage
    findings: tuple[Finding, ...]
    notices: tuple[str, ...] = ()
    """Sentences for people: nothing was checked, a baseline entry is stale."""
    ownership: Ownership | None = None
    """What a run over live objects saw of them; None for a run over manifests."""
