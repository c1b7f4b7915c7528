"""DaemonSets of the cluster network that no known component claims."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated

from msgspec import Struct

from cnilint.document import Scalar, child, items, string
from cnilint.document.patterns import Pattern, pattern
from cnilint.document.structure import Convert, load
from cnilint.manifest.object import Object
from cnilint.manifest.pod import PodTemplate
from cnilint.packs.component import split_image
from cnilint.packs.settings import images
from cnilint.regex import regex

_WORD = regex(r"[a-z]+")


class _Signs(Struct, frozen=True):
    """``paths`` are mounted from the node, ``names`` words of the name of a workload or its image."""

    paths: tuple[Annotated[Pattern, Convert(pattern)], ...]
    names: frozenset[str]


def network_sign(item: Object, template: PodTemplate) -> str:
    """What tells that a DaemonSet is part of the cluster network; empty where nothing does."""
    if item.kind != "DaemonSet":
        return ""
    signs = _signs()
    for path in _mounted(template):
        if any(each.matches(path) for each in signs.paths):
            return f"it mounts `{path}` of the node"
    host_network = child(template.spec, "hostNetwork")
    if isinstance(host_network, Scalar) and host_network.data is True:
        for name in _names(item, template):
            if not signs.names.isdisjoint(_WORD.findall(name)):
                return f"it has the network of the node, and the name `{name}`"
    return ""


@cache
def _signs() -> _Signs:
    return load("rules/networks.yaml", _Signs)


def _mounted(template: PodTemplate) -> Iterator[str]:
    """The paths of the node that the pod mounts."""
    for volume in items(template.spec, "volumes"):
        path = string(child(volume, "hostPath"), "path")
        if path:
            yield path


def _names(item: Object, template: PodTemplate) -> Iterator[str]:
    yield item.name
    for image in images(template):
        yield split_image(image)[1][-1]
