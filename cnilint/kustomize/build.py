"""One kustomization after the other, base before overlay, in the order of kustomize's own steps.

Source: sigs.k8s.io/kustomize/api v0.18.0 (kubectl 1.32), internal/target/kusttarget.go.
"""

from collections.abc import Iterable

from cnilint.document import Scalar, child, string
from cnilint.kustomize import configurations, plugins, settings
from cnilint.kustomize.dialect import restated
from cnilint.kustomize.follow import follow
from cnilint.kustomize.generate import generate
from cnilint.kustomize.kustomization import Kustomization, load, strings, text
from cnilint.kustomize.model import Build, Files, Gap, Layer, Name, Resource, Touched, resource
from cnilint.kustomize.names import add_affixes, set_namespace
from cnilint.kustomize.patches import Patcher
from cnilint.kustomize.paths import contains, is_remote, join
from cnilint.objects import Object, objects

Memo = dict[str, Layer]
"""Layers by directory. Pass one dictionary to all builds of a source, so that shared bases are built once."""

_MAX_BASES = 60
"""Kustomizations within kustomizations; deeper ones are not evaluated."""
_MAX_RESOURCES = 20_000
"""Objects of one build; a build of more is given up, for bases can double each other without end."""


def build(root: str, files: Files, memo: Memo | None = None) -> Build:
    """What ``kustomize build`` of a directory would emit.

    Nothing is run or fetched, nothing is raised: what kustomize would refuse is among ``faults``, what is not
    evaluated among ``open``. A directory without a kustomization builds to nothing.
    """
    layer = _Builder(files, {} if memo is None else memo).layer(root, ()).copy()
    followed = follow(layer)
    plugins.open_expansions(layer)
    kept = [each for each in layer.resources if not _is_local(each)]
    return Build(
        root=root,
        objects=tuple(_object(each) for each in kept),
        used=frozenset(layer.used),
        bases=frozenset(layer.bases),
        open=_reach(layer.gaps, kept),
        faults=tuple(layer.faults),
        hashed=frozenset(Name(each.kind, each.namespace, each.name) for each in kept if each.hashed),
        followed=followed,
    )


class _Builder:
    """The layers built so far."""

    def __init__(self, files: Files, memo: Memo) -> None:
        self.files = files
        self.memo = memo

    def layer(self, directory: str, parents: tuple[str, ...]) -> Layer:
        """The layer of a kustomization. It is shared: whoever goes on with it copies it."""
        known = self.memo.get(directory)
        if known is None:
            known = Layer()
            kustomization = load(directory, self.files, known)
            if kustomization is not None:
                known.component = kustomization.kind == "Component"
                self._accumulate(kustomization, known, (*parents, directory))
            self.memo[directory] = known
        return known

    def _accumulate(self, kustomization: Kustomization, layer: Layer, inside: tuple[str, ...]) -> None:
        """All that a kustomization says, done to a layer; ``inside`` are the directories on the way to it."""
        for field in ("resources", "bases"):
            for item in strings(kustomization, field, layer):
                self._resource(item, kustomization, layer, inside)
        configurations.extend(kustomization, self.files, layer)
        generate(kustomization, self.files, layer)
        plugins.charts(kustomization, layer)
        plugins.generators(kustomization, self.files, layer)
        for item in strings(kustomization, "components", layer):
            self._component(item, kustomization, layer, inside)
        self._transform(kustomization, layer)

    def _resource(
        self, item: Scalar, kustomization: Kustomization, layer: Layer, inside: tuple[str, ...]
    ) -> None:
        path = join(kustomization.directory, item.raw)
        if path is not None and self.files.is_kustomization(path) is not None:
            if self._may_enter(path, item, layer, inside):
                self._base(path, item, layer, inside)
        elif path is not None and self.files.read(path) is not None:
            layer.used.add(path)
            _add(self._file(path, item, layer), item, layer)
        else:
            layer.leave_open(item.span, _absent(item.raw, path), adds=True)

    def _base(self, path: str, item: Scalar, layer: Layer, inside: tuple[str, ...]) -> None:
        base = self.layer(path, inside)
        layer.bases.add(path)
        layer.include(base)
        if base.component:
            layer.refuse(item.span, f"{item.raw!r} is a component", "list it under 'components'")
            layer.leave_open(item.span, "a component is listed as a resource", adds=True)
        else:
            _add(base.resources, item, layer)

    def _file(self, path: str, item: Scalar, layer: Layer) -> list[Resource]:
        documents = restated(self.files.documents(path), self.files.read(path) or b"")
        if any(document.broken for document in documents):
            layer.leave_open(item.span, f"{item.raw!r} cannot be read", adds=True)
        return [resource(each) for document in documents for each in objects(document)]

    def _component(
        self, item: Scalar, kustomization: Kustomization, layer: Layer, inside: tuple[str, ...]
    ) -> None:
        """A component is no layer of its own: it goes on with the one that includes it."""
        path = join(kustomization.directory, item.raw)
        if path is None or self.files.is_kustomization(path) is None:
            layer.open_all(layer.leave_open(item.span, _absent(item.raw, path), adds=True))
            return
        if not self._may_enter(path, item, layer, inside):
            return
        layer.bases.add(path)
        component = load(path, self.files, layer)
        if component is None:
            layer.open_all(
                layer.leave_open(item.span, f"the component {item.raw!r} cannot be read", adds=True)
            )
        elif component.kind != "Component":
            layer.refuse(item.span, f"{item.raw!r} is no component", "list it under 'resources'")
        else:
            self._accumulate(component, layer, (*inside, path))

    def _may_enter(self, path: str, item: Scalar, layer: Layer, inside: tuple[str, ...]) -> bool:
        if any(contains(path, visited) for visited in inside):
            layer.refuse(item.span, f"{item.raw!r} leads back to a kustomization that includes this one")
            layer.leave_open(item.span, "kustomizations include each other", adds=True)
            return False
        if len(inside) > _MAX_BASES:
            layer.leave_open(item.span, f"more than {_MAX_BASES} kustomizations are nested", adds=True)
            return False
        return True

    def _transform(self, kustomization: Kustomization, layer: Layer) -> None:
        patcher = Patcher(
            kustomization, self.files, layer, configurations.custom_schema(kustomization, layer)
        )
        patcher.strategic()
        patcher.mixed()
        namespace = text(kustomization, "namespace", layer)
        if namespace is not None:
            set_namespace(layer, namespace)
        prefix = text(kustomization, "namePrefix", layer)
        suffix = text(kustomization, "nameSuffix", layer)
        if prefix is not None or suffix is not None:
            add_affixes(layer, prefix.raw if prefix else "", suffix.raw if suffix else "")
        settings.set_labels(kustomization, layer)
        patcher.json()
        settings.set_replicas(kustomization, layer)
        plugins.replacements(kustomization, self.files, layer)
        plugins.transformers(kustomization, self.files, layer)
        plugins.variables(kustomization, layer)


