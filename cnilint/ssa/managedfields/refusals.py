"""The API server's answers to a write that it does not do.

Source: apimachinery ``pkg/util/managedfields/internal/conflict.go``, ``pkg/api/errors``.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from cnilint.ssa.fieldpath.fields import FieldPath, Fields, path_text, paths
from cnilint.ssa.managedfields.entries import ManagerIdentity
from cnilint.ssa.typed.values import JsonObject


class Cause(Struct, frozen=True):
    """One reason of a refusal: the field as Kubernetes prints it, and what is wrong with it."""

    field: str
    message: str


class ApplyRefused(Exception):
    """The server answers with an error and stores nothing; ``status`` is the HTTP status. ``merged`` is the object that
    it found invalid, in which the paths of ``causes`` count; None where it did not come to that."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        causes: Iterable[Cause] = (),
        *,
        merged: JsonObject | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.causes = tuple(causes)
        self.merged = merged

    def __reduce__(self) -> tuple[object, ...]:
        # Python would make a copy by the arguments of Exception, which are not those of this class.
        return _copied, (type(self), self.args, self.__dict__)


class ConflictRefused(ApplyRefused):
    """An Apply without force would change what others own: ``conflicts`` are the paths by writer."""

    def __init__(self, conflicts: Mapping[ManagerIdentity, Fields]) -> None:
        listed = [
            (identity, path)
            for identity in sorted(conflicts, key=lambda one: one.server_text)
            for path in paths(conflicts[identity])
        ]
        causes = [
            Cause(path_text(path), f"conflict with {identity.server_text}") for identity, path in listed
        ]
        super().__init__(409, "Conflict", _conflict_message(listed), causes)
        self.conflicts = dict(conflicts)


def _copied(kind: type[ApplyRefused], arguments: tuple[object, ...], members: JsonObject) -> ApplyRefused:
    copy = kind.__new__(kind, *arguments)
    copy.__dict__.update(members)
    return copy


def _conflict_message(listed: list[tuple[ManagerIdentity, FieldPath]]) -> str:
    if len(listed) == 1:
        identity, path = listed[0]
        return f"Apply failed with 1 conflict: conflict with {identity.server_text}: {path_text(path)}"
    lines = []
    last: ManagerIdentity | None = None
    for identity, path in listed:
        if identity != last:
            lines.append(f"conflicts with {identity.server_text}:")
            last = identity
        lines.append(f"- {path_text(path)}")
    return f"Apply failed with {len(listed)} conflicts: " + "\n".join(lines)
