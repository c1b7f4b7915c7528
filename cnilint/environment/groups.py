"""Groups files and kustomizations that are applied together, by the strongest signal."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from posixpath import basename, dirname

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.environment.appliers import Deployments, ancestors
from cnilint.environment.model import DeclaredEnvironment, Standing
from cnilint.environment.words import Words, is_sample, words_of
from cnilint.extract.model import FileFacts, ObjectFacts, Rendered
from cnilint.gitops.deployers import Deployment
from cnilint.regex import regex

_VERSION = regex(r"[-_.]v?\d+(?:[._]\d+)*(?=\.(?:ya?ml|json)$)")
FOLDER = "files of one folder"
"""The reason for an environment of files that nothing else puts together."""
BY_ITSELF = "a file by itself"
"""How the reason for the environment of a variant begins."""
_UNLISTED = "the kustomization of its folder does not list it"
_PASSED_OVER = "the kustomization of a folder above does not list it"
_LEFT_OUT = "every deployer of its folder excludes it"
_COMPONENT = "a component is judged through the kustomizations that use it"
_SAMPLE = "its name says that it shows what another file looks like"
_EMBEDDED = "a program embeds it, and may complete it before it applies it"
_APART = {
    _UNLISTED: " (unlisted)",
    _LEFT_OUT: " (left out)",
    _SAMPLE: " (sample)",
    _EMBEDDED: " (embedded)",
}
_STANDINGS: Mapping[str, Standing] = {
    _UNLISTED: "unlisted",
    _PASSED_OVER: "unlisted",
    _LEFT_OUT: "unlisted",
    _COMPONENT: "component",
    _SAMPLE: "sample",
}
"""By the reason not to judge files, the suffix that tells their environment from the one of their folder."""


class EnvironmentGroup(Struct, kw_only=True):
    """Files and builds that make one environment. ``root`` is its folder, or its one file."""

    root: str
    reason: str
    files: list[FileFacts] = field(default_factory=list)
    builds: list[Rendered] = field(default_factory=list)
    declared: DeclaredEnvironment | None = None
    unjudged: str = ""
    overlays: dict[tuple[str, str, str], Rendered] = field(default_factory=dict)
    """By the key of a deployment, what is built with its changes."""

    def as_applied_by(self, entries: Iterable[Deployment]) -> "EnvironmentGroup":
        """The group with the changes of the deployments that apply it."""
        overlay = next((self.overlays[each.key] for each in entries if each.key in self.overlays), None)
        return self if overlay is None else replace(self, files=[], builds=[overlay])

    @property
    def standing(self) -> Standing:
        """Whether anything may apply the files."""
        return _STANDINGS.get(self.unjudged, "applied")

    def objects(self) -> Iterator[ObjectFacts]:
        """All objects of the group."""
        for file in self.files:
            yield from file.objects
        for built in self.builds:
            yield from built.objects


def groups(
    files: Sequence[FileFacts],
    builds: Sequence[Rendered],
    *,
    kustomized: frozenset[str],
    hydrated: frozenset[str],
    declared: Sequence[DeclaredEnvironment],
    appliers: Deployments,
) -> dict[str, EnvironmentGroup]:
    """Groups by the name of their environment. A file is in several only where the configuration says so."""
    grouping = _Grouping(kustomized=kustomized, hydrated=hydrated, declared=declared, appliers=appliers)
    for built in builds:
        grouping.add_build(built)
    by_folder: defaultdict[str, list[FileFacts]] = defaultdict(list)
    for file in files:
        folder = None if grouping.add_declared(file) else grouping.add_rooted(file)
        if folder is not None:
            by_folder[folder].append(file)
    for folder, members in by_folder.items():
        grouping.add_folder(folder, members)
    return grouping.found


class _Grouping(Struct, kw_only=True):
    """The groups found so far, and the signals by which files are grouped."""

    kustomized: frozenset[str]
    hydrated: frozenset[str]
    declared: Sequence[DeclaredEnvironment]
    appliers: Deployments
    found: dict[str, EnvironmentGroup] = field(default_factory=dict)

    def add_build(self, built: Rendered) -> None:
        """Adds a kustomization to the environments of the configuration that hold it, else as one of its own."""
        named = _declared_for(built.root, self.declared)
        for each in named:
            self._of(each).builds.append(built)
        if not named:
            unjudged = _COMPONENT if built.component else ""
            reason = "a kustomization that no other one includes"
            self._group(built.root, reason, unjudged=unjudged).builds.append(built)

    def add_declared(self, file: FileFacts) -> bool:
        """Adds a file to the environments of the configuration that hold it; False if there is none."""
        named = _declared_for(file.file, self.declared)
        for each in named:
            self._of(each).files.append(file)
        return bool(named)

    def add_rooted(self, file: FileFacts) -> str | None:
        """Adds a file that is applied with more than its folder. Returns the folder of any other file."""
        root, reason = _root_of(file, self.hydrated, self.appliers)
        if reason != FOLDER:
            self._group(root, reason).files.append(file)
            return None
        if file.embedded_by:
            self._group(root, reason, unjudged=_EMBEDDED).files.append(file)
            return None
        if is_sample(basename(file.file)):
            self._group(root, reason, unjudged=_SAMPLE).files.append(file)
            return None
        if self.appliers.leaves_out(root, file.file):
            self._group(root, reason, unjudged=_LEFT_OUT).files.append(file)
            return None
        return root

    def add_folder(self, folder: str, members: Sequence[FileFacts]) -> None:
        """Adds the files of one folder, in one group or several variants."""
        unjudged = ""
        if folder in self.kustomized:
            unjudged = _UNLISTED
        elif self.appliers.passes_over(folder):
            unjudged = _PASSED_OVER
        for root, reason, some in _split_variants(folder, members):
            self._group(root, reason, unjudged=unjudged).files.extend(some)

    def _group(self, root: str, reason: str, *, unjudged: str = "") -> EnvironmentGroup:
        name = (root or ".") + _APART.get(unjudged, "")
        return self.found.setdefault(name, EnvironmentGroup(root=root, reason=reason, unjudged=unjudged))

    def _of(self, declared: DeclaredEnvironment) -> EnvironmentGroup:
        group = EnvironmentGroup(
            root=declared.roots[0], reason="the configuration names it", declared=declared
        )
        return self.found.setdefault(declared.name, group)


def _root_of(file: FileFacts, hydrated: frozenset[str], appliers: Deployments) -> tuple[str, str]:
    folder = dirname(file.file)
    rendered = _helm_output_root(file)
    if rendered is not None:
        return rendered, "the output folder of helm template"
    recursed = appliers.recursed(file.file)
    for ancestor in ancestors(folder):
        if ancestor in hydrated:
            return ancestor, "a folder that a hydrator wrote"
        if ancestor in recursed:
            return ancestor, "a folder that is applied with all that is below it"
    return folder, FOLDER


def _helm_output_root(file: FileFacts) -> str | None:
    """``out`` for ``out/chart/templates/x.yaml`` with the comment ``# Source: chart/templates/x.yaml``."""
    for source in file.sources:
        if file.file.endswith(f"/{source}"):
            return file.file.removesuffix(f"/{source}")
    return None


