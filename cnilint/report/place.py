"""Where a finding is, in words: its object, container and environments."""

from collections.abc import Sequence

from cnilint.diagnostics.model import ObjectRef
from cnilint.findings.model import Finding
from cnilint.regex import regex

ROOT = "repository root"
_PLAIN = regex(r"[A-Za-z][\w./-]*")

CONFIGURATION = ".cnilint.yaml"
"""The file of a finding about the whole run, in formats that demand one."""


def object_text(owner: ObjectRef) -> str:
    """``DaemonSet kube-system/agent``."""
    name = owner.name if owner.namespace is None else f"{owner.namespace}/{owner.name}"
    return f"{owner.kind} {name}"


def workload_text(finding: Finding) -> str:
    """``DaemonSet kube-system/agent, container install``; empty for a finding without an object."""
    parts = [] if finding.owner is None else [object_text(finding.owner)]
    if finding.container:
        parts.append(f"container {finding.container}")
    return ", ".join(parts)


def one_line(finding: Finding, environments: Sequence[str]) -> str:
    """What is wrong and where, what to do and why, in one line."""
    where = workload_text(finding)
    parts = [f"{finding.message} ({where})" if where else str(finding.message)]
    if finding.hint:
        parts.append(f"hint: {finding.hint}")
    parts += finding.evidence
    if environments:
        parts.append(environments_text(environments))
    return "; ".join(parts)


def environments_text(names: Sequence[str]) -> str:
    """``environment: prod``, ``environments: dev, prod``, ``environment: repository root``; empty without a name."""
    if not names:
        return ""
    noun = "environment" if len(names) == 1 else "environments"
    return f"{noun}: {', '.join(ROOT if name == '.' else name for name in names)}"


def introduced_text(finding: Finding) -> str:
    """``introduced by 1a2b3c4d5e6f (2026-03-01, Ada): subject``; empty where that is not known."""
    commit = finding.introduced
    if commit is None:
        return ""
    return f"introduced by {commit.identifier[:12]} ({commit.date[:10]}, {commit.author}): {commit.subject}"


def suppression_line(finding: Finding) -> str:
    """The entry of the configuration that suppresses a finding of an object, but for the reason."""
    owner, target = finding.owner, finding.target
    entry = {"code": finding.rule or finding.code}
    if owner is not None:
        entry["object"] = _glob_form(owner.kind, owner.namespace, owner.name)
    if target is not None:
        key = f"/{target.key}" if target.key else ""
        entry["reference"] = _glob_form(target.kind, target.namespace, target.name) + key
    return f"- {{{', '.join(f'{key}: {quoted(value)}' for key, value in entry.items())}, reason: ...}}"


def quoted(text: str) -> str:
    """A text as a value in a YAML mapping on one line."""
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "''") + "'"


def _glob_form(kind: str, namespace: str | None, name: str) -> str:
    return f"{kind}/{namespace}/{name}" if namespace else f"{kind}/{name}"
