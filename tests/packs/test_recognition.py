"""Which component an object is of: every pattern of every component, and the index that tries few of them."""

from fnmatch import fnmatchcase

import pytest

from cnilint.packs.component import is_registry
from cnilint.packs.globs import GlobIndex
from cnilint.packs.library import Library

LIBRARY = Library()
PATTERNS = ("cilium", "*canal", "calico-*", "c?lico", "[ab]c", "cilium", "*")


@pytest.mark.parametrize(
    "name", ["cilium", "canal", "rke2-canal", "calico-node", "calico", "bc", "", "new\nline"]
)
def test_an_index_finds_what_every_pattern_alone_would(name: str) -> None:
    index = GlobIndex((pattern, (pattern, at)) for at, pattern in enumerate(PATTERNS))
    expected = [(pattern, at) for at, pattern in enumerate(PATTERNS) if fnmatchcase(name, pattern)]
    assert index.of(name) == expected


def test_an_index_of_plain_names_alone() -> None:
    index = GlobIndex([("cilium", 1)])
    assert index.of("cilium") == [1]
    assert index.of("cilium-2") == []


def test_every_image_of_a_component_is_recognised() -> None:
    for component in LIBRARY.components.values():
        for position, pattern in enumerate(component.images):
            path = "/".join(pattern.path).replace("*", "x")
            image = f"{path if is_registry(pattern.path[0]) else f'registry.example/mirror/{path}'}:v1.2.3"
            found = LIBRARY.recognition.of_image(image)
            assert component.name in found, image
            assert found[component.name][0] <= position
            assert found[component.name][1] == "v1.2.3"


def test_every_workload_pattern_of_a_component_is_recognised() -> None:
    for component in LIBRARY.components.values():
        for pattern in component.workloads:
            name = (pattern.name or "any").replace("*", "x")
            label, value = pattern.label or ("app", "other")
            found = LIBRARY.recognition.of_workload(name, {label: value.replace("*", "x")})
            assert component.name in found, (name, label)


def test_a_config_map_may_have_to_be_in_a_namespace() -> None:
    recognition = LIBRARY.recognition
    for component in LIBRARY.components.values():
        for pattern in component.config_maps:
            namespace, _, name = pattern.replace("*", "x").rpartition("/")
            assert component in recognition.of_config_map(namespace or "any", name), pattern
            if namespace:
                assert component not in recognition.of_config_map("elsewhere", name), pattern


def test_other_objects_are_of_no_component() -> None:
    recognition = LIBRARY.recognition
    assert not recognition.of_image("registry.example/shop/web:1.2.3")
    assert not recognition.of_workload("web", {"app": "web", "k8s-app": "web"})
    assert not recognition.of_config_map("shop", "web")
