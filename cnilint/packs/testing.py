"""The examples of rules, executed: what is bad must be found by its rule, what is good must not."""

from collections.abc import Iterator
from dataclasses import dataclass

from cnilint.document import read
from cnilint.packs.evaluate import evaluate
from cnilint.packs.library import Library
from cnilint.packs.manifests import parts_of, read_objects
from cnilint.packs.model import Rule


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not do what its rule claims."""

    rule: Rule
    example: str
    reason: str


def failures(rule: Rule, library: Library) -> Iterator[Failure]:
    """The examples of one rule that fail; ``library`` must hold the rule's pack."""
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
        return f"holds nothing that is recognised as {rule.component}"
    found = any(problem.rule == rule.id for problem in evaluate(parts, library, {}).problems)
    if found == expected:
        return ""
    return "is not found by the rule" if expected else "is found by the rule"
