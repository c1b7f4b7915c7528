"""Plain JSON-like values as the API server compares and stores them."""

from fractions import Fraction
from typing import TypeAlias

from cnilint.regex import regex

JsonScalar: TypeAlias = bool | int | float | str | None
Json: TypeAlias = JsonScalar | list["Json"] | dict[str, "Json"]
JsonObject: TypeAlias = dict[str, Json]


def equal(one: Json, other: Json) -> bool:
    """Whether two values are equal: numbers by value, a boolean is never a number, lists in order.

    Source: structured-merge-diff ``value/value.go`` EqualsUsing.
    """
    if one is other:
        return True
    if isinstance(one, dict):
        return isinstance(other, dict) and _equal_members(one, other)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(equal, one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _equal_members(one: JsonObject, other: JsonObject) -> bool:
    return one.keys() == other.keys() and all(equal(value, other[key]) for key, value in one.items())


def without_nulls(value: Json) -> Json:
    """The value without its null members: what a client reads back after the API server stored it."""
    if isinstance(value, dict):
        return {key: without_nulls(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def at(value: Json, *names: str) -> Json:
    """The member of nested objects, None where a step is missing or not an object."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def text_at(value: Json, *names: str) -> str:
    """The string member of nested objects, empty where it is missing or not a string."""
    found = at(value, *names)
    return found if isinstance(found, str) else ""


def objects_at(value: Json, *names: str) -> list[JsonObject]:
    """The objects in the list member of nested objects, empty where it is missing or not a list."""
    found = at(value, *names)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


_QUANTITY = regex(
    r"(?P<sign>[+-]?)(?P<number>\d+(?:\.\d*)?|\.\d+)"
    r"(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d{1,3})?"
)
_BINARY = {f"{letter}i": 1024**power for power, letter in enumerate("KMGTPE", 1)}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_SUFFIX = {power: suffix for suffix, power in _DECIMAL.items()}


def canonical_quantity(value: Json) -> Json:
    """A resource quantity in the spelling in which the API server stores it: ``0.5`` is ``500m``.

    What is not a quantity is returned unchanged. Source: apimachinery ``pkg/api/resource/quantity.go``.
    """
    found = _quantity(value)
    if found is None:
        return value
    number, suffix = found
    return _binary_text(number) if suffix in _BINARY else _decimal_text(number, suffix not in _DECIMAL)


def quantity(value: Json) -> Fraction | None:
    """The number that a resource quantity stands for; None for what is not a quantity."""
    found = _quantity(value)
    return None if found is None else found[0]


def _quantity(value: Json) -> tuple[Fraction, str] | None:
    """The number of a quantity, and its suffix."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        return None
    number = Fraction(f"{match['sign']}{match['number'].rstrip('.')}")
    suffix = match["suffix"] or ""
    if suffix in _BINARY:
        return number * _BINARY[suffix], suffix
    power = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])
    return number * Fraction(10) ** power, suffix


def _binary_text(number: Fraction) -> str:
    if number.denominator != 1 or abs(number) < 1024:
        return _decimal_text(number, exponent=False)
    for suffix in reversed(_BINARY):
        if number.numerator % _BINARY[suffix] == 0:
            return f"{number.numerator // _BINARY[suffix]}{suffix}"
    return str(number.numerator)


def _decimal_text(number: Fraction, exponent: bool) -> str:
    """The number with the largest power of a thousand that leaves no fraction; never finer than nano."""
    if number == 0:
        return "0"
    for power in range(18, -10, -3):
        scaled = number / Fraction(10) ** power
        if scaled.denominator == 1:
            break
    else:
        scaled, power = Fraction(-(-number * 10**9 // 1)), -9
    suffix = _DECIMAL_SUFFIX[power] if not exponent else f"e{power}" if power else ""
    return f"{scaled.numerator}{suffix}"
