"""The tools that apply manifests, from ``rules/ssa/appliers.json``.

A row has the field ``manager``; the ``method``: server-side apply, a patch that the client computes (``client-side``,
with the ``previous`` state it compares with: kubectl's annotation or the old ``release`` of a package), or ``replace``;
whether conflicts are forced; how ownership is ``migrate``-d, before the apply or after it with a second apply; fields
that are stripped before; ``marks``, the labels and annotations that the tool adds to every manifest; and ``options``,
the annotations and labels by which one object is applied in another way. ``like`` names a row to start from.
``unless_applied`` names the row that is used for an object which the tool has patched and never applied: a tool that
keeps the method of its last revision.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from cnilint.resources import json_data
from cnilint.ssa.fieldpath.fields import FieldPath, has
from cnilint.ssa.managedfields.entries import APPLY, UPDATE, ManagedFieldsEntry
from cnilint.ssa.typed.typed import as_list, as_object
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at


class Method(StrEnum):
    """How a tool writes: server-side apply, a patch computed by the client, or a PUT of the whole manifest."""

    SERVER_SIDE = "server-side"
    CLIENT_SIDE = "client-side"
    REPLACE = "replace"


class ManagerMatch(Struct, frozen=True):
    """Writers of which a tool takes over the entries: by name or by the beginning of the name."""

    name: str
    prefix: bool
    operations: tuple[str, ...]

    def __call__(self, entry: ManagedFieldsEntry) -> bool:
        named = entry.manager.startswith(self.name) if self.prefix else entry.manager == self.name
        return named and entry.operation in self.operations


class Migration(Struct, frozen=True, kw_only=True):
    """How ownership is moved to the applier: ``upgrade`` as csaupgrade does, of the named managers or of
    those that own a path, or ``absorb`` every matching entry; before the apply, or after it with a second
    apply."""

    how: str
    after: bool
    managers: tuple[str, ...]
    owners_of: FieldPath
    matches: tuple[ManagerMatch, ...]

    def takes(self, entry: ManagedFieldsEntry) -> bool:
        """Whether an entry is taken over."""
        if entry.subresource:
            return False
        if self.how == "absorb":
            return any(match(entry) for match in self.matches)
        if entry.operation == APPLY:
            return False
        return entry.manager in self.managers if self.managers else has(entry.fields, self.owners_of)


class ApplyOption(Struct, frozen=True, kw_only=True):
    """A label or annotation that changes how one object is applied: as the tool of the row ``row``, not at all
    (``skip``), or by deleting and creating it where the server refuses the change (``recreate``). ``places`` are
    ``manifest`` and ``live``; a value may be one of several, separated by commas."""

    name: str
    value: str
    places: tuple[str, ...]
    row: str
    skip: bool
    recreate: bool

    @property
    def text(self) -> str:
        """``name: value``, as a manifest has it."""
        return f"{self.name}: {self.value}"

    def is_set(self, manifest: JsonObject, live: JsonObject | None) -> bool:
        """Whether the manifest or the live object has it."""
        objects = {"manifest": manifest, "live": live or {}}
        return any(self.value.lower() in _items(objects[place], self.name) for place in self.places)


class Applier(Struct, frozen=True, kw_only=True):
    """A tool that applies manifests. ``previous`` is what a client-side patch is computed against:
    ``last-applied`` or ``release``; for kinds that the tool has no Go struct of, all custom resources beside
    ``structs``, the patch is ``two_way``. ``annotation_manager`` keeps kubectl's annotation for itself. An
    object of the old release that the new one does not have is deleted, unless it has the annotation ``keep``.
    ``recreate``: what the server refuses is deleted and created. ``unless_applied`` names the tool as it applies an
    object that it only ever patched; ``inherited`` is whether this is that one.
    """

    name: str
    manager: str
    method: Method
    force: bool
    source: str
    migrations: tuple[Migration, ...] = ()
    strip: tuple[FieldPath, ...] = ()
    previous: str = ""
    annotation_manager: str = ""
    marks: tuple[FieldPath, ...] = ()
    options: tuple[ApplyOption, ...] = ()
    two_way: bool = False
    structs: frozenset[str] = frozenset()
    keep: tuple[str, str] = ("", "")
    recreate: bool = False
    unless_applied: str = ""
    inherited: bool = False

    @property
    def server_side(self) -> bool:
        return self.method is Method.SERVER_SIDE

    @property
    def needs_release(self) -> bool:
        """Whether the tool compares with the manifest of its old release, which no live object has."""
        return self.previous == "release"

    def deletes(self, live: JsonObject) -> bool:
        """Whether the tool deletes a live object that its old release has and the new one does not."""
        name, value = self.keep
        return self.needs_release and text_at(live, "metadata", "annotations", name) != value

    def migrates(self, entry: ManagedFieldsEntry) -> bool:
        """Whether the tool itself takes over an entry when it applies."""
        return any(migration.takes(entry) for migration in self.migrations)

    def named(self, manager: str) -> "Applier":
        """The tool under another manager. Only under its own name does kubectl keep its annotation
        (``kubectl/pkg/cmd/apply/apply.go``: ``FieldManager == fieldManagerServerSideApply``)."""
        if manager == self.manager:
            return self
        return replace(self, manager=manager, annotation_manager="")


def applier(name: str) -> Applier:
    """The tool of this name. Raises KeyError where none is known; see :func:`applier_names`."""
    return _appliers()[name]


def applier_names() -> tuple[str, ...]:
    """The tools that are known, in the order of the data."""
    return tuple(_appliers())


def unknown_applier(manager: str) -> Applier:
    """A tool of which nothing is known but that it applies server-side under a name."""
    return Applier(name="", manager=manager, method=Method.SERVER_SIDE, force=False, source="")


def in_mode_of(tool: Applier, entries: Iterable[ManagedFieldsEntry]) -> Applier:
    """The tool with the method of its last revision, as far as the entries of an object show it: client-side where it
    has an Update entry and no Apply entry."""
    if not tool.unless_applied:
        return tool
    operations = {
        entry.operation for entry in entries if entry.manager == tool.manager and not entry.subresource
    }
    if operations != {UPDATE}:
        return tool
    return replace(applier(tool.unless_applied), inherited=True).named(tool.manager)


def applied_as(
    tool: Applier, manifest: JsonObject, live: JsonObject | None
) -> tuple[Applier, ApplyOption | None]:
    """The tool as it applies one object, and the option of the object that makes the difference, if any.

    An option with ``skip`` leaves the tool as it is: the caller must not apply.
    """
    for option in tool.options:
        if not option.is_set(manifest, live):
            continue
        if option.skip:
            if live is not None:
                return tool, option
        elif option.row:
            row = applier(option.row)
            other = replace(row, force=tool.force or row.force).named(tool.manager)
            return _recreating(other, manifest, live), option
        elif option.recreate:
            return replace(tool, recreate=True), option
    return tool, None


def _recreating(tool: Applier, manifest: JsonObject, live: JsonObject | None) -> Applier:
    recreates = any(option.recreate and option.is_set(manifest, live) for option in tool.options)
    return replace(tool, recreate=True) if recreates else tool


def _items(value: JsonObject, name: str) -> Iterator[str]:
    for holder in ("annotations", "labels"):
        for item in text_at(value, "metadata", holder, name).split(","):
            yield item.strip().lower()


@lru_cache(maxsize=1)
def _appliers() -> dict[str, Applier]:
    data = json_data("rules/ssa/appliers.json")
    return {
        name: _applier(name, {**as_object(data.get(row.get("like", ""))), **row})
        for name, row in data.items()
    }


def _applier(name: str, row: JsonObject) -> Applier:
    return Applier(
        name=name,
        manager=text_at(row, "manager"),
        method=Method(text_at(row, "method")),
        force=row["force"] is True,
        source=text_at(row, "source"),
        migrations=tuple(map(_migration, as_list(row.get("migrate")))),
        strip=tuple(_texts(path) for path in as_list(row.get("strip"))),
        previous=text_at(row, "previous"),
        annotation_manager=text_at(row, "annotation_manager"),
        marks=tuple(_texts(path) for path in as_list(row.get("marks"))),
        options=tuple(map(_option, as_list(row.get("options")))),
        two_way=row.get("two_way") is True,
        structs=frozenset(_texts(row.get("structs"))),
        unless_applied=text_at(row, "unless_applied"),
        keep=(text_at(row, "keep", "annotation"), text_at(row, "keep", "value")),
    )


def _migration(row: Json) -> Migration:
    return Migration(
        how=text_at(row, "how"),
        after=text_at(row, "when") == "after",
        managers=_texts(at(row, "managers")),
        owners_of=_texts(at(row, "owners_of")),
        matches=tuple(_match(match) for match in as_list(at(row, "match"))),
    )


def _match(row: Json) -> ManagerMatch:
    prefix = text_at(row, "prefix")
    return ManagerMatch(prefix or text_at(row, "name"), bool(prefix), _texts(at(row, "operations")))


def _option(row: Json) -> ApplyOption:
    return ApplyOption(
        name=text_at(row, "name"),
        value=text_at(row, "value"),
        places=_texts(at(row, "in")),
        row=text_at(row, "as"),
        skip=at(row, "skip") is True,
        recreate=at(row, "recreate") is True,
    )


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(item) for item in as_list(value))
