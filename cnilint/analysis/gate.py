"""What a stream of manifests has to be before it is passed on."""

from msgspec.structs import replace

from cnilint.analysis.check import Analysis
from cnilint.diagnostics.model import Diagnostic

_UNRENDERED = "CNI903"


def strict(analysis: Analysis) -> Analysis:
    """The analysis of manifests that are applied as they are: what was not rendered is an error.

    In a folder it is a note, because another tool renders it.
    """
    return replace(analysis, diagnostics=tuple(map(_as_applied, analysis.diagnostics)))


def _as_applied(found: Diagnostic) -> Diagnostic:
    if found.code != _UNRENDERED:
        return found
    evidence = (*found.evidence, "nothing renders it after this")
    return replace(found, severity="error", evidence=evidence)
