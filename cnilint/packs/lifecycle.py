"""Which API versions a Kubernetes release serves: CNI204 for one it does not, CNI205 for one on its way out."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cnilint.diagnostics.model import Diagnostic, ObjectRef
from cnilint.document import Mapping, Node, Scalar, Span
from cnilint.manifest.object import Object
from cnilint.packs.load import read_document
from cnilint.packs.reader import PackError, fields, parsed, text
from cnilint.versions import Version, parse_version

LIFECYCLE_FILE = "kubernetes/lifecycle.yaml"
LIFECYCLE_SCHEMA = "cnilint-lifecycle/1"
LIFECYCLE_CODES = ("CNI204", "CNI205")
"""What is only reported, or reported more often, when a Kubernetes release is named."""


@dataclass(kw_only=True, frozen=True, slots=True)
class Lifecycle:
    """The releases that serve one kind at one API version: from ``introduced`` on and before ``removed``.

    ``replacement`` is an API version, with the kind behind it where that differs.
    """

    api_version: str
    kind: str
    introduced: Version
    deprecated: Version | None
    removed: Version | None
    replacement: str
    source: str

    def serves(self, release: Version) -> bool:
        return self.introduced <= release and (self.removed is None or release < self.removed)


Table = dict[tuple[str, str], Lifecycle]


@lru_cache(maxsize=4)
def load_lifecycle(rules: Path) -> Table:
    """The table in a folder of rules, by API version and kind. Raises PackError."""
    root = read_document(rules / LIFECYCLE_FILE, f"rules/{LIFECYCLE_FILE}")
    given = fields(root, "the lifecycle table", ("schema", "apis"))
    if text(given["schema"], "the schema") != LIFECYCLE_SCHEMA:
        raise PackError(given["schema"].span, f"expected the schema {LIFECYCLE_SCHEMA!r}")
    table: Table = {}
    for api_version, kinds in _pairs(given["apis"]):
        for kind, row in _pairs(kinds):
            table[api_version, kind] = _row(api_version, kind, row)
    return table


def api_version_span(item: Object) -> Span:
    """The token that names the API version, or the object's name where the API version is a list's."""
    node = item.node.get("apiVersion")
    return node.span if isinstance(node, Scalar) else item.span


def judge_api(owner: ObjectRef, span: Span, release: Version, table: Table) -> Diagnostic | None:
    """What a Kubernetes release makes of an object's API version; ``span`` is the token that names it.

    Kinds that are not in the table, such as those of CRDs, are nobody's business here.
    """
    row = table.get((owner.api_version, owner.kind))
    if row is None:
        return None
    hint = _hint(row)
    if not row.serves(release):
        when = (
            f"only from {row.introduced} on"
            if release < row.introduced
            else f"no longer, since {row.removed}"
        )
        message = f"Kubernetes {release} does not serve {row.kind} at {row.api_version}: {when}"
        return Diagnostic(
            code="CNI204",
            span=span,
            message=message,
            hint=hint,
            owner=owner,
            path="apiVersion",
            severity="error",
            effect="fatal",
        )
    if row.deprecated is not None and row.deprecated <= release and row.removed is not None:
        message = (
            f"{row.kind} at {row.api_version} is deprecated since {row.deprecated} and gone in {row.removed}"
        )
        return Diagnostic(
            code="CNI205",
            span=span,
            message=message,
            hint=hint,
            owner=owner,
            path="apiVersion",
            severity="warning",
        )
    return None


def _hint(row: Lifecycle) -> str:
    if not row.replacement:
        return f"nothing replaces it (evidence: {row.source})" if row.removed else ""
    return f"use {row.replacement} (evidence: {row.source})"


def _pairs(node: Node) -> list[tuple[str, Node]]:
    if not isinstance(node, Mapping):
        raise PackError(node.span, "expected a mapping")
    return [(name, entry.value) for name, entry in node.entries.items()]


def _row(api_version: str, kind: str, node: Node) -> Lifecycle:
    given = fields(
        node, f"{kind} at {api_version}", ("introduced", "source"), ("deprecated", "removed", "replacement")
    )
    versions = {
        name: parsed(given[name], "a Kubernetes release such as '1.25'", parse_version)
        for name in ("introduced", "deprecated", "removed")
        if name in given
    }
    return Lifecycle(
        api_version=api_version,
        kind=kind,
        introduced=versions["introduced"],
        deprecated=versions.get("deprecated"),
        removed=versions.get("removed"),
        replacement=text(given["replacement"], "the replacement") if "replacement" in given else "",
        source="kubernetes/api@" + text(given["source"], "the source"),
    )
