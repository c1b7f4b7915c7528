"""Reports the local files and folders that a kustomization lists and that do not exist: kustomize refuses to build."""

from msgspec import Struct

from cnilint.diagnostics.model import Message
from cnilint.document import Scalar
from cnilint.document.errors import shown
from cnilint.render.kustomize.kustomization import Kustomization
from cnilint.render.kustomize.model import Accumulator, Files
from cnilint.render.kustomize.paths import is_remote, join

_FOLDERS = frozenset(("resources", "bases", "components"))
"""The fields that list folders."""


class Listed(Struct, frozen=True, kw_only=True):
    """A path that a field lists. ``item`` holds ``written``, the path itself, with a key or so around it."""

    item: Scalar
    written: str
    directory: str
    field: str
    by_hand: bool = False
    """Users often add it themselves, where they build."""


def listed_in(kustomization: Kustomization, field: str, item: Scalar) -> Listed:
    """A path that is an item of a field."""
    return Listed(item=item, written=item.raw, directory=kustomization.directory, field=field)


def why_absent(listed: Listed, files: Files, accumulator: Accumulator) -> str:
    """Why a listed path cannot be read. What does not exist for certain is refused."""
    written = shown(listed.written)
    path = join(listed.directory, listed.written)
    if is_remote(listed.written):
        return f"remote `{written}` is not fetched"
    if path is None:
        return f"`{written}` is outside of the repository"
    unread = files.unread(path)
    if unread:
        return f"`{written}` is not read: {unread}"
    message, hint = _refusal(listed, path, files)
    accumulator.refuse(listed.item.span, message, hint, severity="warning" if listed.by_hand else None)
    return str(message)


def _refusal(listed: Listed, path: str, files: Files) -> tuple[Message, str]:
    written = shown(listed.written)
    if files.read(path) is not None:
        return Message("`{path}` is a file, not a folder", path=written), "list it under `resources`"
    if not files.is_folder(path):
        return Message("`{path}` does not exist", path=written), f"add it, or remove it from `{listed.field}`"
    if listed.field in _FOLDERS:
        message = Message("folder `{path}` has no kustomization", path=written)
        return message, "add a kustomization.yaml to it, or list its files"
    return Message("`{path}` is a folder, not a file", path=written), "list its files"
