"""Reads the Helm charts that GitOps objects install, and where their values are."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.span import Span
from cnilint.document import Node, Scalar, child, is_null, is_true, mappings_with, string
from cnilint.gitops.applicationset import Parameters, fill, parameters
from cnilint.gitops.conventions import (
    ChartSourceKind,
    LayerKind,
    LayerPath,
    ReleaseKind,
    gitops_conventions,
)
from cnilint.gitops.paths import located
from cnilint.manifest.names import is_placeholder, pattern_of
from cnilint.manifest.object import Object
from cnilint.regex import regex

UNKNOWN = "${}"
"""Replaces what a generator fills in and is not known here; a placeholder for all who read it."""
_ARCHIVE = regex(r"(.+?)-v?(\d+\.\d+.*)\.tgz")
"""The file of a packed chart: its name and its version."""
_LONGEST = 63
"""Characters of the names that charts make, which are labels too."""
_MOST_APPLICATIONS = 64
"""Applications of one ApplicationSet whose charts are read."""


class ChartReference(NamedTuple):
    """An object that names the chart of a release."""

    kind: str
    namespace: str | None
    name: str


class ChartSource(NamedTuple):
    """A chart and its version, as a source object names it; a repository of charts has neither.

    ``repository`` is the address of the chart's repository, ``repository_reference`` the object that has it.
    """

    chart: str
    version: str
    repository: str = ""
    repository_reference: ChartReference | None = None


class Release(Struct, frozen=True, kw_only=True):
    """A Helm release that an object installs. ``span`` is the place of the chart's name.

    ``name`` is empty where it is not known; ``folder`` is the chart's in the repository, None for a chart elsewhere.
    ``fullname`` and ``nickname`` are what the values set for ``fullnameOverride`` and ``nameOverride``. ``parts`` are
    the top keys of the values that have fields of their own: charts inside the chart among them. ``complete`` says
    that the chart makes nothing but what its values spell out, ``installs`` that the object installs the chart.
    ``repository`` is the address of the chart's repository, ``repository_reference`` the object that has it.
    """

    name: str
    chart: str
    namespace: str | None
    span: Span
    version: str = ""
    folder: str | None = None
    reference: ChartReference | None = None
    fullname: str = ""
    nickname: str = ""
    parts: frozenset[str] = frozenset()
    complete: bool = False
    installs: bool = True
    repository: str = ""
    repository_reference: ChartReference | None = None

    @property
    def prefix(self) -> str:
        """The name that charts give their objects: the ``fullname`` template that ``helm create`` writes.

        Source: https://github.com/helm/helm/blob/v3.18.6/pkg/chartutil/create.go, defaultHelpers.
        """
        own = self.nickname or self.chart
        name = self.fullname or (self.name if own in self.name else f"{self.name}-{own}")
        return name[:_LONGEST].removesuffix("-")

    def may_make(self, name: str) -> bool:
        """Whether the chart may make an object of that name beside those that its values spell out.

        That is the release's name, the chart's own prefix and what begins with it, and the same for a chart inside.
        """
        if self.complete or not self.name:
            return False
        if is_placeholder(self.name):
            return pattern_of(self.prefix).matches(name) or pattern_of(f"{self.prefix}-{UNKNOWN}").matches(
                name
            )
        prefixes = (self.prefix, *(f"{self.name}-{part}" for part in self.parts))
        return name == self.name or any(name == one or name.startswith(f"{one}-") for one in prefixes)

    def is_named_like(self, name: str) -> bool:
        """Whether the name begins with the release's, as the names of some charts' objects do."""
        return bool(self.name) and not self.complete and name.startswith(f"{self.name}-")


class ValuesLayer(NamedTuple):
    """A layer of values in an object: its node, and the field's path."""

    kind: LayerKind
    node: Node
    path: str


class Installation(Struct, frozen=True, kw_only=True):
    """A release as its object states it, with the layers of its values; later ones override earlier ones.

    ``folder`` may be the chart's in this repository; ``certain`` says that the object names a chart. ``beside`` is the
    folder that the files are relative to; None for the chart's. ``parameters`` are filled into the paths of files.
    """

    release: Release
    layers: tuple[ValuesLayer, ...]
    folder: str
    left_out: tuple[str, ...] = ()
    """Globs of folders that are not deployed, where an asterisk of the folder matches them."""
    certain: bool
    beside: str | None
    ignores_missing: bool
    parameters: Parameters

    def at(self, folder: str, segment: str) -> "Installation":
        """The chart in one of the folders that an asterisk of the folder matches; ``segment`` is what it stands for."""
        release = replace(
            self.release,
            name=self.release.name.replace("*", segment),
            chart=_last(folder),
            namespace=self.release.namespace and self.release.namespace.replace("*", segment),
        )
        parameters = {name: value.replace("*", segment) for name, value in self.parameters.items()}
        return replace(self, release=release, folder=folder, parameters=parameters)

    @property
    def roots(self) -> tuple[str, ...]:
        """The paths of the values that are fields of the object itself."""
        return tuple(layer.path for layer in self.layers if layer.kind == "map")


def installations(obj: Object) -> list[Installation]:
    """The charts that an object installs, or may install: that a folder holds a chart is for the reader of files."""
    known = _release_kinds().get((obj.group, obj.kind))
    if known is None:
        return []
    found: dict[Release, Installation] = {}
    generators = child(obj.node, *known.generators.split(".")) if known.generators else None
    given = parameters(generators) if generators is not None else [{}]
    left_out = tuple(_excluded(generators)) if generators is not None else ()
    for values in islice(given, _MOST_APPLICATIONS):
        for source, path in located(obj.node, known.sources):
            each = _installation(_Reader(obj=obj, source=source, path=path, parameters=values), known)
            if each is not None:
                found.setdefault(each.release, replace(each, left_out=left_out))
    return list(found.values())


