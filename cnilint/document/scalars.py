"""The type and value of a scalar, resolved as Kubernetes does.

kubectl, the API machinery, Helm and Argo CD read YAML with go-yaml v2, which implements YAML 1.1 with deviations.
As in YAML 1.1 ``y`` and ``n`` are booleans (https://yaml.org/type/bool.html). Unlike there, ``0o755`` (YAML 1.2,
section 10.3.2) and ``1e3`` are numbers, ``1:30`` (base 60, https://yaml.org/type/int.html) is a string, and dates
stay strings.
Source: resolve.go of go.yaml.in/yaml/v2, verified against kubectl by the differential test.
"""

import re

from cnilint.diagnostics.model import Message
from cnilint.regex import regex

Data = str | int | float | bool | None

BOOLEANS: dict[str, bool] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
NULLS = frozenset(("", "~", "null", "Null", "NULL"))
WORDS = frozenset((*BOOLEANS, *NULLS))
"""Plain scalars without a digit that are not strings, except for infinities and NaN."""
NUMERIC_STARTS = frozenset("0123456789+-.")
"""First characters of a plain scalar that may be a number."""
_NOT_FINITE = {
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ".nan"),
    **dict.fromkeys((sign + word for sign in ("", "+") for word in (".inf", ".Inf", ".INF")), ".inf"),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), "-.inf"),
}
_PREFIX = "tag:yaml.org,2002:"
FLOAT_TAG = _PREFIX + "float"
_BINARY_TAG = _PREFIX + "binary"
_CHECKED_TAGS = {_PREFIX + name: name for name in ("bool", "int", "float", "null", "timestamp")}

