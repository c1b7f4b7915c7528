"""Which kinds are cluster-scoped for kustomize, read from ``rules/kustomize/cluster-scoped.json``."""

from functools import cache
from typing import TypedDict

from cnilint.resources import json_data


class _ClusterScoped(TypedDict):
    versions: list[str]
    kinds: dict[str, list[str]]


def is_cluster_scoped(api_version: str, kind: str) -> bool:
    """Whether the kind is cluster-scoped for kustomize. No custom resource is."""
    return (api_version, kind) in _cluster_scoped()


@cache
def _cluster_scoped() -> frozenset[tuple[str, str]]:
    """Pairs of apiVersion and kind."""
    data: _ClusterScoped = json_data("rules/kustomize/cluster-scoped.json")
    return frozenset(
        (f"{group}/{version}" if group else version, kind)
        for group, kinds in data["kinds"].items()
        for kind in kinds
        for version in data["versions"]
    )
