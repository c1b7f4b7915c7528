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


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a file may define more than was read, and the names that the text gives, which it may define."""

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
    gaps: tuple[Unread, ...]
    sources: tuple[str, ...]
    """The templates that Helm's ``# Source:`` comments name."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that may define more than was read.

    Nothing is certainly missing from its own environment; elsewhere it may define the ``names`` that it gives.
    """

    reason: str
    names: frozenset[str] = frozenset()


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
