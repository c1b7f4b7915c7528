"""The component that an object belongs to: read off the object once, so that the document can be dropped."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import Mapping as MappingNode
from cnilint.document import Node, Scalar, child, string
from cnilint.manifest.object import Object
from cnilint.manifest.pod import PodTemplate, is_workload, pod_template
from cnilint.packs.component import Component, Signal
from cnilint.packs.configfile import file_fields
from cnilint.packs.library import Library
from cnilint.packs.model import Subject
from cnilint.packs.networks import network_sign
from cnilint.packs.recognition import Recognition
from cnilint.packs.resources import resource_settings, served_apis
from cnilint.packs.settings import (
    ContainerSettings,
    Setting,
    config_settings,
    containers,
    images,
    pod_settings,
)
from cnilint.packs.written import WrittenText, written
from cnilint.versions import Confidence, Version, VersionReading

_Texts = Mapping[str, WrittenText]
_SIGNAL_NOUNS = {"label": "label", "annotation": "annotation", "env": "variable", "config-key": "key"}


class DetectedVersion(Struct, frozen=True, kw_only=True):
    """A version of a component that something in an object gives.

    ``where`` names that thing for a message; ``image`` is the pattern's position among the component's images (None
    for other signals); ``compared``: it must agree with the others.
    """

    component: str
    reading: VersionReading
    token: WrittenText
    where: str
    compared: bool
    image: int | None = None
    container: str = ""


class Membership(Struct, frozen=True, kw_only=True):
    """That an object, with some of its containers, belongs to a component.

    ``whole``: the pod as such is the component's, not only some containers in a pod of another one. ``allowed`` are the
    release lines of a range of versions, where nothing gives one.
    """

    component: str
    containers: frozenset[str]
    detected: tuple[DetectedVersion, ...]
    whole: bool = True
    allowed: tuple[Version, ...] = ()


class Part(Struct, frozen=True, kw_only=True):
    """An object that belongs to a component, defines a custom resource of one, or else is part of the cluster network.

    ``is_resource``: it is a custom resource, which has the versions of its component in the environment. ``serves`` are
    the kinds that the object defines, as names of API settings. ``network`` says what tells the last.
    """

    owner: ObjectRef
    memberships: tuple[Membership, ...]
    settings: tuple[Setting, ...]
    open_containers: frozenset[str] = frozenset()
    """The containers whose variables come from objects as a whole (``envFrom``) as well."""
    stated_by: ObjectRef | None = None
    """The release whose chart makes the object, of which only some settings are known; None for a manifest."""
    network: str = ""
    """What tells that it is part of the cluster network although no component claims it."""
    is_resource: bool = False
    serves: frozenset[str] = frozenset()


class _Workload(Struct, frozen=True, kw_only=True):
    """A workload as far as components are recognised by it."""

    name: str
    labels: _Texts
    annotations: _Texts
    containers: tuple[ContainerSettings, ...]


def read_part(item: Object, owner: ObjectRef, library: Library) -> Part | None:
    """What rule data can be applied to in one object; None when it belongs to no component."""
    if is_workload(item):
        return _workload_part(item, owner, library)
    if item.kind == "ConfigMap":
        return _config_map_part(item, owner, library)
    if item.group in library.recognition.resources:
        return _resource_part(item, owner, library)
    if item.kind == "CustomResourceDefinition":
        return _definition_part(item, owner, library)
    return None


def _workload_part(item: Object, owner: ObjectRef, library: Library) -> Part | None:
    template = pod_template(item)
    if not _is_known(item, template, library.recognition):
        sign = network_sign(item, template)
        return Part(owner=owner, memberships=(), settings=(), network=sign) if sign else None
    workload = _Workload(
        name=item.name,
        labels=_metadata(item.node, template.node, "labels"),
        annotations=_metadata(item.node, template.node, "annotations"),
        containers=containers(template),
    )
    memberships = tuple(_memberships(workload, library))
    if not memberships:
        return None
    of_containers = (setting for container in workload.containers for setting in container.settings)
    return Part(
        owner=owner,
        memberships=memberships,
        settings=(*pod_settings(template), *of_containers),
        open_containers=frozenset(each.name for each in workload.containers if each.is_open),
    )


def _is_known(item: Object, template: PodTemplate, recognition: Recognition) -> bool:
    """Whether anything identifies a component: a cheap test before the workload is read in full."""
    if any(recognition.of_image(image) for image in images(template)):
        return True
    labels = {
        name: text
        for source in (template.node, item.node)
        if isinstance(given := child(source, "metadata", "labels"), MappingNode)
        for name in recognition.labels.keys() & given.names()
        if (text := string(given, name))
    }
    return bool(recognition.of_workload(item.name, labels))


def _memberships(workload: _Workload, library: Library) -> Iterator[Membership]:
    """The components of a workload: by its images, and by its own name and labels.

    A workload of a variant does not belong to the base as well.
    """
    labels = {name: label.text for name, label in workload.labels.items()}
    chosen = library.recognition.of_workload(workload.name, labels)
    replaced = {library.components[name].variant_of for name in chosen}
    for component in library.components.values():
        is_chosen = component.name in chosen
        by_image = tuple(_versions_of_images(component, workload, library, by_name=is_chosen))
        is_recognised = is_chosen or (by_image and component.variant_of is None)
        if is_recognised and component.name not in replaced:
            yield _membership(component, workload, library, by_image, is_chosen=is_chosen)


def _membership(
    component: Component,
    workload: _Workload,
    library: Library,
    by_image: tuple[DetectedVersion, ...],
    *,
    is_chosen: bool,
) -> Membership:
    """A container with the image of another component belongs to that one alone."""
    own = {found.container for found in by_image}
    family = {component.name, component.variant_of, *_variants(component, library)}
    foreign = {
        container.name
        for container in workload.containers
        if container.image and set(library.recognition.of_image(container.image.text)) - family
    }
    free = {container.name for container in workload.containers} - foreign
    return Membership(
        component=component.name,
        containers=frozenset(own | free),
        detected=(*by_image, *_workload_signals(component, workload)),
        whole=is_chosen or len(own | free) == len(workload.containers),
    )


def _variants(component: Component, library: Library) -> set[str]:
    return {other.name for other in library.components.values() if other.variant_of == component.name}


def _versions_of_images(
    component: Component, workload: _Workload, library: Library, *, by_name: bool
) -> Iterator[DetectedVersion]:
    for container in workload.containers:
        if container.image is None:
            continue
        found = library.recognition.of_image(container.image.text).get(component.name)
        if found is None and by_name:
            found = library.recognition.image_by_name(component.name, container.image.text)
        if found is not None:
            position, tag = found
            pattern = component.images[position]
            yield DetectedVersion(
                component=component.name,
                reading=pattern.read(tag),
                token=container.image,
                where=f"image of container `{container.name}`" if container.name else "image of a container",
                compared=pattern.aligned,
                image=position,
                container=container.name,
            )


def _workload_signals(component: Component, workload: _Workload) -> Iterator[DetectedVersion]:
    variables = {
        setting.name: setting.value
        for container in workload.containers
        for setting in container.settings
        if setting.subject is Subject.ENV and setting.value is not None
    }
    return _signals(
        component, {"label": workload.labels, "annotation": workload.annotations, "env": variables}
    )


def _signals(component: Component, places: Mapping[str, _Texts]) -> Iterator[DetectedVersion]:
    for signal in component.signals:
        token = places.get(signal.kind, {}).get(signal.name)
        reading = signal.read(token.text) if token is not None else None
        if token is not None and reading is not None and reading.confidence is not Confidence.NONE:
            yield DetectedVersion(
                component=component.name,
                reading=reading,
                token=token,
                where=_place(signal),
                compared=signal.compared,
            )


def _place(signal: Signal) -> str:
    return f"{_SIGNAL_NOUNS[signal.kind]} `{signal.name}`"


def _config_map_part(item: Object, owner: ObjectRef, library: Library) -> Part | None:
    components = library.recognition.of_config_map(owner.namespace, owner.name)
    if not components:
        return None
    settings = tuple(config_settings(item))
    fields = tuple(
        field
        for component in components
        for file in component.config_files
        for setting in settings
        if any(fnmatchcase(setting.name, pattern) for pattern in file.keys)
        for field in file_fields(setting, file.format)
    )
    values = {setting.name: setting.value for setting in settings if setting.value is not None}
    places = {"config-key": values, "label": _metadata(item.node, None, "labels")}
    memberships = tuple(
        Membership(
            component=component.name,
            containers=frozenset(),
            detected=tuple(_signals(component, places)),
        )
        for component in components
    )
    return Part(owner=owner, memberships=memberships, settings=(*settings, *dict.fromkeys(fields)))


def _resource_part(item: Object, owner: ObjectRef, library: Library) -> Part | None:
    """A custom resource: rules look at its kind, and at the fields that the component's description names."""
    groups = [
        (component, resource)
        for component, resource in library.recognition.resources[item.group]
        if not resource.kinds or item.kind in resource.kinds
    ]
    if not groups:
        return None
    paths = dict.fromkeys(path for _, resource in groups for path in resource.fields)
    return Part(
        owner=owner,
        memberships=tuple(
            Membership(component=component, containers=frozenset(), detected=())
            for component in dict.fromkeys(component for component, _ in groups)
        ),
        settings=tuple(resource_settings(item, paths)),
        is_resource=True,
    )


def _definition_part(item: Object, owner: ObjectRef, library: Library) -> Part | None:
    """A definition of a custom resource of some component, whatever that one's release."""
    if string(item.node, "spec", "group") not in library.recognition.resources:
        return None
    return Part(owner=owner, memberships=(), settings=(), serves=frozenset(served_apis(item)))


def _metadata(node: Node, template: Node | None, field: str) -> dict[str, WrittenText]:
    """Labels or annotations of the pod template and the object itself; the object's win."""
    return {
        name: written(value)
        for source in (template, node)
        if isinstance(holder := child(source, "metadata", field), MappingNode)
        for name in holder.names()
        if isinstance(value := holder.get(name), Scalar) and value.string is not None
    }
