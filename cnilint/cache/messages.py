"""Messages in values of the cache."""

from functools import lru_cache
from string import Formatter
from typing import Any

import msgspec

from cnilint.diagnostics.model import Message


def encode_message(value: Any) -> object:
    """A message as msgspec takes it."""
    if isinstance(value, Message):
        return value.template, value.arguments
    raise NotImplementedError


def decode_message(kind: type, value: Any) -> object:
    """A message from what ``encode_message`` gave. Raises ValueError for anything else."""
    if kind is not Message:
        raise NotImplementedError
    template, arguments = msgspec.convert(value, tuple[str, dict[str, str]])
    if not _names(template) <= arguments.keys():
        raise ValueError("not the arguments of the template")
    message = Message("")
    message.template, message.arguments = template, arguments
    return message


@lru_cache(maxsize=1024)
def _names(template: str) -> frozenset[str]:
    """The arguments of a template. Raises ValueError for a field that is more than a name."""
    found = set()
    for _, name, form, conversion in Formatter().parse(template):
        if name is not None:
            if not name.isidentifier() or form or conversion:
                raise ValueError("not a template of a message")
            found.add(name)
    return frozenset(found)
