"""What an object sets: each variable, key, flag, volume and container, with the place of its token."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cnilint.document.node import Mapping, Node, Scalar, Span, child, entries, items, string
from cnilint.objects import Object
from cnilint.packs.model import Subject

#: Where a workload keeps its pod template.
POD_PATHS: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"),
        ("spec", "template", "spec"),
    ),
}
_CONTAINER_LISTS = ("initContainers", "containers")
_FLAG = re.compile(r"--?[A-Za-z][\w.-]*")
_FLAG_IN_SCRIPT = re.compile(r"(?<![^\s\"'])(--?[A-Za-z][\w.-]*)(?:[= ]([^\s\"'\\]+))?")
_SUPPLIES = ("configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef")


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that an object sets. ``value`` is None where there is none or it is supplied elsewhere.

    ``supply`` says how an environment variable gets its value: ``literal``, ``empty`` or the name of the
    field under ``valueFrom``. For a ConfigMap key, ``container`` is None.
    """

    subject: Subject
    name: str
    value: str | None
    span: Span
    container: str | None = None
    supply: str = "literal"


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod template."""

    name: str
    node: Mapping
    image: str
    image_span: Span | None
    is_init: bool


def pod_spec(item: Object) -> Node | None:
    """The pod spec of a workload, or None for every other object."""
    path = POD_PATHS.get(item.kind)
    return child(item.node, *path) if path else None


def containers(item: Object) -> list[Container]:
    """The containers of a workload, init containers first."""
    spec = pod_spec(item)
    found = []
    for field in _CONTAINER_LISTS:
        for node in items(spec, field):
            if isinstance(node, Mapping):
                image = node.get("image")
                found.append(
                    Container(
                        string(node, "name") or "",
                        node,
                        string(image) or "",
                        image.span if isinstance(image, Scalar) else None,
                        field == "initContainers",
                    )
                )
    return found


def pod_settings(item: Object) -> Iterator[Setting]:
    """The containers and volumes of a workload."""
    for container in containers(item):
        name = container.node.get("name")
        if isinstance(name, Scalar):
            yield Setting(Subject.CONTAINER, container.name, None, name.span, container.name)
    for volume in items(pod_spec(item), "volumes"):
        name = child(volume, "name")
        if isinstance(name, Scalar) and (text := name.string):
            yield Setting(Subject.VOLUME, text, None, name.span)


def container_settings(container: Container) -> Iterator[Setting]:
    """The variables and flags of one container."""
    for entry in items(container.node, "env"):
        name = child(entry, "name")
        if isinstance(name, Scalar) and (text := name.string):
            supply = _supply(entry)
            value = string(entry, "value") if supply == "literal" else None
            yield Setting(Subject.ENV, text, value, name.span, container.name, supply)
    for field in ("command", "args"):
        yield from _flags(items(container.node, field), container.name)


def config_settings(item: Object) -> Iterator[Setting]:
    """The keys of a ConfigMap."""
    for name, entry in entries(item.node, "data").items():
        yield Setting(Subject.CONFIG_KEY, name, string(entry.value), entry.key.span)


def field_span(item: Object, key: str, name: str) -> Setting | None:
    """A field of a configuration file in a ConfigMap (YAML or JSON), at its own line where that is known."""
    entry = entries(item.node, "data").get(key)
    if entry is None or not isinstance(entry.value, Scalar):
        return None
    match = re.search(
        rf"""(?m)(?:^[ \t-]*|[{{,]\s*)["']?({re.escape(name)})["']?\s*:[ \t]*["']?([^\s"',}}]*)""",
        entry.value.raw,
    )
    if match is None:
        return None
    return Setting(
        Subject.CONFIG_FIELD, name, match[2], span_inside(entry.value, match.start(1), match.end(1))
    )


def span_inside(scalar: Scalar, start: int, end: int) -> Span:
    """The place of a part of a scalar's text; the whole token where the source text is folded or escaped."""
    before = scalar.raw[:start]
    if scalar.style == "|":
        token = scalar.span
        column = _indentation(scalar) + start - (before.rfind("\n") + 1)
        line = token.line + 1 + before.count("\n")
        return Span(token.file, line, column + 1, line, column + 1 + end - start)
    token = scalar.span
    quote = 0 if scalar.plain else 1
    if token.line == token.end_line and token.end_column - token.column == len(scalar.raw) + 2 * quote:
        return token.shifted(quote + start, quote + end)
    return token


def _indentation(scalar: Scalar) -> int:
    """Columns before each line of a literal block, worked out from its size; 0 when that is ambiguous.

    In the source the block holds its header, its text, and the indentation once for each line with text.
    """
    header = len("|\n") if scalar.raw.endswith("\n") else len("|-\n") + len("\n")
    filled = sum(1 for line in scalar.raw.split("\n") if line)
    surplus = scalar.end.index - scalar.start.index - header - len(scalar.raw)
    columns, ambiguous = divmod(surplus, filled) if filled and surplus > 0 else (0, 1)
    return 0 if ambiguous else columns


def _supply(entry: Node) -> str:
    if string(entry, "value") is not None:
        return "literal"
    source = child(entry, "valueFrom")
    for name in _SUPPLIES:
        if child(source, name) is not None:
            return name
    return "empty"


def _flags(tokens: list[Node], container: str) -> Iterator[Setting]:
    for position, token in enumerate(tokens):
        raw = token.string if isinstance(token, Scalar) else None
        if raw is None or not isinstance(token, Scalar):
            continue
        if any(mark in raw.strip() for mark in " \n"):
            yield from _script_flags(token, raw, container)
            continue
        match = _FLAG.match(raw)
        if match and (match.end() == len(raw) or raw[match.end()] == "="):
            value = raw[match.end() + 1 :] if match.end() < len(raw) else _next_value(tokens, position)
            yield Setting(Subject.FLAG, match[0].lstrip("-"), value, token.span, container)


def _next_value(tokens: list[Node], position: int) -> str | None:
    following = string(tokens[position + 1]) if position + 1 < len(tokens) else None
    return None if following is None or following.startswith("-") else following


def _script_flags(token: Scalar, raw: str, container: str) -> Iterator[Setting]:
    """Flags in a shell script, such as the text after ``sh -ec``."""
    for match in _FLAG_IN_SCRIPT.finditer(raw):
        span = span_inside(token, match.start(1), match.end(1))
        yield Setting(Subject.FLAG, match[1].lstrip("-"), match[2], span, container)
