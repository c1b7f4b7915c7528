"""What a manifest that was copied from a cluster says of one state of its object: the API server takes it for a condition.

Source: apiserver ``pkg/registry/generic/registry/store.go`` (Store.Update), apimachinery ``ValidateObjectMetaUpdate``.
"""

from collections.abc import Iterator
from functools import lru_cache

from cnilint.resources import json_data
from cnilint.ssa.managedfields.endpoint import Endpoint
from cnilint.ssa.managedfields.refusals import ApplyRefused, Cause
from cnilint.ssa.schema.kinds import group_version
from cnilint.ssa.typed.values import JsonObject, text_at

VERSION = "metadata.resourceVersion"
UID = "metadata.uid"
_ANY_VERSION = ("", "0")
"""What asks for no version."""
_MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def outdated(live: JsonObject, desired: JsonObject) -> ApplyRefused | None:
    """The answer to a write that names another version of the object than the live one; None where it names none, or the
    dump does not show it. The server's own text begins with the name of the resource, which a manifest does not say."""
    version, wanted = (text_at(value, "metadata", "resourceVersion") for value in (live, desired))
    if not version or wanted in _ANY_VERSION or wanted == version:
        return None
    return ApplyRefused(409, "Conflict", _MODIFIED, [Cause(VERSION, _MODIFIED)])


def other_object(live: JsonObject, value: JsonObject) -> Iterator[Cause]:
    """The uid where a write has that of another object."""
    uid, wanted = (text_at(each, "metadata", "uid") for each in (live, value))
    if uid and wanted and wanted != uid:
        yield Cause(UID, f'Invalid value: "{wanted}": field is immutable')


def unconditional(endpoint: Endpoint, live: JsonObject, value: JsonObject) -> ApplyRefused | None:
    """The answer to a patch that takes the version away, as one does whose old manifest had it: some kinds are not written
    without one."""
    if not text_at(live, "metadata", "resourceVersion") or text_at(value, "metadata", "resourceVersion"):
        return None
    group, _ = group_version(endpoint.api_version)
    if endpoint.builtin and f"{group} {endpoint.kind}" not in _conditional():
        return None
    problem = "Invalid value: 0: must be specified for an update"
    name = text_at(live, "metadata", "name")
    return ApplyRefused(
        422,
        "Invalid",
        f'{endpoint.kind} "{name}" is invalid: {VERSION}: {problem}',
        [Cause(VERSION, problem)],
    )


@lru_cache(maxsize=1)
def _conditional() -> frozenset[str]:
    """The built-in kinds that are not written without a version, each after its group."""
    return frozenset(json_data("rules/ssa/validity.json")["conditional"])
