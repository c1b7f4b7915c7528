"""The one record of what is wrong: made by the reader, the facts and the checks, and never translated on the way."""

from dataclasses import dataclass
from typing import Literal

from cnilint.diagnostics.span import Span

Severity = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The severities, worst first."""


class Message:
    """A literal template and its arguments: ``Message("key `{key}` not found", key="LEVEL")``.

    Programs take it apart (SARIF sends template and arguments), people read ``str(message)``.
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
        return hash((self.template, *self.arguments.items()))


@dataclass(kw_only=True, frozen=True, slots=True)
class ObjectRef:
    """The object that states a fact. Within an environment its ``namespace`` is final; None is unknown, or no namespace."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    span: Span
    origin: str = ""
    ignore: str = ""
    """The value of its annotation ``cnilint.dev/ignore``."""
    generated: bool = False
    """The API server completes its name (``generateName``)."""
    hook: str = ""
    """When a hook applies it (``pre-install``); empty for what is applied with all the rest."""
    defaulted: bool = False
    """The manifest names no namespace: it is the default of its environment."""

    @property
    def written_namespace(self) -> str | None:
        """The namespace that the manifest names. Reports and fingerprints show it, so that a default can change."""
        return None if self.defaulted else self.namespace


@dataclass(kw_only=True, frozen=True, slots=True)
class Target:
    """What a reference names."""

    kind: str
    namespace: str | None
    name: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a diagnostic; ``message`` is the label of the place."""

    span: Span
    message: str


@dataclass(kw_only=True, frozen=True, slots=True)
class Diagnostic:
    """Something wrong at a place.

    ``code`` is its stable id. ``owner`` is the object that it is in, ``path`` the field's path from there,
    ``target`` what a reference names. ``severity`` overrides the code's default. ``rule`` is the id of the pack's rule
    that found it, ``effect`` what losing the setting does. ``environment`` is added by the first stage that knows it.
    """

    code: str
    span: Span
    message: Message | str
    hint: str = ""
    environment: str = ""
    owner: ObjectRef | None = None
    path: str = ""
    container: str = ""
    target: Target | None = None
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    rule: str | None = None
    effect: str | None = None
