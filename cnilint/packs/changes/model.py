"""The records of a comparison of two releases."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct, field

from cnilint.diagnostics.model import Severity
from cnilint.document import Span
from cnilint.packs.model import Rule, UpgradeNote
from cnilint.packs.parts import Membership, Part
from cnilint.packs.settings import Setting
from cnilint.versions import Version

VersionPair = tuple[Version, Version]
"""The releases before and after."""


class Change(StrEnum):
    """The kind of a difference, in the order of the tables."""

    REJECTED = "rejected"
    REQUIRED = "required"
    GONE = "gone"
    RENAMED = "renamed"
    MOVED = "moved"
    TYPE = "new type"
    DEFAULT = "new default"
    DEPRECATED = "deprecated"
    UNSET = "no longer set"
    ADDED = "added"


class ChangeRow(Struct, frozen=True, kw_only=True):
    """One difference.

    ``setting`` is the kind of setting and ``scope`` its container or ConfigMap. ``also`` are other ways to give the same
    setting. ``statement`` says what the release after makes of it. ``only_in`` names the sets of manifests, or the variant
    of the program, that it is about, where others are not. ``shown_by`` are the releases that show it, where they are not
    those that were compared. ``rule`` is the rule that it comes from, ``program`` the program whose source shows it,
    ``evidence`` the link. ``places`` are the affected lines of a repository.
    """

    change: Change
    setting: str
    scope: str
    name: str
    before: str
    after: str
    effect: str = ""
    statement: str = ""
    remark: str = ""
    rule: str = ""
    program: str = ""
    evidence: str = ""
    also: tuple[str, ...] = ()
    only_in: tuple[str, ...] = ()
    shown_by: VersionPair | None = None
    places: tuple[Span, ...] = ()


Finder = Callable[[Part, Membership, Sequence[Part]], Iterable[Setting]]
"""The settings of a part, in its environment, that a row is about."""


def any_of(finders: Sequence[Finder]) -> Finder:
    """What any of some finders finds."""

    def find(part: Part, membership: Membership, parts: Sequence[Part]) -> Iterator[Setting]:
        for each in finders:
            yield from each(part, membership, parts)

    return find


class FoundRow(Struct, frozen=True):
    """A row, and how to find what it is about in a repository."""

    row: ChangeRow
    find: Finder


class Action(Struct, frozen=True, kw_only=True):
    """What to change before an upgrade: settings with one problem and one fix. ``settings`` are names; with the
    manifests of a repository each has its place in ``places``."""

    severity: Severity
    effect: str
    problem: str
    fix: str
    settings: tuple[str, ...]
    places: tuple[Span, ...] = ()
    rule: str = ""
    evidence: str = ""


class Compared(Struct, frozen=True, kw_only=True):
    """The releases whose manifests, or the source of a program, were compared; ``what`` names these."""

    what: str
    releases: VersionPair
    is_program: bool = False
    is_exact: bool = True
    """Whether they are the releases that the user named."""


class KnownBug(Struct, frozen=True):
    """A rule about a bug, and the places where a repository has the setting that shows it."""

    rule: Rule
    places: tuple[Span, ...] = ()


class ReleaseComparison(Struct, frozen=True, kw_only=True):
    """All that is known of the way from one release to another.

    ``actions`` come first, ``rows`` are all differences, those of actions included. ``steps`` are the minors to install in
    between where the component limits the step, ``tool`` the program that installs the new release.
    ``is_of_repository``: with the manifests of a repository, so that the actions and rows are only those of its settings.
    """

    component: str
    before: Version
    after: Version
    compared: tuple[Compared, ...]
    actions: tuple[Action, ...]
    rows: tuple[ChangeRow, ...]
    bugs_entered: tuple[KnownBug, ...]
    bugs_left: tuple[KnownBug, ...]
    notes: tuple[UpgradeNote, ...]
    steps: tuple[str, ...] = ()
    most: int | None = None
    tool: str = ""
    is_of_repository: bool = False
    named: tuple[str, str] = ("", "")
    """The releases as the user named them."""
    of_actions: frozenset[ChangeRow] = field(default_factory=frozenset)
    """The rows that an action says already."""
