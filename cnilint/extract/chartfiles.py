"""Reads files of values and the folders of charts, each once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from posixpath import basename, dirname

from msgspec import Struct

from cnilint.document import Document, Node, Scalar, Span, child, items, read, string
from cnilint.manifest.object import Object, objects
from cnilint.reading import Unreadable
from cnilint.render.installed import DeployedChart
from cnilint.render.kustomize.paths import join
from cnilint.source.base import KUSTOMIZATIONS

ReadFile = Callable[[str], bytes | None]
"""Gives the content of a file of the source; None when it does not exist. May raise ``reading.Unreadable``."""

_RECENT = 64
"""Files whose trees are held: many releases of a repository share one."""
_RECENT_TEXTS = 4
_TEMPLATES = "/templates/"


class Dependency(Struct, frozen=True, kw_only=True):
    """A chart inside another: its name, the key of its values, its version, and the place of its name.

    ``local`` says that its templates are in the repository.
    """

    name: str
    key: str
    version: str
    span: Span
    local: bool


class ChartFolder(Struct, frozen=True, kw_only=True):
    """A chart of the repository.

    ``objects`` are those of its templates that hold no expression: helm renders them as they are. ``templated`` says
    that it has other templates.
    """

    path: str
    name: str
    templated: bool
    dependencies: tuple[Dependency, ...]
    objects: tuple[Object, ...] = ()


class ChartFiles:
    """The files of a source that hold values, or are parts of charts."""

    def __init__(
        self, read: ReadFile, files: Collection[str], deployed: list[DeployedChart] | None = None
    ) -> None:
        """``files`` are those that may be read. How the charts are deployed is added to ``deployed``."""
        self.deployed = deployed
        self._read = read
        self._files = files if isinstance(files, dict) else dict.fromkeys(files)
        self.root = lru_cache(maxsize=_RECENT)(self._root)
        self.text = lru_cache(maxsize=_RECENT_TEXTS)(self._text)
        self.chart = lru_cache(maxsize=None)(self._chart)

    def anew(self) -> "ChartFiles":
        """The same files, none of which was read yet."""
        other = ChartFiles(self._read, self._files, self.deployed)
        other._templates = self._templates
        return other

    def exists(self, path: str) -> bool:
        """Whether the source has a file that can be read."""
        return self._bytes(path) is not None

    def _root(self, path: str) -> Node | None:
        """The root of the one document of a file; None for a file that cannot be read, is empty or is a template."""
        data = self._bytes(path)
        return None if data is None else only_root(read(path, data, everything=True))

    def _text(self, path: str) -> str:
        return (self._bytes(path) or b"").decode("utf-8", "replace")

    def _chart(self, path: str) -> ChartFolder | None:
        """The chart in a folder; None where there is none."""
        folder = join("", path)
        if folder is None:
            return None
        root = self.root(f"{folder}/Chart.yaml".lstrip("/"))
        if root is None:
            return None
        found = (self._dependency(item, folder) for item in items(root, "dependencies"))
        templates = [self._template(path) for path in self._templates.get(folder, ())]
        return ChartFolder(
            path=folder,
            name=string(root, "name") or basename(folder),
            templated=any(each is None for each in templates),
            dependencies=tuple(filter(None, found)),
            objects=tuple(chain.from_iterable(each for each in templates if each is not None)),
        )

    def _dependency(self, item: Node, folder: str) -> Dependency | None:
        name = child(item, "name")
        if not isinstance(name, Scalar) or not name.string:
            return None
        repository = string(item, "repository") or ""
        beside = (
            join(folder, repository.removeprefix("file://")) if repository.startswith("file://") else None
        )
        places = [f"{folder}/charts/{name.raw}", *([] if beside is None else [beside])]
        return Dependency(
            name=name.raw,
            key=string(item, "alias") or name.raw,
            version=string(item, "version") or "",
            span=name.span,
            local=any(self.exists(f"{place}/Chart.yaml".lstrip("/")) for place in places),
        )

    def charts_in(self, glob: str) -> Iterator[tuple[str, str]]:
        """The folders of charts that a glob with one asterisk matches, each with what the asterisk stands for.

        It stays within a segment of the path, as in the git generator of Argo CD.
        """
        before, _, after = glob.strip("/").partition("*")
        if "*" in after:
            return
        for path in self._files:
            folder = path.removesuffix("/Chart.yaml")
            if folder == path or not (folder.startswith(before) and folder.endswith(after)):
                continue
            segment = folder[len(before) : len(folder) - len(after)]
            if segment and "/" not in segment:
                yield folder, segment

    def packed(self, token: Scalar) -> str | None:
        """The file that an entry of a kustomize generator packs; None for any other token."""
        span = token.span
        if basename(span.file) not in KUSTOMIZATIONS or span.line != span.end_line:
            return None
        lines = self.text(span.file).split("\n")
        written = (
            lines[span.line - 1][span.column - 1 : span.end_column - 1] if span.line <= len(lines) else ""
        )
        path = join(dirname(span.file), written.strip("\"'").rpartition("=")[2])
        return path if path and self.exists(path) else None

    @cached_property
    def _templates(self) -> Mapping[str, Sequence[str]]:
        """By folder, the files in its folder ``templates`` that helm renders to objects."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in self._files:
            name = basename(path)
            if _TEMPLATES in f"/{path}" and not name.startswith("_") and name != "NOTES.txt":
                found[f"/{path}".rpartition(_TEMPLATES)[0].lstrip("/")].append(path)
        return found

    def _template(self, path: str) -> list[Object] | None:
        """The objects of a template without expressions; None where helm has to render it."""
        data = self._bytes(path)
        if data is None or b"{{" in data:
            return None
        documents = read(path, data)
        if any(document.broken is not None for document in documents):
            return None
        return [obj for document in documents for obj in objects(document)]

    def _bytes(self, path: str) -> bytes | None:
        if path not in self._files:
            return None
        try:
            return self._read(path)
        except Unreadable:
            return None


class AskedCharts(ChartFiles):
    """Other charts, and whether anyone asked for a file of them."""

    def __init__(self, charts: ChartFiles) -> None:
        self._charts = charts
        self.deployed = charts.deployed
        self.asked = False

    def __getattr__(self, name: str) -> object:
        """Whatever ``ChartFiles`` has of its own, which all its methods use."""
        self.asked = True
        return getattr(self._charts, name)


NO_FILES = ChartFiles(lambda _: None, ())
"""For objects that belong to no source."""


def only_root(documents: list[Document]) -> Node | None:
    """The root of the one document that is not empty; None for several, or one that cannot be read."""
    if any(document.broken is not None for document in documents):
        return None
    roots = [document.root for document in documents if document.root is not None]
    return roots[0] if len(roots) == 1 else None
