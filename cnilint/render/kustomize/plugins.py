"""What is not evaluated: charts, plugins, replacements and vars. Adds gaps for the fields that they can change."""

from collections.abc import Iterator

from cnilint.diagnostics.model import Message
from cnilint.document import Document, Mapping, Node, Scalar, Sequence, child, items, string
from cnilint.document.edit import text_at, with_entries, with_value
from cnilint.document.errors import shown
from cnilint.document.outlinenodes import may_hold
from cnilint.manifest.object import Object, objects
from cnilint.regex import regex
from cnilint.render.kustomize import inline
from cnilint.render.kustomize.generate import absorb
from cnilint.render.kustomize.kustomization import Kustomization, mapping, mappings, strings
from cnilint.render.kustomize.listed import Listed, listed_in, why_absent
from cnilint.render.kustomize.model import Accumulator, BuildGap, Files, Resource, resource
from cnilint.render.kustomize.paths import join
from cnilint.render.kustomize.selector import BadSelector, selector

_HARMLESS = frozenset(("AnnotationsTransformer", "ImageTagTransformer", "LabelTransformer"))
"""Built-in transformers that change no name, namespace, key or reference."""
CHART_KIND = "HelmChartInflationGenerator"
"""The kind of the generator that kustomize runs for an entry of ``helmCharts``."""
_OLD_CHARTS = "helmChartInflationGenerator"
_OLD_NAMES = {
    "chartName": "name",
    "chartVersion": "version",
    "chartRepoUrl": "repo",
    "values": "valuesFile",
    "valuesLocal": "valuesInline",
}
"""The fields of ``helmChartInflationGenerator`` by those of ``helmCharts`` (api/types/helmchartargs.go)."""
_OPENING = "$("
_EXPANSION = regex(r"\$\(([^)]*)\)")
_BRACKETS = regex(r"\[[^\]]*\]")


def charts(kustomization: Kustomization, files: Files, accumulator: Accumulator) -> None:
    """Charts: they can add any object. Each is noted as the generator that kustomize runs for it."""
    home = string(mapping(kustomization, "helmGlobals", accumulator), "chartHome") or "charts"
    for field in ("helmCharts", _OLD_CHARTS):
        for chart in mappings(kustomization, field, accumulator):
            _check_values(chart, field, kustomization, files, accumulator)
            entries = {_OLD_NAMES.get(name, name): entry for name, entry in chart.entries.items()}
            _add_chart(with_entries(chart, entries), join(kustomization.directory, home), accumulator)


def _check_values(
    chart: Mapping, field: str, kustomization: Kustomization, files: Files, accumulator: Accumulator
) -> None:
    """Refuses files of values that do not exist."""
    for item in (child(chart, "valuesFile"), *items(chart, "additionalValuesFiles")):
        if isinstance(item, Scalar) and item.raw:
            path = join(kustomization.directory, item.raw)
            if path is None or files.read(path) is None:
                why_absent(listed_in(kustomization, field, item), files, accumulator)


def _add_chart(chart: Mapping, home: str | None, accumulator: Accumulator) -> None:
    """Note a chart, by the fields of an entry of ``helmCharts``; ``home`` is the folder of charts that are not fetched."""
    name = child(chart, "name")
    anchor = name if isinstance(name, Scalar) else chart
    accumulator.add_gap(
        chart.span, f"chart `{shown(string(chart, 'name') or '?')}` is not rendered", adds=True, chart=True
    )
    metadata = {
        "name": text_at(anchor, string(chart, "releaseName") or string(chart, "name") or "chart"),
        **({"namespace": namespace} if (namespace := child(chart, "namespace")) is not None else {}),
    }
    node = with_value(chart, ("apiVersion",), text_at(anchor, "builtin"))
    node = with_value(node, ("kind",), text_at(anchor, CHART_KIND))
    for field, value in metadata.items():
        node = with_value(node, ("metadata", field), value)
    if home is not None:
        node = with_value(node, ("folder",), text_at(anchor, f"{home}/{string(chart, 'name')}".lstrip("/")))
    accumulator.charts.append(
        resource(
            Object(
                api_version="builtin",
                kind=CHART_KIND,
                namespace=string(node, "metadata", "namespace"),
                name=string(node, "metadata", "name") or "",
                node=node,
                span=anchor.span,
            )
        )
    )


