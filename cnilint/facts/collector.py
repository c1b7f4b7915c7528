"""Collects what one object states about others: the state that the readers of its parts share."""

import re

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import Mapping, Node, Scalar, Span, is_null
from cnilint.facts.model import Kind, Reads, Reference, Stated
from cnilint.gitops.helm import Release
from cnilint.manifest.names import is_key, is_placeholder

_RELEASE_NAME = re.compile(r"\{\{-?\s*\.Release\.Name\s*-?\}\}")


class Collector:
    """The facts of one object, as they are found.

    ``release`` is what ``{{ .Release.Name }}`` stands for, and says where that is which its values name.
    ``dormant`` says why nothing runs the object now.
    Where ``strict`` is set the shapes are the API's own, so that a deviation is an error and not another meaning.
    ``unclear`` says why what is found from now on cannot be judged; empty if it can.
    """

    def __init__(self, result: Stated, release: Release | None, dormant: str, strict: bool) -> None:
        self.result = result
        self.release = release
        self.dormant = dormant
        self.strict = strict
        self.unclear = ""

    def add(
        self,
        form: str,
        kind: Kind,
        name: Scalar,
        key: Scalar | None,
        path: str,
        container: str = "",
        reads: Reads = "object",
        optional: bool = False,
    ) -> None:
        """Note a reference; the place of its key is what is to be changed, else that of its name."""
        span = name.span if key is None else key.span
        key_text = None if key is None else self.substituted(key.raw)
        key_path = path if key is None or path.endswith("subPath") else f"{path}.key"
        self.result.references.append(
            Reference(
                owner=self.result.owner,
                form=form,
                kind=kind,
                name=self.substituted(name.raw),
                key=key_text,
                path=key_path,
                span=span,
                name_span=name.span,
                container=container,
                reads=reads,
                optional=optional,
                unclear=self.unclear,
                dormant=self.dormant,
                namespace=self._namespace(path),
            )
        )

    def named(
        self,
        node: Node | None,
        name_field: str,
        path: str,
        form: str,
        kind: Kind,
        container: str = "",
        optional: bool = False,
    ) -> str:
        """Note a reference to a whole object, or that its name is missing. Gives the name, empty without one."""
        name = self.scalar(node, name_field) if isinstance(node, Mapping) else None
        if name is None:
            if isinstance(node, Mapping):
                self.refuse(
                    container, path, node.span, f"the {form.rpartition('.')[2]} entry gives no {name_field}"
                )
            return ""
        self.add(
            form,
            kind,
            name,
            None,
            f"{path}.{name_field}",
            container,
            "env" if "envFrom" in form else "object",
            optional,
        )
        return self.substituted(name.raw)

    def check_key(self, container: str, path: str, key: Scalar) -> None:
        """Note a key that no ConfigMap or Secret can have."""
        if not is_key(key.raw) and not is_placeholder(key.raw):
            message = f"'{key.raw}' cannot be a key: only letters, digits, '-', '_' and '.' are allowed"
            self.refuse(container, path, key.span, message)

    def refuse(
        self, container: str, path: str, span: Span, message: str, hint: str = "", code: str = "CNI105"
    ) -> None:
        """Note what the API server refuses, or takes for something else than was meant."""
        if self.strict:
            self.result.diagnostics.append(
                Diagnostic(code=code, span=span, message=message, hint=hint, path=path, container=container)
            )

    def scalar(self, node: Mapping, field_name: str) -> Scalar | None:
        """The field when it is a scalar with some text."""
        value = node.get(field_name)
        return value if isinstance(value, Scalar) and value.raw and not is_null(value) else None

    def substituted(self, text: str) -> str:
        """A text with the release's name in it."""
        if self.release is None or "{{" not in text:
            return text
        name = self.release.name
        return _RELEASE_NAME.sub(lambda _: name, text)

    def _namespace(self, path: str) -> str | None:
        """Where the chart's objects are, for what stands in its values, if that is not where the object itself is."""
        if self.release is None or not self.release.holds(path):
            return None
        elsewhere = self.release.namespace != self.result.owner.namespace
        return self.release.namespace if elsewhere else None
