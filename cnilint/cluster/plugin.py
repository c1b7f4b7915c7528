"""Exec credential plugins of a kubeconfig, run through the gate for processes."""

import json
import os
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from cnilint.errors import UsageError
from cnilint.source.process import Failed, NotInstalled, TimeBudget, program, run

PLUGIN_SECONDS = 60.0
_GROUP = "client.authentication.k8s.io/"
_VERSIONS = (f"{_GROUP}v1", f"{_GROUP}v1beta1")


def plugin_credentials(
    plugin: Mapping[str, object], folder: Path, cluster: Mapping[str, object], seconds: float = PLUGIN_SECONDS
) -> dict[str, str]:
    """The user entry of a kubeconfig that a plugin's answer amounts to: a token, a client certificate, or both.

    ``plugin`` is the ``exec`` member, ``folder`` that of its kubeconfig, ``cluster`` the cluster entry. Raises UsageError.
    Format: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
    """
    command = str(plugin.get("command") or "")
    version = plugin.get("apiVersion")
    if not command or version not in _VERSIONS:
        raise UsageError(
            f"kubeconfig: the exec plugin `{command}` needs a command and the apiVersion {' or '.join(_VERSIONS)}"
        )
    if plugin.get("interactiveMode") == "Always":
        raise UsageError(
            f"kubeconfig: the exec plugin `{command}` must be interactive, which is not supported"
        )
    try:
        answer = run(
            [_path(command, folder), *map(str, _list(plugin.get("args")))],
            folder,
            TimeBudget(seconds),
            _environment(plugin, cluster),
        )
    except NotInstalled:
        raise UsageError(f"kubeconfig: the exec plugin `{command}` is not installed") from None
    except (Failed, OSError) as error:
        raise UsageError(f"kubeconfig: the exec plugin `{command}` failed: {error}") from None
    return _user(command, answer)


def _path(command: str, folder: Path) -> str:
    """A command with a slash is relative to the kubeconfig, as for kubectl."""
    return str(folder / command) if os.sep in command else program(command)


def _environment(plugin: Mapping[str, object], cluster: Mapping[str, object]) -> dict[str, str]:
    """The user's whole environment, where the settings of the plugin are, and what the API adds."""
    added = {
        str(entry["name"]): str(entry["value"])
        for entry in _list(plugin.get("env"))
        if isinstance(entry, dict) and "name" in entry and "value" in entry
    }
    spec: dict[str, object] = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = dict(cluster)
    info = {"apiVersion": plugin["apiVersion"], "kind": "ExecCredential", "spec": spec}
    return {**os.environ, **added, "KUBERNETES_EXEC_INFO": json.dumps(info, default=str)}


def _user(command: str, answer: bytes) -> dict[str, str]:
    try:
        status = json.loads(answer)["status"]
        token, certificate, key = (
            status.get(name) for name in ("token", "clientCertificateData", "clientKeyData")
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"kubeconfig: the exec plugin `{command}` did not print an ExecCredential") from None
    user = {"token": token} if isinstance(token, str) and token else {}
    if isinstance(certificate, str) and isinstance(key, str):
        user["client-certificate-data"] = b64encode(certificate.encode()).decode()
        user["client-key-data"] = b64encode(key.encode()).decode()
    if not user:
        raise UsageError(f"kubeconfig: the exec plugin `{command}` printed no credential")
    return user


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
