"""The values that rule data is read into."""

from dataclasses import dataclass
from enum import StrEnum

from cnilint.diagnostics.model import Severity
from cnilint.document import Span
from cnilint.versions import Version, VersionRange


class Effect(StrEnum):
    """What becomes of a setting that the release does not expect."""

    FATAL = "fatal"  # the workload does not start, or the API server refuses it
    SILENT_OVERRIDE = "silent-override"  # it wins over the place that is documented
    DEGRADED = "degraded"  # a function stops working without an error
    INSECURE = "insecure"  # a protection is off without an error
    IGNORED = "ignored"  # nothing reads it


#: Severity of a problem by the effect of its rule.
SEVERITY: dict[Effect, Severity] = {
    Effect.FATAL: "error",
    Effect.SILENT_OVERRIDE: "warning",
    Effect.DEGRADED: "warning",
    Effect.INSECURE: "warning",
    Effect.IGNORED: "note",
}


class Subject(StrEnum):
    """The sort of setting that a rule or a catalogue speaks of."""

    ENV = "env"
    CONFIG_KEY = "config-key"
    CONFIG_FIELD = "config-field"
    FLAG = "flag"
    VOLUME = "volume"
    CONTAINER = "container"
    OBJECT = "object"


#: The subjects that a code may be about.
SUBJECTS_OF_CODE: dict[str, frozenset[Subject]] = {
    "CNI201": frozenset(Subject) - {Subject.FLAG},
    "CNI202": frozenset({Subject.FLAG}),
    "CNI203": frozenset({Subject.ENV, Subject.CONFIG_KEY, Subject.CONFIG_FIELD, Subject.FLAG}),
    "CNI205": frozenset(Subject),
    "CNI207": frozenset(Subject),
}


@dataclass(frozen=True, slots=True)
class ObjectPattern:
    """Names an object by kind and by patterns for its name and namespace (None: any)."""

    kind: str
    name: str
    namespace: str | None = None


@dataclass(kw_only=True, frozen=True, slots=True)
class RuleMatch:
    """What a rule is about. Every list is a list of alternatives, an empty one does not restrict.

    ``names`` and the lists of workloads, containers, ConfigMaps and files are shell patterns; ``values`` are
    exact. ``contains`` is text that a ConfigMap value or a variable holds somewhere. ``files`` are the keys
    whose value is the configuration file that a field stands in. ``where`` asks for other settings of the same
    sort in the same container or ConfigMap to have one of some values; ``beside`` for other objects in the
    same environment.
    """

    subject: Subject
    names: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    config_maps: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    supply: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    beside: tuple[ObjectPattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a statement can be checked: a path in a repository at a tag or commit, or an issue."""

    source: str
    checked: str
    shows: str


@dataclass(kw_only=True, frozen=True, slots=True)
class Rule:
    """One statement about the releases of a component."""

    id: str
    component: str
    code: str
    title: str
    match: RuleMatch
    versions: VersionRange
    effect: Effect
    why: str
    replacement: str
    evidence: tuple[Evidence, ...]
    bad: tuple[str, ...]
    good: tuple[str, ...]
    span: Span


@dataclass(kw_only=True, frozen=True, slots=True)
class StillRead:
    """Settings that a manifest lost while the program still reads them, or the reverse.

    The catalogue must not speak of them at these versions: what it sees there is not what the program does.
    """

    subject: Subject
    names: tuple[str, ...]
    versions: VersionRange
    why: str
    evidence: tuple[Evidence, ...]


@dataclass(kw_only=True, frozen=True, slots=True)
class UpgradeNote:
    """Something to know when crossing ``version``, which no single manifest can show."""

    id: str
    version: Version
    title: str
    why: str
    action: str
    evidence: tuple[Evidence, ...]


@dataclass(kw_only=True, frozen=True, slots=True)
class Pack:
    """One file of rules."""

    component: str
    rules: tuple[Rule, ...]
    kept: tuple[StillRead, ...] = ()
    upgrades: tuple[UpgradeNote, ...] = ()
