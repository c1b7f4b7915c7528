"""References of volumes: ConfigMaps and Secrets as files, and the Secrets of drivers."""

from sys import intern
from typing import NamedTuple

from cnilint.document import Mapping, Node, Scalar, child, entries, is_true, items, string
from cnilint.facts.collector import Collector, ReferenceForm
from cnilint.facts.model import Kind, VolumeAttribute


class FileSource(NamedTuple):
    """A volume source whose keys become files. ``name_field`` is the field that names the object."""

    field: str
    name_field: str
    whole: ReferenceForm
    item: ReferenceForm


def _file_source(parent: str, field: str, name_field: str, kind: Kind) -> FileSource:
    form = f"{parent}.{field}"
    whole, item = ReferenceForm(form, kind, "volume"), ReferenceForm(f"{form}.items", kind, "volume")
    return FileSource(field=field, name_field=name_field, whole=whole, item=item)


SOURCES = (
    _file_source("volume", "configMap", "name", "ConfigMap"),
    _file_source("volume", "secret", "secretName", "Secret"),
)
PROJECTED = (
    _file_source("projected", "configMap", "name", "ConfigMap"),
    _file_source("projected", "secret", "name", "Secret"),
)
_SECRET_REFS_OF_VOLUMES: dict[str, str] = {
    "azureFile": "secretName",
    "cephfs": "secretRef",
    "cinder": "secretRef",
    "csi": "nodePublishSecretRef",
    "flexVolume": "secretRef",
    "iscsi": "secretRef",
    "rbd": "secretRef",
    "scaleIO": "secretRef",
    "storageos": "secretRef",
}
"""By volume source, the field that names the driver's Secret: as a string, or as a mapping with ``name``."""

_DRIVER_FORMS = {field: ReferenceForm(f"volume.{field}", "Secret") for field in _SECRET_REFS_OF_VOLUMES}


def read_volume(to: Collector, volume: Node, path: str) -> None:
    """Collects the references of a volume of a pod."""
    if not isinstance(volume, Mapping):
        return
    to.volume = intern(string(volume, "name") or "")
    _read_sources(to, volume, path)
    to.volume = ""
    for name, entry in entries(volume, "csi", "volumeAttributes").items():
        if isinstance(entry.value, Scalar):
            to.result.volume_attributes.append(VolumeAttribute(name, entry.value.raw))


def _read_sources(to: Collector, volume: Mapping, path: str) -> None:
    for source in SOURCES:
        _read_file_source(to, source, volume.get(source.field), f"{path}.{source.field}")
    for index, projected in enumerate(items(volume, "projected", "sources")):
        where = f"{path}.projected.sources[{index}]"
        for source in PROJECTED:
            _read_file_source(to, source, child(projected, source.field), f"{where}.{source.field}")
    for field in _SECRET_REFS_OF_VOLUMES:
        if field in volume.entries:
            _read_driver_secret(to, volume.get(field), field, f"{path}.{field}")


def _read_driver_secret(to: Collector, source: Node | None, field: str, path: str) -> None:
    secret_field = _SECRET_REFS_OF_VOLUMES[field]
    reference = child(source, secret_field)
    if isinstance(reference, Mapping):
        to.named(_DRIVER_FORMS[field], reference, f"{path}.{secret_field}")
    elif isinstance(reference, Scalar):
        to.named(_DRIVER_FORMS[field], source, path, field=secret_field)


def _read_file_source(to: Collector, source: FileSource, node: Node | None, path: str) -> None:
    """A volume of a ConfigMap or Secret: every key a file, or the listed ``items``."""
    if not isinstance(node, Mapping):
        return
    optional = is_true(node.get("optional"))
    name = to.scalar(node, source.name_field)
    if name is None:
        if source.name_field in node.entries or to.strict:
            to.missing(source.name_field, source.field, node.span, path)
        return
    name_path = f"{path}.{source.name_field}"
    listed = [item for item in items(node, "items") if isinstance(item, Mapping)]
    if not listed:
        to.add(source.whole, name, name_path, optional=optional)
    for index, item in enumerate(listed):
        key = to.scalar(item, "key")
        where = f"{path}.items[{index}]"
        if key is None:
            to.missing("key", "items", item.span, where)
        else:
            to.check_key(key, f"{where}.key")
            to.add(source.item, name, name_path, key=key, key_path=f"{where}.key", optional=optional)
