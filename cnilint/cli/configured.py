"""The configuration of a run, and the settings that it gives where the command line does not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from click.core import ParameterSource
from msgspec.structs import replace

from cnilint.analysis.settings import AnalysisSettings, AuditSettings
from cnilint.cli.output import OutputSettings
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.config.model import Config
    from cnilint.findings.baseline import Baseline
    from cnilint.packs.library import Library
    from cnilint.source.base import Source

Settings = TypeVar("Settings", AnalysisSettings, AuditSettings, OutputSettings)
_SHARED = ("namespace", "closed_world", "kube_version", "fail_on", "format")
"""Keys of the configuration that are options as well; a record has those that it has a field for."""


def config_of(config_file: Path | None, source: Source) -> Config:
    """The configuration of a source: that of the repository with those of its folders, or the file that the user named.

    Raises UsageError.
    """
    from cnilint.checks import CODES
    from cnilint.config.load import load
    from cnilint.config.nested import with_folders
    from cnilint.source import StandardInput
    from cnilint.source.revision import GitFiles

    if isinstance(source, StandardInput):
        return load(config_file, root_around(), CODES)
    config = load(config_file, source.root, CODES, source.read if isinstance(source, GitFiles) else None)
    return config if config_file is not None else with_folders(config, source, CODES)


def root_around() -> str:
    """The repository around the current folder, which has the configuration; without one, the current folder."""
    from cnilint.source.worktree import work_tree_of

    here = Path.cwd()
    return str(work_tree_of(here) or here)


def library_around() -> Library:
    """The rules of cnilint, and those of the packs that the configuration around the current folder names."""
    from cnilint.checks import CODES
    from cnilint.config.load import load
    from cnilint.packs.library import Library

    return Library(extra=load(None, root_around(), CODES).packs)


def configured(settings: Settings, config: Config) -> Settings:
    """The settings with the values of the configuration for the options that the user did not give."""
    values = {
        name: value
        for name in _SHARED
        if hasattr(settings, name) and (value := getattr(config, name)) is not None and not _is_given(name)
    }
    if isinstance(settings, AnalysisSettings) and "kube_version" in values:
        from cnilint.versions import parse_version

        values["kube_version"] = parse_version(values["kube_version"])
    return replace(settings, **values)


def baseline_of(option: Path | None, config: Config) -> Baseline | None:
    """The known findings in the file that the user or the configuration names; None for neither. Raises UsageError."""
    path = option or config.baseline
    if path is None:
        return None
    from cnilint.findings.baseline import parse_baseline
    from cnilint.reading import Unreadable, read_named

    try:
        return parse_baseline(shown(path), read_named(path))
    except Unreadable as error:
        hint = "write it with `cnilint baseline`"
        raise UsageError(f"cannot read the baseline `{shown(path)}`: {error}", hint) from None


def shown(path: Path) -> str:
    """A path as messages show it: from the current folder."""
    try:
        return os.path.relpath(path)
    except ValueError:
        # Another drive of Windows.
        return str(path)


def _is_given(name: str) -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) not in (None, ParameterSource.DEFAULT)
