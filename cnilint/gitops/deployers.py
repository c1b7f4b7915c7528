"""Reads what Argo CD and Flux objects apply: which folders, to which cluster, into which namespace."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.span import Span
from cnilint.document import (
    Node,
    Scalar,
    Text,
    child,
    entries,
    is_null,
    is_true,
    items,
    string,
    walk,
)
from cnilint.document.edit import rebuilt
from cnilint.document.node import Mark
from cnilint.document.patterns import Pattern, PatternError
from cnilint.gitops.applicationset import Parameters, fill, parameters
from cnilint.gitops.conventions import DeployerKind, gitops_conventions
from cnilint.gitops.paths import located
from cnilint.manifest.names import is_placeholder
from cnilint.manifest.object import Object
from cnilint.regex import regex

ANY = "**"
"""In a deployment's path: anything, because what fills it in is not known here."""


_OWN_NAMESPACE = "metadata.namespace"
"""The path of a namespace that a kustomization may set."""
_SCHEME = regex(r"^(?:[\w+.-]+://)?(?:[^@/]*@)?")


class ValueSource(NamedTuple):
    """A ConfigMap or Secret whose keys are variables."""

    kind: str
    namespace: str | None
    name: str


class Deployment(Struct, frozen=True, kw_only=True):
    """A folder that an object applies. ``path`` is relative to the source root; ``*`` is any name, ``**`` anything.

    A ``*`` in ``namespace`` is what the one in the path matches. ``cluster`` is the name of the cluster, empty for the
    object's own. ``values`` are filled into the manifests, and what the ``sources`` hold, of which the last one wins.
    ``overrides`` says that the namespace replaces the objects' own.
    ``include`` and ``exclude`` are globs of the files below the folder that are applied; empty for all, and for none.
    ``repository`` is the address of the repository that holds the folder, ``source_ref`` the object that has the
    address, as ``GitRepository/flux-system``; both empty where the object says neither. ``needs_namespace`` says that
    an object without a namespace is refused where this gives none.
    ``kustomizes`` says that a kustomization in the folder or below it decides what is applied from there on down.
    ``customized`` is a digest of what it changes in that kustomization, beside a namespace that ``overrides`` tells;
    empty for nothing. ``prunes``: what is no longer in the folder is deleted.
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
    customized: str = ""
    prunes: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Equal for deployments of one folder that make the same changes."""
        return self.by, self.file, self.customized

    def takes(self, file: str) -> bool:
        """Whether a file below the folder is applied."""
        below = file.removeprefix(f"{self.path}/")
        return (not self.include or _matches(self.include, below)) and not (
            self.exclude and _matches(self.exclude, below)
        )


def deployments(obj: Object) -> Iterator[Deployment]:
    """The folders of the repository that the object says are applied."""
    return (each.entry for known in _kinds_of(obj) for each in _applied(obj, known))


def _kinds_of(obj: Object) -> Sequence[DeployerKind]:
    """What is known of the object's kind, if it is a deployer."""
    return _known_kinds().get((obj.group, obj.kind), ())


@cache
def _known_kinds() -> Mapping[tuple[str, str], Sequence[DeployerKind]]:
    kinds: defaultdict[tuple[str, str], list[DeployerKind]] = defaultdict(list)
    for known in gitops_conventions().deployers:
        kinds[known.group, known.kind].append(known)
    return kinds


def _parameters(obj: Object, known: DeployerKind) -> Iterable[Parameters]:
    """The sets of parameters with which the object applies its folders; an empty one where it has no generators."""
    generators = child(obj.node, *known.generators.split(".")) if known.generators else None
    return parameters(generators) if generators is not None else [{}]


class Customization(Struct, frozen=True):
    """What a deployer changes in a kustomization before it builds it.

    ``fields`` are set, or appended to those that the kustomization has. ``complete`` says that this is all, and known.
    """

    deployment: Deployment
    fields: Mapping[str, Node]
    complete: bool


def customizations(obj: Object) -> Iterator[Customization]:
    """What an object that applies folders changes in their kustomizations."""
    for known in _kinds_of(obj):
        if known.kustomize and any(_is_changed(source, known) for source in _at_any(obj, known.sources)):
            for each in _applied(obj, known):
                fields, complete = _customized(each.source, known, each.parameters)
                if fields or not complete:
                    yield Customization(each.entry, fields, complete)


def _is_changed(source: Node, known: DeployerKind) -> bool:
    """Whether a source may state a change."""
    paths = (*known.kustomize.values(), *known.unevaluated)
    return any(child(source, path.partition(".")[0]) is not None for path in paths)


