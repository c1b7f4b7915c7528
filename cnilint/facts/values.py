"""Finds the references and definitions in the values of Helm charts, by the shape of their fields."""

import re
from collections.abc import Iterable, Iterator, Mapping

from cnilint.document import Mapping as MappingNode
from cnilint.document import Node, Scalar, Sequence, child, is_true, items, string
from cnilint.facts.charts import Identified
from cnilint.facts.collector import Collector, ReferenceForm
from cnilint.facts.containers import read_container, read_value_from
from cnilint.facts.model import Definition, Kind, Reference
from cnilint.facts.valuesconventions import holds_copies, roles_of, values_conventions
from cnilint.facts.volumes import read_volume
from cnilint.manifest.names import is_key
from cnilint.manifest.object import is_embedded
from cnilint.regex import regex

_EMBEDDED = "an object inside the values of a chart: the chart decides where it is applied"
_WORDS = regex(r"[A-Za-z]+(?:[-._][A-Za-z]+)*")
"""A key that cannot be taken for the value of a Secret, which some charts accept in a field of the same name."""
EXISTING = "values.existing"
"""The form of a reference to an object that the chart does not make."""
NAMED = "values.named"
"""The form of a reference to an object that the chart may make itself."""


_KINDS: tuple[Kind, Kind] = ("ConfigMap", "Secret")
_FORMS = {(form, kind): ReferenceForm(form, kind) for form in (EXISTING, NAMED) for kind in _KINDS}
_ENV_FROM: Mapping[str, ReferenceForm] = {
    "configMap": ReferenceForm("envFrom.configMapRef", "ConfigMap", "env"),
    "configMapRef": ReferenceForm("envFrom.configMapRef", "ConfigMap", "env"),
    "secret": ReferenceForm("envFrom.secretRef", "Secret", "env"),
    "secretRef": ReferenceForm("envFrom.secretRef", "Secret", "env"),
}
_PERSISTED: Mapping[str, tuple[ReferenceForm, ReferenceForm, ReferenceForm]] = {
    field: (
        ReferenceForm(f"volume.{field}", kind, "volume"),
        ReferenceForm(f"volume.{field}.items", kind, "volume"),
        ReferenceForm("subPath", kind, "volume"),
    )
    for field, kind in (("configMap", _KINDS[0]), ("secret", _KINDS[1]))
}
_PULL_SECRET = ReferenceForm("imagePullSecrets", "Secret")
_SERVICE_ACCOUNT = ReferenceForm("serviceAccountName", "ServiceAccount")
_EXISTING_ACCOUNT = ReferenceForm(EXISTING, "ServiceAccount")
_NAMED_ACCOUNT = ReferenceForm(NAMED, "ServiceAccount")


def read_values(to: Collector, root: Node, path: str, made: Identified) -> list[Definition]:
    """Collects the references in values; returns the ServiceAccounts that they have the chart make.

    ``path`` is that of the values in their object, ``made`` the names of the chart's objects by identifier. A mapping
    with ``enabled: false`` is not read: the chart leaves out what it configures. A loop: values may nest deeper than
    Python's stack.
    """
    reader, first = _ValuesReader(to, made), len(to.result.references)
    stack: list[tuple[Node, str, str, str]] = [(root, path, "", "")]
    while stack:
        node, path, container, unclear = stack.pop()
        if isinstance(node, Sequence):
            stack += [
                (item, f"{path}[{index}]", container, unclear)
                for index, item in reversed(list(enumerate(node.items)))
            ]
        elif isinstance(node, MappingNode) and not is_off(node):
            to.unclear = unclear = unclear or _embedding(node)
            name = _container_in(node) or container
            reader.read(node, path, name)
            stack += [
                (value, f"{path}.{key}", name, unclear)
                for key, value in reversed(node.fields())
                if not holds_copied_objects(key, value)
            ]
    to.unclear = ""
    _remove_repeated(to.result.references, first)
    return reader.accounts


