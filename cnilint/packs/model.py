"""The records that packs are read into; their shape is ``schemas/pack.schema.json``."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

from msgspec import Struct, field

from cnilint.diagnostics.model import Severity
from cnilint.document import Node, Scalar, Span
from cnilint.document.patterns import Pattern, regular_expression
from cnilint.document.structure import Convert, Key, PlaceOf, structure
from cnilint.packs.links import issue_link, source_link
from cnilint.regex import regex
from cnilint.versions import EVERY_VERSION, Version, VersionRange, parse_range, parse_version


class Effect(StrEnum):
    """What a setting does that the release does not expect."""

    FATAL = "fatal"  # the workload does not start, or the API server refuses it
    SILENT_OVERRIDE = "silent-override"  # it overrides the documented setting
    DEGRADED = "degraded"  # a function stops working, without an error
    INSECURE = "insecure"  # a protection is off, without an error
    LOST = "lost"  # it has no effect: DEGRADED, or IGNORED with the value that holds without it
    IGNORED = "ignored"  # it has no effect


#: Severity of a problem by the effect of its rule.
SEVERITY: dict[Effect, Severity] = {
    Effect.FATAL: "error",
    Effect.SILENT_OVERRIDE: "warning",
    Effect.DEGRADED: "warning",
    Effect.INSECURE: "warning",
    Effect.LOST: "warning",
    Effect.IGNORED: "note",
}


class Subject(StrEnum):
    """The kind of setting that a rule or a catalogue entry is about."""

    ENV = "env"
    CONFIG_KEY = "config-key"
    CONFIG_FIELD = "config-field"
    FLAG = "flag"
    VOLUME = "volume"
    CONTAINER = "container"
    OBJECT = "object"
    VALUE = "value"
    EXEC = "exec"
    IMAGE = "image"
    API = "api"
    RESOURCE_FIELD = "resource-field"
    FEATURE_GATE = "feature-gate"


#: What a setting is called in messages.
NOUNS: dict[Subject, str] = {
    Subject.ENV: "variable",
    Subject.CONFIG_KEY: "key",
    Subject.CONFIG_FIELD: "field",
    Subject.FLAG: "flag",
    Subject.VOLUME: "volume",
    Subject.CONTAINER: "container",
    Subject.OBJECT: "object",
    Subject.VALUE: "value",
    Subject.EXEC: "program",
    Subject.IMAGE: "image",
    Subject.API: "kind",
    Subject.RESOURCE_FIELD: "field",
    Subject.FEATURE_GATE: "feature gate",
}


def _version(text: str) -> Version:
    version = parse_version(text)
    if version is None:
        raise ValueError("expected a version such as '1.22.5'")
    return version


def object_pattern(text: str) -> "ObjectPattern":
    """An object in a data file, as ``Kind/name`` or ``Kind/namespace/name``. Raises ValueError."""
    match = _OBJECT.match(text)
    if match is None:
        raise ValueError("expected an object as Kind/name or Kind/namespace/name")
    return ObjectPattern(match["kind"], match["name"], match["namespace"])


def _one_or_more(node: Node) -> tuple[str, ...]:
    return (structure(node, str),) if isinstance(node, Scalar) else structure(node, tuple[str, ...])


_Pattern = Annotated[Pattern, Convert(regular_expression)]
_OBJECT = regex(r"(?P<kind>[A-Z]\w*)/(?:(?P<namespace>[^/\s]+)/)?(?P<name>[^/\s]+)\Z")
_Prose = Annotated[str, Convert(str.strip)]
_Range = Annotated[VersionRange, Convert(parse_range, tuple[str, ...])]
_Examples = Annotated[tuple[str, ...], Convert(_one_or_more, Node)]
PackVersion = Annotated[Version, Convert(_version)]
"""A version in a data file."""


class ObjectPattern(Struct, frozen=True):
    """Names an object by kind and by patterns for its name and namespace (None: any)."""

    kind: str
    name: str
    namespace: str | None = None


class SettingCondition(Struct, frozen=True, kw_only=True):
    """Another setting, by name, and the values that it must have; without values any.

    ``absent``: it may be absent instead; without values it must be. ``subject`` is its kind where that is another one than
    the rule's.
    """

    key: str
    values: tuple[str, ...] = ()
    absent: bool = False
    subject: Annotated[Subject | None, Key("setting")] = None

    def holds(self, given: Mapping[str, str | None]) -> bool:
        """Whether the settings of the kind fulfil it; None is a value from elsewhere."""
        if self.key not in given:
            return self.absent
        return given[self.key] in self.values if self.values else not self.absent


class ImageCondition(Struct, frozen=True):
    """The image of the setting's container: a shell pattern for its repository, and a pattern for its tag."""

    path: str
    tag: _Pattern | None = None

    def holds(self, repository: str, tag: str) -> bool:
        """Whether an image is as required; any registry and any folders may come before the path."""
        is_of = fnmatchcase(repository, self.path) or fnmatchcase(repository, f"*/{self.path}")
        return is_of and (self.tag is None or self.tag.matches(tag))


