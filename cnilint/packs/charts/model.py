"""What a Helm chart of a component is: its names and repositories, its versions, and what its values become."""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct

from cnilint.document.structure import Convert, Key
from cnilint.packs.model import ObjectPattern, Subject, object_pattern
from cnilint.versions import EVERY_VERSION, VersionRange, parse_range

CHARTS_FOLDER = "charts"


class ChartName(Struct, frozen=True, kw_only=True):
    """A name of the chart. ``repositories`` are shell patterns for the addresses that have it under this name.

    A repository at another address is taken for a mirror, unless it is one of the ``others``, or the name is ``common``:
    other charts have it too. ``scheme`` is how the chart is numbered under this name.
    """

    name: str
    repositories: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    common: bool = False
    scheme: Literal["tag", "packed"] = "tag"

    def is_at(self, repository: str) -> bool:
        """Whether the chart of this name in a repository is this one; an empty address is not known."""
        if any(fnmatchcase(repository, pattern) for pattern in self.repositories):
            return True
        if self.common or not repository:
            return not self.common
        return not any(fnmatchcase(repository, pattern) for pattern in self.others)


class ChartOutput(Struct, frozen=True, kw_only=True):
    """What the chart makes of a value: settings of an object.

    ``form`` says what the value is: ``map`` of names to values, ``list`` of entries with ``name`` and ``value``, or the
    ``value`` of the setting ``name`` itself. The object is ``kind/name``; ``container`` is the one that has a variable
    or flag.
    """

    value: str
    form: Literal["map", "list", "value"] = "value"
    setting: Subject
    name: str = ""
    object: Annotated[ObjectPattern, Convert(object_pattern)]
    container: str = ""
    versions: Annotated[VersionRange, Convert(parse_range, tuple[str, ...])] = EVERY_VERSION


class HelmChart(Struct, frozen=True, kw_only=True):
    """A chart of a component. ``numbers`` says whose versions the chart's are: the component's, or its own.

    ``outputs`` is what the chart makes of values in a plain way. ``tags`` are values that are the tag of the component's
    image. Without ``evidence`` the chart installs no program of the component, and does not give its version.
    """

    component: str
    chart: str
    names: tuple[ChartName, ...]
    numbers: Annotated[Literal["component", "chart"], Key("versions")] = "component"
    evidence: bool = True
    tags: tuple[str, ...] = ()
    outputs: tuple[ChartOutput, ...] = ()
    file: Annotated[Path, Convert(Path)] = Path()

    @property
    def title(self) -> str:
        """The chart in messages."""
        return f"chart {self.chart}"
