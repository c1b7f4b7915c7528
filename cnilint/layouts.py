"""The words and objects by which a repository says what is applied where: ``rules/layouts.yaml``, loaded once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple, cast

from cnilint.applicationset import Parameters, fill, parameters
from cnilint.data import data_dir
from cnilint.document import Node, Scalar, Sequence, child, entries, is_true, items, plain, read, string
from cnilint.objects import Object

_MOST_WILDCARDS = 6
"""Asterisks of a glob of files; comparing more of them could take for ever."""

_INDEX = re.compile(r"\[\d+\]")

ANY = "**"
"""In a deployment's path: anything, because it is filled in by what cannot be seen here."""


@dataclass(frozen=True, slots=True)
class DeployerKind:
    """An object that applies folders, one from each of its sources. Paths are dotted, ``[]`` goes through a list.

    ``generators`` is where the sets of parameters come from with which it is filled in; empty if it is no template.
    ``substitute`` and ``substitute_from`` are where it says what is filled into the manifests; empty if nothing is.
    """

    group: str
    kind: str
    sources: tuple[str, ...]
    namespace: str
    cluster: str
    recursive: bool
    overrides: bool
    generators: str
    substitute: str
    substitute_from: str


@dataclass(frozen=True, slots=True)
class ReleaseKind:
    """An object that installs a chart; the first path that holds a string is its name, its chart, its namespace.

    ``values`` are where it holds the values of the chart.
    """

    group: str
    kind: str
    name: tuple[str, ...]
    chart: tuple[str, ...]
    namespace: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layouts:
    """``words`` maps a spelling to its environment word; ``inner`` are those that count within a longer segment.

    ``volumes`` are the fields of a custom resource that list what has the shape of a pod's volumes.
    """

    words: dict[str, str]
    inner: frozenset[str]
    parents: frozenset[str]
    shared: frozenset[str]
    undeployed: frozenset[str]
    deployers: tuple[DeployerKind, ...]
    releases: tuple[ReleaseKind, ...]
    hydrated: frozenset[str]
    hooks: frozenset[str]
    templates: tuple[re.Pattern[bytes], ...]
    volumes: tuple[str, ...]


