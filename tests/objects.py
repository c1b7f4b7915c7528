"""Objects and facts of small manifests, read by the functions that the program uses."""

from textwrap import dedent

from cnilint.document import read
from cnilint.extract.file import facts_of
from cnilint.extract.model import FileFacts, ObjectFacts
from cnilint.manifest.object import Object, objects
from cnilint.packs.library import Library

LIBRARY = Library()


def objects_in(text: str, file: str = "manifest.yaml") -> list[Object]:
    return [
        obj
        for document in read(file, f"---\n{dedent(text)}".encode(), everything=True)
        for obj in objects(document)
    ]


def one(text: str, file: str = "manifest.yaml") -> Object:
    (obj,) = objects_in(text, file)
    return obj


def facts_in(text: str, file: str = "manifest.yaml") -> tuple[ObjectFacts, ...]:
    return tuple(facts_of(obj, LIBRARY) for obj in objects_in(text, file))


def file_of(file: str, text: str) -> FileFacts:
    facts = facts_in(text, file)
    return FileFacts(file=file, documents=len(facts), objects=facts)
