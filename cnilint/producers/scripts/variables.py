"""Reads the variables of a script or Makefile that have one constant value in its text. Nothing is run.

The values name objects (``kubectl create secret generic "$NAME"``) and are not kept.
"""

import re
from collections.abc import Mapping

from cnilint.regex import regex

_ASSIGNMENT = regex(
    r"(?<![^\s;&|(])(\w+)(?:=|[ \t]*(?:\?|::?)=[ \t]*)(\"[^\"\n]*\"|'[^'\n]*'|[^\s\"';|&<>()`]*)(?P<more>[^\s;|&]?)"
)
_TAKEN = regex(r"\b(?:for|select|read(?:[ \t]+-\w+)*)[ \t]+(\w+)\b")
"""Loops and input give a variable values that no assignment shows."""
_LONGEST = 253
"""The characters of the longest name; longer values name nothing, and many in one would grow without end."""
_STEPS = 3
"""How many variables one may be made of in a row: ``NAME=$APP-conf`` takes two steps."""
_USE = regex(r"\$\{(\w+)(?::?[-=]([^{}$`]*)|(?P<base>##\*/))?\}|\$\((?P<make>\w+)\)|\$(?P<bare>\w+)")
"""A use of a variable, with its default; ``${NAME##*/}`` is what follows its last slash."""


def constants(text: str) -> dict[str, str]:
    """The variables whose every assignment in the text gives the same constant value. A default counts as one."""
    sole = {name: next(iter(some)) for name, some in _assigned(text).items() if len(some) == 1}
    known: dict[str, str] = {}
    for _ in range(_STEPS):
        each = {name: filled(value, known) for name, value in sole.items() if len(value) <= _LONGEST}
        known = {name: value for name, value in each.items() if _is_constant(value)}
    return known


def _assigned(text: str) -> dict[str, set[str]]:
    """The values that the text gives to each variable; an empty one where it does not show the value."""
    values: dict[str, set[str]] = {match[1]: {""} for match in _TAKEN.finditer(text)}
    for match in _ASSIGNMENT.finditer(text):
        values.setdefault(match[1], set()).add("" if match["more"] else match[2].strip("\"'"))
    return values


def filled(text: str, known: Mapping[str, str]) -> str:
    """The text with what is known of its variables put in; the others stay as they are."""

    def value(match: re.Match[str]) -> str:
        found = known.get(match[1] or match["make"] or match["bare"]) or match[2] or match[0]
        return found.rpartition("/")[2] if match["base"] and found != match[0] else found

    return _USE.sub(value, text) if "$" in text else text


def _is_constant(value: str) -> bool:
    return 0 < len(value) <= _LONGEST and "$" not in value and "`" not in value