_FLOAT_FORM = regex(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_DOT_FLOAT = regex(rf"\.{_DIGITS}(?:[eE][-+]?{_DIGITS})?")
_INTEGER = regex(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))")
_TIME = r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?"
_TIMESTAMP = regex(
    rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}})(?:[Tt]{_TIME}(?:Z|[-+][0-9]{{2}}:[0-9]{{2}})| {_TIME})?"
)
_BASE64 = regex(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_ESCAPED = regex("[\udc80-\udcff]")
_INT64_MIN, _INT64_MAX, _UINT64_MAX = -(2**63), 2**63 - 1, 2**64 - 1
_LONGEST = 64
"""Digits of the longest 64-bit integer, in base 2."""
_LACKS_JSON = regex(r"\.(?:inf|Inf|INF|nan|NaN|NAN)(?![\w.])")


class ScalarError(ValueError):
    """A scalar that no Kubernetes tool accepts. ``message`` does not show the value: it may be secret."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def resolve(raw: str, tag: str | None = None) -> Data:
    """The value of a plain or tagged scalar as it is sent to the API server, in JSON.

    Raises ScalarError for a value that contradicts its tag and for infinities and NaN, which JSON cannot hold.
    """
    value = decoded(raw, tag)
    if isinstance(value, float) and value - value != 0:
        raise ScalarError(Message("infinity and NaN cannot be represented in JSON"))
    if isinstance(value, int) and value > _INT64_MAX:
        return float(value)
    return value


def key_text(raw: str, tag: str | None = None) -> str | None:
    """The text of a key, since JSON has only string keys; None for a key that sigs.k8s.io/yaml refuses.

    It refuses null and integers above 2^63 - 1: ``convertToJSONableObject`` in sigs.k8s.io/yaml yaml.go.
    Raises ScalarError for a key that contradicts its tag.
    """
    value = decoded(raw, tag)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _NOT_FINITE.get(raw) or _shortest(value)
    if isinstance(value, int):
        return str(value) if value <= _INT64_MAX else None
    return value


def may_lack_json(source: str) -> bool:
    """Whether a text may contain a plain scalar that JSON cannot represent."""
    return _LACKS_JSON.search(source) is not None


def decoded(raw: str, tag: str | None) -> Data:
    """The value as go-yaml decodes it: infinities, NaN and unsigned 64-bit integers included.

    Raises ScalarError for a value that contradicts its tag.
    """
    if not tag:
        return _implicit(raw)
    if tag == _BINARY_TAG:
        return _binary(raw)
    if tag in _CHECKED_TAGS:
        return _explicit(raw, _CHECKED_TAGS[tag])
    return raw


def _implicit(raw: str) -> Data:
    if raw in WORDS:
        return BOOLEANS.get(raw)
    return _number(raw) if raw[0] in NUMERIC_STARTS else raw


def _number(raw: str) -> int | float | str:
    if raw in _NOT_FINITE:
        return float(_NOT_FINITE[raw].replace(".", ""))
    if raw[0] == ".":
        return _float(raw, _DOT_FLOAT, raw)
    digits = raw.replace("_", "")
    integer = _integer(digits)
    return integer if integer is not None else _float(digits, _FLOAT_FORM, raw)


def _integer(digits: str) -> int | None:
    match = _INTEGER.fullmatch(digits)
    if match is None:
        return None
    sign, *texts = match.groups()
    text, base = next((text, base) for text, base in zip(texts, (16, 2, 8, 10), strict=True) if text)
    text = text.lstrip("0")
    if len(text) > _LONGEST:
        return None
    value = int(text or "0", base)
    value = -value if sign == "-" else value
    return value if _INT64_MIN <= value <= (_INT64_MAX if sign else _UINT64_MAX) else None


def _float(digits: str, form: re.Pattern[str], otherwise: str) -> float | str:
    if form.fullmatch(digits):
        value = float(digits.replace("_", ""))
        if value - value == 0:
            return value
    return otherwise


def _explicit(raw: str, wanted: str) -> Data:
    value = _implicit(raw)
    if _name_of(value, raw) == wanted:
        return value
    if wanted == "float" and type(value) is int and value <= _INT64_MAX:
        return float(value)
    raise ScalarError(Message("value does not match its tag `!!{tag}`", tag=wanted))


def _name_of(value: Data, raw: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return "timestamp" if _is_timestamp(raw) else "str"
    return type(value).__name__


def _is_timestamp(raw: str) -> bool:
    from datetime import datetime

    match = _TIMESTAMP.fullmatch(raw)
    if match is None:
        return False
    year, month, day, hour, minute, second = ([int(part) for part in match.groups() if part] + [0] * 3)[:6]
    try:
        datetime(year or 4, month, day, hour=hour, minute=minute, second=second)
    except ValueError:
        return False
    return True


def _binary(raw: str) -> str:
    import base64

    compact = raw.replace("\n", "").replace("\r", "")
    if not _BASE64.fullmatch(compact):
        raise ScalarError(Message("value tagged `!!binary` is not base64"))
    # Go replaces every invalid byte by one U+FFFD, Python's "replace" several bytes by one.
    return _ESCAPED.sub("\ufffd", base64.b64decode(compact).decode("utf-8", "surrogateescape"))


def _shortest(value: float) -> str:
    """A float key as sigs.k8s.io/yaml writes it: the shortest text that gives the same 32-bit float.

    Source: ``strconv.FormatFloat(typedKey, 'g', -1, 32)`` in sigs.k8s.io/yaml yaml.go.
    """
    from struct import pack, unpack

    def narrow(number: float) -> float:
        result: float = unpack("<f", pack("<f", number))[0]
        return result

    try:
        rounded = narrow(value)
    except OverflowError:
        return ".inf" if value > 0 else "-.inf"
    digits = next(count for count in range(1, 10) if narrow(float(f"{rounded:.{count - 1}e}")) == rounded)
    short = f"{rounded:.{digits - 1}e}"
    exponent = int(short.partition("e")[2])
    return f"{rounded:.{max(digits, 6)}g}" if -4 <= exponent < 6 else short
