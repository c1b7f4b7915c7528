"""SARIF 2.1.0, within the limits of GitHub code scanning.

There is one run, without times, paths of this machine or ``automationDetails``: the category is set by whoever
uploads the file. Sources: the OASIS standard; GitHub's "SARIF support for code scanning".
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from cnilint import __version__
from cnilint.diagnostics.model import ObjectRef
from cnilint.diagnostics.span import Span
from cnilint.findings.codes import HOME, Code
from cnilint.findings.fingerprint import line_hashes
from cnilint.findings.model import Finding, Suppression
from cnilint.regex import regex
from cnilint.report.excerpt import REDACTED, Excerpt, Excerpts
from cnilint.report.group import FindingGroup, active, grouped, worst_first
from cnilint.report.json import Value, encoded, ownership, sync
from cnilint.report.model import Report
from cnilint.report.sarif_message import SarifMessage, plain, sarif_message
from cnilint.report.summary import not_checked_line, unverified
from cnilint.report.terminal import printable
from cnilint.report.view import View
from cnilint.source.git import Provenance

MAX_RESULTS = 5000
"""GitHub shows no more results of a run."""
MAX_BYTES = 10_000_000
"""GitHub refuses an upload that is larger than 10 MB after gzip."""
_MAX_RELATED = 50

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_PRECISION = {"error": "very-high", "warning": "high", "note": "medium"}
_PROBLEM = {"error": "error", "warning": "warning", "note": "recommendation"}

_STEP = regex(r"\[\"([^\"]*)\"\]|\[([^\]]*)\]|([^.\[\]]+)")
_SURROGATE = regex("[\ud800-\udfff]")
_UNESCAPED_SURROGATE = regex("[\ud800-\udc7f\udd00-\udfff]")
_SCP_URL = regex(r"(?:[^@/]+@)?([\w.-]{2,}):(?!/)([^\\]+)")


def render(report: Report, view: View) -> str:
    findings = report.findings if view.show_suppressed else active(report.findings)
    groups = worst_first(grouped(findings))
    shown = min(len(groups), MAX_RESULTS)
    text = _log(report, groups, shown, view)
    while shown and _is_too_large(text):
        shown //= 2
        text = _log(report, groups, shown, view)
    return text


def _is_too_large(text: str) -> bool:
    if len(text) <= MAX_BYTES:
        return False
    import gzip

    return len(gzip.compress(text.encode(), mtime=0)) > MAX_BYTES


def _log(report: Report, groups: Sequence[FindingGroup], shown: int, view: View) -> str:
    excerpts = Excerpts(view.lines, report.secret_files)
    results = groups[:shown]
    messages = [sarif_message(group, _MAX_RELATED) for group in results]
    shared = _Shared(
        excerpts=excerpts,
        hashes=_line_hashes(results, excerpts),
        rule_index={code: index for index, code in enumerate(view.codes)},
        show_suppressed=view.show_suppressed,
    )
    run: dict[str, Value] = {
        "tool": {"driver": _driver(results, messages, view)},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": _notifications(report, len(groups) - shown),
            }
        ],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the analysed source."}}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n"],
        "defaultEncoding": "utf-8",
        "redactionTokens": [REDACTED],
        "results": [
            _result(group, message, shared) for group, message in zip(results, messages, strict=True)
        ],
    }
    provenance = _provenance(view.provenance)
    if provenance:
        run["versionControlProvenance"] = [provenance]
    properties = _properties(report)
    if properties:
        run["properties"] = properties
    return encoded({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _properties(report: Report) -> dict[str, Value]:
    owned: dict[str, Value] = {} if report.ownership is None else {"ownership": ownership(report.ownership)}
    return owned if report.sync is None else {**owned, "sync": sync(report.sync)}


def _driver(results: Sequence[FindingGroup], messages: Sequence[SarifMessage], view: View) -> Value:
    templates: dict[str, dict[str, Value]] = {}
    for group, message in zip(results, messages, strict=True):
        templates.setdefault(group.finding.code, {})[message.id] = {"text": message.template}
    return {
        "name": "cnilint",
        "fullName": f"cnilint {__version__}",
        "version": __version__,
        "semanticVersion": __version__,
        "organization": "cnilint",
        "informationUri": HOME,
        "rules": [_rule(code, templates.get(code.code, {}), view.pages) for code in view.codes.values()],
    }


def _rule(code: Code, templates: dict[str, Value], pages: Mapping[str, str]) -> Value:
    level = code.severity or "warning"
    text = f"{code.summary} {code.effect}"
    rule: dict[str, Value] = {
        "id": code.code,
        "name": "".join(word.capitalize() for word in code.name.split("-")),
        "shortDescription": {"text": code.summary},
        "fullDescription": {"text": text},
        "helpUri": code.url,
        "help": {"text": text, "markdown": pages.get(code.code, text)},
        "defaultConfiguration": {"enabled": True, "level": level},
        "properties": {
            "tags": ["kubernetes", code.family],
            "precision": _PRECISION[level],
            "problem.severity": _PROBLEM[level],
        },
    }
    if templates:
        rule["messageStrings"] = dict(sorted(templates.items()))
    return rule


def _notifications(report: Report, left_out: int) -> list[Value]:
    """Notifications of the run beside its results."""
    said: list[tuple[str, str]] = []
    without = unverified(report)
    if without:
        said.append(("warning", without))
    if left_out:
        said.append(("warning", f"{left_out} more results were left out to stay within GitHub's limits."))
    missed = not_checked_line(report.coverage)
    said += [("note", missed)] if missed else []
    said += [("note", notice) for notice in report.notices]
    said += [("note", f"Skipped '{file}': {reason}.") for file, reason in report.coverage.skipped]
    return [{"level": level, "message": {"text": plain(printable(text))}} for level, text in said]


class _Shared(Struct, frozen=True, kw_only=True):
    """What all results of a log read. ``hashes`` are by file and line, ``rule_index`` by code."""

    excerpts: Excerpts
    hashes: Mapping[tuple[str, int], str]
    rule_index: Mapping[str, int]
    show_suppressed: bool


def _result(group: FindingGroup, message: SarifMessage, shared: _Shared) -> Value:
    finding = group.finding
    partial: dict[str, Value] = {"cnilint/v1": next(iter(group.fingerprints.values()))}
    line_hash = shared.hashes.get((finding.span.file, finding.span.line))
    if line_hash is not None:
        partial["primaryLocationLineHash"] = line_hash
    result: dict[str, Value] = {
        "ruleId": finding.code,
        "ruleIndex": shared.rule_index[finding.code],
        "kind": "fail",
        "level": finding.severity,
        "message": {"id": message.id, "arguments": list(message.arguments), "text": message.text},
        "locations": [_location(finding, shared.excerpts)],
        "partialFingerprints": partial,
        "properties": {
            "environments": list(group.environments),
            "fingerprints": list(group.fingerprints.values()),
            "confidence": finding.confidence,
            "evidence": list(finding.evidence),
            "sources": list(finding.sources),
        },
    }
    related = list(_related(finding))
    if related:
        result["relatedLocations"] = related
    if shared.show_suppressed:
        result["suppressions"] = [] if finding.suppressed is None else [_suppression(finding.suppressed)]
    return result


def _location(finding: Finding, excerpts: Excerpts) -> Value:
    span = finding.span
    excerpt = excerpts.excerpt(finding)
    region = _region(span)
    physical: dict[str, Value] = {"artifactLocation": _artifact(span.file), "region": region}
    if excerpt is not None:
        region |= _held_to_first_line(span, excerpts)
        region["snippet"] = {"text": _sound(excerpt.token)}
        context = _context(span, excerpt, excerpts)
        if context is not None:
            physical["contextRegion"] = context
    location: dict[str, Value] = {"physicalLocation": physical}
    if finding.owner is not None:
        location["logicalLocations"] = list(_logical(finding.owner, finding.path))
    return location


def _region(span: Span) -> dict[str, Value]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _held_to_first_line(span: Span, excerpts: Excerpts) -> dict[str, Value]:
    """One line only: a pull request shows an alert only if all of its lines belong to the change."""
    if span.end_line == span.line:
        return {}
    end = excerpts.line_end(span.file, span.line) or span.column
    return {"endLine": span.line, "endColumn": max(end, span.column)}


def _context(span: Span, excerpt: Excerpt, excerpts: Excerpts) -> Value:
    """The line around the token; with the line above or below if the token is the whole line."""
    if excerpt.before or excerpt.after:
        return {
            "startLine": span.line,
            "startColumn": excerpt.start,
            "endLine": span.line,
            "endColumn": excerpt.end,
            "snippet": {"text": _sound(excerpt.text)},
        }
    for first, last in ((span.line - 1, span.line), (span.line, span.line + 1)):
        text = excerpts.harmless_lines(span.file, first, last)
        if text is not None:
            return {"startLine": first, "endLine": last, "snippet": {"text": _sound(text)}}
    return None


def _logical(owner: ObjectRef, path: str) -> Iterator[Value]:
    """The object, and the field in it as a JSON pointer."""
    names = [owner.api_version, owner.kind, owner.namespace, owner.name]
    resource = printable("/".join(name for name in names if name))
    yield {"name": printable(owner.name), "fullyQualifiedName": resource, "kind": "resource"}
    steps = [printable(step[1] or step[2] or step[3] or "") for step in _STEP.finditer(path)]
    if steps:
        pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
        yield {"name": steps[-1], "fullyQualifiedName": f"{resource}#{pointer}", "kind": "property"}


def _related(finding: Finding) -> Iterator[Value]:
    for number, place in enumerate(finding.related[:_MAX_RELATED], start=1):
        yield {
            "id": number,
            "message": {"text": plain(printable(place.message))},
            "physicalLocation": {
                "artifactLocation": _artifact(place.span.file),
                "region": _region(place.span),
            },
        }


def _suppression(suppression: Suppression) -> Value:
    made: dict[str, Value] = {"kind": suppression.kind, "justification": printable(suppression.reason)}
    if suppression.span is not None:
        made["location"] = {
            "physicalLocation": {
                "artifactLocation": _artifact(suppression.span.file),
                "region": _region(suppression.span),
            }
        }
    return made


def _artifact(file: str) -> Value:
    """Percent-encoded as in RFC 3986. Bytes of a name that are not UTF-8 keep their value."""
    from urllib.parse import quote

    name = _UNESCAPED_SURROGATE.sub("\ufffd", file).encode("utf-8", "surrogateescape")
    if file.startswith("/"):
        return {"uri": f"file://{quote(name)}"}
    return {"uri": quote(name), "uriBaseId": _ROOT}


def _line_hashes(results: Sequence[FindingGroup], excerpts: Excerpts) -> dict[tuple[str, int], str]:
    """``primaryLocationLineHash`` for every line with a result, by file and line.

    Not of a file that may hold Secrets: the hash covers the next 100 characters, and a short value among known ones can
    be found by trying all. ``partialFingerprints`` then has cnilint's own alone, which is made of names.
    """
    wanted: dict[str, set[int]] = {}
    for group in results:
        wanted.setdefault(group.finding.span.file, set()).add(group.finding.span.line)
    hashes: dict[tuple[str, int], str] = {}
    for file, lines in wanted.items():
        text = excerpts.harmless_text(file)
        if text is not None:
            hashes |= {(file, line): value for line, value in line_hashes(text, lines).items()}
    return hashes


def _provenance(provenance: Provenance | None) -> Value:
    repository = None if provenance is None else _repository_uri(provenance.repository)
    if provenance is None or repository is None:
        return None
    made: dict[str, Value] = {"repositoryUri": repository, "revisionId": provenance.revision}
    if provenance.branch:
        made["branch"] = provenance.branch
    return made | {"mappedTo": {"uriBaseId": _ROOT}}


def _repository_uri(url: str) -> str | None:
    """The remote's URL without user and password; None for one that is not a URL, such as a local path."""
    from urllib.parse import quote, urlsplit

    short = _SCP_URL.fullmatch(url)
    if short and "://" not in url:
        url = f"ssh://{short[1]}/{short[2]}"
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https", "ssh", "git") or not parts.hostname:
        return None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{quote(parts.path, safe='/%')}"


def _sound(text: str) -> str:
    """Text that every reader of JSON accepts: lone surrogates are replaced."""
    return _SURROGATE.sub("\ufffd", text)
