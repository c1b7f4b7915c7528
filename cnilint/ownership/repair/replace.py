"""A manifest put in the place of a whole object: whether the server takes it, and what goes with the leftovers."""

from dataclasses import dataclass
from functools import lru_cache

from cnilint.ownership.model import ObjectAudit
from cnilint.resources import json_data
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.managedfields.defaults import unsent
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.refusals import ApplyRefused
from cnilint.ssa.managedfields.server import update
from cnilint.ssa.predict import extra, judge
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import text_at


@dataclass(frozen=True, slots=True)
class Replacement:
    """``file`` holds the manifest and nothing else, None where there is no such file. ``dropped`` are the fields
    besides the leftovers that the object has and the manifest does not: what others added or set."""

    file: str | None
    dropped: tuple[FieldPath, ...]


def replacement(case: ObjectAudit, kinds: Kinds) -> Replacement | None:
    """What replacing the object after its apply does; None where the server refuses it."""
    desired = case.manifest.value if case.manifest is not None else None
    written = case.prediction.written if case.prediction is not None else None
    if desired is None or written is None or case.live.obj.kind in _refused():
        return None
    endpoint = resource(kinds, text_at(desired, "apiVersion"), text_at(desired, "kind"))
    try:
        put = update(endpoint, written.object, desired, "kubectl-replace")
    except ApplyRefused:
        return None
    if judge(endpoint, written.object, desired, put).refused is not None:
        return None
    asked = {left.path for left in case.serious}
    dropped = (
        path
        for path, value in extra(written.value, desired, endpoint.type)
        if path not in asked and not unsent(path, value, endpoint.type)
    )
    return Replacement(_own_file(case), tuple(dropped))


def _own_file(case: ObjectAudit) -> str | None:
    manifest = case.manifest
    if manifest is None or manifest.held.root is not None:
        return None
    file = manifest.fact.owner.span.file
    held = sum(fact.owner.span.file == file for fact in manifest.environment.objects)
    return file if held == 1 else None


@lru_cache(maxsize=1)
def _refused() -> frozenset[str]:
    """The kinds of which the server takes no PUT of a bare manifest."""
    data = json_data("rules/ssa/replace.json")
    return frozenset(data["refused"])
