"""Compare the simulation with the real field manager on random operations.

Usage: ``drive.py [OPERATIONS [SEED]]``. Builds the Go program beside this file, replays the same operations
in both, and prints the first differences and "N operations, M differences". Exits 1 where there is a
difference.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from random import Random

from msgspec.structs import replace

from cnilint.ssa.fieldpath.fields import fields_to_json
from cnilint.ssa.managedfields.endpoint import Endpoint, resource
from cnilint.ssa.managedfields.entries import decode_entries, managed_fields_of, without_entries
from cnilint.ssa.managedfields.refusals import ApplyRefused, ConflictRefused
from cnilint.ssa.managedfields.server import apply, update
from cnilint.ssa.schema.crd import declare
from cnilint.ssa.schema.kinds import Kinds, kinds
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.validate import validate
from cnilint.ssa.typed.values import Json, JsonObject, text_at, without_nulls
from tests.oracles.smd.generate import (
    BUILTIN,
    GADGET,
    MANAGERS,
    WIDGET,
    WIDGET_SCHEMA,
    damaged,
    mutated,
    random_object,
)

HERE = Path(__file__).resolve().parent
SEED = 20261124
OPERATIONS_PER_OBJECT = 12
SHOWN = 5
Ask = Callable[[JsonObject], JsonObject]
Exchange = tuple[JsonObject, JsonObject]
"""A request, and the oracle's answer to it."""


def main(arguments: list[str]) -> int:
    operations = int(arguments[0]) if arguments else 20000
    seed = int(arguments[1]) if len(arguments) > 1 else SEED
    try:
        with oracle() as ask:
            differences = compare(ask, operations, seed)
    except FileNotFoundError as error:
        print(f"the real field manager cannot be built: {error}")
        return 2
    for difference in differences[:SHOWN]:
        print(difference)
    print(f"{operations} operations, {len(differences)} differences")
    return 1 if differences else 0


@contextmanager
def oracle() -> Iterator[Ask]:
    """The Go program, built and running: it gives the answer to a request. Raises FileNotFoundError where there is no Go."""
    go = shutil.which("go")
    if go is None:
        raise FileNotFoundError("go is not installed")
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder) / "oracle")
        subprocess.run([go, "build", "-o", program, "."], cwd=HERE, check=True)
        with subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        ) as process:
            yield partial(_ask, process)
            assert process.stdin is not None
            process.stdin.close()


def compare(ask: Ask, operations: int, seed: int) -> list[str]:
    """The differences between the two over so many random operations."""
    random = Random(seed)
    differences: list[str] = []
    done = 0
    while done < operations:
        steps = min(OPERATIONS_PER_OBJECT, operations - done)
        differences += _one_object(ask, random, steps)
        done += steps
    return differences


def replay(exchanges: Iterable[Exchange]) -> list[str]:
    """The differences between the simulation and recorded answers."""
    out: list[str] = []
    endpoint, live = _endpoint(*WIDGET), {}
    for request, wanted in exchanges:
        if request["op"] == "reset":
            endpoint, live = _endpoint(request["apiVersion"], request["kind"]), _live(wanted)
            continue
        out += _told(endpoint, live, request, wanted)
        live = _after(live, wanted)
    return out


def _ask(process: subprocess.Popen[str], request: JsonObject) -> JsonObject:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    answer: JsonObject = json.loads(process.stdout.readline())
    return answer


def _one_object(ask: Ask, random: Random, steps: int) -> list[str]:
    api_version, kind = random.choice([*BUILTIN, WIDGET, GADGET])
    endpoint = _endpoint(api_version, kind)
    reset: JsonObject = {"op": "reset", "apiVersion": api_version, "kind": kind}
    if (api_version, kind) == WIDGET:
        reset["models"] = _models()
    live = _live(ask(reset))
    out: list[str] = []
    for _ in range(steps):
        request = _operation(random, endpoint, live)
        wanted = ask(request)
        out += _told(endpoint, live, request, wanted)
        live = _after(live, wanted)
    return out


@cache
def _kinds() -> Kinds:
    return declare(kinds(), _definition())


def _endpoint(api_version: str, kind: str) -> Endpoint:
    """Of the field manager alone: defaults and the structs of the server are not in it."""
    return replace(resource(_kinds(), api_version, kind), builtin=False, declared=False)


def _told(endpoint: Endpoint, live: JsonObject, request: JsonObject, wanted: JsonObject) -> Iterator[str]:
    problem = _difference(endpoint, live, request, wanted)
    if problem is not None:
        yield f"{problem}\n  live {json.dumps(live)}\n  request {json.dumps(request)}"


