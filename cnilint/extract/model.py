"""What was read of a source: the facts of each object, file and build, and the gaps."""

from dataclasses import dataclass

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import Diagnostic, Span
from cnilint.facts.model import Definition, Stated
from cnilint.gitops.deployers import Deployment
from cnilint.gitops.helm import Release
from cnilint.packs.parts import Part


@dataclass(kw_only=True, frozen=True, slots=True)
class ObjectFacts:
    """All that one object states."""

    owner: ObjectRef
    definitions: tuple[Definition, ...]
    stated: Stated
    diagnostics: tuple[Diagnostic, ...]
    """What is wrong in it, without environment and owner."""
    mentions: tuple[tuple[str, Span], ...]
    deployments: tuple[Deployment, ...]
    release: Release | None
    part: Part | None
    """What the object is of a component that the packs know."""
    api_version: Span
    """The place of its ``apiVersion``."""
    read: "ObjectFacts | None" = None
    """The facts before they got the default namespace of an environment; None for facts that it did not change."""

    @property
    def as_read(self) -> "ObjectFacts":
        """The facts as they were read: the same for all environments that hold the object."""
        return self.read or self


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not read or evaluated and may define more objects.

    ``reason`` says what, as reports print it. In its own environment every undefined object may come from it;
    in others only those of its ``names``, which its text contains.
    """

    reason: str
    names: frozenset[str] = frozenset()


@dataclass(kw_only=True, frozen=True, slots=True)
class FileFacts:
    """All that one file states.

    ``gaps`` are what of it was not read: a broken document, a template, a Secret that the renderer left out.
    """

    file: str
    documents: int
    objects: tuple[ObjectFacts, ...]
    diagnostics: tuple[Diagnostic, ...]
    """What is wrong with its text."""
    gaps: tuple[Gap, ...]
    sources: tuple[str, ...]
    """The templates that Helm's ``# Source:`` comments name."""


@dataclass(kw_only=True, frozen=True, slots=True)
class Rendered:
    """A kustomization as facts: what it builds, and what of it was not evaluated."""

    root: str
    objects: tuple[ObjectFacts, ...]
    gaps: tuple[Gap, ...]
    bases: frozenset[str] = frozenset()
    """The folders of the kustomizations that it includes."""
    component: bool = False
    """It is a part that only other kustomizations can apply."""