def generators(kustomization: Kustomization, files: Files, accumulator: Accumulator) -> None:
    """Generator plugins. A plugin that decrypts files adds the objects of these files, any other can add any object."""
    for item, plugin in _plugins("generators", kustomization, files, accumulator):
        if plugin.kind == CHART_KIND and plugin.api_version == "builtin":
            home = string(plugin.node, "chartHome") or "charts"
            _add_chart(plugin.node, join(kustomization.directory, home), accumulator)
        elif not _decrypts(plugin, kustomization, files, accumulator):
            accumulator.add_gap(item.span, f"generator {shown(plugin.kind)} is not run", adds=True)


def _decrypts(plugin: Object, kustomization: Kustomization, files: Files, accumulator: Accumulator) -> bool:
    """Add the objects of the encrypted files that a plugin lists; False when it lists any other file."""
    paths = _encrypted_files(plugin, kustomization, files)
    found = [obj for path in paths for document in files.documents(path) for obj in objects(document)]
    if not found:
        return False
    accumulator.used.update(paths)
    accumulator.secret_files.update(paths)
    for each in found:
        annotations = child(each.node, "metadata", "annotations")
        behavior = string(annotations, "kustomize.config.k8s.io/behavior") or "create"
        absorb(resource(each), behavior, accumulator)
    return True


def _encrypted_files(plugin: Object, kustomization: Kustomization, files: Files) -> list[str]:
    """The files that a plugin lists; empty when one of them is missing or is not encrypted by SOPS."""
    paths: list[str] = []
    for node in items(plugin.node, "files"):
        if isinstance(node, Scalar):
            path = join(kustomization.directory, node.raw)
            if path is None or files.read(path) is None or not _is_encrypted(files.documents(path)):
                return []
            paths.append(path)
    return paths


def _is_encrypted(documents: list[Document]) -> bool:
    """Whether every object has the metadata of SOPS (https://getsops.io/docs)."""
    roots = [document.root for document in documents if isinstance(document.root, Mapping)]
    return all(child(root, "sops") is not None for root in roots)


def transformers(kustomization: Kustomization, files: Files, accumulator: Accumulator) -> None:
    """Transformer plugins: they can change every object and, unless built in, add objects."""
    for item, plugin in _plugins("transformers", kustomization, files, accumulator):
        if plugin.api_version == "builtin" and plugin.kind in _HARMLESS:
            continue
        adds = plugin.api_version != "builtin"
        gap = accumulator.add_gap(item.span, f"transformer {shown(plugin.kind)} is not run", adds=adds)
        accumulator.add_gap_to_all(gap)


def _plugins(
    field: str, kustomization: Kustomization, files: Files, accumulator: Accumulator
) -> Iterator[tuple[Scalar, Object]]:
    """The configurations of the plugins of a field, each with the item that lists it."""
    for item in strings(kustomization, field, accumulator):
        listed = listed_in(kustomization, field, item)
        for document in _configurations(listed, kustomization, files, accumulator):
            for plugin in objects(document):
                yield item, plugin


def _configurations(
    listed: Listed, kustomization: Kustomization, files: Files, accumulator: Accumulator
) -> Iterator[Document]:
    """The documents that configure a plugin: inline or in a file."""
    item = listed.item
    if "\n" in item.raw:
        source = (files.read(kustomization.path) or b"").decode("utf-8", "replace")
        yield from inline.documents(item, source)
        return
    path = join(kustomization.directory, item.raw)
    if path is not None and files.read(path) is not None:
        accumulator.used.add(path)
        yield from files.documents(path)
        return
    if path is not None and files.kustomization_file(path) is not None:
        reason = f"plugin configurations of `{shown(item.raw)}` are not built"
    else:
        reason = why_absent(listed, files, accumulator)
    gap = accumulator.add_gap(item.span, reason, adds=True)
    if listed.field != "generators":
        accumulator.add_gap_to_all(gap)


