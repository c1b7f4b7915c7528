"""The words and objects by which a repository says what is applied where: ``rules/layouts.yaml``, loaded once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import cast

from cnilint.data import data_dir
from cnilint.document import Node, Scalar, Sequence, child, plain, read, string
from cnilint.objects import Object


@dataclass(frozen=True, slots=True)
class DeployerKind:
    """An object that applies a folder. Paths are dotted, ``[]`` goes through a list."""

    group: str
    kind: str
    paths: tuple[str, ...]
    namespace: str
    recursive: bool


@dataclass(frozen=True, slots=True)
class ReleaseKind:
    """An object that installs a chart; the first path that holds a string is its name, or its chart."""

    group: str
    kind: str
    name: tuple[str, ...]
    chart: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layouts:
    """``words`` maps a spelling to its environment word."""

    words: dict[str, str]
    parents: frozenset[str]
    shared: frozenset[str]
    undeployed: frozenset[str]
    deployers: tuple[DeployerKind, ...]
    releases: tuple[ReleaseKind, ...]
    hydrated: frozenset[str]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What an object says of a folder: ``path`` is relative to the source root and may hold ``*``."""

    path: str
    namespace: str | None
    recursive: bool
    by: str
    file: str


@cache
def layouts() -> Layouts:
    """The packaged layout data."""
    path = data_dir("rules") / "layouts.yaml"
    root = read(str(path), path.read_bytes(), everything=True)[0].root
    assert root is not None
    data = cast("dict[str, object]", plain(root))
    words = cast("dict[str, list[str]]", data["words"])
    return Layouts(
        {spelling: word for word, spellings in words.items() for spelling in spellings},
        _words(data, "parents"),
        _words(data, "shared"),
        _words(data, "undeployed"),
        tuple(_deployer(row) for row in cast("list[dict[str, object]]", data["deployers"])),
        tuple(_release(row) for row in cast("list[dict[str, object]]", data["releases"])),
        _words(data, "hydrated"),
    )


def deployments(obj: Object) -> Iterator[Deployment]:
    """The folders of the repository that the object says are applied."""
    for known in layouts().deployers:
        if obj.kind == known.kind and obj.group == known.group:
            namespace = _first_string(obj, (known.namespace,))
            if namespace is not None and _is_template(namespace):
                namespace = None
            for path in known.paths:
                for node in _at(obj.node, path.split(".")):
                    text = node.string if isinstance(node, Scalar) else None
                    if text:
                        folder = _as_glob(text)
                        by = f"{obj.kind} {obj.name}"
                        yield Deployment(folder, namespace, known.recursive or _recurses(obj), by, obj.file)


def release(obj: Object) -> tuple[str, str] | None:
    """The name and the chart of the Helm release that the object installs."""
    for known in layouts().releases:
        if obj.kind == known.kind and obj.group == known.group:
            chart = _first_string(obj, known.chart)
            name = _first_string(obj, known.name)
            if name is not None and chart is not None:
                return name, chart.rpartition("/")[2]
    return None


def _words(data: dict[str, object], name: str) -> frozenset[str]:
    return frozenset(cast("list[str]", data[name]))


def _deployer(row: dict[str, object]) -> DeployerKind:
    paths = tuple(cast("list[str]", row["paths"]))
    return DeployerKind(
        str(row["group"]), str(row["kind"]), paths, str(row["namespace"]), row.get("recursive") is True
    )


def _release(row: dict[str, object]) -> ReleaseKind:
    name, chart = cast("list[str]", row["name"]), cast("list[str]", row["chart"])
    return ReleaseKind(str(row["group"]), str(row["kind"]), tuple(name), tuple(chart))


def _first_string(obj: Object, paths: tuple[str, ...]) -> str | None:
    for path in paths:
        found = string(obj.node, *path.split("."))
        if found:
            return found
    return None


def _at(node: Node | None, path: list[str]) -> Iterator[Node]:
    """The nodes at a dotted path, all items where a step ends in ``[]``."""
    if not path:
        if node is not None:
            yield node
        return
    step, rest = path[0], path[1:]
    below = child(node, step.removesuffix("[]"))
    if not step.endswith("[]"):
        yield from _at(below, rest)
    elif isinstance(below, Sequence):
        for item in below.items:
            yield from _at(item, rest)


def _recurses(obj: Object) -> bool:
    for node in _at(obj.node, ["spec", "source", "directory", "recurse"]):
        return isinstance(node, Scalar) and node.data is True
    return False


def _is_template(text: str) -> bool:
    return "{{" in text or "${" in text


def _as_glob(path: str) -> str:
    """A path with template expressions as a glob; ``{{path}}`` alone may be any folder."""
    return re.sub(r"\{\{.*?\}\}|\$\{.*?\}", "*", path).strip().removeprefix("./").strip("/")
