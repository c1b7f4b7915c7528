"""References of a container: ``env``, ``envFrom``, and the variables that its texts use."""

import re
from collections.abc import Iterator

from cnilint.document import Mapping, Node, Scalar, Sequence, Span, child, is_null, is_true, items, string
from cnilint.facts.collector import Collector
from cnilint.facts.model import BulkSource, Container, Kind, Variable
from cnilint.facts.volumes import read_sub_paths

_KEY_REFS: tuple[tuple[str, Kind], ...] = (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret"))
_BULK_REFS: tuple[tuple[str, Kind], ...] = (("configMapRef", "ConfigMap"), ("secretRef", "Secret"))
_EXPANSION = re.compile(r"\$(\$|\(([^()$]+)\))")


def read_container(to: Collector, container: Node, path: str, spec: Mapping | None, name: str = "") -> None:
    if not isinstance(container, Mapping):
        return
    name = string(container, "name") or name
    bulk = tuple(_env_from(to, container, path, name))
    variables = tuple(_env(to, container, path, name))
    expansions = tuple(_expansions(container, path))
    to.result.containers.append(
        Container(name=name, path=path, variables=variables, bulk=bulk, expansions=expansions)
    )
    if spec is not None:
        read_sub_paths(to, container, path, name, spec)


def _env(to: Collector, container: Mapping, path: str, name: str) -> Iterator[Variable]:
    env = container.get("env")
    if isinstance(env, Sequence):
        for index, entry in enumerate(env.items):
            if isinstance(entry, Mapping):
                yield from _variable(to, entry, f"{path}.env[{index}]".lstrip("."), name)
    elif isinstance(env, Mapping) and not to.strict:
        for key, pair in env.entries.items():
            source = child(pair.value, "valueFrom") or pair.value
            if isinstance(source, Mapping):
                read_value_from(to, source, f"{path}.env.{key}".lstrip("."), name)


def _variable(to: Collector, entry: Mapping, path: str, container: str) -> Iterator[Variable]:
    name_node = entry.get("name")
    value, source = entry.get("value"), entry.get("valueFrom")
    if isinstance(source, Mapping):
        read_value_from(to, source, f"{path}.valueFrom", container)
    if to.strict:
        _check_variable(to, entry, path, container)
    if isinstance(name_node, Scalar) and name_node.raw:
        has_value = isinstance(value, Scalar) and value.raw != "" and not is_null(value)
        uses = tuple(_uses(value)) if isinstance(value, Scalar) else ()
        yield Variable(
            name=name_node.raw,
            path=path,
            span=name_node.span,
            has_value=has_value,
            has_source=isinstance(source, Mapping),
            uses=uses,
        )


def _check_variable(to: Collector, entry: Mapping, path: str, container: str) -> None:
    value, source = entry.get("value"), entry.get("valueFrom")
    anchor = entry.entries["name"].value.span if "name" in entry.entries else entry.span
    label = string(entry, "name") or ""
    if not label:
        to.refuse(container, path, anchor, "the env entry has no name")
        return
    if isinstance(source, Mapping):
        if isinstance(value, Scalar) and value.raw and not is_null(value):
            message = f"the variable '{label}' has a value and a valueFrom, and the API server takes only one"
            to.refuse(container, f"{path}.value", value.span, message, "drop one of the two")
        count = sum(not is_null(pair.value) for pair in source.entries.values())
        if count != 1:
            what = "no source" if count == 0 else f"{count} sources"
            message = (
                f"the variable '{label}' has {what} under valueFrom, and the API server wants exactly one"
            )
            to.refuse(container, f"{path}.valueFrom", entry.entries["valueFrom"].key.span, message)
    elif value is None:
        message = f"the variable '{label}' has neither value nor valueFrom, so it is set to the empty string"
        to.refuse(container, path, anchor, message, "give it a value, or remove the entry", code="CNI113")


def read_value_from(to: Collector, source: Mapping, path: str, container: str) -> None:
    """The ``valueFrom`` of a variable."""
    for field_name, kind in _KEY_REFS:
        node = source.get(field_name)
        if not isinstance(node, Mapping):
            continue
        where, form = f"{path}.{field_name}", f"env.{field_name}"
        name, key = to.scalar(node, "name"), to.scalar(node, "key")
        if name is None or key is None:
            missing = "name" if name is None else "key"
            anchor = source.entries[field_name].key.span
            to.refuse(container, where, anchor, f"the {field_name} gives no {missing}")
            continue
        to.check_key(container, f"{where}.key", key)
        to.add(form, kind, name, key, where, container, "env", is_true(node.get("optional")))


def _env_from(to: Collector, container: Mapping, path: str, name: str) -> Iterator[BulkSource]:
    for index, entry in enumerate(items(container, "envFrom")):
        where = f"{path}.envFrom[{index}]".lstrip(".")
        found = 0
        for field_name, kind in _BULK_REFS:
            node = child(entry, field_name)
            if not isinstance(node, Mapping):
                continue
            found += 1
            optional = is_true(node.get("optional"))
            target = to.named(
                node, "name", f"{where}.{field_name}", f"envFrom.{field_name}", kind, name, optional
            )
            if target:
                yield BulkSource(
                    kind=kind, name=target, prefix=string(entry, "prefix") or "", optional=optional
                )
        if found != 1 and isinstance(entry, Mapping):
            message = f"the envFrom entry has {found or 'no'} sources, and the API server wants exactly one"
            to.refuse(name, where, entry.span, message)


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


def _uses(value: Scalar) -> Iterator[tuple[str, Span]]:
    """Names in ``$(NAME)``, by the kubelet's expansion: ``$$`` is an escaped dollar."""
    for match in _EXPANSION.finditer(value.raw):
        if match.group(2):
            yield match.group(2), value.span