def _absent(written: str, path: str | None) -> str:
    """Why something that a kustomization includes cannot be read."""
    if is_remote(written):
        return f"the remote {written!r} is not fetched"
    if path is None:
        return f"{written!r} lies outside of the source"
    return f"{written!r} is neither a file nor a kustomization of the source"


def _add(resources: Iterable[Resource], item: Scalar, layer: Layer) -> None:
    """Appends resources. kustomize refuses two of one identity."""
    known = {each.current for each in layer.resources}
    for each in resources:
        if each.current in known:
            what = f"{each.kind} {each.name!r}" + (
                f" in namespace {each.namespace!r}" if each.namespace else ""
            )
            layer.refuse(item.span, f"{item.raw!r} brings a second {what}")
        elif len(layer.resources) >= _MAX_RESOURCES:
            layer.leave_open(item.span, f"more than {_MAX_RESOURCES} objects are built here", adds=True)
            layer.resources.clear()
            return
        else:
            known.add(each.current)
            layer.resources.append(each)


def _is_local(each: Resource) -> bool:
    """Whether the object is for kustomize's use alone."""
    marker = child(each.node, "metadata", "annotations", "config.kubernetes.io/local-config")
    return marker is not None and string(marker) != "false"


def _object(each: Resource) -> Object:
    name = child(each.node, "metadata", "name")
    span = each.source.span if name is None else name.span
    return Object(
        each.api_version,
        each.kind,
        each.namespace,
        each.name,
        each.node,
        span,
        each.source.path,
        each.source.origin,
    )


def _reach(gaps: Iterable[Gap], resources: list[Resource]) -> tuple[Gap, ...]:
    """The gaps that matter, each with the objects of the finished build that it can change."""
    touched: dict[Gap, list[Touched]] = {gap: [] for gap in gaps}
    for each in resources:
        fields: dict[Gap, set[str]] = {}
        for gap, names in each.open:
            fields.setdefault(gap, set()).update(names)
        for gap, reached in fields.items():
            touched[gap].append(
                Touched(each.api_version, each.kind, each.namespace, each.name, tuple(sorted(reached)))
            )
    return tuple(
        Gap(gap.span, gap.reason, gap.adds, tuple(objects_))
        for gap, objects_ in touched.items()
        if gap.adds or objects_
    )
