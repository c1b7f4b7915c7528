"""Documents to Kubernetes objects: Lists taken apart, identity read, origin noted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeGuard

from cnilint.document import (
    Diagnostic,
    Document,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Span,
    child,
    is_null,
    items,
    string,
    walk,
)
from cnilint.manifest.openshift import processed

_ORIGIN_ANNOTATIONS = (
    "postrenderer.helm.sh/postrender-filename",
    "internal.config.kubernetes.io/path",
    "config.kubernetes.io/path",
)
_BUILT_IN = frozenset(("", "apps", "autoscaling", "batch", "extensions", "policy"))
_KUSTOMIZE_ORIGIN = "config.kubernetes.io/origin"


@dataclass(kw_only=True, frozen=True, slots=True)
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
    def built_in(self) -> bool:
        """Whether the kind comes with Kubernetes and not from a CustomResourceDefinition."""
        return _is_built_in(self.group)

    @property
    def file(self) -> str:
        return self.span.file

    def in_namespace(self, namespace: str | None) -> "Object":
        """The object with another effective namespace."""
        return self if namespace == self.namespace else replace(self, namespace=namespace)


def objects(document: Document) -> Iterator[Object]:
    """The objects of a document, as kubectl takes them.

    What is no object is passed over (``refusal`` says why). An object or a list that kubectl refuses as a whole
    makes the document broken; an item that it refuses goes to ``document.diagnostics``.
    """
    root = document.root
    kind = string(root, "kind")
    if not isinstance(root, Mapping) or not kind:
        return
    api_version = string(root, "apiVersion") or ""
    if kind == "Template" and isinstance(root.get("objects"), Sequence):
        yield from _template_objects(document, root)
        return
    listed = root.get("items")
    if listed is None:
        document.broken = document.broken or _bad_version(root)
        if document.broken is None:
            yield _object(root, api_version, kind, document.source, "")
        return
    document.broken = document.broken or _bad_version(root) or _bad_list(listed)
    if document.broken is None and isinstance(listed, Sequence):
        yield from _list_items(document, kind.removesuffix("List"), api_version, listed)


def _template_objects(document: Document, template: Mapping) -> Iterator[Object]:
    """What an OpenShift Template makes by itself.

    The namespace is what people give another value for each environment, so that its parameter stays a placeholder.
    """
    stated = items(template, "objects")
    for position, item in enumerate(processed(template)):
        kind = string(item, "kind")
        if isinstance(item, Mapping) and kind:
            version = string(item, "apiVersion") or ""
            made = _object(item, version, kind, document.source, f"objects[{position}]")
            yield made.in_namespace(string(stated[position], "metadata", "namespace") or None)


def embedded(obj: Object) -> Iterator[Object]:
    """The objects inside a custom resource, which its controller applies somewhere."""
    for node in walk(obj.node):
        if node is not obj.node and is_embedded(node):
            yield _object(node, string(node, "apiVersion") or "", string(node, "kind") or "", obj.origin, "")


def is_embedded(node: Node) -> TypeGuard[Mapping]:
    """Whether a node below the top of an object is an object itself and no mere reference to one."""
    return isinstance(child(node, "metadata"), Mapping) and bool(
        string(node, "apiVersion") and string(node, "kind")
    )


def refusal(document: Document) -> Diagnostic | None:
    """Why kubectl does not take a document for an object; None when it does, and for an empty document.

    That is a fault only where nothing but objects is expected: next to other objects, or on standard input.
    """
    root = document.root
    if document.broken is not None or is_null(root):
        return document.broken
    if isinstance(root, Mapping):
        return (
            None
            if string(root, "kind")
            else Diagnostic(code="CNI901", span=_anchor(root), message="this is no object: it has no kind")
        )
    return (
        Diagnostic(code="CNI901", span=root.span, message="this is no object: an object is a mapping")
        if root
        else None
    )


def _bad_version(node: Mapping) -> Diagnostic | None:
    version = node.get("apiVersion")
    if version is None or (string(version) or "").count("/") < 2:
        return None
    return Diagnostic(
        code="CNI901", span=version.span, message="this is no apiVersion, which is a version or group/version"
    )


def _bad_list(listed: Node) -> Diagnostic | None:
    """What makes kubectl refuse a whole list. It takes anything with ``items`` for a list, whatever its kind."""
    if is_null(listed):
        return None
    if not isinstance(listed, Sequence):
        return Diagnostic(
            code="CNI901",
            span=listed.span,
            message="kubectl takes what has items for a list, and these items are none",
        )
    for item in listed.items:
        if isinstance(item, Mapping):
            if isinstance(item.get("items"), Sequence):
                message = "kubectl refuses the whole list: it does not read a list inside a list"
                return Diagnostic(
                    code="CNI901",
                    span=_anchor(item),
                    message=message,
                    hint="move its items into the outer list",
                )
        elif not is_null(item):
            return Diagnostic(
                code="CNI901",
                span=item.span,
                message="kubectl refuses the whole list: this item is no object",
            )
    return None


def _list_items(document: Document, kind: str, api_version: str, listed: Sequence) -> Iterator[Object]:
    """Items of a typed list (``ConfigMapList``) may leave out apiVersion and kind; the list's name gives them."""
    for position, item in enumerate(listed.items):
        node = item if isinstance(item, Mapping) else Mapping(item.text, item.start, item.end)
        own_kind, own_version = string(node, "kind") or "", string(node, "apiVersion") or ""
        if not own_kind and not own_version:
            own_kind, own_version = kind, api_version
        if not own_kind:
            document.diagnostics.append(
                Diagnostic(code="CNI901", span=_anchor(node), message="this item of the list has no kind")
            )
        elif not own_version.rpartition("/")[2] or own_version.count("/") > 1:
            message = "this item of the list has no apiVersion, or none that is a version or group/version"
            document.diagnostics.append(Diagnostic(code="CNI901", span=_anchor(node), message=message))
        else:
            yield _object(node, own_version, own_kind, document.source, f"items[{position}]")


def _object(node: Mapping, api_version: str, kind: str, source: str, path: str) -> Object:
    metadata = node.get("metadata")
    namespace = string(metadata, "namespace") or None
    name_node = child(metadata, "name")
    own_name = _scalar_text(name_node)
    name = own_name or string(metadata, "generateName") or ""
    anchor = _anchor(node) if name_node is None else name_node.span
    return Object(
        api_version=api_version,
        kind=kind,
        namespace=namespace,
        name=name,
        node=node,
        span=anchor,
        path=path,
        origin=source or _origin(metadata),
        generated=own_name is None,
    )


def _is_built_in(group: str) -> bool:
    return group in _BUILT_IN or group.endswith(".k8s.io")


def _scalar_text(node: Node | None) -> str | None:
    return node.raw if isinstance(node, Scalar) and not is_null(node) else None


def _anchor(node: Mapping) -> Span:
    """Where to point for a whole object: its kind or else its first value."""
    entry = node.entries.get("kind") or next(iter(node.entries.values()), None)
    return node.span if entry is None else entry.value.span


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