def replacements(kustomization: Kustomization, files: Files, accumulator: Accumulator) -> None:
    """Replacements: they change the fields that their targets select."""
    for entry in mappings(kustomization, "replacements", accumulator):
        path = child(entry, "path")
        if not isinstance(path, Scalar):
            _replacement(entry, accumulator)
            continue
        joined = join(kustomization.directory, path.raw)
        if joined is None or files.read(joined) is None:
            reason = why_absent(listed_in(kustomization, "replacements", path), files, accumulator)
            accumulator.add_gap_to_all(accumulator.add_gap(path.span, reason))
            continue
        accumulator.used.add(joined)
        for document in files.documents(joined):
            listed = document.root.items if isinstance(document.root, Sequence) else [document.root]
            for node in listed:
                if isinstance(node, Mapping):
                    _replacement(node, accumulator)


def _replacement(entry: Mapping, accumulator: Accumulator) -> None:
    copies_secret = string(entry, "source", "kind") in (None, "Secret")
    gap = accumulator.add_gap(entry.span, "replacements are not evaluated", secret=copies_secret)
    for target in items(entry, "targets"):
        select = child(target, "select")
        fields = [_field(node) for node in items(target, "fieldPaths")] or ["metadata.name"]
        if select is None:
            continue
        try:
            wanted = selector(select)
        except BadSelector as bad:
            if bad.refused:
                accumulator.refuse(bad.span, Message("`select` has an invalid regular expression"))
            accumulator.add_gap_to_all(gap)
            continue
        accumulator.resources = [
            each.with_gap(gap, tuple(fields)) if wanted.selects(each) else each
            for each in accumulator.resources
        ]


def _field(node: Node) -> str:
    """A field path of a replacement without list selectors, and without what follows a wildcard."""
    text = node.raw if isinstance(node, Scalar) else ""
    parts = [part for part in _BRACKETS.sub("", text).split(".") if part and not part.isdigit()]
    return ".".join(parts[: parts.index("*")] if "*" in parts else parts)


def variables(kustomization: Kustomization, accumulator: Accumulator) -> None:
    """Add a gap for each var. ``add_gaps_of_vars`` adds the fields when the build is complete."""
    for entry in mappings(kustomization, "vars", accumulator):
        name = child(entry, "name")
        if isinstance(name, Scalar) and name.raw:
            copies_secret = string(entry, "objref", "kind") in (None, "Secret")
            gap = accumulator.add_gap(
                name.span, f"var `{shown(name.raw)}` is not evaluated", secret=copies_secret
            )
            accumulator.variables[name.raw] = gap


def add_gaps_of_vars(accumulator: Accumulator) -> None:
    """Mark every field in which kustomize would replace a var."""
    if accumulator.variables:
        accumulator.resources = [
            _with_gaps_of_vars(each, accumulator.variables) for each in accumulator.resources
        ]


def _with_gaps_of_vars(each: Resource, variables: dict[str, BuildGap]) -> Resource:
    fields: dict[str, set[str]] = {}
    for path, text in _expandable(each.node):
        for name in _EXPANSION.findall(text):
            if name in variables:
                fields.setdefault(name, set()).add(path)
    for name, paths in sorted(fields.items()):
        each = each.with_gap(variables[name], tuple(sorted(paths)))
    return each


def _expandable(root: Node) -> Iterator[tuple[str, str]]:
    """Every scalar that may hold an expansion, with its path, without indices."""
    pending: list[tuple[str, Node]] = [("", root)]
    while pending:
        path, node = pending.pop()
        if isinstance(node, Scalar):
            yield path, node.raw
        elif not may_hold(node, _OPENING):
            continue
        elif isinstance(node, Mapping):
            prefix = f"{path}." if path else ""
            pending.extend((prefix + name, value) for name, value in node.fields())
        else:
            pending.extend((path, item) for item in node.items)
