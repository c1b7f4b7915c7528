"""Laws that hold whatever the values are."""

import json
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cnilint.ssa.fieldpath.fields import (
    EMPTY,
    Fields,
    difference,
    fields_from_json,
    has,
    intersection,
    parse_fields,
    path_set,
    paths,
    recursive_difference,
    serialise_fields,
    union,
)
from cnilint.ssa.managedfields.endpoint import Endpoint, resource
from cnilint.ssa.managedfields.entries import decode_entries, encode_entries, managed_fields_of, with_entries
from cnilint.ssa.managedfields.refusals import ApplyRefused
from cnilint.ssa.managedfields.server import WriteResult, apply, update
from cnilint.ssa.merge.prune import Undecided, prune
from cnilint.ssa.merge.updater import MissingVersion, Owned, Typed, Updater
from cnilint.ssa.predict import predict
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.compare import compare
from cnilint.ssa.typed.typed import field_set, merge, or_null
from cnilint.ssa.typed.values import JsonObject, equal, without_nulls
from tests.oracles.smd.generate import BUILTIN, GADGET, cut, random_object

ELEMENTS = st.sampled_from(["f:a", "f:b", 'k:{"name":"a"}', 'k:{"name":"b","port":1}', "v:1", 'v:"x"', "i:0"])
SETS = st.lists(st.lists(ELEMENTS, min_size=1, max_size=4).map(tuple), max_size=12).map(
    lambda p: path_set(*p)
)
SEEDS = st.integers(0, 2**32)


def _objects(seed: int, count: int, wild: bool = False) -> tuple[Endpoint, list[JsonObject]]:
    random = Random(seed)
    api_version, kind = random.choice([*BUILTIN, GADGET])
    objects = [random_object(random, api_version, kind, wild) for _ in range(count)]
    # Without the server's own structs, which drop explicit empty values and so let go of what is still owned.
    return replace(resource(kinds(), api_version, kind), builtin=False), objects


def _applied(endpoint: Endpoint, live: JsonObject | None, config: JsonObject, manager: str) -> WriteResult:
    return apply(endpoint, live, config, manager, force=True)


@given(SETS)
def test_serialise_then_parse_is_the_same_set(fields: Fields) -> None:
    assert parse_fields(serialise_fields(fields)) == fields
    assert fields_from_json(json.loads(serialise_fields(fields))) == fields


@given(SETS)
def test_a_set_is_its_paths(fields: Fields) -> None:
    assert path_set(*paths(fields)) == fields
    assert all(has(fields, path) for path in paths(fields))


@given(SETS, SETS)
def test_the_algebra_is_that_of_sets_of_paths(one: Fields, other: Fields) -> None:
    mine, theirs = set(paths(one)), set(paths(other))
    assert set(paths(union(one, other))) == mine | theirs
    assert set(paths(intersection(one, other))) == mine & theirs
    assert set(paths(difference(one, other))) == mine - theirs
    below = {path for path in mine for end in range(1, len(path) + 1) if path[:end] in theirs}
    assert set(paths(recursive_difference(one, other))) == mine - below


@given(SETS, SETS, SETS)
def test_union_is_commutative_and_associative(one: Fields, two: Fields, three: Fields) -> None:
    assert union(one, two) == union(two, one)
    assert union(union(one, two), three) == union(one, union(two, three))
    assert union(one, one) == one
    assert union(difference(one, two), intersection(one, two)) == one


@given(SEEDS)
def test_apply_is_idempotent(seed: int) -> None:
    endpoint, [base, config] = _objects(seed, 2)
    once = _applied(endpoint, _applied(endpoint, None, base, "b").object, config, "a")
    twice = _applied(endpoint, once.object, config, "a")
    assert equal(without_nulls(twice.object), without_nulls(once.object))


@given(SEEDS)
def test_applying_nothing_releases_what_the_manager_alone_owned(seed: int) -> None:
    endpoint, [mine, other] = _objects(seed, 2)
    live = _applied(endpoint, _applied(endpoint, None, other, "other").object, mine, "mine")
    nothing: JsonObject = {
        "apiVersion": endpoint.api_version,
        "kind": endpoint.kind,
        "metadata": {"name": "x"},
    }
    released = _applied(endpoint, live.object, nothing, "mine")
    assert "mine" not in {entry.manager for entry in released.entries}
    sole = next((e.fields for e in live.entries if e.manager == "mine"), EMPTY)
    for entry in live.entries:
        if entry.manager != "mine":
            sole = difference(sole, entry.fields)
    left = field_set(without_nulls(released.value), endpoint.type)
    items_gone = [path for path in paths(sole) if path[-1][0] in "kv" and has(left, path)]
    assert items_gone == []


