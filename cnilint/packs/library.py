"""The rule data on disk: all components, and the packs and catalogues of those that a run meets."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from cnilint.diagnostics.suggest import closest
from cnilint.errors import UsageError
from cnilint.packs.catalogue import CATALOGUE_FILE, Catalogue, read_catalogue
from cnilint.packs.component import COMPONENT_FILE, Component, WorkloadPattern, is_registry, split_image
from cnilint.packs.load import load_component, load_pack
from cnilint.packs.model import Pack, Rule, StillRead, UpgradeNote
from cnilint.packs.program import PROGRAMS_FOLDER, ProgramTable, read_table
from cnilint.reading import files_in
from cnilint.resources import data_dir
from cnilint.versions import Version

_Form = tuple[str, int, tuple[str, ...]]
"""A component's name, the position of one of its image patterns, and a path that the image may have."""


class Library:
    """Rule data of one run.

    ``extra`` are the user's own: pack files for known components, and folders with a component and its packs. They
    are read at once, so that a mistake in them is reported even where they are not needed. Raises DataError for a
    file that is not rule data, UsageError for a pack about an unknown component.
    """

    def __init__(self, folder: Path | None = None, extra: Iterable[Path] = ()) -> None:
        self.folder = folder or data_dir("rules")
        self._extra = tuple(extra)
        self._packs: dict[str, tuple[Pack, ...]] = {}
        self._catalogues: dict[str, Catalogue | None] = {}
        self._tables: dict[str, tuple[ProgramTable, ...]] = {}
        self._rules_at: dict[tuple[str, Version], tuple[Rule, ...]] = {}
        self._images: dict[tuple[str, tuple[str, ...]], dict[str, int]] = {}
        self.extra_packs = self._read_extra()

    @cached_property
    def components(self) -> dict[str, Component]:
        """All components by name."""
        packaged = sorted(path.parent for path in self.folder.glob(f"*/{COMPONENT_FILE}"))
        known = {folder.name: load_component(folder, is_packaged=True) for folder in packaged}
        added = [path for path in self._extra if path.is_dir()]
        return known | {folder.name: load_component(folder) for folder in added}

    @cached_property
    def workloads(self) -> tuple[tuple[str, WorkloadPattern], ...]:
        """Each pattern for the name and labels of a workload, with its component."""
        return tuple((each.name, pattern) for each in self.components.values() for pattern in each.workloads)

    def component(self, name: str) -> Component:
        """The component of that name. Raises UsageError where there is none."""
        if name in self.components:
            return self.components[name]
        meant = closest(name, self.components)
        raise UsageError(f"unknown component `{name}`", f"did you mean `{meant}`?" if meant else "")

    def packs(self, component: str) -> tuple[Pack, ...]:
        """The packs about one component."""
        if component not in self._packs:
            paths = sorted((self.folder / component).glob("*.yaml"))
            own = tuple(
                load_pack(path, self._shown(path), is_packaged=True)
                for path in paths
                if path.name != COMPONENT_FILE
            )
            added = tuple(pack for pack in self.extra_packs if pack.component == component)
            self._packs[component] = own + added
        return self._packs[component]

    def rules(self, component: str) -> tuple[Rule, ...]:
        return tuple(rule for pack in self.packs(component) for rule in pack.rules)

    def rules_at(self, component: str, version: Version) -> tuple[Rule, ...]:
        """The rules about one component that hold for a version."""
        key = (component, version)
        if key not in self._rules_at:
            self._rules_at[key] = tuple(
                rule for rule in self.rules(component) if rule.versions.contains(version)
            )
        return self._rules_at[key]

    def kept(self, component: str) -> tuple[StillRead, ...]:
        return tuple(kept for pack in self.packs(component) for kept in pack.kept)

    def upgrades(self, component: str) -> tuple[UpgradeNote, ...]:
        return tuple(note for pack in self.packs(component) for note in pack.upgrades)

    def catalogue(self, component: str) -> Catalogue | None:
        """The settings of the component's releases; None when no catalogue was derived."""
        if component not in self._catalogues:
            known = self.components.get(component)
            path = known.folder / CATALOGUE_FILE if known else None
            self._catalogues[component] = read_catalogue(path) if path and path.is_file() else None
        return self._catalogues[component]

    def newest(self, component: str) -> tuple[int, int] | None:
        """The newest minor that the rules of a component know; None where no release of it is known."""
        catalogue = self.catalogue(component)
        return None if catalogue is None else max((each.minor for each in catalogue.releases), default=None)

    def tables(self, component: str) -> tuple[ProgramTable, ...]:
        """What the component's programs read, those of a variant are those of its base; empty when no table was derived."""
        if component not in self._tables:
            known = self.components.get(component)
            files = sorted((known.folder / PROGRAMS_FOLDER).glob("*.json")) if known else []
            base = self.tables(known.variant_of) if known and known.variant_of else ()
            own = tuple(map(read_table, files))
            self._tables[component] = own + tuple(replace(table, component=component) for table in base)
        return self._tables[component]

    def images(self, image: str) -> dict[str, tuple[int, str]]:
        """The components of an image: by name, the position of the first pattern that matches, and the tag."""
        registry, segments, tag = split_image(image)
        return {name: (position, tag) for name, position in self._positions(registry, segments).items()}

    def _positions(self, registry: str, segments: tuple[str, ...]) -> Mapping[str, int]:
        """The position of the first pattern that matches a repository, by the component's name."""
        found = self._images.get((registry, segments))
        if found is None:
            found = self._images[registry, segments] = {}
            for name, position, path in sorted({*self._named.get(segments[-1], ()), *self._open}):
                if name not in found and _is_of(registry, segments, path):
                    found[name] = position
        return found

    def image_by_name(self, component: str, image: str) -> tuple[int, str] | None:
        """The pattern whose last segment matches: enough where a label already identifies the component."""
        _, segments, tag = split_image(image)
        for position, pattern in enumerate(self.components[component].images):
            if _ends_with(segments, pattern.path[-1:]):
                return position, tag
        return None

    @cached_property
    def _named(self) -> dict[str, list[_Form]]:
        """The forms of all image patterns by their last segment."""
        named: dict[str, list[_Form]] = {}
        for form in self._forms():
            named.setdefault(form[2][-1], []).append(form)
        return named

    @cached_property
    def _open(self) -> list[_Form]:
        """The forms whose last segment is a glob."""
        return [form for form in self._forms() if _is_glob(form[2][-1])]

    def _forms(self) -> Iterator[_Form]:
        for component in self.components.values():
            for position, pattern in enumerate(component.images):
                joined = () if is_registry(pattern.path[0]) else _joined(pattern.path)
                for path in dict.fromkeys((pattern.path, *joined)):
                    yield component.name, position, path

    def _read_extra(self) -> tuple[Pack, ...]:
        known = self.components if self._extra else {}
        files = [
            file
            for path in self._extra
            for file in (files_in(path, (".yaml",)) if path.is_dir() else [path])
            if file.name != COMPONENT_FILE
        ]
        packs = tuple(load_pack(file) for file in files)
        for pack, file in zip(packs, files, strict=True):
            if pack.component not in known:
                hint = f"put the pack next to a {COMPONENT_FILE} and pass the folder"
                raise UsageError(f"`{file}`: unknown component `{pack.component}`", hint)
        return packs

    def _shown(self, path: Path) -> str:
        return f"rules/{path.relative_to(self.folder).as_posix()}"


def _joined(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The path in a registry with one level only: ``istio-install-cni`` for ``istio/install-cni``."""
    return ((sign.join(path),) for sign in "-_")


def _is_glob(segment: str) -> bool:
    return any(sign in segment for sign in "*?[")


def _is_of(registry: str, segments: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether a repository is that of a pattern, which may begin with the registry."""
    if is_registry(path[0]):
        return registry == path[0] and len(segments) == len(path) - 1 and _ends_with(segments, path[1:])
    return _ends_with(segments, path)


def _ends_with(segments: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return len(path) <= len(segments) and all(map(fnmatchcase, segments[-len(path) :], path))
