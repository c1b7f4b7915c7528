"""Reads a kustomization file and gives its fields as nodes of the expected type."""

from collections.abc import Iterable
from collections.abc import Mapping as ReadMapping

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import Message
from cnilint.diagnostics.suggest import closest
from cnilint.document import Document, Entry, Mapping, Node, Scalar, Sequence, Span, is_null, string
from cnilint.document.edit import text_at, with_items
from cnilint.document.errors import shown
from cnilint.render.kustomize.model import Accumulator, Files
from cnilint.render.kustomize.strict import ROOT, BadField, bad_fields, fields_of

_VERSIONS = {
    "Kustomization": "kustomize.config.k8s.io/v1beta1",
    "Component": "kustomize.config.k8s.io/v1alpha1",
}


class Kustomization(Struct, frozen=True, kw_only=True):
    """A Kustomization or Component. ``entries`` are by the field's name in the API, whatever its case in the file."""

    path: str
    directory: str
    kind: str
    node: Mapping
    entries: dict[str, Entry]

    def get(self, field: str) -> Node | None:
        entry = self.entries.get(field)
        return None if entry is None or is_null(entry.value) else entry.value


def load(directory: str, files: Files, accumulator: Accumulator) -> Kustomization | None:
    """The kustomization of a directory; None when there is none or, with the reason in ``accumulator``, none is readable."""
    path = files.kustomization_file(directory)
    if path is None:
        return None
    accumulator.used.add(path)
    document = _only_document(files.documents(path))
    if document is None or not isinstance(document.root, Mapping):
        broken = None if document is None else document.broken
        span = Span(file=path, line=1, column=1, end_line=1, end_column=1) if broken is None else broken.span
        if broken is None:
            accumulator.refuse(span, Message("kustomization is empty"), "list resources", severity="note")
        else:
            accumulator.refuse(span, Message("kustomization cannot be read"))
        accumulator.add_gap(span, "a kustomization cannot be read", adds=True)
        return None
    return _checked(path, directory, document.root, accumulator)


def generated(directory: str, place: Node, resources: Iterable[Scalar]) -> Kustomization:
    """The kustomization that a deployer makes for a directory without one; ``place`` is where it says so."""
    listed = Sequence(place.text, place.start, place.end, list(resources))
    node = Mapping(place.text, place.start, place.end)
    entries = {"resources": Entry(text_at(place, "resources"), listed)}
    return Kustomization(
        path=place.span.file, directory=directory, kind="Kustomization", node=node, entries=entries
    )


def with_fields(kustomization: Kustomization, fields: ReadMapping[str, Node]) -> Kustomization:
    """The kustomization with other fields: lists are appended to those that it has, all else is replaced."""
    entries = dict(kustomization.entries)
    for name, node in fields.items():
        old = entries.get(name)
        if old is not None and isinstance(old.value, Sequence) and isinstance(node, Sequence):
            entries[name] = Entry(old.key, with_items(old.value, [*old.value.items, *node.items]))
        else:
            entries[name] = Entry(text_at(node, name), node)
    return replace(kustomization, entries=entries)


def _only_document(documents: list[Document]) -> Document | None:
    """kustomize reads the first document of the file."""
    return next((document for document in documents if document.root or document.broken), None)


def _checked(path: str, directory: str, root: Mapping, accumulator: Accumulator) -> Kustomization | None:
    kind = string(root, "kind") or "Kustomization"
    version = string(root, "apiVersion")
    if version not in (None, "", _VERSIONS.get(kind)):
        accumulator.refuse(
            _span(root, "apiVersion"),
            Message(
                "expected a Kustomization or Component, found {kind} of `{version}`",
                kind=shown(kind),
                version=shown(version),
            ),
        )
        accumulator.add_gap(_span(root, "apiVersion"), "a file is not a kustomization", adds=True)
        return None
    known = fields_of(ROOT)
    entries = {
        field: entry for name, entry in root.entries.items() if (field := known.get(name.lower())) is not None
    }
    for bad in bad_fields(root):
        accumulator.refuse(bad.key.span, *_refusal(bad))
    stated = (name for name, entry in entries.items() if not is_null(entry.value))
    if not {*stated} - {"apiVersion", "kind"} and not accumulator.diagnostics:
        accumulator.refuse(root.span, Message("kustomization is empty"), "list resources", severity="note")
    return Kustomization(path=path, directory=directory, kind=kind, node=root, entries=entries)


def _refusal(bad: BadField) -> tuple[Message, str]:
    field = shown(bad.key.raw)
    if bad.known is None:
        return Message("value of `{field}` is not a string", field=field), "quote the value"
    meant = closest(bad.key.raw, bad.known)
    hint = f"did you mean `{meant}`?" if meant else "remove it: kustomize refuses the file"
    return Message("unknown field `{field}`", field=field), hint


def _span(root: Mapping, field: str) -> Span:
    entry = root.entries.get(field)
    return root.span if entry is None else entry.value.span


def text(kustomization: Kustomization, field: str, accumulator: Accumulator) -> Scalar | None:
    """A string field; None when it is missing or empty. Other types are refused."""
    node = kustomization.get(field)
    if node is None or (isinstance(node, Scalar) and node.string is not None):
        return node if node is not None and node.raw else None
    accumulator.refuse(node.span, Message("expected a string in `{field}`", field=field))
    return None


def mapping(kustomization: Kustomization, field: str, accumulator: Accumulator) -> Mapping | None:
    """A field with a mapping; None when it is missing. Other types are refused."""
    node = kustomization.get(field)
    if node is None or isinstance(node, Mapping):
        return node
    accumulator.refuse(node.span, Message("expected a mapping in `{field}`", field=field))
    return None


def strings(kustomization: Kustomization, field: str, accumulator: Accumulator) -> list[Scalar]:
    """The strings of a list field. Other types are refused."""
    found = []
    for node in _items(kustomization, field, accumulator):
        if isinstance(node, Scalar) and node.raw:
            found.append(node)
        else:
            accumulator.refuse(node.span, Message("expected a list of strings in `{field}`", field=field))
    return found


def mappings(kustomization: Kustomization, field: str, accumulator: Accumulator) -> list[Mapping]:
    """The mappings of a list field. Other types are refused."""
    found = []
    for node in _items(kustomization, field, accumulator):
        if isinstance(node, Mapping):
            found.append(node)
        else:
            accumulator.refuse(node.span, Message("expected a list of mappings in `{field}`", field=field))
    return found


def _items(kustomization: Kustomization, field: str, accumulator: Accumulator) -> list[Node]:
    node = kustomization.get(field)
    if node is None or isinstance(node, Sequence):
        return [] if node is None else node.items
    accumulator.refuse(node.span, Message("expected a list in `{field}`", field=field))
    return []
