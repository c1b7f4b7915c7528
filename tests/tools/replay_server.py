"""Replay the vectors recorded on an API server, and the traces of the field manager's own tests."""

import copy

from msgspec.structs import replace

from cnilint.ssa.fieldpath.fields import EMPTY, Fields
from cnilint.ssa.managedfields.defaults import set_by_server
from cnilint.ssa.managedfields.endpoint import Endpoint, resource
from cnilint.ssa.managedfields.entries import (
    ManagedFieldsEntry,
    decode_entries,
    managed_fields_of,
    without_entries,
)
from cnilint.ssa.managedfields.refusals import ApplyRefused
from cnilint.ssa.managedfields.server import WriteResult, apply, scale, update
from cnilint.ssa.predict import predict
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.typed import merge, or_null
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at
from tests.tools.content import content_difference

Case = dict[str, Json]
MAX_UPDATE_MANAGERS_IN_TESTS = 3


def replay_steps(case: Case) -> list[str | None]:
    """Every step of a recorded sequence from the state that the one before left; None where it is as
    recorded."""
    out = []
    live: JsonObject | None = None
    for step in case["steps"]:
        out.append(_step(live, step))
        live = step["after"]
    return out


def replay_trace(case: Case) -> str | None:
    """A trace of apimachinery's tests, which neither default nor reset fields; None where it is as
    recorded."""
    group_version, _, kind = case["gvk"].partition(", Kind=")
    endpoint = replace(
        resource(kinds(), group_version.removeprefix("/"), kind, case["subresource"]),
        ignored=EMPTY,
        builtin=False,
    )
    versions = {step["object"].get("apiVersion", "") for step in case["ops"]} | _entry_versions(case["ops"])
    endpoint = replace(endpoint, alike={v: endpoint.type for v in versions if v != endpoint.api_version})
    if case["chained"] and "Cap" in case["name"]:
        endpoint = replace(endpoint, max_update_managers=MAX_UPDATE_MANAGERS_IN_TESTS)
    tracked = not (case["chained"] and "BeforeFirstApply" in case["name"])
    live = case["initial"]
    for index, step in enumerate(case["ops"]):
        problem = _trace_step(endpoint, live, step, tracked)
        if problem is not None:
            return f"step {index}: {problem}"
        live = step["after"]
    return None


def _entry_versions(steps: list[Case]) -> set[str]:
    """The versions in the records of a trace, which the tests' converter takes for the same as any other."""
    records = [
        at(step[part], "metadata", "managedFields") or [] for step in steps for part in ("object", "after")
    ]
    return {text_at(entry, "apiVersion") for record in records for entry in record} - {""}


def _trace_step(endpoint: Endpoint, live: JsonObject, step: Case, tracked: bool) -> str | None:
    created = tracked and not text_at(live, "metadata", "uid")
    try:
        if step["op"] == "apply":
            written = apply(endpoint, live, step["object"], step["manager"], step["force"])
        else:
            written = update(endpoint, live, step["object"], step["manager"], created=created)
    except ApplyRefused as refused:
        return _refusal_difference(refused, step.get("expect_error"))
    if step.get("expect_error"):
        return "not refused"
    problem = _entries_difference(written, step["after"])
    if problem is not None:
        return problem
    got, wanted = without_entries(written.value), without_entries(step["after"])
    return None if _bare(got) == _bare(wanted) else f"object {str(got)[:400]}, recorded {str(wanted)[:400]}"


def _bare(value: JsonObject) -> Json:
    metadata = at(value, "metadata")
    return {k: v for k, v in value.items() if k != "metadata"}, metadata or {}


def _step(live: JsonObject | None, step: Case) -> str | None:
    shape = step.get("object") or step["after"]
    endpoint = resource(kinds(), shape["apiVersion"], shape["kind"])
    try:
        if step["op"] == "apply":
            return _apply_step(endpoint, live, step)
        if step.get("subresource") == "scale":
            written = scale(endpoint, live or {}, step["patch"]["spec"]["replicas"], step["manager"])
        else:
            request = _request(endpoint, live, step)
            written = update(endpoint, live, _completed(endpoint, request, step["after"]), step["manager"])
    except ApplyRefused as refused:
        return _refusal_difference(refused, step.get("error"))
    return _entries_difference(written, step["after"]) or content_difference(
        endpoint, written.value, step["after"]
    )


