"""References of a container: ``env``, ``envFrom``, and the variables that its texts use."""

from collections.abc import Iterator
from sys import intern

from cnilint.diagnostics.model import Message
from cnilint.diagnostics.span import packed
from cnilint.diagnostics.suggest import closest
from cnilint.document import (
    Mapping,
    NamedText,
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
from cnilint.facts.collector import Collector, ReferenceForm
from cnilint.facts.model import BulkSource, Container, Variable
from cnilint.facts.mounts import Volumes, read_mounts
from cnilint.manifest.names import MAX_NAME, is_placeholder
from cnilint.regex import regex

_KEY_REFS = {
    "configMapKeyRef": ReferenceForm("env.configMapKeyRef", "ConfigMap", "env"),
    "secretKeyRef": ReferenceForm("env.secretKeyRef", "Secret", "env"),
}
_BULK_REFS = {
    "configMapRef": ReferenceForm("envFrom.configMapRef", "ConfigMap", "env"),
    "secretRef": ReferenceForm("envFrom.secretRef", "Secret", "env"),
}
_FIELDS: dict[str, tuple[str, ...]] = {
    "env": ("name", "value", "valueFrom"),
    "valueFrom": ("configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef", "fileKeyRef"),
    "configMapKeyRef": ("name", "key", "optional"),
    "secretKeyRef": ("name", "key", "optional"),
    "envFrom": ("prefix", "configMapRef", "secretRef"),
    "configMapRef": ("name", "optional"),
    "secretRef": ("name", "optional"),
}
"""The fields of the API's types (core/v1 EnvVar, EnvVarSource, EnvFromSource and their references)."""

_EXPANSION = regex(r"\$(\$|\(([^()$]+)\))")
_ONE_SOURCE = "set exactly one source"


def read_container(
    to: Collector, container: Node, path: str, volumes: Volumes | None, name: str = ""
) -> None:
    """Collects the facts of a container.

    ``volumes`` are those of its pod, None where they are not known; ``name`` is the nearest name above a container
    that has none.
    """
    if not isinstance(container, Mapping):
        return
    name = string(container, "name") or name
    bulk = tuple(_env_from(to, container, path, name))
    variables = tuple(_env(to, container, path, name))
    expansions = tuple(_expansions(container, path))
    to.result.containers.append(
        Container(name=name, path=path, variables=variables, bulk=bulk, expansions=expansions)
    )
    if volumes is not None:
        read_mounts(to, container, path, name, volumes)


def _env(to: Collector, container: Mapping, path: str, name: str) -> Iterator[Variable]:
    env = container.get("env")
    if isinstance(env, Sequence):
        for index, text in enumerate(env.named_texts("name", "value")):
            where = intern(f"{path}.env[{index}]".lstrip("."))
            variable = _literal(text, where) if text is not None else None
            if variable is None:
                variable = _variable(to, env.items[index], where, name)
            if variable is not None:
                yield variable
    elif isinstance(env, Mapping) and not to.strict:
        for key, pair in env.entries.items():
            source = child(pair.value, "valueFrom") or pair.value
            if isinstance(source, Mapping):
                read_value_from(to, source, f"{path}.env.{key}".lstrip("."), name)


def _literal(text: NamedText, path: str) -> Variable | None:
    """The variable of an entry with a name and a value, both strings, as most are; None where it uses another one."""
    value = text.value
    if "$" in value:
        return None
    return Variable(
        name=intern(text.name),
        path=path,
        file=text.file,
        place=text.place,
        has_value=value != "",
        has_source=False,
        value=value if len(value) <= MAX_NAME else None,
    )


def _variable(to: Collector, entry: Node, path: str, container: str) -> Variable | None:
    """The variable of an ``env`` entry; None without a name."""
    if not isinstance(entry, Mapping):
        return None
    name, value, source = entry.get("name"), entry.get("value"), entry.get("valueFrom")
    if isinstance(source, Mapping):
        read_value_from(to, source, f"{path}.valueFrom", container)
    if to.strict:
        _check_variable(to, entry, path, container)
    if not isinstance(name, Scalar) or not name.raw:
        return None
    text = value if isinstance(value, Scalar) else None
    return Variable(
        name=intern(name.raw),
        path=path,
        file=name.text.file,
        place=packed(name.span),
        has_value=_has_text(value),
        has_source=isinstance(source, Mapping),
        value=text.raw if text is not None and len(text.raw) <= MAX_NAME else None,
        uses=tuple(_uses(text)) if text is not None and "$" in text.raw else (),
    )


def _check_variable(to: Collector, entry: Mapping, path: str, container: str) -> None:
    """Checks an ``env`` entry by the API server's rules (validation.go, validateEnvVarValueFrom)."""
    value, source = entry.get("value"), entry.get("valueFrom")
    name = string(entry, "name")
    misplaced = _check_fields(to, "env", entry, path, container)
    if not name:
        to.missing("name", "env", _anchor(entry), path, container=container)
    elif isinstance(source, Mapping):
        _check_sources(to, entry, source, path, container)
    elif value is None and not misplaced:
        message = Message("variable `{name}` has neither `value` nor `valueFrom`", name=name)
        hint = "give it a value, or remove the entry: it is set to the empty string"
        to.refuse(message, _anchor(entry), path, container=container, hint=hint, code="CNI113")


def _anchor(entry: Mapping) -> Span:
    """The place of an ``env`` entry: its name, or the whole of it."""
    name = entry.get("name")
    return entry.span if name is None else name.span


def _check_fields(to: Collector, parent: str, node: Node | None, path: str, container: str) -> bool:
    """Reports the fields that the API's type does not have, in ``node`` and below it. Returns whether there is one.

    Strict validation, the default of kubectl and of server-side apply, refuses them; else they are dropped.
    """
    found = False
    if not isinstance(node, Mapping):
        return found
    for field in node.names():
        if field in _FIELDS[parent]:
            if field in _FIELDS:
                found = _check_fields(to, field, node.get(field), f"{path}.{field}", container) or found
        elif not field.startswith("$") and not is_placeholder(field):
            found = True
            message = Message("unknown field `{field}` in `{parent}`", field=field, parent=parent)
            hint = _hint_of_field(field, parent)
            to.refuse(message, node.key_span(field), f"{path}.{field}", container=container, hint=hint)
    return found


def _hint_of_field(field: str, parent: str) -> str:
    if parent == "env" and field in _FIELDS["valueFrom"]:
        return "move it below `valueFrom`: check the indentation"
    meant = closest(field, _FIELDS[parent])
    return (
        f"did you mean `{meant}`?"
        if meant
        else f"fields of `{parent}` are " + ", ".join(f"`{known}`" for known in _FIELDS[parent])
    )


def _check_sources(to: Collector, entry: Mapping, source: Mapping, path: str, container: str) -> None:
    """Checks that an ``env`` entry with ``valueFrom`` has exactly that one source."""
    name, value = string(entry, "name") or "", entry.get("value")
    if value is not None and _has_text(value):
        message = Message("variable `{name}` has both `value` and `valueFrom`", name=name)
        to.refuse(message, value.span, f"{path}.value", container=container, hint="remove one of the two")
    count = sum(not is_null(source.get(field)) for field in source.names())
    if count != 1 and source.names() <= set(_FIELDS["valueFrom"]):
        anchor = entry.key_span("valueFrom")
        message = Message(
            "variable `{name}` has {count} sources under `valueFrom`", name=name, count=_count(count)
        )
        to.refuse(message, anchor, f"{path}.valueFrom", container=container, hint=_ONE_SOURCE)


def read_value_from(to: Collector, source: Mapping, path: str, container: str) -> None:
    """Collects the references of a variable's ``valueFrom``."""
    for field, form in _KEY_REFS.items():
        node = source.get(field)
        if not isinstance(node, Mapping):
            continue
        where = f"{path}.{field}"
        name, key = to.scalar(node, "name"), to.scalar(node, "key")
        if name is None or key is None:
            missing = "name" if name is None else "key"
            to.missing(missing, field, source.key_span(field), where, container=container)
            continue
        to.check_key(key, f"{where}.key", container=container)
        to.add(
            form,
            name,
            f"{where}.name",
            key=key,
            key_path=f"{where}.key",
            container=container,
            optional=is_true(node.get("optional")),
        )


def _env_from(to: Collector, container: Mapping, path: str, name: str) -> Iterator[BulkSource]:
    for index, entry in enumerate(items(container, "envFrom")):
        where = f"{path}.envFrom[{index}]".lstrip(".")
        found = 0
        misplaced = to.strict and _check_fields(to, "envFrom", entry, where, name)
        for field, form in _BULK_REFS.items():
            node = child(entry, field)
            if not isinstance(node, Mapping):
                continue
            found += 1
            optional = is_true(node.get("optional"))
            target = to.named(form, node, f"{where}.{field}", container=name, optional=optional)
            if target:
                prefix = string(entry, "prefix") or ""
                yield BulkSource(kind=form.kind, name=target, prefix=prefix, optional=optional)
        if found != 1 and isinstance(entry, Mapping) and not misplaced:
            message = Message("`envFrom` entry has {count} sources", count=_count(found))
            to.refuse(message, entry.span, where, container=name, hint=_ONE_SOURCE)


def _expansions(container: Mapping, path: str) -> Iterator[tuple[str, str, Span]]:
    prefix = f"{path}." if path else ""
    for field in ("command", "args"):
        for index, item in enumerate(items(container, field)):
            if isinstance(item, Scalar):
                for name, span in _uses(item):
                    yield name, f"{prefix}{field}[{index}]", span
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


def _has_text(value: Node | None) -> bool:
    return isinstance(value, Scalar) and value.raw != "" and not is_null(value)


def _count(number: int) -> str:
    return str(number) if number else "no"
