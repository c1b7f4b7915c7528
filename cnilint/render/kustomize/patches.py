"""The fields ``patches``, ``patchesStrategicMerge`` and ``patchesJson6902``, applied to their targets."""

import json
from collections.abc import Callable

from msgspec import Struct

from cnilint.diagnostics.model import Message, Related
from cnilint.diagnostics.suggest import closest
from cnilint.document import Document, Mapping, Node, Scalar, Sequence, Span, child, is_true, string
from cnilint.document.edit import with_value, without
from cnilint.document.errors import shown
from cnilint.manifest.object import Object, objects
from cnilint.render.kustomize import inline
from cnilint.render.kustomize.dialect import with_yaml_12_booleans
from cnilint.render.kustomize.jsonpatch import apply
from cnilint.render.kustomize.kustomization import Kustomization, mappings, strings
from cnilint.render.kustomize.listed import listed_in, why_absent
from cnilint.render.kustomize.merge import MergeRefused, keyless, merge
from cnilint.render.kustomize.mergekeys import is_described, schema_of
from cnilint.render.kustomize.model import (
    OF_TEMPLATE,
    Accumulator,
    BuildGap,
    Files,
    Resource,
    ResourceIdentity,
)
from cnilint.render.kustomize.paths import join
from cnilint.render.kustomize.selector import BadSelector, selector

_ANNOTATIONS = ("metadata", "annotations")
_Change = Callable[[Resource], Resource | None]


class _Read(Struct, frozen=True):
    """The documents of a patch, with their text."""

    documents: list[Document]
    source: bytes
    place: Span
    """Where the kustomization lists it."""

    def operations(self) -> Sequence | None:
        """The operations of a JSON patch, whose first document is a list; None for a strategic merge patch."""
        root = next((document.root for document in self.documents if document.root is not None), None)
        return root if isinstance(root, Sequence) else None

    def objects(self) -> list[Object]:
        """The partial objects of a strategic merge patch."""
        return [
            each
            for document in with_yaml_12_booleans(self.documents, self.source)
            for each in objects(document)
        ]


