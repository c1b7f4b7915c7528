"""Which environment of a later revision continues one of an earlier revision, although its folder was renamed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from posixpath import dirname

from cnilint.environment.model import Environment

_ENOUGH = 0.5
"""The share of its objects that a renamed environment keeps."""


class Successors:
    """Where what the earlier revision has in a file of an environment is in the later one. ``names`` are those of the
    environments, as ``continued`` gives them."""

    def __init__(
        self, before: Sequence[Environment], after: Sequence[Environment], moved: Mapping[str, str]
    ) -> None:
        self.names = continued(before, after, moved)
        self._moved = moved
        self._before, self._after = _homes(before), _homes(after)

    def environment(self, name: str, file: str) -> str:
        """The later environment of something in a file, by the earlier names of both.

        A copy of a file makes each of them an environment of its own, so that a file may leave one that is still there.
        """
        there = self._moved.get(file, file)
        found = self.names.get(name, name)
        homes = self._after.get(there, set())
        if found in homes:
            return found
        if there != file:
            return min(homes, default=dirname(there) or ".")
        has_left = len(homes) == 1 and self._before.get(file) == {name}
        return next(iter(homes)) if has_left else found


def _homes(environments: Iterable[Environment]) -> Mapping[str, set[str]]:
    """The environments that have objects of each file."""
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for environment in environments:
        for file in _files(environment):
            homes[file].add(environment.name)
    return dict(homes)


def continued(
    before: Sequence[Environment], after: Sequence[Environment], moved: Mapping[str, str]
) -> dict[str, str]:
    """The name of the later environment by that of the earlier one; nothing for one that has no successor.

    ``moved`` is the new path of each moved file.
    """
    names = {each.name for each in after}
    found = {each.name: each.name for each in before if each.name in names}
    rest = [each for each in before if each.name not in found]
    fresh = [each for each in after if each.name not in found]
    ranked = sorted(
        (-_likeness(old, new, moved), -_same_files(old, new, moved), old.name, new.name)
        for old in rest
        for new in fresh
        if old.objects
    )
    taken: set[str] = set()
    for unlike, _, old_name, new_name in ranked:
        if -unlike >= _ENOUGH and old_name not in found and new_name not in taken:
            found[old_name] = new_name
            taken.add(new_name)
    return found


def _likeness(old: Environment, new: Environment, moved: Mapping[str, str]) -> float:
    """The share of the objects that both have; a little more where the folder's files moved there."""
    one, other = _names(old), _names(new)
    shared = len(one & other) / max(min(len(one), len(other)), 1)
    followed = any(dirname(there) in new.roots for here, there in moved.items() if dirname(here) in old.roots)
    return shared + followed


def _same_files(old: Environment, new: Environment, moved: Mapping[str, str]) -> int:
    """How many files both have: of two environments with the same objects, the one with the file itself, not its copy."""
    return len({moved.get(file, file) for file in _files(old)} & _files(new))


def _files(environment: Environment) -> set[str]:
    return {fact.owner.span.file for fact in environment.objects}


def _names(environment: Environment) -> frozenset[tuple[str, str]]:
    return frozenset(_identities(environment))


def _identities(environment: Environment) -> Iterable[tuple[str, str]]:
    return ((fact.owner.kind, fact.owner.name) for fact in environment.objects)
