"""``configMapGenerator`` and ``secretGenerator``: ConfigMaps and Secrets from files, literals and env files.

A generated Secret has its keys, each with an empty value: secret values are not held.
"""

import codecs
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import Message
from cnilint.document import Entry, Mapping, Node, Place, Scalar, Text, child, entries, is_true, items, string
from cnilint.document.edit import head, tail, text_at, with_entries, with_value
from cnilint.document.errors import shown
from cnilint.manifest.names import is_key
from cnilint.manifest.object import Object
from cnilint.render.kustomize.kustomization import Kustomization, mapping, mappings
from cnilint.render.kustomize.listed import Listed, why_absent
from cnilint.render.kustomize.model import Accumulator, BuildGap, Files, Resource, resource
from cnilint.render.kustomize.packed import MOST_PACKED, PackedFiles
from cnilint.render.kustomize.paths import join

_Kind = Literal["ConfigMap", "Secret"]
_FIELDS: tuple[tuple[_Kind, str], ...] = (
    ("ConfigMap", "configMapGenerator"),
    ("Secret", "secretGenerator"),
)
_ONTO = ("merge", "replace")
"""Behaviors that need an object; kustomize takes any other word for ``create``."""


class _Pair(Struct, frozen=True):
    """A key with its value: ``text``, or None for binary data. ``place`` is the token of the value."""

    key: Scalar
    text: str | None
    place: Scalar


def generate(
    kustomization: Kustomization, files: Files, accumulator: Accumulator, packed: PackedFiles
) -> None:
    """Run the generators of a kustomization, those of ConfigMaps first, as kustomize does."""
    options = mapping(kustomization, "generatorOptions", accumulator)
    for kind, field in _FIELDS:
        for arguments in mappings(kustomization, field, accumulator):
            source = _KeyValueSources(kustomization.directory, kind == "Secret", files, accumulator, packed)
            made = _object(kind, arguments, options, source)
            if made is not None:
                absorb(made, string(arguments, "behavior") or "create", accumulator)


def absorb(made: Resource, behavior: str, accumulator: Accumulator) -> None:
    """Add a generated object, or merge it into the existing one, as ``AbsorbAll`` in resmap/reswrangler.go does."""
    identity = made.current
    known = [index for index, other in enumerate(accumulator.resources) if other.has_identity(identity)]
    span = made.source.span
    kind, name = shown(made.kind), shown(made.name)
    if len(known) > 1:
        accumulator.refuse(
            span, Message("ambiguous generator: {kind} `{name}` is several objects", kind=kind, name=name)
        )
    elif behavior not in _ONTO:
        if known:
            accumulator.refuse(
                span,
                Message("{kind} `{name}` already exists", kind=kind, name=name),
                "set `behavior: merge` or `behavior: replace`",
            )
        else:
            accumulator.resources.append(made)
    elif known:
        index = known[0]
        accumulator.resources[index] = _onto(accumulator.resources[index], made, merge=behavior == "merge")
    elif accumulator.complete:
        accumulator.refuse(
            span,
            Message("{kind} `{name}` to {behavior} not found", kind=kind, name=name, behavior=behavior),
            "generators run before components: list the object under `resources`, or use `behavior: create`",
        )
    else:
        accumulator.resources.append(made)


def _onto(old: Resource, made: Resource, *, merge: bool) -> Resource:
    """The generated object with the metadata of the one it replaces and, with ``merge``, its data."""
    node = made.node
    for field in ("labels", "annotations"):
        merged = {**entries(old.node, "metadata", field), **entries(node, "metadata", field)}
        if merged:
            place = next(iter(merged.values())).value
            node = with_value(node, ("metadata", field), Mapping(place.text, place.start, place.end, merged))
    for field in ("name", "namespace"):
        value = entries(old.node, "metadata").get(field)
        if value is not None:
            node = with_value(node, ("metadata", field), value.value)
    if merge:
        node = _with_old_data(node, old.node)
    return replace(
        made.with_node(node),
        previous=old.previous,
        prefixes=old.prefixes,
        suffixes=old.suffixes,
        hashed=old.hashed and made.hashed,
        gaps=(*old.gaps, *made.gaps),
    )


