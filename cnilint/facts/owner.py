"""The object that states a fact."""

from cnilint.document import child, string
from cnilint.facts.model import Owner
from cnilint.gitops.conventions import layouts
from cnilint.manifest.object import Object


def owner_of(obj: Object) -> Owner:
    """The identity of an object as facts carry it."""
    annotations = child(obj.node, "metadata", "annotations")
    ignore, hook = "", ""
    if annotations is not None:
        ignore = string(annotations, "cnilint.dev/ignore") or ""
        hook = next((when for name in sorted(layouts().hooks) if (when := string(annotations, name))), "")
    return Owner(
        obj.api_version, obj.kind, obj.namespace, obj.name, obj.span, obj.origin, ignore, obj.generated, hook
    )
