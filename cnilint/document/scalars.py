"""The type of a plain scalar, as Kubernetes decides it.

kubectl, the API machinery, Helm and Argo CD read YAML with go-yaml v2: YAML 1.1 with deviations of its own.
``y`` and ``n`` are booleans, ``0o755`` and ``1e3`` are numbers, ``1:30`` is a string, dates stay strings.
Source: resolve.go of go.yaml.in/yaml/v2; held to the real kubectl by the differential test.
"""

import re
from binascii import Error as Base64Error

Data = str | int | float | bool | None

BOOLEANS: dict[str, bool] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_NOT_FINITE = frozenset(
    (".nan", ".NaN", ".NAN", *(sign + word for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")))
)
_PREFIX = "tag:yaml.org,2002:"
_STR, _BINARY, _FLOAT = _PREFIX + "str", _PREFIX + "binary", _PREFIX + "float"
_RESOLVED = {_PREFIX + name: name for name in ("bool", "int", "float", "null", "timestamp")}

_FLOAT_FORM = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DOT_FLOAT = re.compile(r"\.[0-9]+([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))")
_TIMESTAMP = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::?\d{2})?))?)?"
)
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1


class ScalarError(ValueError):
    """A scalar that no Kubernetes tool accepts."""


def resolve(raw: str, tag: str = "") -> Data:
    """The value of a scalar: ``raw`` of a plain one, or of any one that carries the resolved ``tag``.

    Raises ScalarError for a value that contradicts its tag and for infinities and NaN, which JSON cannot hold.
    """
    if tag in ("", "!"):
        return _json(_implicit(raw), raw)
    if tag == _BINARY:
        return _binary(raw)
    if tag not in _RESOLVED:
        return raw
    return _json(_explicit(raw, _RESOLVED[tag]), raw)


def _implicit(raw: str) -> Data:
    first = raw[:1]
    if first in "yYnNtTfFoO~":
        if raw in BOOLEANS:
            return BOOLEANS[raw]
        return None if raw in NULLS else raw
    if first in "0123456789+-" or (first == "." and len(raw) > 1):
        return _number(raw)
    return raw


def _number(raw: str) -> Data:
    if raw in _NOT_FINITE:
        return float("nan")
    if raw[0] == ".":
        return _float(raw, _DOT_FLOAT)
    if _TIMESTAMP.fullmatch(raw):
        return raw
    digits = raw.replace("_", "")
    integer = _integer(digits)
    return integer if integer is not None else _float(digits, _FLOAT_FORM, otherwise=raw)


def _integer(digits: str) -> int | None:
    match = _INTEGER.fullmatch(digits)
    if match is None:
        return None
    sign, hexadecimal, binary, octal, decimal = match.groups()
    for text, base in ((hexadecimal, 16), (binary, 2), (octal, 8), (decimal, 10)):
        if text is not None:
            if len(text) > 64:
                return None
            value = int(text, base)
            value = -value if sign == "-" else value
            in_range = _INT64_MIN <= value <= (2**63 - 1 if sign else _UINT64_MAX)
            return value if in_range else None
    return None


def _float(text: str, form: re.Pattern[str], otherwise: str | None = None) -> float | str:
    if form.fullmatch(text):
        value = float(text)
        if value not in (float("inf"), float("-inf")):
            return value
    return text if otherwise is None else otherwise


def _explicit(raw: str, wanted: str) -> Data:
    value = _implicit(raw)
    if _name_of(value, raw) == wanted:
        return value
    if wanted == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    raise ScalarError(f"{raw!r} is not a !!{wanted}")


def _name_of(value: Data, raw: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "timestamp" if _TIMESTAMP.fullmatch(raw) else "str"
    return "int" if isinstance(value, int) else "float"


def _binary(raw: str) -> str:
    import base64

    try:
        return base64.b64decode(raw.replace("\n", "").replace("\r", ""), validate=True).decode(
            "utf-8", "replace"
        )
    except (Base64Error, ValueError):
        raise ScalarError("!!binary value contains invalid base64 data") from None


def _json(value: Data, raw: str) -> Data:
    if isinstance(value, float) and value != value:
        raise ScalarError(f"{raw} has no JSON form")
    return value
