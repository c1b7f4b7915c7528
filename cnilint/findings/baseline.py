"""The baseline: a text file of known findings, one a line, so that a run can report only what is new."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from cnilint.errors import UsageError
from cnilint.findings.model import Finding
from cnilint.regex import regex

HEADER = """\
# Known findings of cnilint, one a line. `cnilint baseline` writes this file, `cnilint check --baseline` reads it.
# Only the fingerprint at the start of a line counts; it does not change when lines move.
"""
_ENTRY = regex(r"([0-9a-f]{32}(?::[1-9][0-9]{0,8})?) (CNI[0-9]{3})(?: (.*))?")
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_LONGEST = 300


class BaselineEntry(Struct, frozen=True, kw_only=True):
    """One known finding. ``text`` says in words what it is; ``line`` is its line in the file."""

    fingerprint: str
    code: str
    text: str
    line: int


class Baseline(Struct, frozen=True):
    """The known findings by fingerprint; ``file`` is the name of the baseline, for messages."""

    file: str
    entries: Mapping[str, BaselineEntry]


def parse_baseline(file: str, data: bytes) -> Baseline:
    """The known findings in a text. Raises UsageError for a line that is not one."""
    entries: dict[str, BaselineEntry] = {}
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _ENTRY.fullmatch(line.rstrip())
        if found is None:
            hint = "resolve the conflict of the merge: keep the lines of both sides"
            raise UsageError(
                f"{file}:{number}: not a line of a baseline",
                hint if line.startswith(_CONFLICT) else "write it again with `cnilint baseline`",
            )
        fingerprint, code, text = found.groups(default="")
        entries[fingerprint] = BaselineEntry(fingerprint=fingerprint, code=code, text=text, line=number)
    return Baseline(file, entries)


def baseline_text(findings: Iterable[Finding], kept: Iterable[BaselineEntry] = ()) -> str:
    """The text of a baseline with some findings, and with entries that are kept from an earlier one.

    The lines are sorted by their words, so that two branches that add lines merge, and a diff can be reviewed.
    """
    words = {entry.fingerprint: f"{entry.code} {entry.text}".rstrip() for entry in kept}
    words |= {finding.fingerprint: f"{finding.code} {_words(finding)}" for finding in findings}
    ordered = sorted(words.items(), key=lambda entry: (*entry[1].split(" ", 1)[::-1], entry[0]))
    return HEADER + "".join(f"{fingerprint} {text}\n" for fingerprint, text in ordered)


def _words(finding: Finding) -> str:
    """What a finding is, without its line."""
    owner = finding.owner
    parts = [finding.span.file]
    if owner is not None:
        parts.append(
            f"{owner.kind} {owner.namespace}/{owner.name}"
            if owner.namespace
            else f"{owner.kind} {owner.name}"
        )
    parts.append(str(finding.message))
    text = ": ".join(parts) + (f" [{finding.environment}]" if finding.environment else "")
    return _plain(text)[:_LONGEST]


def _plain(text: str) -> str:
    """The text on one line, with everything escaped that a terminal could act on."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode("ascii")
        for each in text
    )
