"""Entries of managedFields: what the server decodes, and in which order it writes them."""

import pytest

from cnilint.ssa.managedfields.entries import (
    EntriesError,
    ManagedFieldsEntry,
    decode_entries,
    encode_entries,
    is_reset,
)
from cnilint.ssa.managedfields.server import _capped
from cnilint.ssa.typed.values import Json

GOOD: dict[str, Json] = {
    "manager": "m",
    "operation": "Apply",
    "apiVersion": "v1",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:a": {}},
}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"operation": "Patch"}, "operation must be"),
        ({"operation": None}, "operation must be"),
        ({"apiVersion": ""}, "apiVersion must not be empty"),
        ({"fieldsType": ""}, "missing fieldsType in managed fields entry 0"),
        ({"fieldsType": "FieldsV2"}, 'invalid fieldsType "FieldsV2"'),
        ({"fieldsV1": {"f:a": 1}}, "error decoding set in managed fields entry 0"),
        ({"fieldsV1": {"a": {}}}, "error decoding set"),
    ],
)
def test_what_the_server_cannot_decode(entry: dict[str, Json], reason: str) -> None:
    with pytest.raises(EntriesError, match=reason):
        decode_entries([{**GOOD, **entry}])


@pytest.mark.parametrize("value", ["text", {"a": 1}, [None], ["text"]])
def test_what_is_no_list_of_entries(value: Json) -> None:
    with pytest.raises(EntriesError):
        decode_entries(value)


@pytest.mark.parametrize(("value", "reset"), [([], True), ([{}], True), (None, False), ([{}, {}], False)])
def test_what_clears_the_record(value: Json, reset: bool) -> None:
    assert is_reset(value) is reset


def test_the_last_of_two_entries_for_one_writer_counts() -> None:
    (entry,) = decode_entries([GOOD, {**GOOD, "fieldsV1": {"f:b": {}}}])
    assert entry.fields == {"f:b": {}}


def test_entries_are_written_by_operation_time_and_manager() -> None:
    entries = decode_entries(
        [
            {**GOOD, "operation": "Update", "manager": "late", "time": "2026-01-02T00:00:00Z"},
            {**GOOD, "operation": "Update", "manager": "early", "time": "2026-01-01T00:00:00Z"},
            {**GOOD, "manager": "z"},
            {**GOOD, "manager": "a"},
        ]
    )
    written = [entry["manager"] for entry in encode_entries(entries) if isinstance(entry, dict)]
    assert written == ["a", "z", "early", "late"]


def update(number: int, manager: str = "") -> ManagedFieldsEntry:
    return ManagedFieldsEntry(
        manager=manager or f"m{number}",
        operation="Update",
        api_version="v1",
        fields={f"f:{number}": {}},
        time=f"2026-01-{number + 1:02}T00:00:00Z",
    )


def test_the_oldest_updates_are_put_into_one_bucket() -> None:
    capped = _capped([update(number) for number in range(4)], 2)
    assert [(entry.manager, sorted(entry.fields)) for entry in capped] == [
        ("m3", ["f:3"]),
        ("ancient-changes", ["f:0", "f:1", "f:2"]),
    ]


def test_the_bucket_is_lost_when_it_is_one_of_the_oldest_itself() -> None:
    entries = [update(0), update(1, "ancient-changes"), update(2), update(3)]
    assert [entry.manager for entry in _capped(entries, 3)] == ["m0", "m2", "m3"]
