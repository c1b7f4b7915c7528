"""Names that an object mentions in passing: what its controller may make by a rule that nobody wrote down.

Weak evidence: it explains an object that is defined nowhere, and never a key. What plainly reads (a container's
environment, a volume, an ``existingSecret``) is no mention: it would explain itself.
"""

import re
from collections.abc import Iterator

from cnilint.document import Mapping, Node, Scalar, Sequence, Span, child
from cnilint.gitops.conventions import gitops_conventions
from cnilint.manifest.object import Object

_TELLING = re.compile(r"secret|config-?map|credential|cert|token|output|destination|tls", re.IGNORECASE)
_READING = re.compile(
    r"existing.*|env|envFrom|imagePullSecrets|secretKeyRef|configMapKeyRef|(?:last-applied-)?configuration",
    re.IGNORECASE,
)
_NAME = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
_OBJECT_NAME = re.compile(_NAME)
_FLAG = re.compile(rf"--?[\w.-]*(?i:secret|config-?map)[\w.-]*[= ](?:[a-z0-9-]+/)?({_NAME})(?![\w./-])")


def mentions(obj: Object) -> Iterator[tuple[str, Span]]:
    """Names that stand under a telling key of a custom resource, or in a flag of a container, each with its place."""
    if not obj.built_in:
        yield from _below(obj.node)
    else:
        yield from _flags(obj.node)


def _below(root: Node) -> Iterator[tuple[str, Span]]:
    """Scalars that look like an object's name and have a telling key above them, in the order of the text."""
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, told = stack.pop()
        if isinstance(node, Mapping):
            below = [
                (entry.value, told or _TELLING.search(name) is not None)
                for name, entry in node.entries.items()
                if name not in gitops_conventions().volumes and not _READING.fullmatch(name)
            ]
            stack += reversed(below)
        elif isinstance(node, Sequence):
            stack += [(item, told) for item in reversed(node.items)]
        elif told:
            value = node.string
            if value and _OBJECT_NAME.fullmatch(value):
                yield value, node.span


def _flags(root: Mapping) -> Iterator[tuple[str, Span]]:
    """``--webhook-secret-name=NAME`` and its like in the commands of a workload."""
    for container in _containers(root):
        for field in ("command", "args"):
            words = child(container, field)
            for word in words.items if isinstance(words, Sequence) else ():
                text = word.string if isinstance(word, Scalar) else None
                for flag in _FLAG.finditer(text or ""):
                    yield flag[1], word.span


def _containers(root: Mapping) -> Iterator[Node]:
    for prefix in ((), ("template",), ("jobTemplate", "spec", "template")):
        pod = child(root, "spec", *prefix, "spec") if prefix else child(root, "spec")
        for field in ("initContainers", "containers"):
            containers = child(pod, field)
            if isinstance(containers, Sequence):
                yield from containers.items
