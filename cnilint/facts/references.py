"""Every place of an object that names a ConfigMap, a Secret or a ServiceAccount, by the API's own shapes.

Built-in workloads are read at the path of their pod spec. Any other object is searched for the same shapes
(``env``, ``envFrom``, ``volumes``, ``imagePullSecrets``, ``serviceAccountName``), because a pod template may
stand anywhere in a custom resource.
Source of the shapes: k8s.io/api core/v1 types.go; of what the kubelet makes of them: pkg/kubelet/kubelet_pods.go.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cnilint.document import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    Span,
    child,
    is_null,
    is_true,
    items,
    string,
)
from cnilint.facts.model import BulkSource, Container, Kind, Owner, Reads, Reference, Variable
from cnilint.facts.names import is_key
from cnilint.objects import Object

POD_SPECS: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        (
            "Deployment",
            "DaemonSet",
            "StatefulSet",
            "ReplicaSet",
            "ReplicationController",
            "Job",
            "DeploymentConfig",
        ),
        ("spec", "template", "spec"),
    ),
}
"""Where the pod spec of a built-in workload is."""

_BUILT_IN_GROUPS = frozenset(("", "apps", "batch", "extensions", "apps.openshift.io"))
_WITHOUT_PODS = frozenset(
    [
        "APIService",
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "CustomResourceDefinition",
        "Endpoints",
        "EndpointSlice",
        "HorizontalPodAutoscaler",
        "LimitRange",
        "MutatingWebhookConfiguration",
        "Namespace",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "PriorityClass",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "Secret",
        "Service",
        "StorageClass",
        "ValidatingWebhookConfiguration",
    ]
)
_CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")
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
_EXPANSION = re.compile(r"\$(\$|\(([^()$]+)\))")


@dataclass(frozen=True, slots=True)
class Malformed:
    """A reference that the API server refuses, or an env entry without value (``empty``)."""

    owner: Owner
    container: str
    path: str
    span: Span
    message: str
    hint: str = ""
    empty: bool = False


@dataclass(slots=True)
class Stated:
    """What one object states about others."""

    owner: Owner
    references: list[Reference] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)
    strict: bool = False
    """The object is a built-in workload: its shapes are the API's own."""


def stated(obj: Object, release: str | None = None) -> Stated:
    """The references of an object.

    ``release`` is the Helm release whose values the object carries: ``{{ .Release.Name }}`` stands for it there.
    """
    owner = owner_of(obj)
    result = Stated(owner)
    reader = _Reader(result, release, _dormant(obj))
    if obj.group in _BUILT_IN_GROUPS and obj.kind in POD_SPECS:
        path = POD_SPECS[obj.kind]
        result.strict = reader.strict = True
        reader.pod_spec(child(obj.node, *path), ".".join(path))
    elif obj.kind == "ServiceAccount" and not obj.group:
        reader.service_account(obj.node)
    elif obj.kind == "Ingress":
        reader.ingress(obj.node)
    elif obj.kind not in _WITHOUT_PODS:
        reader.search(obj.node)
    return result


def owner_of(obj: Object) -> Owner:
    """The identity of an object as facts carry it."""
    ignore = string(obj.node, "metadata", "annotations", "cnilint.dev/ignore") or ""
    return Owner(
        obj.api_version, obj.kind, obj.namespace, obj.name, obj.span, obj.origin, ignore, obj.generated
    )


def _dormant(obj: Object) -> str:
    spec = child(obj.node, "spec")
    replicas = child(spec, "replicas")
    if isinstance(replicas, Scalar) and replicas.plain and replicas.raw == "0":
        return "replicas: 0"
    return "suspend: true" if is_true(child(spec, "suspend")) else ""


