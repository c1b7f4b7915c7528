"""Which fields of which kinds hold the name of another object, read from ``rules/kustomize/name-references.json``."""

from functools import cache
from typing import NamedTuple, TypedDict

from cnilint.resources import json_data


class Gvk(NamedTuple):
    """Group, version and kind as a selector; an empty part matches any."""

    group: str
    version: str
    kind: str

    def selects(self, api_version: str, kind: str) -> bool:
        group, _, version = api_version.rpartition("/")
        return all(wanted in ("", found) for wanted, found in zip(self, (group, version, kind), strict=True))


class NameReference(NamedTuple):
    """The field at ``path`` of objects selected by ``gvk``: it holds the name of an object of kind ``target``."""

    gvk: Gvk
    path: tuple[str, ...]
    target: Gvk


class _FieldSpec(TypedDict, total=False):
    group: str
    version: str
    kind: str
    path: str


class _Target(TypedDict):
    kind: str
    version: str
    fieldSpecs: list[_FieldSpec]


class _NameReferences(TypedDict):
    nameReference: list[_Target]


@cache
def name_references() -> tuple[NameReference, ...]:
    """The name references that kustomize follows without configuration."""
    data: _NameReferences = json_data("rules/kustomize/name-references.json")
    return tuple(
        NameReference(_gvk(spec), segments(spec["path"]), Gvk("", target["version"], target["kind"]))
        for target in data["nameReference"]
        for spec in target["fieldSpecs"]
    )


@cache
def is_followed(api_version: str, kind: str, target: str) -> bool:
    """Whether kustomize updates names of a kind of object in another kind without a configuration."""
    return any(
        reference.target.kind == target and reference.gvk.kind == kind
        for reference in name_references()
        if reference.gvk.selects(api_version, kind)
    )


def _gvk(spec: _FieldSpec) -> Gvk:
    return Gvk(spec.get("group", ""), spec.get("version", ""), spec.get("kind", ""))


def segments(path: str) -> tuple[str, ...]:
    """The parts of a kustomize field path; a slash within a part is escaped by a backslash."""
    parts = path.replace("\\/", "\0").strip("/").split("/")
    return tuple(part.replace("\0", "/").removesuffix("[]") for part in parts)
