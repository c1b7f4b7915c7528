"""Update and Apply: what a write does to an object and to the sets of its managers.

The managers of an object are a mapping from an identity of the caller's choice to the paths owned and the
version they are written in. A version that a :class:`Converter` cannot produce is never guessed: what
belongs to it is dropped where the server would drop it (``MissingVersion``).

Source: structured-merge-diff v6 ``merge/update.go``.
"""

from collections.abc import Hashable, Mapping
from contextlib import suppress
from functools import reduce
from typing import Protocol, TypeVar

from msgspec import Struct

from cnilint.ssa.fieldpath.fields import EMPTY, Fields, difference, intersection, recursive_difference, union
from cnilint.ssa.merge.prune import Undecided, prune
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.compare import Comparison, compare
from cnilint.ssa.typed.fitted import ensure_named, reconcile
from cnilint.ssa.typed.typed import field_set, merge, or_null, remove
from cnilint.ssa.typed.values import Json, equal

M = TypeVar("M", bound=Hashable)


class MissingVersion(LookupError):
    """The object cannot be converted to the version: it is not served."""


class Typed(Struct, frozen=True):
    """A value, its type, and the version that it is written in."""

    value: Json
    type: Type
    version: str

    def with_value(self, value: Json) -> "Typed":
        return Typed(value, self.type, self.version)


class Converter(Protocol):
    """Writes a value at another version."""

    def __call__(self, typed: Typed, version: str) -> Typed:
        """The value at a version; raises MissingVersion where there is no such version."""


class Owned(Struct, frozen=True):
    """What one manager owns, at the version of its last write, and whether that write was an Apply."""

    fields: Fields
    version: str
    applied: bool

    def with_fields(self, fields: Fields) -> "Owned":
        """The same with another set; itself where the set is the same."""
        return self if fields is self.fields else Owned(fields, self.version, self.applied)


class Conflicts(Exception):
    """An Apply would change what others own; ``by_manager`` holds the paths by identity."""

    def __init__(self, by_manager: Mapping[Hashable, Fields]) -> None:
        super().__init__(f"conflicts with {len(by_manager)} managers")
        self.by_manager = dict(by_manager)


