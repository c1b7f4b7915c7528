"""Which files and kustomizations are applied together, the strongest signal first."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from posixpath import basename, dirname

from cnilint.environment.appliers import Deployments, ancestors
from cnilint.environment.model import DeclaredEnvironment
from cnilint.environment.words import words_of
from cnilint.extract.model import FileFacts, ObjectFacts, Rendered

_FOLDER = "files of one folder"
_UNLISTED = "the kustomization of its folder does not list it"
_PASSED_OVER = "the kustomization of a folder above does not list it"
_LEFT_OUT = "whoever applies its folder leaves it out"
_APART = {_UNLISTED: " (unlisted)", _LEFT_OUT: " (left out)"}
"""What tells the environment of such files from the one of their folder."""
_COMPONENT = "a component is judged through the kustomizations that use it"


@dataclass(kw_only=True, slots=True)
class EnvironmentGroup:
    """Files and builds that make one environment. ``root`` is its folder, or its one file."""

    root: str
    reason: str
    files: list[FileFacts] = field(default_factory=list)
    builds: list[Rendered] = field(default_factory=list)
    declared: DeclaredEnvironment | None = None
    unjudged: str = ""

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
    found: dict[str, EnvironmentGroup] = {}

    def group(root: str, reason: str, *, unjudged: str = "") -> EnvironmentGroup:
        name = (root or ".") + _APART.get(unjudged, "")
        return found.setdefault(name, EnvironmentGroup(root=root, reason=reason, unjudged=unjudged))

    for built in builds:
        named = _declared_for(built.root, declared)
        for each in named:
            _declared_group(found, each).builds.append(built)
        if not named:
            reason = "a kustomization that no other one includes"
            unjudged = _COMPONENT if built.component else ""
            group(built.root, reason, unjudged=unjudged).builds.append(built)
    by_folder: defaultdict[str, list[FileFacts]] = defaultdict(list)
    for file in files:
        named = _declared_for(file.file, declared)
        for each in named:
            _declared_group(found, each).files.append(file)
        if not named:
            root, reason = _root_of(file, hydrated, appliers)
            if reason == _FOLDER and appliers.leaves_out(root, file.file):
                group(root, reason, unjudged=_LEFT_OUT).files.append(file)
            elif reason == _FOLDER:
                by_folder[root].append(file)
            else:
                group(root, reason).files.append(file)
    for folder, members in by_folder.items():
        unjudged = _UNLISTED if folder in kustomized else _PASSED_OVER if appliers.passes_over(folder) else ""
        for root, reason, some in _split_variants(folder, members):
            group(root, reason, unjudged=unjudged).files.extend(some)
    return found


def _root_of(file: FileFacts, hydrated: frozenset[str], appliers: Deployments) -> tuple[str, str]:
    folder = dirname(file.file)
    rendered = _helm_output_root(file)
    if rendered is not None:
        return rendered, "the output folder of helm template"
    for ancestor in ancestors(folder):
        if ancestor in hydrated:
            return ancestor, "a folder that a hydrator wrote"
        if appliers.recurses(ancestor, file.file):
            return ancestor, "a folder that is applied with all that is below it"
    return folder, _FOLDER


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


def _declared_group(found: dict[str, EnvironmentGroup], declared: DeclaredEnvironment) -> EnvironmentGroup:
    reason = "the configuration names it"
    return found.setdefault(
        declared.name, EnvironmentGroup(root=declared.roots[0], reason=reason, declared=declared)
    )


def _split_variants(folder: str, files: Sequence[FileFacts]) -> Iterator[tuple[str, str, list[FileFacts]]]:
    """Files whose names say different environments, or that mostly define the same objects, are not applied together."""
    named = {file.file: words_of(basename(file.file)) for file in files}
    by_name = len({words for words in named.values() if words}) > 1
    identities = {
        file.file: frozenset(
            (fact.owner.kind, fact.owner.namespace, fact.owner.name) for fact in file.objects
        )
        for file in files
    }
    owners: defaultdict[tuple[str, str | None, str], list[str]] = defaultdict(list)
    for name, members in identities.items():
        for identity in members:
            owners[identity].append(name)
    repeated = {identity for identity, names in owners.items() if len(names) > 1}
    variants = {
        name
        for name, members in identities.items()
        if (members and 2 * len(members & repeated) >= len(members)) or (by_name and named[name])
    }
    plain = [file for file in files if file.file not in variants]
    if plain:
        yield folder, _FOLDER, plain
    for file in files:
        if file.file in variants:
            reason = (
                "its name says the environment"
                if named[file.file]
                else "others in its folder are variants of it"
            )
            yield file.file, f"a file by itself: {reason}", [file]