def _embedding(node: MappingNode) -> str:
    return _EMBEDDED if is_embedded(node) else ""


def _container_in(node: MappingNode) -> str:
    """The container that a mapping names. The name of an entry in a list of variables is not a container's."""
    is_variable = "valueFrom" in node.names() or "value" in node.names()
    return "" if is_variable else string(node, "name") or ""


def _remove_repeated(references: list[Reference], first: int) -> None:
    """Some forms are found twice: a variable's source by the variable, and by its own shape."""
    unique = {(each.path, each.name_path, each.kind): each for each in reversed(references[first:])}
    references[first:] = reversed(unique.values())


def is_off(node: MappingNode) -> bool:
    """Whether the values leave out what the mapping configures."""
    enabled = node.get("enabled")
    return isinstance(enabled, Scalar) and enabled.data is False


def holds_copied_objects(name: str, value: Node) -> bool:
    """Whether a field has whole objects, or texts of them, which the chart copies."""
    return holds_copies(name) and any(is_embedded(each) or is_object_text(each) for each in below(value))


def below(node: Node) -> Iterable[Node]:
    """The items of a list, the values of a mapping, or the node itself."""
    if isinstance(node, Sequence):
        return node.items
    return [value for _, value in node.fields()] if isinstance(node, MappingNode) else [node]


def is_object_text(node: Node) -> bool:
    """Whether a string spells out an object."""
    return isinstance(node, Scalar) and "\n" in node.raw and "kind:" in node.raw and "apiVersion:" in node.raw


