"""Findings, and why one of them is suppressed."""

from typing import Literal

from msgspec import Struct

from cnilint.diagnostics.model import ConfidenceLevel, Message, ObjectRef, Related, Severity, Target
from cnilint.diagnostics.span import Span
from cnilint.source.commits import GitCommit


class Suppression(Struct, frozen=True):
    """Why a finding is not counted. ``kind`` uses SARIF's words."""

    kind: Literal["inSource", "external"]
    reason: str
    span: Span | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """One finding, complete: ``schemas/report.schema.json`` is its shape in JSON."""

    code: str
    name: str
    severity: Severity
    message: Message
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
    confidence: ConfidenceLevel = "certain"
    evidence: tuple[str, ...] = ()
    suppressed: Suppression | None = None
    sources: tuple[str, ...] = ()
    also: tuple["Finding", ...] = ()
    """Other findings of the same fault, which are not told by themselves."""
    introduced: GitCommit | None = None
    """The commit since which it is there, where the user wants to know it and Git tells it."""
