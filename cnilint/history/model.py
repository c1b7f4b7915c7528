"""What the history of a configuration consists of."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from msgspec import Struct, field

from cnilint.source.commits import GitCommit

ChangeKind = Literal[
    "object-added",
    "object-removed",
    "object-moved",
    "key-added",
    "key-removed",
    "reference-added",
    "reference-dropped",
    "reference-broken",
    "reference-healed",
    "version-moved",
]


class ObjectName(NamedTuple):
    """An object as its manifest names it; the namespace is empty where it names none."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return (
            f"{self.kind} `{self.namespace}/{self.name}`" if self.namespace else f"{self.kind} `{self.name}`"
        )


class ReferenceName(NamedTuple):
    """A reference by what it is, and not by where it is in the file: reader, container, form, and what it names."""

    owner: ObjectName
    container: str
    form: str
    target: ObjectName
    key: str

    @property
    def target_text(self) -> str:
        return f"key `{self.key}` of {self.target}" if self.key else str(self.target)


class ConfigChange(Struct, frozen=True, kw_only=True):
    """One change: ``detail`` is the key, the file that an object moved from, or the component; ``before`` and ``after`` are
    versions. ``components`` are those that the object belongs to."""

    kind: ChangeKind
    object: ObjectName
    file: str
    reference: ReferenceName | None = None
    detail: str = ""
    before: str = ""
    after: str = ""
    environments: tuple[str, ...] = ()
    components: frozenset[str] = frozenset()


class CommitChanges(Struct, frozen=True):
    """A commit and what it changed."""

    commit: GitCommit
    changes: tuple[ConfigChange, ...]


class BrokenPeriod(Struct, frozen=True, kw_only=True):
    """How long a reference did not resolve: from the commit that broke it (None: before the first one that was read) to the
    one that ended it (None: it is still broken). ``ended`` says how: ``healed`` or ``dropped``."""

    reference: ReferenceName
    file: str
    environments: tuple[str, ...]
    opened: GitCommit | None
    closed: GitCommit | None = None
    ended: str = ""


class ConfigHistory(Struct, frozen=True, kw_only=True):
    """The audit trail. ``commits`` are those with changes, the newest first; ``read`` is how many were looked at.
    ``skipped`` are files that could not be read, with the reason."""

    root: str
    revision: str
    commits: tuple[CommitChanges, ...]
    broken: tuple[BrokenPeriod, ...]
    read: int
    notices: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