def _apply_step(endpoint: Endpoint, live: JsonObject | None, step: Case) -> str | None:
    prediction = predict(live, step["object"], manager=step["manager"], force=step["force"])
    if step["http"] < 300:
        if prediction.refused is not None:
            return f"refused: {prediction.refused.message}"
        if prediction.written is None:
            return f"not foreseen: {prediction.uncovered}"
        return _entries_difference(prediction.written, step["after"]) or content_difference(
            endpoint, prediction.written.value, step["after"]
        )
    if prediction.refused is None:
        return f"not refused, recorded {step['error']['message']}"
    return _refusal_difference(prediction.refused, step["error"])


def _refusal_difference(refused: ApplyRefused, recorded: Json) -> str | None:
    if recorded is None:
        return f"refused: {refused.message}"
    if refused.reason == "Conflict":
        got = sorted((cause.field, cause.message) for cause in refused.causes)
        wanted = sorted((cause["field"], cause["message"]) for cause in recorded["causes"])
        return None if got == wanted else f"conflicts {got}, recorded {wanted}"
    if refused.message == recorded["message"]:
        return None
    return f"message {refused.message!r}, recorded {recorded['message']!r}"


def _request(endpoint: Endpoint, live: JsonObject | None, step: Case) -> JsonObject:
    """The object as the client wants it: as sent, or the live one with the patch on it."""
    if step["op"] != "patch":
        return step["object"]
    patch = step["patch"]
    if step["patchType"] == "json":
        return _json_patched(live, patch)
    if step["patchType"] == "merge":
        return _merge_patched(live, patch)
    merged = or_null(merge(without_entries(live or {}), _without_record(patch), endpoint.type))
    sent = managed_fields_of(patch)
    record = managed_fields_of(live or {}) if sent is None else sent
    return {**merged, "metadata": {**merged["metadata"], "managedFields": record}}


def _without_record(patch: JsonObject) -> JsonObject:
    left = without_entries(patch)
    return {key: value for key, value in left.items() if value != {}}


def _completed(endpoint: Endpoint, request: JsonObject, after: JsonObject) -> JsonObject:
    """The request with the defaults that the server gave it; fields that the server sets later stay as
    sent."""
    typed = endpoint.stored(without_entries(request))
    completed = _complete(typed, endpoint.stored(without_entries(after)), (), endpoint)
    metadata = {**completed["metadata"], "managedFields": managed_fields_of(request)}
    return {**completed, "metadata": metadata}


def _complete(sent: Json, after: Json, path: tuple[str, ...], endpoint: Endpoint) -> Json:
    if not isinstance(sent, dict | None) or not isinstance(after, dict):
        return after if sent is None or isinstance(after, list) else sent
    out = {}
    for name, value in after.items():
        step = (*path, f"f:{name}")
        if set_by_server(step, endpoint.type):
            if sent is not None and name in sent:
                out[name] = sent[name]
            continue
        mine = None if sent is None else sent.get(name)
        out[name] = _complete(mine, value, step, endpoint) if isinstance(value, dict) else value
    return out


def _json_patched(live: Json, patch: list[Json]) -> Json:
    """RFC 6902, as far as the recorded patches use it."""
    out = copy.deepcopy(live)
    for operation in patch:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        target = out
        for part in way:
            target = target[int(part)] if isinstance(target, list) else target[part]
        index = int(last) if isinstance(target, list) and last != "-" else last
        if operation["op"] == "remove":
            del target[index]
        elif operation["op"] != "test" and isinstance(target, list) and operation["op"] == "add":
            target.insert(len(target) if index == "-" else index, operation["value"])
        elif operation["op"] != "test":
            target[index] = operation["value"]
    return out


def _merge_patched(live: Json, patch: Json) -> Json:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    out = dict(live) if isinstance(live, dict) else {}
    for name, value in patch.items():
        if value is None:
            out.pop(name, None)
        else:
            out[name] = _merge_patched(out.get(name), value)
    return out


def _entries_difference(written: WriteResult, after: JsonObject) -> str | None:
    got = _by_writer([*written.entries, *written.foreign])
    wanted = _by_writer(decode_entries(managed_fields_of(after)))
    if got == wanted:
        return None
    differing = sorted(name for name in got.keys() | wanted.keys() if got.get(name) != wanted.get(name))
    return "; ".join(
        f"{name} got {str(got.get(name))[:600]}, recorded {str(wanted.get(name))[:600]}" for name in differing
    )


def _by_writer(entries: list[ManagedFieldsEntry]) -> dict[str, Fields]:
    return {f"{entry.identity.text} {entry.api_version}": entry.fields for entry in entries}
