"""Replay the vectors of the tools that move ownership: csaupgrade, kops, and gitops-engine's dry runs."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from cnilint.ssa.appliers.migrate import find_owners, upgrade_client_side
from cnilint.ssa.fieldpath.fields import fields_to_json, union
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.entries import (
    APPLY,
    UPDATE,
    ManagedFieldsEntry,
    decode_entries,
    managed_fields_of,
)
from cnilint.ssa.managedfields.server import apply
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import Json, JsonObject, at
from tests.tools.content import content_difference

KOPS_CLIENT_SIDE = ("kubectl-edit", "kubectl-client-side-apply")


def replay_csaupgrade(case: JsonObject) -> str | None:
    """FindFieldsOwners or UpgradeManagedFields; None where it is as recorded."""
    if case["kind"] == "find_fields_owners":
        entries = decode_entries(case["managedFields"])
        paths = [tuple(f"f:{name}" for name in path) for path in case["fields_paths"]]
        found = [entry.manager for entry in find_owners(entries, case["operation"], paths)]
        return _difference(sorted(found), sorted(case["expect_managers"]))
    before = decode_entries(managed_fields_of(case["original"]))
    after = upgrade_client_side(before, case["csa_managers"], case["ssa_manager"], case["subresource"])
    return _difference(_shown(after), _shown(decode_entries(managed_fields_of(case["expected"]))))


def replay_kops(case: JsonObject) -> str | None:
    """kops' migrator: the managedFields it would write, or nothing where it changes none."""
    before = decode_entries(managed_fields_of(case["object"]))
    after = rename_and_join(before, KOPS_CLIENT_SIDE, case["ssa_manager"])
    patch = case["expected_patch"]
    wanted = before if patch is None else decode_entries(managed_fields_of(patch))
    return _difference(_shown(after), _shown(wanted))


def rename_and_join(
    entries: Sequence[ManagedFieldsEntry], names: Iterable[str], applier: str
) -> list[ManagedFieldsEntry]:
    """The named managers' Update entries renamed to the applier, and entries that are then of the same
    writer at the same version joined (kops ``pkg/applylib/applyset/managedfields.go``)."""
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


def replay_dry_run(case: JsonObject) -> str | None:
    """A server-side dry run: labels, annotations and spec of the answer, which upstream trimmed by hand."""
    config = case["applied"]
    endpoint = resource(kinds(), config["apiVersion"], config["kind"])
    written = apply(endpoint, case["live"], config, case["manager"], case["force"])
    return content_difference(endpoint, _compared(written.value), _compared(case["predicted_live"]))


def _compared(value: JsonObject) -> JsonObject:
    """The parts that upstream did not edit."""
    labels = at(value, "metadata", "labels")
    return {k: v for k, v in value.items() if k not in ("status", "metadata")} | {
        "metadata": {"labels": labels}
    }


def _shown(entries: list[ManagedFieldsEntry]) -> list[Json]:
    return sorted(
        [e.manager, e.operation, e.api_version, e.subresource, str(e.time), str(fields_to_json(e.fields))]
        for e in entries
    )


def _difference(got: Json, wanted: Json) -> str | None:
    return None if got == wanted else f"got {str(got)[:900]}, recorded {str(wanted)[:900]}"
