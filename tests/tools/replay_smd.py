"""Replay the vectors of structured-merge-diff: the unit tables and the tables of merge operations."""

import json
from collections.abc import Callable, Mapping

from cnilint.ssa.fieldpath.elements import FieldsError
from cnilint.ssa.fieldpath.fields import (
    difference,
    fields_from_json,
    leaves,
    parse_fields,
    paths,
    recursive_difference,
    serialise_fields,
)
from cnilint.ssa.merge.updater import Conflicts, MissingVersion, Owned, Typed, Updater
from cnilint.ssa.schema.schema import Schema, Type
from cnilint.ssa.typed.compare import compare
from cnilint.ssa.typed.fitted import ensure_named, reconcile
from cnilint.ssa.typed.typed import TypedError, extract, field_set, merge, or_null, remove
from cnilint.ssa.typed.validate import validate
from cnilint.ssa.typed.values import Json, without_nulls
from tests.tools.smd_schema import compact_types

UNRECORDED = "unparseable"
Case = dict[str, Json]


def schemas(document: Case) -> dict[str, Schema]:
    """The schemas of a file by their id."""
    return {name: Schema(compact_types(schema)) for name, schema in document.get("schemas", {}).items()}


def replay_unit(case: Case, known: Mapping[str, Schema]) -> str | None:
    """Replay a row of a unit table; None where it is as recorded, else what differs."""
    schema_type = known[case["schema"]].type(case["type"]) if "schema" in case else None
    got, wanted = UNITS[case["kind"]](case, schema_type)
    return None if got == wanted else f"got {_short(got)}, recorded {_short(wanted)}"


def replay_merge(case: Case, known: Mapping[str, Schema]) -> str | None:
    """Replay a table of operations; None where every step is as recorded, else the first difference."""
    state = _State(case, known)
    for index, operation in enumerate(case["ops"]):
        problem = state.step(operation)
        if problem is not None:
            return f"step {index} ({operation['op']}): {problem}"
    return None


def _tofieldset(case: Case, schema_type: Type) -> tuple[Json, Json]:
    return field_set(case["object"], schema_type), fields_from_json(case["set"])


def _merge(case: Case, schema_type: Type) -> tuple[Json, Json]:
    return or_null(merge(case["lhs"], case["rhs"], schema_type)), case["got"]


def _compare(case: Case, schema_type: Type) -> tuple[Json, Json]:
    found = compare(case["lhs"], case["rhs"], schema_type)
    wanted = [fields_from_json(case[kind]) for kind in ("removed", "modified", "added")]
    return [found.removed, found.modified, found.added], wanted


def _remove(case: Case, schema_type: Type) -> tuple[Json, Json]:
    fields = fields_from_json(case["set"])
    results = {
        "remove": remove(case["object"], fields, schema_type),
        "extract": extract(case["object"], fields, schema_type),
    }
    recorded = {kind: case[kind] for kind in results if case[kind] != UNRECORDED}
    return {kind: results[kind] for kind in recorded}, recorded


def _reconcile(case: Case, schema_type: Type) -> tuple[Json, Json]:
    old = fields_from_json(case["old_fields"])
    fixed = case.get("fixed_fields")
    return reconcile(old, schema_type), old if fixed is None else fields_from_json(fixed)


def _validate(case: Case, schema_type: Type) -> tuple[Json, Json]:
    results = {
        "valid": not validate(case["object"], schema_type),
        "valid_with_duplicates": not validate(case["object"], schema_type, repeated_items=True),
    }
    recorded = {kind: case[kind] for kind in results if kind in case}
    return {kind: results[kind] for kind in recorded}, recorded


def _leaves(case: Case, _: Type) -> tuple[Json, Json]:
    return leaves(fields_from_json(case["input"])), fields_from_json(case["expected"])


def _difference(case: Case, _: Type) -> tuple[Json, Json]:
    one, other = fields_from_json(case["a"]), fields_from_json(case["b"])
    wanted = [fields_from_json(case[kind]) for kind in ("difference", "recursive_difference")]
    return [difference(one, other), recursive_difference(one, other)], wanted


def _ensure_named(case: Case, schema_type: Type) -> tuple[Json, Json]:
    return ensure_named(fields_from_json(case["before"]), schema_type), fields_from_json(case["after"])


def _parse_error(case: Case, _: Type) -> tuple[Json, Json]:
    try:
        return serialise_fields(parse_fields(case["in_text"])), "an error"
    except FieldsError:
        return "an error", "an error"


def _parse_ok(case: Case, _: Type) -> tuple[Json, Json]:
    try:
        parse_fields(case["in_text"])
    except FieldsError as error:
        return str(error), "a set"
    return "a set", "a set"


def _roundtrip(case: Case, _: Type) -> tuple[Json, Json]:
    return serialise_fields(parse_fields(case["fields_v1_text"])), case["fields_v1_text"]


def _normalize(case: Case, _: Type) -> tuple[Json, Json]:
    return serialise_fields(parse_fields(case["in_text"])), case["out_text"]


UNITS: dict[str, Callable[[Case, Type], tuple[Json, Json]]] = {
    "tofieldset": _tofieldset,
    "merge": _merge,
    "compare": _compare,
    "remove": _remove,
    "reconcile": _reconcile,
    "validate": _validate,
    "leaves": _leaves,
    "difference": _difference,
    "ensure_named_fields_are_members": _ensure_named,
    "parse-error": _parse_error,
    "parse-ok": _parse_ok,
    "roundtrip": _roundtrip,
    "normalize": _normalize,
}