def _declared_for(path: str, declared: Sequence[DeclaredEnvironment]) -> list[DeclaredEnvironment]:
    """The environments of the configuration that hold the path: those whose root is the longest."""
    holders: defaultdict[int, list[DeclaredEnvironment]] = defaultdict(list)
    for environment in declared:
        lengths = [len(root) for root in environment.roots if _holds(root, path)]
        if lengths:
            holders[max(lengths)].append(environment)
    return holders[max(holders)] if holders else []


def _holds(root: str, path: str) -> bool:
    return root in ("", ".") or path == root or path.startswith(f"{root}/") or fnmatchcase(path, root)


def _split_variants(folder: str, files: Sequence[FileFacts]) -> Iterator[tuple[str, str, list[FileFacts]]]:
    """Separates files of different environments: those whose names say so, and those that mostly define the same objects.

    Yields root, reason and files of each group.
    """
    named = {file.file: words_of(basename(file.file)) for file in files}
    variants = _repeating(files) | _differing(named)
    plain = [file for file in files if file.file not in variants]
    if plain:
        yield folder, FOLDER, plain
    for file in files:
        if file.file in variants:
            reason = (
                "its name says the environment" if named[file.file] else "its folder holds variants of it"
            )
            yield file.file, f"{BY_ITSELF}: {reason}", [file]


def holds_variants(folder: str, files: Sequence[FileFacts]) -> bool:
    """Whether some files of a folder are variants of one."""
    return any(reason != FOLDER for _, reason, _ in _split_variants(folder, files))


def _differing(named: Mapping[str, Words]) -> set[str]:
    """The files whose names say an environment, where not all say the same."""
    with_words = {name: words for name, words in named.items() if words}
    return set(with_words) if len(set(with_words.values())) > 1 else set()


def _repeating(files: Sequence[FileFacts]) -> set[str]:
    """The files of which at least half of the objects are defined in others too, and the versions of one file."""
    identities = {
        file.file: frozenset(
            (fact.owner.kind, fact.owner.namespace, fact.owner.name) for fact in file.objects
        )
        for file in files
    }
    holders = Counter(identity for members in identities.values() for identity in members)
    repeated = {
        name
        for name, members in identities.items()
        if members and 2 * sum(holders[identity] > 1 for identity in members) >= len(members)
    }
    return repeated | _versions(identities)


def _versions(identities: Mapping[str, frozenset[object]]) -> set[str]:
    """The files whose names differ only in a version, and that have an object in common: one of them is applied."""
    by_stem: defaultdict[str, list[str]] = defaultdict(list)
    for name in identities:
        by_stem[_VERSION.sub("", name)].append(name)
    return {
        name
        for names in by_stem.values()
        for name in names
        if any(identities[name] & identities[other] for other in names if other != name)
    }
