"""The plain values of objects in files, read when they are wanted: of most objects no run wants them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cnilint.document import Plain
from cnilint.extract.file import Keep, applied_objects
from cnilint.extract.model import ObjectFacts, ScannedObjects
from cnilint.reading import Unreadable
from cnilint.source.moves import VersionedSource
from cnilint.source.reads import is_content, log_of


class ObjectPlace(NamedTuple):
    """Where an object is: objects of one place have one value, in whatever revision and file. ``named``: the user gave
    the file by name, so that more of it may be read."""

    content: str
    position: int
    named: bool


class FileValues:
    """The values of the objects in some files of a source, as far as ``keep`` wants them."""

    def __init__(self, source: VersionedSource, scanned: Mapping[str, ScannedObjects], keep: Keep) -> None:
        self._source = source
        self._scanned = scanned
        self._keep = keep
        self._contents: dict[str, str] = {}
        self._values: dict[str, Sequence[dict[str, Plain] | None]] = {}

    def place(self, fact: ObjectFacts) -> ObjectPlace | None:
        """The place of an object; None where it is in none of the files, or the content has no id."""
        position = self._position(fact)
        content = "" if position is None else self._content(fact.owner.span.file)
        if position is None or not content:
            return None
        return ObjectPlace(content, position, fact.owner.span.file in self._source.named)

    def value(self, fact: ObjectFacts) -> dict[str, Plain] | None:
        """The value of an object; None where nobody wants it, or it has no such form."""
        position = self._position(fact)
        if position is None:
            return None
        file = fact.owner.span.file
        values = self._values.get(file)
        if values is None:
            values = self._values[file] = self._read(file)
        # A file that changed since its facts were read has other objects.
        return values[position] if len(values) == len(self._scanned[file].objects) else None

    def _position(self, fact: ObjectFacts) -> int | None:
        scanned = self._scanned.get(fact.owner.span.file)
        objects = () if scanned is None else scanned.objects
        return next((position for position, each in enumerate(objects) if each is fact), None)

    def _content(self, file: str) -> str:
        """The id of a content. The result of the run depends on the whole content from now on, not only on its facts."""
        found = self._contents.get(file)
        if found is None:
            known = self._scanned[file].content or self._source.content_id(file) or ""
            found = self._contents[file] = known if is_content(known) else ""
            log = log_of(self._source)
            if log is not None and found:
                log.note(file, found)
        return found

    def _read(self, file: str) -> Sequence[dict[str, Plain] | None]:
        try:
            data = self._source.read(file)
        except Unreadable:
            return ()
        found = applied_objects(file, data or b"", named=file in self._source.named)
        return [self._keep(obj) for obj in found]