def _with_old_data(node: Mapping, old: Mapping) -> Mapping:
    for field in ("data", "binaryData"):
        merged = {**entries(old, field), **entries(node, field)}
        if merged:
            own = node.get(field) or old.get(field)
            assert own is not None
            node = with_value(node, (field,), Mapping(own.text, own.start, own.end, merged))
    return node


def _object(
    kind: _Kind, arguments: Mapping, common: Mapping | None, source: "_KeyValueSources"
) -> Resource | None:
    """The object of one generator; ``common`` are the ``generatorOptions``."""
    name = arguments.get("name")
    if not isinstance(name, Scalar) or not name.raw:
        source.accumulator.refuse(arguments.span, Message("generator of a {kind} has no `name`", kind=kind))
        return None
    node = _node(kind, name, arguments, _unique(list(source.pairs(arguments)), name, source))
    node = _with_options(node, arguments.get("options"), common)
    namespace = string(arguments, "namespace") or None
    made = resource(
        Object(api_version="v1", kind=kind, namespace=namespace, name=name.raw, node=node, span=name.span)
    )
    for gap in source.gaps:
        made = made.with_gap(gap, ("data", "binaryData"))
    hashed = not _option("disableNameSuffixHash", arguments.get("options"), common)
    return replace(made, hashed=hashed, generated=True)


def _node(kind: _Kind, name: Scalar, arguments: Mapping, pairs: list[_Pair]) -> Mapping:
    node = Mapping(arguments.text, arguments.start, arguments.end)
    node = with_value(node, ("apiVersion",), text_at(name, "v1"))
    node = with_value(node, ("kind",), text_at(name, kind))
    node = with_value(node, ("metadata", "name"), text_at(name, name.raw))
    namespace = arguments.get("namespace")
    if isinstance(namespace, Scalar):
        node = with_value(node, ("metadata", "namespace"), text_at(namespace, namespace.raw))
    if kind == "Secret":
        node = with_value(node, ("type",), text_at(name, string(arguments, "type") or "Opaque"))
    return _with_data(node, kind, arguments, pairs)


def _with_data(node: Mapping, kind: _Kind, arguments: Mapping, pairs: list[_Pair]) -> Mapping:
    """The object with its keys. In a ConfigMap what is not UTF-8 is in ``binaryData``."""
    data: dict[str, Entry] = {}
    binary: dict[str, Entry] = {}
    for pair in pairs:
        fields = binary if pair.text is None and kind == "ConfigMap" else data
        fields[pair.key.raw] = _entry(pair)
    for field, found in (("data", data), ("binaryData", binary)):
        if found:
            node = with_value(node, (field,), with_entries(arguments, found))
    return node


def _entry(pair: _Pair) -> Entry:
    return Entry(pair.key, text_at(pair.place, pair.text or ""))


def _unique(pairs: list[_Pair], name: Scalar, source: "_KeyValueSources") -> list[_Pair]:
    seen: set[str] = set()
    for pair in pairs:
        if pair.key.raw in seen:
            # In an env file a part of a value without `=` is read as a key.
            is_value = source.secret and pair.key is pair.place
            message = (
                Message("duplicate key in generator `{name}`", name=shown(name.raw))
                if is_value
                else Message(
                    "duplicate key `{key}` in generator `{name}`",
                    key=shown(pair.key.raw),
                    name=shown(name.raw),
                )
            )
            source.accumulator.refuse(pair.key.span, message)
        seen.add(pair.key.raw)
    return pairs


def _with_options(node: Mapping, own: Node | None, common: Mapping | None) -> Mapping:
    for field in ("labels", "annotations"):
        for key, entry in {**entries(common, field), **entries(own, field)}.items():
            node = with_value(node, ("metadata", field, key), entry.value)
    if _option("immutable", own, common):
        node = with_value(node, ("immutable",), Scalar(node.text, "true", node.start, node.end, style=""))
    return node


def _option(name: str, own: Node | None, common: Mapping | None) -> bool:
    return is_true(child(own, name)) or is_true(child(common, name))


