"""Pack and component files to records. Files of the user are held to their schema first."""

from pathlib import Path

from msgspec.structs import replace

from cnilint.diagnostics.model import Message
from cnilint.document import Node, entries
from cnilint.document.schema import validate
from cnilint.document.structure import mistake, read_file, structure
from cnilint.packs.component import COMPONENT_FILE, Component
from cnilint.packs.files import RuleFiles
from cnilint.packs.model import Pack, Rule


def load_pack(path: Path) -> Pack:
    """Read one pack file. Raises DataError."""
    return read_pack(read_file(path))


def read_pack(root: Node, *, is_packaged: bool = False) -> Pack:
    """The pack in a document. Raises DataError."""
    if not is_packaged:
        validate(root, "pack")
    pack = structure(root, Pack)
    _refuse_twins(pack.rules)
    return replace(
        pack,
        rules=tuple(
            replace(rule, component=pack.component, id=_qualified(rule.id, pack)) for rule in pack.rules
        ),
        upgrades=tuple(replace(note, id=_qualified(note.id, pack)) for note in pack.upgrades),
    )


def load_component(files: RuleFiles, *, is_packaged: bool = False) -> Component:
    """Read ``component.yaml`` in a component's folder. Raises DataError."""
    root = files.document(COMPONENT_FILE)
    if not is_packaged:
        validate(root, "component")
    component = structure(root, Component)
    if component.name != files.folder.name:
        span = entries(root)["component"].value.span
        raise mistake(span, Message("expected `{folder}`, the name of the folder", folder=files.folder.name))
    return replace(component, folder=files.folder)


def _refuse_twins(rules: tuple[Rule, ...]) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.id, rule)
        if first is not rule:
            line = str(first.span.line)
            raise mistake(
                rule.span, Message("rule `{rule}` is already defined in line {line}", rule=rule.id, line=line)
            )


def _qualified(identifier: str, pack: Pack) -> str:
    return identifier if "/" in identifier else f"{pack.component}/{identifier}"
