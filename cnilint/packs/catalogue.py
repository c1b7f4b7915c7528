"""The releases of a component that have each setting, and how it is supplied: derived, never written by hand.

A catalogue gives what manifests set, not what programs read. So it can show that a variable belongs to other releases,
which is a note, but not that a variable is not read, which needs evidence and a rule.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from cnilint.manifest.object import Object
from cnilint.manifest.pod import pod_template
from cnilint.packs.config_fields import fields_of, short
from cnilint.packs.model import Subject
from cnilint.packs.settings import Setting, config_settings, containers, pod_settings
from cnilint.reading import read_named
from cnilint.versions import Version, parse_version

CATALOGUE_FILE = "catalogue.json"
SETS_FOLDER = "manifests"
"""Catalogues of one set of manifests each, where a component has several: releases are compared by them."""
CATALOGUE_SCHEMA = "cnilint-catalogue/1"

_SUBJECTS = (
    Subject.ENV,
    Subject.CONFIG_KEY,
    Subject.FLAG,
    Subject.VOLUME,
    Subject.CONTAINER,
    Subject.OBJECT,
)
SORTS = (*(subject.value for subject in _SUBJECTS), "image", "api-version", Subject.CONFIG_FIELD.value)
"""Kinds of entries in the order of the file; the last three are only compared between releases."""

_MOST_SPANS = 3


class Run(Struct, frozen=True, kw_only=True):
    """Consecutive releases, by position, that supply a setting in the same way with the same value.

    ``value`` is None where it is long, differs within a release, or comes from elsewhere.
    """

    first: int
    last: int
    supply: str
    value: str | None


SettingKey = tuple[str, str, str]
"""Kind, scope and name. The scope of variables and flags is the container, that of keys the ConfigMap, that of fields the
ConfigMap and the key that is their file."""


class Catalogue(Struct, frozen=True):
    """``releases`` ascend; the runs of the entries are positions in them."""

    component: str
    releases: tuple[Version, ...]
    entries: dict[SettingKey, tuple[Run, ...]]

    def runs_at(self, key: SettingKey, release: int) -> list[Run]:
        return [run for run in self.entries.get(key, ()) if run.first <= release <= run.last]

    def around(self, version: Version) -> frozenset[int]:
        """The releases that show what ``version`` has: those of its minor, and its neighbours on both sides.

        A minor is taken as a whole because variants of a component are rendered at different patches. Nothing is
        known before the first release; after the last one, the last one counts.
        """
        if version < self.releases[0]:
            return frozenset()
        keys = [release.key for release in self.releases]
        left, right = bisect_right(keys, version.key) - 1, bisect_left(keys, version.key)
        near = {at for at, release in enumerate(self.releases) if release.minor == version.minor}
        return frozenset(near | {at for at in (left, right) if at < len(keys)})

    def is_foreign(self, key: SettingKey, near: frozenset[int]) -> bool:
        """Whether other releases have the setting and those in ``near`` do not; False when that is empty."""
        runs = self.entries.get(key)
        if not runs or not near:
            return False
        return not any(run.first <= at <= run.last for run in runs for at in near)

    def span_of(self, key: SettingKey) -> str:
        """The releases that have a setting, as words: ``1.6.14 to 1.22.8``."""
        spans: list[list[int]] = []
        for run in self.entries[key]:
            if spans and run.first <= spans[-1][1] + 1:
                spans[-1][1] = max(spans[-1][1], run.last)
            else:
                spans.append([run.first, run.last])
        if len(spans) > _MOST_SPANS:
            return f"{self._words(spans[0][0], spans[-1][1])}, with gaps"
        return " and ".join(self._words(first, last) for first, last in spans)

    def _words(self, first: int, last: int) -> str:
        start, end = self.releases[first], self.releases[last]
        return str(start) if first == last else f"{start} to {end}"


def derive(component: str, releases: Iterable[tuple[Version, Sequence[Object]]]) -> Catalogue:
    """The catalogue of a component from its rendered releases.

    Renderings of one version (variants of the configuration) are merged.
    """
    return _with(component, {}, releases)


def extended(known: Catalogue, releases: Iterable[tuple[Version, Sequence[Object]]]) -> Catalogue:
    """A catalogue with more releases; one that it has is replaced."""
    added = [(plain(version), objects) for version, objects in releases]
    seen = _seen([known])
    for version, _ in added:
        seen.pop(version, None)
    return _with(known.component, seen, added)


def merged(catalogues: Sequence[Catalogue]) -> Catalogue:
    """Several catalogues of one component as one, as if their releases had been derived together."""
    return _with(catalogues[0].component, _seen(catalogues), ())


def _seen(catalogues: Iterable[Catalogue]) -> "_Seen":
    seen: _Seen = {}
    for known in catalogues:
        for release in known.releases:
            seen.setdefault(release, {})
        for key, runs in known.entries.items():
            for run in runs:
                ways = {(supply, run.value) for supply in run.supply.split("|")}
                for at in range(run.first, run.last + 1):
                    seen[known.releases[at]].setdefault(key, set()).update(ways)
    return seen


_Seen = dict[Version, dict[SettingKey, set[tuple[str, str | None]]]]
"""By release and entry, the ways in which it is supplied and the values."""


def _with(component: str, seen: _Seen, releases: Iterable[tuple[Version, Sequence[Object]]]) -> Catalogue:
    for version, objects in releases:
        found = seen.setdefault(plain(version), {})
        for item in objects:
            for key, supply, value in _stated(item):
                found.setdefault(key, set()).add((supply, value))
    ordered = sorted(seen, key=lambda version: version.key)
    entries: dict[SettingKey, list[Run]] = {}
    for position, version in enumerate(ordered):
        for key, ways in seen[version].items():
            _extend(entries.setdefault(key, []), position, _united(ways))
    return Catalogue(component, tuple(ordered), {key: tuple(runs) for key, runs in entries.items()})


def plain(version: Version) -> Version:
    """A release without what follows its number in a tag."""
    return Version(version.numbers, version.stage)


def write_catalogue(catalogue: Catalogue) -> str:
    """The catalogue as JSON with one entry a line; equal catalogues give equal text."""
    sorts = [_sort_text(catalogue, sort) for sort in SORTS]
    head = {
        "schema": CATALOGUE_SCHEMA,
        "component": catalogue.component,
        "releases": [str(release) for release in catalogue.releases],
    }
    lines = [f"{_json(name)}: {_json(value)}" for name, value in head.items()]
    lines += [text for text in sorts if text]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read_catalogue(path: Path) -> Catalogue:
    """Read what ``write_catalogue`` wrote."""
    return parse_catalogue(read_named(path))


def parse_catalogue(text: bytes) -> Catalogue:
    """The catalogue in a text. Raises ValueError, KeyError, TypeError, IndexError or AttributeError for any other text."""
    data = json.loads(text)
    releases = tuple(version for each in data["releases"] if (version := parse_version(each)))
    entries = {
        (sort, scope, name): tuple(_run(run) for run in runs)
        for sort in SORTS
        for scope, names in data.get(sort, {}).items()
        for name, runs in names.items()
    }
    if not releases or any(run.last >= len(releases) for runs in entries.values() for run in runs):
        raise ValueError("a run without its releases")
    return Catalogue(data["component"], releases, entries)


def key_of(setting: Setting, owner_name: str) -> SettingKey:
    """The entry that a setting has in the catalogue of its component."""
    if setting.subject in (Subject.ENV, Subject.FLAG):
        return setting.subject.value, setting.container, setting.name
    if setting.subject is Subject.CONFIG_KEY:
        return setting.subject.value, owner_name, setting.name
    return setting.subject.value, "", setting.name


def _stated(item: Object) -> Iterator[tuple[SettingKey, str, str | None]]:
    yield ("object", "", f"{item.kind}/{item.name}"), "", None
    yield ("api-version", item.kind, item.api_version), "", None
    settings = list(config_settings(item)) if item.kind == "ConfigMap" else []
    template = pod_template(item)
    settings += pod_settings(template)
    for container in containers(template):
        settings += container.settings
        if container.image is not None:
            yield ("image", container.name, _repository(container.image.text)), "", None
    for setting in settings:
        if setting.subject in _SUBJECTS:
            yield key_of(setting, item.name), setting.supply, _short(setting)
        if setting.subject is Subject.CONFIG_KEY:
            for name, value in fields_of(setting):
                yield (Subject.CONFIG_FIELD.value, f"{item.name}/{setting.name}", name), "", value


def _repository(image: str) -> str:
    head, slash, last = image.partition("@")[0].rpartition("/")
    return head + slash + last.partition(":")[0]


def _short(setting: Setting) -> str | None:
    return short(setting.value.text if setting.value else None)


def _united(ways: set[tuple[str, str | None]]) -> tuple[str, str | None]:
    supplies = sorted({supply for supply, _ in ways})
    values = {value for _, value in ways}
    return "|".join(supplies), values.pop() if len(values) == 1 else None


def _extend(runs: list[Run], position: int, way: tuple[str, str | None]) -> None:
    if runs and runs[-1].last == position - 1 and (runs[-1].supply, runs[-1].value) == way:
        runs[-1] = replace(runs[-1], last=position)
    else:
        supply, value = way
        runs.append(Run(first=position, last=position, supply=supply, value=value))


def _sort_text(catalogue: Catalogue, sort: str) -> str:
    scopes: dict[str, list[str]] = {}
    for key in sorted(catalogue.entries):
        if key[0] == sort:
            runs = [_run_data(run) for run in catalogue.entries[key]]
            scopes.setdefault(key[1], []).append(f"  {_json(key[2])}: {_json(runs)}")
    inner = [f" {_json(scope)}: {{\n" + ",\n".join(lines) + "\n }" for scope, lines in scopes.items()]
    return f"{_json(sort)}: {{\n" + ",\n".join(inner) + "\n}" if inner else ""


def _run_data(run: Run) -> list[int | str]:
    data: list[int | str] = [run.first, run.last]
    if run.supply or run.value is not None:
        data.append(run.supply)
    if run.value is not None:
        data.append(run.value)
    return data


def _run(data: list[int | str]) -> Run:
    supply = str(data[2]) if len(data) > 2 else ""
    return Run(
        first=int(data[0]), last=int(data[1]), supply=supply, value=str(data[3]) if len(data) > 3 else None
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
