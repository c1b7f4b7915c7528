"""``--render``: runs the installed kustomize and helm where the built-in build is incomplete.

Nothing is fetched: a kustomization with a remote or unreadable part is left to the built-in build, and helm renders
only charts in the repository. Plugins are disabled. The output is mapped to the source files: a value that they have
gets its position there, any other value that of the nearest one around it.
"""

import os
from collections.abc import Mapping as ReadMapping
from dataclasses import replace
from pathlib import Path

from cnilint.document import Document, Entry, Mapping, Node, Place, Scalar, Sequence, Text, read
from cnilint.errors import UsageError
from cnilint.manifest.object import Object, objects
from cnilint.render.kustomize import Build
from cnilint.source.process import Budget, Failed, NotInstalled, path_argument, program, run

RELEASE_NAME = "release-name"
"""helm's own default: a folder's name could be taken for an option.
"""
_HASH_LENGTH = 10

RenderedIdentity = tuple[str, str | None, str]


def kustomized(built: Build, root: Path, budget: Budget) -> Build:
    """The build with the objects that its gaps can change replaced by those of the installed kustomize.

    The build itself when kustomize would have to fetch something, or fails. Raises UsageError without kustomize.
    """
    if not built.gaps or any(gap.adds for gap in built.gaps):
        return built
    try:
        tool = program("kustomize", "kubectl")
    except NotInstalled:
        raise UsageError("--render needs kustomize or kubectl; neither found on the PATH") from None
    action = "kustomize" if Path(tool).stem == "kubectl" else "build"
    output = _run([tool, action, path_argument(built.root)], root, budget)
    if output is None:
        return built
    made = [obj for document in read(built.root, output, everything=True) for obj in objects(document)]
    return _completed(built, made)


def _completed(built: Build, made: list[Object]) -> Build:
    """The build with the objects that its gaps can change taken from ``made``; itself when one of them is missing."""
    known = {(obj.kind, obj.namespace, obj.name) for obj in built.objects}
    names = {obj.name: _plain_name(obj, known) for obj in made}
    rendered = {(obj.kind, obj.namespace, names[obj.name]): obj for obj in made}
    touched = {(each.kind, each.namespace, each.name) for gap in built.gaps for each in gap.touched}
    if not touched <= rendered.keys():
        return built
    completed = tuple(_with_values(obj, rendered, touched, names) for obj in built.objects)
    return replace(built, objects=completed, gaps=())


def templated(chart: str, root: Path, budget: Budget) -> tuple[Object, ...] | None:
    """The objects of a chart with its default values, each at its template; None when helm fails.

    Raises UsageError without helm.
    """
    try:
        helm = program("helm")
    except NotInstalled:
        raise UsageError("--render needs helm for the charts of this repository; helm not found on the PATH") from None
    output = _run([helm, "template", RELEASE_NAME, path_argument(chart)], root, budget)
    if output is None:
        return None
    return tuple(
        _at_template(obj, document, chart) for document in read(chart, output) for obj in objects(document)
    )


def _run(command: list[str], root: Path, budget: Budget) -> bytes | None:
    """The output of a tool; None when it fails or takes too long. It has an empty home, so no settings or plugins."""
    try:
        return run(command, root, budget, {"KUBECONFIG": os.devnull})
    except (Failed, OSError):
        return None


def _plain_name(obj: Object, known: set[RenderedIdentity]) -> str:
    """The name without the hash that kustomize appends to the name of a generated object."""
    plain = obj.name[: -_HASH_LENGTH - 1]
    is_hashed = (
        obj.name[-_HASH_LENGTH - 1 : -_HASH_LENGTH] == "-" and (obj.kind, obj.namespace, plain) in known
    )
    return plain if is_hashed and (obj.kind, obj.namespace, obj.name) not in known else obj.name


def _with_values(
    obj: Object,
    rendered: ReadMapping[RenderedIdentity, Object],
    touched: set[RenderedIdentity],
    names: ReadMapping[str, str],
) -> Object:
    identity = (obj.kind, obj.namespace, obj.name)
    if identity not in touched:
        return obj
    node = _aligned(rendered[identity].node, obj.node, names)
    return replace(obj, node=node) if isinstance(node, Mapping) else obj


def _aligned(made: Node, source: Node, names: ReadMapping[str, str]) -> Node:
    """The rendered tree with positions of the source: of the same node, or of the nearest one around it."""
    if isinstance(made, Scalar):
        raw = names.get(made.raw, made.raw)
        if isinstance(source, Scalar) and source.raw == raw:
            return source
        return Scalar(source.text, raw, source.start, source.end, style=made.style, tag=made.tag)
    if isinstance(made, Mapping):
        known = source.entries if isinstance(source, Mapping) else {}
        pairs = {key: _entry(entry, known.get(key), source, names) for key, entry in made.entries.items()}
        return Mapping(source.text, source.start, source.end, pairs)
    items_in_source = source.items if isinstance(source, Sequence) else []
    items = [
        _aligned(item, items_in_source[index] if index < len(items_in_source) else source, names)
        for index, item in enumerate(made.items)
    ]
    return Sequence(source.text, source.start, source.end, items)


def _entry(made: Entry, known: Entry | None, source: Node, names: ReadMapping[str, str]) -> Entry:
    if known is not None:
        return Entry(known.key, _aligned(made.value, known.value, names))
    key = Scalar(source.text, made.key.raw, source.start, source.end)
    return Entry(key, _aligned(made.value, source, names))


def _at_template(obj: Object, document: Document, chart: str) -> Object:
    """The object with the position of the first character of its template."""
    below = document.source.partition("/")[2] or "Chart.yaml"
    text, start = Text(f"{chart}/{below}" if chart else below), Place(0, 0, 0)
    top = Scalar(text, "", start, Place(0, 1, 1))
    node = _aligned(obj.node, top, {})
    return replace(obj, node=node, span=top.span) if isinstance(node, Mapping) else obj
