"""Where a finding is, in words: its object, container and environments."""

from collections.abc import Sequence

from cnilint.diagnostics.model import ObjectRef
from cnilint.findings.model import Finding

ROOT = "repository root"


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
