"""The kind of writer behind a field manager's name, from ``rules/ssa/field-managers.json``.

The names are those that tools send or that follow from their User-Agent; each row carries its evidence.
"""

from functools import lru_cache

from msgspec import Struct

from cnilint.resources import json_data


class FieldManager(Struct, frozen=True, kw_only=True):
    """A row of the table: ``group`` is its class, such as ``human-cli`` or ``gitops``."""

    name: str
    prefix: bool
    group: str
    operations: tuple[str, ...]


def known_manager(manager: str, operation: str) -> FieldManager | None:
    """The row for a field manager and operation, by name before beginnings; None where none is known."""
    candidates = [w for w in _writers() if _matches(w, manager)]
    fitting = [w for w in candidates if operation in w.operations] or candidates
    return next((w for w in fitting if not w.prefix), next(iter(fitting), None))


def _matches(row: FieldManager, manager: str) -> bool:
    return manager.startswith(row.name) if row.prefix else manager == row.name


@lru_cache(maxsize=1)
def _writers() -> tuple[FieldManager, ...]:
    rows = json_data("rules/ssa/field-managers.json")
    return tuple(
        FieldManager(
            name=row["name"],
            prefix=row["match"] == "prefix",
            group=row["class"],
            operations=tuple(row["operation"].split(",")),
        )
        for row in rows
    )
