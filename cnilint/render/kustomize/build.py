"""Accumulates the resources of kustomizations, bases first, in the order of kustomize's own steps.

Source: sigs.k8s.io/kustomize/api v0.18.0 (kubectl 1.32), internal/target/kusttarget.go.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadMapping

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.document import Document, Mapping, Node, Scalar, Span, child, entries, is_null, items, string
from cnilint.document.edit import text_at, with_value
from cnilint.document.errors import shown
from cnilint.manifest.object import Object, objects
from cnilint.render.kustomize import configurations, plugins, settings
from cnilint.render.kustomize.dialect import with_yaml_12_booleans
from cnilint.render.kustomize.generate import generate
from cnilint.render.kustomize.images import set_images
from cnilint.render.kustomize.kustomization import Kustomization, generated, load, strings, text, with_fields
from cnilint.render.kustomize.listed import listed_in, why_absent
from cnilint.render.kustomize.memo import Memo
from cnilint.render.kustomize.model import (
    OF_TEMPLATE,
    Accumulator,
    Build,
    BuildGap,
    Files,
    Name,
    Resource,
    ResourceIdentity,
    Touched,
    resource,
)
from cnilint.render.kustomize.namereference import fix_name_references
from cnilint.render.kustomize.names import add_affixes, set_namespace
from cnilint.render.kustomize.patches import Patcher
from cnilint.render.kustomize.paths import contains, join

_MAX_BASES = 60
"""Kustomizations nested in each other; deeper ones are not evaluated."""
_MAX_COMPONENTS = 1_000
"""Components applied to one accumulator: the number of ways in which they can include each other is exponential."""
_MAX_RESOURCES = 20_000
"""Objects of one build; larger builds are not evaluated, since bases can double each other."""


def build(root: str, files: Files, memo: Memo | None = None) -> Build:
    """What ``kustomize build`` of a directory would emit.

    Nothing is run, fetched or raised: ``diagnostics`` has what kustomize would refuse, ``gaps`` what is not
    evaluated. The build of a directory without a kustomization is empty.
    """
    accumulator = _Builder(files, Memo() if memo is None else memo).accumulated(root, ()).copy()
    return _finished(root, accumulator, files)


def build_customized(
    root: str, fields: ReadMapping[str, Node], files: Files, memo: Memo, resources: Iterable[Scalar] = ()
) -> Build:
    """What ``kustomize build`` of a directory would emit with other fields: set, or appended to those that it has.

    ``resources`` are those of a directory that has no kustomization.
    """
    accumulator = Accumulator()
    found = load(root, files, accumulator)
    if found is None:
        found = generated(root, next(iter(fields.values())), resources)
    _Builder(files, memo).accumulate(with_fields(found, fields), accumulator, (root,))
    return _finished(root, accumulator, files)


def _finished(root: str, accumulator: Accumulator, files: Files) -> Build:
    if accumulator.oversized:
        _report_oversized(accumulator, files.kustomization_file(root) or root)
    followed = fix_name_references(accumulator)
    plugins.add_gaps_of_vars(accumulator)
    emitted = [_with_string_annotations(each) for each in accumulator.resources if not _is_local(each)]
    return Build(
        root=root,
        objects=tuple(_object(each) for each in emitted),
        charts=tuple(replace(_object(each), generated=True) for each in accumulator.charts),
        used=frozenset(accumulator.used),
        bases=frozenset(accumulator.bases),
        gaps=_reach(accumulator.gaps, emitted),
        diagnostics=tuple(accumulator.diagnostics),
        hashed=frozenset(_name(each) for each in emitted if each.hashed),
        renamed=_renamed(emitted),
        followed=followed,
        secret_files=frozenset(accumulator.secret_files),
        variables=frozenset(accumulator.variables),
    )


class _Builder:
    """Builds kustomizations; each only once."""

    def __init__(self, files: Files, memo: Memo) -> None:
        self.files = files
        self.memo = memo

    def accumulated(self, directory: str, parents: tuple[str, ...]) -> Accumulator:
        """The accumulator of a directory. It is shared: copy it before a change."""
        known = self.memo.get(directory)
        if known is not None:
            self.memo.reuse(directory)
            return known
        known = Accumulator()
        with self.memo.evaluating(directory):
            kustomization = load(directory, self.files, known)
            if kustomization is not None:
                known.component = kustomization.kind == "Component"
                self.accumulate(kustomization, known, (*parents, directory))
        self.memo[directory] = known
        self.memo.note("folder", directory, (each.node for each in (*known.resources, *known.charts)))
        return known

    def accumulate(
        self, kustomization: Kustomization, accumulator: Accumulator, inside: tuple[str, ...]
    ) -> None:
        """Apply a kustomization to an accumulator. ``inside`` are the directories that include each other, this one last."""
        context = _Context(
            kustomization=kustomization,
            accumulator=accumulator,
            inside=inside,
            known={each.current for each in accumulator.resources},
        )
        for field in ("resources", "bases"):
            for item in strings(kustomization, field, accumulator):
                self._resource(item, field, context)
        configurations.extend(kustomization, self.files, accumulator)
        generate(kustomization, self.files, accumulator, self.memo.packed)
        plugins.charts(kustomization, self.files, accumulator)
        plugins.generators(kustomization, self.files, accumulator)
        for item in strings(kustomization, "components", accumulator):
            self._component(item, context)
        self._transform(kustomization, accumulator)

    def _resource(self, item: Scalar, field: str, context: "_Context") -> None:
        path = join(context.kustomization.directory, item.raw)
        if path is not None and self.files.kustomization_file(path) is not None:
            if context.may_enter(path, item):
                self._base(path, item, context)
        elif path is not None and self.files.read(path) is not None:
            context.accumulator.used.add(path)
            context.add(self._file(path, item, context.accumulator), item)
        else:
            self._absent(item, field, context)

    def _absent(self, item: Scalar, field: str, context: "_Context") -> BuildGap:
        """The gap of something listed that cannot be read."""
        reason = why_absent(listed_in(context.kustomization, field, item), self.files, context.accumulator)
        gap = context.accumulator.add_gap(item.span, reason, adds=True)
        if field == "components":
            context.accumulator.add_gap_to_all(gap)
        return gap

    def _base(self, path: str, item: Scalar, context: "_Context") -> None:
        base = self.accumulated(path, context.inside)
        context.accumulator.bases.add(path)
        if base.component:
            context.accumulator.used |= base.used
            context.accumulator.refuse(
                item.span,
                Message("`{path}` is a component", path=shown(item.raw)),
                "list it under `components`",
            )
            context.accumulator.add_gap(item.span, "a component is listed under `resources`", adds=True)
        else:
            context.accumulator.include(base)
            context.add(base.resources, item)

    def _file(self, path: str, item: Scalar, accumulator: Accumulator) -> list[Resource]:
        read = self.files.documents(path)
        self.memo.note("file", path, _whole(read))
        documents = with_yaml_12_booleans(read, self.files.read(path) or b"")
        if any(document.broken for document in documents):
            accumulator.add_gap(item.span, f"`{shown(item.raw)}` cannot be read", adds=True)
        for document in documents:
            lacking = _lacking(document.root)
            if lacking:
                accumulator.refuse(
                    item.span,
                    Message("object of `{path}` has no `{field}`", path=shown(item.raw), field=lacking),
                    "add it, or move the document to a file that is not listed",
                )
        return [resource(each) for document in documents for each in objects(document)]

    def _component(self, item: Scalar, context: "_Context") -> None:
        """A component has no accumulator of its own: it changes the one of the kustomization that includes it."""
        accumulator = context.accumulator
        path = join(context.kustomization.directory, item.raw)
        if path is None or self.files.kustomization_file(path) is None:
            accumulator.add_gap_to_all(self._absent(item, "components", context))
            return
        accumulator.components += 1
        if accumulator.components > _MAX_COMPONENTS:
            reason = f"more than {_MAX_COMPONENTS} components are applied"
            accumulator.add_gap_to_all(accumulator.add_gap(item.span, reason, adds=True))
        elif context.may_enter(path, item):
            accumulator.bases.add(path)
            self._apply_component(path, item, context)

    def _apply_component(self, path: str, item: Scalar, context: "_Context") -> None:
        accumulator = context.accumulator
        component = load(path, self.files, accumulator)
        if component is None:
            reason = f"component `{shown(item.raw)}` cannot be read"
            accumulator.add_gap_to_all(accumulator.add_gap(item.span, reason, adds=True))
        elif component.kind != "Component":
            accumulator.refuse(
                item.span,
                Message("`{path}` is not a component", path=shown(item.raw)),
                "list it under `resources`",
            )
        else:
            self.accumulate(component, accumulator, (*context.inside, path))

    def _transform(self, kustomization: Kustomization, accumulator: Accumulator) -> None:
        patcher = Patcher(
            kustomization=kustomization,
            files=self.files,
            accumulator=accumulator,
            custom_schema=configurations.custom_schema(kustomization, self.files, accumulator),
        )
        patcher.strategic()
        patcher.mixed()
        namespace = text(kustomization, "namespace", accumulator)
        if namespace is not None:
            set_namespace(accumulator, namespace)
        prefix = text(kustomization, "namePrefix", accumulator)
        suffix = text(kustomization, "nameSuffix", accumulator)
        if prefix is not None or suffix is not None:
            add_affixes(accumulator, prefix.raw if prefix else "", suffix.raw if suffix else "")
        settings.set_labels(kustomization, accumulator)
        patcher.json()
        settings.set_replicas(kustomization, accumulator)
        set_images(kustomization, accumulator)
        plugins.replacements(kustomization, self.files, accumulator)
        plugins.transformers(kustomization, self.files, accumulator)
        plugins.variables(kustomization, accumulator)


class _Context(Struct, frozen=True, kw_only=True):
    """A kustomization while it is applied to an accumulator."""

    kustomization: Kustomization
    accumulator: Accumulator
    inside: tuple[str, ...]
    """The directories of the kustomizations that include each other, this one last."""
    known: set[ResourceIdentity]

    def may_enter(self, path: str, item: Scalar) -> bool:
        """Whether a kustomization can be included context. kustomize refuses cycles."""
        if any(contains(path, visited) for visited in self.inside):
            self.accumulator.refuse(
                item.span, Message("`{path}` includes this kustomization again", path=shown(item.raw))
            )
            self.accumulator.add_gap(item.span, "kustomizations include each other", adds=True)
            return False
        if len(self.inside) > _MAX_BASES:
            self.accumulator.add_gap(
                item.span, f"more than {_MAX_BASES} kustomizations are nested", adds=True
            )
            return False
        return True

    def add(self, resources: Iterable[Resource], item: Scalar) -> None:
        """Append resources. kustomize refuses two with the same identity."""
        for each in resources:
            identity = each.current
            if identity in self.known and self._is_certain(each):
                name = f"{each.namespace}/{each.name}" if each.namespace else each.name
                self.accumulator.refuse(
                    item.span,
                    Message(
                        "{kind} `{name}` is in this build already", kind=shown(each.kind), name=shown(name)
                    ),
                    "list it once, or rename one of the two",
                )
            elif len(self.accumulator.resources) >= _MAX_RESOURCES:
                reason = f"more than {_MAX_RESOURCES} objects are built"
                self.accumulator.add_gap(item.span, reason, adds=True)
                self.accumulator.resources.clear()
                self.accumulator.oversized = True
                return
            else:
                self.known.add(identity)
                self.accumulator.resources.append(each)

    def _is_certain(self, added: Resource) -> bool:
        """Whether an object that was built already has the identity of another one for certain."""
        alike = (each for each in self.accumulator.resources if each.current == added.current)
        known = added.identified and all(each.identified for each in alike)
        return known and not added.source.path.startswith(OF_TEMPLATE)


def _whole(documents: Iterable[Document]) -> Iterator[Node]:
    """The nodes of a file that may be objects."""
    for document in documents:
        if document.root is not None:
            yield document.root
            yield from items(document.root, "items")


def _lacking(root: Node | None) -> str:
    """The field without which kustomize takes no document for an object; empty when it has all of them."""
    if root is None or is_null(root) or items(root, "items"):
        return ""
    if isinstance(root, Mapping) and not string(root, "kind"):
        return "kind"
    name = child(root, "metadata", "name")
    return "" if isinstance(name, Scalar) and name.raw and not is_null(name) else "metadata.name"


def _name(each: Resource) -> Name:
    return Name(each.kind, each.namespace, each.name)


def _renamed(resources: Iterable[Resource]) -> dict[Name, tuple[str, ...]]:
    """The earlier names of the objects whose name changed."""
    return {
        _name(each): earlier
        for each in resources
        if each.previous
        and (earlier := tuple(dict.fromkeys(old.name for old in each.previous if old.name != each.name)))
    }


def _report_oversized(accumulator: Accumulator, file: str) -> None:
    """Reports at the kustomization that is built, wherever below it the objects become too many."""
    message = Message("build has more than {limit} objects: it is not checked", limit=f"{_MAX_RESOURCES:,}")
    span = Span(file=file, line=1, column=1, end_line=1, end_column=2)
    hint = "split it into several kustomizations"
    accumulator.diagnostics[Diagnostic(code="CNI902", span=span, message=message, hint=hint)] = None


def _is_local(each: Resource) -> bool:
    """Whether kustomize leaves the object out of its output: ``IgnoreLocal`` in internal/target/kusttarget.go."""
    marker = child(each.node, "metadata", "annotations", "config.kubernetes.io/local-config")
    return marker is not None and string(marker) != "false"


def _with_string_annotations(each: Resource) -> Resource:
    """kustomize writes every annotation as a string, unlike labels and data."""
    annotations = entries(each.node, "metadata", "annotations")
    if all(
        isinstance(entry.value, Scalar) and entry.value.string is not None for entry in annotations.values()
    ):
        return each
    node = each.node
    for name, entry in annotations.items():
        value = entry.value
        text = (value.raw or "null") if isinstance(value, Scalar) else ""
        node = with_value(node, ("metadata", "annotations", name), text_at(value, text))
    return each.with_node(node)


def _object(each: Resource) -> Object:
    name = child(each.node, "metadata", "name")
    span = each.source.span if name is None else name.span
    return Object(
        api_version=each.api_version,
        kind=each.kind,
        namespace=each.namespace,
        name=each.name,
        node=each.node,
        span=span,
        path=each.source.path,
        origin=each.source.origin,
    )


def _reach(gaps: Iterable[BuildGap], resources: list[Resource]) -> tuple[BuildGap, ...]:
    """The gaps that can change or add objects of the finished build, each with those objects."""
    touched: dict[BuildGap, list[Touched]] = {gap: [] for gap in gaps}
    for each in resources:
        fields: dict[BuildGap, set[str]] = {}
        for gap, names in each.gaps:
            fields.setdefault(gap, set()).update(names)
        for gap, reached in fields.items():
            touched[gap].append(
                Touched(
                    api_version=each.api_version,
                    kind=each.kind,
                    namespace=each.namespace,
                    name=each.name,
                    fields=tuple(sorted(reached)),
                )
            )
    return tuple(
        replace(gap, touched=tuple(objects_)) for gap, objects_ in touched.items() if gap.adds or objects_
    )
