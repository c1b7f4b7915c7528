"""What the API server refuses after a merge: half objects that pruning leaves, and fields that must not
change.

Only what ``rules/ssa/validity.json`` states is checked, with the server's own messages; it is not a
validator of manifests. Source: Kubernetes 1.36 ``pkg/apis/*/validation``.
"""

from collections.abc import Iterator

from cnilint.ssa.managedfields.endpoint import Endpoint
from cnilint.ssa.managedfields.immutable import changed
from cnilint.ssa.managedfields.nulls import forbidden_nulls
from cnilint.ssa.managedfields.podrules import pod_problems
from cnilint.ssa.managedfields.preconditions import other_object
from cnilint.ssa.managedfields.refusals import ApplyRefused, Cause
from cnilint.ssa.managedfields.validityrules import broken, rules
from cnilint.ssa.schema.kinds import group_version
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, Maybe, as_object, counterparts
from cnilint.ssa.typed.values import Json, JsonObject, text_at


def refusal(endpoint: Endpoint, live: JsonObject | None, value: JsonObject) -> ApplyRefused | None:
    """The server's answer where it would find the merged object invalid; None where no rule objects."""
    causes = [] if live is None else list(other_object(live, value))
    causes += _problems(value, ABSENT if live is None else live, endpoint.type, "")
    causes += forbidden_nulls(value, ABSENT if live is None else live, endpoint.schema)
    causes += pod_problems(value)
    if live is not None:
        causes += changed(endpoint, live, value)
    if not causes:
        return None
    group, _ = group_version(endpoint.api_version)
    kind = f"{endpoint.kind}.{group}" if group else endpoint.kind
    texts = [f"{cause.field}: {cause.message}" for cause in causes]
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    message = f'{kind} "{text_at(value, "metadata", "name")}" is invalid: {text}'
    return ApplyRefused(422, "Invalid", message, causes, merged=value)


_WITHOUT_RULES = frozenset({"metadata", "status"})


def _problems(value: Json, live: Maybe, schema_type: Type, path: str) -> Iterator[Cause]:
    """What is wrong in a value, save in parts of the live object: those the server has taken before."""
    if value is live:
        return
    if isinstance(value, dict) and schema_type.map is not None:
        if schema_type.name in rules().types:
            yield from broken(value, schema_type.name, path)
        yield from _member_problems(value, as_object(live), schema_type.map, path)
    elif isinstance(value, list) and schema_type.list is not None:
        yield from _item_problems(value, live, schema_type.list, path)


def _item_problems(value: list[Json], live: Maybe, items: ListType, path: str) -> Iterator[Cause]:
    if items.element.only == "map":
        before = counterparts(value, live, items)
        for index, (item, old) in enumerate(zip(value, before, strict=True)):
            yield from _problems(item, old, items.element, f"{path}[{index}]")


def _member_problems(value: JsonObject, live: JsonObject, struct: MapType, path: str) -> Iterator[Cause]:
    for name, member in value.items():
        if not isinstance(member, dict | list) or name in _WITHOUT_RULES:
            continue
        child = struct.child(name)
        if child is not None:
            yield from _problems(member, live.get(name, ABSENT), child, f"{path}.{name}" if path else name)
