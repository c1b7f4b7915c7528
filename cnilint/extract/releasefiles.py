"""Reads files that list Helm releases without being Kubernetes objects: each release becomes an object of its own."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import basename, dirname

from cnilint.document import Document, Mapping, Node, Scalar, child, items, string
from cnilint.document.edit import text_at, with_value
from cnilint.gitops.conventions import ReleaseFileKind, gitops_conventions
from cnilint.manifest.object import Object
from cnilint.render.kustomize.paths import join


def release_file(path: str) -> ReleaseFileKind | None:
    """How a file lists releases; None for one that does not, by its name."""
    name = basename(path)
    above = f"{basename(dirname(path))}/{name}"
    for known in gitops_conventions().release_files:
        if any(fnmatchcase(above if "/" in glob else name, glob) for glob in known.files):
            return known
    return None


def releases_in(document: Document, known: ReleaseFileKind) -> Iterator[Object]:
    """The releases that a document lists."""
    for item in items(document.root, *known.items.split(".")):
        name = child(item, "name")
        if isinstance(item, Mapping) and isinstance(name, Scalar) and name.string:
            yield _release(item, name, known)


def _release(item: Mapping, name: Scalar, known: ReleaseFileKind) -> Object:
    chart = child(item, "chart")
    namespace = string(item, "namespace")
    metadata: dict[str, Node] = {"name": name}
    if namespace:
        metadata["namespace"] = text_at(name, namespace)
    node = item
    for field, value in metadata.items():
        node = with_value(node, ("metadata", field), value)
    folder = join(dirname(name.text.file), chart.raw) if isinstance(chart, Scalar) else None
    if isinstance(chart, Scalar) and chart.raw.startswith(".") and folder:
        node = with_value(node, ("folder",), text_at(chart, folder))
    return Object(
        api_version=f"{known.group}/v1",
        kind=known.kind,
        namespace=namespace or None,
        name=name.raw,
        node=node,
        span=name.span,
        generated=True,
    )
