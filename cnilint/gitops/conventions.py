"""What is known of GitOps tools and of how repositories are laid out, from ``rules/layouts.yaml``."""

import re
from dataclasses import dataclass
from functools import cache
from typing import cast

from cnilint.document import plain, read
from cnilint.resources import data_dir


@dataclass(kw_only=True, frozen=True, slots=True)
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


@dataclass(kw_only=True, frozen=True, slots=True)
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


@dataclass(kw_only=True, frozen=True, slots=True)
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
        words={spelling: word for word, spellings in words.items() for spelling in spellings},
        inner=_words(data, "inner"),
        parents=_words(data, "parents"),
        shared=_words(data, "shared"),
        undeployed=_words(data, "undeployed"),
        deployers=tuple(_deployer(row) for row in cast("list[dict[str, object]]", data["deployers"])),
        releases=tuple(_release(row) for row in cast("list[dict[str, object]]", data["releases"])),
        hydrated=_words(data, "hydrated"),
        hooks=_words(data, "hooks"),
        templates=tuple(
            re.compile(text.encode(), re.MULTILINE) for text in cast("list[str]", data["templates"])
        ),
        volumes=tuple(cast("list[str]", data["volumes"])),
    )


def _words(data: dict[str, object], name: str) -> frozenset[str]:
    return frozenset(cast("list[str]", data[name]))


def _deployer(row: dict[str, object]) -> DeployerKind:
    return DeployerKind(
        group=str(row["group"]),
        kind=str(row["kind"]),
        sources=tuple(cast("list[str]", row["sources"])),
        namespace=str(row["namespace"]),
        cluster=str(row["cluster"]),
        recursive=row.get("recursive") is True,
        overrides=row.get("overrides") is True,
        generators=str(row.get("generators", "")),
        substitute=str(row.get("substitute", "")),
        substitute_from=str(row.get("substituteFrom", "")),
    )


def _release(row: dict[str, object]) -> ReleaseKind:
    name, chart, namespace, values = (
        tuple(cast("list[str]", row.get(field, []))) for field in ("name", "chart", "namespace", "values")
    )
    return ReleaseKind(
        group=str(row["group"]),
        kind=str(row["kind"]),
        name=name,
        chart=chart,
        namespace=namespace,
        values=values,
    )
