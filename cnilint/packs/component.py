"""What a component is: the images, names and labels that identify it, and where they give its version."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct

from cnilint.document.patterns import Pattern, regular_expression
from cnilint.document.structure import Convert, Key
from cnilint.versions import SCHEMES, Confidence, Version, VersionReading, parse_version

COMPONENT_FILE = "component.yaml"

FileFormat = Literal["yaml", "toml", "blocks"]
"""YAML (with JSON), TOML, and blocks in braces whose lines are a directive and its arguments."""

_Minor = tuple[int, int]
_Scheme = Literal["tag", "packed"]


def _path(text: str) -> tuple[str, ...]:
    return tuple(text.split("/"))


def _version_pattern(text: str) -> Pattern:
    compiled = regular_expression(text)
    if compiled.groups < 1:
        raise ValueError("expected a regular expression with a group around the version")
    return compiled


def _minors(text: str) -> tuple[_Minor, _Minor]:
    own, of_component = (parse_version(text.partition("=")[side].strip()) for side in (0, 2))
    if own is None or of_component is None:
        raise ValueError("expected a pair of minors such as '1.42 = 3.32'")
    return own.minor, of_component.minor


def _label(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


class ImagePattern(Struct, frozen=True, kw_only=True):
    """An image of the component.

    ``path`` is matched, segment by segment and from the right, against the repository without its registry, so that
    mirrors and proxies are recognised, also those that join the segments into one. A path that begins with a registry is
    the repository as a whole. ``tag`` is a pattern: other tags do
    not give the version; with ``version: none`` no tag does. ``lines`` maps the image's own minor to that of the
    component. ``aligned``: a release pins this image to the same version as the others.
    """

    path: Annotated[tuple[str, ...], Convert(_path)]
    tag: Annotated[Pattern, Convert(regular_expression)] | None = None
    version: Literal["tag", "none"] = "tag"
    scheme: _Scheme = "tag"
    lines: tuple[Annotated[tuple[_Minor, _Minor], Convert(_minors)], ...] = ()
    aligned: bool = True

    def read(self, tag: str) -> VersionReading:
        """The component's version by a tag of this image."""
        if self.version == "none" or (self.tag is not None and not self.tag.matches(tag)):
            return VersionReading.nothing()
        reading = SCHEMES[self.scheme](tag)
        if not self.lines or reading.version is None:
            return reading
        minor = dict(self.lines).get(reading.version.minor)
        return VersionReading(Version(minor), Confidence.LINE) if minor else VersionReading.nothing()


class WorkloadPattern(Struct, frozen=True):
    """A workload that is the component whatever its images: a name pattern, a label with a pattern for its value, or
    both."""

    name: str | None = None
    label: Annotated[tuple[str, str], Convert(_label)] | None = None


class Signal(Struct, frozen=True, kw_only=True):
    """A place other than the image tag that gives the version.

    ``value`` is a pattern whose first group is the version; without one the whole text is. ``placeholders`` are what
    the group may hold that is not a version. ``compared``: it must agree with the image. ``trap`` says when it is wrong.
    """

    kind: Literal["label", "annotation", "env", "config-key"]
    name: str
    value: Annotated[Pattern, Convert(_version_pattern)] | None = None
    placeholders: frozenset[str] = frozenset()
    scheme: _Scheme = "tag"
    compared: bool = True
    trap: str

    def read(self, text: str) -> VersionReading:
        version = text if self.value is None else self.value.first_group(text)
        if version is None or version in self.placeholders:
            return VersionReading.nothing()
        return SCHEMES[self.scheme](version)


class ConfigFile(Struct, frozen=True, kw_only=True):
    """Keys of the component's ConfigMaps, as shell patterns, whose value is a configuration file in some format."""

    keys: tuple[str, ...]
    format: FileFormat = "yaml"


class CustomResource(Struct, frozen=True, kw_only=True):
    """Objects that the component defines or reads: kinds of an API group, all of them by default.

    ``fields`` are the dotted paths of the fields that rules are about.
    """

    group: str
    kinds: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


class Releases(Struct, frozen=True, kw_only=True):
    """Releases in a folder of rendered ones, one file each, whose names are versions in some scheme.

    ``title`` names this set of manifests where the component has several, such as a variant or other values.
    Where the manifests are in a repository, ``tags`` and ``paths`` say at which tags, and in which files, those that an
    earlier release has instead of a later one included: all that are there are the manifests of the release. ``since`` is
    the first. ``flavours`` are patterns for what follows the version in the tags of the images.
    """

    folder: str
    title: str = ""
    scheme: _Scheme = "tag"
    flavours: tuple[str, ...] = ()
    repository: str = ""
    tags: str = "v{version}"
    paths: tuple[str, ...] = ()
    since: str = ""


class Component(Struct, frozen=True, kw_only=True):
    """One product, or one variant of a product with a configuration of its own.

    A variant (``variant_of``) runs the images of its base and is recognized by its workloads alone. The keys of a
    ConfigMap in ``vocabulary`` are options of the program, so a key that no release has is a mistake. ``tool`` is the
    program that installs a release, with ``{version}`` where the release is; empty where any will do. A component that
    ``installs`` another one has the versions of that one.
    """

    name: Annotated[str, Key("component")]
    title: str
    repository: str
    images: tuple[ImagePattern, ...]
    workloads: tuple[WorkloadPattern, ...] = ()
    config_maps: tuple[str, ...] = ()
    config_files: tuple[ConfigFile, ...] = ()
    resources: tuple[CustomResource, ...] = ()
    signals: tuple[Signal, ...] = ()
    vocabulary: tuple[str, ...] = ()
    max_minor_step: int | None = None
    tool: str = ""
    variant_of: str | None = None
    installs: str | None = None
    releases: tuple[Releases, ...] = ()
    folder: Annotated[Path, Convert(Path)] = Path()

    @property
    def lines(self) -> Mapping[_Minor, _Minor]:
        """The minors of the component by those of a program with numbers of its own; empty where there is none."""
        return dict(line for image in self.images for line in image.lines)


def split_image(image: str) -> tuple[str, tuple[str, ...], str]:
    """An image reference as its registry ("" if none), the segments of its repository, and its tag ("" if none)."""
    name = image.partition("@")[0]
    head, _, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    segments = [segment for segment in head.split("/") if segment]
    registry = segments.pop(0) if segments and is_registry(segments[0]) else ""
    return registry, (*segments, base), tag


def is_registry(segment: str) -> bool:
    """Whether the first segment of an image reference is a registry
    (https://github.com/distribution/reference/blob/v0.6.0/normalize.go)."""
    return any(mark in segment for mark in ".:") or segment == "localhost"
