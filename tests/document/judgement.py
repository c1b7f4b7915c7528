"""The same text read by kubectl and by cnilint, as the objects each takes and whether it refuses anything."""

import json
import subprocess
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from cnilint.document import Document, Mapping, Plain, plain, read
from cnilint.manifest.metadata import mismatches
from cnilint.manifest.object import Object, objects, refusal
from tests.programs import program

KUBECTL = program("kubectl") or ""
"""The kubectl to ask; empty when there is none."""
_INT64 = range(-(2**63), 2**63)
_WHOLE_NUMBER_LIMIT = 10**21
"""Go writes floats below this without an exponent, so that they come back as integers."""


class Judgement(Struct, frozen=True):
    """``objects`` are JSON values, comparable to each other's; ``refused`` says that something was not taken."""

    objects: list[Plain]
    refused: bool


def by_kubectl(files: Sequence[Path]) -> Judgement:
    """What ``kubectl label --local`` says of files, one after the other. Adding the label is undone."""
    named = [argument for file in files for argument in ("-f", str(file))]
    command = [KUBECTL, "label", "--local", *named, "cnilint=read", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Judgement([_comparable(value) for value in _values(done.stdout)], done.returncode != 0)


def by_cnilint(data: bytes) -> Judgement:
    """What the reader says: the objects up to the place where kubectl stops reading the stream."""
    taken: list[Plain] = []
    refused = False
    for document in read("input.yaml", data, everything=True):
        ends_stream = _ends_stream(document)
        found = [] if ends_stream or _refused_as_object(document) else list(objects(document))
        taken += [_comparable(_as_json(obj)) for obj in found]
        refused = refused or ends_stream or _refused_as_object(document) or _has_refused_item(document)
        if ends_stream:
            break
    return Judgement(taken, refused)


def _values(text: str) -> list[Plain]:
    decoder = json.JSONDecoder()
    values: list[Plain] = []
    start = 0
    while start < len(text):
        value, end = decoder.raw_decode(text, start)
        values.append(value)
        start = end + 1
    return values


def _ends_stream(document: Document) -> bool:
    """Whether kubectl cannot go on behind it; a JSON number beyond a float is a fault of its object alone."""
    if any("kubectl refuses the stream" in str(fault.message) for fault in document.diagnostics):
        return True
    return document.broken is not None and not str(document.broken.message).endswith("its tag `!!float`")


def _refused_as_object(document: Document) -> bool:
    root = document.root
    return refusal(document) is not None or (isinstance(root, Mapping) and any(mismatches(root)))


def _has_refused_item(document: Document) -> bool:
    return document.broken is not None or any(fault.code == "CNI901" for fault in document.diagnostics)


def _as_json(obj: Object) -> Plain:
    value = plain(obj.node)
    assert isinstance(value, dict)
    if obj.path and not isinstance(value.get("kind"), str):
        return value | {"apiVersion": obj.api_version, "kind": obj.kind}
    return value


def _comparable(value: Plain) -> Plain:
    """An object without the label of ``by_kubectl`` and null ones, which it loses; numbers as Go's JSON has them."""
    assert isinstance(value, dict)
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        labels = metadata.get("labels")
        if isinstance(labels, dict):
            labels = {key: label for key, label in labels.items() if key != "cnilint" and label is not None}
            metadata["labels"] = labels
        if not labels:
            metadata.pop("labels", None)
    if not metadata:
        value.pop("metadata", None)
    return _with_go_numbers(value)


def _with_go_numbers(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {key: _with_go_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_go_numbers(item) for item in value]
    if isinstance(value, int) and value not in _INT64:
        value = float(value)
    if isinstance(value, float):
        shortest = Decimal(repr(value))
        whole = shortest == shortest.to_integral_value() and abs(shortest) < _WHOLE_NUMBER_LIMIT
        return int(shortest) if whole else value
    return value
