"""The type of a code. Each check holds its own code; ``cnilint.checks.CODES`` has all of them."""

from collections.abc import Mapping

from msgspec import Struct

from cnilint.diagnostics.model import Severity

HOME = "https://cnilint.dev"
"""The product's site; the annotation ``cnilint.dev/ignore`` uses the same domain."""

FAMILIES: Mapping[str, str] = {
    "CNI1": "references",
    "CNI2": "releases",
    "CNI3": "ownership",
    "CNI4": "changes",
    "CNI9": "input",
}
"""The families of codes, by prefix."""


class Code(Struct, frozen=True, kw_only=True):
    """A code and its documentation.

    ``name`` names the defect. ``severity`` is the default; None means that the effect of each finding decides. A
    diagnostic may override it. ``summary`` states the defect, ``effect`` its consequence; each is one sentence.
    """

    code: str
    name: str
    severity: Severity | None
    summary: str
    effect: str

    @property
    def family(self) -> str:
        return FAMILIES[self.code[:4]]

    @property
    def url(self) -> str:
        return url_of(self.code)


def url_of(code: str) -> str:
    """The page of a code on the product's site."""
    return f"{HOME}/codes/{code}"