class _ValuesReader:
    """Reads the fields of one mapping after the other."""

    def __init__(self, to: Collector, made: Identified) -> None:
        self.to = to
        self.made = made
        self.accounts: list[Definition] = []

    def read(self, node: MappingNode, path: str, container: str) -> None:
        if isinstance(node.get("env"), Sequence):
            read_container(self.to, _without_env_from(node), path, None, container)
        read_value_from(self.to, node, path, container)
        self._persisted(node, path)
        for name, value in node.fields():
            for role in roles_of(name):
                _READERS[role](self, node, value, f"{path}.{name}", container)
        self._named(node, path)
        self._service_account(node, path)

    def volumes(self, _: MappingNode, value: Node, path: str, __: str) -> None:
        for index, volume in enumerate(items(value)):
            read_volume(self.to, volume, f"{path}[{index}]")

    def pull_secrets(self, _: MappingNode, value: Node, path: str, __: str) -> None:
        for index, secret in enumerate(items(value)):
            where = f"{path}[{index}]"
            if isinstance(secret, Scalar):
                self._add(_PULL_SECRET, secret, where)
            else:
                self.to.named(_PULL_SECRET, secret, where)

    def env_from(self, _: MappingNode, value: Node, path: str, container: str) -> None:
        """Items in the API's form, and ``secret: NAME`` and ``secretRef: {identifier: ID}`` of charts."""
        for index, item in enumerate(items(value)):
            for field, form in _ENV_FROM.items():
                source = child(item, field)
                if source is not None:
                    self._bulk(form, source, f"{path}[{index}].{field}", container)

    def _bulk(self, form: ReferenceForm, source: Node, path: str, container: str) -> None:
        if isinstance(source, Scalar):
            self._identified(form, source, path, container=container)
        elif child(source, "identifier") is not None:
            self._identified(form, child(source, "identifier"), f"{path}.identifier", container=container)
        else:
            optional = is_true(child(source, "optional"))
            self._add(form, child(source, "name"), f"{path}.name", container=container, optional=optional)

    def environment_secret(self, _: MappingNode, value: Node, path: str, __: str) -> None:
        self._add(_FORMS[EXISTING, "Secret"], value, path)

    def environment_config_map(self, _: MappingNode, value: Node, path: str, __: str) -> None:
        self._add(_FORMS[EXISTING, "ConfigMap"], value, path)

    def existing_secret(self, node: MappingNode, value: Node, path: str, _: str) -> None:
        self._existing("Secret", node, value, path)

    def existing_config_map(self, node: MappingNode, value: Node, path: str, _: str) -> None:
        self._existing("ConfigMap", node, value, path)

    def _existing(self, kind: Kind, node: MappingNode, value: Node, path: str) -> None:
        form = _FORMS[EXISTING, kind]
        if isinstance(value, MappingNode):
            keys = [(key, f"{path}.key")] if (key := value.get("key")) is not None else []
            self._with_keys(form, value.get("name"), keys, f"{path}.name")
        else:
            self._with_keys(form, value, _keys_beside(node, kind, path.rpartition(".")[0]), path)

    def _named(self, node: MappingNode, path: str) -> None:
        """Names that the chart may make: read where a key is named beside them."""
        for kind in _KINDS:
            field = _field(node, values_conventions().named[kind])
            if not field:
                continue
            key_field = _field(node, values_conventions().named_keys[kind])
            key = node.get(key_field)
            if isinstance(key, Scalar) and _WORDS.fullmatch(key.raw):
                keys: list[tuple[Node, str]] = [(key, f"{path}.{key_field}")]
                self._with_keys(_FORMS[NAMED, kind], node.get(field), keys, f"{path}.{field}")

    def _with_keys(
        self, form: ReferenceForm, name: Node | None, keys: Iterable[tuple[Node, str]], path: str
    ) -> None:
        """A reference for each key, with the key's path; one to the whole object where none is named."""
        found = [
            (key, where) for key, where in keys if isinstance(key, Scalar) and key.string and is_key(key.raw)
        ]
        for key, where in found:
            self._add(form, name, path, key=key, key_path=where)
        if not found:
            self._add(form, name, path)

    def _persisted(self, node: MappingNode, path: str) -> None:
        """A volume in short form: ``{type: configMap, name: x}``, or ``identifier`` for an object of the chart's own."""
        forms = _PERSISTED.get(string(node, "type") or "")
        if forms is None:
            return
        whole, item, sub_path = forms
        field, name = self._persisted_name(node, whole.kind)
        if not isinstance(name, Scalar):
            return
        name_path = f"{path}.{field}"
        listed = [
            (child(each, "key"), f"{path}.items[{at}].key") for at, each in enumerate(items(node, "items"))
        ]
        for key, where in listed:
            if isinstance(key, Scalar):
                self._add(item, name, name_path, key=key, key_path=where)
        if not listed:
            self._add(whole, name, name_path)
            for key, where in _mounted_keys(node):
                self._add(sub_path, name, name_path, key=key, key_path=f"{path}.{where}")

    def _persisted_name(self, node: MappingNode, kind: Kind) -> tuple[str, Node | None]:
        """The field that names the object of a volume in short form, and the name."""
        name, identifier = node.get("name"), node.get("identifier")
        if name is None and identifier is not None:
            return "identifier", self._own(kind, identifier)
        return "name", name

    def _identified(self, form: ReferenceForm, node: Node | None, path: str, container: str) -> None:
        """A name that is first looked up among the identifiers of the chart's own objects."""
        self._add(form, self._own(form.kind, node) or node, path, container=container)

    def _own(self, kind: Kind, identifier: Node | None) -> Scalar | None:
        """The name of the chart's own object, where it has only one; at the place of the identifier."""
        if not isinstance(identifier, Scalar):
            return None
        names = self.made.get((kind, identifier.raw), ())
        if not names:
            return None
        return Scalar(identifier.text, names[0], identifier.start, identifier.end)

    def _service_account(self, node: MappingNode, path: str) -> None:
        """A ServiceAccount that is used by name, or that the chart makes: ``{create: true, name: x}``."""
        release = self.to.release
        form = _SERVICE_ACCOUNT if release is not None and release.complete else _NAMED_ACCOUNT
        self._add(form, node.get("serviceAccountName"), f"{path}.serviceAccountName")
        account = node.get("serviceAccount")
        if isinstance(account, Scalar):
            self._add(form, account, f"{path}.serviceAccount")
        elif isinstance(account, MappingNode):
            self._account(account, f"{path}.serviceAccount.name")

    def _account(self, account: MappingNode, path: str) -> None:
        name, create = account.get("name"), account.get("create")
        if not isinstance(name, Scalar) or not name.string:
            return
        if isinstance(create, Scalar) and create.data is False:
            self._add(_EXISTING_ACCOUNT, name, path)
            return
        release = self.to.release
        self.accounts.append(
            Definition(
                kind="ServiceAccount",
                namespace=None if release is None else release.namespace,
                name=self.to.substituted(name.raw),
                span=name.span,
                producer="Helm chart" if release is None else f"chart {release.chart}",
            )
        )

    def _add(
        self,
        form: ReferenceForm,
        name: Node | None,
        path: str,
        *,
        key: Scalar | None = None,
        key_path: str = "",
        container: str = "",
        optional: bool = False,
    ) -> None:
        if isinstance(name, Scalar) and name.string:
            self.to.add(form, name, path, key=key, key_path=key_path, container=container, optional=optional)


