"""Reports as bytes, for the cache."""

from os.path import relpath

import msgspec
from msgspec import Struct

from cnilint.analysis.recall import RecalledRun
from cnilint.cache.messages import decode_message, encode_message
from cnilint.findings.model import Finding
from cnilint.report.model import Coverage, EnvironmentSummary, KnownFindings, Report
from cnilint.source.base import Source


class _StoredRun(Struct, frozen=True, kw_only=True):
    """A report on manifests, and what else there is to say of its run."""

    revision: str | None
    environments: tuple[EnvironmentSummary, ...]
    coverage: Coverage
    findings: tuple[Finding, ...]
    notices: tuple[str, ...]
    base: str | None
    baseline: KnownFindings | None
    secret_files: frozenset[str]
    selects_objects: bool
    format: str | None
    fail_on: str | None


def encoded_run(run: RecalledRun) -> bytes | None:
    """The run as bytes; None for what JSON cannot hold, such as a name that is not Unicode."""
    report = run.report
    stored = _StoredRun(
        revision=report.revision,
        environments=report.environments,
        coverage=report.coverage,
        findings=report.findings,
        notices=report.notices,
        base=report.base,
        baseline=report.baseline,
        secret_files=report.secret_files,
        selects_objects=run.selects_objects,
        format=run.format,
        fail_on=run.fail_on,
    )
    try:
        return msgspec.json.encode(stored, enc_hook=encode_message)
    except (UnicodeEncodeError, msgspec.MsgspecError, OverflowError, RecursionError):
        return None


def decoded_run(data: bytes, source: Source) -> RecalledRun | None:
    """The run on a source from its bytes; None if they are not those of one."""
    try:
        stored = msgspec.json.decode(data, type=_StoredRun, dec_hook=decode_message)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    report = Report(
        root=relpath(source.root),
        revision=stored.revision,
        environments=stored.environments,
        coverage=stored.coverage,
        findings=stored.findings,
        notices=stored.notices,
        base=stored.base,
        baseline=stored.baseline,
        secret_files=stored.secret_files,
    )
    return RecalledRun(
        report=report,
        selects_objects=stored.selects_objects,
        format=stored.format,
        fail_on=stored.fail_on,
    )
