"""What a component is: the images, names and labels that betray it, and where they write its version."""

import re
from dataclasses import dataclass
from pathlib import Path

from cnilint.document import Node
from cnilint.packs.load import read_document
from cnilint.packs.reader import PackError, boolean, count, fields, items, parsed, text, texts
from cnilint.versions import SCHEMES, Confidence, Reading, Version, parse_version

COMPONENT_FILE = "component.yaml"
COMPONENT_SCHEMA = "cnilint-component/1"


@dataclass(kw_only=True, frozen=True, slots=True)
class ImagePattern:
    """An image of the component.

    ``path`` is matched, segment by segment and from the right, against the repository without its registry, so
    mirrors and proxies are recognised, those too that join the segments into one. ``tag`` is a pattern that a tag
    must have to tell the version (None: this image never tells it). ``lines`` maps the image's own minor to that
    of the component. ``aligned`` says that a release pins this image to the same version as the others.
    """

    path: tuple[str, ...]
    tag: re.Pattern[str] | None
    scheme: str = "tag"
    lines: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    aligned: bool = True

    def read(self, tag: str) -> Reading:
        """The component's version that a tag of this image tells."""
        if self.tag is None or not self.tag.fullmatch(tag):
            return Reading.nothing()
        reading = SCHEMES[self.scheme](tag)
        if not self.lines or reading.version is None:
            return reading
        minor = dict(self.lines).get(reading.version.minor)
        return Reading(Version(minor), Confidence.LINE) if minor else Reading.nothing()


@dataclass(frozen=True, slots=True)
class WorkloadPattern:
    """A workload that is the component whatever its images say: a name pattern, or a label."""

    name: str | None
    label: tuple[str, str] | None


@dataclass(kw_only=True, frozen=True, slots=True)
class Signal:
    """A place beside the image tag that tells the version.

    ``kind`` is ``label``, ``annotation``, ``env`` or ``config-key``; ``value`` is a pattern whose first
    group is the version. ``compared`` says that it must agree with the image.
    """

    kind: str
    name: str
    value: re.Pattern[str]
    scheme: str
    compared: bool
    trap: str

    def read(self, written: str) -> Reading:
        match = self.value.fullmatch(written)
        return SCHEMES[self.scheme](match[1]) if match else Reading.nothing()


@dataclass(frozen=True, slots=True)
class Releases:
    """A folder of rendered releases, one file each, whose names are versions in some scheme."""

    folder: str
    scheme: str


@dataclass(kw_only=True, frozen=True, slots=True)
class Component:
    """One product, or one variant of a product that is configured in its own way.

    A variant (``variant_of``) runs the images of its base and is told apart by its workloads alone. The keys
    of a ConfigMap in ``vocabulary`` are options of the program, so one that no release knows is a mistake.
    """

    name: str
    title: str
    repository: str
    images: tuple[ImagePattern, ...]
    workloads: tuple[WorkloadPattern, ...]
    config_maps: tuple[str, ...]
    signals: tuple[Signal, ...]
    vocabulary: tuple[str, ...]
    max_minor_step: int | None
    variant_of: str | None
    releases: tuple[Releases, ...]
    folder: Path


_SIGNALS = ("label", "annotation", "env", "config-key")


def load_component(folder: Path) -> Component:
    """Read ``component.yaml`` in a component's folder. Raises PackError."""
    root = read_document(folder / COMPONENT_FILE)
    required = ("schema", "component", "title", "repository", "images")
    optional = ("workloads", "configMaps", "signals", "vocabulary", "maxMinorStep", "variantOf", "releases")
    given = fields(root, "the component", required, optional)
    schema = text(given["schema"], "the schema")
    if schema != COMPONENT_SCHEMA:
        raise PackError(given["schema"].span, f"expected the schema {COMPONENT_SCHEMA!r}, not {schema!r}")
    name = text(given["component"], "the component")
    if name != folder.name:
        raise PackError(given["component"].span, f"expected the name of the folder, {folder.name!r}")
    return Component(
        name=name,
        title=text(given["title"], "the title"),
        repository=text(given["repository"], "the repository"),
        images=tuple(_image(item) for item in items(given["images"], "the images")),
        workloads=tuple(_workload(item) for item in _optional(given.get("workloads"), "the workloads")),
        config_maps=texts(given.get("configMaps"), "a ConfigMap's name"),
        signals=tuple(_signal(item) for item in _optional(given.get("signals"), "the signals")),
        vocabulary=texts(given.get("vocabulary"), "a ConfigMap's name"),
        max_minor_step=count(given["maxMinorStep"], "a count of minors") if "maxMinorStep" in given else None,
        variant_of=text(given["variantOf"], "the component this is a variant of")
        if "variantOf" in given
        else None,
        releases=tuple(_releases(item) for item in _optional(given.get("releases"), "the releases")),
        folder=folder,
    )


