"""Option texts to values: click callbacks, which refuse a bad text by naming the option and a good example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnilint.cli.command import LazyChoice
from cnilint.regex import regex

if TYPE_CHECKING:
    from cnilint.versions import Version


def _formats() -> Sequence[str]:
    from cnilint.report import FORMATS

    return tuple(FORMATS)


def _appliers() -> Sequence[str]:
    from cnilint.ssa.appliers.model import applier_names

    return applier_names()


_NAMESPACE = regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
FORMAT = LazyChoice(_formats)
APPLIER = LazyChoice(_appliers)


def output_files(
    ctx: click.Context, param: click.Parameter, value: Sequence[str]
) -> tuple[tuple[str, Path], ...]:
    """Format and file of each ``FORMAT=FILE``."""
    found = []
    for text in value:
        name, equals, path = text.partition("=")
        if not equals:
            raise click.BadParameter(f"'{text}' is not FORMAT=FILE, such as sarif=report.sarif.", ctx, param)
        found.append((FORMAT.convert(name, param, ctx), Path(path)))
    return tuple(found)


def codes(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> tuple[str, ...]:
    """Codes, their beginnings or names, and rules, separated by commas."""
    found = tuple(code.strip() for text in value for code in text.split(",") if code.strip())
    return tuple(_selector(ctx, param, text) for text in found)


def _selector(ctx: click.Context, param: click.Parameter, text: str) -> str:
    from cnilint.checks import CODES
    from cnilint.findings.selectors import canonical, closest_selector

    selector = canonical(text, CODES)
    if selector:
        return selector
    meant = closest_selector(text, CODES)
    meant = f", did you mean {meant}?" if meant else ":"
    raise click.BadParameter(
        f"there is no code '{text}'{meant} use a code such as CNI101, a prefix such as CNI1, a name or a rule; "
        "`cnilint explain` lists all codes.",
        ctx,
        param,
    )


def namespace(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The name of a namespace, None without a value."""
    if value is not None and not _NAMESPACE.fullmatch(value):
        raise click.BadParameter(
            f"'{value}' is not the name of a namespace, such as kube-system.", ctx, param
        )
    return value


def day(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    """An ISO date; without a value, today's."""
    try:
        return (date.fromisoformat(value) if value else date.today()).isoformat()
    except ValueError:
        raise click.BadParameter(f"'{value}' is not a date such as 2026-01-31.", ctx, param) from None


def targets(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> Mapping[str, Version]:
    """Versions by component."""
    found = {}
    for text in value:
        name, equals, version_text = text.partition("=")
        if not equals:
            raise click.BadParameter(f"'{text}' is not COMPONENT=VERSION, such as cilium=1.18.2.", ctx, param)
        found[name] = _version(ctx, param, version_text)
    return found


def version(ctx: click.Context, param: click.Parameter, value: str | None) -> Version | None:
    """A version, None without a value."""
    return None if value is None else _version(ctx, param, value)


def _version(ctx: click.Context, param: click.Parameter, text: str) -> Version:
    from cnilint.versions import parse_version

    found = parse_version(text)
    if found is None:
        raise click.BadParameter(f"'{text}' is not a version such as 1.30.", ctx, param)
    return found
