"""The keys of ConfigMaps and Secrets with their places, and the short values of ConfigMaps.

A repository has hundreds of thousands of them, and a run looks at few: they are kept in little memory, and a ``Span`` is
made for a key when it is wanted.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from cnilint.diagnostics.span import PackedSpan, Span, packed, unpacked


class Keys(Struct, frozen=True, gc=False):
    """Keys in order, each with its place: ``file`` is that of the packed ones."""

    file: str = ""
    places: dict[str, PackedSpan] = field(default_factory=dict)

    def __contains__(self, key: str | None) -> bool:
        return key in self.places

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, key: str) -> Span:
        return unpacked(self.file, self.places[key])

    def items(self) -> Iterator[tuple[str, Span]]:
        """The keys with their places."""
        file = self.file
        return ((key, unpacked(file, place)) for key, place in self.places.items())

    def after(self, spans: Mapping[str, Span]) -> "Keys":
        """These keys after others. One that is in both keeps its place here."""
        return keys_of({**spans, **dict(self.items())})


def keys_of(spans: Mapping[str, Span]) -> Keys:
    """Keys with these places."""
    file = next((span.file for span in spans.values()), "")
    return Keys(file, {key: packed(span) if span.file == file else span for key, span in spans.items()})


class ShortValues(Struct, frozen=True, gc=False):
    """Values by key. ``texts`` are those of the ``names``, joined by ``SEPARATOR``."""

    names: tuple[str, ...] = ()
    texts: str = ""

    def by_key(self) -> dict[str, str]:
        """All values. To look at one is no faster."""
        return dict(zip(self.names, self.texts.split(SEPARATOR), strict=False))


SEPARATOR = "\0"
"""A character that no value has which is kept: it is in no name and no variable."""


def short_values(values: Mapping[str, str]) -> ShortValues:
    """Values by key, without those that have the ``SEPARATOR``."""
    kept = {key: value for key, value in values.items() if SEPARATOR not in value}
    return ShortValues(tuple(kept), SEPARATOR.join(kept.values())) if kept else NO_VALUES


NOTHING = Keys()
NO_VALUES = ShortValues()
"""One for all: most definitions have no key or no value that is kept."""
