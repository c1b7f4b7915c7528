"""The types of a build: its input (files), its output (objects, gaps, diagnostics), and what it accumulates."""

from collections.abc import Mapping as ReadMapping
from typing import NamedTuple, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.diagnostics.model import Message, Related, Severity
from cnilint.document import Diagnostic, Document, Mapping, Scalar, Span, child, string
from cnilint.manifest.object import Object
from cnilint.render.kustomize.fieldspecs import NameReference
from cnilint.render.kustomize.scope import is_cluster_scoped

OF_TEMPLATE = "objects["
"""The path of an object of an OpenShift Template, which kustomize does not look into."""


class Files(Protocol):
    """The files of a source. Paths are relative to its root, separated by ``/``, and never outside of it."""

    def read(self, path: str) -> bytes | None:
        """The content of a file; None when it does not exist."""

    def documents(self, path: str) -> list[Document]:
        """The documents of an existing file, read with ``everything=True``."""

    def kustomization_file(self, directory: str) -> str | None:
        """The path of the kustomization file of a directory; None when it has none."""

    def is_folder(self, path: str) -> bool:
        """Whether the path is a folder."""

    def unread(self, path: str) -> str:
        """Why a path that cannot be read may exist where it is built; empty for one that does not exist."""


class Touched(Struct, frozen=True, kw_only=True):
    """Fields of one object that a gap can change.

    ``fields`` are paths without indices, such as ``spec.template.spec.containers.env.value``; a path includes all
    below it, and the empty path is the whole object.
    """

    api_version: str
    kind: str
    namespace: str | None
    name: str
    fields: tuple[str, ...]


class BuildGap(Struct, frozen=True, kw_only=True):
    """Part of a kustomization that was not evaluated.

    ``adds``: it may add objects of any kind and name, so an object that is missing may exist. ``touched`` are the
    objects that it may change.
    """

    span: Span
    reason: str
    adds: bool = False
    touched: tuple[Touched, ...] = ()
    secret: bool = False
    """It would copy the value of a Secret into other objects."""
    chart: bool = False
    """It is a chart, which is one of the ``charts`` of the build."""


class Name(NamedTuple):
    """The identity of a generated object within one build."""

    kind: str
    namespace: str | None
    name: str


