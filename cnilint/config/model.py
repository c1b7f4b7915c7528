"""The configuration, as values.

The types of its entries are imported for the type checker only: ``--help`` needs the record, and not the packages
that define what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnilint.diagnostics.model import Severity
    from cnilint.environment.model import DeclaredEnvironment
    from cnilint.facts.model import Definition
    from cnilint.findings.suppression import SuppressionRule
    from cnilint.resolve.index import External


@dataclass(kw_only=True, frozen=True, slots=True)
class Config:
    """The contents of ``.cnilint.yaml``; without a file, the defaults.

    ``targets`` are version texts by component. ``packs`` are paths of extra packs, relative to the current folder.
    """

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
