"""What checks of manifests read."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from cnilint.checks.spelling import Spelling
from cnilint.diagnostics.model import ObjectRef
from cnilint.diagnostics.span import Span
from cnilint.findings.codes import Code
from cnilint.resolve.index import Index
from cnilint.resolve.outcome import Resolution


class CheckContext(Struct, frozen=True, kw_only=True):
    """The facts of a run.

    ``resolutions`` are those of all references, ``broken`` the broken ones by code. ``same_content`` says whether two
    objects have the same content. ``spelling`` suggests what unknown keys were meant to be.
    """

    index: Index
    resolutions: Sequence[Resolution]
    broken: Mapping[str, Sequence[Resolution]]
    same_content: Callable[[ObjectRef, ObjectRef], bool]
    charts: frozenset[Span] = frozenset()
    """The places of the Helm charts whose values were checked."""
    spelling: Spelling = field(default_factory=Spelling)

    def broken_as(self, code: Code) -> Sequence[Resolution]:
        """The broken references that are reported with a code."""
        return self.broken.get(code.code, ())
