"""The part of a component that an object is: read off the object once, so that the document can be let go."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import Node, Scalar, entries, string
from cnilint.manifest.object import Object
from cnilint.manifest.pod import PodTemplate, is_workload, pod_template
from cnilint.packs.component import Component, Signal
from cnilint.packs.library import Library
from cnilint.packs.model import Subject
from cnilint.packs.settings import (
    ContainerSettings,
    Setting,
    WrittenText,
    config_settings,
    containers,
    images,
    pod_settings,
    written,
)
from cnilint.versions import Confidence, Reading


@dataclass(kw_only=True, frozen=True, slots=True)
class Sighting:
    """A version that something in an object tells.

    ``where`` names the thing for a message; ``image`` is the pattern's position among the component's images
    (None for other signals); ``compared`` says whether it has to agree with the others.
    """

    component: str
    reading: Reading
    token: WrittenText
    where: str
    compared: bool
    image: int | None = None
    container: str = ""


@dataclass(kw_only=True, frozen=True, slots=True)
class Claim:
    """That an object, and which of its containers, belong to a component.

    ``whole`` says that the pod as such is the component's, not only some containers in another one's pod.
    """

    component: str
    containers: frozenset[str]
    sightings: tuple[Sighting, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """An object that belongs to at least one component, or that a rule may name."""

    owner: ObjectRef
    claims: tuple[Claim, ...]
    settings: tuple[Setting, ...]


def read_part(item: Object, owner: ObjectRef, library: Library) -> Part | None:
    """What rule data can be applied to in one object; None when it belongs to no component."""
    if is_workload(item):
        return _workload(item, owner, library)
    if item.kind == "ConfigMap":
        return _config_map(item, owner, library)
    return None


def _workload(item: Object, owner: ObjectRef, library: Library) -> Part | None:
    template = pod_template(item)
    labels = _metadata(item.node, template.node, "labels")
    if not _is_known(item, template, labels, library):
        return None
    pod = containers(template)
    claims = tuple(_claims(item, template, pod, labels, library))
    if not claims:
        return None
    settings = (*pod_settings(template), *(setting for container in pod for setting in container.settings))
    return Part(owner, claims, settings)


def _is_known(item: Object, template: PodTemplate, labels: dict[str, WrittenText], library: Library) -> bool:
    """Whether anything betrays a component, asked before the workload is read in full."""
    return any(library.images(image) for image in images(template)) or any(
        _is_workload_of(component, item.name, labels) for component in library.components.values()
    )


def _claims(
    item: Object,
    template: PodTemplate,
    pod: tuple[ContainerSettings, ...],
    labels: dict[str, WrittenText],
    library: Library,
) -> Iterator[Claim]:
    """The components that a workload belongs to: by its images, and by its own name and labels.

    A workload of a variant is not one of the base, and a container that another component's image claims
    belongs to that one alone.
    """
    chosen = [c for c in library.components.values() if _is_workload_of(c, item.name, labels)]
    hidden = {component.variant_of for component in chosen}
    matched = {container.name: library.images(container.image.text) for container in pod if container.image}
    annotations = _metadata(item.node, template.node, "annotations")
    for component in library.components.values():
        is_chosen = component in chosen
        seen = tuple(_image_sightings(component, pod, library, by_name=is_chosen))
        by_image = seen and component.variant_of is None
        if component.name in hidden or not (is_chosen or by_image):
            continue
        own = {sighting.container for sighting in seen}
        family = {component.name, component.variant_of, *_variants(component, library)}
        free = {container.name for container in pod if not set(matched.get(container.name, ())) - family}
        signals = _signals(component, labels, annotations, pod)
        whole = is_chosen or len(own | free) == len(pod)
        yield Claim(
            component=component.name,
            containers=frozenset(own | free),
            sightings=(*seen, *signals),
            whole=whole,
        )


def _variants(component: Component, library: Library) -> set[str]:
    return {other.name for other in library.components.values() if other.variant_of == component.name}


def _image_sightings(
    component: Component, pod: tuple[ContainerSettings, ...], library: Library, by_name: bool
) -> Iterator[Sighting]:
    for container in pod:
        if container.image is None:
            continue
        found = library.images(container.image.text).get(component.name)
        if found is None and by_name:
            found = library.image_by_name(component.name, container.image.text)
        if found is not None:
            position, tag = found
            pattern = component.images[position]
            where = f"the image of container {container.name!r}"
            reading = pattern.read(tag)
            yield Sighting(
                component=component.name,
                reading=reading,
                token=container.image,
                where=where,
                compared=pattern.aligned,
                image=position,
                container=container.name,
            )


def _is_workload_of(component: Component, name: str, labels: dict[str, WrittenText]) -> bool:
    for pattern in component.workloads:
        by_name = pattern.name is None or fnmatchcase(name, pattern.name)
        label = pattern.label
        if by_name and (label is None or (label[0] in labels and labels[label[0]].text == label[1])):
            return True
    return False


def _signals(
    component: Component,
    labels: dict[str, WrittenText],
    annotations: dict[str, WrittenText],
    pod: tuple[ContainerSettings, ...],
) -> Iterator[Sighting]:
    variables = {
        setting.name: setting.value
        for container in pod
        for setting in container.settings
        if setting.subject is Subject.ENV and setting.value is not None
    }
    places = {"label": labels, "annotation": annotations, "env": variables}
    for signal in component.signals:
        token = places.get(signal.kind, {}).get(signal.name)
        if token is not None:
            yield from _sighting(component, signal, token, f"the {_WORDS[signal.kind]} {signal.name!r}")


_WORDS = {"label": "label", "annotation": "annotation", "env": "variable", "config-key": "key"}


def _sighting(component: Component, signal: Signal, token: WrittenText, where: str) -> Iterator[Sighting]:
    reading = signal.read(token.text)
    if reading.confidence is not Confidence.NONE:
        yield Sighting(
            component=component.name, reading=reading, token=token, where=where, compared=signal.compared
        )


def _config_map(item: Object, owner: ObjectRef, library: Library) -> Part | None:
    settings = None
    claims = []
    for component in library.components.values():
        if any(fnmatchcase(item.name, pattern) for pattern in component.config_maps):
            settings = settings or tuple(config_settings(item))
            claims.append(
                Claim(
                    component=component.name,
                    containers=frozenset(),
                    sightings=tuple(_key_signals(component, item, settings)),
                )
            )
    return Part(owner, tuple(claims), settings) if settings is not None else None


def _key_signals(component: Component, item: Object, settings: tuple[Setting, ...]) -> Iterator[Sighting]:
    values = {setting.name: setting.value for setting in settings if setting.value is not None}
    labels = _metadata(item.node, None, "labels")
    for signal in component.signals:
        token = {"config-key": values, "label": labels}.get(signal.kind, {}).get(signal.name)
        if token is not None:
            yield from _sighting(component, signal, token, f"the {_WORDS[signal.kind]} {signal.name!r}")


def _metadata(node: Node, template: Node | None, field: str) -> dict[str, WrittenText]:
    """Labels or annotations of the pod template and the object itself; the object's win."""
    found = {}
    for source in (template, node):
        for name, entry in entries(source, "metadata", field).items():
            if isinstance(entry.value, Scalar) and string(entry.value) is not None:
                found[name] = written(entry.value)
    return found
