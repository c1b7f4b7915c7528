"""Finds how often a folder is applied: to several clusters, into several namespaces, with several sets of variables.

Each time it is an environment of its own, because other objects and values complete it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from posixpath import basename, dirname

from msgspec import Struct, field

from cnilint.environment.groups import EnvironmentGroup
from cnilint.environment.postbuild import NOTHING, Read, Variables, variables
from cnilint.environment.words import Words, common_words_of, words_of
from cnilint.gitops.deployers import Deployment

_MOST = 64
"""A folder that is applied more often than this is one environment."""
_MOST_STEPS = 8
"""Steps from a deployer to the deployer of its own folder that are followed."""
_NOWHERE: Words = frozenset()

_Difference = tuple[Words, str | None, Variables, str]
"""What tells the instances of a group apart: words, namespace, variables and changes of the kustomization."""


class Instance(Struct, frozen=True, kw_only=True):
    """A group as it is applied once. ``label`` tells it from the group's other instances; empty for the only one.

    ``words`` are the environment words of its deployer: more than those of its folder, or none.
    """

    label: str
    entries: tuple[Deployment, ...]
    words: Words = _NOWHERE
    namespace: str | None = None
    variables: Variables = NOTHING

    @property
    def override(self) -> str | None:
        """The namespace, if it replaces those of the objects."""
        return self.namespace if all(entry.overrides for entry in self.entries) else None

    @property
    def appliers(self) -> frozenset[str]:
        return frozenset(entry.by for entry in self.entries)


class Applications(Struct, kw_only=True):
    """The deployments of the groups of a run."""

    groups: Mapping[str, EnvironmentGroup]
    applied: Mapping[str, Sequence[Deployment]]
    """The deployments of each group, those of its own folder first."""
    words: Mapping[str, Words]
    """The environment words of each group's folder."""
    read: Read
    known: Words = _NOWHERE
    """All environment words of folders."""
    stated_in: defaultdict[Deployment, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By deployment, the groups that state it."""
    said: dict[tuple[Deployment, int], set[Words]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, group in self.groups.items():
            for entry in (entry for fact in group.objects() for entry in fact.deployments):
                self.stated_in[entry].add(name)
        self.known = frozenset(word for words in self.words.values() for word in words)

    def instances(self, name: str, own: Words) -> list[Instance]:
        """The instances of a group whose folder has these words; one without entries if no deployment is known."""
        entries = _nearest(self.applied[name])
        found = self._distinct(entries, own)
        if 1 < len(found) <= _MOST:
            return list(_labelled(found))
        if len(found) == 1:
            ((words, namespace, given, _),) = found
            return [
                Instance(label="", entries=tuple(entries), words=words, namespace=namespace, variables=given)
            ]
        every = frozenset(word for words, *_ in found for word in words)
        return [Instance(label="", entries=tuple(entries), words=every)]

    def root(self, instance: Instance) -> str:
        """The group that states the deployments of an instance, if it is one cluster's: its folder has words."""
        stated = {name for entry in instance.entries for name in self.stated_in[entry]}
        own = {name for name in stated if not instance.words or self.words[name] <= instance.words}
        (name,) = own if len(own) == 1 else ("",)
        return name if name and self.words[name] else ""

    def _distinct(self, entries: Sequence[Deployment], own: Words) -> dict[_Difference, list[Deployment]]:
        """The deployments, grouped by what tells their environments apart."""
        found: dict[_Difference, list[Deployment]] = {}
        for entry in entries:
            for said in self._words(entry, _MOST_STEPS):
                words = said if said >= own else _NOWHERE
                given = variables(entry, said or own, self.read)
                found.setdefault((words, entry.namespace, given, entry.customized), []).append(entry)
        worded = {key: some for key, some in found.items() if key[0]}
        # A deployment without words may be one of those that have words.
        return worded or found

    def _words(self, entry: Deployment, steps: int) -> set[Words]:
        if (entry, steps) not in self.said:
            self.said[entry, steps] = self._all_words(entry, steps)
        return self.said[entry, steps]

    def _all_words(self, entry: Deployment, steps: int) -> set[Words]:
        """The environment words of a deployer, one set for each place that deploys it.

        The name of the cluster comes first, if it is a folder's word or a common one; then the deployer's file, of
        whose name only common words count; then the folders of the kustomizations that build the deployer.
        """
        cluster = entry.cluster.lower()
        said = common_words_of(cluster) | ({cluster, *words_of(cluster)} & self.known)
        said = said or words_of(dirname(entry.file)) | common_words_of(basename(entry.file))
        if said or not steps:
            return {said}
        built = {words for name in self.stated_in[entry] if (words := self.words[name])}
        return built or self._words_above(entry, steps) or {said}

    def _words_above(self, entry: Deployment, steps: int) -> set[Words]:
        """The environment words of the deployers of the folders that state a deployer."""
        return {
            words
            for name in self.stated_in[entry]
            for upper in _nearest(self.applied[name])
            if upper != entry
            for words in self._words(upper, steps - 1)
        }


def _nearest(entries: Sequence[Deployment]) -> Sequence[Deployment]:
    """The deployments of the folder itself, else those of the nearest above it."""
    longest = max((entry.path.count("/") for entry in entries), default=0)
    return [entry for entry in entries if entry.path.count("/") == longest]


def _labelled(found: Mapping[_Difference, list[Deployment]]) -> Iterator[Instance]:
    """The instances, with labels that say how they differ."""
    common = frozenset.intersection(*(words for words, *_ in found))
    differ_in_namespace = len({namespace for _, namespace, *_ in found}) > 1
    used: set[str] = set()
    for (words, namespace, given, _), entries in found.items():
        parts = [" ".join(sorted(words - common))] if words > common else []
        parts += [f"namespace {namespace}"] if differ_in_namespace and namespace else []
        label = ", ".join(parts)
        if label in used or not label:
            label = ", ".join([*parts, entries[0].by])
        yield Instance(
            label=_unused(label, used),
            entries=tuple(entries),
            words=words,
            namespace=namespace,
            variables=given,
        )


def _unused(label: str, used: set[str]) -> str:
    number, unique = 1, label
    while unique in used:
        number += 1
        unique = f"{label} {number}"
    used.add(unique)
    return unique
