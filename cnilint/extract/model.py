"""What was read of a source: the facts of each object, file and kustomization, and the gaps."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from cnilint.diagnostics.model import Diagnostic, ObjectRef
from cnilint.document import Plain, Span
from cnilint.facts.model import Definition, Stated
from cnilint.findings.suppression import Comment
from cnilint.gitops.deployers import Customization, Deployment
from cnilint.gitops.helm import ChartSource, Release
from cnilint.gitops.repository import SourceAddress
from cnilint.packs.charts.values import GivenValues
from cnilint.packs.parts import Part
from cnilint.source.base import Source


class ObjectFacts(Struct, frozen=True, gc=False):
    """The facts of one object."""

    owner: ObjectRef
    definitions: tuple[Definition, ...]
    stated: Stated
    diagnostics: tuple[Diagnostic, ...]
    """What is wrong in it, without environment and owner."""
    mentions: tuple[tuple[str, Span], ...]
    """Names that it mentions without referring to an object, each with its place."""
    deployments: tuple[Deployment, ...]
    address: SourceAddress | None
    """The address of the repository that deployers refer to by this object."""
    releases: tuple[Release, ...]
    part: Part | None
    """The settings of a component that the packs know; None for any other object."""
    api_version: Span
    """The place of its ``apiVersion``."""
    values: tuple[GivenValues, ...] = ()
    """The values of those releases whose chart may be one of a component."""
    chart: ChartSource | None = None
    """The chart that it names for the releases that refer to it; None for any other object."""
    read: "ObjectFacts | None" = None
    """The facts before they got the default namespace of an environment; None for facts that it did not change."""

    @property
    def as_read(self) -> "ObjectFacts":
        """The facts as they were read: the same for all environments that hold the object."""
        return self.read or self


class Gap(Struct, frozen=True):
    """Something that was not read or evaluated and may define more objects.

    ``reason`` says what, as reports print it. In its own environment every undefined object may come from it;
    in others only those of its ``names``, which its text contains.
    """

    reason: str
    names: frozenset[str] = frozenset()


KeptObject: TypeAlias = tuple[ObjectFacts, dict[str, Plain]]
"""An object that is kept as plain values, with its facts."""


class FileFacts(Struct, frozen=True):
    """The facts of one file."""

    file: str
    documents: int = 0
    objects: tuple[ObjectFacts, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    """What is wrong with its text."""
    gaps: tuple[Gap, ...] = ()
    """What of it was not read: a broken document, a template, a Secret that the renderer left out."""
    carried: tuple[Definition, ...] = ()
    """What manifests inside the configuration of another tool define."""
    set_lines: frozenset[int] = frozenset()
    """The lines with a comment that names a setter, which replaces the value before it is applied."""
    embedded_by: str = ""
    """The source file of a program that embeds it; empty if none does."""
    sources: tuple[str, ...] = ()
    """The templates that Helm's ``# Source:`` comments name."""
    kept: tuple[KeptObject, ...] = ()


class ScannedObjects(NamedTuple):
    """The objects of a file in order, and the id of its content; empty where it is not known."""

    content: str
    objects: tuple[ObjectFacts, ...]


class Rendered(Struct, frozen=True, kw_only=True):
    """The facts of the objects that a kustomization builds, and the parts that were not evaluated."""

    root: str
    objects: tuple[ObjectFacts, ...]
    gaps: tuple[Gap, ...]
    bases: frozenset[str] = frozenset()
    """The folders of the kustomizations that it includes."""
    components: frozenset[str] = frozenset()
    """Those of ``bases`` that are components."""
    refusals: tuple[Diagnostic, ...] = ()
    """Why kustomize does not build it; empty when it does."""
    customized_by: tuple[str, str, str] = ("", "", "")
    """The key of the deployment whose changes it has; empty for the kustomization as it is."""
    component: bool = False
    """It is a kustomize Component, which only other kustomizations can apply."""


class Gathered(Struct, kw_only=True):
    """The facts of a source. ``files`` are those that no kustomization uses."""

    source: Source
    base: str
    files: list[FileFacts] = field(default_factory=list)
    builds: list[Rendered] = field(default_factory=list)
    overlays: list[Rendered] = field(default_factory=list)
    """Builds with the changes of a deployment, of which ``builds`` has the kustomization as it is."""
    customizations: list[Customization] = field(default_factory=list)
    """What the deployers that are built change in kustomizations."""
    kustomized: frozenset[str]
    """The folders that hold a kustomization."""
    hydrated: frozenset[str]
    """The folders that a hydrator wrote."""
    secret_files: set[str] = field(default_factory=set)
    """The files of which a kustomization makes or changes Secrets."""
    imperative: list[Definition] = field(default_factory=list)
    """What commands in scripts and manifests create."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    comments: dict[str, Sequence[Comment]] = field(default_factory=dict)
    """By file, the comments that suppress findings."""
    skipped: dict[str, str]
    """By path, why it was not read."""
    notices: list[str] = field(default_factory=list)
    """Faults of the machine that the run got around."""
    kept: list[KeptObject] = field(default_factory=list)
    scanned: dict[str, ScannedObjects] = field(default_factory=dict)
    """By path, the objects of ``files`` as they were read."""
    rendered: set[str] = field(default_factory=set)
    """The folders of the charts that were rendered."""
    read: int = 0
    """The number of manifest files that were read."""
    documents: int = 0
