"""kubectl commands as text, quoted for a shell. They are printed and never run."""

import json
from collections.abc import Sequence
from shlex import quote

from cnilint.manifest.object import Object
from cnilint.ssa.typed.values import Json

DRY_RUN = "--dry-run=server -o yaml"
PATCH_MANAGER = "kubectl-patch"
REPLACE_MANAGER = "kubectl-replace"
"""The field managers of the printed commands."""


def patch(obj: Object, operations: Sequence[Json], *, dry_run: bool = False, show: bool = False) -> str:
    """A JSON patch of an object."""
    text = quote(json_text(list(operations)))
    flags = f" {DRY_RUN}" if dry_run else ""
    flags += " --show-managed-fields" if dry_run and show else ""
    return f"kubectl{_namespace(obj)} patch {resource_name(obj)} --type=json{flags} -p {text}"


def set_env(obj: Object, container: str, names: Sequence[str], *, dry_run: bool = False) -> str:
    """Removes variables from a container."""
    gone = " ".join(quote(f"{name}-") for name in names)
    flags = f" {DRY_RUN}" if dry_run else ""
    return f"kubectl{_namespace(obj)} set env {resource_name(obj)} -c {quote(container)}{flags} {gone}"


def get(obj: Object) -> str:
    """A dump of an object with its managedFields."""
    return f"kubectl{_namespace(obj)} get {resource_name(obj)} -o yaml --show-managed-fields"


def apply(manager: str, source: str, *, force: bool, dry_run: bool = False) -> str:
    """A server-side apply under a manager's name. ``source`` is ``-f FILE`` or ``-k DIR``, quoted."""
    flags = " --dry-run=server" if dry_run else ""
    flags += " --force-conflicts" if force else ""
    return f"kubectl apply --server-side{flags} --field-manager={quote(manager)} {source}"


def diff(manager: str, source: str, *, force: bool) -> str:
    """What a server-side apply would change."""
    flags = " --force-conflicts" if force else ""
    return f"kubectl diff --server-side{flags} --field-manager={quote(manager)} {source}"


def replace(obj: Object, file: str, *, dry_run: bool = False) -> str:
    """Replaces an object with its manifest."""
    flags = f" {DRY_RUN}" if dry_run else ""
    return f"kubectl{_namespace(obj)} replace{flags} -f {quote(file)}"


def set_last_applied() -> str:
    """Restores the last-applied annotation from the manifest that was applied last."""
    return "kubectl apply set-last-applied --create-annotation=true -f OLD_MANIFEST.yaml"


def json_text(value: Json) -> str:
    """JSON on one line in the characters that kubectl, which reads a patch as YAML, takes.

    YAML has neither JSON's pairs of surrogates nor control characters that are not escaped.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return "".join(each if " " <= each <= "~" or each > "\uffff" else f"\\u{ord(each):04x}" for each in text)


def pointer(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _namespace(obj: Object) -> str:
    return f" -n {quote(obj.namespace)}" if obj.namespace else ""


def resource_name(obj: Object) -> str:
    """``daemonset.apps/agent``, quoted."""
    kind = f"{obj.kind}.{obj.group}" if obj.group else obj.kind
    return quote(f"{kind.lower()}/{obj.name}")
