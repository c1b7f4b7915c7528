"""Reads the facts of the Helm releases that an object installs: what their values refer to, define and mention."""

from collections.abc import Container, Iterable, Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.document import Mapping, Node, Scalar, Span, child
from cnilint.document.edit import with_entries
from cnilint.extract.chartfiles import ChartFiles, ChartFolder
from cnilint.extract.values import ReleaseValues, named_by, release_values
from cnilint.facts.charts import made_of, rules_for
from cnilint.facts.collector import Collector
from cnilint.facts.definitions import definition
from cnilint.facts.model import Definition, Reference, Stating
from cnilint.facts.references import stated
from cnilint.facts.values import below, holds_copied_objects, is_object_text, is_off, read_values
from cnilint.gitops.helm import Installation, Release
from cnilint.manifest.object import Object, is_embedded, object_of, objects
from cnilint.packs.charts.values import GivenValues, value_settings
from cnilint.producers import produced
from cnilint.producers.mentions import mentions, mentions_below
from cnilint.render.kustomize import inline
from cnilint.render.kustomize.scope import is_cluster_scoped

_DOUBTED = "values that may override it are not in the repository"


class ReleaseFacts(Struct, kw_only=True):
    """The facts of the releases of one object."""

    releases: list[Release] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    objects: set[Span] = field(default_factory=set)
    """The places of the objects that the values hold as a whole."""
    mentions: list[tuple[str, Span]] = field(default_factory=list)
    values: list[GivenValues] = field(default_factory=list)
    """The values of charts that are not in the repository, of those that may be known."""


def read_releases(
    said: Stating,
    installed: Sequence[Installation],
    files: ChartFiles,
    beside: Sequence[Object],
    known: Container[str] = (),
) -> ReleaseFacts:
    """The facts of the charts that an object installs; what their values refer to is added to ``said``.

    The values of the charts of ``known`` names are read, and those of charts that another object names.
    """
    facts = ReleaseFacts()
    for each in release_values(installed, files, beside):
        said.diagnostics += each.broken
        _Reader(said=said, given=each, files=files, facts=facts, known=known).read()
    return facts


def in_release(obj: Object, namespace: str | None) -> Object:
    """An object in the namespace of its release, unless it names one or is cluster-scoped."""
    if obj.namespace is not None or is_cluster_scoped(obj.api_version, obj.kind):
        return obj
    return obj.in_namespace(namespace)


class _Reader(Struct, kw_only=True):
    """Reads one release."""

    said: Stating
    given: ReleaseValues
    files: ChartFiles
    facts: ReleaseFacts
    known: Container[str]

    def read(self) -> None:
        values, folder = self.given.values, self.given.folder
        first = len(self.said.references)
        if folder is None:
            self._chart(self.given.release, values, self.given.path)
        else:
            self._charts(folder, values)
        self.said.references[first:] = map(self._placed, self.said.references[first:])
        if folder is not None and self.files.deployed is None:
            for obj in folder.objects:
                self._template(obj)
        if values is not None and values.text.file != self.said.owner.span.file:
            self.facts.mentions += mentions_below(values)

    def _charts(self, folder: ChartFolder, values: Mapping | None) -> None:
        """A chart of the repository and its dependencies, each with its part of the values."""
        given = self.given
        inside = {each.key: each for each in folder.dependencies}
        makes_nothing = bool(inside) and not folder.templated
        own = None if values is None else _without(values, inside)
        self._chart(replace(given.release, complete=makes_nothing), own, given.path)
        for key, each in inside.items():
            part = child(values, key)
            part = part if isinstance(part, Mapping) else None
            release = replace(
                named_by(given.release, part),
                chart=each.name,
                version=each.version,
                span=each.span,
                folder=folder.path if each.local else None,
            )
            # Helm takes the alias of a dependency for its name: pkg/chartutil/dependencies.go, getAliasDependency.
            release = replace(release, nickname=release.nickname or key)
            self._chart(release, part, f"{given.path}.{key}")

    def _chart(self, release: Release, values: Mapping | None, path: str) -> None:
        """One chart, and the part of the values that is its own."""
        if release.folder is None and (release.reference is not None or release.chart in self.known):
            settings = value_settings(values, path)
            self.facts.values.append(
                GivenValues(
                    release=release,
                    settings=settings,
                    doubted=self.given.doubted,
                    complete=self.given.complete,
                )
            )
        if values is None:
            self.facts.releases.append(release)
            return
        rules = rules_for(release, values)
        made, identified = ([], {}) if rules is None else made_of(release, values, rules)
        release = release if rules is None else replace(release, complete=True)
        self.facts.releases.append(release)
        self.facts.definitions += made
        self.facts.definitions += read_values(
            Collector(self.said, release, "", strict=False), values, path, identified
        )
        for obj, where in _objects_in(values, path, self.files):
            self._object(obj, where, release)

    def _object(self, obj: Object, path: str, release: Release) -> None:
        """An object that the values hand to the chart as it is."""
        self.facts.objects.add(obj.span)
        inner = obj if obj.namespace is not None else obj.in_namespace(release.namespace)
        fill = Collector(self.said, release, "", strict=False).substituted
        own = definition(inner)
        for each in (*([own] if own is not None else ()), *produced(inner)):
            producer = each.producer or f"chart {release.chart}"
            self.facts.definitions.append(replace(each, name=fill(each.name), producer=producer))
        owner = self.said.owner
        namespace = None if inner.namespace == owner.namespace else inner.namespace
        for reference in stated(inner).references:
            self.said.references.append(
                replace(
                    reference,
                    owner=owner,
                    name=fill(reference.name),
                    path=f"{path}.{reference.path}",
                    name_path=f"{path}.{reference.name_path}",
                    namespace=namespace,
                )
            )

    def _template(self, obj: Object) -> None:
        """An object of a template that helm renders as it is."""
        inner = in_release(obj, self.given.release.namespace)
        own = definition(inner)
        self.facts.definitions += (*([own] if own is not None else ()), *produced(inner))
        self.facts.mentions += mentions(inner)
        self.said.references += stated(inner).references

    def _placed(self, reference: Reference) -> Reference:
        """A reference with its path in the values, where these are not a part of the object."""
        if reference.span.file != self.said.owner.span.file:
            own = self.given.path
            reference = replace(
                reference,
                path="values" + reference.path.removeprefix(own),
                name_path="values" + reference.name_path.removeprefix(own),
            )
        if reference.name_span in self.given.doubted:
            reference = replace(reference, unclear=reference.unclear or _DOUBTED)
        return reference


def _without(values: Mapping, keys: Iterable[str]) -> Mapping:
    left_out = frozenset(keys)
    return with_entries(values, {name: each for name, each in values.entries.items() if name not in left_out})


def _objects_in(values: Mapping, path: str, files: ChartFiles) -> Iterator[tuple[Object, str]]:
    """The whole objects among the values, each with its path."""
    stack: list[tuple[Node, str]] = [(values, path)]
    while stack:
        node, path = stack.pop()
        if not isinstance(node, Mapping) or is_off(node):
            continue
        for name, entry in node.entries.items():
            where = f"{path}.{name}"
            if not holds_copied_objects(name, entry.value):
                stack.append((entry.value, where))
                continue
            for index, each in enumerate(below(entry.value)):
                yield from ((obj, f"{where}[{index}]") for obj in _as_objects(each, files))


def _as_objects(node: Node, files: ChartFiles) -> Iterator[Object]:
    if is_embedded(node):
        yield object_of(node)
    elif isinstance(node, Scalar) and is_object_text(node):
        for document in inline.documents(node, files.text(node.text.file)):
            yield from objects(document)
