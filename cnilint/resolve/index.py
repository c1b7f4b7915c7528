"""The facts of a run, indexed by what resolution looks up. Immutable once built."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from fnmatch import fnmatchcase
from functools import lru_cache
from posixpath import dirname
from typing import NamedTuple

from msgspec import Struct, field

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import Span
from cnilint.environment.model import Environment
from cnilint.environment.words import Words, words_of
from cnilint.extract.model import ObjectFacts
from cnilint.facts.known import is_known
from cnilint.facts.model import Definition, Kind, Reference, VolumeAttribute
from cnilint.gitops.deployers import Deployment
from cnilint.gitops.helm import ChartSource, Release
from cnilint.manifest.names import is_placeholder
from cnilint.manifest.object import is_built_in
from cnilint.producers.engine import is_producer, makes_some
from cnilint.resolve.holders import (
    Candidate,
    Held,
    Holders,
    Nearness,
    candidates,
    known_namespace,
    matches,
)


class External(Struct, frozen=True, kw_only=True):
    """Objects that the configuration declares to exist outside of the manifests, as globs.

    The declaration is for references in files below ``folder``, that of the configuration file; empty for the root.
    """

    kind: str
    namespace: str
    name: str
    folder: str = ""
    span: Span | None = None

    def declares(self, reference: Reference, namespace: str | None) -> bool:
        """Whether it is about what a reference names; ``namespace`` is where that is looked for, None if unknown."""
        return (
            fnmatchcase(reference.kind, self.kind)
            and fnmatchcase(reference.name, self.name)
            and (namespace is None or fnmatchcase(namespace, self.namespace))
            and (not self.folder or reference.span.file.startswith(f"{self.folder}/"))
        )


class Creation(NamedTuple):
    """A script or document that creates an object; ``words`` are the environment words of its folder."""

    words: Words
    namespace: str | None
    span: Span


class _Keys(NamedTuple):
    """Whether a key is a placeholder, and whether one is not the name of a variable."""

    placeholder: bool
    bad_variable: bool


class Index(Struct, frozen=True, kw_only=True):
    """The facts of a run."""

    environments: tuple[Environment, ...]
    definitions: Mapping[tuple[Kind, str], Holders]
    open_names: Mapping[str, Sequence[Definition]]
    """By environment, its definitions whose names contain a placeholder, or may be changed."""
    earlier_names: Mapping[tuple[str, Kind, str], Sequence[Held]]
    """By environment, kind and earlier name, the definitions that kustomize renamed."""
    releases: Mapping[str, Sequence[Release]]
    """By environment, the Helm releases that its objects install."""
    releases_into: Mapping[str, Sequence[tuple[Words, Release]]]
    """By namespace, the Helm releases installed into it, with the words of the environment that installs them."""
    chart_sources: Mapping[tuple[str, str], Sequence[tuple[str | None, ChartSource]]]
    """By kind and name, the charts that source objects name, with the namespace of the object."""
    mentions: Mapping[str, Mapping[str, Words]]
    """By name, the environments whose custom resources mention it, with their words."""
    foreign: Sequence[tuple[Words, Deployment]]
    """What is applied of other repositories, with the words of the environment that says so."""
    unread: Mapping[str, frozenset[Words]]
    """By name, the words of the environments in which an unreadable document contains it."""
    creations: Mapping[tuple[Kind, str], Sequence[Creation]]
    creation_patterns: Sequence[tuple[Kind, str, Creation]]
    """Creations whose names are globs."""
    platform: Mapping[tuple[Kind, str], Sequence[Definition]]
    suggested: Mapping[tuple[str, Kind, str], Sequence[Definition]]
    """By environment, kind and name, what producers make under another name of a resource that suggests this one."""
    mounted: Mapping[VolumeAttribute, Sequence[tuple[Words, str | None]]]
    """By attribute, where pods mount CSI volumes with it: the words of the environment, and the namespace."""
    external: Sequence[External]
    accounts_of_charts: Mapping[str, Definition]
    """By name, a ServiceAccount that a chart creates. Some charts create one in every namespace that they serve."""
    families: Mapping[str, Set[Words]]
    """By family, the words of its environments."""
    closed_world: bool = False
    covered: frozenset[tuple[str, str]] = frozenset()
    """Kinds and namespaces of which every live object is known."""
    denied: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Kinds and namespaces of which the live objects could not be read, with the reason."""
    live: frozenset[str] = frozenset()
    """The names of the environments that are live objects."""
    _keys: dict[int, _Keys] = field(default_factory=dict)
    """By the identity of a definition, what was found in all of its keys: many references can name one."""

    def holders(self, kind: Kind, name: str) -> Holders:
        """The definitions of a name."""
        return self.definitions.get((kind, name), _NOBODY)

    def renamed(
        self, environment: Environment, reference: Reference, namespace: str | None
    ) -> list[Candidate]:
        """The environment's definitions that had the name of a reference before kustomize changed it."""
        held = self.earlier_names.get((environment.name, reference.kind, reference.name), ())
        found = candidates(Nearness.OWN, held)
        return [candidate for candidate in found if matches(namespace, candidate.namespace)]

    def created(self, kind: Kind, name: str) -> Iterator[Creation]:
        """The scripts and documents that create an object of this name."""
        yield from self.creations.get((kind, name), ())
        for created, glob, creation in self.creation_patterns:
            if created == kind and fnmatchcase(name, glob):
                yield creation

    def meant(
        self, environment: Environment, reference: Reference, namespace: str | None
    ) -> Definition | None:
        """What a reference to an absent object probably means: the object made of the resource of that name.

        It has the key, or, where the object is read as a whole, a rule says that the name is easily mistaken.
        """
        for definition in self.suggested.get((environment.name, reference.kind, reference.name), ()):
            if not matches(namespace, known_namespace(definition.namespace)):
                continue
            if reference.key in definition.keys or (
                reference.key is None and reference.name in definition.mistaken
            ):
                return definition
        return None

    def unknown_maker(self, environment: Environment, namespace: str | None, owner: ObjectRef) -> str:
        """A custom resource in the namespace of which no rule says what is made; empty without one.

        What installs or applies something elsewhere does not count, nor does the reader itself.
        """
        for fact in environment.objects:
            other = fact.owner
            if fact.releases or fact.deployments or other is owner or other.namespace != namespace:
                continue
            if _may_make_more(other.api_version, other.kind):
                return f"the {other.kind} `{other.name}`"
        return ""

    def may_have_more(self, definition: Definition) -> bool:
        """Whether a definition may have keys that it does not list."""
        return definition.open or self._found_in(definition).placeholder

    def has_bad_variable(self, definition: Definition) -> bool:
        """Whether a key of a definition is not the name of a variable."""
        return self._found_in(definition).bad_variable

    def _found_in(self, definition: Definition) -> _Keys:
        found = self._keys.get(id(definition))
        if found is None:
            found = self._keys[id(definition)] = _Keys(
                placeholder=any(map(is_placeholder, definition.keys)),
                bad_variable=next(definition.bad_variables(), None) is not None,
            )
        return found

    def exists(self, definition: Definition, words: Words) -> bool:
        """Whether a definition exists for an environment with these words: some do only while a pod mounts them."""
        attribute = definition.mounted_as
        return attribute is None or any(
            some <= words and matches(known_namespace(definition.namespace), known_namespace(namespace))
            for some, namespace in self.mounted.get(attribute, ())
        )

    def unread_live(self, kind: Kind, namespace: str | None) -> str:
        """Why live objects that a reference may name could not be read; empty if they were, or none was to be."""
        return next(
            (
                why
                for (some, there), why in self.denied.items()
                if some == kind and namespace in (None, there)
            ),
            "",
        )

    def is_live(self, reference: Reference, namespace: str | None) -> bool | None:
        """Whether the cluster already has what a reference names; None where that is not known."""
        holders = self.holders(reference.kind, reference.name)
        held = (one for name in self.live for one in holders.by_environment.get(name, ()))
        found = [each for _, each in held if matches(namespace, known_namespace(each.namespace))]
        if any(
            reference.key is None or reference.key in each.keys or self.may_have_more(each) for each in found
        ):
            return True
        return False if found or (reference.kind, namespace) in self.covered else None

    def is_external(self, reference: Reference, namespace: str | None) -> bool:
        """Whether the configuration declares that the object exists."""
        return any(entry.declares(reference, namespace) for entry in self.external)