class Patcher(Struct, frozen=True, kw_only=True):
    """Applies the patches of one kustomization."""

    kustomization: Kustomization
    files: Files
    accumulator: Accumulator
    custom_schema: BuildGap | None = None
    """The gap of a custom OpenAPI schema, which may have merge keys of custom resources."""

    def strategic(self) -> None:
        """``patchesStrategicMerge``: a list of paths and inline patches."""
        for item in strings(self.kustomization, "patchesStrategicMerge", self.accumulator):
            read = self._inline(item) if "\n" in item.raw else self._file(item, "patchesStrategicMerge")
            for patch in read.objects() if read else ():
                self._merge_into_named(patch, item.span, may_rename=False, may_change_kind=False)

    def mixed(self) -> None:
        """``patches``: strategic merge and JSON patches, for a target or for the object that the patch names."""
        for entry in mappings(self.kustomization, "patches", self.accumulator):
            read = self._read(entry, "patches")
            if read is None:
                continue
            operations = read.operations()
            if operations is not None:
                self._apply_json(operations, entry, read.place, remember=True)
            else:
                self._merge(read, entry)

    def json(self) -> None:
        """``patchesJson6902``: JSON patches for a target."""
        for entry in mappings(self.kustomization, "patchesJson6902", self.accumulator):
            read = self._read(entry, "patchesJson6902")
            if read is None:
                continue
            operations = read.operations()
            if operations is None:
                self.accumulator.refuse(entry.span, Message("expected a list of operations as JSON patch"))
            elif string(entry, "target", "name") is None:
                self.accumulator.refuse(entry.span, Message("`target` of the patch has no `name`"))
            else:
                self._apply_json(operations, entry, read.place, remember=False)

    def _read(self, entry: Mapping, field: str) -> _Read | None:
        """A patch from a file or inline; None when it cannot be read."""
        path, text = child(entry, "path"), child(entry, "patch")
        if self._changes_secrets(child(entry, "target")):
            joined = join(self.kustomization.directory, path.raw) if isinstance(path, Scalar) else None
            self.accumulator.secret_files.add(joined or entry.span.file)
        written = isinstance(text, Scalar) and bool(text.raw.strip())
        listed = isinstance(path, Scalar) and bool(path.raw)
        if written == listed:
            self.accumulator.refuse(entry.span, Message("expected either `path` or `patch`"))
            return None
        if isinstance(text, Scalar) and written:
            return self._inline(text)
        return self._file(path, field) if isinstance(path, Scalar) else None

    def _changes_secrets(self, target: Node | None) -> bool:
        """Whether a target may select a Secret. A patch without a target names the kind itself."""
        if target is None:
            return False
        try:
            wanted = selector(target)
        except BadSelector:
            return True
        if wanted.kind is not None:
            return wanted.kind.matches("Secret")
        return not self.accumulator.complete or any(
            each.kind == "Secret" and wanted.selects(each) for each in self.accumulator.resources
        )

    def _inline(self, text: Scalar) -> _Read | None:
        source = (self.files.read(text.text.file) or b"").decode("utf-8", "replace").removeprefix("\ufeff")
        data = text.raw.strip().encode("utf-8", "replace")
        return self._readable(inline.documents(text, source), data, text.span)

    def _file(self, path: Scalar, field: str) -> _Read | None:
        joined = join(self.kustomization.directory, path.raw)
        data = None if joined is None else self.files.read(joined)
        if joined is None or data is None:
            reason = why_absent(listed_in(self.kustomization, field, path), self.files, self.accumulator)
            self.accumulator.add_gap_to_all(self.accumulator.add_gap(path.span, reason))
            return None
        self.accumulator.used.add(joined)
        return self._readable(self.files.documents(joined), data, path.span)

    def _readable(self, documents: list[Document], source: bytes, span: Span) -> _Read | None:
        if source.startswith(b"[") and not _is_json(source):
            self.accumulator.refuse(
                span,
                Message("JSON patch begins with `[`, but is not valid JSON"),
                "quote all strings, or write the list in block style",
            )
        elif all(document.broken is None for document in documents):
            return _Read(documents, source, span)
        else:
            self.accumulator.refuse(span, Message("patch is not valid YAML"))
        self.accumulator.add_gap_to_all(self.accumulator.add_gap(span, "a patch cannot be read"))
        return None

    def _merge(self, read: _Read, entry: Mapping) -> None:
        patches = read.objects()
        options = child(entry, "options")
        may_rename = is_true(child(options, "allowNameChange"))
        may_change_kind = is_true(child(options, "allowKindChange"))
        target = child(entry, "target")
        if target is None:
            for patch in patches:
                self._merge_into_named(patch, read.place, may_rename, may_change_kind)
        elif len(patches) == 1:
            self._change_selected(target, self._merging(patches[0], may_rename, may_change_kind), read.place)
        elif patches:
            self.accumulator.refuse(entry.span, Message("expected one patch with a `target`, found several"))

    def _merge_into_named(self, patch: Object, place: Span, may_rename: bool, may_change_kind: bool) -> None:
        wanted = _identity(patch)
        found = [
            index for index, other in enumerate(self.accumulator.resources) if other.has_identity(wanted)
        ]
        if len(found) == 1:
            self._change_at(found, self._merging(patch, may_rename, may_change_kind), place)
        elif patch.path.startswith(OF_TEMPLATE):
            gap = self.accumulator.add_gap(place, "a patch of an OpenShift Template is not evaluated")
            for index in found:
                self.accumulator.resources[index] = self.accumulator.resources[index].with_gap(gap)
        elif found:
            self._refuse(
                place,
                patch.span,
                Message(
                    "ambiguous patch: {kind} `{name}` is several objects",
                    kind=shown(patch.kind),
                    name=shown(patch.name),
                ),
            )
        elif self.accumulator.complete:
            message = Message(
                "{kind} `{name}` of `{version}` to patch not found",
                kind=shown(patch.kind),
                name=shown(f"{patch.namespace}/{patch.name}" if patch.namespace else patch.name),
                version=shown(patch.api_version),
            )
            self._refuse(place, patch.span, message, self._meant(patch))

    def _meant(self, patch: Object) -> str:
        """The hint of a patch for an object that is not in the build."""
        alike = [each.name for each in self.accumulator.resources if each.kind == patch.kind]
        meant = closest(patch.name, alike)
        if meant == patch.name:
            return "name the `apiVersion` and the namespace that the object has here"
        return (
            f"did you mean `{meant}`?" if meant else "list the object under `resources`, or remove the patch"
        )

    def _refuse(self, place: Span, what: Span, message: Message, hint: str = "") -> None:
        """Refuse a patch: inline at the part that is wrong, of another file where it is listed."""
        if what.file == place.file:
            self.accumulator.refuse(what, message, hint)
        else:
            self.accumulator.refuse(place, message, hint, related=(Related(what, "patch here"),))

    def _apply_json(self, operations: Sequence, entry: Mapping, place: Span, *, remember: bool) -> None:
        target = child(entry, "target")
        if target is None:
            self.accumulator.refuse(entry.span, Message("JSON patch has no `target`"))
            return

        def change(resource: Resource) -> Resource:
            before = resource.with_previous() if remember else resource
            node = _annotated(before, operations)
            return before.with_node(_without_empty_annotations(apply(node, operations), resource.node))

        self._change_selected(target, change, place)

    def _change_selected(self, target: Node, change: _Change, place: Span) -> None:
        try:
            wanted = selector(target)
        except BadSelector as bad:
            if bad.refused:
                self.accumulator.refuse(bad.span, Message("target has an invalid regular expression"))
            gap = self.accumulator.add_gap(bad.span, bad.message)
            self.accumulator.add_gap_to_all(gap)
            return
        selected = [index for index, other in enumerate(self.accumulator.resources) if wanted.selects(other)]
        self._change_at(selected, change, place)

    def _change_at(self, indices: list[int], change: _Change, place: Span) -> None:
        """Change some objects. An object stays as it is when kustomize refuses its change."""
        resources: list[Resource | None] = list(self.accumulator.resources)
        for index in indices:
            old = self.accumulator.resources[index]
            try:
                resources[index] = change(old)
            except MergeRefused as refused:
                what = Message(
                    "patch does not apply to {kind} `{name}`: {reason}",
                    kind=shown(old.kind),
                    name=shown(old.name),
                    reason=str(refused.message),
                )
                self._refuse(place, refused.node.span, what, "correct the patch, or what it changes")
        self.accumulator.resources = [resource for resource in resources if resource is not None]

    def _merging(self, patch: Object, may_rename: bool, may_change_kind: bool) -> _Change:
        """The change that merges the patch. It restores namespace, name and kind, unless the patch may change them."""

        def change(resource: Resource) -> Resource | None:
            schema = schema_of(resource.api_version, resource.kind)
            for item, key in keyless(patch.node, schema):
                self.accumulator.note_keyless(item.span, key)
            node = merge(resource.node, without(patch.node, "apiVersion"), schema)
            if node is None:
                return None
            before = resource.with_previous() if may_rename or may_change_kind else resource
            if self.custom_schema and not is_described(resource.api_version, resource.kind):
                before = before.with_gap(self.custom_schema)
            restored: list[tuple[str, ...]] = [("metadata", "namespace")]
            restored += [] if may_change_kind else [("kind",)]
            restored += [] if may_rename else [("metadata", "name")]
            for path in restored:
                node = _restored(node, resource.node, path)
            return before.with_node(node)

        return change


