"""The configuration, as values.

The types of its entries are imported for the type checker only: ``--help`` needs the record, and not the packages
that define what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from cnilint.diagnostics.model import Severity
    from cnilint.diagnostics.span import Span
    from cnilint.environment.model import DeclaredEnvironment
    from cnilint.facts.model import Definition
    from cnilint.findings.policy import FolderPolicy
    from cnilint.findings.suppression import SuppressionRule
    from cnilint.resolve.index import External


class Config(Struct, frozen=True, kw_only=True):
    """The contents of ``.cnilint.yaml``, and of those in folders below; without a file, the defaults.

    ``targets`` are version texts by component. ``packs`` are paths of extra packs, and ``baseline`` that of the known
    findings, relative to the current folder. What the command line can give as well is None where the file does not say
    it. ``folders`` are the policies of configuration files in folders. ``places`` has where an entry is by its section and
    text, ``notices`` what of the files has no effect.
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
    namespace: str | None = None
    kube_version: str | None = None
    closed_world: bool | None = None
    fail_on: str | None = None
    format: str | None = None
    baseline: Path | None = None
    folders: tuple[FolderPolicy, ...] = ()
    places: Mapping[tuple[str, str], Span] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
