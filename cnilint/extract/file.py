"""Reads the facts of one file. Nodes are dropped here: memory scales with facts, not with the text."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from msgspec.structs import replace

from cnilint.diagnostics.model import WITH_RELEASE, Diagnostic, Message, Phase
from cnilint.document import Document, Plain, Span, read
from cnilint.extract.carried import carried
from cnilint.extract.chartfiles import NO_FILES, ChartFiles
from cnilint.extract.model import FileFacts, Gap, KeptObject, ObjectFacts
from cnilint.extract.packages import set_lines
from cnilint.extract.releases import ReleaseFacts, read_releases
from cnilint.facts.definitions import definition, invalid
from cnilint.facts.model import Definition, Kind, Stating
from cnilint.facts.owner import owner_of
from cnilint.facts.references import stating
from cnilint.facts.values import NAMED
from cnilint.gitops.conventions import gitops_conventions
from cnilint.gitops.deployers import deployments, destination_of
from cnilint.gitops.helm import chart_source, installations
from cnilint.gitops.repository import source_address
from cnilint.manifest.names import is_placeholder
from cnilint.manifest.object import Object, embedded, is_local_config, objects, refusal
from cnilint.packs.library import Library
from cnilint.packs.lifecycle import api_version_span
from cnilint.packs.parts import read_part
from cnilint.producers import defined, mentions, produced
from cnilint.regex import regex

_TEMPLATE_KIND = regex(rb"^kind: Template\b", re.MULTILINE)
_NAME = regex(r"(?:^[ -]*|[{,] *)[\"']?name[\"']?:\s*[\"']?([a-z0-9][-a-z0-9.]*)", re.MULTILINE)
"""The ``name`` fields of a text that could not be parsed."""

_FIELDS = tuple(regex(field + rb"[\"']?\s*:") for field in (b"apiVersion", b"kind", b"metadata"))
"""The fields that every object has, their names quoted or not."""

_DATA_KINDS: tuple[Kind, ...] = ("ConfigMap", "Secret")
_TEMPLATE = "a template was not rendered"
_BROKEN = "a document could not be read"
_HIDDEN = "the renderer left a Secret out of its output"

Keep = Callable[[Object], dict[str, Plain] | None]
"""The plain values of an object, if they are kept: its nodes are dropped."""


def scan(
    file: str,
    data: bytes,
    library: Library,
    keep: Keep | None = None,
    *,
    named: bool = False,
    stream: bool = False,
    charts: ChartFiles = NO_FILES,
) -> FileFacts:
    """The facts of a manifest file. ``library`` knows the components of the packs, ``charts`` the files of values.

    With ``named``, the user gave the file by name: parse errors are reported even if it does not look like a manifest.
    In a ``stream``, so is every document that is not an object.
    """
    mark = _template_mark(data)
    if mark is not None:
        return _template(file, data, mark, named=named)
    documents = _documents(file, data, named=named)
    found = _applied_objects(documents)
    if stream:
        for document in documents:
            document.broken = refusal(document)
    facts = _with_parameters(tuple(facts_of(obj, library, charts, found) for obj in found), data)
    diagnostics, gaps = _unread(documents, data, matters=named or bool(found) or looks_like_manifest(data))
    return FileFacts(
        file=file,
        documents=len(documents),
        objects=facts,
        diagnostics=diagnostics if found or gaps else (),
        gaps=gaps,
        sources=tuple(document.source for document in documents if document.source),
        carried=tuple(each for document in documents for each in carried(document)),
        set_lines=set_lines(data),
        kept=tuple(kept(facts, found, keep)),
    )


def _template_mark(data: bytes) -> int | None:
    """The offset of what only templates have; None for a text that is not one."""
    for pattern in gitops_conventions().templates:
        mark = pattern.search(data)
        if mark is not None:
            return mark.start()
    return None


def applied_objects(file: str, data: bytes, *, named: bool) -> list[Object]:
    """The objects of a file of which ``scan`` gives the facts, in the same order."""
    is_template = _template_mark(data) is not None
    return [] if is_template else _applied_objects(_documents(file, data, named=named))


def _documents(file: str, data: bytes, *, named: bool) -> list[Document]:
    # UTF-16 and UTF-32 without a byte order mark show their words only when the zero bytes are left out.
    return read(file, data, everything=named or b"\0" in data)


def _applied_objects(documents: Iterable[Document]) -> list[Object]:
    return [obj for document in documents for obj in objects(document) if not is_local_config(obj.node)]


def kept(facts: Iterable[ObjectFacts], found: Iterable[Object], keep: Keep | None) -> Iterator[KeptObject]:
    """The objects that are kept, with their facts."""
    if keep is None:
        return
    for fact, obj in zip(facts, found, strict=True):
        value = keep(obj)
        if value is not None:
            yield fact, value


def _with_parameters(facts: tuple[ObjectFacts, ...], data: bytes) -> tuple[ObjectFacts, ...]:
    """The facts of a file; in a Template, the references say whether a parameter gives their name."""
    if b"${" not in data or _TEMPLATE_KIND.search(data) is None:
        return facts
    lines = {number for number, line in enumerate(data.split(b"\n"), 1) if b"${" in line}
    return tuple(_with_parameters_of(fact, lines) for fact in facts)


def _with_parameters_of(fact: ObjectFacts, lines: Set[int]) -> ObjectFacts:
    references = tuple(
        replace(each, parameter=True) if each.name_span.line in lines else each
        for each in fact.stated.references
    )
    return replace(fact, stated=replace(fact.stated, references=references))


def _unread(
    documents: Sequence[Document], data: bytes, *, matters: bool
) -> tuple[tuple[Diagnostic, ...], tuple[Gap, ...]]:
    """What is wrong with the documents of a file, and what they may define unread.

    A broken document ``matters`` only in a file that is a manifest.
    """
    diagnostics: list[Diagnostic] = []
    gaps: list[Gap] = []
    for document in documents:
        diagnostics.extend(document.diagnostics)
        if document.hides_secret:
            gaps.append(Gap(_HIDDEN))
        if document.broken is not None and matters:
            diagnostic, gap = _broken(document.broken, data)
            diagnostics.append(diagnostic)
            gaps.append(gap)
    return tuple(diagnostics), tuple(gaps)


def _broken(diagnostic: Diagnostic, data: bytes) -> tuple[Diagnostic, Gap]:
    """What is said of a document that could not be read, and what it may define."""
    templated = is_templated(data)
    return broken_text(diagnostic, templated), _gap(data, _TEMPLATE if templated else _BROKEN)


def is_templated(data: bytes) -> bool:
    """Whether a text that cannot be parsed is a template: of Helm, or of Jinja."""
    return b"{{" in data or b"{%" in data


def broken_text(diagnostic: Diagnostic, templated: bool) -> Diagnostic:
    """What is said of a text that cannot be parsed: a template is only not rendered."""
    return unrendered(diagnostic.span) if templated else diagnostic


def _template(file: str, data: bytes, offset: int, *, named: bool) -> FileFacts:
    """The facts of a template that parses as YAML but means something else."""
    if not named and not looks_like_manifest(data):
        return FileFacts(file=file)
    line = data.count(b"\n", 0, offset) + 1
    span = Span(file=file, line=line, column=1, end_line=line, end_column=2)
    return FileFacts(file=file, diagnostics=(unrendered(span),), gaps=(_gap(data, _TEMPLATE),))


def unrendered(span: Span) -> Diagnostic:
    """The note that a template was not rendered."""
    message = Message("unrendered template: its objects are not checked")
    return Diagnostic(code="CNI903", span=span, message=message, hint="check its rendered output")


def _gap(data: bytes, reason: str) -> Gap:
    return Gap(reason, frozenset(_NAME.findall(_without_zeros(data).decode("utf-8", "replace"))))


def _without_zeros(data: bytes) -> bytes:
    """ASCII text in UTF-16 or UTF-32 as ASCII."""
    return data.replace(b"\0", b"")


def facts_of(
    obj: Object, library: Library, charts: ChartFiles = NO_FILES, beside: Sequence[Object] = ()
) -> ObjectFacts:
    """The facts of one object. ``beside`` are the objects of its file or build, which may hold values of charts."""
    owner = owner_of(obj)
    installed = installations(obj)
    said = stating(obj, owner, [root for each in installed for root in each.roots])
    helm = (
        read_releases(said, installed, charts, beside, library.charts.named) if installed else ReleaseFacts()
    )
    own = tuple(_in_phase(_definitions(obj, helm.objects), owner.phase))
    return ObjectFacts(
        owner=owner,
        definitions=(*own, *helm.definitions),
        stated=said.stated(),
        diagnostics=(*said.diagnostics, *invalid(obj)),
        mentions=tuple(_mentions(obj, said, own, helm.mentions)),
        deployments=tuple(deployments(obj)),
        address=source_address(obj),
        releases=tuple(helm.releases),
        values=tuple(helm.values),
        part=read_part(obj, owner, library),
        api_version=api_version_span(obj),
        chart=chart_source(obj),
    )


def _mentions(
    obj: Object, said: Stating, definitions: Sequence[Definition], in_values: Sequence[tuple[str, Span]]
) -> Iterator[tuple[str, Span]]:
    """The names that an object mentions in fields of unknown meaning: not what it reads, makes, or names a key."""
    found = [*mentions(obj), *in_values]
    if not found:
        return
    known = {reference.name_span for reference in said.references if reference.form != NAMED}
    known |= destination_of(obj)
    known.update(definition.span for definition in definitions)
    known.update(span for definition in definitions for _, span in definition.keys.items())
    yield from (mention for mention in found if mention[1] not in known)


def looks_like_manifest(data: bytes) -> bool:
    """Whether a text that could not be parsed was meant for Kubernetes.

    Argo CD looks for the same three words (reposerver/repository/repository.go), but not for quoted ones, as in JSON.
    """
    text = _without_zeros(data)
    return all(field.search(text) for field in _FIELDS)


def _in_phase(definitions: Iterable[Definition], phase: Phase) -> Iterable[Definition]:
    """The definitions of an object that is applied in a phase."""
    return definitions if phase == WITH_RELEASE else (replace(each, phase=phase) for each in definitions)


def _definitions(obj: Object, known: Set[Span]) -> Iterator[Definition]:
    """What the object defines or has others make. ``known`` are objects inside it whose definitions are known."""
    own = defined(obj)
    if own is not None:
        yield own
    yield from produced(obj)
    if is_placeholder(obj.kind):
        yield from _hidden_definitions(obj)
    if not obj.built_in:
        for inner in (each for each in embedded(obj) if each.span not in known):
            yield from _embedded_definitions(inner, f"an object inside the {obj.kind} '{obj.name}'")


def _hidden_definitions(obj: Object) -> Iterator[Definition]:
    """What an object of which the kind itself is encrypted or filled in later may define."""
    name = "ENC[...]" if obj.name.startswith("ENC[") else obj.name
    for kind in _DATA_KINDS:
        yield Definition(
            kind=kind, namespace=None, name=name, span=obj.span, open=True, producer="an encrypted object"
        )


def _embedded_definitions(obj: Object, producer: str) -> Iterator[Definition]:
    """What an object inside another defines; the other's controller may merge it into one that has more keys."""
    own = definition(obj)
    for each in (*([own] if own is not None else ()), *produced(obj)):
        yield replace(each, producer=producer, open=each.kind != "ServiceAccount")
