"""The configuration, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cnilint.diagnostics.model import Severity
from cnilint.environment.model import DeclaredEnvironment
from cnilint.facts.model import Definition
from cnilint.findings.suppression import SuppressionRule
from cnilint.resolve.index import External


@dataclass(kw_only=True, frozen=True, slots=True)
class Config:
    """What the user has settled for a repository."""

    environments: tuple[DeclaredEnvironment, ...] = ()
    external: tuple[External, ...] = ()
    producers: tuple[Definition, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    suppressions: tuple[SuppressionRule, ...] = ()
    exclude: tuple[str, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    packs: tuple[Path, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
