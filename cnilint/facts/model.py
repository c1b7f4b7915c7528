"""The facts that resolution works with: plain values without nodes, so that documents can be dropped."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec import Struct, field

from cnilint.diagnostics.model import WITH_RELEASE, Diagnostic, ObjectRef, Phase
from cnilint.diagnostics.span import PackedSpan, unpacked
from cnilint.document import Span
from cnilint.facts.keys import NO_VALUES, NOTHING, Keys, ShortValues
from cnilint.manifest.names import is_placeholder
from cnilint.regex import regex

Kind = Literal["ConfigMap", "Secret", "ServiceAccount"]
Reads = Literal["env", "volume", "object", "variables"]
"""How the target is read: ``data`` only (env), ``data`` and ``binaryData`` (volume), as a whole (object), or every key
as the name of a variable (variables)."""

NO_KEYS: frozenset[str] = frozenset()
"""One for all: an empty set takes 216 bytes."""

UNKNOWN_NAMESPACE = "?"
"""The namespace of a reference whose namespace the manifests do not tell."""

_VARIABLE = regex(r"[_a-zA-Z][_a-zA-Z0-9]*")


class Reference(Struct, frozen=True, gc=False):
    """A field that names a ConfigMap, a Secret or a ServiceAccount.

    ``path`` is the path of the key's field from the object where there is a key, ``spec.template...configMapKeyRef.key``,
    else that of the name; ``span`` is its token. ``name_path`` and ``name_span`` are those of the name. ``form`` is the
    API's name of the form, such as ``env.configMapKeyRef``, ``envFrom.secretRef``, ``volume.configMap.items``,
    ``imagePullSecrets``.
    """

    owner: ObjectRef
    form: str
    kind: Kind
    name: str
    key: str | None
    path: str
    span: Span
    name_path: str
    name_span: Span
    container: str = ""
    volume: str = ""
    """The name of the volume that reads it."""
    reads: Reads = "object"
    optional: bool = False
    unclear: str = ""
    """Why it cannot be verified: something that was not evaluated may change it. Empty if it can."""
    inactive: str = ""
    """Why nothing runs it now (``replicas: 0``, ``suspend: true``); empty when something does."""
    namespace: str | None = None
    """The namespace of the object that it names; None for that of its owner."""
    alternatives: tuple[tuple[Kind, str], ...] = ()
    """Objects that may have the key instead: the other sources of a projected volume."""
    by_shape: bool = False
    """Found by the names of its fields in a custom resource that no rule knows."""
    absent: Literal["warning", "note"] | None = None
    """The most that an absent object is reported with; None for the default of the code."""
    effect: str = ""
    """What happens until it resolves, for an owner other than a pod: ``the release is not installed``."""
    awaited: bool = False
    """Its owner waits for the target, so that a chart which the owner installs cannot create it."""
    followed: bool = False
    """kustomize updates it with the hash of the object that it names."""
    parameter: bool = False
    """Its name is the default of a template's parameter, to which users give another value."""


class VolumeAttribute(NamedTuple):
    """An attribute of a CSI volume (``volumeAttributes``): it tells the driver what to mount."""

    name: str
    value: str


class Definition(Struct, frozen=True, gc=False):
    """A ConfigMap, Secret or ServiceAccount that exists in an environment, or that something creates there.

    ``keys`` maps each key to its place; ``binary`` holds the keys of a ConfigMap's ``binaryData``. ``open`` says
    that there may be more keys (the manifest of a producer does not tell its output).
    ``producer`` names the mechanism that creates it; empty for the object itself. ``namespace`` None is unknown;
    ``"*"`` is every namespace. ``values`` are those of a ConfigMap that are short enough for a name, because
    a deployer may read variables from it; of a Secret none is kept.
    """

    kind: Kind
    namespace: str | None
    name: str
    span: Span
    keys: Keys = NOTHING
    binary: frozenset[str] = NO_KEYS
    open: bool = False
    producer: str = ""
    values: ShortValues = NO_VALUES
    phase: Phase = WITH_RELEASE
    unquotable: frozenset[str] = NO_KEYS
    """Keys of a Secret that may be parts of a value: no message suggests them."""
    resource: str = ""
    """The name of the custom resource that a producer makes it of; empty for anything else."""
    mistaken: frozenset[str] = frozenset()
    """Names that its resource suggests, and that it does not get."""
    mounted_as: VolumeAttribute | None = None
    """It exists only while a pod of its namespace mounts a CSI volume with this attribute; None for all others."""
    hashed: bool = False
    """kustomize appends a hash to its name: only a reference that is ``followed`` resolves to it."""
    earlier: tuple[str, ...] = ()
    """Its names before kustomize added a prefix or suffix."""
    refused: str = ""
    """Why the API server refuses the object; empty when it is not known to."""
    unnamed: str = ""
    """Why its name is not known: something that was not evaluated may change it. Empty if it is."""

    def bad_variables(self) -> Iterator[str]:
        """The keys of ``data`` that are not names of variables (fluxcd/pkg kustomize/kustomize_varsub.go, varsubRegex)."""
        for key in self.keys:
            if key not in self.binary and not _VARIABLE.fullmatch(key) and not is_placeholder(key):
                yield key

    def admits(self, reference: Reference) -> bool:
        """Whether the reference has the name under which the object is built, and the object can be applied."""
        return not self.refused and (not self.hashed or reference.followed)


class Variable(Struct, frozen=True, gc=False):
    """An entry of ``env``, in order. ``place`` is that of its name in ``file``; ``uses`` are the names in its ``$(NAME)``
    expansions."""

    name: str
    path: str
    file: str
    place: PackedSpan
    has_value: bool
    has_source: bool
    value: str | None = None
    """Its literal value, if it is short enough to be compared with that of a key."""
    uses: tuple[tuple[str, Span], ...] = ()

    @property
    def span(self) -> Span:
        return unpacked(self.file, self.place)


class BulkSource(Struct, frozen=True, gc=False):
    """An entry of ``envFrom``, in order."""

    kind: Kind
    name: str
    prefix: str
    optional: bool


class Container(Struct, frozen=True, gc=False):
    """The environment variables of a container, and where they are used."""

    name: str
    path: str
    variables: tuple[Variable, ...]
    bulk: tuple[BulkSource, ...]
    expansions: tuple[tuple[str, str, Span], ...] = ()
    """Names used by ``command``, ``args`` and ``subPathExpr``: name, path, place."""


class Stated(Struct, frozen=True, gc=False):
    """The references and containers of one object, and what is wrong in them."""

    owner: ObjectRef
    references: tuple[Reference, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    containers: tuple[Container, ...] = ()
    volume_attributes: tuple[VolumeAttribute, ...] = ()
    """Those of the CSI volumes that it mounts."""
    strict: bool = False
    """The object is a built-in workload: its fields are the API's own."""


class Stating(Struct, kw_only=True):
    """What one object states, as far as it has been read."""

    owner: ObjectRef
    strict: bool = False
    references: list[Reference] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)
    volume_attributes: list[VolumeAttribute] = field(default_factory=list)

    def stated(self) -> Stated:
        return Stated(
            owner=self.owner,
            references=tuple(self.references),
            diagnostics=tuple(self.diagnostics),
            containers=tuple(self.containers),
            volume_attributes=tuple(self.volume_attributes),
            strict=self.strict,
        )
