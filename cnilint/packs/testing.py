"""Executed examples of rules: a bad example must be found by its rule, a good one must not."""

from collections.abc import Iterator
from dataclasses import dataclass

from cnilint.document import read
from cnilint.facts.owner import owner_of
from cnilint.manifest.object import Object, objects
from cnilint.packs.evaluate import evaluate
from cnilint.packs.library import Library
from cnilint.packs.model import Rule
from cnilint.packs.parts import Part, read_part


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that disagrees with its rule."""

    rule: Rule
    example: str
    reason: str


def read_objects(name: str, data: bytes) -> list[Object]:
    """The objects of one file. Documents that cannot be read are skipped: a check reports them."""
    return [item for document in read(name, data) for item in objects(document)]


def parts_of(items: list[Object], library: Library) -> list[Part]:
    """The parts among some objects."""
    found = (read_part(item, owner_of(item), library) for item in items)
    return [part for part in found if part is not None]


def failures(rule: Rule, library: Library) -> Iterator[Failure]:
    """The examples of one rule that fail; the rule's pack must be in ``library``."""
    for kind, texts in (("bad", rule.bad), ("good", rule.good)):
        for position, text in enumerate(texts, 1):
            name = f"{kind} example {position}"
            reason = _reason(rule, text, name, library, expected=kind == "bad")
            if reason:
                yield Failure(rule, name, reason)


def _reason(rule: Rule, text: str, name: str, library: Library, expected: bool) -> str:
    data = text.encode()
    for document in read(name, data, everything=True):
        if document.broken is not None:
            return f"cannot be read: line {document.broken.span.line}: {document.broken.message}"
    parts = parts_of(read_objects(name, data), library)
    if not parts:
        return f"is not recognised as {rule.component}"
    found = any(problem.rule == rule.id for problem in evaluate(parts, library, {}).problems)
    if found == expected:
        return ""
    return "is not found by the rule" if expected else "is found by the rule"
