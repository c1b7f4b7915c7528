"""What is known of GitOps tools and of how repositories are laid out, from ``rules/layouts.yaml``."""

import re
from dataclasses import dataclass
from functools import cache
from typing import cast

from cnilint.document import plain, read
from cnilint.resources import data_dir


@dataclass(frozen=True, slots=True)
class DeployerKind:
    """An object that applies folders, one from each of its sources. Paths are dotted, ``[]`` goes through a list.

    ``generators`` is where the sets of parameters come from with which it is filled in; empty if it is no template.
    ``substitute`` and ``substitute_from`` are where it says what is filled into the manifests; empty if nothing is.
    """

    group: str
    kind: str
    sources: tuple[str, ...]
    namespace: str
    cluster: str
    recursive: bool
    overrides: bool
    generators: str
    substitute: str
    substitute_from: str


@dataclass(frozen=True, slots=True)
class ReleaseKind:
    """An object that installs a chart; the first path that holds a string is its name, its chart, its namespace.

    ``values`` are where it holds the values of the chart.
    """

    group: str
    kind: str
    name: tuple[str, ...]
    chart: tuple[str, ...]
    namespace: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layouts:
    """``words`` maps a spelling to its environment word; ``inner`` are those that count within a longer segment.

    ``volumes`` are the fields of a custom resource that list what has the shape of a pod's volumes.
    """

    words: dict[str, str]
    inner: frozenset[str]
    parents: frozenset[str]
    shared: frozenset[str]
    undeployed: frozenset[str]
    deployers: tuple[DeployerKind, ...]
    releases: tuple[ReleaseKind, ...]
    hydrated: frozenset[str]
    hooks: frozenset[str]
    templates: tuple[re.Pattern[bytes], ...]
    volumes: tuple[str, ...]


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
        _words(data, "inner"),
        _words(data, "parents"),
        _words(data, "shared"),
        _words(data, "undeployed"),
        tuple(_deployer(row) for row in cast("list[dict[str, object]]", data["deployers"])),
        tuple(_release(row) for row in cast("list[dict[str, object]]", data["releases"])),
        _words(data, "hydrated"),
        _words(data, "hooks"),
        tuple(re.compile(text.encode(), re.MULTILINE) for text in cast("list[str]", data["templates"])),
        tuple(cast("list[str]", data["volumes"])),
    )


def _words(data: dict[str, object], name: str) -> frozenset[str]:
    return frozenset(cast("list[str]", data[name]))


def _deployer(row: dict[str, object]) -> DeployerKind:
    return DeployerKind(
        str(row["group"]),
        str(row["kind"]),
        tuple(cast("list[str]", row["sources"])),
        str(row["namespace"]),
        str(row["cluster"]),
        row.get("recursive") is True,
        row.get("overrides") is True,
        str(row.get("generators", "")),
        str(row.get("substitute", "")),
        str(row.get("substituteFrom", "")),
    )


def _release(row: dict[str, object]) -> ReleaseKind:
    name, chart, namespace, values = (
        tuple(cast("list[str]", row.get(field, []))) for field in ("name", "chart", "namespace", "values")
    )
    return ReleaseKind(str(row["group"]), str(row["kind"]), name, chart, namespace, values)
