"""The facts of one file as the history keeps them, by the id of its content: small, and without places."""

from collections.abc import Iterator, Mapping, Sequence
from posixpath import basename

from msgspec import Struct

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import Node, Scalar, items, read, string
from cnilint.extract.file import scan
from cnilint.extract.model import FileFacts, ObjectFacts
from cnilint.facts.model import Definition, Reference
from cnilint.gitops.helm import ChartSource, Release
from cnilint.history.model import ObjectName, ReferenceName
from cnilint.packs.charts.installed import InstalledChart, installed_chart
from cnilint.packs.charts.values import GivenValues
from cnilint.packs.detect import resolve
from cnilint.packs.library import Library
from cnilint.render.kustomize.plugins import CHART_KIND
from cnilint.resolve.charts import chart_of
from cnilint.source.base import KUSTOMIZATIONS

_GENERATORS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}


class KnownKeys(Struct, frozen=True, kw_only=True):
    """A ConfigMap, Secret or ServiceAccount that a file defines or has made. ``open``: it may have more keys."""

    target: ObjectName
    keys: frozenset[str]
    open: bool


class ReferenceFact(Struct, frozen=True, kw_only=True):
    """A reference whose target is stated in the manifest: not one with alternatives, or of a name that is not clear."""

    name: ReferenceName
    optional: bool


class ObjectState(Struct, frozen=True, kw_only=True):
    """An object of a file. ``keys`` is None for one that has none; ``versions`` are those of its components."""

    name: ObjectName
    keys: frozenset[str] | None
    references: frozenset[ReferenceName]
    versions: Mapping[str, str]
    components: frozenset[str]


class FileState(Struct, frozen=True, kw_only=True):
    """What a file states. ``gap`` says that something of it could not be read, and may define anything; ``unquotable``
    that a key may be a part of a Secret's value."""

    objects: tuple[ObjectState, ...] = ()
    definitions: tuple[KnownKeys, ...] = ()
    references: tuple[ReferenceFact, ...] = ()
    gap: bool = False
    unquotable: bool = False


EMPTY = FileState()


def file_state(path: str, data: bytes, library: Library) -> FileState:
    """The facts of a file: of a kustomization what its generators make, and the known charts among those."""
    if basename(path) in KUSTOMIZATIONS:
        roots = [each.root for each in read(path, data, everything=True)]
        return FileState(
            objects=tuple(state for root in roots for state in _inflated(root, library)),
            definitions=tuple(made for root in roots for made in _generated(root)),
        )
    if b"kind" not in data.replace(b"\0", b""):
        return EMPTY
    return _manifest_state(scan(path, data, library), library)


def _manifest_state(found: FileFacts, library: Library) -> FileState:
    references = (each for fact in found.objects for each in fact.stated.references)
    definitions = [each for fact in found.objects for each in fact.definitions]
    return FileState(
        objects=tuple(_object_state(fact, library) for fact in found.objects),
        definitions=tuple(map(_known_keys, (*definitions, *found.carried))),
        references=tuple(
            ReferenceFact(name=_reference_name(each), optional=each.optional)
            for each in references
            if not each.unclear and not each.alternatives
        ),
        gap=bool(found.gaps),
        unquotable=any(each.unquotable for each in definitions),
    )


def _object_state(fact: ObjectFacts, library: Library) -> ObjectState:
    own = next(
        (each for each in fact.definitions if each.span == fact.owner.span and not each.producer), None
    )
    part = fact.part
    versions = {} if part is None else resolve((part,), {}).of_component
    charts = {each.chart.component: _chart_version(each) for each in _charts(fact, library)}
    components = () if part is None else (each.component for each in part.memberships)
    return ObjectState(
        name=_owner_name(fact),
        keys=None if own is None or own.kind == "ServiceAccount" else frozenset(own.keys),
        references=frozenset(map(_reference_name, fact.stated.references)),
        versions={name: str(found[0]) for name, found in versions.items()}
        | {name: version for name, version in charts.items() if version},
        components=frozenset((*components, *charts)),
    )


