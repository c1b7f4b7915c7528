"""Path elements of FieldsV1: the text that names a field, a list item, a value of a set or an index.

``f:name`` is a field; ``k:{"name":"x"}`` an item by its key fields; ``v:"x"`` a value of a set; ``i:0`` an index. In
the one spelling that is used here, ``k:`` and ``v:`` carry JSON without spaces, keys sorted, equal numbers alike.

Source: structured-merge-diff v6 ``fieldpath/serialize-pe.go``.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from cnilint.regex import regex
from cnilint.ssa.typed.values import Json, JsonScalar


class FieldsError(ValueError):
    """The text or value is not a FieldsV1 set; the message says why, in one sentence."""


@lru_cache(maxsize=65536, typed=True)
def key_element(name: str, value: JsonScalar) -> str:
    """The path element of a list item with one key field, ``k:{"name":"x"}``. The value is a scalar."""
    return 'k:{"' + name + '":' + _scalar_text(value) + "}"


def keys_element(keys: list[tuple[str, Json]]) -> str:
    """The path element of a list item by its key fields, which the caller gives sorted by name."""
    return "k:{" + ",".join(_key_text(name, value) for name, value in keys) + "}"


@lru_cache(maxsize=65536, typed=True)
def value_element(value: JsonScalar) -> str:
    """The path element of an item of a set, ``v:"x"``. The value is a scalar."""
    return "v:" + _scalar_text(value)


@lru_cache(maxsize=65536)
def element_keys(element: str) -> Mapping[str, Json]:
    """The key fields and values of a ``k:`` element."""
    decoded = json.loads(element[2:])
    return MappingProxyType(decoded if isinstance(decoded, dict) else {})


@lru_cache(maxsize=65536)
def canonical_element(key: str) -> str | None:
    """The canonical spelling of a path element; None for one of an unknown kind, and for ``.``."""
    if _SAFE_KEY.fullmatch(key):
        return key
    if key == ".":
        return None
    if len(key.encode("utf-8", "surrogatepass")) < 2:
        raise FieldsError(f"path element {json.dumps(key)} is shorter than two characters")
    if key[1:2] != ":":
        raise FieldsError(f"path element {json.dumps(key)[:80]} has no colon after its kind")
    kind, text = key[0], key[2:]
    if kind == "f":
        return key
    if kind == "i":
        return f"i:{_index(text)}"
    return _canonical_json_element(key) if kind in "kv" else None


def _canonical_json_element(key: str) -> str:
    try:
        value = json.loads(key[2:], parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise FieldsError(f"path element {json.dumps(key)[:80]} is not followed by JSON") from None
    if key[0] == "v":
        return "v:" + _json_text(value)
    if value is not None and not isinstance(value, dict):
        raise FieldsError(f"path element {json.dumps(key)[:80]} is not followed by a JSON object")
    return keys_element(sorted((value or {}).items()))


@lru_cache(maxsize=65536)
def element_order(element: str) -> tuple[int, str, tuple[tuple[str, tuple[int, float, str]], ...]]:
    """The sort key of an element among its siblings: fields, keys, values, indexes."""
    kind, text = element[0], element[2:]
    if kind == "f":
        return 1, text, ()
    if kind == "k":
        return 2, "", tuple((name, _value_order(value)) for name, value in element_keys(element).items())
    if kind == "v":
        return 3, "", (("", _value_order(json.loads(text))),)
    if kind == "i":
        return 4, "", (("", (0, int(text), "")),)
    return 0, "", ()


@lru_cache(maxsize=65536)
def element_text(element: str) -> str:
    """An element as Kubernetes prints it: ``.image``, ``[name="x"]``, ``[="x"]``, ``[0]``."""
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return "." + text
    if kind == "k:":
        return "[" + ",".join(f"{k}={_plain_text(v)}" for k, v in element_keys(element).items()) + "]"
    return f"[={_plain_text(json.loads(text))}]" if kind == "v:" else f"[{text}]"


def refuse_constant(name: str) -> Json:
    """For ``json.loads``: ``NaN`` and ``Infinity`` are no values. Raises ValueError."""
    raise ValueError(f"{name} is not a JSON value")


def _index(text: str) -> int:
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()):
        raise FieldsError(f"index {json.dumps(text)[:40]} is not a whole number")
    return int(text)


def _key_text(name: str, value: Json) -> str:
    text = _json_text(value) if isinstance(value, dict | list) else _scalar_text(value)
    return f"{_string_text(name)}:{text}"


@lru_cache(maxsize=65536, typed=True)
def _scalar_text(value: JsonScalar) -> str:
    return _json_text(value)


def _json_text(value: Json) -> str:
    """JSON as Go writes it: no spaces, keys sorted, ``<>&`` escaped, one spelling for equal numbers."""
    if isinstance(value, str):
        return _string_text(value)
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_string_text(k)}:{_json_text(v)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json_text, value)) + "]"
    return json.dumps(value)


def _string_text(text: str) -> str:
    if _SAFE.fullmatch(text):
        return f'"{text}"'
    return json.dumps(text, ensure_ascii=False).translate(_HTML_ESCAPES)


_SAFE_CHARACTERS = r"[ !#-%'-;=?-\[\]-~]*"
"""ASCII that JSON, and Go on top of it, writes without an escape."""
_SAFE = regex(_SAFE_CHARACTERS)
_SAFE_KEY = regex(rf'k:\{{"{_SAFE_CHARACTERS}":"{_SAFE_CHARACTERS}"\}}')
_HTML_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def _number_text(number: float) -> str:
    if number.is_integer() and abs(number) < 1e21:
        return str(int(number))
    return json.dumps(number).replace("e-0", "e-")


def _value_order(value: Json) -> tuple[int, float, str]:
    """Numbers before strings before booleans before the rest."""
    if isinstance(value, bool):
        return 3, value, ""
    if isinstance(value, int | float):
        return 1, value, ""
    if isinstance(value, str):
        return 2, 0, value
    return 4, 0, _json_text(value)


def _plain_text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
