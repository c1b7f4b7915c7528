"""Which environment of a later revision continues one of an earlier revision, although its folder was renamed."""

from collections.abc import Iterable, Mapping, Sequence
from posixpath import dirname

from cnilint.environment.model import Environment

_ENOUGH = 0.5
"""The share of its objects that a renamed environment keeps."""


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
        (-_likeness(old, new, moved), old.name, new.name) for old in rest for new in fresh if old.objects
    )
    taken: set[str] = set()
    for unlike, old_name, new_name in ranked:
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


def _names(environment: Environment) -> frozenset[tuple[str, str]]:
    return frozenset(_identities(environment))


def _identities(environment: Environment) -> Iterable[tuple[str, str]]:
    return ((fact.owner.kind, fact.owner.name) for fact in environment.objects)
