"""Values of settings by their types, as Go programs read them."""

import re

from cnilint.regex import regex

_INTEGER = regex(r"[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]*|[1-9][0-9_]*)\Z", re.ASCII)
_DURATION = regex(r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)\Z", re.ASCII)
_PART_OF_DURATION = regex(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_NANOSECONDS = {"ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 6e10, "h": 3.6e12}
_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
"""As https://pkg.go.dev/strconv#ParseBool."""


def is_of_type(text: str, kind: str) -> bool:
    """Whether a text is a value of a type."""
    if kind == "bool":
        return text in _BOOLEANS
    if kind == "duration":
        return bool(_DURATION.match(text))
    if kind == "float":
        return _is_number(text)
    return bool(_INTEGER.match(text)) and not (kind == "uint" and text[0] in "+-")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_same(text: str, other: str | None, kind: str) -> bool:
    """Whether two texts are one value of a type; None is not known."""
    if other is None:
        return False
    if kind == "duration" and _DURATION.match(text) and _DURATION.match(other):
        return _nanoseconds(text) == _nanoseconds(other)
    if kind == "bool":
        return text in _BOOLEANS and _BOOLEANS[text] == _BOOLEANS.get(other)
    return text == other


def _nanoseconds(text: str) -> float:
    return sum(float(number) * _NANOSECONDS[unit] for number, unit in _PART_OF_DURATION.findall(text))
