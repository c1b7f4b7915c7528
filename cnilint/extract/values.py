"""Puts together the values of a Helm release from the object, files and ConfigMaps, as Helm merges them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import (
    Entry,
    Mapping,
    Node,
    Scalar,
    Span,
    child,
    entries,
    is_null,
    items,
    plain,
    string,
    walk,
)
from cnilint.document.edit import with_entries, with_value
from cnilint.extract.chartfiles import ChartFiles, ChartFolder, only_root
from cnilint.gitops.applicationset import fill
from cnilint.gitops.helm import UNKNOWN, Installation, Release, ValuesLayer
from cnilint.manifest.names import is_placeholder
from cnilint.manifest.object import Object
from cnilint.render.installed import DeployedChart
from cnilint.render.kustomize import inline
from cnilint.render.kustomize.paths import join

_DEFAULT_KEY = "values.yaml"
"""The key of a ConfigMap with values, where none is named (https://fluxcd.io/flux/components/helm/helmreleases/)."""
_NO_FIELD = frozenset("[]\\{}")
"""Characters of a parameter's name that is more than a path of fields."""
_MOST_LEVELS = 128
"""Levels of values that are merged; what is deeper is replaced."""


class ReleaseValues(Struct, kw_only=True):
    """A release with its values merged; ``values`` is None where there are none.

    ``path`` is that of the values in their object, ``doubted`` the leaves that unread layers may override. ``folder``
    is the chart's, where it is in the repository, ``broken`` what is wrong in texts of values, which Helm refuses.
    ``complete`` says that all layers were read.
    """

    release: Release
    values: Mapping | None = None
    path: str = "values"
    doubted: frozenset[Span] = frozenset()
    folder: ChartFolder | None = None
    broken: tuple[Diagnostic, ...] = ()
    complete: bool = True


def release_values(
    stated: Sequence[Installation], files: ChartFiles, beside: Sequence[Object]
) -> list[ReleaseValues]:
    """The releases that one object installs, with their values.

    ``beside`` are the objects of the same file or build, whose ConfigMaps may hold values. A source whose folder holds
    no chart, and that says nothing of Helm, is not a release.
    """
    found: list[ReleaseValues] = []
    for each in _expanded(stated, files):
        folder = files.chart(each.folder) if each.folder else None
        if folder is not None or each.layers or each.certain:
            found.append(_Merger(stated=each, files=files, beside=beside, folder=folder).merged())
    return found


def _expanded(stated: Sequence[Installation], files: ChartFiles) -> Iterator[Installation]:
    """The installations, one for each chart that an asterisk in the path of a folder matches."""
    for each in stated:
        if "*" not in each.folder:
            yield each
            continue
        for folder, segment in files.charts_in(each.folder):
            if not any(fnmatchcase(folder, glob) for glob in each.left_out):
                yield each.at(folder, segment)


class _Merger(Struct, kw_only=True):
    """Merges the layers of one release."""

    stated: Installation
    files: ChartFiles
    beside: Sequence[Object]
    folder: ChartFolder | None
    doubted: set[Span] = field(default_factory=set)
    known: bool = True
    broken: list[Diagnostic] = field(default_factory=list)

    def merged(self) -> ReleaseValues:
        values = None if self.folder is None else self._defaults(self.folder)
        given: Node | None = None
        for root in self._layers():
            if root is None:
                self._doubt(values)
            elif isinstance(root, Mapping):
                values = merge(values, root)
                given = merge(given, root, keeps_null=True)
        found = values if isinstance(values, Mapping) else None
        maps = [layer.path for layer in self.stated.layers if layer.kind in ("map", "text")]
        release = self._release(found)
        self._note(release, given)
        return ReleaseValues(
            release=release,
            values=found,
            path=maps[-1] if maps else "values",
            doubted=frozenset(self.doubted),
            folder=self.folder,
            broken=tuple(self.broken),
            complete=self.known,
        )

    def _defaults(self, folder: ChartFolder) -> Node | None:
        """The values of the chart itself, or those of the files that the object names in place of them."""
        named = [layer.node for layer in self.stated.layers if layer.kind == "defaults"]
        listed = [item for node in named for item in items(node) if isinstance(item, Scalar)]
        if not listed:
            return self.files.root(f"{folder.path}/values.yaml".lstrip("/"))
        values: Node | None = None
        for root in (root for item in listed for root in self._file(item, from_root=True)):
            if isinstance(root, Mapping):
                values = merge(values, root)
            else:
                self._doubt(values)
        return values

    def _note(self, release: Release, given: Node | None) -> None:
        """Note how a chart of the repository is deployed, for a renderer."""
        if self.files.deployed is None or release.folder is None:
            return
        try:
            values, known = json.dumps({} if given is None else plain(given), default=str), self.known
        except RecursionError:
            values, known = "", False
        self.files.deployed.append(
            DeployedChart(
                folder=release.folder,
                name=release.name,
                namespace=None if release.namespace == UNKNOWN else release.namespace,
                values=values,
                known=known,
            )
        )

    def _layers(self) -> Iterator[Node | None]:
        """The layers in order; None for one that is not in the repository."""
        for layer in self.stated.layers:
            if layer.kind == "parameters":
                yield from _parameters(layer.node)
            elif layer.kind == "dotted":
                yield from _dotted(layer.node)
            else:
                yield from self._roots(layer)

    def _release(self, values: Mapping | None) -> Release:
        release, folder = self.stated.release, self.folder
        if folder is not None:
            release = replace(release, chart=folder.name or release.chart, folder=folder.path, reference=None)
        return named_by(release, values)

    def _doubt(self, values: Node | None) -> None:
        self.known = False
        if values is not None:
            self.doubted.update(node.span for node in walk(values) if isinstance(node, Scalar))

    def _roots(self, layer: ValuesLayer) -> Iterator[Node | None]:
        """The roots of the documents of a layer, None for one that is not in the repository."""
        node = layer.node
        if layer.kind == "map":
            yield node
        elif layer.kind == "text" and isinstance(node, Scalar):
            yield self._parsed(node)
        elif layer.kind == "file" and isinstance(node, Scalar):
            yield from self._file(node)
        elif layer.kind in ("files", "mixed"):
            yield from self._files(items(node), mixed=layer.kind == "mixed")
        elif layer.kind == "objects":
            for item in items(node):
                yield from self._object(item)

    def _parsed(self, text: Scalar) -> Node | None:
        """The values in a string; None for one that is not YAML, such as a template."""
        source = self.files.text(text.text.file)
        documents = inline.documents(text, source)
        if "{{" not in text.raw and not is_placeholder(text.raw):
            self.broken += [
                replace(each.broken, span=text.span) for each in documents if each.broken is not None
            ]
        return only_root(documents)

    def _files(self, listed: Iterable[Node], *, mixed: bool) -> Iterator[Node | None]:
        """The values of several files; a ``mixed`` list has values themselves among them."""
        for item in listed:
            if isinstance(item, Scalar):
                yield from self._file(item)
            elif mixed:
                yield item

    def _file(self, item: Scalar, *, from_root: bool = False) -> Iterator[Node | None]:
        """The values of a file; nothing for one that may be absent, or is empty."""
        written = fill(item.raw, self.stated.parameters, UNKNOWN)
        path = join("", written) if from_root else self._path(written)
        if path is None or not self.files.exists(path):
            if not self.stated.ignores_missing:
                yield None
            return
        root = self.files.root(path)
        if root is None or not is_null(root):
            yield root

    def _path(self, text: str) -> str | None:
        """The path of a file of values in the repository; None for one that is elsewhere.

        ``$name/path`` is in the repository of another source, which is taken for this one if the file is there.
        """
        if text.startswith("$"):
            return join("", text.partition("/")[2])
        if "://" in text:
            return None
        if text.startswith("/"):
            return join("", text.lstrip("/"))
        base = self.stated.beside
        if base is None:
            base = None if self.folder is None else self.folder.path
        return None if base is None else join(base, text)

    def _object(self, item: Node) -> Iterator[Node | None]:
        """The values in a ConfigMap of the repository; what a Secret holds is not read."""
        reference = _config_map(item)
        if reference is None:
            if child(item, "targetPath") is None:
                yield None
            return
        key = string(item, "valuesKey") or string(reference, "key") or _DEFAULT_KEY
        text = self._data(string(reference, "name") or "", key)
        target = string(item, "targetPath")
        root = None if text is None else text if target else self._packed(text)
        yield root if root is None or not target else _at_path(root, target)

    def _data(self, name: str, key: str) -> Scalar | None:
        for obj in self.beside:
            if obj.kind == "ConfigMap" and obj.name == name:
                value = child(obj.node, "data", key)
                if isinstance(value, Scalar):
                    return value
        return None

    def _packed(self, text: Scalar) -> Node | None:
        """The values in a key of a ConfigMap; of one that kustomize generates, those in the file that it packs."""
        path = self.files.packed(text)
        return self._parsed(text) if path is None else self.files.root(path)


def named_by(release: Release, values: Mapping | None) -> Release:
    """The release with what the values of its chart say about the names of its objects."""
    common = child(values, "global")
    entries = values.entries if values is not None else {}
    return replace(
        release,
        fullname=string(common, "fullnameOverride") or string(values, "fullnameOverride") or "",
        nickname=string(common, "nameOverride") or string(values, "nameOverride") or "",
        parts=frozenset(name for name, entry in entries.items() if isinstance(entry.value, Mapping)),
    )


def merge(
    base: Node | None, over: Mapping, levels: int = _MOST_LEVELS, *, keeps_null: bool = False
) -> Mapping:
    """Values overridden by others: mappings are merged, all else is replaced, null removes unless it is kept.

    Source: https://github.com/helm/helm/blob/v3.18.6/pkg/cli/values/options.go, mergeMaps; pkg/chartutil/coalesce.go.
    """
    if not isinstance(base, Mapping):
        base = with_entries(over, {})
    entries = dict(base.entries)
    for name, entry in over.entries.items():
        known = entries.get(name)
        if is_null(entry.value) and not keeps_null:
            entries.pop(name, None)
        elif (
            levels
            and known is not None
            and isinstance(known.value, Mapping)
            and isinstance(entry.value, Mapping)
        ):
            entries[name] = Entry(
                entry.key, merge(known.value, entry.value, levels - 1, keeps_null=keeps_null)
            )
        else:
            entries[name] = entry
    return with_entries(over, entries)


def _parameters(parameters: Node) -> Iterator[Mapping]:
    """Argo CD's ``helm.parameters`` as values; a path into a list is left out."""
    for parameter in items(parameters):
        name, value = string(parameter, "name"), child(parameter, "value")
        if name and isinstance(value, Scalar) and _NO_FIELD.isdisjoint(name):
            yield _at_path(value, name)


def _dotted(values: Node) -> Iterator[Mapping]:
    """Values by their dotted paths, as ``helm --set`` takes them."""
    for path, entry in entries(values).items():
        if isinstance(entry.value, Scalar) and _NO_FIELD.isdisjoint(path):
            yield _at_path(entry.value, path)


def _config_map(item: Node) -> Node | None:
    """What names the ConfigMap of a layer; None for a layer in any other object."""
    reference = child(item, "configMapKeyRef")
    return item if reference is None and string(item, "kind") == "ConfigMap" else reference


def _at_path(value: Node, path: str) -> Mapping:
    """A value below a dotted path."""
    steps = path.split(".")[:_MOST_LEVELS]
    return with_value(Mapping(value.text, value.start, value.end), steps, value)
