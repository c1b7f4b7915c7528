"""Packages whose functions change the manifests before they are applied, such as those of kpt.

A function can add objects, and a setter replaces the values that a comment marks (https://kpt.dev/book/03-packages).
"""

from collections.abc import Iterable, Iterator
from posixpath import basename, dirname

from msgspec.structs import replace

from cnilint.document import child, items, read
from cnilint.extract.model import FileFacts, Gap, ObjectFacts
from cnilint.facts.model import Definition, Reference
from cnilint.gitops.conventions import gitops_conventions
from cnilint.reading import Unreadable
from cnilint.source.base import Source

_REASON = "a setter replaces it before it is applied"


def set_lines(data: bytes) -> frozenset[int]:
    """The lines with a comment that names a setter."""
    marks = [
        known.setter.encode() for known in gitops_conventions().packages if known.setter.encode() in data
    ]
    if not marks:
        return frozenset()
    lines = data.split(b"\n")
    return frozenset(number for number, line in enumerate(lines, 1) if any(mark in line for mark in marks))


class Packages:
    """The folders of a source whose functions change the manifests in them and below."""

    def __init__(self, source: Source, paths: Iterable[str]) -> None:
        self._by_folder = dict(_with_functions(source, paths))

    def as_applied(self, facts: FileFacts) -> FileFacts:
        """The facts of a file with what the functions of its package leave unknown."""
        file = next((self._by_folder[each] for each in _above(facts.file) if each in self._by_folder), None)
        if file is None:
            return facts
        gap = Gap(f"functions of the package `{file}` may add objects")
        return replace(
            facts,
            objects=tuple(_set(fact, facts.set_lines) for fact in facts.objects),
            gaps=(*facts.gaps, gap),
        )


def _above(file: str) -> Iterator[str]:
    folder = dirname(file)
    while folder:
        yield folder
        folder = dirname(folder)
    yield ""


def _with_functions(source: Source, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The folders of packages with functions, each with the package's file."""
    known = {each.file: each for each in gitops_conventions().packages}
    for path in paths:
        kind = known.get(basename(path))
        if kind is None:
            continue
        try:
            data = source.read(path)
        except Unreadable:
            continue
        for document in read(path, data or b"", everything=True):
            if items(child(document.root, *kind.functions.split("."))):
                yield dirname(path), path


def _set(fact: ObjectFacts, lines: frozenset[int]) -> ObjectFacts:
    """The facts of an object of which a setter replaces the values on some lines."""
    if not lines:
        return fact
    return replace(
        fact,
        definitions=tuple(_open(each) if each.span.line in lines else each for each in fact.definitions),
        stated=replace(
            fact.stated, references=tuple(_unclear(each, lines) for each in fact.stated.references)
        ),
        diagnostics=tuple(each for each in fact.diagnostics if each.span.line not in lines),
    )


def _open(definition: Definition) -> Definition:
    """A definition of a name that a setter replaces: any name."""
    return replace(definition, name="${name}")


def _unclear(reference: Reference, lines: frozenset[int]) -> Reference:
    touched = reference.span.line in lines or reference.name_span.line in lines
    return replace(reference, unclear=_REASON) if touched else reference
