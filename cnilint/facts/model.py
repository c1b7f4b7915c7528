"""The facts that resolution works with: plain values without nodes, so that documents can be dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cnilint.diagnostics.model import Diagnostic, ObjectRef, Phase
from cnilint.document import Span

Kind = Literal["ConfigMap", "Secret", "ServiceAccount"]
Reads = Literal["env", "volume", "object"]
"""How the kubelet reads the target: ``data`` only (env), ``data`` and ``binaryData`` (volume), or as a whole (object)."""


@dataclass(kw_only=True, frozen=True, slots=True)
class Reference:
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
    reads: Reads = "object"
    optional: bool = False
    unclear: str = ""
    """Why it cannot be verified: something that was not evaluated may change it. Empty if it can."""
    dormant: str = ""
    """Why nothing runs it now (``replicas: 0``, ``suspend: true``); empty when something does."""
    namespace: str | None = None
    """The namespace of the object that it names; None for that of its owner."""
    alternatives: tuple[tuple[Kind, str], ...] = ()
    """Objects that may have the key instead: the other sources of a projected volume."""


@dataclass(kw_only=True, frozen=True, slots=True)
class Definition:
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
    keys: Mapping[str, Span] = field(default_factory=dict)
    binary: frozenset[str] = frozenset()
    open: bool = False
    producer: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    phase: Phase = Phase()  # noqa: RUF009  # a tuple
    unquotable: frozenset[str] = frozenset()
    """Keys of a Secret that may be parts of a value: no message suggests them."""


class Variable(NamedTuple):
    """An entry of ``env``, in order. ``uses`` are the names in its ``$(NAME)`` expansions."""

    name: str
    path: str
    span: Span
    has_value: bool
    has_source: bool
    value: str | None = None
    """Its literal value, if it is short enough to be compared with that of a key."""
    uses: tuple[tuple[str, Span], ...] = ()


@dataclass(kw_only=True, frozen=True, slots=True)
class BulkSource:
    """An entry of ``envFrom``, in order."""

    kind: Kind
    name: str
    prefix: str
    optional: bool


@dataclass(kw_only=True, frozen=True, slots=True)
class Container:
    """The environment variables of a container, and where they are used."""

    name: str
    path: str
    variables: tuple[Variable, ...]
    bulk: tuple[BulkSource, ...]
    expansions: tuple[tuple[str, str, Span], ...] = ()
    """Names used by ``command``, ``args`` and ``subPathExpr``: name, path, place."""


@dataclass(kw_only=True, slots=True)
class Stated:
    """The references and containers of one object, and what is wrong in them."""

    owner: ObjectRef
    references: list[Reference] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)
    strict: bool = False
    """The object is a built-in workload: its fields are the API's own."""
