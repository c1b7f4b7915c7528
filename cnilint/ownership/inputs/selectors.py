"""The kinds that select pods or namespaces by labels, from ``rules/ssa/selectors.json``."""

from collections.abc import Mapping, Sequence
from functools import cache

from cnilint.resources import json_data
from cnilint.ssa.typed.values import JsonObject, text_at


@cache
def selector_rows() -> Mapping[str, Sequence[JsonObject]]:
    """The rows by what they select, ``pods`` or ``namespaces``: ``kind``, dotted ``paths``, ``form``."""
    data = json_data("rules/ssa/selectors.json")
    return {what: data[what] for what in ("pods", "namespaces")}


@cache
def selector_kinds() -> frozenset[str]:
    """The kinds whose selectors are read."""
    return frozenset(text_at(row, "kind") for rows in selector_rows().values() for row in rows)
