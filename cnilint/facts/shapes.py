"""Finds references of custom resources by the names of their fields: ``secretKeyRef``, ``passwordSecretRef``.

What has a name and a key there is a reference by common custom, so these are marked as such (``Reference.by_shape``).
Source: k8s.io/api core/v1 SecretKeySelector and ConfigMapKeySelector, which most controllers take for their own fields.
"""

import re

from cnilint.document import Mapping, is_true, string
from cnilint.facts.collector import Collector
from cnilint.facts.model import Kind, Reference
from cnilint.regex import regex

_FIELD = regex(r"(?:^|.*\.)\w*(?:(secret)|(config-?map))(?:key)?(?:ref|reference|selector)", re.IGNORECASE)
"""The path of a field that holds a reference to a key."""


def read_key_reference(to: Collector, node: Mapping, path: str) -> None:
    """Collects the reference that a mapping with a name and a key is, if the name of its field says so."""
    kind = _kind(node, path)
    name, key = to.scalar(node, "name"), to.scalar(node, "key")
    if kind is None or name is None or key is None or to.has_read(name):
        return
    to.record(
        Reference(
            owner=to.result.owner,
            form=path.rpartition(".")[2],
            kind=kind,
            name=to.substituted(name.raw),
            key=to.substituted(key.raw),
            path=f"{path}.key",
            span=key.span,
            name_path=f"{path}.name",
            name_span=name.span,
            reads="object",
            optional=is_true(node.get("optional")),
            unclear=to.unclear,
            inactive=to.inactive,
            namespace=string(node, "namespace") or to.namespace(),
            by_shape=True,
        )
    )


def _kind(node: Mapping, path: str) -> Kind | None:
    match = _FIELD.fullmatch(path)
    if match is None:
        return None
    by_field: Kind = "Secret" if match[1] else "ConfigMap"
    stated = string(node, "kind")
    return by_field if stated in (None, by_field) else None
