"""References of volumes: ConfigMaps and Secrets as files, and the ``subPath`` of a mount into them."""

from cnilint.document import Mapping, Node, Scalar, child, is_true, items, string
from cnilint.facts.collector import Collector
from cnilint.facts.model import Kind

_SOURCES: tuple[tuple[str, str, Kind], ...] = (
    ("configMap", "name", "ConfigMap"),
    ("secret", "secretName", "Secret"),
)
"""Field of a volume, the field that names its object, and the object's kind."""

_PROJECTED: tuple[tuple[str, Kind], ...] = (("configMap", "ConfigMap"), ("secret", "Secret"))
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


def read_volume(to: Collector, volume: Node, path: str) -> None:
    if not isinstance(volume, Mapping):
        return
    for field_name, name_field, kind in _SOURCES:
        node = volume.get(field_name)
        if isinstance(node, Mapping):
            _file_source(to, node, name_field, f"{path}.{field_name}", f"volume.{field_name}", kind)
    for index, source in enumerate(items(volume, "projected", "sources")):
        for field_name, kind in _PROJECTED:
            node = child(source, field_name)
            if isinstance(node, Mapping):
                where = f"{path}.projected.sources[{index}].{field_name}"
                _file_source(to, node, "name", where, f"projected.{field_name}", kind)
    for field_name, secret_field in _SECRET_REFS_OF_VOLUMES.items():
        _volume_secret(to, volume.get(field_name), secret_field, f"{path}.{field_name}", field_name)


def _volume_secret(to: Collector, source: Node | None, secret_field: str, path: str, form: str) -> None:
    reference = child(source, secret_field)
    if isinstance(reference, Mapping):
        to.named(reference, "name", f"{path}.{secret_field}", f"volume.{form}", "Secret")
    elif isinstance(reference, Scalar) and isinstance(source, Mapping):
        to.named(source, secret_field, path, f"volume.{form}", "Secret")


def _file_source(to: Collector, node: Mapping, name_field: str, path: str, form: str, kind: Kind) -> None:
    """A volume of a ConfigMap or Secret: every key a file, or the listed ``items``."""
    optional = is_true(node.get("optional"))
    name = to.scalar(node, name_field)
    if name is None:
        if name_field in node.entries or to.strict:
            to.refuse("", path, node.span, f"the {form.partition('.')[2]} source gives no {name_field}")
        return
    listed = [item for item in items(node, "items") if isinstance(item, Mapping)]
    if not listed:
        to.add(form, kind, name, None, f"{path}.{name_field}", reads="volume", optional=optional)
    for index, item in enumerate(listed):
        key = to.scalar(item, "key")
        where = f"{path}.items[{index}]"
        if key is None:
            to.refuse("", where, item.span, "the item gives no key")
        else:
            to.check_key("", f"{where}.key", key)
            to.add(f"{form}.items", kind, name, key, where, reads="volume", optional=optional)


def read_sub_paths(to: Collector, container: Mapping, path: str, name: str, spec: Mapping) -> None:
    """``subPath`` of a mount names a file that the volume's ConfigMap or Secret must supply."""
    volumes = {string(volume, "name"): volume for volume in items(spec, "volumes")}
    for index, mount in enumerate(items(container, "volumeMounts")):
        sub_path = child(mount, "subPath")
        volume = volumes.get(string(mount, "name"))
        if not isinstance(sub_path, Scalar) or not sub_path.raw or volume is None:
            continue
        where = f"{path}.volumeMounts[{index}].subPath"
        _sub_path(to, sub_path, volume, where, name)


def _sub_path(to: Collector, sub_path: Scalar, volume: Node, path: str, container: str) -> None:
    for field_name, name_field, kind in _SOURCES:
        source = child(volume, field_name)
        name = child(source, name_field)
        if not isinstance(name, Scalar) or not name.raw:
            continue
        file = sub_path.raw.strip("/").removeprefix("./")
        mapped = {string(item, "path"): child(item, "key") for item in items(source, "items")}
        if mapped:
            if not any(_covers(target or "", file) for target in mapped):
                to.add("subPath.items", kind, name, sub_path, path, container, "volume")
        elif "/" not in file:
            optional = is_true(child(source, "optional"))
            to.add("subPath", kind, name, sub_path, path, container, "volume", optional)


def _covers(target: str, file: str) -> bool:
    """Whether a projected path is the file, or a folder on its way, or below it."""
    return target == file or file.startswith(f"{target}/") or target.startswith(f"{file}/")
