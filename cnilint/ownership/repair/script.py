"""The repair of all objects as one POSIX shell script that needs only kubectl.

The printed commands of a repair are good for the moment of the dump: they test the object's resourceVersion, which
every status update changes. The script reads each object when it runs, finds the entries and fields wherever they are
by then, and stops where somebody else has changed them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from shlex import quote

from msgspec import Struct, field

from cnilint.diagnostics.wording import quantity
from cnilint.manifest.pod import POD_TEMPLATES, TEMPLATE_CONTAINERS
from cnilint.ownership.inputs.positions import Pointers, path_label
from cnilint.ownership.model import Leftover, ObjectAudit
from cnilint.ownership.repair import kubectl
from cnilint.ownership.repair.gotemplate import (
    NoTemplate,
    go_string,
    go_strings,
    pointer_template,
    presence_test,
    value_test,
)
from cnilint.ownership.repair.handover import EntryChange, OwnershipTransfer, transfer_ownership
from cnilint.ownership.repair.removal import is_removable
from cnilint.resources import program_text
from cnilint.ssa.appliers.model import Applier
from cnilint.ssa.fieldpath.elements import key_element
from cnilint.ssa.fieldpath.fields import FieldPath, Fields, difference, paths
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.typed import TypedError, field_set
from cnilint.ssa.typed.values import Json, at, text_at

_PRELUDE = "ownership/repair/prelude.sh"
_LONGEST_ARGUMENT = 120_000
"""Bytes. Linux takes no argument of a program beyond 128 KiB: MAX_ARG_STRLEN of linux/binfmts.h."""

_UPGRADED = "upgraded"


class RepairScript(Struct, frozen=True, kw_only=True):
    """The text of a script. ``by_hand`` counts the objects with leftovers that ``before-upgrade`` leaves to the user."""

    text: str
    objects: int
    by_hand: int


class _Variant(Struct):
    """The commands of ``before_upgrade`` or ``after_upgrade``."""

    commands: list[str] = field(default_factory=list)
    by_hand: int = 0


class _ByHand(Exception):
    """The script cannot repair an object; the message says why."""


def repair_script(audits: Iterable[ObjectAudit], kinds: Kinds, version: str) -> RepairScript:
    """The script for every object with leftovers that have an effect. ``version`` is that of cnilint."""
    found = [audit for audit in audits if audit.harmful and audit.applier is not None]
    before, after = _Variant(), _Variant()
    for audit in found:
        _add(before, audit, _before, kinds)
        _add(after, audit, _after, kinds)
    text = "\n".join(
        (
            "#!/bin/sh",
            f"# Repairs {quantity(len(found), 'live object')} that an apply would leave fields in.",
            f"# Made by cnilint {version}; run it with --help for its use.",
            "",
            program_text(_PRELUDE),
            *_function("before_upgrade", before),
            *_function("after_upgrade", after),
            'main "$@"',
            "",
        )
    )
    return RepairScript(text=text, objects=len(found), by_hand=before.by_hand)


def _function(name: str, variant: _Variant) -> Iterator[str]:
    yield f"{name}() {{"
    yield from variant.commands or ["    :"]
    yield "}"
    yield ""


def _add(
    variant: _Variant, audit: ObjectAudit, make: Callable[[ObjectAudit, Kinds], str], kinds: Kinds
) -> None:
    try:
        commands = make(audit, kinds)
    except _ByHand as reason:
        variant.by_hand += 1
        commands = _command("by_hand", [[quote(_title(audit)), quote(str(reason))]])
    except NoTemplate as reason:
        variant.by_hand += 1
        commands = _command(
            "by_hand", [[quote(_title(audit)), quote(f"{reason}; remove the leftovers by hand")]]
        )
    variant.commands.append(commands)


def _before(audit: ObjectAudit, kinds: Kinds) -> str:
    """The transfer of ownership to the applier."""
    tool = audit.applier
    if tool is None or not tool.server_side:
        name = tool.name if tool is not None else "the applier"
        raise _ByHand(f"{name} compares with what it applied last and ignores ownership; use after-upgrade")
    if audit.record_hidden:
        raise _ByHand(
            "the dump does not show managedFields; dump with --show-managed-fields and make the script again"
        )
    transfer = transfer_ownership(audit, kinds)
    if transfer is None:
        raise _ByHand(
            "no transfer of ownership surely lets the apply remove its leftovers; use after-upgrade"
        )
    lines = [_target(audit), [quote(_owner(tool.manager, APPLY))]]
    lines += [_field(audit, left, transfer, tool) for left in audit.harmful]
    lines += _changes(audit, transfer, tool)
    return _command("transfer", lines)


def _field(audit: ObjectAudit, left: Leftover, transfer: OwnershipTransfer, tool: Applier) -> list[str]:
    if _owners(transfer.entries, left.path) != [_owner(tool.manager, APPLY)]:
        raise _ByHand(f"an entry at another version of the API owns {_name(left)} too; use after-upgrade")
    now = " ".join(_owners(audit.live.entries, left.path))
    return ["--field", quote(_name(left)), quote(now), quote(go_strings(left.path))]


def _changes(audit: ObjectAudit, transfer: OwnershipTransfer, tool: Applier) -> Iterator[list[str]]:
    """The changes of managedFields, each a line of arguments."""
    if transfer.whole is not None:
        if audit.live.entries:
            raise _ByHand("managedFields has two entries of one writer; use after-upgrade")
        yield ["--empty"]
        yield ["--add", "''", quote(kubectl.json_text(transfer.whole))]
    for change in transfer.changes:
        yield from _entry_changes(change)
    if transfer.added:
        yield ["--absent", quote(f'{_owner(tool.manager, APPLY)} ""')]
    for each in transfer.added:
        yield ["--add", "/-", quote(kubectl.json_text(each))]


def _entry_changes(change: EntryChange) -> Iterator[list[str]]:
    entry = change.entry
    # The time is that of the last change by this manager: what it took since the dump was taken is not given away.
    described = go_strings(
        (entry.manager, entry.operation, entry.subresource, entry.api_version, entry.time or "")
    )
    yield [
        "--entry",
        quote(described),
        quote(f"{kubectl.json_text(entry.manager)} {kubectl.json_text(entry.operation)}"),
    ]
    if not change.operations:
        yield ["--change", "remove", "''", "''"]
    for each in change.operations:
        value = quote(kubectl.json_text(each["value"])) if "value" in each else "''"
        yield ["--change", quote(str(each["op"])), quote(kubectl.json_text(each["path"])[1:-1]), value]


def _after(audit: ObjectAudit, kinds: Kinds) -> str:
    """The removal of the leftovers from the object."""
    if not audit.is_written:
        raise _ByHand("the API server will refuse the apply, so that it leaves nothing; use before-upgrade")
    if not is_removable(audit, kinds):
        raise _ByHand(
            "the API server does not take it without its leftovers; delete it and apply its manifest"
        )
    template = pointer_template(left.path for left in audit.harmful)
    sign, test = _sign(audit, kinds)
    template = (
        f'{{{{- "version " -}}}}{{{{- .metadata.resourceVersion -}}}}{{{{- "\\n" -}}}}\n{test}{template}\n'
    )
    return _command("remove", [_target(audit), [quote(template), quote(sign)]])


def _sign(audit: ObjectAudit, kinds: Kinds) -> tuple[str, str]:
    """What tells an upgraded object from an old one, and the template that looks for it; empty where nothing does."""
    for container, path, image in _new_images(audit):
        test = value_test(path, "image", image, _UPGRADED)
        return f"image {_printable(image)} in container {_printable(container)}", f"{test}\n"
    for added in _added(audit, kinds):
        try:
            return f"field {_printable(path_label(added))}", f"{presence_test(added, _UPGRADED)}\n"
        except NoTemplate:
            continue
    return "", ""


def _new_images(audit: ObjectAudit) -> Iterator[tuple[str, FieldPath, str]]:
    """The containers to which the manifest gives another image: name, path, image."""
    obj = audit.live.obj
    keys = POD_TEMPLATES.get((obj.group, obj.kind))
    if keys is None or audit.manifest is None:
        return
    for name in TEMPLATE_CONTAINERS:
        place = (*keys, "spec", name)
        old = _images(at(audit.live.value, *place))
        for container, image in _images(at(audit.manifest.value, *place)).items():
            if old.get(container, image) != image:
                steps = (*(f"f:{step}" for step in place), key_element("name", container))
                yield container, steps, image


def _images(containers: Json) -> dict[str, str]:
    items = containers if isinstance(containers, list) else []
    found = {text_at(each, "name"): text_at(each, "image") for each in items if isinstance(each, dict)}
    return {name: image for name, image in found.items() if name and image}


def _added(audit: ObjectAudit, kinds: Kinds) -> Iterator[FieldPath]:
    """The fields that the apply adds to the object."""
    written = audit.prediction.written if audit.prediction is not None else None
    desired = audit.manifest.value if audit.manifest is not None else None
    if written is None or desired is None:
        return
    schema_type = kinds.type_of(audit.live.value)
    pointers = Pointers(written.value, schema_type)
    try:
        new: Fields = difference(field_set(desired, schema_type), field_set(audit.live.value, schema_type))
    except TypedError:
        return
    yield from (path for path in paths(new) if pointers.steps(path) is not None)


def _target(audit: ObjectAudit) -> list[str]:
    obj = audit.live.obj
    return [quote(obj.namespace or ""), kubectl.resource_name(obj), quote(_title(audit))]


def _title(audit: ObjectAudit) -> str:
    obj = audit.live.obj
    place = f" in namespace {obj.namespace}" if obj.namespace else ""
    return _printable(f"{obj.kind} {obj.name}{place}")


def _name(left: Leftover) -> str:
    place = f" of container {left.container}" if left.container and left.container != left.field.name else ""
    return _printable(f"{left.field.kind} {left.field.name}{place}")


def _owner(manager: str, operation: str) -> str:
    return f"{go_string(manager)} {go_string(operation)}"


def _owners(entries: Sequence[ManagedFieldsEntry], path: FieldPath) -> list[str]:
    """The entries of the main resource that own a field or something below it."""
    return [
        _owner(entry.manager, entry.operation)
        for entry in entries
        if not entry.subresource and _is_in(entry.fields, path)
    ]


def _is_in(fields: Fields, path: FieldPath) -> bool:
    here: Fields | None = fields
    for element in path:
        here = None if here is None else here.get(element)
    return here is not None


def _command(name: str, lines: Sequence[Sequence[str]]) -> str:
    """A call of a function of the script, its arguments on lines. Raises _ByHand where no shell can pass them."""
    if any("\0" in word for line in lines for word in line):
        raise _ByHand("its dump has a NUL character, which no program can be given")
    if sum(len(word.encode("utf-8", "replace")) + 1 for line in lines for word in line) > _LONGEST_ARGUMENT:
        raise _ByHand("its changes are longer than a program's argument may be; repair it by hand")
    return "    " + " \\\n        ".join(" ".join(words) for words in ([name], *lines) if words)


def _printable(text: str) -> str:
    """Text for a terminal: a name from a dump can have control characters."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
