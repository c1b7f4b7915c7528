"""The fields of configuration files, JSON or YAML, that are the value of a ConfigMap key."""

from collections.abc import Iterator

from cnilint.document import Mapping, Node, Scalar, Sequence, read
from cnilint.packs.settings import Setting

_LONGEST_VALUE = 48
_DEEPEST = 6
_NAMES = ("type", "name")
"""The fields that tell the items of a list apart."""


def fields_of(setting: Setting) -> Iterator[tuple[str, str | None]]:
    """The fields of a configuration file by their dotted path, with their value where it is short; none of any other text."""
    text = setting.value.text if setting.value is not None else ""
    if "\n" not in text.strip():
        return
    for document in read(setting.name, text.encode(), everything=True):
        if document.broken is None and isinstance(document.root, Mapping):
            yield from _fields(document.root, "", 0)


def short(value: str | None) -> str | None:
    """A value that a catalogue holds: one short line."""
    return value if value is not None and len(value) <= _LONGEST_VALUE and "\n" not in value else None


def _fields(node: Node, path: str, depth: int) -> Iterator[tuple[str, str | None]]:
    if isinstance(node, Mapping) and depth < _DEEPEST:
        for entry in node.entries.values():
            name = entry.key.raw if isinstance(entry.key, Scalar) else ""
            if name:
                yield from _fields(entry.value, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(node, Sequence) and depth < _DEEPEST:
        for item in node.items:
            name = _name(item)
            if name:
                yield from _fields(item, f"{path}[{name}]", depth + 1)
    elif isinstance(node, Scalar):
        yield path, short(node.raw)


def _name(item: Node) -> str:
    for field in _NAMES:
        value = item.get(field) if isinstance(item, Mapping) else None
        if isinstance(value, Scalar) and value.raw:
            return value.raw
    return ""