_NOBODY = Holders()


@lru_cache(maxsize=4096)
def _may_make_more(api_version: str, kind: str) -> bool:
    """Whether objects of a kind are custom resources of which no rule says all that is made of them."""
    group = api_version.rpartition("/")[0]
    if is_built_in(group) or is_producer(kind, group):
        return False
    return not is_known(kind, group) or makes_some(kind, group)


def build(
    environments: Sequence[Environment],
    *,
    platform: Iterable[Definition] = (),
    imperative: Iterable[Definition] = (),
    external: Sequence[External] = (),
    rendered: Set[str] = frozenset(),
    closed_world: bool = False,
    covered: frozenset[tuple[str, str]] = frozenset(),
    denied: Mapping[tuple[str, str], str] | None = None,
    live: frozenset[str] = frozenset(),
) -> Index:
    """The index of a run's environments and of what exists without a manifest.

    ``rendered`` are the folders of the charts whose objects are in the environments.
    """
    facts = _FactsByName(rendered=rendered)
    families: defaultdict[str, set[Words]] = defaultdict(set)
    for environment in environments:
        facts.add(environment)
        families[environment.family].add(environment.words)
    creations: defaultdict[tuple[Kind, str], list[Creation]] = defaultdict(list)
    for definition in (*imperative, *facts.samples):
        creation = Creation(words_of(dirname(definition.span.file)), definition.namespace, definition.span)
        creations[definition.kind, definition.name].append(creation)
    by_platform: defaultdict[tuple[Kind, str], list[Definition]] = defaultdict(list)
    for definition in platform:
        by_platform[definition.kind, definition.name].append(definition)
    return Index(
        environments=tuple(environments),
        definitions=facts.definitions,
        open_names=facts.open_names,
        earlier_names=facts.earlier_names,
        releases=facts.releases,
        releases_into=facts.releases_into,
        chart_sources=facts.chart_sources,
        mentions=facts.mentions,
        foreign=facts.foreign,
        unread={name: frozenset(words) for name, words in facts.unread.items()},
        creations=creations,
        creation_patterns=[
            (kind, name, each) for (kind, name), some in creations.items() if "*" in name for each in some
        ],
        platform=by_platform,
        suggested=facts.suggested,
        mounted=facts.mounted,
        external=external,
        accounts_of_charts=facts.accounts_of_charts,
        families=families,
        closed_world=closed_world,
        covered=covered,
        denied=denied or {},
        live=live,
    )