_READERS = {
    "volumes": _ValuesReader.volumes,
    "pullSecrets": _ValuesReader.pull_secrets,
    "envFrom": _ValuesReader.env_from,
    "environmentSecret": _ValuesReader.environment_secret,
    "environmentConfigMap": _ValuesReader.environment_config_map,
    "existingSecret": _ValuesReader.existing_secret,
    "existingConfigMap": _ValuesReader.existing_config_map,
}


def _keys_beside(node: MappingNode, kind: Kind, path: str) -> Iterator[tuple[Node, str]]:
    """The keys that are named beside the name of an existing object, where it is the only one of its mapping."""
    known = values_conventions()
    named = [name for name, entry in node.entries.items() if _is_existing_secret(name, entry.value)]
    if kind != "Secret" or len(named) != 1:
        return
    for name, entry in node.entries.items():
        if known.keys.fullmatch(name):
            yield entry.value, f"{path}.{name}"
        elif name in known.key_maps and isinstance(entry.value, MappingNode):
            yield from ((each.value, f"{path}.{name}.{field}") for field, each in entry.value.entries.items())


def _is_existing_secret(name: str, value: Node) -> bool:
    return isinstance(value, Scalar) and values_conventions().existing["Secret"].fullmatch(name) is not None


def _field(node: MappingNode, names: re.Pattern[str]) -> str:
    return next(filter(names.fullmatch, node.names()), "")


def _mounted_keys(node: MappingNode) -> Iterator[tuple[Scalar, str]]:
    """The keys that mounts of a volume in short form name by their ``subPath``."""
    for mount, where in _mounts(node):
        key = child(mount, "subPath")
        if isinstance(key, Scalar) and key.string and "/" not in key.raw.strip("/"):
            yield key, f"{where}.subPath"


def _mounts(node: MappingNode) -> Iterator[tuple[Node, str]]:
    """The mounts of a volume in short form: ``globalMounts``, and ``advancedMounts`` by controller and container."""
    for index, mount in enumerate(items(node, "globalMounts")):
        yield mount, f"globalMounts[{index}]"
    advanced = node.get("advancedMounts")
    for controller, containers in advanced.entries.items() if isinstance(advanced, MappingNode) else ():
        inner = containers.value
        for container, mounts in inner.entries.items() if isinstance(inner, MappingNode) else ():
            for index, mount in enumerate(items(mounts.value)):
                yield mount, f"advancedMounts.{controller}.{container}[{index}]"


def _without_env_from(node: MappingNode) -> MappingNode:
    if "envFrom" not in node.entries:
        return node
    rest = {name: entry for name, entry in node.entries.items() if name != "envFrom"}
    return MappingNode(node.text, node.start, node.end, rest)
