"""Versions as releases, tags and labels write them: how to read one, compare two, and test a range.

Strict semantic versioning is the wrong order here. Under it ``1.23.0-distroless`` is a pre-release and
sorts before ``1.23.0``, and ``1.18.601`` (the first rebuild of 1.18.6) sorts after ``1.18.7``. So a
version is split into its numbers, a pre-release only if the suffix really says so, and the rest, which
never takes part in a comparison. Ranges are unions of intervals: back-ports make a single interval lie.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

_NUMBERS = re.compile(
    r"(?P<channel>[a-z]+-)?v?(?P<numbers>\d+(?:\.\d+){0,3})(?P<rest>(?:(?!\.\d)[-+._].*)?)\Z",
    re.IGNORECASE | re.ASCII,
)
_PRE_RELEASE = re.compile(
    r"(?P<stage>alpha|beta|rc|dev|pre|preview|snapshot|nightly|canary|ci|master|main)(?:[-._]?(?P<number>\d+))?(?:[-._+]|\Z)",
    re.IGNORECASE | re.ASCII,
)
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
# A build for another base image or processor is the upstream release; a vendor's rebuild may carry patches.
_FLAVOUR = re.compile(
    r"(?:[-._](?:distroless|debug|default|slim|alpine|ubi\d*|ubuntu|debian|thick|thin|linux|windows"
    r"|amd64|arm64|arm|armv7|ppc64le|s390x|riscv64|multiarch))+\Z",
    re.IGNORECASE | re.ASCII,
)
_CHANNELS = frozenset({"stable-", "release-", "version-", "v-"})
_MAX_LENGTH = 128  # the longest tag a registry accepts
_MAX_DIGITS = 6
_LONG_NUMBER = 1900  # a first number of this size is a date or a build number, not a version


class Confidence(StrEnum):
    """How much a version read from a manifest can be relied on."""

    EXACT = "exact"  # the upstream release itself
    VENDOR = "vendor"  # a rebuild of that release: same settings, perhaps patched
    LINE = "line"  # only major and minor are known
    NONE = "none"  # floating tag, digest, commit: no version


@dataclass(frozen=True, slots=True)
class Version:
    """One version. ``numbers`` holds what was written, so ``1.22`` has two and stands for a whole line."""

    numbers: tuple[int, ...]
    stage: tuple[int, int] | None = None
    suffix: str = ""

    @property
    def key(self) -> tuple[tuple[int, ...], int, tuple[int, int]]:
        """What a comparison looks at: the numbers, then a pre-release before its release."""
        padded = self.numbers + (0,) * (4 - len(self.numbers))
        return padded, 0 if self.stage else 1, self.stage or (0, 0)

    @property
    def minor(self) -> tuple[int, int]:
        """Major and minor: the line a release belongs to."""
        return self.numbers[0], self.numbers[1] if len(self.numbers) > 1 else 0

    @property
    def is_line(self) -> bool:
        """Whether only major and minor were written."""
        return len(self.numbers) < 3

    @property
    def after_line(self) -> "Version":
        """The first version behind everything that this one may stand for."""
        return Version((*self.numbers[:-1], self.numbers[-1] + 1))

    def same_release(self, other: "Version") -> bool:
        """Whether both can name one release: equal numbers as far as both go, the same pre-release."""
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


@dataclass(frozen=True, slots=True)
class VersionReading:
    """The version in a text; ``version`` is None exactly when the confidence is none."""

    version: Version | None
    confidence: Confidence

    @classmethod
    def nothing(cls) -> Self:
        return cls(None, Confidence.NONE)


def parse_version(text: str) -> Version | None:
    """The version in ``text`` (a tag, a label, a chart version), or None when there is none."""
    return read_tag(text).version


def read_tag(text: str) -> VersionReading:
    """Read an image tag or a version label.

    A leading ``v`` or ``stable-`` is dropped. A text without at least major and minor is no version,
    nor is a date, a commit or a build number.
    """
    match = _NUMBERS.match(text) if len(text) <= _MAX_LENGTH else None
    if match is None or not _is_channel(match["channel"]):
        return VersionReading.nothing()
    parts = match["numbers"].split(".")
    if len(parts) < 2 or any(len(part) > _MAX_DIGITS for part in parts) or int(parts[0]) >= _LONG_NUMBER:
        return VersionReading.nothing()
    numbers, suffix = tuple(int(part) for part in parts), match["rest"]
    stage = _stage(suffix)
    version = Version(numbers, stage, suffix)
    return VersionReading(version, _confidence(version))


def read_packed(text: str) -> VersionReading:
    """Read a chart version whose third number ends in a two-digit rebuild: ``1.18.601`` is 1.18.6.

    RKE2 numbers its charts so (rancher/rke2-charts). A third number of fewer digits is read as it stands.
    """
    match = re.match(r"v?(\d{1,4})\.(\d{1,4})\.(\d+?)(\d\d)(?=[-+]|\Z)", text, re.ASCII)
    if match is None or len(match[3]) > 2:
        return read_tag(text)
    version = Version((int(match[1]), int(match[2]), int(match[3])), None, f"-{match[4]}")
    return VersionReading(version, Confidence.VENDOR)


#: The ways a component may write its version, by the name that rule data uses.
SCHEMES: Mapping[str, Callable[[str], VersionReading]] = {"tag": read_tag, "packed": read_packed}


@dataclass(frozen=True, slots=True)
class Interval:
    """All versions from ``lower`` on and before ``upper``; None is open on that side."""

    lower: Version | None
    upper: Version | None

    def contains(self, version: Version) -> bool:
        return (self.lower is None or self.lower <= version) and (self.upper is None or version < self.upper)

    def __str__(self) -> str:
        bounds = [f">={self.lower}" if self.lower else "", f"<{self.upper}" if self.upper else ""]
        return " ".join(bound for bound in bounds if bound) or "*"


@dataclass(frozen=True, slots=True)
class VersionRange:
    """A union of intervals."""

    intervals: tuple[Interval, ...]

    def contains(self, version: Version) -> bool | None:
        """Whether the range holds ``version``; None when only its line is known and the range splits it."""
        if not version.is_line:
            return any(interval.contains(version) for interval in self.intervals)
        first, behind = Version(version.numbers), version.after_line
        if any(_covers(interval, first, behind) for interval in self.intervals):
            return True
        return None if any(_meets(interval, first, behind) for interval in self.intervals) else False

    def __str__(self) -> str:
        return " or ".join(str(interval) for interval in self.intervals)


EVERY_VERSION = VersionRange((Interval(None, None),))


class RangeError(ValueError):
    """A range that cannot be read; the text says what was expected."""


def parse_range(terms: Iterable[str]) -> VersionRange:
    """Read a union of intervals such as ``[">=1.23.0 <1.24.5", ">=1.25.0 <1.25.2"]``.

    Each term is one interval: ``*``, or one or two bounds out of ``>=``, ``<`` and ``=`` before a version.
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
        operator = re.match(r"(>=|<|=)(?=[v\d])", bound)
        version = parse_version(bound[operator.end() :]) if operator else None
        if operator is None or version is None:
            raise RangeError(f"expected a bound such as '>=1.23.0' or '<1.24.5', not {bound!r}")
        if operator[1] in (">=", "="):
            lower = version
        if operator[1] in ("<", "="):
            upper = version if operator[1] == "<" else version.after_line
    if lower is None and upper is None:
        raise RangeError("expected an interval such as '>=1.23.0 <1.24.5', not an empty text")
    if lower and upper and not lower < upper:
        raise RangeError(f"expected a lower bound below the upper one in {term!r}")
    return Interval(lower, upper)


def _covers(interval: Interval, first: Version, behind: Version) -> bool:
    return interval.contains(first) and (interval.upper is None or behind <= interval.upper)


def _meets(interval: Interval, first: Version, behind: Version) -> bool:
    return (interval.upper is None or first < interval.upper) and (
        interval.lower is None or interval.lower < behind
    )
