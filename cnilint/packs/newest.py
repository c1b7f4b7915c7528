"""How new the knowledge of each component is: its newest release, and when that was made."""

import json
from datetime import date

from msgspec import Struct

from cnilint.packs.library import Library
from cnilint.packs.links import source_link
from cnilint.versions import Version, parse_version

NEWEST_FILE = "newest.json"
NEWEST_SCHEMA = "cnilint-newest/1"


class NewestRelease(Struct, frozen=True, kw_only=True):
    """The newest release that the data of a component knows. ``made`` is the day of its annotated tag, or of its
    commit; ``ref`` is the tag or commit in ``repository``."""

    component: str
    version: Version
    made: date
    repository: str
    ref: str

    @property
    def link(self) -> str:
        return source_link(self.repository, self.ref)


class ComponentStatus(Struct, frozen=True, kw_only=True):
    """What is known of a component. ``newest`` is None where no release is, ``made`` where its date is not.

    ``releases`` counts the releases whose manifests or source were read, ``programs`` the programs whose settings are known.
    """

    component: str
    newest: Version | None
    made: NewestRelease | None
    releases: int
    programs: int
    rules: int
    notes: int


def status_of(library: Library, component: str) -> ComponentStatus:
    """What the library knows of a component."""
    releases = library.releases(component)
    newest = max(releases, key=lambda version: version.key, default=None)
    dated = library.data(component, NEWEST_FILE, parse_newest)
    return ComponentStatus(
        component=component,
        newest=newest,
        made=dated if dated and newest and dated.version.same_release(newest) else None,
        releases=len(releases),
        programs=len(library.tables(component)),
        rules=len(library.rules(component)),
        notes=len(library.upgrades(component)),
    )


def write_newest(newest: NewestRelease) -> str:
    """The record as JSON."""
    data = {
        "schema": NEWEST_SCHEMA,
        "component": newest.component,
        "version": str(newest.version),
        "date": newest.made.isoformat(),
        "repository": newest.repository,
        "ref": newest.ref,
    }
    return json.dumps(data, indent=2) + "\n"


def parse_newest(text: bytes) -> NewestRelease:
    """What ``write_newest`` wrote. Raises ValueError, KeyError or TypeError for any other text."""
    data = json.loads(text)
    version = parse_version(data["version"])
    if version is None:
        raise ValueError("not a version")
    return NewestRelease(
        component=data["component"],
        version=version,
        made=date.fromisoformat(data["date"]),
        repository=data["repository"],
        ref=data["ref"],
    )