def _charts(fact: ObjectFacts, library: Library) -> Iterator[InstalledChart]:
    """The known charts whose versions an object states: those of its releases, or the one that releases refer to it for."""
    own = (given for given in fact.values if given.release.reference is None)
    found = [
        installed_chart(given, fact.owner, chart_of({}, given.release), library.charts, {}) for given in own
    ]
    if fact.chart is not None:
        found.append(_known_chart(fact.chart, fact.owner, library))
    return (each for each in found if each is not None)


def _known_chart(source: ChartSource, owner: ObjectRef, library: Library) -> InstalledChart | None:
    """A chart by its name and version alone."""
    release = Release(name="", chart=source.chart, namespace=None, span=owner.span)
    return installed_chart(GivenValues(release=release, settings=()), owner, source, library.charts, {})


def _chart_version(chart: InstalledChart) -> str:
    """The version of the component, or the range of its chart's; empty where that is not known."""
    if chart.is_range:
        return chart.written
    return str(chart.apps[0]) if chart.apps else ""


def _owner_name(fact: ObjectFacts) -> ObjectName:
    owner = fact.owner
    return ObjectName(owner.kind, owner.namespace or "", owner.name)


def _known_keys(definition: Definition) -> KnownKeys:
    namespace = definition.namespace or ""
    return KnownKeys(
        target=ObjectName(definition.kind, "" if namespace == "*" else namespace, definition.name),
        keys=frozenset(definition.keys),
        open=definition.open,
    )


def _reference_name(reference: Reference) -> ReferenceName:
    owner = reference.owner
    namespace = reference.namespace or owner.namespace or ""
    return ReferenceName(
        owner=ObjectName(owner.kind, owner.namespace or "", owner.name),
        container=reference.container,
        form=reference.form,
        target=ObjectName(reference.kind, namespace, reference.name),
        key=reference.key or "",
    )


def _inflated(root: Node | None, library: Library) -> Iterator[ObjectState]:
    """The known charts of a kustomization, as the generators that kustomize runs for them."""
    for item in items(root, "helmCharts"):
        name = string(item, "name") or ""
        source = ChartSource(
            chart=name, version=string(item, "version") or "", repository=string(item, "repo") or ""
        )
        named = ObjectName(CHART_KIND, string(item, "namespace") or "", string(item, "releaseName") or name)
        owner = ObjectRef(
            api_version="builtin", kind=CHART_KIND, namespace=None, name=named.name, span=item.span
        )
        found = _known_chart(source, owner, library)
        if found is not None:
            component, version = found.chart.component, _chart_version(found)
            yield ObjectState(
                name=named,
                keys=None,
                references=frozenset(),
                versions={component: version} if version else {},
                components=frozenset((component,)),
            )


def _generated(root: Node | None) -> Iterator[KnownKeys]:
    """What the generators of a kustomization make, without prefix, suffix and hash: references are written without, too."""
    for field, kind in _GENERATORS.items():
        for item in items(root, field):
            name = string(item, "name")
            if name:
                # A file of variables, whose keys are not looked up.
                has_more = any(string(item, each) or items(item, each) for each in ("env", "envs"))
                yield KnownKeys(
                    target=ObjectName(kind, string(item, "namespace") or "", name),
                    keys=frozenset(_generated_keys(item)),
                    open=has_more or string(item, "behavior") in ("merge", "replace"),
                )


def _generated_keys(item: Node) -> Iterator[str]:
    for text in _texts(item, "literals"):
        yield text.partition("=")[0]
    for text in _texts(item, "files"):
        name, equals, _ = text.partition("=")
        yield name if equals else basename(text)


def _texts(item: Node, field: str) -> Sequence[str]:
    return [each.raw for each in items(item, field) if isinstance(each, Scalar)]