class _KeyValueSources:
    """The key-value sources of one generator."""

    def __init__(
        self, directory: str, secret: bool, files: Files, accumulator: Accumulator, packed: PackedFiles
    ) -> None:
        self.directory = directory
        self.secret = secret
        self.files = files
        self.accumulator = accumulator
        self.packed = packed
        self.gaps: list[BuildGap] = []

    def pairs(self, arguments: Mapping) -> Iterator[_Pair]:
        single = arguments.get("env")
        for source in [*items(arguments, "envs"), *([] if single is None else [single])]:
            if isinstance(source, Scalar) and source.raw:
                yield from self._env_file(source)
        for source in items(arguments, "literals"):
            yield from self._literal(source)
        for source in items(arguments, "files"):
            yield from self._file(source)

    def _env_file(self, source: Scalar) -> Iterator[_Pair]:
        path = self._found(source, source.raw)
        if path is None:
            self.gaps.append(self._absent(source, source.raw, "envs"))
            return
        if not self._admits(source, path):
            return
        data = self.files.read(path) or b""
        text = Text(path)
        for number, raw in enumerate(data.removeprefix(codecs.BOM_UTF8).split(b"\n")):
            line = raw.decode("utf-8", "replace").removesuffix("\r")
            stripped = line.lstrip()
            if not stripped or stripped.startswith("#"):
                continue
            key, _, value = stripped.partition("=")
            column = len(line) - len(stripped)
            token = Scalar(text, key, Place(number, column, 0), Place(number, column + len(key), 0))
            yield _Pair(token, "" if self.secret else value, self._value(token, value))

    def _value(self, key: Scalar, value: str) -> Scalar:
        """The token of a value in an env file; that of the key where the line may be a part of a longer value.

        That is a line without ``=``, one whose key is invalid, and the end of base64.
        """
        if not (self.secret and is_key(key.raw) and value.strip("=")):
            return key
        return Scalar(key.text, "", *_behind(key, len(value)))

    def _literal(self, source: Node) -> Iterator[_Pair]:
        raw = source.raw if isinstance(source, Scalar) else ""
        key, equals, value = raw.partition("=")
        if not isinstance(source, Scalar) or not key or not equals:
            self.accumulator.refuse(source.span, Message("expected a literal of the form `key=value`"))
            return
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        yield _Pair(head(source, key), "" if self.secret else value, source)

    def _file(self, source: Node) -> Iterator[_Pair]:
        if not isinstance(source, Scalar) or not _is_file_source(source.raw):
            self.accumulator.refuse(source.span, Message("expected a file of the form `path` or `key=path`"))
            return
        key, equals, path = source.raw.partition("=")
        token = head(source, key)
        if not equals:
            path = source.raw
            token = tail(source, path.rstrip("/").rpartition("/")[2])
        found = self._found(source, path)
        if found is None:
            self._absent(source, path, "files")
        if found is None or self.secret or not self._admits(source, found):
            yield _Pair(token, "", source)
        else:
            yield _Pair(token, self.packed.text(found, self.files), source)

    def _found(self, source: Scalar, path: str) -> str | None:
        """The path of an existing file from the root of the source."""
        joined = join(self.directory, path)
        if joined is None or self.packed.size(joined, self.files) is None:
            return None
        self.accumulator.used.add(joined)
        if self.secret:
            self.accumulator.secret_files.add(joined)
        return joined

    def _absent(self, source: Scalar, path: str, field: str) -> BuildGap:
        """The gap of a file that cannot be read. The files of Secrets are often not in the repository."""
        listed = Listed(item=source, written=path, directory=self.directory, field=field, by_hand=self.secret)
        return self.accumulator.add_gap(source.span, why_absent(listed, self.files, self.accumulator))

    def _admits(self, source: Scalar, path: str) -> bool:
        """Whether the bound on packed bytes admits a file; else a diagnostic and a gap say that it does not."""
        if self.packed.take(self.packed.size(path, self.files) or 0):
            return True
        limit = f"{MOST_PACKED >> 20} MiB"
        self.accumulator.give_up(source.span, Message("generators pack more than {limit}", limit=limit))
        self.gaps.append(self.accumulator.add_gap(source.span, f"generators pack more than {limit}"))
        return False


def _is_file_source(text: str) -> bool:
    """Whether a source of a generator has the form ``path`` or ``key=path``."""
    key, equals, path = text.partition("=")
    return bool(key) and "=" not in path and bool(equals) == bool(path)


def _behind(key: Scalar, length: int) -> tuple[Place, Place]:
    """Start and end of the text behind a key and its ``=``."""
    line, column = key.text.locate(key.end)
    return Place(line - 1, column, 0), Place(line - 1, column + length, 0)