class Build(Struct, frozen=True, kw_only=True):
    """The result for one kustomization.

    ``root`` is its directory, "" for the root of the source. ``objects`` include generated ConfigMaps and Secrets
    with all keys, but without the values of Secrets.

    kustomize appends a hash of the content to the name of a generated object. Here names are without it, in the
    object and in references: a name that changes with every edit is useless in a report or a baseline. ``hashed``
    are those objects, ``followed`` the references that kustomize updates; any other reference to that name does not
    resolve. ``renamed`` has the earlier names of the objects to which prefixes and suffixes were added.
    """

    root: str
    objects: tuple[Object, ...]
    used: frozenset[str]
    """Every file that was read."""
    bases: frozenset[str]
    """Directories of the kustomizations and components that it includes, directly or indirectly."""
    charts: tuple[Object, ...] = ()
    """The generators of charts, which are not run."""
    gaps: tuple[BuildGap, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    """Where kustomize refuses to build; the objects are then those without the refused part."""
    hashed: frozenset[Name] = frozenset()
    renamed: ReadMapping[Name, tuple[str, ...]] = field(default_factory=dict)
    followed: frozenset[Span] = frozenset()
    secret_files: frozenset[str] = frozenset()
    """The files that hold values of Secrets, whatever their own text says: those of generators and of patches."""
    variables: frozenset[str] = frozenset()
    """The names of the ``vars``, which kustomize replaces where an object says ``$(NAME)``."""

    @property
    def refusals(self) -> tuple[Diagnostic, ...]:
        """Why kustomize does not build it; empty when it does."""
        return tuple(each for each in self.diagnostics if each.code == REFUSED)


class ResourceIdentity(NamedTuple):
    """kustomize's ResId. ``namespace`` is the effective one: ``default`` when the object has none."""

    api_version: str
    kind: str
    namespace: str
    name: str


REFUSED = "CNI126"
"""The code of what kustomize refuses to build."""

CLUSTER = "_non_namespaceable_"
"""The effective namespace of cluster-scoped objects: ``TotallyNotANamespace`` in kyaml/resid/resid.go."""


_IDENTITY = frozenset(("", "apiVersion", "kind", "metadata", "metadata.name", "metadata.namespace"))
"""The fields of an identity, and those around them."""


class Resource(Struct, frozen=True, kw_only=True):
    """An object of a build at one step of it. Immutable: every step makes a new one."""

    node: Mapping
    api_version: str
    kind: str
    namespace: str | None
    name: str
    source: Object
    previous: tuple[ResourceIdentity, ...] = ()
    """Its previous identities, oldest first."""
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    hashed: bool = False
    generated: bool = False
    """A generator made it, or changed it."""
    gaps: tuple[tuple[BuildGap, tuple[str, ...]], ...] = ()
    """Gaps that may change it, each with the paths of the fields."""

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

    @property
    def identified(self) -> bool:
        """Whether no gap can change its identity."""
        return not any(field in _IDENTITY for _, fields in self.gaps for field in fields)

    def identities(self) -> tuple[ResourceIdentity, ...]:
        """All its identities, oldest first, with its present group and version, as in kustomize (``PrevIds``)."""
        past = (
            ResourceIdentity(
                api_version=self.api_version, kind=old.kind, namespace=old.namespace, name=old.name
            )
            for old in self.previous
        )
        return (*past, self.current)

    def has_identity(self, identity: ResourceIdentity) -> bool:
        """Whether this is, or was at an earlier step, the object of that identity."""
        named = self.name == identity.name or any(old.name == identity.name for old in self.previous)
        return named and identity in self.identities()

    def with_node(self, node: Mapping) -> "Resource":
        """The resource with another tree, and the identity of that tree."""
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

    def with_previous(self) -> "Resource":
        """The resource with its present identity added to ``previous``, before a change of name."""
        return replace(self, previous=(*self.previous, self.current))

    def with_gap(self, gap: BuildGap, fields: tuple[str, ...] = ("",)) -> "Resource":
        return replace(self, gaps=(*self.gaps, (gap, fields)))


def resource(source: Object) -> Resource:
    """The resource of an object that was read from a file."""
    return Resource(
        node=source.node,
        api_version=source.api_version,
        kind=source.kind,
        namespace=source.namespace,
        name=source.name,
        source=source,
    )


class Accumulator(Struct, kw_only=True):
    """What a kustomization has accumulated, bases included: kustomize's ResAccumulator."""

    component: bool = False
    components: int = 0
    """The number of components applied to it."""
    oversized: bool = False
    """It, or one of its bases, has too many objects and is not evaluated."""
    resources: list[Resource] = field(default_factory=list)
    charts: list[Resource] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    secret_files: set[str] = field(default_factory=set)
    bases: set[str] = field(default_factory=set)
    gaps: dict[BuildGap, None] = field(default_factory=dict)
    diagnostics: dict[Diagnostic, None] = field(default_factory=dict)
    """Gaps and diagnostics in order, each once, however often a base is included."""
    name_references: dict[NameReference, None] = field(default_factory=dict)
    """Name references from configurations."""
    variables: dict[str, BuildGap] = field(default_factory=dict)
    """The gap of each var, by its name."""

    @property
    def complete(self) -> bool:
        """Whether all objects are known, and what they are called."""
        return not any(gap.adds for gap in self.gaps) and all(each.identified for each in self.resources)

    def refuse(
        self,
        span: Span,
        message: Message,
        hint: str = "",
        *,
        severity: Severity | None = None,
        related: tuple[Related, ...] = (),
    ) -> None:
        """Add a diagnostic: kustomize refuses to build this."""
        found = Diagnostic(
            code=REFUSED, span=span, message=message, hint=hint, severity=severity, related=related
        )
        self.diagnostics[found] = None

    def note_keyless(self, span: Span, key: str) -> None:
        """Add a diagnostic: an item of a patch lacks the key by which its list is merged."""
        message = Message("missing `{key}`: kustomize drops the items that are not patched", key=key)
        self.diagnostics[Diagnostic(code="CNI105", span=span, message=message, hint=f"add `{key}`")] = None

    def give_up(self, span: Span, message: Message) -> None:
        """Add a diagnostic: this exceeds a limit."""
        self.diagnostics[Diagnostic(code="CNI902", span=span, message=message)] = None

    def add_gap(
        self, span: Span, reason: str, *, adds: bool = False, secret: bool = False, chart: bool = False
    ) -> BuildGap:
        """Add a gap: this is not evaluated."""
        gap = BuildGap(span=span, reason=reason, adds=adds, secret=secret, chart=chart)
        self.gaps[gap] = None
        return gap

    def add_gap_to_all(self, gap: BuildGap) -> None:
        """Mark every field of every object as reached by a gap."""
        self.resources = [resource.with_gap(gap) for resource in self.resources]

    def include(self, other: "Accumulator") -> None:
        """Add everything of another accumulator except its resources."""
        self.used |= other.used
        self.charts += other.charts
        self.secret_files |= other.secret_files
        self.bases |= other.bases
        self.gaps |= other.gaps
        self.diagnostics |= other.diagnostics
        self.name_references |= other.name_references
        self.variables |= other.variables
        self.oversized |= other.oversized

    def copy(self) -> "Accumulator":
        copied = Accumulator(component=self.component, resources=list(self.resources))
        copied.include(self)
        return copied
