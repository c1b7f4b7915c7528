"""Moving ownership from one writer to another, the way the tools do before they apply.

Sources: client-go ``util/csaupgrade/upgrade.go``; fluxcd/pkg ``ssa/patch.go`` PatchReplaceFieldsManagers.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce

from msgspec.structs import replace

from cnilint.ssa.fieldpath.fields import FieldPath, has, union
from cnilint.ssa.managedfields.entries import APPLY, UPDATE, ManagedFieldsEntry


def find_owners(
    entries: Iterable[ManagedFieldsEntry], operation: str, paths: Sequence[FieldPath]
) -> list[ManagedFieldsEntry]:
    """The entries of an operation that own every one of the paths (csaupgrade.FindFieldsOwners)."""
    return [e for e in entries if e.operation == operation and all(has(e.fields, path) for path in paths)]


def upgrade_client_side(
    entries: Sequence[ManagedFieldsEntry], names: Iterable[str], applier: str, subresource: str = ""
) -> list[ManagedFieldsEntry]:
    """What the named managers own by Update handed to the applier's Apply entry
    (csaupgrade.UpgradeManagedFields).

    The applier's entry, or the first one of the name where there is none, takes over that entry of the name
    that has its API version; the name's entries at other versions are dropped with what they own.
    """
    out = list(entries)
    for name in names:
        out = _upgraded(out, name, applier, subresource)
    return out


def absorb(
    entries: Sequence[ManagedFieldsEntry],
    absorbed: Callable[[ManagedFieldsEntry], bool],
    applier: str,
    api_version: str,
    now: str | None = None,
) -> list[ManagedFieldsEntry]:
    """Every entry that matches put into the applier's Apply entry, whatever its version; unchanged where none
    matches. A new entry is at ``api_version``. Entries of subresources are left alone."""
    own, others = _partition(entries, lambda entry: _is_applier(entry, applier, ""))
    taken, kept = _partition(others, lambda entry: not entry.subresource and absorbed(entry))
    if not taken:
        return list(entries)
    new = ManagedFieldsEntry(
        manager=applier, operation=APPLY, api_version=api_version, fields={}, subresource="", time=now
    )
    mine = own[0] if own else new
    return [*kept, replace(mine, fields=reduce(union, (entry.fields for entry in taken), mine.fields))]


def _partition(
    entries: Iterable[ManagedFieldsEntry], predicate: Callable[[ManagedFieldsEntry], bool]
) -> tuple[list[ManagedFieldsEntry], list[ManagedFieldsEntry]]:
    """The entries of which a predicate holds, and the others."""
    found: tuple[list[ManagedFieldsEntry], list[ManagedFieldsEntry]] = ([], [])
    for entry in entries:
        found[not predicate(entry)].append(entry)
    return found


def _upgraded(
    entries: list[ManagedFieldsEntry], name: str, applier: str, subresource: str
) -> list[ManagedFieldsEntry]:
    writer = (name, UPDATE, subresource)
    old, _ = _partition(entries, lambda entry: (entry.manager, entry.operation, entry.subresource) == writer)
    own, _ = _partition(entries, lambda entry: _is_applier(entry, applier, subresource))
    targets = own or old
    if not targets:
        return entries
    target = targets[0]
    mine = replace(target, manager=applier, operation=APPLY)
    dropped = [entry for entry in old if entry is not target]
    given = next((entry for entry in dropped if entry.api_version == mine.api_version), None)
    if given is not None:
        mine = replace(mine, fields=union(mine.fields, given.fields))
    return _with_replaced(entries, target, mine, dropped)


def _with_replaced(
    entries: Iterable[ManagedFieldsEntry],
    target: ManagedFieldsEntry,
    new: ManagedFieldsEntry,
    dropped: Sequence[ManagedFieldsEntry],
) -> list[ManagedFieldsEntry]:
    return [new if entry is target else entry for entry in entries if entry not in dropped]


def _is_applier(entry: ManagedFieldsEntry, applier: str, subresource: str) -> bool:
    return entry.manager == applier and entry.operation == APPLY and entry.subresource == subresource
