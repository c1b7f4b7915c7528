"""The result of a run, from which every format is rendered."""

from typing import TYPE_CHECKING

from msgspec import Struct

from cnilint.findings.baseline import BaselineEntry
from cnilint.findings.model import Finding

if TYPE_CHECKING:
    from cnilint.report.ownership_view import Ownership
    from cnilint.report.sync_view import SyncSummary


COUNTED = ("resolved", "broken", "optional", "provided", "external", "unverifiable")
"""How references are counted, in the order of the report."""


class EnvironmentSummary(Struct, frozen=True):
    """An environment as reports show it."""

    name: str
    roots: tuple[str, ...]
    objects: int


class NotChecked(Struct, frozen=True, kw_only=True):
    """Something that is applied and was not checked, such as a Helm chart, and why. ``version`` is empty if unknown."""

    kind: str
    name: str
    version: str
    file: str
    line: int
    reason: str


class Coverage(Struct, frozen=True, kw_only=True):
    """What a run read and what it did not: counts, and reasons for what it skipped or could not verify.

    ``references`` counts by outcome, one of ``COUNTED``.
    ``reasons`` counts the unverifiable ones by reason. ``skipped`` holds (file, reason). ``not_checked`` is in order
    of name, version and place.
    """

    files: int
    documents: int
    objects: int
    references: dict[str, int]
    reasons: dict[str, int]
    skipped: tuple[tuple[str, str], ...] = ()
    not_checked: tuple[NotChecked, ...] = ()


class KnownFindings(Struct, frozen=True, kw_only=True):
    """How many findings are in the baseline ``file`` and left out, and its entries that no finding has any more.

    ``told`` is the number of the known ones as people count findings: one in several environments is one.
    """

    file: str
    known: int
    told: int
    stale: tuple[BaselineEntry, ...]


class Report(Struct, frozen=True, kw_only=True):
    """The complete result of a run; ``findings`` are in order of file, line, column and code.

    ``root`` is the folder to which files are relative, as seen from the current folder. ``revision`` is the Git
    revision that was read, None for a work tree.
    """

    root: str
    revision: str | None
    environments: tuple[EnvironmentSummary, ...]
    coverage: Coverage
    findings: tuple[Finding, ...]
    notices: tuple[str, ...] = ()
    """Sentences for people, such as that a suppression matches nothing."""
    ownership: "Ownership | None" = None
    """The audit of live objects; None for a run over manifests."""
    sync: "SyncSummary | None" = None
    """What else is known of a sync; None for a run that is not about one."""
    base: str | None = None
    """The revision that the findings are compared with: only those that it has not are reported."""
    baseline: KnownFindings | None = None
    """What the baseline of the run has; None without one."""
    secret_files: frozenset[str] = frozenset()
    """Files that hold values of Secrets although their own text does not say so."""
