"""The fields ``configurations``, ``crds`` and ``openapi``: name references and schemas of other kinds."""

from collections.abc import Iterator

from cnilint.document import Node, Scalar, child, items, string
from cnilint.document.errors import shown
from cnilint.render.kustomize.fieldspecs import Gvk, NameReference, segments
from cnilint.render.kustomize.kustomization import Kustomization, mapping, strings
from cnilint.render.kustomize.listed import listed_in, why_absent
from cnilint.render.kustomize.mergekeys import is_described
from cnilint.render.kustomize.model import Accumulator, BuildGap, Files
from cnilint.render.kustomize.paths import join

_SETTERS = ("namespace", "namePrefix", "nameSuffix")


def extend(kustomization: Kustomization, files: Files, accumulator: Accumulator) -> None:
    """Add the name references of the configurations to the accumulator."""
    for item in strings(kustomization, "configurations", accumulator):
        path = join(kustomization.directory, item.raw)
        if path is None or files.read(path) is None:
            reason = why_absent(listed_in(kustomization, "configurations", item), files, accumulator)
            accumulator.add_gap_to_all(accumulator.add_gap(item.span, reason))
            continue
        accumulator.used.add(path)
        for document in files.documents(path):
            accumulator.name_references.update(dict.fromkeys(_name_references(document.root)))
            _open_setters(document.root, accumulator)
    for item in strings(kustomization, "crds", accumulator):
        path = join(kustomization.directory, item.raw)
        if path is None or files.read(path) is None:
            why_absent(listed_in(kustomization, "crds", item), files, accumulator)
        gap = accumulator.add_gap(
            item.span, f"name references declared in `{shown(item.raw)}` are not evaluated"
        )
        accumulator.resources = [
            each if is_described(each.api_version, each.kind) else each.with_gap(gap)
            for each in accumulator.resources
        ]


def custom_schema(kustomization: Kustomization, files: Files, accumulator: Accumulator) -> BuildGap | None:
    """The gap of a custom OpenAPI schema: how patches merge the lists of custom resources."""
    schema = mapping(kustomization, "openapi", accumulator)
    if schema is None or string(schema, "path") is None:
        return None
    written = child(schema, "path")
    path = join(kustomization.directory, written.raw) if isinstance(written, Scalar) else None
    if isinstance(written, Scalar) and (path is None or files.read(path) is None):
        why_absent(listed_in(kustomization, "openapi", written), files, accumulator)
    return accumulator.add_gap(
        schema.span, "the OpenAPI schema with the merge keys of custom resources is not evaluated"
    )


def _name_references(root: Node | None) -> Iterator[NameReference]:
    for target in items(root, "nameReference"):
        for spec in items(target, "fieldSpecs"):
            path = string(spec, "path")
            if path:
                yield NameReference(_gvk(spec), segments(path), _gvk(target))


def _gvk(node: Node) -> Gvk:
    return Gvk(string(node, "group") or "", string(node, "version") or "", string(node, "kind") or "")


def _open_setters(root: Node | None, accumulator: Accumulator) -> None:
    """Add gaps for the fields that configurations add to the namespace, prefix and suffix transformers."""
    for setter in _SETTERS:
        for spec in items(root, setter):
            path = string(spec, "path")
            if not path:
                continue
            gap = accumulator.add_gap(
                spec.span, f"`{shown(path)}`, which a configuration adds to `{setter}`, is not set"
            )
            field = ".".join(segments(path))
            accumulator.resources = [
                each.with_gap(gap, (field,)) if _gvk(spec).selects(each.api_version, each.kind) else each
                for each in accumulator.resources
            ]
