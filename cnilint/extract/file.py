"""A file to its facts. Nodes are let go here, so that memory grows with what is stated and not with the text."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from cnilint.document import Diagnostic, Document, Span, read
from cnilint.extract.model import FileFacts, ObjectFacts, Unread
from cnilint.facts.definitions import definition, invalid
from cnilint.facts.model import Definition
from cnilint.facts.owner import owner_of
from cnilint.facts.references import stated
from cnilint.gitops.conventions import gitops_conventions
from cnilint.gitops.deployers import deployments
from cnilint.gitops.helm import release
from cnilint.manifest.object import Object, embedded, objects
from cnilint.packs.library import Library
from cnilint.packs.lifecycle import api_version_span
from cnilint.packs.parts import read_part
from cnilint.producers import added_keys, mentions, produced

_NAME = re.compile(r"^[ {,-]*[\"']?name[\"']?:\s*[\"']?([a-z0-9][-a-z0-9.]*)", re.MULTILINE)


Keep = Callable[[ObjectFacts, Object], None]
"""Takes an object with its facts, before its nodes are let go."""


def scan(file: str, data: bytes, library: Library, keep: Keep | None = None) -> FileFacts:
    """The facts of a manifest file. ``library`` knows the components."""
    mark = next((mark for pattern in gitops_conventions().templates if (mark := pattern.search(data))), None)
    if mark is not None:
        return _template(file, data, mark.start())
    documents = read(file, data)
    found = [obj for document in documents for obj in objects(document)]
    diagnostics: list[Diagnostic] = []
    gaps: list[Unread] = []
    template = b"{{" in data
    for document in documents:
        diagnostics.extend(document.diagnostics)
        if document.hides_secret:
            gaps.append(Unread("the renderer left a Secret out of this output"))
        if document.broken is not None and (found or looks_like_manifest(data)):
            diagnostics.append(_unrendered(document.broken) if template else document.broken)
            reason = "a template was not rendered" if template else "a document could not be read"
            gaps.append(_unread(data, reason))
    facts = tuple(facts_of(obj, library) for obj in found)
    if keep is not None:
        for fact, obj in zip(facts, found, strict=True):
            keep(fact, obj)
    return FileFacts(
        file=file,
        documents=len(documents),
        objects=facts,
        diagnostics=tuple(diagnostics) if found or gaps else (),
        gaps=tuple(gaps),
        sources=_sources(documents),
    )


def _template(file: str, data: bytes, offset: int) -> FileFacts:
    """The facts of a template that may be read as YAML, and would say something else."""
    if not looks_like_manifest(data):
        return FileFacts(file=file, documents=0, objects=(), diagnostics=(), gaps=(), sources=())
    line = data.count(b"\n", 0, offset) + 1
    fault = _unrendered(
        Diagnostic(
            code="CNI903", span=Span(file=file, line=line, column=1, end_line=line, end_column=2), message=""
        )
    )
    return FileFacts(
        file=file,
        documents=0,
        objects=(),
        diagnostics=(fault,),
        gaps=(_unread(data, "a template was not rendered"),),
        sources=(),
    )


def _unread(data: bytes, reason: str) -> Unread:
    return Unread(reason, frozenset(_NAME.findall(data.decode("utf-8", "replace"))))


def facts_of(obj: Object, library: Library) -> ObjectFacts:
    """The facts of one object."""
    installs = release(obj)
    owner = owner_of(obj)
    said = stated(obj, installs)
    read = {reference.name_span for reference in said.references}
    return ObjectFacts(
        owner=owner,
        definitions=tuple(_definitions(obj)),
        stated=said,
        diagnostics=(*said.diagnostics, *invalid(obj)),
        mentions=tuple(mention for mention in mentions(obj) if mention[1] not in read),
        deployments=tuple(deployments(obj)),
        release=installs,
        part=read_part(obj, owner, library),
        api_version=api_version_span(obj),
    )


def looks_like_manifest(data: bytes) -> bool:
    """Whether a text that cannot be read was meant for Kubernetes (Argo CD asks the same three words)."""
    return all(word in data for word in (b"apiVersion:", b"kind:", b"metadata:"))


def _definitions(obj: Object) -> Iterator[Definition]:
    own = definition(obj)
    if own is not None:
        names, is_open, by = added_keys(obj)
        if names or is_open:
            keys = {**dict.fromkeys(names, obj.span), **own.keys}
            own = replace(own, keys=keys, open=is_open, producer=by if is_open else "")
        yield own
    yield from produced(obj)
    if not obj.built_in:
        for inner in embedded(obj):
            yield from _embedded_definitions(inner, f"an object inside the {obj.kind} '{obj.name}'")


def _embedded_definitions(obj: Object, producer: str) -> Iterator[Definition]:
    """What an object inside another defines; the other's controller may merge it into one that has more."""
    own = definition(obj)
    for each in (*([own] if own is not None else ()), *produced(obj)):
        yield replace(each, producer=producer, open=each.kind != "ServiceAccount")


def _sources(documents: list[Document]) -> tuple[str, ...]:
    return tuple(document.source for document in documents if document.source)


def _unrendered(fault: Diagnostic) -> Diagnostic:
    message = "this is a template and no manifest: what it defines and uses is not verified"
    return Diagnostic(code="CNI903", span=fault.span, message=message, hint="check its rendered output")
