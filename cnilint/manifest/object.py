"""Reads the Kubernetes objects of a document: the items of Lists, each with its identity and origin."""

from collections.abc import Iterator, Set
from typing import TypeGuard

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.document import (
    Document,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Span,
    child,
    is_null,
    items,
    mappings_with,
    string,
)
from cnilint.manifest.names import is_placeholder
from cnilint.manifest.openshift import processed

_ORIGIN_ANNOTATIONS = (
    "postrenderer.helm.sh/postrender-filename",
    "internal.config.kubernetes.io/path",
    "config.kubernetes.io/path",
)
_BUILT_IN = frozenset(("", "apps", "autoscaling", "batch", "extensions", "policy"))
_LOCAL_CONFIG = "config.kubernetes.io/local-config"
_KUSTOMIZE_ORIGIN = "config.kubernetes.io/origin"
_VERSION_HINT = "use `VERSION` or `GROUP/VERSION`"
_NOISE_HINT = "write only manifests to this stream, and messages elsewhere"


class Object(Struct, frozen=True, kw_only=True):
    """One Kubernetes object. ``namespace`` is None when the manifest names none; its environment may give it one."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    node: Mapping
    span: Span
    path: str = ""
    """The path of the object in its document: empty, or ``items[3]`` in a List."""
    origin: str = ""
    """The template or source file it was rendered from, when the renderer says so."""
    generated: bool = False
    """The API server completes the name (``generateName``)."""
    group: str = ""
    """The API group; empty for the core group. Stored, since every fact depends on it."""

    def __post_init__(self) -> None:
        force_setattr(self, "group", self.api_version.rpartition("/")[0])

    @property
    def built_in(self) -> bool:
        """Whether the kind comes with Kubernetes and not from a CustomResourceDefinition."""
        return is_built_in(self.group)

    @property
    def file(self) -> str:
        return self.span.file

    def in_namespace(self, namespace: str | None) -> "Object":
        """The object with another effective namespace."""
        return self if namespace == self.namespace else replace(self, namespace=namespace)


def objects(document: Document) -> Iterator[Object]:
    """The objects of a document, as kubectl reads them.

    A document that is not an object gives none (``refusal`` says why). An object or a list that kubectl refuses as a
    whole makes the document broken; an item that it refuses is added to ``document.diagnostics``.
    """
    root = document.root
    kind = string(root, "kind")
    if not isinstance(root, Mapping) or not kind:
        return
    api_version = string(root, "apiVersion") or ""
    if _is_openshift_template(root, kind):
        yield from _template_objects(document, root)
        return
    listed = root.get("items")
    document.broken = document.broken or _bad_version(root) or _bad_list(listed)
    if document.broken is not None:
        return
    if isinstance(listed, Sequence):
        yield from _list_items(document, kind.removesuffix("List"), api_version, listed)
    elif listed is None:
        yield _object(root, api_version, kind, document.source, "")


def _is_openshift_template(root: Mapping, kind: str) -> bool:
    return kind == "Template" and isinstance(root.get("objects"), Sequence)


def _template_objects(document: Document, template: Mapping) -> Iterator[Object]:
    """The objects of an OpenShift Template with the default values of its parameters.

    A parameter in a namespace stays a placeholder: users give it another value for each environment.
    """
    stated = items(template, "objects")
    for position, item in enumerate(processed(template)):
        kind = string(item, "kind")
        if isinstance(item, Mapping) and kind:
            version = string(item, "apiVersion") or ""
            made = _object(item, version, kind, document.source, f"objects[{position}]")
            yield made.in_namespace(string(stated[position], "metadata", "namespace") or None)


def embedded(obj: Object) -> Iterator[Object]:
    """The objects inside a custom resource, which its controller may apply."""
    for node in mappings_with(obj.node, _has_names_of_object):
        if node is not obj.node and is_embedded(node):
            yield object_of(node, obj.origin)


def _has_names_of_object(names: Set[str]) -> bool:
    return "kind" in names and "metadata" in names and "apiVersion" in names


def object_of(node: Mapping, origin: str = "") -> Object:
    """A mapping that is an object, wherever it is; ``origin`` is the file that it was rendered from."""
    return _object(node, string(node, "apiVersion") or "", string(node, "kind") or "", origin, "")


def is_embedded(node: Node) -> TypeGuard[Mapping]:
    """Whether a node below the top of an object is an object itself, not a reference to one."""
    return isinstance(child(node, "metadata"), Mapping) and bool(
        string(node, "apiVersion") and string(node, "kind")
    )


def is_local_config(node: Mapping) -> bool:
    """Whether the object is for tools alone and never applied: kustomize, kpt and Config Sync leave it out.

    Source: kyaml/kio/filters/local.go.
    """
    marker = child(node, "metadata", "annotations", _LOCAL_CONFIG)
    return marker is not None and string(marker) != "false"


def refusal(document: Document) -> Diagnostic | None:
    """Why kubectl does not take a document for an object; None when it does, and for an empty document.

    That is an error only where nothing but objects is expected: on standard input.
    """
    root = document.root
    if document.broken is not None or is_null(root):
        return document.broken
    if isinstance(root, Mapping):
        return None if string(root, "kind") else _refused(_anchor(root), Message("missing `kind`"))
    return (
        None
        if root is None
        else _refused(root.span, Message("not an object: expected a mapping"), _NOISE_HINT)
    )


def _refused(span: Span, message: Message, hint: str = "") -> Diagnostic:
    return Diagnostic(code="CNI901", span=span, message=message, hint=hint)


def _bad_version(node: Mapping) -> Diagnostic | None:
    version = node.get("apiVersion")
    text = string(version) or ""
    if version is None or text.count("/") < 2 or is_placeholder(text):
        return None
    return _refused(version.span, Message("invalid `apiVersion`"), _VERSION_HINT)


def _bad_list(listed: Node | None) -> Diagnostic | None:
    """Why kubectl refuses a whole list. It takes every object with ``items`` for a list, whatever its kind."""
    if listed is None or is_null(listed):
        return None
    if not isinstance(listed, Sequence):
        message = Message("`items` is not a list")
        return _refused(listed.span, message, "kubectl takes any object with `items` for a list")
    return next((bad for item in listed.items if (bad := _bad_item(item)) is not None), None)


def _bad_item(item: Node) -> Diagnostic | None:
    """What makes kubectl refuse the whole list of an item."""
    if not isinstance(item, Mapping):
        return None if is_null(item) else _refused(item.span, Message("list item is not an object"))
    if isinstance(item.get("items"), Sequence):
        message = Message("list inside a list: kubectl refuses the outer list")
        return _refused(_anchor(item), message, "move its items into the outer list")
    return None


def _list_items(document: Document, kind: str, api_version: str, listed: Sequence) -> Iterator[Object]:
    """Items of a typed list (``ConfigMapList``) may leave out apiVersion and kind; the list's name gives them."""
    for position, item in enumerate(listed.items):
        node = item if isinstance(item, Mapping) else Mapping(item.text, item.start, item.end)
        own_kind, own_version = string(node, "kind") or "", string(node, "apiVersion") or ""
        if not own_kind and not own_version:
            own_kind, own_version = kind, api_version
        if not own_kind:
            document.diagnostics.append(_refused(_anchor(node), Message("missing `kind` in list item")))
        elif not _is_version(own_version):
            message = Message("missing or invalid `apiVersion` in list item")
            document.diagnostics.append(_refused(_anchor(node), message, _VERSION_HINT))
        else:
            yield _object(node, own_version, own_kind, document.source, f"items[{position}]")


def _is_version(api_version: str) -> bool:
    return api_version.count("/") < 2 and api_version.rpartition("/")[2] != ""


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


def is_core(group: str) -> bool:
    """Whether the kinds of an API group come with Kubernetes, all of them."""
    return group in _BUILT_IN


def is_built_in(group: str) -> bool:
    """Whether the kinds of an API group come with Kubernetes; those of `.k8s.io` may be add-ons."""
    return is_core(group) or group.endswith(".k8s.io")


def _scalar_text(node: Node | None) -> str | None:
    return node.raw if isinstance(node, Scalar) and not is_null(node) else None


def _anchor(node: Mapping) -> Span:
    """The place of a whole object: its kind, or else its first value."""
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