class Updater(Struct, frozen=True):
    """How versions are converted, and the paths that no manager is recorded for, by version (resetFields)."""

    convert: Converter
    ignored: Mapping[str, Fields]

    def update(self, live: Typed, new: Typed, managers: Mapping[M, Owned], manager: M) -> dict[M, Owned]:
        """The managers after a write that is not an Apply: it owns what it changed or added."""
        reconciled = self._reconciled(live, managers)
        owners, change = self._settled(live, new, reconciled, manager, force=True)
        last = owners[manager].fields if manager in owners else EMPTY
        fields = union(difference(last, change.removed), change.changed)
        fields = recursive_difference(fields, self.ignored.get(new.version, EMPTY))
        owners.pop(manager, None)
        if fields:
            owners[manager] = Owned(fields, new.version, applied=False)
        return owners

    def apply(
        self, live: Typed, config: Typed, managers: Mapping[M, Owned], manager: M, force: bool
    ) -> tuple[Typed, dict[M, Owned]]:
        """The object and the managers after an Apply. Raises Conflicts where others own what it changes.

        The object is ``live`` itself where the Apply changes nothing.
        """
        reconciled = self._reconciled(live, managers)
        merged = merge(live.value, config.value, live.type)
        last = reconciled.get(manager)
        fields = field_set(config.value, config.type)
        fields = recursive_difference(fields, self.ignored.get(config.version, EMPTY))
        reconciled[manager] = Owned(fields, config.version, applied=True)
        new = live.with_value(or_null(merged))
        if last is not None and last.fields:
            new = self._pruned(new, reconciled, manager, last)
        owners, _ = self._settled(live, new, reconciled, manager, force)
        return (live if new.value is live.value or equal(live.value, new.value) else new), owners

    def _reconciled(self, live: Typed, managers: Mapping[M, Owned]) -> dict[M, Owned]:
        """The managers with their sets fitted to the present schema; those of a missing version are kept
        only until the write drops them."""
        out: dict[M, Owned] = {}
        for manager, owned in managers.items():
            try:
                versioned = self.convert(live, owned.version)
            except MissingVersion:
                continue
            out[manager] = owned.with_fields(reconcile(owned.fields, versioned.type))
        return out

    def _settled(
        self, live: Typed, new: Typed, managers: dict[M, Owned], manager: M, force: bool
    ) -> tuple[dict[M, Owned], Comparison]:
        """The managers after everyone but the writer lost what the write changed or removed."""
        change = compare(live.value, new.value, new.type)
        changes = {new.version: change.without(self.ignored.get(new.version, EMPTY))}
        out: dict[M, Owned] = {}
        conflicts: dict[Hashable, Fields] = {}
        for other, owned in managers.items():
            left = owned.fields
            if other != manager:
                seen = self._seen_change(live, new, owned.version, changes)
                if seen is None:
                    continue
                left, lost = _left_after(owned.fields, seen)
                if lost:
                    conflicts[other] = lost
            if left:
                out[other] = owned.with_fields(left)
        if conflicts and not force:
            raise Conflicts(conflicts)
        return out, change

    def _seen_change(
        self, live: Typed, new: Typed, version: str, changes: dict[str, Comparison]
    ) -> Comparison | None:
        """The change at a version, from ``changes`` where it is known; None for a version that is not served."""
        if version not in changes:
            try:
                changes[version] = self._change_at(live, new, version)
            except MissingVersion:
                return None
        return changes[version]

    def _change_at(self, live: Typed, new: Typed, version: str) -> Comparison:
        before = self.convert(live, version)
        after = self.convert(new, version)
        change = compare(before.value, after.value, after.type)
        return change.without(self.ignored.get(version, EMPTY))

    def _pruned(self, merged: Typed, managers: Mapping[M, Owned], manager: M, last: Owned) -> Typed:
        """The merged object without what the manager applied last time, not this time, and nobody else
        owns."""
        try:
            at_last = self.convert(merged, last.version)
        except MissingVersion:
            return merged
        mine = managers[manager]
        # An applied set holds every list item and free map key on the way to its paths, so that nothing
        # can go away when it covers the last one: the frequent case, and the walks below are the costly part.
        if last.version == mine.version and not difference(last.fields, mine.fields):
            return merged
        if {merged.version, *(owned.version for owned in managers.values())} == {last.version}:
            owned = reduce(union, (entry.fields for entry in managers.values()), EMPTY)
            with suppress(Undecided):
                return merged.with_value(prune(merged.value, last.fields, owned, merged.type))
        return self._pruned_exactly(merged, at_last, managers, mine.version, last)

    def _pruned_exactly(
        self, merged: Typed, at_last: Typed, managers: Mapping[M, Owned], version: str, last: Owned
    ) -> Typed:
        """The reference's own sequence, with as many versions as there are."""
        named = ensure_named(last.fields, at_last.type)
        pruned = at_last.with_value(remove(at_last.value, named, at_last.type))
        pruned = self._with_owned(at_last, pruned, last.version, managers)
        pruned = self._with_dangling(at_last, pruned, named)
        return self.convert(pruned, version)

    def _with_owned(self, merged: Typed, pruned: Typed, version: str, managers: Mapping[M, Owned]) -> Typed:
        """Put back what was taken away and a manager of any version owns, those of the last version first."""
        owned: dict[str, Fields] = {version: EMPTY}
        for entry in managers.values():
            owned[entry.version] = union(owned.get(entry.version, EMPTY), entry.fields)
        if not owned[version]:
            del owned[version]
        for at, fields in owned.items():
            try:
                merged, pruned = self.convert(merged, at), self.convert(pruned, at)
            except MissingVersion:
                continue
            kept = union(_named_set(pruned), ensure_named(fields, merged.type))
            gone = difference(_named_set(merged), kept)
            pruned = merged.with_value(remove(merged.value, gone, merged.type))
        return pruned

    def _with_dangling(self, merged: Typed, pruned: Typed, last: Fields) -> Typed:
        """Put back what was taken away and never was the manager's: unowned parts of what went."""
        try:
            at_last = self.convert(pruned, merged.version)
        except MissingVersion:
            return merged
        gone = intersection(difference(_named_set(merged), _named_set(at_last)), last)
        return merged.with_value(remove(merged.value, gone, merged.type))


def _left_after(fields: Fields, change: Comparison) -> tuple[Fields, Fields]:
    """What a manager still owns after a change by somebody else, and what it lost to a new value."""
    if change.equal:
        return fields, EMPTY
    lost = intersection(fields, change.changed)
    return difference(difference(fields, lost), change.removed), lost


def _named_set(typed: Typed) -> Fields:
    return ensure_named(field_set(typed.value, typed.type), typed.type)
