"""Whether the object that an API server would store is the predicted one."""

from collections.abc import Iterator

from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.managedfields.defaults import differs_in_defaults_only, is_default, set_by_server
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.entries import without_entries
from cnilint.ssa.predict import changed_fields, extra_fields
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import JsonObject, text_at

_STATUS = "f:status"


def differing_fields(predicted: JsonObject, answer: JsonObject, kinds: Kinds) -> tuple[FieldPath, ...]:
    """The fields in which two objects differ, without what the server sets itself, fills in, or writes as a status."""
    endpoint = resource(kinds, text_at(answer, "apiVersion"), text_at(answer, "kind"))
    one = endpoint.stored(without_entries(predicted), complete=False)
    other = endpoint.stored(without_entries(answer), complete=False)
    root = endpoint.type

    def found() -> Iterator[FieldPath]:
        for path, before, after in changed_fields(one, other, root):
            if not differs_in_defaults_only(after, before, path, root):
                yield path
        for path, value in extra_fields(other, one, root):
            if not is_default(path, value, root):
                yield path
        yield from (path for path, _ in extra_fields(one, other, root))

    return tuple(
        path for path in dict.fromkeys(found()) if path[0] != _STATUS and not set_by_server(path, root)
    )
