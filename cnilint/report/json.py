"""The JSON format, described by ``schemas/report.schema.json``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from cnilint import __version__
from cnilint.diagnostics.model import ObjectRef, Target
from cnilint.findings.faults import told_once
from cnilint.findings.model import Finding, Suppression
from cnilint.report.model import COUNTED, Coverage, Report
from cnilint.report.ownership_view import (
    ObjectPlan,
    Ownership,
    OwnershipView,
    PlannedChange,
    SharedCause,
    Step,
)
from cnilint.report.summary import total
from cnilint.report.sync_view import SyncSummary
from cnilint.report.view import View

if TYPE_CHECKING:
    from cnilint.resolve.outcome import Resolution

SCHEMA = "cnilint-report/1"

Value = str | int | None | list["Value"] | dict[str, "Value"]


def _source(report: Report) -> dict[str, Value]:
    source: dict[str, Value] = {"root": report.root, "revision": report.revision}
    return source if report.base is None else {**source, "base": report.base}


def render(report: Report, view: View) -> str:
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The report piece by piece: findings are many, and each is text before the next one becomes a value."""
    owned: dict[str, Value] = {} if report.ownership is None else {"ownership": ownership(report.ownership)}
    synced: dict[str, Value] = {} if report.sync is None else {"sync": sync(report.sync)}
    same_fault = {
        other.fingerprint: each.fingerprint for each in told_once(report.findings) for other in each.also
    }
    head: dict[str, Value] = {
        "schema": SCHEMA,
        "tool": {"name": "cnilint", "version": __version__},
        "source": _source(report),
        "environments": [
            {"name": one.name, "roots": list(one.roots), "objects": one.objects}
            for one in report.environments
        ],
        "coverage": _coverage(report.coverage),
        **_baseline(report),
        "notices": list(report.notices),
    }
    yield "{\n"
    for name, value in head.items():
        yield f'  "{name}": {_indented(value, 1)},\n'
    yield '  "findings": ['
    separator = "\n    "
    for finding in report.findings:
        yield separator
        yield _indented(_finding(finding, same_fault), 2)
        separator = ",\n    "
    yield "\n  ]" if report.findings else "]"
    for name, value in {**owned, **synced}.items():
        yield f',\n  "{name}": {_indented(value, 1)}'
    yield "\n}\n"


def _baseline(report: Report) -> dict[str, Value]:
    found = report.baseline
    if found is None:
        return {}
    return {"baseline": {"file": found.file, "known": found.known, "stale": len(found.stale)}}


def encoded(value: Value) -> str:
    """JSON in ASCII, indented by two spaces, without workflow commands of GitHub's old form (``##[error]``)."""
    return _indented(value, 0) + "\n"


_compact: Callable[[Value], str] = json.JSONEncoder(separators=(",", ":")).encode


def _indented(value: Value, depth: int) -> str:
    """As ``encoded``, for a value at a depth."""
    try:
        # Both are written in C; the encoder that indents is not.
        text = msgspec.json.format(_compact(value), indent=2)
    except msgspec.DecodeError:
        # A name that is not Unicode has lone surrogates.
        text = json.dumps(value, indent=2)
    return text.replace("##[", "##\\u005b").replace("\n", "\n" + "  " * depth)


def _coverage(coverage: Coverage) -> Value:
    references: dict[str, Value] = {"total": total(coverage)}
    references |= {outcome: coverage.references.get(outcome, 0) for outcome in COUNTED}
    return {
        "files": coverage.files,
        "documents": coverage.documents,
        "objects": coverage.objects,
        "references": references,
        "unverifiable": [{"reason": reason, "count": count} for reason, count in coverage.reasons.items()],
        "notChecked": [
            {
                "kind": one.kind,
                "name": one.name,
                "version": one.version or None,
                "file": one.file,
                "line": one.line,
                "reason": one.reason,
            }
            for one in coverage.not_checked
        ],
        "skipped": [{"file": file, "reason": reason} for file, reason in coverage.skipped],
    }


def _finding(finding: Finding, same_fault: Mapping[str, str]) -> Value:
    value = _finding_members(finding)
    if finding.fingerprint in same_fault:
        value["sameFaultAs"] = same_fault[finding.fingerprint]
    commit = finding.introduced
    if commit is None:
        return value
    introduced: dict[str, Value] = {
        "commit": commit.identifier,
        "author": commit.author,
        "date": commit.date,
        "subject": commit.subject,
        "pullRequest": commit.request or None,
    }
    return {**value, "introduced": introduced}


