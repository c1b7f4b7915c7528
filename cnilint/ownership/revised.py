"""The objects that two revisions of the manifests both have, and those that only one has, by environment."""

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property

from msgspec import Struct

from cnilint.diagnostics.model import ObjectRef
from cnilint.environment import Environment
from cnilint.extract.model import ObjectFacts
from cnilint.manifest.object import is_built_in
from cnilint.ownership.inputs.desired import DesiredObject, ManifestStore
from cnilint.ssa.typed.values import JsonObject

RevisedName = tuple[str, str, str | None, str]
"""Group, kind, namespace and name; of built-in kinds the group is left out, for some moved between groups."""


def object_name(owner: ObjectRef) -> RevisedName:
    """What an object keeps from revision to revision."""
    group = owner.api_version.rpartition("/")[0]
    return "" if is_built_in(group) else group, owner.kind, owner.namespace, owner.name


class EnvironmentStep(Struct, frozen=True, kw_only=True, dict=True):
    """An environment in two revisions, with the values of the objects in each."""

    before: Environment
    after: Environment
    old: ManifestStore
    new: ManifestStore

    def reversed(self) -> "EnvironmentStep":
        """The way back."""
        return EnvironmentStep(before=self.after, after=self.before, old=self.new, new=self.old)

    @cached_property
    def _before(self) -> Mapping[RevisedName, ObjectFacts]:
        return _by_name(self.before)

    @cached_property
    def _after(self) -> Mapping[RevisedName, ObjectFacts]:
        return _by_name(self.after)

    @cached_property
    def revised(self) -> Sequence["RevisedObject"]:
        """The objects that both have, and whose manifests differ."""
        pairs = ((self._before[name], fact) for name, fact in self._after.items() if name in self._before)
        found = (
            RevisedObject(
                step=self, before=old, after=new, old=self._old_value(old), new=self._new_value(new)
            )
            for old, new in pairs
            if not self._is_same(old, new)
        )
        return [each for each in found if each.old != each.new]

    @cached_property
    def removed(self) -> Sequence[ObjectFacts]:
        """The objects that only the earlier revision has."""
        return [fact for name, fact in self._before.items() if name not in self._after]

    @cached_property
    def added(self) -> Sequence[ObjectFacts]:
        """The objects that only the later revision has."""
        return [fact for name, fact in self._after.items() if name not in self._before]

    def _is_same(self, old: ObjectFacts, new: ObjectFacts) -> bool:
        """Whether two objects are known to have one value, without reading it."""
        place = self.old.place(DesiredObject(self.before, old, None))
        return place is not None and place == self.new.place(DesiredObject(self.after, new, None))

    def _old_value(self, fact: ObjectFacts) -> JsonObject | None:
        return self.old.value(DesiredObject(self.before, fact, None))

    def _new_value(self, fact: ObjectFacts) -> JsonObject | None:
        return self.new.value(DesiredObject(self.after, fact, None))

    def removed_values(self, kinds: Set[str]) -> Iterator[tuple[ObjectFacts, JsonObject]]:
        """The removed objects of some kinds whose values are known."""
        for fact in self.removed:
            value = self._old_value(fact) if fact.owner.kind in kinds else None
            if value is not None:
                yield fact, value

    def added_values(self, kinds: Set[str]) -> Iterator[tuple[ObjectFacts, JsonObject]]:
        """The added objects of some kinds whose values are known."""
        for fact in self.added:
            value = self._new_value(fact) if fact.owner.kind in kinds else None
            if value is not None:
                yield fact, value


class RevisedObject(Struct, frozen=True, kw_only=True):
    """An object of an environment before and after a change. The values are None where they are not known."""

    step: EnvironmentStep
    before: ObjectFacts
    after: ObjectFacts
    old: JsonObject | None
    new: JsonObject | None


def _by_name(environment: Environment) -> Mapping[RevisedName, ObjectFacts]:
    found: dict[RevisedName, ObjectFacts] = {}
    for fact in environment.objects:
        if not fact.owner.generated:
            found.setdefault(object_name(fact.owner), fact)
    return found
