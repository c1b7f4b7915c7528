"""Differences between the manifests of two releases, by the catalogues of what they set."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from cnilint.diagnostics.suggest import closest
from cnilint.packs.catalogue import Catalogue, Run, SettingKey, key_of, plain
from cnilint.packs.changes.model import Change, ChangeRow, Compared, FoundRow, VersionPair, any_of
from cnilint.packs.changes.programs import LIKE
from cnilint.packs.component import Component
from cnilint.packs.configfile import file_fields
from cnilint.packs.library import ManifestSet
from cnilint.packs.match import fits
from cnilint.packs.model import Subject
from cnilint.packs.parts import Membership, Part
from cnilint.packs.settings import Setting
from cnilint.versions import Version, parse_version

_KEY_OF = "key of ConfigMap {}"
_SAME_IN_ANOTHER_PLACE = ("image", "api-version")
"""Kinds of entries whose name says where a thing comes from, so that one gone and one added in a place are a move."""


class ManifestDifference:
    """One set of manifests at two releases, or at those nearest to them."""

    def __init__(self, manifests: ManifestSet, before: Version, after: Version, component: Component) -> None:
        self._set, self._component = manifests, component
        self._catalogue = manifests.catalogue
        self._old, self._new = nearest(self._catalogue, before), nearest(self._catalogue, after)
        self.releases = self._catalogue.releases[self._old], self._catalogue.releases[self._new]
        self.is_exact = self.releases == tuple(map(plain, (before, after)))
        self.is_covered = self._catalogue.releases[0] <= min(before, after, key=lambda version: version.key)

    def compared(self) -> Compared:
        return Compared(what=self._set.name, releases=self.releases, is_exact=self.is_exact)

    def candidates(self) -> Iterator[FoundRow]:
        """The differences of what the manifests have, renamings and moves told once."""
        rows = [
            row
            for key in sorted(self._catalogue.entries)
            if (row := self._row(key)) is not None
            and not self._is_version(row)
            and not self._is_of_the_whole(row)
        ]
        for row in _moved(_renamed(rows)):
            yield FoundRow(row, partial(_settings, row, self._set.flavours))

    def _row(self, key: SettingKey) -> ChangeRow | None:
        was, now = self._way(key, self._old), self._way(key, self._new)
        if was is None and now is None:
            return None
        moved = self._moved_to(key) if now is None else ""
        change = _change(was, now, is_moved=bool(moved))
        if change is None:
            return None
        setting, scope, name = key
        return ChangeRow(
            change=change,
            setting=setting,
            scope=scope,
            name=name,
            before=_words(was),
            after=moved or _words(now),
            only_in=(self._set.name,),
            shown_by=None if self.is_exact else self.releases,
        )

    def _way(self, key: SettingKey, at: int) -> Run | None:
        return next(iter(self._catalogue.runs_at(key, at)), None)

    def _moved_to(self, key: SettingKey) -> str:
        """The ConfigMap that gets a key of the same name in the first release on the way without a variable."""
        if key[0] != Subject.ENV:
            return ""
        here = [run.last for run in self._catalogue.entries[key] if self._old <= run.last < self._new]
        at = here[-1] + 1 if here else self._new
        for other in self._catalogue.entries:
            if other[0] == Subject.CONFIG_KEY and other[2] == key[2] and self._way(other, at):
                return _KEY_OF.format(other[1])
        return ""

    def _is_of_the_whole(self, row: ChangeRow) -> bool:
        """Whether a row is about a part of a container or ConfigMap that comes or goes as a whole, which another row says."""
        config_map, _, file = row.scope.partition("/")
        wholes: dict[str, list[SettingKey]] = {
            Subject.CONFIG_KEY: [("object", "", f"ConfigMap/{config_map}")],
            Subject.CONFIG_FIELD: [
                ("object", "", f"ConfigMap/{config_map}"),
                (Subject.CONFIG_KEY.value, config_map, file),
            ],
            **{kind: [("container", "", row.scope)] for kind in (Subject.ENV, Subject.FLAG, "image")},
        }
        return any(
            (self._way(whole, self._old) is None) is not (self._way(whole, self._new) is None)
            for whole in wholes.get(row.setting, ())
        )

    def _is_version(self, row: ChangeRow) -> bool:
        """Whether the values are the versions of the releases themselves, or their numbers in another program."""
        values = [
            (text, release)
            for text, release in zip((row.before, row.after), self.releases, strict=True)
            if text.startswith("'")
        ]
        return bool(values) and all(self._is_number_of(text.strip("'"), release) for text, release in values)

    def _is_number_of(self, text: str, release: Version) -> bool:
        version = parse_version(text)
        if version is None:
            return False
        return version.same_release(release) or self._component.lines.get(version.minor) == release.minor


def nearest(catalogue: Catalogue, version: Version) -> int:
    """The release in the catalogue for a version: itself, the nearest of its minor, the next older, the oldest."""
    releases = list(enumerate(catalogue.releases))
    exact = [position for position, release in releases if version.same_release(release)]
    if exact:
        return exact[-1]
    same_minor = [position for position, release in releases if release.minor == version.minor]
    if same_minor:
        return min(same_minor, key=lambda position: _distance(catalogue.releases[position], version))
    return ([position for position, release in releases if release < version] or [0])[-1]


def merged(candidates: Iterable[FoundRow], sets: Sequence[ManifestDifference]) -> Iterator[FoundRow]:
    """What several sets of manifests show, once; a row that not all of them show says which do.

    A key that a variable becomes is not told as new.
    """
    found: dict[object, list[FoundRow]] = {}
    every = list(candidates)
    arrived = {(each.row.name, each.row.after) for each in every if each.row.change is Change.MOVED}
    for each in every:
        row = each.row
        if row.change is Change.ADDED and (row.name, _KEY_OF.format(row.scope)) in arrived:
            continue
        key = (row.change, row.setting, row.scope, row.name, row.before, row.after)
        found.setdefault(key, []).append(each)
    for same in found.values():
        row = same[0].row
        names = tuple(name for each in same for name in each.row.only_in)
        shown_by: VersionPair | None = (
            None if any(each.row.shown_by is None for each in same) else row.shown_by
        )
        row = replace(row, only_in=() if len(names) == len(sets) else names, shown_by=shown_by)
        yield FoundRow(row, any_of([each.find for each in same]))


def _distance(release: Version, version: Version) -> int:
    number, wanted = (each.numbers[2] if len(each.numbers) > 2 else 0 for each in (release, version))
    return abs(number - wanted)


def _change(was: Run | None, now: Run | None, *, is_moved: bool) -> Change | None:
    """The change of a setting's first supply."""
    if now is None:
        return Change.MOVED if is_moved else Change.GONE
    if was is None:
        return Change.ADDED
    if was.supply != now.supply:
        return Change.MOVED
    return Change.DEFAULT if was.value != now.value and None not in (was.value, now.value) else None


