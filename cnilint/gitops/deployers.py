"""Reads what Argo CD and Flux objects apply: which folders, to which cluster, into which namespace."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from cnilint.diagnostics.span import Span
from cnilint.document import Node, Scalar, Sequence, child, entries, is_true, items, string
from cnilint.document.patterns import Pattern, PatternError
from cnilint.gitops.applicationset import Parameters, fill, parameters
from cnilint.gitops.conventions import DeployerKind, gitops_conventions
from cnilint.manifest.object import Object

ANY = "**"
"""In a deployment's path: anything, because what fills it in is not known here."""


_SCHEME = re.compile(r"^(?:[\w+.-]+://)?(?:[^@/]*@)?")


class ValueSource(NamedTuple):
    """A ConfigMap or Secret whose keys are variables."""

    kind: str
    namespace: str | None
    name: str


@dataclass(kw_only=True, frozen=True, slots=True)
class Deployment:
    """A folder that an object applies. ``path`` is relative to the source root; ``*`` is any name, ``**`` anything.

    A ``*`` in ``namespace`` is what the one in the path matches. ``cluster`` is the name of the cluster, empty for the
    object's own. ``values`` are filled into the manifests, and what the ``sources`` hold, of which the last one wins.
    ``overrides`` says that the namespace replaces the objects' own.
    ``include`` and ``exclude`` are globs of the files below the folder that are applied; empty for all, and for none.
    ``repository`` is the address of the repository that holds the folder, ``source_ref`` the object that has the
    address, as ``GitRepository/flux-system``; both empty where the object says neither. ``needs_namespace`` says that
    an object without a namespace is refused where this gives none.
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
    repository: str = ""
    source_ref: str = ""
    needs_namespace: bool = False

    def takes(self, file: str) -> bool:
        """Whether a file below the folder is applied."""
        below = file.removeprefix(f"{self.path}/")
        return (not self.include or _matches(self.include, below)) and not (
            self.exclude and _matches(self.exclude, below)
        )


def deployments(obj: Object) -> Iterator[Deployment]:
    """The folders of the repository that the object says are applied."""
    for known in gitops_conventions().deployers:
        if obj.kind == known.kind and obj.group == known.group:
            generators = child(obj.node, *known.generators.split(".")) if known.generators else None
            for values in parameters(generators) if generators is not None else [{}]:
                yield from _deployments(obj, known, values)


def destination_of(obj: Object) -> frozenset[Span]:
    """The places where a deployer names its destination: a namespace and a cluster, which are not objects."""
    return frozenset(
        node.span
        for known in gitops_conventions().deployers
        if obj.kind == known.kind and obj.group == known.group
        for node in _at_any(obj, (known.namespace, known.cluster))
    )


def _deployments(obj: Object, known: DeployerKind, parameters: Parameters) -> Iterator[Deployment]:
    """The folders that the object applies with one set of parameters."""
    namespace, cluster = (
        _concrete(fill(first_string(obj, (path,)) or "", parameters, ANY))
        for path in (known.namespace, known.cluster)
    )
    values, sources = _values(obj, known), _value_sources(obj, known)
    for source in _at_any(obj, known.sources):
        folder, directory = string(source, "path"), child(source, "directory")
        if folder:
            yield Deployment(
                path=_as_glob(fill(folder, parameters, ANY)),
                namespace=namespace or None,
                recursive=known.recursive or is_true(child(directory, "recurse")),
                by=f"{obj.kind} {obj.name}",
                file=obj.file,
                cluster=cluster,
                values=values,
                sources=sources,
                include=string(directory, "include") or "",
                exclude=string(directory, "exclude") or "",
                overrides=known.overrides,
                kustomizes=known.recursive,
                repository=_repository(source, known, parameters),
                source_ref=_source_ref(source, known),
                needs_namespace=known.needs_namespace,
            )


def _repository(source: Node, known: DeployerKind, parameters: Parameters) -> str:
    written = string(source, known.repository) if known.repository else None
    return normalized(fill(written, parameters, ANY)) if written else ""


def _source_ref(source: Node, known: DeployerKind) -> str:
    reference = child(source, known.source_ref) if known.source_ref else None
    kind, name = string(reference, "kind"), string(reference, "name")
    return f"{kind}/{name}" if kind and name else ""


def normalized(url: str) -> str:
    """The address without what differs between two ways to reach one repository: scheme, user, ``.git``, case."""
    bare = _SCHEME.sub("", url.strip()).replace(":", "/").strip("/")
    return bare.removesuffix(".git").lower()


def _values(obj: Object, known: DeployerKind) -> tuple[tuple[str, str], ...]:
    """The variables that the object itself gives values."""
    pairs = entries(obj.node, *known.substitute.split("."))
    return tuple((name, pair.value.raw) for name, pair in pairs.items() if isinstance(pair.value, Scalar))


def _value_sources(obj: Object, known: DeployerKind) -> tuple[ValueSource, ...]:
    """The ConfigMaps and Secrets that hold more variables, in the object's namespace."""
    return tuple(
        ValueSource(string(source, "kind") or "", obj.namespace, string(source, "name") or "")
        for source in items(obj.node, *known.substitute_from.split("."))
    )


def first_string(obj: Object, paths: tuple[str, ...]) -> str | None:
    """The first string at one of the dotted paths; a step that ends in ``[]`` goes through a list."""
    found = (node.string for node in _at_any(obj, paths) if isinstance(node, Scalar))
    return next(filter(None, found), None)


def _at_any(obj: Object, paths: Iterable[str]) -> Iterator[Node]:
    return (node for path in paths for node in _at(obj.node, path.split(".")))


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


def _concrete(name: str) -> str:
    """The name; empty for one of which a part is not known here."""
    return "" if ANY in name or "${" in name else name


def _as_glob(path: str) -> str:
    """A path from the root of the repository; what Flux fills in may be anything."""
    segments = re.sub(r"\$\{.*?\}", ANY, path).strip().split("/")
    return "/".join(segment for segment in segments if segment not in ("", "."))


@lru_cache(maxsize=1024)
def _glob(text: str) -> Pattern | None:
    """A glob of Argo CD: ``*`` goes over slashes, ``{a,b}`` are alternatives; None for one that is not a glob."""
    inside = 0
    parts = ["(?s)"]
    for character in text:
        inside += (character == "{") - (character == "}")
        special = {"*": ".*", "?": ".", "{": "(?:", "}": ")", ",": "|" if inside else ","}
        parts.append(special.get(character) or re.escape(character))
    try:
        return Pattern("".join(parts))
    except PatternError:
        return None


def _matches(glob: str, file: str) -> bool:
    pattern = _glob(glob)
    return pattern is not None and pattern.matches(file)
