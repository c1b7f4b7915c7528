"""The mounts of a container: volumes that its pod does not have, and the file that a ``subPath`` names.

The API server refuses a mount of a volume that is not there (validation.go, ValidateVolumeMounts). The kubelet creates
an empty directory for a ``subPath`` that the volume does not contain (pkg/kubelet/kubelet_pods.go, makeMounts).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from cnilint.diagnostics.model import Message
from cnilint.document import Mapping as MappingNode
from cnilint.document import Node, Scalar, child, is_true, items, string
from cnilint.facts.collector import Collector, ReferenceForm
from cnilint.facts.volumes import PROJECTED, SOURCES, FileSource
from cnilint.manifest.names import is_placeholder
from cnilint.manifest.object import Object

Volumes = Mapping[str, Node]
"""The volumes of a pod by name."""


_FILES_OF_SOURCES = (
    ("serviceAccountToken", "path"),
    ("clusterTrustBundle", "path"),
    ("podCertificate", "credentialBundlePath", "keyPath", "certificateChainPath"),
)
"""The other sources of a projected volume, each with the fields that name its files."""


class _Source(NamedTuple):
    """A ConfigMap or Secret of a volume. ``paths`` are the files that its items give; empty if every key is one."""

    source: FileSource
    name: Scalar
    path: str
    paths: tuple[str, ...]
    optional: bool


def volumes_of(obj: Object, spec: MappingNode) -> Volumes:
    """The volumes that the pods of a workload have: those of the pod, and the claims of a StatefulSet."""
    claims = items(obj.node, "spec", "volumeClaimTemplates") if obj.kind == "StatefulSet" else []
    named = [(string(claim, "metadata", "name"), claim) for claim in claims]
    named += [(string(volume, "name"), volume) for volume in items(spec, "volumes")]
    return {name: volume for name, volume in named if name}


def read_mounts(to: Collector, container: MappingNode, path: str, name: str, volumes: Volumes) -> None:
    """Collects the ``subPath`` of each mount, and the mounts whose volume does not exist."""
    for index, mount in enumerate(items(container, "volumeMounts")):
        where = f"{path}.volumeMounts[{index}]"
        volume_name = child(mount, "name")
        if not isinstance(volume_name, Scalar) or not volume_name.raw:
            continue
        volume = volumes.get(volume_name.raw)
        sub_path = child(mount, "subPath")
        if volume is None:
            _missing_volume(to, container, volume_name, where, name)
        elif isinstance(sub_path, Scalar) and sub_path.raw:
            _read_sub_path(to, sub_path, volume, f"{where}.subPath", name)


def _missing_volume(to: Collector, container: MappingNode, volume: Scalar, where: str, name: str) -> None:
    """Reports a mount without its volume. A container without an image is part of a patch, which another file completes."""
    if string(container, "image") and not is_placeholder(volume.raw):
        message = Message("volume `{volume}` is mounted, but not defined in the pod", volume=volume.raw)
        hint = "add it to `volumes` of the pod spec, beside `containers`"
        to.refuse(message, volume.span, f"{where}.name", container=name, hint=hint)


def _read_sub_path(to: Collector, sub_path: Scalar, volume: Node, path: str, container: str) -> None:
    """A ``subPath`` into ConfigMaps and Secrets: the file has to come from one of them."""
    file = sub_path.raw.strip("/").removeprefix("./")
    sources = list(_sources(volume, path))
    if not sources or _gives(volume, sources, file):
        return
    whole = [each for each in sources if not each.paths]
    if whole and "/" in file:
        return
    first, *others = whole or sources
    form = "subPath" if whole else "subPath.items"
    to.add(
        ReferenceForm(form, first.source.whole.kind, "volume"),
        first.name,
        first.path,
        key=sub_path,
        key_path=path,
        container=container,
        optional=first.optional,
        alternatives=tuple((each.source.whole.kind, each.name.raw) for each in others),
    )


def _gives(volume: Node, sources: Sequence[_Source], file: str) -> bool:
    """Whether the volume says that it has the file."""
    files = chain(_generated_files(volume), *(each.paths for each in sources))
    return any(_covers(target, file) for target in files)


def _sources(volume: Node, path: str) -> Iterator[_Source]:
    """The ConfigMaps and Secrets whose files are in a volume."""
    for source in SOURCES:
        yield from _source(source, child(volume, source.field), path)
    for projected in items(volume, "projected", "sources"):
        for source in PROJECTED:
            yield from _source(source, child(projected, source.field), path)


def _source(source: FileSource, node: Node | None, path: str) -> Iterator[_Source]:
    name = child(node, source.name_field)
    if isinstance(name, Scalar) and name.raw:
        paths = (string(item, "path") for item in items(node, "items"))
        optional = is_true(child(node, "optional"))
        files = tuple(filter(None, paths))
        yield _Source(source=source, name=name, path=path, paths=files, optional=optional)


def _generated_files(volume: Node) -> Iterator[str]:
    """The files of a projected volume that come from neither a ConfigMap nor a Secret."""
    for projected in items(volume, "projected", "sources"):
        for item in items(projected, "downwardAPI", "items"):
            yield string(item, "path") or ""
        for kind, *fields in _FILES_OF_SOURCES:
            yield from (string(projected, kind, field) or "" for field in fields)


def _covers(target: str, file: str) -> bool:
    """Whether a projected path is the file, or a folder above or below it."""
    return bool(target) and (target == file or file.startswith(f"{target}/") or target.startswith(f"{file}/"))