def _annotated(resource: Resource, place: Node) -> Mapping:
    """The tree with the mapping of annotations in which kustomize notes earlier identities while it builds."""
    if not (resource.previous or resource.generated) or child(resource.node, *_ANNOTATIONS) is not None:
        return resource.node
    return with_value(resource.node, _ANNOTATIONS, Mapping(place.text, place.start, place.end))


def _without_empty_annotations(node: Mapping, before: Mapping) -> Mapping:
    annotations, metadata = child(node, *_ANNOTATIONS), node.get("metadata")
    if not isinstance(annotations, Mapping) or annotations.entries or not isinstance(metadata, Mapping):
        return node
    if child(before, *_ANNOTATIONS) is not None:
        return node
    return with_value(node, ("metadata",), without(metadata, "annotations"))


def _is_json(source: bytes) -> bool:
    try:
        json.loads(source)
    except (ValueError, RecursionError):
        return False
    return True


def _identity(patch: Object) -> ResourceIdentity:
    return Resource(
        node=patch.node,
        api_version=patch.api_version,
        kind=patch.kind,
        namespace=patch.namespace,
        name=patch.name,
        source=patch,
    ).current


def _restored(node: Mapping, old: Mapping, path: tuple[str, ...]) -> Mapping:
    """The node with a field as it is in ``old``."""
    before, now = child(old, *path), child(node, *path)
    if before is now:
        return node
    if before is not None:
        return with_value(node, path, before)
    parent = child(node, *path[:-1])
    if not isinstance(parent, Mapping):
        return node
    return with_value(node, path[:-1], without(parent, path[-1])) if path[:-1] else without(node, path[-1])
