"""Chart versions as GitOps objects write them: one version, or a constraint such as ``1.16.x`` or ``>=1.16 <1.18``."""

import re
from collections.abc import Iterable

from msgspec import Struct

from cnilint.regex import regex
from cnilint.versions import SCHEMES, Interval, Version

_NUMBER = r"v?(?P<major>\d+|[xX*])(?:\.(?P<minor>\d+|[xX*]))?(?:\.(?P<patch>\d+|[xX*]))?(?P<rest>[-+][0-9A-Za-z.+-]+)?"
_BOUND = regex(rf"(?P<operator>[=!<>~^]*)\s*{_NUMBER}\Z")
_HYPHEN = regex(r"(\S+)\s+-\s+(\S+)")
_TERMS = regex(r"(?:[=!<>~^]+\s*)?[^\s,=!<>~^]+")
_EXACT = regex(r"=?\s*v?\d+\.\d+\.\d+(?:[-+].*)?\Z")
_MOST_MINORS = 40
_NEVER = Interval(Version((0, 0, 0)), Version((0, 0, 0)))
_LONGEST = 128


class ChartVersions(Struct, frozen=True):
    """The versions that a text allows: one, or the release lines of a range. Empty where the text does not say."""

    versions: tuple[Version, ...] = ()
    is_range: bool = False


def read_chart_version(text: str, scheme: str, known: Iterable[Version]) -> ChartVersions:
    """The versions of a chart that a text allows; a range among the release lines of the ``known`` releases.

    Source: https://github.com/Masterminds/semver/blob/v3.4.0/constraints.go, which Helm and Flux use.
    """
    text = text.partition("@")[0].strip()
    if len(text) > _LONGEST or "${" in text or "$(" in text:
        return ChartVersions()
    if _EXACT.match(text):
        version = SCHEMES[scheme](text.lstrip("= ")).version
        return ChartVersions(() if version is None else (version,))
    intervals = _union(text)
    if not intervals or intervals == [Interval(None, None)]:
        return ChartVersions()
    minors = sorted({version.minor for version in known})
    lines = [Version(minor) for minor in minors if any(_overlaps(each, minor) for each in intervals)]
    return ChartVersions(tuple(lines) if len(lines) <= _MOST_MINORS else (), is_range=True)


def _overlaps(interval: Interval, minor: tuple[int, int]) -> bool:
    line = Version(minor)
    return (interval.upper is None or Version((*minor, 0)) < interval.upper) and (
        interval.lower is None or interval.lower < line.next
    )


def _union(text: str) -> list[Interval]:
    """The intervals that ``||`` joins; empty for a text that is not a constraint."""
    found: list[Interval] = []
    for alternative in text.split("||"):
        interval = _intersection(_HYPHEN.sub(r">=\1 <=\2", alternative).replace(",", " "))
        if interval is None:
            return []
        if interval != _NEVER:
            found.append(interval)
    return found


def _intersection(text: str) -> Interval | None:
    terms = _TERMS.findall(text)
    if not terms or "".join(terms).replace(" ", "") != text.replace(" ", ""):
        return None
    whole = Interval(None, None)
    for term in terms:
        match = _BOUND.match(term.strip())
        bounds = None if match is None else _bounds(match)
        if bounds is None:
            return None
        whole = _both(whole, bounds)
    return whole


def _both(one: Interval, other: Interval) -> Interval:
    lowers = [each.lower for each in (one, other) if each.lower is not None]
    uppers = [each.upper for each in (one, other) if each.upper is not None]
    lower = max(lowers, key=lambda version: version.key) if lowers else None
    upper = min(uppers, key=lambda version: version.key) if uppers else None
    return _NEVER if lower is not None and upper is not None and not lower < upper else Interval(lower, upper)


def _bounds(match: re.Match[str]) -> Interval | None:
    """What one term allows; None for an operator that is not known."""
    numbers = [int(part) for part in _concrete(match)]
    if not numbers:
        return Interval(None, None)
    first = Version((*numbers, 0, 0, 0)[:3])
    after = Version(tuple([*numbers[:-1], numbers[-1] + 1, 0, 0, 0][:3]))
    wide = Version((numbers[0] + 1, 0, 0)), Version((*numbers[:1], (numbers[1:] or [0])[0] + 1, 0))
    operator = match["operator"]
    if operator == "^":
        return Interval(first, wide[0] if numbers[0] else wide[1])
    if operator in ("~", "~>"):
        return Interval(first, wide[0] if len(numbers) == 1 else wide[1])
    simple = {
        "": Interval(first, after),
        "=": Interval(first, after),
        ">=": Interval(first, None),
        "=>": Interval(first, None),
        ">": Interval(after, None),
        "<": Interval(None, first),
        "<=": Interval(None, after),
        "=<": Interval(None, after),
        "!=": Interval(None, None),
    }
    return simple.get(operator)


def _concrete(match: re.Match[str]) -> list[str]:
    """The numbers of a version up to the first that is left out or a wildcard."""
    found: list[str] = []
    for name in ("major", "minor", "patch"):
        if match[name] is None or not match[name].isdigit():
            break
        found.append(match[name])
    return found
