"""Finds the object that a reference to an absent one probably means, by other evidence than a similar name alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from posixpath import dirname
from typing import NamedTuple

from cnilint.diagnostics.suggest import KnownNames, is_misspelling
from cnilint.environment.model import Environment
from cnilint.facts.model import Definition, Kind, Reference
from cnilint.render.kustomize.fieldspecs import is_followed
from cnilint.resolve.holders import Holders, known_namespace, matches
from cnilint.resolve.index import Index
from cnilint.resolve.outcome import DEFINED, LikelyTarget, Resolution
from cnilint.resolve.related import Said, are_related, endings, related_in, said, words_of
from cnilint.resolve.search import NameSearch
from cnilint.resolve.surroundings import NamedDefinitions, Surroundings

_FEW = 16
"""Objects of one environment with the same key, or of names that say the same; more are no evidence for one."""

_SEVERAL = 3
"""Files that agree on a name, against one that does not."""
_SEVERAL_THAT_RESOLVE = 2

_DISTINCT = 2
"""Words of a name that is no coincidence where something else has it."""


class _Readers(NamedTuple):
    """Who reads what: the names by environment; the files by kind, key and what the name says, and by name.

    ``keys`` are the names that resolve, by environment, kind and key; ``resolved`` all of these.
    """

    names: defaultdict[str, set[tuple[Kind, str]]]
    keys: defaultdict[tuple[str, Kind, str], set[str]]
    resolved: set[tuple[Kind, str, str]]
    files: defaultdict[tuple[Kind, str, Said], dict[str, set[str]]]


class LikelyTargets:
    """The likely targets of a run's references to absent ConfigMaps and Secrets."""

    def __init__(self, index: Index, resolutions: Iterable[Resolution], search: NameSearch) -> None:
        self._index = index
        self._search = search
        self._resolutions = resolutions
        self._here: Surroundings | None = None
        self._nearest: dict[tuple[str, Kind, bool, str, str | None], str] = {}

    def target(self, resolution: Resolution) -> LikelyTarget | None:
        """The only object that the evidence names; None without evidence, or where several fit."""
        return (
            self._made_of_that_name(resolution)
            or self._misspelled(resolution)
            or self._by_key(resolution)
            or self._unread(resolution)
            or self._unread_beside(resolution)
            or self._called_like_the_volume(resolution)
            or self._key_of_that_name(resolution)
            or self._made_for_another(resolution)
            or self._in_namespace(resolution)
            or self._read_by_others(resolution)
            or self._with_key_elsewhere(resolution)
        )

    def nearest(self, resolution: Resolution) -> str:
        """The name of an object of the environment that is similar and may have the key; empty if there is none."""
        reference, environment = resolution.reference, resolution.environment
        # A name that gets a hash is only right where kustomize updates it.
        hashed = is_followed(reference.owner.api_version, reference.owner.kind, reference.kind)
        wanted = (environment.name, reference.kind, hashed, reference.name, reference.key)
        if wanted not in self._nearest:
            self._nearest[wanted] = self._nearest_of(environment, reference, hashed=hashed)
        return self._nearest[wanted]

    def _nearest_of(self, environment: Environment, reference: Reference, *, hashed: bool) -> str:
        known, found = self._around(environment).known(reference.kind, hashed=hashed)
        is_compared = self._search.near.allows(environment.name)
        name = known.nearest(reference.name) if is_compared else known.same(reference.name)
        is_other = name != reference.name
        return (
            name
            if is_other and any(_may_have(each, reference.key) for each in found.definitions.get(name, ()))
            else ""
        )

    def _made_of_that_name(self, resolution: Resolution) -> LikelyTarget | None:
        """The only object that nothing reads and that is made, under another name, of the resource of that name."""
        reference, environment = resolution.reference, resolution.environment
        alike = self._index.suggested.get((environment.name, reference.kind, reference.name), ())
        found = {
            (each.name, each.producer)
            for each in (alike if len(alike) <= _FEW else ())
            if matches(resolution.namespace, known_namespace(each.namespace))
            and (each.kind, each.name) not in self._readers.names[environment.name]
            and _may_have(each, reference.key)
        }
        if len(found) != 1:
            return None
        name, producer = found.pop()
        why = f"{producer} creates `{name}`, not `{reference.name}`"
        return LikelyTarget(kind=reference.kind, name=name, why=why)

    def _misspelled(self, resolution: Resolution) -> LikelyTarget | None:
        """The object of the environment whose name differs in one slip."""
        reference, name = resolution.reference, self.nearest(resolution)
        if not name or not is_misspelling(reference.name, name):
            return None
        why = f"{reference.kind} `{name}` is there, and the names differ in one slip"
        return LikelyTarget(kind=reference.kind, name=name, why=why)

    def _by_key(self, resolution: Resolution) -> LikelyTarget | None:
        """The only object of the environment that has the key, or from which it is read, and a related name."""
        reference = resolution.reference
        if reference.key is None:
            return None
        known = {each.name for each in self._of(resolution, reference.key) if each.kind == reference.kind}
        readers = self._readers.keys[resolution.environment.name, reference.kind, reference.key]
        known |= readers if len(readers) <= _FEW else set()
        names = {name for name in known if are_related(reference.name, name, reference.key)}
        if len(names) != 1:
            return None
        name = names.pop()
        return LikelyTarget(
            kind=reference.kind, name=name, why=f"{reference.kind} `{name}` has the key `{reference.key}`"
        )

    def _unread(self, resolution: Resolution) -> LikelyTarget | None:
        """The only object that nothing reads, under a name that says the same: ``agent-secret`` for ``agent``.

        A ConfigMap for a Secret, or the reverse, if it has the very name.
        """
        reference = resolution.reference
        read = self._readers.names[resolution.environment.name]
        found = {
            (each.kind, each.name)
            for each in self._of(resolution, said(reference.name))
            if (each.kind, each.name) not in read
            and each.name not in self._index.mentions
            and (
                each.kind == reference.kind or (each.kind != "ServiceAccount" and each.name == reference.name)
            )
            and _may_have(each, reference.key)
        }
        if len(found) != 1:
            return None
        kind, name = found.pop()
        return LikelyTarget(
            kind=kind, name=name, why=f"nothing reads {kind} `{name}`, which this environment defines"
        )

    def _unread_beside(self, resolution: Resolution) -> LikelyTarget | None:
        """The only object of the reader's folder that nothing reads and whose name extends the reference's, or begins it."""
        reference = resolution.reference
        read = self._readers.names[resolution.environment.name]
        places = self._around(resolution.environment).unread(read)
        beside = places.get((reference.kind, dirname(reference.span.file)), NamedDefinitions())
        found = {
            name
            for name in related_in(beside.ordered, reference.name)
            for each in beside.definitions[name][:_FEW]
            if matches(resolution.namespace, known_namespace(each.namespace))
            and _may_have(each, reference.key)
        }
        if len(found) != 1:
            return None
        name = found.pop()
        why = f"nothing reads {reference.kind} `{name}`, which the same folder defines"
        return LikelyTarget(kind=reference.kind, name=name, why=why)

    def _called_like_the_volume(self, resolution: Resolution) -> LikelyTarget | None:
        """What the environment defines under the name of the volume that reads it, and nothing reads."""
        reference = resolution.reference
        name = reference.volume
        is_read = (reference.kind, name) in self._readers.names[resolution.environment.name]
        if not name or name == reference.name or is_read:
            return None
        held = self._index.holders(reference.kind, name).by_environment.get(resolution.environment.name, ())
        alike = (
            each for _, each in held[:_FEW] if matches(resolution.namespace, known_namespace(each.namespace))
        )
        if not any(_may_have(each, reference.key) for each in alike):
            return None
        why = f"nothing reads {reference.kind} `{name}`, which has the name of the volume"
        return LikelyTarget(kind=reference.kind, name=name, why=why)

    def _made_for_another(self, resolution: Resolution) -> LikelyTarget | None:
        """The only object that is made as this one would be, of a resource of another name: ``lab-ca`` for ``web-ca``."""
        reference, environment = resolution.reference, resolution.environment
        made = self._around(environment).by_ending
        found = {
            (each.name, each.producer, each.resource, ending)
            for ending in endings(reference.name)
            for each in made.get((reference.kind, ending), ())[:_FEW]
            if matches(resolution.namespace, known_namespace(each.namespace))
            and _may_have(each, reference.key)
        }
        if len(found) != 1:
            return None
        name, producer, resource, ending = found.pop()
        of = reference.name.removesuffix(ending)
        why = f"{producer} `{resource}` creates `{name}`, and none is called `{of}`"
        return LikelyTarget(kind=reference.kind, name=name, why=why)

    def _key_of_that_name(self, resolution: Resolution) -> LikelyTarget | None:
        """The only object that has a key with the name of the reference: the two were confused."""
        reference = resolution.reference
        if reference.key is not None or len(words_of(reference.name)) < _DISTINCT:
            return None
        names = {
            each.name
            for each in self._of(resolution, reference.name)
            if each.kind == reference.kind and not each.open
        }
        if len(names) != 1:
            return None
        name = names.pop()
        return LikelyTarget(
            kind=reference.kind, name=name, why=f"{reference.kind} `{name}` has a key of that name"
        )

    def _in_namespace(self, resolution: Resolution) -> LikelyTarget | None:
        """The object of another environment of the same cluster and namespace whose name differs in one slip."""
        reference, namespace = resolution.reference, known_namespace(resolution.namespace)
        reader = resolution.environment.name
        if namespace is None or not self._search.elsewhere.allows(reader):
            return None
        self._search.ask_namespace(reader, reference.kind, namespace)
        known = self._names.get((reference.kind, namespace))
        name = "" if known is None else known.nearest(reference.name)
        if not name or not is_misspelling(reference.name, name):
            return None
        words = resolution.environment.words
        for candidates in self._index.holders(reference.kind, name).near(words, namespace):
            for each in candidates:
                if each.namespace == namespace and _may_have(each.definition, reference.key):
                    place = each.environment.name
                    why = f"environment `{place}` defines {reference.kind} `{name}` in the same namespace"
                    return LikelyTarget(
                        kind=reference.kind, name=name, why=f"{why}, and the names differ in one slip"
                    )
        return None

    def _read_by_others(self, resolution: Resolution) -> LikelyTarget | None:
        """The name under which several other files read this key, where it says the same and only this file differs."""
        reference = resolution.reference
        words = said(reference.name)
        if reference.key is None or not words:
            return None
        alike = self._readers.files[reference.kind, reference.key, words]
        if len(alike) != 2 or len(alike[reference.name]) > 1:
            return None
        name = next(each for each in alike if each != reference.name)
        count = len(alike[name])
        resolves = (reference.kind, name, reference.key) in self._readers.resolved
        if count < (_SEVERAL_THAT_RESOLVE if resolves else _SEVERAL):
            return None
        why = f"{count} other files read the key from {reference.kind} `{name}`"
        return LikelyTarget(kind=reference.kind, name=name, why=why)

    def _with_key_elsewhere(self, resolution: Resolution) -> LikelyTarget | None:
        """The one name of everything that has the key, where what the repository defines under this name lacks it."""
        reference = resolution.reference
        if reference.key is None or not self._is_closed(reference.kind, reference.name):
            return None
        self._search.ask_key(resolution.environment.name, reference.kind, reference.key)
        only = self._with_key.get((reference.kind, reference.key))
        if only is None:
            return None
        name, found = only
        if name == reference.name or len(found) < _SEVERAL:
            return None
        why = (
            f"no {reference.kind} `{reference.name}` has the key; {len(found)} files define `{name}` with it"
        )
        return LikelyTarget(kind=reference.kind, name=name, why=why)

    def _of(self, resolution: Resolution, key: Said | str) -> Iterator[Definition]:
        """The environment's definitions with a key, or with a name that says something, in the reader's namespace."""
        alike = self._around(resolution.environment).by_key_and_words.get(key, ())
        for each in alike if len(alike) <= _FEW else ():
            is_itself = (each.kind, each.name) == (resolution.reference.kind, resolution.reference.name)
            if is_itself or each.hashed or each.refused:
                continue
            if matches(resolution.namespace, known_namespace(each.namespace)):
                yield each

    def _around(self, environment: Environment) -> Surroundings:
        """What an environment defines. Only that of the last one is kept: references come by environment."""
        if self._here is None or self._here.environment is not environment:
            self._here = Surroundings(environment)
        return self._here

    @cached_property
    def _readers(self) -> _Readers:
        readers = _Readers(
            names=defaultdict(set), keys=defaultdict(set), resolved=set(), files=defaultdict(dict)
        )
        for each in self._resolutions:
            reference = each.reference
            readers.names[each.environment.name].add((reference.kind, reference.name))
            if reference.key is not None:
                if each.outcome in DEFINED:
                    readers.keys[each.environment.name, reference.kind, reference.key].add(reference.name)
                    readers.resolved.add((reference.kind, reference.name, reference.key))
                alike = readers.files[reference.kind, reference.key, said(reference.name)]
                alike.setdefault(reference.name, set()).add(reference.span.file)
        return readers

    def _is_closed(self, kind: Kind, name: str) -> bool:
        """Whether something defines the name, and all keys of it are known."""
        holders = self._index.definitions.get((kind, name))
        return holders is not None and not any(each.open for each in _held(holders))

    @cached_property
    def _with_key(self) -> Mapping[tuple[Kind, str], tuple[str, set[str]] | None]:
        """By kind and key, the only name of what has it, with its files; None where several names have it."""
        only: dict[tuple[Kind, str], tuple[str, set[str]] | None] = {}
        for (kind, name), holders in self._index.definitions.items():
            for each in _held(holders):
                for key in each.keys:
                    found = only.setdefault((kind, key), (name, set()))
                    if found is not None and found[0] == name:
                        found[1].add(each.span.file)
                    else:
                        only[kind, key] = None
        return only

    @cached_property
    def _names(self) -> Mapping[tuple[Kind, str], KnownNames]:
        """The names in each namespace."""
        names: defaultdict[tuple[Kind, str], set[str]] = defaultdict(set)
        for (kind, name), holders in self._index.definitions.items():
            for namespace in holders.namespaces():
                names[kind, namespace].add(name)
        return {place: KnownNames.of(found) for place, found in names.items()}


def _held(holders: Holders) -> Iterator[Definition]:
    return (each for held in holders.by_environment.values() for _, each in held)


def _may_have(definition: Definition, key: str | None) -> bool:
    return key is None or definition.open or key in definition.keys
