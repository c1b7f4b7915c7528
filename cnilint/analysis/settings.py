"""Settings of a run, one frozen record per concern: made once, then passed down.

A field has the name of the option that fills it (``cnilint.cli.options``); ``config`` is added when the file is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from cnilint.config.model import Config

if TYPE_CHECKING:
    from cnilint.findings.policy import Policy
    from cnilint.versions import Version


class ClusterSettings(Struct, frozen=True, kw_only=True):
    """Whether a live cluster is read, and which part of it.

    ``context`` is a context of the kubeconfig; None for the current one. ``live_namespace`` lists the namespaces to read;
    empty for those that the manifests use. ``read_secrets`` allows requests that return the values of Secrets.
    """

    use_cluster: bool = False
    context: str | None = None
    live_namespace: tuple[str, ...] = ()
    read_secrets: bool = False


class AnalysisSettings(Struct, frozen=True, kw_only=True):
    """What ``analyze`` reads besides the source, and what it assumes about the cluster.

    ``targets`` override the versions of images and of the configuration, by component. ``kube_version`` None is
    that of the cluster; without a cluster no API version is checked. ``namespace`` is for objects that set none. ``jobs``
    is the number of processes, 0 for automatic.
    """

    namespace: str | None = None
    closed_world: bool = False
    targets: Mapping[str, Version] = field(default_factory=dict)
    kube_version: Version | None = None
    live: tuple[Path, ...] = ()
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    render: bool = False
    jobs: int = 1
    config: Config = field(default_factory=Config)


class AuditSettings(Struct, frozen=True, kw_only=True):
    """How ``audit`` predicts an apply.

    ``applier`` is a tool, ``manager`` the field manager that it uses; without either they are inferred.
    ``environment`` is that of the manifests, None where there is only one. ``kube_version`` is such as ``1.30``, None
    for that of the cluster; for dumps, for the newest known release. ``managed_fields_shown``: an object of a dump without
    managedFields has none. ``jobs`` is the number of processes, 0 for automatic.
    """

    applier: str | None = None
    manager: str | None = None
    force: bool = False
    environment: str | None = None
    managed_fields_shown: bool = False
    kube_version: str | None = None
    namespace: str | None = None
    jobs: int = 1
    config: Config = field(default_factory=Config)


class SyncSettings(Struct, frozen=True, kw_only=True):
    """What ``presync`` does besides auditing: ``targets`` are versions by component that replace those of the manifests;
    ``server_dry_run`` asks the API server for each apply. ``snapshot`` is a folder to save the live objects in,
    ``since_snapshot`` one in which an earlier run saved them."""

    targets: Mapping[str, Version] = field(default_factory=dict)
    server_dry_run: bool = False
    snapshot: Path | None = None
    since_snapshot: Path | None = None


class PolicySettings(Struct, frozen=True, kw_only=True):
    """Which findings the command line selects. ``as_of`` is an ISO date, for suppressions that end."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    as_of: str = ""

    def policy(self, config: Config) -> Policy:
        """The policy of the command line and the configuration together."""
        from cnilint.findings.policy import Policy

        self._require_rules(config)
        return Policy(
            select=(*config.select, *self.select),
            ignore=(*config.ignore, *self.ignore),
            severity=config.severity,
            suppressions=config.suppressions,
            today=self.as_of,
            folders=config.folders,
        )

    def _require_rules(self, config: Config) -> None:
        """Raises UsageError for a selector of rules that no pack has. The packs are read only for such a selector."""
        selectors = [each for each in (*self.select, *self.ignore) if "/" in each]
        if not selectors:
            return
        from cnilint.errors import UsageError
        from cnilint.packs.library import unknown_rule

        for each in selectors:
            meant = unknown_rule(each, config.packs)
            if meant is not None:
                raise UsageError(f"unknown rule `{each}`", f"did you mean `{meant}`?" if meant else "")