def _customized(source: Node, known: DeployerKind, parameters: Parameters) -> tuple[dict[str, Node], bool]:
    """The fields that a source changes, with the parameters filled in, and whether this is all and known."""
    fields = {}
    for field, path in known.kustomize.items():
        node = child(source, *path.split("."))
        if node is not None and not _is_empty(node):
            fields[field] = (
                rebuilt(node, partial(_filled_in, parameters=parameters), _place) if parameters else node
            )
    others = (child(source, *path.split(".")) for path in known.unevaluated)
    complete = not any(node is not None and not is_null(node) for node in others)
    return fields, complete and all(map(_is_known, fields.values()))


def _is_empty(node: Node) -> bool:
    return is_null(node) or (isinstance(node, Scalar) and not node.raw)


def _is_known(node: Node) -> bool:
    """Whether a value has no part that is filled in elsewhere."""
    texts = (each.raw for each in walk(node) if isinstance(each, Scalar))
    return not any(ANY in text or is_placeholder(text) for text in texts)


def _filled_in(scalar: Scalar, parameters: Parameters) -> Scalar:
    text = fill(scalar.raw, parameters, ANY)
    if text == scalar.raw:
        return scalar
    return Scalar(scalar.text, text, scalar.start, scalar.end, style=scalar.style, tag=scalar.tag)


def _place(node: Node) -> tuple[Text, Mark, Mark]:
    return node.text, node.start, node.end


def _digest(source: Node, known: DeployerKind, parameters: Parameters) -> str:
    """A digest of the changes; empty without any, and for a namespace that replaces those of the manifests anyway."""
    from hashlib import sha256

    if not _is_changed(source, known):
        return ""
    fields, complete = _customized(source, known, parameters)
    if complete and not fields.keys() - ({"namespace"} if known.overrides else set()):
        return ""
    texts = [
        f"{name}:{each.raw}"
        for name, node in fields.items()
        for each in walk(node)
        if isinstance(each, Scalar)
    ]
    return sha256("\0".join([*texts, str(complete)]).encode("utf-8", "replace")).hexdigest()[:16]


def destination_of(obj: Object) -> frozenset[Span]:
    """The places where a deployer names its destination: a namespace and a cluster, which are not objects."""
    return frozenset(
        node.span for known in _kinds_of(obj) for node in _at_any(obj, (known.namespace, known.cluster))
    )


class _AppliedFolder(NamedTuple):
    """A folder that an object applies with one set of parameters."""

    entry: Deployment
    source: Node
    parameters: Parameters


def _applied(obj: Object, known: DeployerKind) -> Iterator[_AppliedFolder]:
    """The folders that the object applies with each set of parameters."""
    written = list(_written(obj, known))
    for given in _parameters(obj, known) if written else ():
        for entry, source in written:
            filled = replace(
                entry,
                path=_as_glob(fill(entry.path, given, ANY)),
                namespace=_concrete(fill(entry.namespace or "", given, ANY)) or None,
                cluster=_concrete(fill(entry.cluster, given, ANY)),
                repository=normalized(fill(entry.repository, given, ANY)),
                customized=_digest(source, known, given),
            )
            yield _AppliedFolder(filled, source, given)


def _written(obj: Object, known: DeployerKind) -> Iterator[tuple[Deployment, Node]]:
    """The folders that the object applies, before parameters are filled in, each with its source."""
    own = obj.namespace if known.namespace == _OWN_NAMESPACE else None
    values, sources = _values(obj, known), _value_sources(obj, known)
    for source in _at_any(obj, known.sources):
        folder, directory = string(source, "path"), child(source, "directory")
        if folder:
            entry = Deployment(
                path=folder,
                namespace=own or first_string(obj, (known.namespace,)),
                recursive=known.recursive or is_true(child(directory, "recurse")),
                by=f"{obj.kind} {obj.name}",
                file=obj.file,
                cluster=first_string(obj, (known.cluster,)) or "",
                values=values,
                sources=sources,
                include=string(directory, "include") or "",
                exclude=string(directory, "exclude") or "",
                overrides=known.overrides,
                kustomizes=known.recursive,
                repository=(string(source, known.repository) if known.repository else None) or "",
                source_ref=_source_ref(source, known),
                needs_namespace=known.needs_namespace,
                customized="",
                prunes=bool(known.prune) and is_true(child(obj.node, *known.prune.split("."))),
            )
            yield entry, source


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
    """The nodes at one of the dotted paths, all items where a step ends in ``[]``."""
    return (node for node, _ in located(obj.node, filter(None, paths)))


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
