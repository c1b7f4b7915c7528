"""Fingerprints of findings that survive edits: cnilint's own, and the line hash that GitHub computes."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from cnilint.diagnostics.model import Diagnostic
from cnilint.regex import regex

_POSITION = regex(r"\[\d+\]")
_CONTAINER = regex(r"(?<=ontainers)\[name=[^\]]*\]")
_STEP = regex(r"\[[^\]]*\]")
_BLANKS = regex(r"[ \t]+")
_ASTRAL = regex(r"[\U00010000-\U0010ffff]")

_WINDOW = 100
_FACTOR = 37
_MASK = (1 << 64) - 1
_END_OF_FILE = "\uffff"


def fingerprint(problem: Diagnostic, environment: str) -> str:
    """The identity of a finding as 32 hexadecimal digits.

    It is made of code, environment, object, container, path and target. Positions in lists are left out of the path,
    so that an inserted item changes nothing. A name in it such as ``[name=HOST]`` counts, but for the path of a
    reference, which its target identifies. A finding without an object is identified by its file. Two findings that
    differ only in their place get the same value: see ``numbered``.
    """
    import hashlib
    import json

    owner, target = problem.owner, problem.target
    parts = (
        problem.code,
        environment,
        None if owner is None else (owner.kind, owner.namespace, owner.name),
        problem.span.file if owner is None else None,
        problem.container,
        (_STEP if target is not None else _POSITION).sub("[]", _CONTAINER.sub("[]", problem.path)),
        None if target is None else (target.kind, target.namespace, target.name, target.key),
        problem.rule,
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def numbered(fingerprints: Iterable[str]) -> Iterator[str]:
    """The fingerprints in their order, with ``:2``, ``:3`` appended to repeated ones."""
    seen: Counter[str] = Counter()
    for value in fingerprints:
        seen[value] += 1
        yield value if seen[value] == 1 else f"{value}:{seen[value]}"


def line_hashes(text: str, lines: Collection[int]) -> dict[int, str]:
    """GitHub's ``primaryLocationLineHash`` of the given lines (from 1) of a file's text.

    The hash covers 100 UTF-16 units from the start of the line, without blanks, and how often the same text occurred
    before. Hashing the windows of the wanted lines gives the same values as GitHub's rolling hash over every
    character. Source: github/codeql-action src/fingerprints.ts.
    """
    units = _units(text) + _END_OF_FILE
    padded = units + "\0" * _WINDOW
    seen: Counter[str] = Counter()
    hashes: dict[int, str] = {}
    for line, start in enumerate(_line_starts(units), start=1):
        window = padded[start : start + _WINDOW]
        seen[window] += 1
        if line in lines:
            hashes[line] = f"{_hash(window):x}:{seen[window]}"
    return hashes


def _units(text: str) -> str:
    """The text without blanks, with LF line breaks, and one character for each UTF-16 unit."""
    text = _BLANKS.sub("", text.replace("\r\n", "\r")).replace("\r", "\n")
    return _ASTRAL.sub(lambda match: _surrogates(match.group()), text)


def _surrogates(character: str) -> str:
    offset = ord(character) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))


def _line_starts(units: str) -> Iterator[int]:
    start = 0
    while 0 <= start < len(units):
        yield start
        start = units.find("\n", start) + 1 or -1


def _hash(window: str) -> int:
    value = 0
    for unit in window:
        value = (value * _FACTOR + ord(unit)) & _MASK
    return value