@given(SEEDS)
def test_no_manager_loses_a_field_that_nobody_changed(seed: int) -> None:
    endpoint, [one, two, three] = _objects(seed, 3)
    live = _applied(endpoint, _applied(endpoint, None, one, "one").object, two, "two")
    after = _applied(endpoint, live.object, three, "three")
    changed = compare(live.value, after.value, endpoint.type)
    lost = union(union(changed.removed, changed.modified), changed.added)
    for entry in live.entries:
        kept = next((e.fields for e in after.entries if e.identity == entry.identity), EMPTY)
        assert difference(difference(entry.fields, kept), lost) == EMPTY


@given(SEEDS)
def test_an_update_that_changes_nothing_changes_no_owner(seed: int) -> None:
    endpoint, [one, two] = _objects(seed, 2)
    live = _applied(endpoint, _applied(endpoint, None, one, "one").object, two, "two")
    after = update(endpoint, live.object, live.object, "three")
    assert encode_entries(after.entries) == encode_entries(live.entries)


@given(SEEDS)
def test_merging_shares_what_does_not_change(seed: int) -> None:
    endpoint, [one] = _objects(seed, 1)
    assert or_null(merge(one, json.loads(json.dumps(one)), endpoint.type)) is one


@settings(max_examples=1000)
@given(SEEDS)
def test_pruning_in_one_walk_is_the_reference_sequence(seed: int) -> None:
    """The fast walk against the sequence of set operations, on damaged records as well."""
    random = Random(seed)
    endpoint, objects = _objects(seed, 3, wild=True)
    live: JsonObject = endpoint.empty()
    for config, manager in zip(objects, "abc", strict=True):
        live = _or(live, endpoint, config, manager)
    record = list(encode_entries(decode_entries(managed_fields_of(live))))
    for _ in range(random.randrange(8)):
        record = cut(random, record)
    owners = {e.identity: Owned(e.fields, e.api_version, True) for e in decode_entries(record)}
    if not owners:
        return
    manager = random.choice(sorted(owners))
    last = owners[manager]
    merged = endpoint.typed(live)
    mine = Owned(field_set(objects[0], endpoint.type), endpoint.api_version, True)
    now = {**owners, manager: mine}
    owned = EMPTY
    for entry in now.values():
        owned = union(owned, entry.fields)
    try:
        fast = prune(merged.value, last.fields, owned, endpoint.type)
    except Undecided:
        return
    exact = Updater(_same_version, {})._pruned_exactly(merged, merged, now, endpoint.api_version, last)
    assert equal(without_nulls(fast), without_nulls(exact.value))


@given(SEEDS)
def test_a_prediction_says_what_changes(seed: int) -> None:
    endpoint, [one, two, three] = _objects(seed, 3)
    live = _applied(endpoint, _applied(endpoint, None, one, "one").object, two, "two").object
    prediction = predict(live, three, manager="two", force=True)
    if prediction.written is None:
        assert prediction.refused is not None or prediction.uncovered
        return
    before, after = field_set(live, endpoint.type), field_set(prediction.written.value, endpoint.type)
    assert all(has(before, path) and not has(after, path) for path in prediction.pruned)
    assert all(has(after, kept.path) for kept in prediction.kept)


@given(SEEDS)
def test_entries_survive_encoding(seed: int) -> None:
    endpoint, [one, two] = _objects(seed, 2)
    live = _applied(endpoint, _applied(endpoint, None, one, "one").object, two, "two").object
    entries = decode_entries(managed_fields_of(live))
    assert managed_fields_of(with_entries(live, entries)) == managed_fields_of(live)


def _or(live: JsonObject, endpoint: Endpoint, config: JsonObject, manager: str) -> JsonObject:
    try:
        return _applied(endpoint, live, config, manager).object
    except ApplyRefused:
        return live


def _same_version(typed: Typed, version: str) -> Typed:
    if version != typed.version:
        raise MissingVersion(version)
    return typed