class _FactsByName(Struct, kw_only=True):
    """Collects the facts of environments under the names by which they are looked up."""

    rendered: Set[str]
    definitions: defaultdict[tuple[Kind, str], Holders] = field(default_factory=lambda: defaultdict(Holders))
    open_names: defaultdict[str, list[Definition]] = field(default_factory=lambda: defaultdict(list))
    earlier_names: defaultdict[tuple[str, Kind, str], list[Held]] = field(
        default_factory=lambda: defaultdict(list)
    )
    unread: defaultdict[str, set[Words]] = field(default_factory=lambda: defaultdict(set))
    releases: defaultdict[str, list[Release]] = field(default_factory=lambda: defaultdict(list))
    releases_into: defaultdict[str, list[tuple[Words, Release]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    chart_sources: defaultdict[tuple[str, str], list[tuple[str | None, ChartSource]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    mentions: defaultdict[str, dict[str, Words]] = field(default_factory=lambda: defaultdict(dict))
    suggested: defaultdict[tuple[str, Kind, str], list[Definition]] = field(
        default_factory=lambda: defaultdict(list)
    )
    mounted: defaultdict[VolumeAttribute, list[tuple[Words, str | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    accounts_of_charts: dict[str, Definition] = field(default_factory=dict)
    foreign: list[tuple[Words, Deployment]] = field(default_factory=list)
    samples: list[Definition] = field(default_factory=list)

    def add(self, environment: Environment) -> None:
        for fact in environment.objects:
            self._add_definitions(environment, fact)
            self._add_releases(environment, fact.releases)
            if fact.chart is not None:
                owner = fact.owner
                self.chart_sources[owner.kind, owner.name].append((owner.namespace, fact.chart))
            for attribute in fact.stated.volume_attributes:
                self.mounted[attribute].append((environment.shown_to, fact.owner.namespace))
            for name, _ in fact.mentions:
                self.mentions[name][environment.name] = environment.shown_to
        self.foreign += [(environment.shown_to, entry) for entry in environment.foreign]
        for gap in environment.gaps:
            for name in gap.names:
                self.unread[name].add(environment.shown_to)

    def _add_releases(self, environment: Environment, releases: Iterable[Release]) -> None:
        for release in releases:
            if release.folder not in self.rendered:
                self.releases[environment.name].append(release)
                self.releases_into[release.namespace or ""].append((environment.shown_to, release))

    def _add_definitions(self, environment: Environment, fact: ObjectFacts) -> None:
        if environment.standing == "sample":
            self.samples += fact.definitions
            return
        for definition in fact.definitions:
            if definition.unnamed:
                self.open_names[environment.name].append(definition)
                continue
            self.definitions[definition.kind, definition.name].add(environment, definition)
            if definition.kind == "ServiceAccount" and fact.releases:
                self.accounts_of_charts.setdefault(definition.name, definition)
            for name in {definition.resource, *definition.mistaken} - {"", definition.name}:
                self.suggested[environment.name, definition.kind, name].append(definition)
            if is_placeholder(definition.name):
                self.open_names[environment.name].append(definition)
            for name in definition.earlier:
                self.earlier_names[environment.name, definition.kind, name].append((environment, definition))