def _finding_members(finding: Finding) -> dict[str, Value]:
    span = finding.span
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": str(finding.message),
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
        "environment": finding.environment,
        "object": object_value(finding.owner),
        "path": finding.path,
        "container": finding.container,
        "target": _target(finding.target),
        "hint": finding.hint,
        "related": [
            {"file": one.span.file, "line": one.span.line, "message": one.message} for one in finding.related
        ],
        "rule": finding.rule,
        "effect": finding.effect,
        "sources": list(finding.sources),
        "confidence": finding.confidence,
        "evidence": list(finding.evidence),
        "fingerprint": finding.fingerprint,
        "fix": None,
        "suppressed": _suppressed(finding.suppressed),
    }


def ownership(seen: Ownership) -> Value:
    """The live objects that were audited, as JSON and SARIF contain them."""
    return {
        "objects": seen.objects,
        "matched": seen.matched,
        "predicted": seen.predicted,
        "plan": [_object_plan(each) for each in seen.plan],
        "causes": [_cause(each) for each in seen.causes],
        "portraits": [_portrait(each) for each in seen.portraits],
    }


def sync(summary: SyncSummary) -> Value:
    """What is known of a sync beside its plan, as JSON and SARIF contain it."""
    return {
        "upgrades": [
            {
                "component": one.component,
                "from": one.before,
                "to": one.after,
                "steps": list(one.steps),
                "tool": one.tool or None,
                "advice": [
                    {"release": each.release, "title": each.title, "action": each.action}
                    for each in one.advice
                ],
            }
            for one in summary.upgrades
        ],
        "unread": list(summary.unread),
        "dryRuns": summary.dry_runs,
        "since": None
        if summary.since is None
        else [
            {"object": object_value(one.owner), "state": one.state, "fields": list(one.fields)}
            for one in summary.since
        ],
    }


def _object_plan(each: ObjectPlan) -> Value:
    return {
        "object": object_value(each.owner),
        "applier": each.applier,
        "outcome": each.outcome,
        "severity": each.severity,
        "added": list(each.added),
        "changed": [_planned_change(one) for one in each.changed],
        "removed": [_planned_change(one) for one in each.removed],
        "left": [
            {
                "path": one.path,
                "name": one.name,
                "severity": one.severity,
                "effect": one.effect,
                "does": one.does,
            }
            for one in each.left
        ],
        "overwritten": [_planned_change(one) for one in each.overwritten],
        "refused": each.refused or None,
        "assumed": each.assumed,
    }


def _planned_change(one: PlannedChange) -> Value:
    return {"path": one.path, "old": one.old or None, "new": one.new or None, "owners": list(one.owners)}


def _cause(each: SharedCause) -> Value:
    return {
        "fate": each.fate,
        "codes": list(each.codes),
        "severity": each.severity,
        "why": each.why,
        "objects": [object_value(one) for one in each.objects],
        "findings": each.findings,
        "file": each.place.file,
        "line": each.place.line,
        "column": each.place.column,
        "fields": [
            {
                "kind": one.kind,
                "name": one.name,
                "container": one.container,
                "effect": one.effect,
                "does": one.does,
                "objects": one.objects,
            }
            for one in each.fields
        ],
        "effect": each.effect,
        "fix": each.fix,
    }


def _portrait(each: OwnershipView) -> Value:
    return {
        "object": object_value(each.owner),
        "applier": each.applier,
        "predicted": each.predicted,
        "writers": [
            {"letter": one.letter, "name": one.name, "role": one.role, "since": one.since}
            for one in each.writers
        ],
        "rows": [
            {
                "depth": row.depth,
                "label": row.label,
                "before": row.before,
                "after": row.after,
                "state": row.state,
                "note": row.note,
                "severity": row.severity,
            }
            for row in each.rows
        ],
        "unchanged": each.unchanged,
        "causes": list(each.causes),
        "diagnosis": each.diagnosis,
        "repair": {
            "before": [_step(step) for step in each.before],
            "after": [_step(step) for step in each.after],
            "traps": list(each.traps),
        },
        "uncovered": list(each.uncovered),
    }


def _step(step: Step) -> Value:
    return {"purpose": step.purpose, "commands": list(step.commands)}


def object_value(owner: ObjectRef | None) -> Value:
    """The identity of an object."""
    if owner is None:
        return None
    return {
        "apiVersion": owner.api_version,
        "kind": owner.kind,
        "namespace": owner.namespace,
        "name": owner.name,
    }


def _target(target: Target | None) -> Value:
    if target is None:
        return None
    return {"kind": target.kind, "namespace": target.namespace, "name": target.name, "key": target.key}


def target_value(resolution: Resolution) -> Value:
    """What a reference names, in the namespace in which it is looked for."""
    reference = resolution.reference
    return _target(
        Target(kind=reference.kind, namespace=resolution.namespace, name=reference.name, key=reference.key)
    )


def _suppressed(suppression: Suppression | None) -> Value:
    if suppression is None:
        return None
    span = suppression.span
    return {
        "kind": suppression.kind,
        "reason": suppression.reason,
        "file": None if span is None else span.file,
        "line": None if span is None else span.line,
    }
