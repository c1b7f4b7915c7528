"""The one record of a defect, made by the reader, the facts, the packs and the checks."""

from typing import Literal, NamedTuple

from msgspec import Struct

from cnilint.diagnostics.span import Span

Severity = Literal["error", "warning", "note"]

ConfidenceLevel = Literal["certain", "likely", "possible"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The severities, worst first."""


class Message:
    """A literal template and its arguments: ``Message("key `{key}` not found", key="LEVEL")``.

    People read ``str(message)``. Programs use the parts: SARIF sends template and arguments, reports group by both.
    """

    __slots__ = ("arguments", "template")

    def __init__(self, template: str, /, **arguments: str) -> None:
        self.template = template
        self.arguments = arguments

    def __str__(self) -> str:
        return self.template.format(**self.arguments)

    def __repr__(self) -> str:
        return f"Message({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        return (self.template, self.arguments) == (other.template, other.arguments)

    def __hash__(self) -> int:
        return hash((self.template, frozenset(self.arguments.items())))


class Phase(NamedTuple):
    """When an object is applied: before the release (-1), with it (0), after it (1); within a phase by weight.

    ``certain`` is False where the objects of the release may be there from the release before.
    """

    step: int = 0
    weight: int = 0
    certain: bool = True


WITH_RELEASE = Phase()
"""The phase of most objects."""


class ObjectRef(Struct, frozen=True, gc=False):
    """The object that a fact or a diagnostic belongs to.

    Within an environment its ``namespace`` is final; None is unknown, or no namespace.
    """

    api_version: str
    kind: str
    namespace: str | None
    name: str
    span: Span
    origin: str = ""
    ignore: str = ""
    """The value of its annotation ``cnilint.dev/ignore``."""
    generated: bool = False
    """The API server generates its name (``generateName``)."""
    hook: str = ""
    """The hook that applies it (``pre-install``); empty for an object that is applied with the release itself."""
    phase: Phase = WITH_RELEASE
    defaulted: bool = False
    """The manifest names no namespace: it is the default of its environment."""

    @property
    def written_namespace(self) -> str | None:
        """The namespace that the manifest names. Reports and fingerprints show it, so that a default can change."""
        return None if self.defaulted else self.namespace


class Target(Struct, frozen=True, kw_only=True):
    """The object, and the key in it, that a reference names."""

    kind: str
    namespace: str | None
    name: str
    key: str | None = None


class Related(Struct, frozen=True):
    """Another place that explains a diagnostic; ``message`` is its label, such as ``ConfigMap defined here``.

    ``reader`` is the object there that reads what the diagnostic is about.
    """

    span: Span
    message: str
    reader: ObjectRef | None = None


class Diagnostic(Struct, frozen=True):
    """A defect at a place.

    ``code`` is its stable id. ``owner`` is the object that contains it, ``path`` the field's path in that object,
    ``target`` what a reference names. ``severity`` overrides the code's default; ``evidence`` says why, in sentences
    without a capital or a full stop, and ``confidence`` how certain the defect is. ``rule`` is the id of the pack's rule
    that found it, ``effect`` the consequence that the rule states, ``sources`` the addresses at which the statement can be
    checked. ``environment`` is set by the first stage that knows it.
    """

    code: str
    span: Span
    message: Message
    hint: str = ""
    environment: str = ""
    owner: ObjectRef | None = None
    path: str = ""
    container: str = ""
    target: Target | None = None
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    confidence: ConfidenceLevel = "certain"
    evidence: tuple[str, ...] = ()
    rule: str | None = None
    effect: str | None = None
    sources: tuple[str, ...] = ()
