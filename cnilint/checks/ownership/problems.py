"""Cases to problems: every check of every case, and what of the dumps could not be read."""

from collections.abc import Iterable, Iterator

from cnilint.checks.ownership import CHECKS
from cnilint.diagnostics.model import Diagnostic
from cnilint.ownership.inputs.live import Dump
from cnilint.ownership.model import ObjectAudit
from cnilint.ssa.schema.kinds import Kinds


def problems(audits: Iterable[ObjectAudit], dumps: Iterable[Dump], kinds: Kinds) -> Iterator[Diagnostic]:
    for dump in dumps:
        for fault in dump.diagnostics:
            yield Diagnostic(code=fault.code, span=fault.span, message=fault.message, hint=fault.hint)
    for audit in audits:
        for check in CHECKS:
            yield from check.find(audit, kinds)