class Release(NamedTuple):
    """A Helm release that an object installs; ``values`` are the dotted paths of the chart's values in it."""

    name: str
    chart: str
    namespace: str | None
    values: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a field path of the object lies in the values of the chart."""
        return _INDEX.sub("[]", path).startswith(tuple(f"{root}." for root in self.values))


class ValueSource(NamedTuple):
    """A ConfigMap or Secret whose keys are variables."""

    kind: str
    namespace: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """What an object says of a folder: ``path`` is relative to the source root; ``*`` is any name, ``**`` anything.

    In ``namespace`` ``*`` is what it is in the path. ``cluster`` is the name of the cluster, empty for the object's
    own. ``values`` are filled into the manifests, and what the ``sources`` hold, of which the last one wins.
    ``overrides`` says that the namespace is put in place of the objects' own.
    ``include`` and ``exclude`` are globs of the files below the folder that count; empty for all, and for none.
    ``kustomizes`` says that a kustomization in the folder or below it decides what is applied from there on down.
    """

    path: str
    namespace: str | None
    recursive: bool
    by: str
    file: str
    cluster: str = ""
    values: tuple[tuple[str, str], ...] = ()
    sources: tuple[ValueSource, ...] = ()
    include: str = ""
    exclude: str = ""
    overrides: bool = False
    kustomizes: bool = False

    def takes(self, file: str) -> bool:
        """Whether a file below the folder counts."""
        below = file.removeprefix(f"{self.path}/")
        return (not self.include or _matches(self.include, below)) and not (
            self.exclude and _matches(self.exclude, below)
        )


@cache
def layouts() -> Layouts:
    """The packaged layout data."""
    path = data_dir("rules") / "layouts.yaml"
    root = read(str(path), path.read_bytes(), everything=True)[0].root
    assert root is not None
    data = cast("dict[str, object]", plain(root))
    words = cast("dict[str, list[str]]", data["words"])
    return Layouts(
        {spelling: word for word, spellings in words.items() for spelling in spellings},
        _words(data, "inner"),
        _words(data, "parents"),
        _words(data, "shared"),
        _words(data, "undeployed"),
        tuple(_deployer(row) for row in cast("list[dict[str, object]]", data["deployers"])),
        tuple(_release(row) for row in cast("list[dict[str, object]]", data["releases"])),
        _words(data, "hydrated"),
        _words(data, "hooks"),
        tuple(re.compile(text.encode(), re.MULTILINE) for text in cast("list[str]", data["templates"])),
        tuple(cast("list[str]", data["volumes"])),
    )


def deployments(obj: Object) -> Iterator[Deployment]:
    """The folders of the repository that the object says are applied."""
    for known in layouts().deployers:
        if obj.kind == known.kind and obj.group == known.group:
            generators = child(obj.node, *known.generators.split(".")) if known.generators else None
            for values in parameters(generators) if generators is not None else [{}]:
                yield from _deployments(obj, known, values)


def _deployments(obj: Object, known: DeployerKind, parameters: Parameters) -> Iterator[Deployment]:
    """The folders that the object applies with one set of parameters."""
    namespace, cluster = (
        fill(_first_string(obj, (path,)) or "", parameters, ANY) for path in (known.namespace, known.cluster)
    )
    substitute = entries(obj.node, *known.substitute.split("."))
    values = [(name, pair.value.raw) for name, pair in substitute.items() if isinstance(pair.value, Scalar)]
    sources = [
        ValueSource(string(source, "kind") or "", obj.namespace, string(source, "name") or "")
        for source in items(obj.node, *known.substitute_from.split("."))
    ]
    for source in [source for path in known.sources for source in _at(obj.node, path.split("."))]:
        folder, directory = string(source, "path"), child(source, "directory")
        if folder:
            yield Deployment(
                _as_glob(fill(folder, parameters, ANY)),
                namespace if namespace and not _is_template(namespace) else None,
                known.recursive or is_true(child(directory, "recurse")),
                f"{obj.kind} {obj.name}",
                obj.file,
                "" if _is_template(cluster) else cluster,
                tuple(values),
                tuple(sources),
                string(directory, "include") or "",
                string(directory, "exclude") or "",
                known.overrides,
                known.recursive,
            )


def release(obj: Object) -> Release | None:
    """The Helm release that the object installs."""
    for known in layouts().releases:
        if obj.kind == known.kind and obj.group == known.group:
            chart = _first_string(obj, known.chart)
            name = _first_string(obj, known.name)
            if name is not None and chart is not None:
                namespace = _first_string(obj, known.namespace)
                return Release(name, chart.rpartition("/")[2], namespace, known.values)
    return None


def _words(data: dict[str, object], name: str) -> frozenset[str]:
    return frozenset(cast("list[str]", data[name]))


def _deployer(row: dict[str, object]) -> DeployerKind:
    return DeployerKind(
        str(row["group"]),
        str(row["kind"]),
        tuple(cast("list[str]", row["sources"])),
        str(row["namespace"]),
        str(row["cluster"]),
        row.get("recursive") is True,
        row.get("overrides") is True,
        str(row.get("generators", "")),
        str(row.get("substitute", "")),
        str(row.get("substituteFrom", "")),
    )


def _release(row: dict[str, object]) -> ReleaseKind:
    name, chart, namespace, values = (
        tuple(cast("list[str]", row.get(field, []))) for field in ("name", "chart", "namespace", "values")
    )
    return ReleaseKind(str(row["group"]), str(row["kind"]), name, chart, namespace, values)


def _first_string(obj: Object, paths: tuple[str, ...]) -> str | None:
    return next((text for path in paths for text in _strings_at(obj, path)), None)


def _at(node: Node | None, path: list[str]) -> Iterator[Node]:
    """The nodes at a dotted path, all items where a step ends in ``[]``."""
    if not path:
        if node is not None:
            yield node
        return
    step, rest = path[0], path[1:]
    below = child(node, step.removesuffix("[]"))
    if not step.endswith("[]"):
        yield from _at(below, rest)
    elif isinstance(below, Sequence):
        for item in below.items:
            yield from _at(item, rest)


def _strings_at(obj: Object, path: str) -> Iterator[str]:
    for node in _at(obj.node, path.split(".")):
        if isinstance(node, Scalar) and node.string:
            yield node.string


def _is_template(text: str) -> bool:
    return ANY in text or "${" in text


def _as_glob(path: str) -> str:
    """A path from the root of the repository; what Flux fills in may be anything."""
    segments = re.sub(r"\$\{.*?\}", ANY, path).strip().split("/")
    return "/".join(segment for segment in segments if segment not in ("", "."))


@lru_cache(maxsize=1024)
def _glob(text: str) -> re.Pattern[str] | None:
    """A glob of Argo CD: ``*`` goes over slashes, ``{a,b}`` are alternatives; None for one too elaborate to be tried."""
    if text.count("*") > _MOST_WILDCARDS:
        return None
    inside = 0
    pattern = ""
    for character in text:
        inside += (character == "{") - (character == "}")
        special = {"*": ".*", "?": ".", "{": "(?:", "}": ")", ",": "|" if inside else ","}
        pattern += special.get(character) or re.escape(character)
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None


def _matches(glob: str, file: str) -> bool:
    pattern = _glob(glob)
    return pattern is not None and pattern.fullmatch(file) is not None
