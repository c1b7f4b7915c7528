"""Names that an object mentions: its controller may create an object of that name.

Weak evidence: it explains an object that is defined nowhere, never a missing key or a wrong namespace. A field that
plainly reads (a container's environment, a volume, an ``existingSecret``) is not a mention: each reference would explain
itself. Nor is a field of an object that a producer is known to read: the rules say all that is made of it.
"""

import re
from collections.abc import Iterator, Set
from functools import lru_cache

from cnilint.document import Mapping, Node, Scalar, Sequence, Span, Ways, items
from cnilint.gitops.conventions import gitops_conventions
from cnilint.manifest.object import Object
from cnilint.manifest.pod import TEMPLATE_CONTAINERS, is_workload, pod_template
from cnilint.producers.engine import is_producer
from cnilint.regex import regex

_TELLING = regex(r"secret|config-?map|credential|cert|token|output|destination|tls", re.IGNORECASE)
_READING = regex(
    r"existing.*|.*/reload|env|envFrom|imagePullSecrets|secretKeyRef|configMapKeyRef|(?:last-applied-)?configuration",
    re.IGNORECASE,
)
_NAME = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
_OBJECT_NAME = regex(_NAME)
_FLAG = regex(rf"--?[\w.-]*(?i:secret|config-?map)[\w.-]*[= ](?:[a-z0-9-]+/)?({_NAME})(?![\w./-])")


def mentions(obj: Object) -> Iterator[tuple[str, Span]]:
    """Names under a telling key of a custom resource, or in a flag of a container, each with its place."""
    if is_workload(obj):
        yield from _in_flags(obj)
    elif not obj.built_in and not is_producer(obj.kind, obj.group):
        yield from mentions_below(obj.node)


def mentions_below(root: Node) -> Iterator[tuple[str, Span]]:
    """Scalars that look like an object's name and have a telling key above them, in the order of the text."""
    ways = Ways(_is_telling)
    stack: list[tuple[Node, bool]] = [(root, False)] if ways.lead(root) else []
    while stack:
        node, told = stack.pop()
        if isinstance(node, Mapping):
            on_way = [] if told else ways.fields(node)
            fields = node.fields() if told or _is_telling(node.names()) else on_way
            below = [(value, told or _tells(name)) for name, value in fields if not _is_read(name)]
            stack += reversed(below)
        elif isinstance(node, Sequence):
            found = node.items if told else [item for _, item in ways.items(node)]
            stack += [(item, told) for item in reversed(found)]
        elif told:
            yield from _object_name(node)


def _is_telling(names: Set[str]) -> bool:
    return any(map(_tells, names))


@lru_cache(maxsize=4096)
def _tells(name: str) -> bool:
    return _TELLING.search(name) is not None


def _object_name(node: Scalar) -> Iterator[tuple[str, Span]]:
    value = node.string
    if value and _OBJECT_NAME.fullmatch(value):
        yield value, node.span


@lru_cache(maxsize=4096)
def _is_read(name: str) -> bool:
    """Whether a field of this name plainly reads what it names."""
    return name in gitops_conventions().volumes or _READING.fullmatch(name) is not None


def _in_flags(obj: Object) -> Iterator[tuple[str, Span]]:
    """``--webhook-secret-name=NAME`` and the like in the commands of a workload."""
    for _, container in pod_template(obj).containers(TEMPLATE_CONTAINERS):
        for field in ("command", "args"):
            for word in items(container, field):
                text = word.string if isinstance(word, Scalar) else None
                for flag in _FLAG.finditer(text or ""):
                    yield flag[1], word.span
