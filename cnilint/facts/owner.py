"""Reads the identity of an object."""

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import child, string
from cnilint.gitops.conventions import gitops_conventions
from cnilint.manifest.object import Object


def owner_of(obj: Object) -> ObjectRef:
    """The identity of an object as facts carry it."""
    annotations = child(obj.node, "metadata", "annotations")
    ignore, hook = "", ""
    if annotations is not None:
        ignore = string(annotations, "cnilint.dev/ignore") or ""
        hook = next(
            (when for name in sorted(gitops_conventions().hooks) if (when := string(annotations, name))), ""
        )
    return ObjectRef(
        api_version=obj.api_version,
        kind=obj.kind,
        namespace=obj.namespace,
        name=obj.name,
        span=obj.span,
        origin=obj.origin,
        ignore=ignore,
        generated=obj.generated,
        hook=hook,
    )
