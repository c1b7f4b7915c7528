"""Names by which GitOps tools and environments are recognised: ``rules/gitops.yaml``, ``rules/environments.yaml``."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, NamedTuple, cast

from msgspec import Struct, field

from cnilint.document.structure import Convert, load


def _pattern(text: str) -> re.Pattern[bytes]:
    return re.compile(text.encode(), re.MULTILINE)


def _by_spelling(words: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {spelling: word for word, spellings in words.items() for spelling in spellings}


class DeployerKind(Struct, frozen=True, kw_only=True):
    """A kind of object that applies folders, one for each of its sources.

    Paths are dotted, ``[]`` goes through a list. ``generators`` is the path of the generators of a template's
    parameters; empty if it is not a template. ``needs_namespace`` says that it refuses objects without a namespace
    where it gives none. ``repository`` is the path of the repository's address from each of the
    sources, ``source_ref`` that of a reference to an object that has it. ``substitute`` and ``substitute_from`` are the
    paths of the values that are filled into the manifests; empty if there are none. ``kustomize`` maps a field of a
    kustomization, which it sets or extends, to its path from each source; ``unevaluated`` are paths of other changes.
    ``prune`` is the path of the flag that has it delete what is no longer in the manifests.
    """

    group: str
    kind: str
    sources: tuple[str, ...]
    namespace: str
    cluster: str = ""
    recursive: bool = False
    overrides: bool = False
    needs_namespace: bool = False
    generators: str = ""
    repository: str = ""
    source_ref: str = ""
    substitute: str = ""
    substitute_from: str = ""
    kustomize: Mapping[str, str] = field(default_factory=dict)
    unevaluated: tuple[str, ...] = ()
    prune: str = ""


class RepositoryKind(Struct, frozen=True):
    """A kind of object that deployers refer to as their source; ``address`` are the paths of the parts of its address."""

    group: str
    kind: str
    address: tuple[str, ...]


class PhaseKind(Struct, frozen=True, kw_only=True):
    """An annotation that says when an object is applied; ``weight`` is the annotation of the order within a phase.

    ``before`` are the hooks that run before the release is there, ``before_upgrade`` those that run before it is
    changed, ``with_release`` those that are applied with it; all others run later. ``waves``: the weight orders objects
    without a hook too.
    """

    annotation: str
    weight: str
    before: frozenset[str]
    before_upgrade: frozenset[str] = frozenset()
    with_release: frozenset[str] = frozenset()
    waves: bool = False


class PackageKind(Struct, frozen=True):
    """A file that makes its folder a package; ``functions`` is the path of those that change manifests.

    ``setter`` begins a comment on a line whose value a function replaces.
    """

    file: str
    functions: str
    setter: str


LayerKind = Literal["map", "text", "file", "files", "mixed", "objects", "parameters", "dotted", "defaults"]


class LayerPath(NamedTuple):
    """Where an object holds a layer of values, and in which form."""

    kind: LayerKind
    path: str


def _layer(text: str) -> tuple[LayerPath, ...]:
    """``map a.b | text a.c``: alternatives, of which the first that is there counts."""
    return tuple(_layer_path(*alternative.split()) for alternative in text.split("|"))


def _layer_path(kind: str, path: str) -> LayerPath:
    return LayerPath(cast("LayerKind", kind), path)


class ReleaseKind(Struct, frozen=True, kw_only=True):
    """A kind of object that installs a chart, one for each of its ``sources``.

    Paths are dotted, from the source, or with ``/`` in front from the object. Of several for one thing the first
    string counts; ``a + b`` joins two by a dash. ``values`` are the layers of the chart's values, in the order in which
    they override each other. ``reference`` is the path of the object that names the chart, ``repository_ref`` that of
    the object that has the address of its repository.
    """

    group: str
    kind: str
    sources: tuple[str, ...]
    name: tuple[str, ...] = ()
    chart: tuple[str, ...] = ()
    folder: tuple[str, ...] = ()
    version: tuple[str, ...] = ()
    reference: str = ""
    repository: tuple[str, ...] = ()
    repository_ref: str = ""
    namespace: tuple[str, ...] = ()
    values: tuple[Annotated[tuple[LayerPath, ...], Convert(_layer)], ...] = ()
    ignores_missing_files: str = ""
    beside_object: bool = False
    installs: bool = True
    generators: str = ""


class ReleaseFileKind(Struct, frozen=True, kw_only=True):
    """Files that list releases at the path ``items``; each is read as an object of this group and kind."""

    files: tuple[str, ...]
    items: str
    group: str
    kind: str


class ChartSourceKind(Struct, frozen=True, kw_only=True):
    """A kind of object that names a chart and its version for releases that refer to it."""

    group: str
    kind: str
    chart: str
    version: tuple[str, ...]
    repository_ref: str = ""


class GeneratedFile(Struct, frozen=True):
    """A file that a command in a script writes under a name of its own, as a glob."""

    command: str
    file: str


class GitOpsConventions(Struct, frozen=True, kw_only=True):
    """How GitOps tools are recognised.

    ``hydrated`` are file names that mark a hydrated folder, ``hooks`` the annotations of hooks, ``templates`` the
    patterns of template text, ``volumes`` the lists of custom resources that have the shape of pod volumes.
    """

    deployers: tuple[DeployerKind, ...]
    repositories: tuple[RepositoryKind, ...]
    packages: tuple[PackageKind, ...]
    releases: tuple[ReleaseKind, ...]
    chart_sources: tuple[ChartSourceKind, ...]
    chart_repositories: tuple[RepositoryKind, ...]
    release_files: tuple[ReleaseFileKind, ...]
    generated: tuple[GeneratedFile, ...]
    hydrated: frozenset[str]
    hooks: frozenset[str]
    phases: tuple[PhaseKind, ...]
    templates: tuple[Annotated[re.Pattern[bytes], Convert(_pattern)], ...]
    volumes: tuple[str, ...]


class EnvironmentNames(Struct, frozen=True, kw_only=True):
    """Folder names and environments. ``words`` maps a spelling to its environment word.

    ``inner`` are the words that count within a longer segment, ``samples`` parts of the names of files that only show
    what a file looks like, ``parents`` the folders whose subfolders are
    environments, ``shared`` folders that never are one, ``bases`` those of which environments are made, ``undeployed``
    folders that are not applied.
    """

    words: Annotated[Mapping[str, str], Convert(_by_spelling, dict[str, tuple[str, ...]])]
    inner: frozenset[str]
    samples: frozenset[str]
    parents: frozenset[str]
    shared: frozenset[str]
    bases: frozenset[str]
    undeployed: frozenset[str]


@cache
def gitops_conventions() -> GitOpsConventions:
    """The packaged conventions of GitOps tools."""
    return load("rules/gitops.yaml", GitOpsConventions)


@cache
def environment_names() -> EnvironmentNames:
    """The packaged names of environments."""
    return load("rules/environments.yaml", EnvironmentNames)
