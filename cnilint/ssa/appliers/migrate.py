"""Moving ownership from one writer to another, the way the tools do before they apply.

Sources: client-go ``util/csaupgrade/upgrade.go``; fluxcd/pkg ``ssa/patch.go`` PatchReplaceFieldsManagers;
kops ``pkg/applylib/applyset/managedfields.go``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

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
    taken = [e for e in entries if not e.subresource and not _is_applier(e, applier, "") and absorbed(e)]
    if not taken:
        return list(entries)
    mine = next(
        (e for e in entries if _is_applier(e, applier, "")),
        ManagedFieldsEntry(
            manager=applier, operation=APPLY, api_version=api_version, fields={}, subresource="", time=now
        ),
    )
    for entry in taken:
        mine = replace(mine, fields=union(mine.fields, entry.fields))
    kept = [e for e in entries if e not in taken and not _is_applier(e, applier, "")]
    return [*kept, mine]


def rename_and_join(
    entries: Sequence[ManagedFieldsEntry], names: Iterable[str], applier: str
) -> list[ManagedFieldsEntry]:
    """The named managers' Update entries booked on the applier, and entries that then stand for the same
    writer at the same version joined (kops ManagedFieldsMigrator)."""
    wanted = set(names)
    out: list[ManagedFieldsEntry] = []
    for entry in entries:
        if entry.operation == UPDATE and entry.manager in wanted:
            entry = replace(entry, manager=applier, operation=APPLY)
        same = next((i for i, e in enumerate(out) if _joins(e, entry)), None)
        if same is None:
            out.append(entry)
        else:
            out[same] = replace(out[same], fields=union(out[same].fields, entry.fields))
    return out


def _joins(one: ManagedFieldsEntry, other: ManagedFieldsEntry) -> bool:
    return one.identity == other.identity and one.api_version == other.api_version


def _upgraded(
    entries: list[ManagedFieldsEntry], name: str, applier: str, subresource: str
) -> list[ManagedFieldsEntry]:
    def is_client_side(entry: ManagedFieldsEntry) -> bool:
        return entry.manager == name and entry.operation == UPDATE and entry.subresource == subresource

    out = list(entries)
    target = next((i for i, e in enumerate(out) if _is_applier(e, applier, subresource)), None)
    if target is None:
        target = next((i for i, e in enumerate(out) if is_client_side(e)), None)
        if target is None:
            return out
        out[target] = replace(out[target], manager=applier, operation=APPLY)
    version = out[target].api_version
    given = next((e for e in out if is_client_side(e) and e.api_version == version), None)
    if given is not None:
        out[target] = replace(out[target], fields=union(out[target].fields, given.fields))
    return [e for e in out if not is_client_side(e)]


def _is_applier(entry: ManagedFieldsEntry, applier: str, subresource: str) -> bool:
    return entry.manager == applier and entry.operation == APPLY and entry.subresource == subresource
