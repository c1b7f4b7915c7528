"""Which permissions a run used, by the audit log of the API server.

Format: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
"""

import json
from pathlib import Path

from cnilint.ssa.typed.values import at, text_at

AGENT = "cnilint"
"""How the requests of a run name themselves."""

_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}

Permission = tuple[str, str, str, str]
"""Group, resource, verb and namespace, as a Role has them; without a namespace for what a ClusterRole must allow. A request
for a path that is no resource has the path in place of the resource."""


def audit_options(folder: Path) -> tuple[str, str, str]:
    """The options of an API server that writes its log to ``audit.log`` in a folder."""
    policy = folder / "audit-policy.json"
    policy.write_text(json.dumps(_POLICY))
    return (
        f"--audit-policy-file={policy}",
        f"--audit-log-path={folder / 'audit.log'}",
        "--audit-log-mode=blocking-strict",
    )


def used_permissions(audit_log: Path, agent: str = AGENT) -> set[Permission]:
    """What the requests of an agent needed."""
    return {permission for permission, _ in _requests(audit_log, agent)}


def denied_permissions(audit_log: Path, agent: str = AGENT) -> set[Permission]:
    """What the requests of an agent were refused for."""
    return {permission for permission, code in _requests(audit_log, agent) if code == 403}


def _requests(audit_log: Path, agent: str) -> list[tuple[Permission, int]]:
    found: list[tuple[Permission, int]] = []
    for line in audit_log.read_text("utf-8").splitlines():
        event = json.loads(line)
        if event["stage"] == "ResponseComplete" and event.get("userAgent", "").startswith(agent):
            found.append((_permission(event), int(event["responseStatus"]["code"])))
    return found


def _permission(event: dict[str, object]) -> Permission:
    verb = text_at(event, "verb")  # type: ignore[arg-type]
    of = event.get("objectRef")
    if of is None:
        return "", text_at(event, "requestURI").partition("?")[0], verb, ""  # type: ignore[arg-type]
    subresource = text_at(of, "subresource")  # type: ignore[arg-type]
    resource = text_at(of, "resource")  # type: ignore[arg-type]
    return (
        text_at(of, "apiGroup"),  # type: ignore[arg-type]
        f"{resource}/{subresource}" if subresource else resource,
        verb,
        str(at(of, "namespace") or ""),  # type: ignore[arg-type]
    )
