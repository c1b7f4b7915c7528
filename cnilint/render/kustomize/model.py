"""The words of a build: what goes in (files), what comes out (objects, gaps, diagnostics), and the resource between."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from cnilint.document import Diagnostic, Document, Mapping, Scalar, Span, child, string
from cnilint.manifest.object import Object
from cnilint.render.kustomize.fieldspecs import NameReference
from cnilint.render.kustomize.scope import is_cluster_scoped


class Files(Protocol):
    """Where bytes come from. Paths are relative to the source's root, "/"-separated, and never lead outside."""

    def read(self, path: str) -> bytes | None:
        """The content of a file; None when there is none."""

    def documents(self, path: str) -> list[Document]:
        """The documents of a file that exists, read with ``everything=True`` and kept by the caller."""

    def is_kustomization(self, directory: str) -> str | None:
        """The path of the directory's kustomization file, if it has one."""


@dataclass(kw_only=True, frozen=True, slots=True)
class Touched:
    """Fields of one object that a gap can reach.

    ``fields`` are paths without indices, ``spec.template.spec.containers.env.value``; a path stands for all
    below it, and the empty path for the whole object.
    """

    api_version: str
    kind: str
    namespace: str | None
    name: str
    fields: tuple[str, ...]


@dataclass(kw_only=True, frozen=True, slots=True)
class BuildGap:
    """Something that was not evaluated. Only what it can reach is uncertain.

    ``adds`` says that it may add objects of any kind and name, so that nothing is certainly missing from this
    build. ``touched`` are the objects of the build that it may change.
    """

    span: Span
    reason: str
    adds: bool = False
    touched: tuple[Touched, ...] = ()


class Name(NamedTuple):
    """What tells ConfigMaps, Secrets and the like of one build apart."""

    kind: str
    namespace: str | None
    name: str


@dataclass(kw_only=True, frozen=True, slots=True)
class Build:
    """The result for one kustomization.

    ``root`` is its directory, "" for the source's own root. ``objects`` include the ConfigMaps and Secrets that
    generators make, with every key; the values of a generated Secret are left out.

    A generated object's name carries a hash of its content when it is applied. Here names stay without it, on
    both sides: a name that changes with every edit would be of no use in a report or a baseline. ``hashed``
    names those objects, and ``followed`` the tokens that kustomize rewrites to the hashed name; any other token
    with that name misses the object.
    """

    root: str
    objects: tuple[Object, ...]
    used: frozenset[str]
    """Every file that was read."""
    bases: frozenset[str]
    """Directories of the kustomizations and components that it includes, directly or not."""
    gaps: tuple[BuildGap, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    """Where kustomize refuses to build; the objects are then what is left without the refused part."""
    hashed: frozenset[Name] = frozenset()
    followed: frozenset[Span] = frozenset()


class ResourceIdentity(NamedTuple):
    """kustomize's ResId. ``namespace`` is the effective one: ``default`` when the object names none."""

    api_version: str
    kind: str
    namespace: str
    name: str


CLUSTER = "_non_namespaceable_"
"""The effective namespace of what is known to be cluster-scoped."""


@dataclass(kw_only=True, frozen=True, slots=True)
class Resource:
    """An object on its way through the layers of a build. Never changed: a new tree shares what stays the same."""

    node: Mapping
    api_version: str
    kind: str
    namespace: str | None
    name: str
    source: Object
    previous: tuple[ResourceIdentity, ...] = ()
    """What it was called before, oldest first."""
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    hashed: bool = False
    gaps: tuple[tuple[BuildGap, tuple[str, ...]], ...] = ()
    """Gaps that may change it, each with the fields it can reach."""

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        return self.api_version.rpartition("/")[2]

    @property
    def current(self) -> ResourceIdentity:
        return ResourceIdentity(
            api_version=self.api_version, kind=self.kind, namespace=self.effective_namespace, name=self.name
        )

    @property
    def effective_namespace(self) -> str:
        return CLUSTER if is_cluster_scoped(self.api_version, self.kind) else self.namespace or "default"

    @property
    def original(self) -> ResourceIdentity:
        return self.previous[0] if self.previous else self.current

    def identities(self) -> tuple[ResourceIdentity, ...]:
        """All it was ever called. Group and version of the past are those of today, as in kustomize."""
        past = (
            ResourceIdentity(
                api_version=self.api_version, kind=old.kind, namespace=old.namespace, name=old.name
            )
            for old in self.previous
        )
        return (*past, self.current)

    def was_ever(self, identity: ResourceIdentity) -> bool:
        """Whether this is or was the object of that identity."""
        named = self.name == identity.name or any(old.name == identity.name for old in self.previous)
        return named and identity in self.identities()

    def with_node(self, node: Mapping) -> "Resource":
        """The resource with another tree, its identity read anew."""
        metadata = node.get("metadata")
        name = child(metadata, "name")
        return replace(
            self,
            node=node,
            api_version=string(node, "apiVersion") or self.api_version,
            kind=string(node, "kind") or self.kind,
            namespace=string(metadata, "namespace") or None,
            name=name.raw if isinstance(name, Scalar) else self.name,
        )

    def remembering(self) -> "Resource":
        """The resource with its present identity noted, before something renames it."""
        return replace(self, previous=(*self.previous, self.current))

    def with_gap(self, gap: BuildGap, fields: tuple[str, ...] = ("",)) -> "Resource":
        return replace(self, gaps=(*self.gaps, (gap, fields)))


def resource(source: Object) -> Resource:
    """The resource as a file states it."""
    return Resource(
        node=source.node,
        api_version=source.api_version,
        kind=source.kind,
        namespace=source.namespace,
        name=source.name,
        source=source,
    )


@dataclass(kw_only=True, slots=True)
class Accumulator:
    """What a kustomization has accumulated so far, with the layers below it."""

    component: bool = False
    components: int = 0
    """How many components have been applied to it."""
    resources: list[Resource] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    bases: set[str] = field(default_factory=set)
    gaps: dict[BuildGap, None] = field(default_factory=dict)
    diagnostics: dict[Diagnostic, None] = field(default_factory=dict)
    """Gaps and diagnostics in order, each once, however often its accumulator is included."""
    name_references: dict[NameReference, None] = field(default_factory=dict)
    """Name references that configurations add to the built-in ones."""
    variables: dict[str, BuildGap] = field(default_factory=dict)
    """The gap of each var, by its name."""

    @property
    def complete(self) -> bool:
        """Whether every object of the accumulator is known."""
        return not any(gap.adds for gap in self.gaps)

    def refuse(self, span: Span, message: str, hint: str = "") -> None:
        """Note that kustomize refuses to build this."""
        self.diagnostics[Diagnostic(code="CNI903", span=span, message=message, hint=hint)] = None

    def add_gap(self, span: Span, reason: str, *, adds: bool = False) -> BuildGap:
        """Note that something is not evaluated."""
        gap = BuildGap(span=span, reason=reason, adds=adds)
        self.gaps[gap] = None
        return gap

    def add_gap_to_all(self, gap: BuildGap) -> None:
        """Note that a gap can change every object of the accumulator, in any field."""
        self.resources = [resource.with_gap(gap) for resource in self.resources]

    def include(self, other: "Accumulator") -> None:
        """Take over all of another accumulator but its resources."""
        self.used |= other.used
        self.bases |= other.bases
        self.gaps |= other.gaps
        self.diagnostics |= other.diagnostics
        self.name_references |= other.name_references
        self.variables |= other.variables

    def copy(self) -> "Accumulator":
        copied = Accumulator(component=self.component, resources=list(self.resources))
        copied.include(self)
        return copied