def _optional(node: Node | None, what: str) -> list[Node]:
    return [] if node is None else items(node, what)


def _image(node: Node) -> ImagePattern:
    given = fields(node, "an image", ("path",), ("tag", "scheme", "lines", "aligned", "version"))
    tells = text(given["version"], "where the version is") if "version" in given else "tag"
    if tells not in ("tag", "none"):
        raise PackError(given["version"].span, f"expected 'tag' or 'none', not {tells!r}")
    tag = parsed(given["tag"], "a regular expression", _pattern) if "tag" in given else _ANY
    return ImagePattern(
        path=tuple(text(given["path"], "the path").split("/")),
        tag=None if tells == "none" else tag,
        scheme=_scheme(given.get("scheme")),
        lines=_lines(given.get("lines")),
        aligned=boolean(given.get("aligned"), "whether it is aligned", True),
    )


def _scheme(node: Node | None) -> str:
    if node is None:
        return "tag"
    name = text(node, "the scheme")
    if name not in SCHEMES:
        raise PackError(node.span, f"expected a scheme out of {', '.join(SCHEMES)}, not {name!r}")
    return name


def _lines(node: Node | None) -> tuple[tuple[tuple[int, int], tuple[int, int]], ...]:
    pairs = []
    for item in _optional(node, "the lines"):
        own, _, of_component = text(item, "a pair of lines as '1.42 = 3.32'").partition("=")
        first, second = parse_version(own.strip()), parse_version(of_component.strip())
        if first is None or second is None:
            raise PackError(item.span, "expected a pair of lines as '1.42 = 3.32'")
        pairs.append((first.minor, second.minor))
    return tuple(pairs)


def _workload(node: Node) -> WorkloadPattern:
    given = fields(node, "a workload", (), ("name", "label"))
    name = text(given["name"], "the name") if "name" in given else None
    label = text(given["label"], "the label").partition("=") if "label" in given else None
    if name is None and label is None:
        raise PackError(node.span, "expected a name or a label")
    return WorkloadPattern(name, (label[0], label[2]) if label else None)


def _signal(node: Node) -> Signal:
    given = fields(node, "a signal", ("kind", "name", "trap"), ("value", "scheme", "compared"))
    kind = text(given["kind"], "the kind")
    if kind not in _SIGNALS:
        raise PackError(given["kind"].span, f"expected a kind out of {', '.join(_SIGNALS)}, not {kind!r}")
    value = parsed(given["value"], "a regular expression", _pattern) if "value" in given else _WHOLE
    if value.groups < 1:
        raise PackError(given["value"].span, "expected a regular expression with a group around the version")
    return Signal(
        kind=kind,
        name=text(given["name"], "the name"),
        value=value,
        scheme=_scheme(given.get("scheme")),
        compared=boolean(given.get("compared"), "whether it is compared", True),
        trap=text(given["trap"], "the trap"),
    )


def _releases(node: Node) -> Releases:
    given = fields(node, "rendered releases", ("folder",), ("scheme",))
    return Releases(text(given["folder"], "the folder"), _scheme(given.get("scheme")))


def _pattern(value: str) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except re.error as error:
        raise ValueError(f"expected a regular expression: {error}") from None


_ANY = re.compile(r".*")
_WHOLE = re.compile(r"(.*)")


def split_image(image: str) -> tuple[tuple[str, ...], str]:
    """An image reference as the segments of its repository without the registry, and its tag ("" if none)."""
    name = image.partition("@")[0]
    head, _, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    segments = [segment for segment in head.split("/") if segment]
    if segments and (any(mark in segments[0] for mark in ".:") or segments[0] == "localhost"):
        del segments[0]
    return (*segments, base), tag
