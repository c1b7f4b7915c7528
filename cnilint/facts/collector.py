"""Collects the facts of one object: the state that the readers of its parts share."""

from sys import intern

from msgspec import Struct

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.document import Mapping, Node, Scalar, Span, is_null
from cnilint.facts.model import Kind, Reads, Reference, Stating
from cnilint.gitops.helm import Release
from cnilint.manifest.names import is_key, is_placeholder
from cnilint.regex import regex

_OF_RELEASE = regex(
    r"""\{\{-?\s*(?:\.Release\.(?P<field>Name|Namespace)|include\s+"[\w.-]+\.fullname"\s+[.$])\s*-?\}\}"""
)
"""What a chart's templates fill in from the release: its name, its namespace, the prefix of its objects."""

KEY_HINT = "use only letters, digits, `-`, `_` and `.`"
"""What a key may consist of (apimachinery IsConfigMapKey)."""


class ReferenceForm(Struct, frozen=True):
    """A field of the API that names an object: its name in ``Reference.form``, the object's kind, and how it is read."""

    name: str
    kind: Kind
    reads: Reads = "object"


class Collector:
    """Collects the facts of one object.

    ``release`` is the Helm release whose values are read: ``{{ .Release.Name }}`` is its name in them, and what they
    name is in its namespace.
    ``inactive`` says why nothing runs the object now. ``strict`` says that the shapes are the API's own, so that a
    deviation is an error; in a custom resource it may have another meaning.
    ``unclear`` says why references found from now on cannot be verified; empty if they can.
    """

    def __init__(self, result: Stating, release: Release | None, inactive: str, strict: bool) -> None:
        self.result = result
        self.release = release
        self.inactive = inactive
        self.strict = strict
        self.unclear = ""
        self.volume = ""
        self._read: set[tuple[int, int]] = set()

    def record(self, reference: Reference) -> None:
        """Add a reference as it is."""
        self.result.references.append(reference)
        if not self.strict:
            self._read.add((reference.name_span.line, reference.name_span.column))

    def has_read(self, name: Scalar) -> bool:
        """Whether a reference of a custom resource has been added for this name."""
        return (name.span.line, name.span.column) in self._read

    def add(
        self,
        form: ReferenceForm,
        name: Scalar,
        path: str,
        *,
        key: Scalar | None = None,
        key_path: str = "",
        container: str = "",
        optional: bool = False,
        alternatives: tuple[tuple[Kind, str], ...] = (),
    ) -> None:
        """Add a reference. ``path`` is that of the name, ``key_path`` that of the key where there is one."""
        self.record(
            Reference(
                owner=self.result.owner,
                form=form.name,
                kind=form.kind,
                name=self.substituted(name.raw),
                key=None if key is None else self.substituted(key.raw),
                path=intern(path if key is None else key_path),
                span=name.span if key is None else key.span,
                name_path=intern(path),
                name_span=name.span,
                container=container,
                volume=self.volume,
                reads=form.reads,
                optional=optional,
                unclear=self.unclear,
                inactive=self.inactive,
                namespace=self.namespace(),
                alternatives=alternatives,
            )
        )

    def named(
        self,
        form: ReferenceForm,
        node: Node | None,
        path: str,
        *,
        field: str = "name",
        container: str = "",
        optional: bool = False,
    ) -> str:
        """Add a reference to a whole object by the ``field`` of ``node``, or the error that the field is missing.

        Returns the name; empty without one.
        """
        if not isinstance(node, Mapping):
            return ""
        name = self.scalar(node, field)
        if name is None:
            self.missing(field, form.name.rpartition(".")[2], node.span, path, container=container)
            return ""
        self.add(form, name, f"{path}.{field}", container=container, optional=optional)
        return self.substituted(name.raw)

    def check_key(self, key: Scalar, path: str, *, container: str = "") -> None:
        """Add an error for a key that no ConfigMap or Secret can have."""
        if not is_key(key.raw) and not is_placeholder(key.raw):
            message = Message("invalid key `{key}`", key=key.raw or '""')
            self.refuse(message, key.span, path, container=container, hint=KEY_HINT)

    def missing(self, field: str, parent: str, span: Span, path: str, *, container: str = "") -> None:
        """Add an error for a required field that has no value."""
        message = Message("missing `{field}` in `{parent}`", field=field, parent=parent)
        self.refuse(message, span, path, container=container)

    def refuse(
        self,
        message: Message,
        span: Span,
        path: str,
        *,
        container: str = "",
        hint: str = "",
        code: str = "CNI105",
    ) -> None:
        """Add an error for what the API server refuses or reads differently; in a custom resource there is none."""
        if self.strict:
            self.result.diagnostics.append(
                Diagnostic(code=code, span=span, message=message, hint=hint, path=path, container=container)
            )

    def scalar(self, node: Mapping, field: str) -> Scalar | None:
        """The field when it is a scalar with some text."""
        value = node.get(field)
        return value if isinstance(value, Scalar) and value.raw and not is_null(value) else None

    def substituted(self, text: str) -> str:
        """The text with what is known of the release filled in."""
        release = self.release
        if release is None or "{{" not in text:
            return text
        known = {"Name": release.name, "Namespace": release.namespace or "", None: release.prefix}
        return _OF_RELEASE.sub(lambda match: known[match["field"]] or match[0], text)

    def namespace(self) -> str | None:
        """The namespace of the chart's objects; None where it is the owner's."""
        if self.release is None or self.release.namespace == self.result.owner.namespace:
            return None
        return self.release.namespace
