"""The result of a run, of which every format is a function."""

from dataclasses import dataclass

from cnilint.findings.model import Finding
from cnilint.report.ownership_view import Ownership


@dataclass(frozen=True, slots=True)
class EnvironmentSummary:
    """An environment as reports show it."""

    name: str
    roots: tuple[str, ...]
    objects: int


@dataclass(kw_only=True, frozen=True, slots=True)
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


@dataclass(kw_only=True, frozen=True, slots=True)
class Report:
    """All of a run's result; every format is a function of it.

    ``root`` is where files are relative to, seen from the current folder; ``revision`` the Git revision that was
    read, None for a work tree.
    """

    root: str
    revision: str | None
    environments: tuple[EnvironmentSummary, ...]
    coverage: Coverage
    findings: tuple[Finding, ...]
    notices: tuple[str, ...] = ()
    """Sentences for people: nothing was checked, a baseline entry is stale."""
    ownership: Ownership | None = None
    """What a run over live objects saw of them; None for a run over manifests."""
