"""Documents to Kubernetes objects: Lists taken apart, identity read, origin noted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cnilint.document import Document, Fault, Mapping, Node, Scalar, Sequence, Span, child, is_null, string

_ORIGIN_ANNOTATIONS = (
    "postrenderer.helm.sh/postrender-filename",
    "internal.config.kubernetes.io/path",
    "config.kubernetes.io/path",
)
_KUSTOMIZE_ORIGIN = "config.kubernetes.io/origin"


@dataclass(frozen=True, slots=True)
class Object:
    """One Kubernetes object. ``namespace`` is None when it names none; its environment may still give it one."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    node: Mapping
    span: Span
    path: str = ""
    """Where the object stands in its document: empty, or ``items[3]`` in a List."""
    origin: str = ""
    """The template or source file it was rendered from, when the renderer says so."""
    generated: bool = False
    """The API server completes the name (``generateName``)."""

    @property
    def group(self) -> str:
        group, slash, _ = self.api_version.rpartition("/")
        return group if slash else ""

    @property
    def file(self) -> str:
        return self.span.file

    def in_namespace(self, namespace: str | None) -> "Object":
        """The object with another effective namespace."""
        return self if namespace == self.namespace else replace(self, namespace=namespace)


def objects(document: Document) -> Iterator[Object]:
    """The objects of a document; what is no object is passed over, and faults go to ``document.faults``."""
    root = document.root
    if not isinstance(root, Mapping):
        return
    kind = string(root, "kind")
    items = root.get("items")
    if kind is not None and kind.endswith("List") and isinstance(items, Sequence):
        yield from _list_items(document, root, kind, items)
    elif kind:
        yield _object(root, string(root, "apiVersion") or "", kind, document.source, "")


def _list_items(document: Document, root: Mapping, kind: str, items: Sequence) -> Iterator[Object]:
    """Items of a typed list (``ConfigMapList``) may leave out apiVersion and kind; the list's name gives them."""
    item_kind = kind.removesuffix("List")
    item_version = string(root, "apiVersion") or ""
    for position, item in enumerate(items.items):
        if not isinstance(item, Mapping):
            message = "an item of this list is no object, and kubectl refuses the whole list"
            document.faults.append(Fault("CNI901", item.span, message))
            continue
        own_kind = string(item, "kind") or item_kind
        if not own_kind:
            document.faults.append(Fault("CNI901", item.span, "this item of the list has no kind"))
        elif own_kind.endswith("List") and isinstance(item.get("items"), Sequence):
            message = "kubectl does not read a list inside a list"
            document.faults.append(Fault("CNI901", item.span, message, "move its items into the outer list"))
        else:
            version = string(item, "apiVersion") or item_version
            yield _object(item, version, own_kind, document.source, f"items[{position}]")


def _object(node: Mapping, api_version: str, kind: str, source: str, path: str) -> Object:
    metadata = node.get("metadata")
    namespace = string(metadata, "namespace") or None
    name_node = child(metadata, "name")
    own_name = _scalar_text(name_node)
    name = own_name or string(metadata, "generateName") or ""
    anchor = _first_key(node) if name_node is None else name_node.span
    return Object(
        api_version, kind, namespace, name, node, anchor, path, source or _origin(metadata), own_name is None
    )


def _scalar_text(node: Node | None) -> str | None:
    return node.raw if isinstance(node, Scalar) and not is_null(node) else None


def _first_key(node: Mapping) -> Span:
    entry = node.entries.get("kind") or next(iter(node.entries.values()))
    return entry.value.span


def _origin(metadata: Node | None) -> str:
    annotations = child(metadata, "annotations")
    if annotations is None:
        return ""
    for name in _ORIGIN_ANNOTATIONS:
        value = string(annotations, name)
        if value:
            return value
    for line in (string(annotations, _KUSTOMIZE_ORIGIN) or "").splitlines():
        key, _, value = line.partition(":")
        if key == "path":
            return value.strip()
    return ""
