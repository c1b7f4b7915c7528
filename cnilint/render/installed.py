"""``--render``: runs the installed kustomize and helm where the built-in build is incomplete.

Nothing is fetched: a kustomization with a remote or unreadable part is left to the built-in build, and helm renders
only charts in the repository. Plugins are disabled. The output is mapped to the source files: a value that they have
gets its position there, any other value that of the nearest one around it.
"""

import os
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadMapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.document import Document, Entry, Mapping, Node, Place, Scalar, Sequence, Span, Text, read
from cnilint.errors import UsageError
from cnilint.manifest.object import Object, objects
from cnilint.regex import regex
from cnilint.render.kustomize import Build, Name
from cnilint.source.process import Failed, NotInstalled, TimeBudget, path_argument, program, run

_SECONDS = 120.0
_RELEASE = "release-name"
"""The default of ``helm template``. The name of a folder could be taken for an option."""
_RELEASE_NAME = regex(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
"""The names that Helm accepts, of which none could be taken for an option."""
_HASH_LENGTH = 10

RenderedIdentity = tuple[str, str | None, str]


class DeployedChart(Struct, frozen=True, kw_only=True):
    """How a chart of the repository is deployed: the release's name, its namespace, and the values as JSON.

    ``known`` says that all of the values were read.
    """

    folder: str
    name: str
    namespace: str | None
    values: str
    known: bool


class InstalledTools(Struct):
    """The installed kustomize (or kubectl) and helm, for one repository.

    Their runs take two minutes at most together: a template can loop for as long as it likes. They have an empty
    home, so that neither settings nor plugins take part.
    """

    root: Path
    budget: TimeBudget = field(default_factory=lambda: TimeBudget(_SECONDS))

    def kustomized(self, built: Build) -> Build:
        """The build with the objects that its gaps can change replaced by those of the installed kustomize.

        The build itself when kustomize would have to fetch something, would copy the value of a Secret into another
        object, or fails. Raises UsageError without kustomize.
        """
        if not built.gaps or any(gap.adds or gap.secret for gap in built.gaps):
            return built
        tool = _installed("kustomize", "kubectl")
        action = "build" if Path(tool).stem == "kustomize" else "kustomize"
        output = self._output(tool, action, path_argument(built.root))
        if output is None:
            return built
        made = [obj for document in read(built.root, output, everything=True) for obj in objects(document)]
        return _completed(built, made)

    def templated(self, chart: str, deployed: DeployedChart | None = None) -> tuple[Object, ...] | None:
        """The objects of a chart, each at its template; None when helm fails.

        They are rendered as they are ``deployed``, or with the default values of a chart that nothing deploys. Raises
        UsageError without helm.
        """
        options, values = [_RELEASE], None
        if deployed is not None:
            options = [deployed.name if _RELEASE_NAME.fullmatch(deployed.name) else _RELEASE, "--values", "-"]
            options += ["--namespace", deployed.namespace] if deployed.namespace else []
            values = deployed.values.encode("utf-8", "replace")
        command = (_installed("helm"), "template", *options, path_argument(chart))
        output = self._output(*command, given=values)
        return None if output is None else tuple(_at_templates(read(chart, output), chart))

    def _output(self, *command: str, given: bytes | None = None) -> bytes | None:
        """The output of a tool; None when it fails or takes too long."""
        try:
            return run(command, self.root, self.budget, {"KUBECONFIG": os.devnull}, given)
        except (Failed, OSError):
            return None


def _installed(*names: str) -> str:
    try:
        return program(*names)
    except NotInstalled:
        raise UsageError(f"--render needs {' or '.join(names)}, which is not on the PATH") from None


class _HashedNames(Struct):
    """The names of generated objects with the hash that kustomize appends, and where they are written.

    ``plain`` are the names without it, by the name with it. ``folded`` are the places where the output has the hash,
    ``bare`` those where it has the plain name.
    """

    plain: ReadMapping[str, str] = field(default_factory=dict)
    folded: set[Span] = field(default_factory=set)
    bare: set[Span] = field(default_factory=set)

    def without_hash(self, text: str) -> str:
        return self.plain.get(text, text)

    def note(self, made: str, node: Scalar) -> None:
        """Take the place of a value of the output."""
        if made in self.plain:
            self.folded.add(node.span)
        elif made in self.plain.values():
            self.bare.add(node.span)


def _completed(built: Build, made: list[Object]) -> Build:
    """The build with the objects that its gaps can change taken from ``made``; itself when one of them is missing."""
    plain = {obj.name: name for obj in made if (name := _plain_name(obj, built)) is not None}
    names = _HashedNames(plain)
    rendered = {(obj.kind, obj.namespace, names.without_hash(obj.name)): obj for obj in made}
    touched = {(each.kind, each.namespace, each.name) for gap in built.gaps for each in gap.touched}
    if not touched <= rendered.keys():
        return built
    completed = tuple(_with_values(obj, rendered, touched, names) for obj in built.objects)
    followed = (built.followed - names.bare) | names.folded
    return replace(built, objects=completed, gaps=(), followed=followed)


def _plain_name(obj: Object, built: Build) -> str | None:
    """The name without the hash that kustomize appends to that of a generated object; None for any other object."""
    plain, dash, digest = obj.name.rpartition("-")
    is_hashed = dash and len(digest) == _HASH_LENGTH and Name(obj.kind, obj.namespace, plain) in built.hashed
    return plain if is_hashed else None


def _with_values(
    obj: Object,
    rendered: ReadMapping[RenderedIdentity, Object],
    touched: set[RenderedIdentity],
    names: _HashedNames,
) -> Object:
    identity = (obj.kind, obj.namespace, obj.name)
    if identity not in touched:
        return obj
    node = _aligned(rendered[identity].node, obj.node, names)
    return replace(obj, node=node) if isinstance(node, Mapping) else obj


def _aligned(made: Node, source: Node, names: _HashedNames) -> Node:
    """The rendered tree with positions of the source: of the same node, or of the nearest one around it."""
    if isinstance(made, Scalar):
        return _aligned_scalar(made, source, names)
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


def _aligned_scalar(made: Scalar, source: Node, names: _HashedNames) -> Scalar:
    raw = names.without_hash(made.raw)
    if isinstance(source, Scalar) and source.raw == raw:
        node = source
    else:
        node = Scalar(source.text, raw, source.start, source.end, style=made.style, tag=made.tag)
    names.note(made.raw, node)
    return node


def _entry(made: Entry, known: Entry | None, source: Node, names: _HashedNames) -> Entry:
    if known is not None:
        return Entry(known.key, _aligned(made.value, known.value, names))
    key = Scalar(source.text, made.key.raw, source.start, source.end)
    return Entry(key, _aligned(made.value, source, names))


def _at_templates(documents: Iterable[Document], chart: str) -> Iterator[Object]:
    """The objects of Helm's output. The comment that names a template may be on an empty document before them."""
    source = ""
    for document in documents:
        source = document.source or source
        for obj in objects(document):
            yield _at_template(obj, source, chart)


def _at_template(obj: Object, source: str, chart: str) -> Object:
    """The object with the position of the first character of its template."""
    below = source.partition("/")[2] or "Chart.yaml"
    text, start = Text(f"{chart}/{below}" if chart else below), Place(0, 0, 0)
    top = Scalar(text, "", start, Place(0, 1, 1))
    node = _aligned(obj.node, top, _HashedNames())
    return replace(obj, node=node, span=top.span) if isinstance(node, Mapping) else obj
