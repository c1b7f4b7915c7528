"""What the content of one file gives."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from cnilint.extract.model import FileFacts
from cnilint.facts.model import Definition
from cnilint.findings.suppression import Comment


class Scanned(Struct, frozen=True, kw_only=True):
    """One file. ``refused`` says why it was not read; ``facts`` is None for a file that holds no manifest."""

    file: str
    facts: FileFacts | None = None
    comments: Sequence[Comment] = ()
    created: Sequence[Definition] = ()
    """What commands in it create, such as a Job that runs ``kubectl create``."""
    refused: str = ""
    content: str = ""
    """The id of the content; empty where nobody wants to know it."""
    is_alone: bool = False
    """No other file, and no option, takes part in it."""
    consulted: Mapping[str, str] = field(default_factory=dict)
    """By path, the ids of the other files that were read for it."""
