"""What extractors find, and what they are told about a repository."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field


class Declaration(Struct, frozen=True, kw_only=True):
    """A setting that a program declares. ``default`` is None where the source does not spell it out."""

    name: str
    kind: str = ""
    default: str | None = None
    hidden: bool = False
    deprecated: bool = False
    required: bool = False
    locked: bool = False
    mentioned: bool = False


class FormOptions(Struct, frozen=True, kw_only=True):
    """What an extractor needs to know of a repository; which options are used depends on the form."""

    key: str = ""
    prefix: str = ""
    pattern: str = ""
    calls: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] = ()
    types: Sequence[str] = ()