def _words(run: Run | None) -> str:
    if run is None:
        return "not set"
    value = "" if run.value is None else repr(run.value)
    supply = "" if run.supply == "literal" else run.supply
    return " ".join(part for part in (supply, value) if part) or "set"


def _renamed(rows: Sequence[ChangeRow]) -> list[ChangeRow]:
    """Rows in which a removed setting with a similar added one in the same place is a renaming."""
    added: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        if row.change is Change.ADDED:
            added[row.setting, row.scope].append(row.name)
    return [_successor(row, added[row.setting, row.scope]) for row in rows]


def _successor(row: ChangeRow, added: Sequence[str]) -> ChangeRow:
    if row.change is not Change.GONE or row.setting in ("object", *_SAME_IN_ANOTHER_PLACE):
        return row
    successor = closest(row.name, added, LIKE)
    return replace(row, change=Change.RENAMED, after=f"probably {successor}") if successor else row


def _moved(rows: Sequence[ChangeRow]) -> Iterator[ChangeRow]:
    """Rows without what only arrives where something moved to: an image at another registry.

    An API version that only comes or goes does so with its objects, which rows of their own are about.
    """
    pairs = _pairs(rows)
    for row in rows:
        if row in pairs.values():
            continue
        other = pairs.get(row)
        if other is not None:
            yield replace(row, change=Change.MOVED, before="", after=other.name)
        elif row.setting != "api-version":
            yield row


def _pairs(rows: Sequence[ChangeRow]) -> Mapping[ChangeRow, ChangeRow]:
    """By what is gone, what came in its place: an image of the same last name in the container, an API version of the kind."""
    pairs: dict[ChangeRow, ChangeRow] = {}
    for row in rows:
        if row.change is Change.GONE and row.setting in _SAME_IN_ANOTHER_PLACE:
            for other in rows:
                is_pair = (other.change, other.setting, other.scope) == (Change.ADDED, row.setting, row.scope)
                if is_pair and (row.setting == "api-version" or _last(other.name) == _last(row.name)):
                    pairs[row] = other
    return pairs


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _settings(
    row: ChangeRow, flavours: Sequence[str], part: Part, membership: Membership, parts: Sequence[Part]
) -> Iterator[Setting]:
    """The settings of a part that a row is about; an added one is not used yet."""
    if row.change is Change.ADDED or not _is_of_flavour(membership, flavours):
        return
    if row.setting == Subject.CONFIG_FIELD:
        yield from _fields(row, part)
        return
    key = (row.setting, row.scope, row.name)
    yield from (setting for setting in part.settings if key_of(setting, part.owner.name) == key)


def _fields(row: ChangeRow, part: Part) -> Iterator[Setting]:
    config_map, _, file = row.scope.partition("/")
    for setting in part.settings if part.owner.name == config_map else ():
        if setting.subject is Subject.CONFIG_KEY and setting.name == file:
            yield from (each for each in file_fields(setting, "yaml") if each.name == row.name)


def _is_of_flavour(membership: Membership, flavours: Sequence[str]) -> bool:
    """Whether the images of a part can be those of a set of manifests: what follows the version in the tag."""
    suffixes = {each.reading.version.suffix for each in membership.detected if each.reading.version}
    return not flavours or not suffixes or any(fits(tuple(flavours), suffix) for suffix in suffixes)
