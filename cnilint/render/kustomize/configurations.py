"""What ``configurations``, ``crds`` and ``openapi`` add to kustomize's own knowledge of kinds."""

from collections.abc import Iterator

from cnilint.document import Node, items, string
from cnilint.render.kustomize.kustomization import Kustomization, mapping, strings
from cnilint.render.kustomize.mergekeys import is_described
from cnilint.render.kustomize.model import BuildGap, Files, Layer
from cnilint.render.kustomize.paths import join
from cnilint.render.kustomize.references import Gvk, Referrer, segments

_SETTERS = ("namespace", "namePrefix", "nameSuffix")


def extend(kustomization: Kustomization, files: Files, layer: Layer) -> None:
    """Adds the name references of the configurations to the layer."""
    for item in strings(kustomization, "configurations", layer):
        path = join(kustomization.directory, item.raw)
        if path is None or files.read(path) is None:
            layer.open_all(layer.leave_open(item.span, f"the configuration {item.raw!r} is not read"))
            continue
        layer.used.add(path)
        for document in files.documents(path):
            layer.referrers.update(dict.fromkeys(_referrers(document.root)))
            _open_setters(document.root, layer)
    for item in strings(kustomization, "crds", layer):
        gap = layer.leave_open(item.span, f"references that {item.raw!r} declares are not followed")
        layer.resources = [
            each if is_described(each.api_version, each.kind) else each.opened(gap)
            for each in layer.resources
        ]


def custom_schema(kustomization: Kustomization, layer: Layer) -> BuildGap | None:
    """The gap that a schema of the user's own leaves: how patches merge the lists of custom resources."""
    schema = mapping(kustomization, "openapi", layer)
    if schema is None or string(schema, "path") is None:
        return None
    return layer.leave_open(schema.span, "the schema that says how lists are merged is not read")


def _referrers(root: Node | None) -> Iterator[Referrer]:
    for target in items(root, "nameReference"):
        for spec in items(target, "fieldSpecs"):
            path = string(spec, "path")
            if path:
                yield Referrer(_gvk(spec), segments(path), _gvk(target))


def _gvk(node: Node) -> Gvk:
    return Gvk(string(node, "group") or "", string(node, "version") or "", string(node, "kind") or "")


def _open_setters(root: Node | None, layer: Layer) -> None:
    """Further fields that get the namespace, a prefix or a suffix are not set."""
    for setter in _SETTERS:
        for spec in items(root, setter):
            path = string(spec, "path")
            if not path:
                continue
            gap = layer.leave_open(spec.span, f"the configuration sets {path} by {setter}")
            field = ".".join(segments(path))
            layer.resources = [
                each.opened(gap, (field,)) if _gvk(spec).selects(each.api_version, each.kind) else each
                for each in layer.resources
            ]
