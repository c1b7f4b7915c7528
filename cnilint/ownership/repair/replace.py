"""Replaces the live object with its manifest: whether the server accepts it, and what is lost besides the leftovers."""

from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.repair.kubectl import REPLACE_MANAGER
from cnilint.resources import json_data
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.managedfields.defaults import is_default
from cnilint.ssa.managedfields.endpoint import Endpoint, resource
from cnilint.ssa.managedfields.refusals import ApplyRefused
from cnilint.ssa.managedfields.server import WriteResult, update
from cnilint.ssa.predict import extra_fields, judge_write
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import JsonObject, text_at


class Replacement(Struct, frozen=True):
    """``file`` contains the manifest only; None where no file does. ``dropped`` are the fields
    besides the leftovers that the object has and the manifest does not: what others added or set."""

    file: str | None
    dropped: tuple[FieldPath, ...]


def plan_replacement(audit: ObjectAudit, kinds: Kinds) -> Replacement | None:
    """What replacing the object after its apply does; None where the server refuses it."""
    desired = audit.manifest.value if audit.manifest is not None else None
    written = audit.prediction.written if audit.prediction is not None else None
    if desired is None or written is None or audit.live.obj.kind in _refused():
        return None
    endpoint = resource(kinds, text_at(desired, "apiVersion"), text_at(desired, "kind"))
    if not _is_accepted(endpoint, written, desired):
        return None
    return Replacement(_own_file(audit), tuple(_dropped(audit, endpoint, written, desired)))


def _is_accepted(endpoint: Endpoint, written: WriteResult, desired: JsonObject) -> bool:
    try:
        put = update(endpoint, written.object, desired, REPLACE_MANAGER)
    except ApplyRefused:
        return False
    return judge_write(endpoint, written.object, desired, put).refused is None


def _dropped(
    audit: ObjectAudit, endpoint: Endpoint, written: WriteResult, desired: JsonObject
) -> Iterator[FieldPath]:
    leftovers = {left.path for left in audit.harmful}
    for path, value in extra_fields(written.value, desired, endpoint.type):
        if path not in leftovers and not is_default(path, value, endpoint.type):
            yield path


def _own_file(audit: ObjectAudit) -> str | None:
    manifest = audit.manifest
    if manifest is None or manifest.desired.root is not None:
        return None
    file = manifest.fact.owner.span.file
    held = sum(fact.owner.span.file == file for fact in manifest.environment.objects)
    return manifest.file if held == 1 else None


@lru_cache(maxsize=1)
def _refused() -> frozenset[str]:
    """The kinds for which the server refuses a PUT of a bare manifest."""
    data = json_data("rules/ssa/replace.json")
    return frozenset(data["refused"])