class Unlisted(Struct, frozen=True):
    """Workloads that the value, a list with commas, does not name.

    ``item`` is a shell pattern for the item that names one, with ``{namespace}`` and ``{name}`` of the workload.
    """

    component: str
    item: str


class RuleMatch(Struct, frozen=True, kw_only=True):
    """The settings that a rule is about. Every list is a list of alternatives; an empty one does not restrict.

    ``names`` and the lists of workloads, containers, ConfigMaps and files are shell patterns; ``values`` are exact.
    ``contains`` is text within the value, ``pattern`` is for the whole of it, and ``valid`` is what it does not match.
    ``unlisted`` are workloads of the environment none of which it names. ``charts`` are the Helm charts that have a value;
    unless a rule is about some values, it is about one that is not empty, false or zero. ``files`` are the keys whose value
    is the configuration file that has the field. ``where`` are other settings in the same container or ConfigMap; ``beside``
    are other objects of the same environment. ``absent``: the rule is about places that do not have the setting.
    """

    subject: Annotated[Subject, Key("setting")]
    names: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    config_maps: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    pattern: _Pattern | None = None
    valid: _Pattern | None = None
    unlisted: Unlisted | None = None
    absent: bool = False
    image: ImageCondition | None = None
    supply: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    where: tuple[SettingCondition, ...] = ()
    beside: tuple[Annotated[ObjectPattern, Convert(object_pattern)], ...] = ()

    @property
    def value_texts(self) -> tuple[str, ...]:
        """The values that a rule is about, as far as they can be listed."""
        return self.values or self.contains or ((self.pattern.text,) if self.pattern else ())

    @property
    def is_about_value(self) -> bool:
        """Whether the value as a whole decides, so that it is what a diagnostic is about."""
        return bool(self.values or self.pattern or self.valid or self.unlisted)


class Evidence(Struct, frozen=True, kw_only=True):
    """Where a statement can be checked: an issue, or a path in a repository at a tag or commit, and a line of it."""

    checked: str
    shows: _Prose
    repository: str = ""
    tag: str = ""
    commit: str = ""
    path: str = ""
    line: int = 0
    issue: str = ""

    @property
    def source(self) -> str:
        """The issue, or ``repository@tag:path``."""
        path = f":{self.path}" if self.path else ""
        return self.issue or f"{self.repository}@{self.tag or self.commit}{path}"

    @property
    def link(self) -> str:
        """The address of the source."""
        if self.issue:
            return issue_link(self.issue)
        return source_link(self.repository, self.tag or self.commit, self.path, self.line)


class Rule(Struct, frozen=True, kw_only=True):
    """One statement about the releases of a component. ``id`` is ``component/name``."""

    id: str
    component: str = ""
    code: str
    title: str
    match: RuleMatch
    versions: _Range
    effect: Effect
    why: _Prose
    replacement: _Prose = ""
    replacements: Mapping[str, _Prose] = field(default_factory=dict)
    """By name, the fix of settings that have one of their own."""
    evidence: tuple[Evidence, ...]
    bad: _Examples
    good: _Examples
    span: Annotated[Span, PlaceOf("id")]

    def fix_for(self, name: str) -> str:
        """What to do about a setting of that name."""
        return self.replacements.get(name, self.replacement)


class StillRead(Struct, frozen=True, kw_only=True):
    """Settings that manifests dropped although the program still reads them, or the reverse.

    The catalogue is not used for them at these versions: manifests differ from what the program reads.
    """

    subject: Annotated[Subject, Key("setting")]
    names: tuple[str, ...]
    versions: _Range = EVERY_VERSION
    why: _Prose
    evidence: tuple[Evidence, ...]

    def holds_for(self, subject: Subject, name: str, versions: Iterable[Version]) -> bool:
        """Whether the program may read a setting at any of some versions, whatever its manifests set."""
        return (
            self.subject is subject
            and any(fnmatchcase(name, pattern) for pattern in self.names)
            and any(self.versions.contains(version.intended) is not False for version in versions)
        )


class UpgradeNote(Struct, frozen=True, kw_only=True):
    """What an upgrade to ``version`` or beyond needs and no single manifest shows."""

    id: str
    version: PackVersion
    title: str
    why: _Prose
    action: _Prose
    evidence: tuple[Evidence, ...]


class Pack(Struct, frozen=True, kw_only=True):
    """One file of rules."""

    component: str
    rules: tuple[Rule, ...] = ()
    kept: tuple[StillRead, ...] = ()
    upgrades: tuple[UpgradeNote, ...] = ()