class _Reader:
    """Collects the references of one object. ``strict`` says that the shapes are the API's own, so that a
    deviation is an error and not another meaning."""

    def __init__(self, result: Stated, release: str | None, dormant: str) -> None:
        self.result = result
        self.release = release
        self.dormant = dormant
        self.strict = False

    def pod_spec(self, spec: Node | None, path: str) -> None:
        if not isinstance(spec, Mapping):
            return
        for field_name in _CONTAINER_LISTS:
            for index, container in enumerate(items(spec, field_name)):
                self.container(container, f"{path}.{field_name}[{index}]", spec)
        self._pod_fields(spec, path)

    def search(self, root: Mapping) -> None:
        """Finds the shapes anywhere below ``root``."""
        stack: list[tuple[Node, str, str]] = [(root, "", "")]
        while stack:
            node, path, container = stack.pop()
            if isinstance(node, Sequence):
                stack.extend((item, f"{path}[{index}]", container) for index, item in enumerate(node.items))
            elif isinstance(node, Mapping):
                name = string(node, "name") or container
                if "env" in node.entries or "envFrom" in node.entries:
                    self.container(node, path, None, name)
                self._pod_fields(node, path)
                prefix = f"{path}." if path else ""
                stack.extend((entry.value, prefix + key, name) for key, entry in node.entries.items())

    def _pod_fields(self, spec: Mapping, path: str) -> None:
        prefix = f"{path}." if path else ""
        for index, volume in enumerate(items(spec, "volumes")):
            self.volume(volume, f"{prefix}volumes[{index}]")
        for index, secret in enumerate(items(spec, "imagePullSecrets")):
            self._named(secret, "name", f"{prefix}imagePullSecrets[{index}]", "imagePullSecrets", "Secret")
        self._service_account_name(spec, prefix)

    def _service_account_name(self, spec: Mapping, prefix: str) -> None:
        for field_name in ("serviceAccountName", "serviceAccount"):
            node = spec.get(field_name)
            if isinstance(node, Scalar) and node.string:
                self._add("serviceAccountName", "ServiceAccount", node, None, f"{prefix}{field_name}")
                return

    def container(self, container: Node, path: str, spec: Mapping | None, name: str = "") -> None:
        if not isinstance(container, Mapping):
            return
        name = string(container, "name") or name
        bulk = tuple(self._env_from(container, path, name))
        variables = tuple(self._env(container, path, name))
        expansions = tuple(_expansions(container, path))
        self.result.containers.append(Container(name, path, variables, bulk, expansions))
        if spec is not None:
            self._sub_paths(container, path, name, spec)

    def _env(self, container: Mapping, path: str, name: str) -> Iterator[Variable]:
        env = container.get("env")
        if isinstance(env, Sequence):
            for index, entry in enumerate(env.items):
                if isinstance(entry, Mapping):
                    yield from self._variable(entry, f"{path}.env[{index}]".lstrip("."), name)
        elif isinstance(env, Mapping) and not self.strict:
            for key, pair in env.entries.items():
                source = child(pair.value, "valueFrom") or pair.value
                if isinstance(source, Mapping):
                    self._value_from(source, f"{path}.env.{key}".lstrip("."), name)

    def _variable(self, entry: Mapping, path: str, container: str) -> Iterator[Variable]:
        name_node = entry.get("name")
        value, source = entry.get("value"), entry.get("valueFrom")
        if isinstance(source, Mapping):
            self._value_from(source, f"{path}.valueFrom", container)
        if self.strict:
            self._check_variable(entry, path, container)
        if isinstance(name_node, Scalar) and name_node.raw:
            has_value = isinstance(value, Scalar) and value.raw != "" and not is_null(value)
            uses = tuple(_uses(value)) if isinstance(value, Scalar) else ()
            yield Variable(name_node.raw, path, name_node.span, has_value, isinstance(source, Mapping), uses)

    def _check_variable(self, entry: Mapping, path: str, container: str) -> None:
        value, source = entry.get("value"), entry.get("valueFrom")
        anchor = entry.entries["name"].value.span if "name" in entry.entries else entry.span
        label = string(entry, "name") or ""
        if not label:
            self._malformed(container, path, anchor, "the env entry has no name")
            return
        if isinstance(source, Mapping):
            if isinstance(value, Scalar) and value.raw and not is_null(value):
                message = (
                    f"the variable '{label}' has a value and a valueFrom, and the API server takes only one"
                )
                self._malformed(container, f"{path}.value", value.span, message, "drop one of the two")
            count = sum(not is_null(pair.value) for pair in source.entries.values())
            if count != 1:
                what = "no source" if count == 0 else f"{count} sources"
                message = (
                    f"the variable '{label}' has {what} under valueFrom, and the API server wants exactly one"
                )
                self._malformed(container, f"{path}.valueFrom", entry.entries["valueFrom"].key.span, message)
        elif value is None:
            message = (
                f"the variable '{label}' has neither value nor valueFrom, so it is set to the empty string"
            )
            self._malformed(
                container, path, anchor, message, "give it a value, or remove the entry", empty=True
            )

    def _value_from(self, source: Mapping, path: str, container: str) -> None:
        for field_name, kind in _kinds("configMapKeyRef", "secretKeyRef"):
            node = source.get(field_name)
            if not isinstance(node, Mapping):
                continue
            where, form = f"{path}.{field_name}", f"env.{field_name}"
            name, key = self._scalar(node, "name"), self._scalar(node, "key")
            if name is None or key is None:
                missing = "name" if name is None else "key"
                anchor = source.entries[field_name].key.span
                self._malformed(container, where, anchor, f"the {field_name} gives no {missing}")
                continue
            self._check_key(container, f"{where}.key", key)
            self._add(form, kind, name, key, where, container, "env", is_true(node.get("optional")))

    def _env_from(self, container: Mapping, path: str, name: str) -> Iterator[BulkSource]:
        for index, entry in enumerate(items(container, "envFrom")):
            where = f"{path}.envFrom[{index}]".lstrip(".")
            found = 0
            for field_name, kind in _kinds("configMapRef", "secretRef"):
                node = child(entry, field_name)
                if not isinstance(node, Mapping):
                    continue
                found += 1
                optional = is_true(node.get("optional"))
                target = self._named(
                    node, "name", f"{where}.{field_name}", f"envFrom.{field_name}", kind, name, optional
                )
                if target:
                    yield BulkSource(kind, target, string(entry, "prefix") or "", optional)
            if found != 1 and isinstance(entry, Mapping):
                message = (
                    f"the envFrom entry has {found or 'no'} sources, and the API server wants exactly one"
                )
                self._malformed(name, where, entry.span, message)

    def volume(self, volume: Node, path: str) -> None:
        if not isinstance(volume, Mapping):
            return
        for field_name, name_field, kind in (
            ("configMap", "name", "ConfigMap"),
            ("secret", "secretName", "Secret"),
        ):
            node = volume.get(field_name)
            if isinstance(node, Mapping):
                self._file_source(
                    node, name_field, f"{path}.{field_name}", f"volume.{field_name}", _kind(kind)
                )
        for index, source in enumerate(items(volume, "projected", "sources")):
            for field_name, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
                node = child(source, field_name)
                if isinstance(node, Mapping):
                    where = f"{path}.projected.sources[{index}].{field_name}"
                    self._file_source(node, "name", where, f"projected.{field_name}", _kind(kind))
        for field_name, secret_field in _SECRET_REFS_OF_VOLUMES.items():
            self._volume_secret(volume.get(field_name), secret_field, f"{path}.{field_name}", field_name)

    def _volume_secret(self, source: Node | None, secret_field: str, path: str, form: str) -> None:
        reference = child(source, secret_field)
        if isinstance(reference, Mapping):
            self._named(reference, "name", f"{path}.{secret_field}", f"volume.{form}", "Secret")
        elif isinstance(reference, Scalar) and isinstance(source, Mapping):
            self._named(source, secret_field, path, f"volume.{form}", "Secret")

    def _file_source(self, node: Mapping, name_field: str, path: str, form: str, kind: Kind) -> None:
        """A volume of a ConfigMap or Secret: every key a file, or the listed ``items``."""
        optional = is_true(node.get("optional"))
        name = self._scalar(node, name_field)
        if name is None:
            if name_field in node.entries or self.strict:
                self._malformed(
                    "", path, node.span, f"the {form.partition('.')[2]} source gives no {name_field}"
                )
            return
        listed = [item for item in items(node, "items") if isinstance(item, Mapping)]
        if not listed:
            self._add(form, kind, name, None, f"{path}.{name_field}", reads="volume", optional=optional)
        for index, item in enumerate(listed):
            key = self._scalar(item, "key")
            where = f"{path}.items[{index}]"
            if key is None:
                self._malformed("", where, item.span, "the item gives no key")
            else:
                self._check_key("", f"{where}.key", key)
                self._add(f"{form}.items", kind, name, key, where, reads="volume", optional=optional)

    def _sub_paths(self, container: Mapping, path: str, name: str, spec: Mapping) -> None:
        """``subPath`` of a mount names a file that the volume's ConfigMap or Secret must supply."""
        volumes = {string(volume, "name"): volume for volume in items(spec, "volumes")}
        for index, mount in enumerate(items(container, "volumeMounts")):
            sub_path = child(mount, "subPath")
            volume = volumes.get(string(mount, "name"))
            if not isinstance(sub_path, Scalar) or not sub_path.raw or volume is None:
                continue
            where = f"{path}.volumeMounts[{index}].subPath"
            self._sub_path(sub_path, volume, where, name)

    def _sub_path(self, sub_path: Scalar, volume: Node, path: str, container: str) -> None:
        for field_name, name_field, kind in (
            ("configMap", "name", "ConfigMap"),
            ("secret", "secretName", "Secret"),
        ):
            source = child(volume, field_name)
            name = child(source, name_field)
            if not isinstance(name, Scalar) or not name.raw:
                continue
            file = sub_path.raw.strip("/").removeprefix("./")
            mapped = {string(item, "path"): child(item, "key") for item in items(source, "items")}
            if mapped:
                if not any(_covers(target or "", file) for target in mapped):
                    self._add("subPath.items", _kind(kind), name, sub_path, path, container, "volume")
            elif "/" not in file:
                optional = is_true(child(source, "optional"))
                self._add("subPath", _kind(kind), name, sub_path, path, container, "volume", optional)

    def service_account(self, root: Mapping) -> None:
        for form in ("secrets", "imagePullSecrets"):
            for index, secret in enumerate(items(root, form)):
                self._named(secret, "name", f"{form}[{index}]", f"serviceAccount.{form}", "Secret")

    def ingress(self, root: Mapping) -> None:
        for index, tls in enumerate(items(root, "spec", "tls")):
            if isinstance(tls, Mapping) and not is_null(tls.get("secretName")):
                self._named(tls, "secretName", f"spec.tls[{index}]", "ingress.tls", "Secret")

    def _named(
        self,
        node: Node | None,
        name_field: str,
        path: str,
        form: str,
        kind: Kind,
        container: str = "",
        optional: bool = False,
    ) -> str:
        name = self._scalar(node, name_field) if isinstance(node, Mapping) else None
        if name is None:
            if isinstance(node, Mapping):
                self._malformed(
                    container, path, node.span, f"the {form.rpartition('.')[2]} entry gives no {name_field}"
                )
            return ""
        self._add(
            form,
            kind,
            name,
            None,
            f"{path}.{name_field}",
            container,
            "env" if "envFrom" in form else "object",
            optional,
        )
        return self._substituted(name.raw)

    def _scalar(self, node: Mapping, field_name: str) -> Scalar | None:
        value = node.get(field_name)
        return value if isinstance(value, Scalar) and value.raw and not is_null(value) else None

    def _add(
        self,
        form: str,
        kind: Kind,
        name: Scalar,
        key: Scalar | None,
        path: str,
        container: str = "",
        reads: Reads = "object",
        optional: bool = False,
    ) -> None:
        span = name.span if key is None else key.span
        key_text = None if key is None else self._substituted(key.raw)
        key_path = path if key is None or path.endswith("subPath") else f"{path}.key"
        self.result.references.append(
            Reference(
                self.result.owner,
                form,
                kind,
                self._substituted(name.raw),
                key_text,
                key_path,
                span,
                name.span,
                container,
                reads,
                optional,
                dormant=self.dormant,
            )
        )

    def _substituted(self, text: str) -> str:
        if self.release is None or "{{" not in text:
            return text
        return _RELEASE_NAME.sub(self.release, text)

    def _check_key(self, container: str, path: str, key: Scalar) -> None:
        if not is_key(key.raw):
            message = f"'{key.raw}' cannot be a key: only letters, digits, '-', '_' and '.' are allowed"
            self._malformed(container, path, key.span, message)

    def _malformed(
        self, container: str, path: str, span: Span, message: str, hint: str = "", empty: bool = False
    ) -> None:
        if self.strict:
            self.result.malformed.append(
                Malformed(self.result.owner, container, path, span, message, hint, empty)
            )


