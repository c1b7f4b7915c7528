"""Versions in image tags, labels and chart versions: parsing, comparison and ranges.

Semantic Versioning (https://semver.org/#spec-item-11) gives the wrong order here: ``1.23.0-distroless`` would be a
pre-release before ``1.23.0``, and ``1.18.601``, the first rebuild of 1.18.6, would come after ``1.18.7``. So a version
is its numbers, a pre-release only when the suffix has the name of one, and the rest of the suffix, which is never
compared. A range is a union of intervals: a fix that is back-ported to several release lines needs one for each.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Self

from msgspec import Struct

from cnilint.regex import regex

_NUMBERS = regex(
    r"(?P<channel>[a-z]+-)?v?(?P<numbers>\d+(?:\.\d+){0,3})(?P<rest>(?:(?!\.\d)[-+._].*)?)\Z",
    re.IGNORECASE | re.ASCII,
)
_PRE_RELEASE = regex(
    r"(?P<stage>alpha|beta|rc|dev|pre|preview|snapshot|nightly|canary|ci|master|main)(?:[-._]?(?P<number>\d+))?(?:[-._+]|\Z)",
    re.IGNORECASE | re.ASCII,
)
# Pre-releases, oldest first.
_STAGES = (
    "master",
    "main",
    "ci",
    "nightly",
    "dev",
    "snapshot",
    "canary",
    "alpha",
    "beta",
    "pre",
    "preview",
    "rc",
)
# A suffix for a base image or a processor is the upstream release; any other is a rebuild, perhaps with patches.
_FLAVOUR = regex(
    r"(?:[-._](?:distroless|debug|default|slim|alpine|ubi\d*|ubuntu|debian|thick|thin|linux|windows"
    r"|amd64|arm64|arm|armv7|ppc64le|s390x|riscv64|multiarch))+\Z",
    re.IGNORECASE | re.ASCII,
)
_CHANNELS = frozenset({"stable-", "release-", "version-", "v-"})
# The longest tag: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_MAX_LENGTH = 128
_MAX_DIGITS = 6
# A major version of this size is a date or a build number.
_MAX_MAJOR = 1900


class Confidence(StrEnum):
    """How certain it is which upstream release a tag or label is."""

    EXACT = "exact"
    """The upstream release itself."""
    VENDOR = "vendor"
    """A rebuild of the release by a vendor: with the same settings, perhaps patched."""
    LINE = "line"
    """Some release of a release line: only major and minor are known."""
    NONE = "none"
    """Not a version: a floating tag, a digest or a commit."""


class Version(Struct, frozen=True):
    """A version, or with fewer than three ``numbers`` a release line: ``1.22`` is any release 1.22.x.

    ``stage`` is the kind and number of a pre-release, None for a release; ``suffix`` is what follows the numbers.
    """

    numbers: tuple[int, ...]
    stage: tuple[int, int] | None = None
    suffix: str = ""

    @property
    def key(self) -> tuple[tuple[int, ...], int, tuple[int, int]]:
        """The key of comparisons: the numbers, then a pre-release before its release."""
        padded = self.numbers + (0,) * (4 - len(self.numbers))
        return padded, 0 if self.stage else 1, self.stage or (0, 0)

    @property
    def minor(self) -> tuple[int, int]:
        """Major and minor: the release line."""
        return self.numbers[0], self.numbers[1] if len(self.numbers) > 1 else 0

    @property
    def is_line(self) -> bool:
        """Whether this is a release line."""
        return len(self.numbers) < 3

    @property
    def next(self) -> "Version":
        """The version, or release line, with the last number increased: ``1.24`` after ``1.23``."""
        return Version((*self.numbers[:-1], self.numbers[-1] + 1))

    @property
    def intended(self) -> "Version":
        """The release that a release candidate is a candidate for, which it does not differ from in what it reads.

        Any other version is its own.
        """
        is_candidate = self.stage is not None and _STAGES[self.stage[0]] == "rc"
        return Version(self.numbers, None, self.suffix) if is_candidate else self

    def same_release(self, other: "Version") -> bool:
        """Whether both can be one release. A release line can be any of its releases."""
        if self.is_line or other.is_line:
            shared = min(len(self.numbers), len(other.numbers))
            return self.numbers[:shared] == other.numbers[:shared]
        return self.key == other.key

    def __lt__(self, other: "Version") -> bool:
        return self.key < other.key

    def __le__(self, other: "Version") -> bool:
        return self.key <= other.key

    def __str__(self) -> str:
        numbers = ".".join(str(number) for number in self.numbers)
        if self.stage is None:
            return numbers
        return f"{numbers}-{_STAGES[self.stage[0]]}.{self.stage[1]}"


class VersionReading(Struct, frozen=True):
    """The version in a text; None if and only if the confidence is NONE."""

    version: Version | None
    confidence: Confidence

    @classmethod
    def nothing(cls) -> Self:
        """The reading of a text without a version."""
        return cls(None, Confidence.NONE)


def parse_version(text: str) -> Version | None:
    """The version in a tag, label or chart version; None when there is none."""
    return read_tag(text).version


def read_tag(text: str) -> VersionReading:
    """Parse an image tag or a version label.

    A leading ``v`` or channel (``stable-``) is ignored. A text without major and minor, a date, a commit and a build
    number are not versions.
    """
    match = _NUMBERS.match(text) if len(text) <= _MAX_LENGTH else None
    if match is None or not _is_channel(match["channel"]):
        return VersionReading.nothing()
    parts = match["numbers"].split(".")
    if len(parts) < 2 or any(len(part) > _MAX_DIGITS for part in parts) or int(parts[0]) >= _MAX_MAJOR:
        return VersionReading.nothing()
    numbers, suffix = tuple(int(part) for part in parts), match["rest"]
    stage = _stage(suffix)
    version = Version(numbers, stage, suffix)
    return VersionReading(version, _confidence(version))


def read_packed(text: str) -> VersionReading:
    """Parse a chart version whose third number ends in two digits of a rebuild: ``1.18.601`` is 1.18.6.

    RKE2 numbers its charts this way (https://github.com/rancher/rke2-charts). A third number of one or two digits
    has no rebuild.
    """
    match = re.match(r"v?(\d{1,4})\.(\d{1,4})\.(\d+?)(\d\d)(?=[-+]|\Z)", text, re.ASCII)
    if match is None or len(match[3]) > 2:
        return read_tag(text)
    version = Version((int(match[1]), int(match[2]), int(match[3])), None, f"-{match[4]}")
    return VersionReading(version, Confidence.VENDOR)


SCHEMES: Mapping[str, Callable[[str], VersionReading]] = {"tag": read_tag, "packed": read_packed}
"""Parsers by the ``scheme`` of a component in the rule data."""


class Interval(Struct, frozen=True):
    """The versions from ``lower`` (included) to ``upper`` (excluded); None means unbounded."""

    lower: Version | None
    upper: Version | None

    def contains(self, version: Version) -> bool:
        return (self.lower is None or self.lower <= version) and (self.upper is None or version < self.upper)

    def __str__(self) -> str:
        bounds = [f">={self.lower}" if self.lower else "", f"<{self.upper}" if self.upper else ""]
        return " ".join(bound for bound in bounds if bound) or "*"


class VersionRange(Struct, frozen=True):
    """A union of intervals, as rule data writes it."""

    intervals: tuple[Interval, ...]

    def contains(self, version: Version) -> bool | None:
        """Whether the range contains a version; None for a release line that it contains in part."""
        if not version.is_line:
            return any(interval.contains(version) for interval in self.intervals)
        first, end = Version(version.numbers), version.next
        if any(_includes(interval, first, end) for interval in self.intervals):
            return True
        return None if any(_overlaps(interval, first, end) for interval in self.intervals) else False

    def __str__(self) -> str:
        return " or ".join(str(interval) for interval in self.intervals)


EVERY_VERSION = VersionRange((Interval(None, None),))


class RangeError(ValueError):
    """A range that cannot be parsed; the text says what was expected."""


def spoken(versions: Iterable[Version]) -> str:
    """Versions in ascending order as words: one, two, or the first and the last of a range."""
    words = [str(version) for version in versions]
    return " and ".join(words) if len(words) < 3 else f"{words[0]} to {words[-1]}"


def parse_range(terms: Iterable[str]) -> VersionRange:
    """Parse a union of intervals such as ``[">=1.23.0 <1.24.5", ">=1.25.0 <1.25.2"]``.

    Each term is one interval: ``*``, or bounds, each a version after ``>=``, ``<`` or ``=``.
    Raises RangeError.
    """
    intervals = tuple(_interval(term) for term in terms)
    if not intervals:
        raise RangeError("expected at least one interval such as '>=1.23.0 <1.24.5'")
    return VersionRange(intervals)


def _is_channel(prefix: str | None) -> bool:
    return prefix is None or prefix.lower() in _CHANNELS


def _stage(suffix: str) -> tuple[int, int] | None:
    match = _PRE_RELEASE.match(suffix.lstrip("-+._"))
    if match is None:
        return None
    number = match["number"] or "0"
    return _STAGES.index(match["stage"].lower()), int(number) if len(number) <= _MAX_DIGITS else 0


def _confidence(version: Version) -> Confidence:
    if version.is_line:
        return Confidence.LINE
    rebuilt = len(version.numbers) == 4 or (
        version.suffix and version.stage is None and not _FLAVOUR.match(version.suffix)
    )
    return Confidence.VENDOR if rebuilt else Confidence.EXACT


def _interval(term: str) -> Interval:
    if term.strip() == "*":
        return Interval(None, None)
    lower: Version | None = None
    upper: Version | None = None
    for bound in term.split():
        operator, version = _bound(bound)
        if operator != "<":
            lower = version
        if operator != ">=":
            upper = version if operator == "<" else version.next
    _check(lower, upper, term)
    return Interval(lower, upper)


def _check(lower: Version | None, upper: Version | None, term: str) -> None:
    if lower is None and upper is None:
        raise RangeError("expected an interval such as '>=1.23.0 <1.24.5', found an empty text")
    if lower and upper and not lower < upper:
        raise RangeError(f"expected a lower bound below the upper one, found {term!r}")


def _bound(text: str) -> tuple[str, Version]:
    """The operator and the version of a bound."""
    operator = re.match(r"(>=|<|=)(?=[v\d])", text)
    version = parse_version(text[operator.end() :]) if operator else None
    if operator is None or version is None:
        raise RangeError(f"expected a bound such as '>=1.23.0' or '<1.24.5', found {text!r}")
    return operator[1], version


def _includes(interval: Interval, first: Version, end: Version) -> bool:
    """Whether an interval contains all versions from ``first`` to before ``end``."""
    return interval.contains(first) and (interval.upper is None or end <= interval.upper)


def _overlaps(interval: Interval, first: Version, end: Version) -> bool:
    """Whether an interval contains some version from ``first`` to before ``end``."""
    return (interval.upper is None or first < interval.upper) and (
        interval.lower is None or interval.lower < end
    )
