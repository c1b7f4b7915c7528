"""Splits a file of rules, one YAML document each, without parsing them: a run needs few of them."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from cnilint.diagnostics.model import Message
from cnilint.document.node import Node
from cnilint.document.structure import mistake, parse_document, start_of
from cnilint.reading import read_named
from cnilint.regex import regex

_SEPARATOR = regex(r"^---\n", re.MULTILINE)
_KINDS = regex(r"^kinds: \[(.*)\]$", re.MULTILINE)


class RuleText:
    """The text of one rule, parsed on first use. The line ``kinds:`` says which objects it is about."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @property
    def kinds(self) -> list[str]:
        match = _KINDS.search(self.text)
        return match[1].split(", ") if match else []

    @cached_property
    def node(self) -> Node:
        """The root of the document. Raises DataError."""
        root = parse_document(self.file, self.text.encode())
        if root is None:
            raise mistake(start_of(self.file), Message("a rule is empty"))
        return root


def rule_texts(file: Path, first_field: str) -> Iterator[RuleText]:
    """The rules of one file, unparsed; a document without ``first_field`` is a comment."""
    for text in _SEPARATOR.split(read_named(file).decode()):
        if f"\n{first_field}:" in f"\n{text}":
            yield RuleText(file.name, text)


def serves(groups: tuple[str, ...], group: str) -> bool:
    """Whether a rule for ``groups`` is about an API group: ``*.example.com`` is every group below, none is any."""
    return not groups or any(
        group == known or (known[:1] == "*" and group.endswith(known[1:])) for known in groups
    )