_RELEASE_NAME = re.compile(r"\{\{-?\s*\.Release\.Name\s*-?\}\}")


def _kinds(config_map: str, secret: str) -> tuple[tuple[str, Kind], tuple[str, Kind]]:
    return (config_map, "ConfigMap"), (secret, "Secret")


def _kind(name: str) -> Kind:
    return "ConfigMap" if name == "ConfigMap" else "Secret"


def _covers(target: str, file: str) -> bool:
    """Whether a projected path is the file, or a folder on its way, or below it."""
    return target == file or file.startswith(f"{target}/") or target.startswith(f"{file}/")


def _uses(value: Scalar) -> Iterator[tuple[str, Span]]:
    """Names in ``$(NAME)``, by the kubelet's expansion: ``$$`` is an escaped dollar."""
    for match in _EXPANSION.finditer(value.raw):
        if match.group(2):
            yield match.group(2), value.span


def _expansions(container: Mapping, path: str) -> Iterator[tuple[str, str, Span]]:
    prefix = f"{path}." if path else ""
    for field_name in ("command", "args"):
        for index, item in enumerate(items(container, field_name)):
            if isinstance(item, Scalar):
                for name, span in _uses(item):
                    yield name, f"{prefix}{field_name}[{index}]", span
    for index, mount in enumerate(items(container, "volumeMounts")):
        sub_path = child(mount, "subPathExpr")
        if isinstance(sub_path, Scalar):
            for name, span in _uses(sub_path):
                yield name, f"{prefix}volumeMounts[{index}].subPathExpr", span
