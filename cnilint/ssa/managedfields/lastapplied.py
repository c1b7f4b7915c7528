"""kubectl's last-applied annotation, as the API server heeds it for the manager ``kubectl``.

Sources: apimachinery
``pkg/util/managedfields/internal/{lastapplied,lastappliedmanager,lastappliedupdater}.go``.
"""

import json
from collections.abc import Callable, Mapping

from cnilint.ssa.fieldpath.fields import EMPTY, Fields, difference
from cnilint.ssa.managedfields.endpoint import Endpoint
from cnilint.ssa.managedfields.refusals import ConflictRefused
from cnilint.ssa.typed.compare import compare
from cnilint.ssa.typed.typed import TypedError, field_set
from cnilint.ssa.typed.validate import validate
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def last_applied(live: JsonObject | None) -> JsonObject | None:
    """The manifest that kubectl's client-side apply recorded; None where it is missing or cannot be read."""
    return _manifest(text_at(live, "metadata", "annotations", LAST_APPLIED))


def with_digests(text: str, digests: Mapping[str, Callable[[Json], str]]) -> str:
    """The annotation of an object of which some members hold secrets: with a digest of each value, by the function of the
    member. Empty where the text is not a manifest."""
    recorded = _manifest(text)
    if recorded is None:
        return ""
    for name, digest in digests.items():
        held = recorded.pop(name, None)
        if isinstance(held, dict):
            recorded[name] = {key: digest(value) for key, value in held.items()}
    return json.dumps(recorded)


def recorded_text(config: JsonObject) -> str:
    """The annotation for a manifest."""
    return json.dumps(_without_annotation(config), separators=(",", ":"), sort_keys=True) + "\n"


def raise_disagreement(endpoint: Endpoint, live: JsonObject, refusal: ConflictRefused) -> None:
    """Refuse what remains of a conflict when the fields are left out that are as kubectl's client-side apply
    recorded and left them; nothing where nothing remains."""
    agreed = _last_applied_fields(endpoint, live)
    left = {one: difference(fields, agreed) for one, fields in refusal.conflicts.items()}
    if any(left.values()):
        raise ConflictRefused({one: fields for one, fields in left.items() if fields})


def _last_applied_fields(endpoint: Endpoint, live: JsonObject) -> Fields:
    """The fields that the last-applied annotation has with the values of the live object."""
    recorded = last_applied(live)
    if recorded is None or text_at(recorded, "apiVersion") != endpoint.api_version:
        return EMPTY
    if validate(recorded, endpoint.type):
        return EMPTY
    try:
        change = compare(recorded, live, endpoint.type)
    except TypedError:
        return EMPTY
    agreed = field_set(recorded, endpoint.type)
    for changed in (change.modified, change.added, change.removed):
        agreed = difference(agreed, changed)
    return agreed


def with_last_applied(value: JsonObject, config: JsonObject) -> JsonObject:
    """The object with kubectl's annotation brought up to date with what was applied."""
    metadata = at(value, "metadata")
    annotations = at(metadata, "annotations")
    if not isinstance(metadata, dict) or not isinstance(annotations, dict):
        return value
    changed = {**annotations, LAST_APPLIED: recorded_text(config)}
    if sum(len(k.encode()) + len(str(v).encode()) for k, v in changed.items()) > _MAX_ANNOTATIONS:
        del changed[LAST_APPLIED]
    return {**value, "metadata": {**metadata, "annotations": changed}}


def _manifest(text: str) -> JsonObject | None:
    try:
        recorded = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return recorded if isinstance(recorded, dict) else None


_MAX_ANNOTATIONS = 256 * 1024


def _without_annotation(config: JsonObject) -> JsonObject:
    metadata = at(config, "metadata")
    annotations = at(metadata, "annotations")
    if not isinstance(metadata, dict) or not isinstance(annotations, dict):
        return config
    kept = {k: v for k, v in annotations.items() if k != LAST_APPLIED}
    return {**config, "metadata": {**metadata, "annotations": kept}}
