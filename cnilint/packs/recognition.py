"""The components that images, workloads, ConfigMaps and API groups belong to, by the patterns of their descriptions."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from cnilint.packs.component import Component, CustomResource, is_registry, split_image
from cnilint.packs.globs import GlobIndex

_ImageForm = tuple[str, int, tuple[str, ...]]
"""A component's name, the position of one of its image patterns, and a path that the image may have."""


class Recognition:
    """Indexes over all components. Every object of a run passes here, so nothing tries every pattern."""

    def __init__(self, components: Mapping[str, Component]) -> None:
        self._components = components
        self._found: dict[tuple[str, tuple[str, ...]], dict[str, int]] = {}
        self._images = GlobIndex((form[2][-1], form) for form in _image_forms(components))
        self._config_maps = GlobIndex(
            (name, (component, namespace))
            for component in components.values()
            for namespace, _, name in (pattern.rpartition("/") for pattern in component.config_maps)
        )
        patterns = [(each.name, pattern) for each in components.values() for pattern in each.workloads]
        self._workloads = GlobIndex(
            (pattern.name or "*", component) for component, pattern in patterns if pattern.label is None
        )
        labels: dict[str, list[tuple[str, tuple[str, str]]]] = {}
        for component, pattern in patterns:
            if pattern.label is not None:
                label, value = pattern.label
                labels.setdefault(label, []).append((value, (component, pattern.name or "*")))
        self.labels: Mapping[str, GlobIndex[tuple[str, str]]] = {
            label: GlobIndex(entries) for label, entries in labels.items()
        }
        """By the labels that identify workloads: components by the label's value, each with a pattern for the name."""
        self.resources: dict[str, list[tuple[str, CustomResource]]] = {}
        """The custom resources of components by API group, each with its component."""
        for each in components.values():
            for resource in each.resources:
                self.resources.setdefault(resource.group, []).append((each.name, resource))

    def of_image(self, image: str) -> dict[str, tuple[int, str]]:
        """The components of an image: by name, the position of the first pattern that matches, and the tag."""
        registry, segments, tag = split_image(image)
        return {name: (position, tag) for name, position in self._positions(registry, segments).items()}

    def image_by_name(self, component: str, image: str) -> tuple[int, str] | None:
        """The pattern whose last segment matches: enough where a label already identifies the component."""
        _, segments, tag = split_image(image)
        for position, pattern in enumerate(self._components[component].images):
            if _ends_with(segments, pattern.path[-1:]):
                return position, tag
        return None

    def of_workload(self, name: str, labels: Mapping[str, str]) -> set[str]:
        """The components that a workload is of by its name and labels."""
        found = set(self._workloads.of(name))
        for label, values in self.labels.items():
            if label in labels:
                found.update(
                    component for component, pattern in values.of(labels[label]) if fnmatchcase(name, pattern)
                )
        return found

    def of_config_map(self, namespace: str | None, name: str) -> list[Component]:
        """The components that have a ConfigMap of that name, in the namespace where they name one."""
        fitting = (
            (component.name, component)
            for component, wanted in self._config_maps.of(name)
            if not wanted or fnmatchcase(namespace or "", wanted)
        )
        return list(dict(fitting).values())

    def _positions(self, registry: str, segments: tuple[str, ...]) -> Mapping[str, int]:
        """The position of the first pattern that matches a repository, by the component's name."""
        found = self._found.get((registry, segments))
        if found is None:
            found = self._found[registry, segments] = {}
            for name, position, path in self._images.of(segments[-1]):
                if name not in found and _is_of(registry, segments, path):
                    found[name] = position
        return found


def _image_forms(components: Mapping[str, Component]) -> Iterator[_ImageForm]:
    for component in components.values():
        for position, pattern in enumerate(component.images):
            joined = () if is_registry(pattern.path[0]) else _joined(pattern.path)
            for path in dict.fromkeys((pattern.path, *joined)):
                yield component.name, position, path


def _joined(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The path in a registry with one level only: ``istio-install-cni`` for ``istio/install-cni``."""
    return ((sign.join(path),) for sign in "-_")


def _is_of(registry: str, segments: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether a repository is that of a pattern, which may begin with the registry."""
    if is_registry(path[0]):
        return registry == path[0] and len(segments) == len(path) - 1 and _ends_with(segments, path[1:])
    return _ends_with(segments, path)


def _ends_with(segments: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return len(path) <= len(segments) and all(map(fnmatchcase, segments[-len(path) :], path))
