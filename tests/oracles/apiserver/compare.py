"""A prediction held to what a real API server stored: the object, who owns what, and what is left behind."""

from cnilint.ssa import applier
from cnilint.ssa.fieldpath.fields import difference, path_text, paths
from cnilint.ssa.managedfields.defaults import is_default
from cnilint.ssa.managedfields.endpoint import Endpoint, resource
from cnilint.ssa.managedfields.entries import (
    UPDATE,
    ManagedFieldsEntry,
    decode_entries,
    managed_fields_of,
    without_entries,
)
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED
from cnilint.ssa.managedfields.server import WriteResult
from cnilint.ssa.predict import Prediction, judge_write
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import JsonObject, text_at
from tests.tools.content import content_difference


def difference_of(
    known: Kinds,
    before: JsonObject,
    prediction: Prediction,
    refused: str,
    after: JsonObject,
    desired: JsonObject,
) -> str:
    """What a prediction had otherwise than the server, in a sentence; empty where they agree.

    ``refused`` is the server's own refusal, ``after`` what it stored.
    """
    if prediction.refused is not None or refused:
        agreed = prediction.refused is not None and bool(refused)
        return "" if agreed else f"refused {refused!r}, predicted {prediction.refused}"
    if prediction.written is None:
        return f"not foreseen: {prediction.uncovered}"
    endpoint = resource(known, text_at(desired, "apiVersion"), text_at(desired, "kind"))
    content = content_difference(endpoint, prediction.written.value, after)
    if content:
        return content
    real = WriteResult(without_entries(after), tuple(decode_entries(managed_fields_of(after))))
    return _owned(endpoint, prediction.written, real) or _left(endpoint, before, desired, prediction, real)


def _owned(endpoint: Endpoint, predicted: WriteResult, real: WriteResult) -> str:
    """Who owns what otherwise, but for the defaults that an Update takes with it."""
    one = {entry.identity: entry for entry in predicted.entries}
    other = {entry.identity: entry for entry in real.entries if entry.subresource != "status"}
    if one.keys() != other.keys():
        return f"managers {sorted(each.text for each in one)}, stored {sorted(each.text for each in other)}"
    for identity, entry in one.items():
        wrong = [*paths(difference(entry.fields, other[identity].fields)), *_taken(entry, other[identity])]
        if wrong:
            return f"{identity.text} differs in {', '.join(map(path_text, wrong[:5]))}"
    return ""


def _taken(predicted: ManagedFieldsEntry, real: ManagedFieldsEntry) -> list[tuple[str, ...]]:
    more = list(paths(difference(real.fields, predicted.fields)))
    return [] if real.operation == UPDATE else more


def _left(
    endpoint: Endpoint, before: JsonObject, desired: JsonObject, prediction: Prediction, real: WriteResult
) -> str:
    """The leftovers that are not those of the stored object."""
    judged = judge_write(endpoint, before, desired, real)
    one, other = _texts(prediction, endpoint), _texts(judged, endpoint)
    return "" if one == other else f"left {sorted(one - other)}, stored {sorted(other - one)}"


def _texts(prediction: Prediction, endpoint: Endpoint) -> frozenset[str]:
    """What stays and who owns it, without defaults and what the tools themselves add."""
    return frozenset(
        f"{path_text(kept.path)} of {sorted(entry.identity.text for entry in kept.owners)}"
        for kept in prediction.leftovers
        if not is_default(kept.path, kept.value, endpoint.type) and kept.path not in _OF_TOOLS
    )


_OF_TOOLS = {("f:metadata", "f:annotations", f"f:{LAST_APPLIED}"), *applier("helm-3").marks}
