"""API versions that a Kubernetes release does not serve (CNI204), or that a later one removes (CNI205)."""

from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef
from cnilint.document import Scalar, Span
from cnilint.document.structure import load
from cnilint.manifest.object import Object
from cnilint.packs.links import source_link
from cnilint.packs.model import PackVersion
from cnilint.versions import Version

LIFECYCLE_CODES = ("CNI204", "CNI205")
"""What is only reported, or reported more often, when a Kubernetes release is named."""


class Lifecycle(Struct, frozen=True, kw_only=True):
    """The releases that serve one kind at one API version: from ``introduced`` on and before ``removed``.

    ``replacement`` is an API version, followed by the kind where that differs. ``source`` is a tag and a path in
    kubernetes/api.
    """

    introduced: PackVersion
    deprecated: PackVersion | None = None
    removed: PackVersion | None = None
    replacement: str = ""
    source: str

    def serves(self, release: Version) -> bool:
        return self.introduced <= release and (self.removed is None or release < self.removed)


LifecycleTable = Mapping[str, Mapping[str, Lifecycle]]
"""By API version and kind."""


class _LifecycleFile(Struct, frozen=True):
    apis: Mapping[str, Mapping[str, Lifecycle]]


@cache
def lifecycle_table() -> LifecycleTable:
    """The packaged table, ``rules/kubernetes/lifecycle.yaml``."""
    return load("rules/kubernetes/lifecycle.yaml", _LifecycleFile).apis


def api_version_span(item: Object) -> Span:
    """The token that names the API version, or the object's name where the API version is a list's."""
    node = item.node.get("apiVersion")
    return node.span if isinstance(node, Scalar) else item.span


def check_api(owner: ObjectRef, span: Span, release: Version, table: LifecycleTable) -> Diagnostic | None:
    """The diagnostic for an object's API version at a Kubernetes release; ``span`` is the token that names it.

    Kinds that are not in the table, such as those of CRDs, are not checked.
    """
    row = table.get(owner.api_version, {}).get(owner.kind)
    if row is None:
        return None
    if not row.serves(release):
        return Diagnostic(
            code="CNI204",
            span=span,
            message=_not_served(owner, release, row),
            hint=_hint(row),
            owner=owner,
            path="apiVersion",
            severity="error",
            effect="fatal",
            sources=(_link(row),),
        )
    if row.deprecated is not None and row.deprecated <= release and row.removed is not None:
        return Diagnostic(
            code="CNI205",
            span=span,
            message=Message(
                "{kind} in `{api_version}` is deprecated since Kubernetes {deprecated}, removed in {removed}",
                kind=owner.kind,
                api_version=owner.api_version,
                deprecated=str(row.deprecated),
                removed=str(row.removed),
            ),
            hint=_hint(row),
            owner=owner,
            path="apiVersion",
            severity="warning",
            sources=(_link(row),),
        )
    return None


def _not_served(owner: ObjectRef, release: Version, row: Lifecycle) -> Message:
    if release < row.introduced:
        return Message(
            "{kind} in `{api_version}` is not served by Kubernetes {release}, only since {introduced}",
            kind=owner.kind,
            api_version=owner.api_version,
            release=str(release),
            introduced=str(row.introduced),
        )
    return Message(
        "{kind} in `{api_version}` is not served by Kubernetes {release}, removed in {removed}",
        kind=owner.kind,
        api_version=owner.api_version,
        release=str(release),
        removed=str(row.removed),
    )


def _link(row: Lifecycle) -> str:
    """The declarations of the first release that was read for the row."""
    return source_link("kubernetes/api", row.source.partition("..")[0])


def _hint(row: Lifecycle) -> str:
    if row.replacement:
        return f"use {row.replacement}"
    return "remove it: it has no replacement" if row.removed else ""