def is_release(obj: Object) -> bool:
    """Whether objects of this kind may install charts."""
    return (obj.group, obj.kind) in _release_kinds()


def _excluded(generators: Node) -> Iterator[str]:
    """The directories that generators exclude."""
    for node in mappings_with(generators, lambda names: "exclude" in names):
        path = string(node, "path")
        if path and is_true(child(node, "exclude")):
            yield path


def chart_source(obj: Object) -> ChartSource | None:
    """The chart that a source object names, or the repository of charts that it is; None for any other object."""
    reader = _Reader(obj=obj, source=obj.node, path="", parameters={})
    for each in gitops_conventions().chart_repositories:
        if (obj.group, obj.kind) == (each.group, each.kind):
            return ChartSource(chart="", version="", repository=reader.text(each.address) or "")
    known = _source_kinds().get((obj.group, obj.kind))
    if known is None:
        return None
    chart = reader.text((known.chart,)) or ""
    return ChartSource(
        chart=_last(chart),
        version=reader.text(known.version) or "",
        repository=_folder_of(chart),
        repository_reference=_reference(reader, known.repository_ref),
    )


class _Reader(Struct, frozen=True, kw_only=True):
    """Reads the fields of one source of an object."""

    obj: Object
    source: Node
    path: str
    parameters: Parameters

    def node(self, path: str) -> Node | None:
        of_object, steps = _steps(path)
        return child(self.obj.node if of_object else self.source, *steps)

    def text(self, paths: Iterable[str]) -> str | None:
        """The first string that one of the paths gives; ``a + b`` are two, joined by a dash."""
        for path in paths:
            words = [string(self.node(part)) for part in _parts(path)]
            if all(words):
                return "-".join(fill(word or "", self.parameters, UNKNOWN) for word in words)
        return None

    def is_set(self, path: str) -> bool:
        """Whether a field that some kinds do not have is true; an empty path is of a kind without it."""
        return path != "" and is_true(self.node(path))

    def layers(self, known: ReleaseKind) -> Iterator[ValuesLayer]:
        for alternatives in known.values:
            layer = next(filter(None, map(self._layer, alternatives)), None)
            if layer is not None:
                yield layer

    def _layer(self, where: LayerPath) -> ValuesLayer | None:
        node = child(self.source, *where.path.split("."))
        if node is None or is_null(node):
            return None
        return ValuesLayer(where.kind, node, f"{self.path}.{where.path}".lstrip("."))


@lru_cache(maxsize=1024)
def _parts(path: str) -> list[str]:
    return path.split(" + ")


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[bool, list[str]]:
    """Whether a path begins at the object, and its steps."""
    return path.startswith("/"), path.removeprefix("/").split(".")


def _installation(reader: _Reader, known: ReleaseKind) -> Installation | None:
    """The chart of one source; None for a source that is not one."""
    chart, folder = reader.text(known.chart), reader.text(known.folder) or ""
    reference = _reference(reader, known.reference)
    layers = tuple(reader.layers(known))
    if chart is None and reference is None and not folder:
        return None
    release = Release(
        name=reader.text(known.name) or "",
        chart=_chart_name(chart, reference, folder),
        namespace=_namespace(reader.text(known.namespace)),
        span=_place(reader, known),
        version=reader.text(known.version) or _archived(chart or ""),
        reference=reference,
        installs=known.installs,
        repository=reader.text(known.repository) or _folder_of(chart or ""),
        repository_reference=_reference(reader, known.repository_ref),
    )
    return Installation(
        release=release,
        layers=layers,
        folder=folder,
        certain=chart is not None or reference is not None,
        beside=reader.obj.file.rpartition("/")[0] if known.beside_object else None,
        ignores_missing=reader.is_set(known.ignores_missing_files),
        parameters=reader.parameters,
    )


def _place(reader: _Reader, known: ReleaseKind) -> Span:
    """Where the chart is named; else the place of the object."""
    named = (*known.chart, *known.folder, f"{known.reference}.name")
    nodes = (reader.node(path) for path in named)
    place = next((node for node in nodes if node is not None), reader.source)
    return place.span if isinstance(place, Scalar) else reader.obj.span


def _chart_name(chart: str | None, reference: ChartReference | None, folder: str) -> str:
    return _last(chart or (reference.name if reference is not None else folder))


def _reference(reader: _Reader, path: str) -> ChartReference | None:
    node = reader.node(path) if path else None
    name = string(node, "name")
    if not name:
        return None
    namespace = string(node, "namespace") or reader.obj.namespace
    return ChartReference(string(node, "kind") or "", namespace, name)


def _namespace(text: str | None) -> str | None:
    """The namespace; a placeholder for one that is not known, because None is the object's own."""
    return UNKNOWN if text is not None and UNKNOWN in text else text


def _last(name: str) -> str:
    """The chart's name in a path or URL."""
    last = name.rstrip("/").rpartition("/")[2]
    archive = _ARCHIVE.fullmatch(last)
    return last if archive is None else archive[1]


def _folder_of(name: str) -> str:
    """What is before the chart's name in a path or URL: the address of its repository."""
    return name.rstrip("/").rpartition("/")[0]


def _archived(name: str) -> str:
    """The version in the name of an archive; empty without one."""
    archive = _ARCHIVE.fullmatch(name.rpartition("/")[2])
    return "" if archive is None else archive[2]


@cache
def _release_kinds() -> Mapping[tuple[str, str], ReleaseKind]:
    return {(known.group, known.kind): known for known in gitops_conventions().releases}


@cache
def _source_kinds() -> Mapping[tuple[str, str], ChartSourceKind]:
    return {(known.group, known.kind): known for known in gitops_conventions().chart_sources}