def _after(live: JsonObject, answer: JsonObject) -> JsonObject:
    """The live object after an operation; one that was refused changes nothing."""
    return _live(answer) if "live" in answer else live


def _live(answer: JsonObject) -> JsonObject:
    live = answer["live"]
    assert isinstance(live, dict)
    return live


def _operation(random: Random, endpoint: Endpoint, live: JsonObject) -> JsonObject:
    manager = random.choice(MANAGERS)
    wild = random.random() < 0.3
    sent = random_object(random, endpoint.api_version, endpoint.kind, wild)
    if random.random() < 0.6:
        return {"op": "apply", "manager": manager, "force": random.random() < 0.6, "object": sent}
    if random.random() < 0.7:
        sent = mutated(random, live, sent)
    sent = {**sent, "metadata": {**sent["metadata"], "uid": "u"}}
    if validate(without_entries(sent), endpoint.type, repeated_items=True):
        sent = {**live, "metadata": {**live["metadata"], "uid": "u"}} if "metadata" in live else sent
    if random.random() < 0.2:
        entries = managed_fields_of(live)
        record = damaged(random, entries if isinstance(entries, list) else [])
        sent = {**sent, "metadata": {**sent["metadata"], "managedFields": record}}
    return {"op": "update", "manager": manager, "object": sent}


def _difference(endpoint: Endpoint, live: JsonObject, request: JsonObject, wanted: JsonObject) -> str | None:
    sent, manager = request["object"], request["manager"]
    try:
        if request["op"] == "apply":
            written = apply(endpoint, live, sent, manager, request["force"])
        else:
            created = not text_at(live, "metadata", "uid")
            written = update(endpoint, live, sent, manager, created=created)
    except ConflictRefused as refused:
        got = sorted((cause.field, cause.message) for cause in refused.causes)
        rows = sorted((row["field"], row["message"]) for row in wanted.get("conflicts", []))
        return None if got == rows else f"conflicts {got}, the oracle has {rows or wanted}"
    except ApplyRefused as refused:
        return None if "error" in wanted else f"refused ({refused.message}), the oracle does it"
    if "error" in wanted:
        return f"done, the oracle refuses: {wanted['error']}"
    return _written_difference(endpoint.type, written.object, _live(wanted))


def _written_difference(schema_type: Type, got: JsonObject, wanted: JsonObject) -> str | None:
    mine, theirs = _record(got), _record(wanted)
    if mine != theirs:
        differing = {key: (mine.get(key), theirs.get(key)) for key in mine.keys() | theirs.keys()}
        return f"records {json.dumps({k: v for k, v in differing.items() if v[0] != v[1]})}"
    one, other = _comparable(got), _comparable(wanted)
    return None if one == other else f"objects {json.dumps(one)} and {json.dumps(other)}"


def _record(value: JsonObject) -> dict[str, Json]:
    return {
        f"{e.identity.text} {e.api_version}": fields_to_json(e.fields)
        for e in decode_entries(managed_fields_of(value))
    }


def _comparable(value: JsonObject) -> Json:
    bare = without_nulls(without_entries(value))
    assert isinstance(bare, dict)
    return {key: member for key, member in bare.items() if member != {}}


def _definition() -> JsonObject:
    api_version, kind = WIDGET
    group, version = api_version.split("/")
    return {
        "spec": {
            "group": group,
            "names": {"kind": kind},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "schema": {"openAPIV3Schema": WIDGET_SCHEMA},
                    "subresources": {"status": {}},
                }
            ],
        }
    }


def _models() -> JsonObject:
    """The OpenAPI models that the API server builds for the custom resource."""
    group, version = WIDGET[0].split("/")
    text: JsonObject = {"type": "string"}
    texts: JsonObject = {"type": "object", "additionalProperties": text}
    metadata: JsonObject = {
        "type": "object",
        "properties": {
            **dict.fromkeys(("name", "namespace", "uid"), text),
            **dict.fromkeys(("labels", "annotations"), texts),
            "finalizers": {"type": "array", "items": text, "x-kubernetes-list-type": "set"},
            "managedFields": {"type": "array", "items": {"type": "object"}},
        },
    }
    properties = WIDGET_SCHEMA["properties"]
    assert isinstance(properties, dict)
    model: JsonObject = {
        **WIDGET_SCHEMA,
        "properties": {"apiVersion": text, "kind": text, "metadata": metadata, **properties},
        "x-kubernetes-group-version-kind": [{"group": group, "version": version, "kind": WIDGET[1]}],
    }
    return {"dev.example.v1.Widget": model}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
