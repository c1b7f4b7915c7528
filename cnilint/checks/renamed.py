"""The diagnostic of a reference to an object that kustomize gives another name."""

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import problem
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.facts.model import Definition
from cnilint.findings.codes import Code
from cnilint.render.kustomize.fieldspecs import is_followed
from cnilint.resolve.outcome import Resolution


def renamed(context: CheckContext, resolution: Resolution, code: Code) -> Diagnostic:
    """A diagnostic at the name of a reference that kustomize does not update."""
    return problem(context, resolution, code, _message(resolution), _hint(resolution))


def _message(resolution: Resolution) -> Message:
    reference, definition = resolution.reference, resolution.found[0].definition
    if definition.hashed:
        return Message(
            "{kind} `{name}` gets a hash suffix, and this reference does not",
            kind=reference.kind,
            name=reference.name,
        )
    return Message(
        "{kind} `{name}` is renamed to `{built}`, and this reference is not",
        kind=reference.kind,
        name=reference.name,
        built=definition.name,
    )


def _hint(resolution: Resolution) -> str:
    """What to do. A configuration of the build reaches only what is built with the object."""
    reference, definition = resolution.reference, resolution.found[0].definition
    if not definition.hashed:
        return f"add a nameReference configuration, or name `{definition.name}`"
    if not resolution.certain:
        return _without_hash(definition, reference.name)
    owner = reference.owner
    if is_followed(owner.api_version, owner.kind, reference.kind):
        return "set one `namespace` for both: kustomize updates references within a namespace only"
    return f"add a nameReference configuration, or {_without_hash(definition, reference.name)}"


def _without_hash(definition: Definition, name: str) -> str:
    renamed = f" and name `{definition.name}`" if definition.name != name else ""
    return f"set `disableNameSuffixHash: true` in the generator{renamed}"
