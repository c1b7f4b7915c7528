"""Values of live objects in sentences: short ones only, and none of a Secret's data."""

from cnilint.ownership.inputs.live import LiveObject
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.typed.values import Json

_LONGEST = 40
_ELLIPSIS = "..."


def value_text(live: LiveObject, path: FieldPath, value: Json) -> str:
    """A value as a sentence has it; empty for what is long, has members or lines, or is of a Secret's data."""
    text = _text(live, path, value)
    return text if len(text) <= _LONGEST else ""


def value_pair(live: LiveObject, path: FieldPath, old: Json, new: Json) -> tuple[str, str]:
    """Two values to be compared. Long ones are cut where they are alike, so that what differs is seen."""
    texts = (_text(live, path, old), _text(live, path, new))
    if max(map(len, texts)) <= _LONGEST:
        return texts
    alike = _common_start(*texts)
    return _around(texts[0], alike), _around(texts[1], alike)


def _text(live: LiveObject, path: FieldPath, value: Json) -> str:
    if live.is_secret and path[0] != "f:metadata":
        return ""
    if isinstance(value, dict | list) or value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if text.isprintable() else ""


def _common_start(one: str, other: str) -> int:
    shortest = min(len(one), len(other))
    return next((index for index in range(shortest) if one[index] != other[index]), shortest)


def _around(text: str, place: int) -> str:
    """At most ``_LONGEST`` characters of a text, with those from a place on."""
    start = max(0, min(place - _LONGEST // 2, len(text) - _LONGEST))
    cut = text[start : start + _LONGEST]
    return (_ELLIPSIS if start else "") + cut + (_ELLIPSIS if start + _LONGEST < len(text) else "")
