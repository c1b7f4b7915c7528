"""The rule data on disk: all components, and the packs and catalogues of those that a run meets."""

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.suggest import closest
from cnilint.errors import UsageError
from cnilint.packs.catalogue import CATALOGUE_FILE, SETS_FOLDER, Catalogue, parse_catalogue
from cnilint.packs.charts.library import ChartLibrary
from cnilint.packs.component import COMPONENT_FILE, Component
from cnilint.packs.files import RuleFiles, components_in, is_archive
from cnilint.packs.forms import in_other_forms
from cnilint.packs.load import load_component, load_pack, read_pack
from cnilint.packs.model import Pack, Rule, StillRead, UpgradeNote
from cnilint.packs.program import PROGRAMS_FOLDER, ProgramTable, parse_table
from cnilint.packs.recognition import Recognition
from cnilint.reading import Unreadable
from cnilint.resources import data_dir
from cnilint.versions import Version

T = TypeVar("T")


class ManifestSet(Struct, frozen=True):
    """Manifests of the releases of a component with the same values, or of one variant.

    ``flavours`` are patterns for what follows the version in the tags of its images; empty: any.
    """

    name: str
    flavours: tuple[str, ...]
    catalogue: Catalogue


def unknown_rule(pattern: str, extra: Iterable[Path] = ()) -> str | None:
    """None if a rule has an id that fits a glob; else the id that was probably meant, empty if none is near.

    ``extra`` are the user's packs, which are read only for what is not packaged.
    """
    packaged = Library().unknown_rule(pattern)
    return packaged if packaged is None else Library(extra=extra).unknown_rule(pattern)