class _State:
    """The live object and its managers between the operations of a case."""

    def __init__(self, case: Case, known: Mapping[str, Schema]) -> None:
        self.known = known
        self.names = {version: declared["type"] for version, declared in case["types"].items()}
        self.types = {
            version: known[declared["schema"]].type(declared["type"])
            for version, declared in case["types"].items()
        }
        self.converter = case["converter"]
        self.conversions = {
            (json.dumps(row["in"], sort_keys=True), row["in_type"], row["version"]): row
            for row in case.get("conversions", [])
        }
        self.updater = Updater(self.convert, _ignored(case))
        self.live: Typed | None = None
        self.managers: dict[str, Owned] = {}

    def convert(self, typed: Typed, version: str) -> Typed:
        """The test suite's converters: identity, the renaming one, and tables of recorded conversions."""
        if self.converter == "identity":
            return typed
        if self.converter == "renamingConverter":
            value = _rename(typed.value, typed.type.name, version)
            return Typed(value, self.types[version], version)
        if self.converter == "repeatingConverter":
            return Typed(_repeated(typed.value, version), typed.type, version)
        if self.converter == "reliantFieldsConverter":
            return Typed(_reliant(typed, version), self.types[version], version)
        row = self.conversions.get((json.dumps(typed.value, sort_keys=True), typed.type.name, version))
        if row is None or "out" not in row:
            raise MissingVersion(version)
        by_name = {name: self.types[at] for at, name in self.names.items()}
        return Typed(row["out"], by_name[row["out_type"]], version)

    def step(self, operation: Case) -> str | None:
        if operation["op"] == "changeschema":
            schema = self.known[operation["schema"]]
            self.types = {version: schema.type(name) for version, name in self.names.items()}
            if self.live is not None:
                self.live = Typed(self.live.value, self.types[self.live.version], self.live.version)
            return None
        version = operation["apiVersion"]
        live = self.live or Typed(None, self.types[version], version)
        self.live = self.convert(live, version)
        value = operation.get("effective_object", operation["object"])
        refused = self._write(operation, Typed(value, self.types[version], version))
        if refused is not None:
            return refused
        return self._differences(operation["after"])

    def _write(self, operation: Case, given: Typed) -> str | None:
        assert self.live is not None
        conflicts: list[tuple[str, list[str]]] = []
        try:
            if operation["op"] == "update":
                self.managers = self.updater.update(self.live, given, self.managers, operation["manager"])
                self.live = given
            else:
                _check(given)
                force = operation["op"] != "apply"
                self.live, self.managers = self.updater.apply(
                    self.live, given, self.managers, operation["manager"], force
                )
        except Conflicts as error:
            conflicts = [(str(m), list(p)) for m, fields in error.by_manager.items() for p in paths(fields)]
        except TypedError as error:
            return None if operation.get("expect_error") else f"refused: {error}"
        wanted = [
            (row["manager"], [next(iter(fields_from_json({element: {}}))) for element in row["path"]])
            for row in operation.get("expect_conflicts") or []
        ]
        if sorted(conflicts) != sorted(wanted):
            return f"conflicts {sorted(conflicts)}, recorded {sorted(wanted)}"
        return "no error" if operation.get("expect_error") and not conflicts else None

    def _differences(self, after: Case) -> str | None:
        assert self.live is not None
        got = {name: (o.fields, o.version, o.applied) for name, o in self.managers.items()}
        wanted = {
            name: (fields_from_json(o["set"]), o["version"], o["applied"])
            for name, o in (after["managed"] or {}).items()
        }
        if got != wanted:
            return f"managers {_short(got)}, recorded {_short(wanted)}"
        live, recorded = without_nulls(self.live.value), without_nulls(after["live"])
        return None if live == recorded else f"object {_short(live)}, recorded {_short(recorded)}"


def _check(given: Typed) -> None:
    for problem in validate(given.value, given.type):
        raise problem


def _ignored(case: Case) -> dict[str, Json]:
    fields = {version: fields_from_json(row) for version, row in (case.get("ignored_fields") or {}).items()}
    for version, row in (case.get("ignore_filter") or {}).items():
        fields[version] = fields_from_json(row["exclude"])
    return fields


def _rename(value: Json, old: str, new: str) -> Json:
    if isinstance(value, dict):
        return {
            key.removesuffix(old) + new if key.endswith(old) else key: _rename(member, old, new)
            for key, member in value.items()
        }
    return [_rename(item, old, new) for item in value] if isinstance(value, list) else value


def _repeated(value: Json, version: str) -> Json:
    """Every key below the first level becomes its first letter, as often as the version's number says."""
    if not (version.startswith("v") and version[1:].isdigit()):
        raise MissingVersion(version)
    return {k: _repeat(v, int(version[1:])) for k, v in value.items()} if isinstance(value, dict) else value


def _repeat(value: Json, times: int) -> Json:
    return {k[:1] * times: _repeat(v, times) for k, v in value.items()} if isinstance(value, dict) else value


def _reliant(typed: Typed, version: str) -> Json:
    """The field that one version needs goes by another name in the other; without it nothing is converted."""
    names = {"v1": ("required_field_bar", "field_foo_rely_on_bar")}
    names["v2"] = names["v1"][::-1]
    if version == typed.type.name:
        return typed.value
    if version not in names:
        raise MissingVersion(version)
    old, new = names[version]
    text = json.dumps(typed.value)
    if version == "v1" and old not in text:
        raise TypedError("", "missing required field bar")
    return json.loads(text.replace(old, new))


def _short(value: object) -> str:
    return str(value)[:700]