class Library:
    """Rule data of one run.

    ``extra`` are the user's own: pack files for known components, and components with all their data, as folders, folders of
    them, or archives. A component replaces the one of the program. They are read at once, so that a mistake in them is
    reported even where they are not needed. Raises DataError for a file that is not rule data, UsageError for a pack about
    an unknown component, and for an archive that cannot be read.
    """

    def __init__(self, folder: Path | None = None, extra: Iterable[Path] = ()) -> None:
        self.folder = folder or data_dir("rules")
        self._extra = tuple(extra)
        self._packs: dict[str, tuple[Pack, ...]] = {}
        self._catalogues: dict[str, Catalogue | None] = {}
        self._tables: dict[str, tuple[ProgramTable, ...]] = {}
        self._rules_at: dict[tuple[str, Version], tuple[Rule, ...]] = {}
        self.extra_packs = self._read_extra()

    @cached_property
    def components(self) -> dict[str, Component]:
        """All components by name."""
        packaged = {
            name: load_component(files, is_packaged=True)
            for name, files in self._files.items()
            if name not in self._replaced
        }
        return packaged | {name: load_component(files) for name, files in self._replaced.items()}

    @cached_property
    def _files(self) -> dict[str, RuleFiles]:
        """The files of the components of the program."""
        return {files.folder.name: files for files in components_in(self.folder)}

    @cached_property
    def charts(self) -> ChartLibrary:
        """The Helm charts of the components."""
        return ChartLibrary(self.folder)

    @cached_property
    def recognition(self) -> Recognition:
        """Tells which component an object is of."""
        return Recognition(self.components)

    def prepare(self) -> None:
        """Read what every object needs."""
        _ = self.recognition

    def knows(self, name: str) -> bool:
        """Whether a component is packaged, without reading any."""
        return Path(name).name == name and (self.folder / name / COMPONENT_FILE).is_file()

    @cached_property
    def installers(self) -> dict[str, list[str]]:
        """The components that have the versions of another one: what installs it, and its variants."""
        found: dict[str, list[str]] = {}
        for component in self.components.values():
            for base in filter(None, (component.installs, component.variant_of)):
                found.setdefault(base, []).append(component.name)
        return found

    def component(self, name: str) -> Component:
        """The component of that name. Raises UsageError where there is none."""
        if name in self.components:
            return self.components[name]
        meant = closest(name, self.components)
        raise UsageError(f"unknown component `{name}`", f"did you mean `{meant}`?" if meant else "")

    def packs(self, component: str) -> tuple[Pack, ...]:
        """The packs about one component."""
        if component not in self._packs:
            own = () if component in self._replaced else tuple(self._packaged(component))
            added = tuple(pack for pack in self.extra_packs if pack.component == component)
            self._packs[component] = own + added
        return self._packs[component]

    def _packaged(self, component: str) -> Iterator[Pack]:
        files = self._files.get(component, RuleFiles(self.folder / component))
        for name in _packs_in(files):
            yield read_pack(files.document(name, f"rules/{component}/{name}"), is_packaged=True)

    def rules(self, component: str) -> tuple[Rule, ...]:
        return tuple(rule for pack in self.packs(component) for rule in pack.rules)

    def unknown_rule(self, pattern: str) -> str | None:
        """None if a rule has an id that fits a glob; else the id that was probably meant, empty if none is near."""
        component = pattern.partition("/")[0]
        if component not in self.components:
            return closest(component, self.components)
        known = [rule.id for rule in self.rules(component)]
        return None if any(fnmatchcase(each, pattern) for each in known) else closest(pattern, known)

    def rules_at(self, component: str, version: Version) -> tuple[Rule, ...]:
        """The rules about one component that hold for a version, in all forms of their settings."""
        key = (component, version)
        if key not in self._rules_at:
            holding = [rule for rule in self.rules(component) if rule.versions.contains(version.intended)]
            tables = self.tables(component)
            others = [other for rule in holding for other in in_other_forms(rule, tables)]
            self._rules_at[key] = (*holding, *others)
        return self._rules_at[key]

    def kept(self, component: str) -> tuple[StillRead, ...]:
        return tuple(kept for pack in self.packs(component) for kept in pack.kept)

    def upgrades(self, component: str) -> tuple[UpgradeNote, ...]:
        return tuple(note for pack in self.packs(component) for note in pack.upgrades)

    def catalogue(self, component: str) -> Catalogue | None:
        """The settings of the component's releases; None when no catalogue was derived."""
        if component not in self._catalogues:
            self._catalogues[component] = self.data(component, CATALOGUE_FILE, parse_catalogue)
        return self._catalogues[component]

    def manifests(self, component: str) -> tuple[ManifestSet, ...]:
        """The sets of manifests that releases are compared by: all of them are one set where they are not kept apart."""
        whole = self.catalogue(component)
        if whole is None:
            return ()
        sets = [
            ManifestSet(each.title or each.folder, each.flavours, catalogue)
            for each in self.components[component].releases
            if (catalogue := self.data(component, f"{SETS_FOLDER}/{each.folder}.json", parse_catalogue))
        ]
        return tuple(sets) or (ManifestSet(component, (), whole),)

    def data(self, component: str, name: str, parse: Callable[[bytes], T]) -> T | None:
        """A derived file of a component; None where it has none. Raises UsageError for one that this program cannot read."""
        files = self._replaced.get(component) or self._files.get(component)
        if files is None or not files.has(name):
            return None
        try:
            return parse(files.read(name))
        except (Unreadable, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            raise UsageError(
                f"`{files.folder / name}` is not data that this release of cnilint can read"
            ) from None

    def releases(self, component: str) -> frozenset[Version]:
        """The releases of a component that any of its data knows."""
        catalogue = self.catalogue(component)
        tables = (table.releases for table in self.tables(component))
        return frozenset(chain(() if catalogue is None else catalogue.releases, *tables))

    def minors(self, component: str) -> frozenset[tuple[int, int]]:
        """The release lines of a component that any of its data knows."""
        return frozenset(release.minor for release in self.releases(component))

    def newest(self, component: str) -> tuple[int, int] | None:
        """The newest minor that the rules of a component know; None where no release of it is known."""
        return max(self.minors(component), default=None)

    def tables(self, component: str) -> tuple[ProgramTable, ...]:
        """What the component's programs read, those of a variant are those of its base; empty when no table was derived."""
        if component not in self._tables:
            known = self.components.get(component)
            files = self._replaced.get(component) or self._files.get(component)
            names = files.names(PROGRAMS_FOLDER, ".json") if files else []
            own = [self.data(component, name, parse_table) for name in names]
            base = self.tables(known.variant_of) if known and known.variant_of else ()
            self._tables[component] = (
                *(table for table in own if table is not None),
                *(replace(table, component=component) for table in base),
            )
        return self._tables[component]

    @cached_property
    def _replaced(self) -> dict[str, RuleFiles]:
        """The files of the user's own components, the last of each name; a folder without any is one that lacks its file."""
        found: dict[str, RuleFiles] = {}
        for path in self._extra:
            components = components_in(path)
            if not components and path.is_dir():
                components = [RuleFiles(path)]
            elif not components and is_archive(path):
                raise UsageError(f"`{path}` has no component", f"expected folders with a {COMPONENT_FILE}")
            found |= {files.folder.name: files for files in components}
        return found

    def _read_extra(self) -> tuple[Pack, ...]:
        known = self.components if self._extra else {}
        packs = [
            (str(files.folder / name), read_pack(files.document(name)))
            for files in self._replaced.values()
            for name in _packs_in(files)
        ]
        packs += [
            (str(path), load_pack(path)) for path in self._extra if not path.is_dir() and not is_archive(path)
        ]
        for name, pack in packs:
            if pack.component not in known:
                hint = f"put the pack next to a {COMPONENT_FILE} and pass the folder"
                raise UsageError(f"`{name}`: unknown component `{pack.component}`", hint)
        return tuple(pack for _, pack in packs)


def _packs_in(files: RuleFiles) -> list[str]:
    return [name for name in files.names("", ".yaml") if name != COMPONENT_FILE]
