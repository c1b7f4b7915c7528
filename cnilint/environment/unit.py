"""Files and kustomizations to environments.

The strongest signal wins: configuration; a folder that Argo CD or Flux applies; a kustomization that no other one
includes; the output folder of a renderer; a stream; the folder. Each environment keeps why it was formed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from posixpath import dirname

from cnilint.environment.twins import twin_words
from cnilint.environment.words import family_of, is_undeployed, words_of
from cnilint.facts.scan import FileFacts, ObjectFacts
from cnilint.layouts import Deployment


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that may define more than was read. ``kinds`` are the kinds it may define."""

    reason: str
    kinds: frozenset[str] = frozenset(("ConfigMap", "Secret", "ServiceAccount"))


@dataclass(frozen=True, slots=True)
class Built:
    """A kustomization as facts: what it builds, and what of it was not evaluated."""

    root: str
    objects: tuple[ObjectFacts, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """An environment that the configuration names."""

    name: str
    roots: tuple[str, ...]
    namespace: str | None


@dataclass(frozen=True, slots=True)
class Environment:
    """Objects applied together: the scope in which references are resolved.

    ``words`` are the environment words of its folder and of whoever applies it; ``family`` is equal for
    environments that differ in these only. ``unjudged`` says why its references are not judged; empty if they are.
    """

    name: str
    roots: tuple[str, ...]
    reason: str
    objects: tuple[ObjectFacts, ...]
    words: frozenset[str]
    family: str
    namespace: str | None = None
    gaps: tuple[Gap, ...] = ()
    unjudged: str = ""
    deployed: bool = True
    built: bool = False
    """It is a kustomization: its objects are applied as one."""

    @property
    def root(self) -> str:
        return self.roots[0]


@dataclass(slots=True)
class _Group:
    root: str
    reason: str
    files: list[FileFacts] = field(default_factory=list)
    builds: list[Built] = field(default_factory=list)
    declared: Declared | None = None


def form(
    files: Sequence[FileFacts],
    builds: Sequence[Built],
    *,
    kustomized: frozenset[str] = frozenset(),
    hydrated: frozenset[str] = frozenset(),
    declared: Sequence[Declared] = (),
    base: str = "",
    stream: str | None = None,
) -> list[Environment]:
    """The environments of a run, ordered by name.

    ``files`` are those that no kustomization uses; ``kustomized`` the folders that hold a kustomization;
    ``hydrated`` the folders that a hydrator wrote. Folders above ``base`` say nothing of what is deployed.
    ``stream`` names the environment when all was read from one stream.
    """
    if stream is not None:
        return [_stream(stream, files)]
    deployed_by = _deployments(files, builds)
    groups = _groups(files, builds, hydrated, declared, deployed_by)
    twins = twin_words({key: _identities(group) for key, group in groups.items()})
    environments = [
        _environment(key, group, twins.get(key, frozenset()), deployed_by, kustomized, base)
        for key, group in groups.items()
    ]
    return sorted(environments, key=lambda environment: environment.name)


def _stream(name: str, files: Sequence[FileFacts]) -> Environment:
    objects = tuple(fact for file in files for fact in file.objects)
    gaps = tuple(Gap(reason) for file in files for reason in file.gaps)
    return Environment(
        name, (name,), "one stream is one environment", objects, frozenset(), name, gaps=gaps, built=True
    )


def _deployments(files: Iterable[FileFacts], builds: Iterable[Built]) -> list[Deployment]:
    """Every statement that a folder is applied, once."""
    facts = [fact for file in files for fact in file.objects] + [
        fact for built in builds for fact in built.objects
    ]
    return list(dict.fromkeys(deployment for fact in facts for deployment in fact.deployments))


def _groups(
    files: Sequence[FileFacts],
    builds: Sequence[Built],
    hydrated: frozenset[str],
    declared: Sequence[Declared],
    deployed_by: Sequence[Deployment],
) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}

    def group(root: str, reason: str) -> _Group:
        return groups.setdefault(root, _Group(root, reason))

    for built in builds:
        named = _declared_for(built.root, declared)
        if named is None:
            group(built.root, "a kustomization that no other one includes").builds.append(built)
        else:
            _declared_group(groups, named).builds.append(built)
    recursive = frozenset(entry.path for entry in deployed_by if entry.recursive and "*" not in entry.path)
    by_folder: defaultdict[str, list[FileFacts]] = defaultdict(list)
    for file in files:
        named = _declared_for(file.file, declared)
        if named is not None:
            _declared_group(groups, named).files.append(file)
            continue
        root, reason = _root_of(file, hydrated, recursive)
        if reason == _FOLDER:
            by_folder[root].append(file)
        else:
            group(root, reason).files.append(file)
    for folder, members in by_folder.items():
        for root, reason, some in _split_variants(folder, members):
            group(root, reason).files.extend(some)
    return groups


_FOLDER = "files of one folder"


def _root_of(file: FileFacts, hydrated: frozenset[str], recursive: frozenset[str]) -> tuple[str, str]:
    folder = dirname(file.file)
    rendered = _helm_output_root(file)
    if rendered is not None:
        return rendered, "the output folder of helm template"
    for ancestor in _ancestors(folder):
        if ancestor in hydrated:
            return ancestor, "a folder that a hydrator wrote"
        if ancestor in recursive:
            return ancestor, "a folder that is applied with all that is below it"
    return folder, _FOLDER


def _ancestors(folder: str) -> Iterable[str]:
    while folder:
        yield folder
        folder = dirname(folder)


def _helm_output_root(file: FileFacts) -> str | None:
    """``out`` for ``out/chart/templates/x.yaml`` with the comment ``# Source: chart/templates/x.yaml``."""
    for source in file.sources:
        if file.file.endswith(f"/{source}"):
            return file.file.removesuffix(f"/{source}")
    return None


def _declared_for(path: str, declared: Sequence[Declared]) -> Declared | None:
    best: tuple[int, Declared] | None = None
    for environment in declared:
        for root in environment.roots:
            inside = (
                root in ("", ".") or path == root or path.startswith(f"{root}/") or fnmatchcase(path, root)
            )
            if inside and (best is None or len(root) > best[0]):
                best = (len(root), environment)
    return None if best is None else best[1]


def _declared_group(groups: dict[str, _Group], declared: Declared) -> _Group:
    return groups.setdefault(
        f"environment {declared.name}",
        _Group(declared.roots[0], "the configuration names it", declared=declared),
    )


def _split_variants(folder: str, files: list[FileFacts]) -> Iterable[tuple[str, str, list[FileFacts]]]:
    """Files that mostly define the same objects are variants of one another and not applied together."""
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
        if members and 2 * len(members & repeated) >= len(members)
    }
    plain = [file for file in files if file.file not in variants]
    if plain:
        yield folder, _FOLDER, plain
    for file in files:
        if file.file in variants:
            yield file.file, "a file that others in its folder are variants of", [file]


def _identities(group: _Group) -> frozenset[tuple[str, str]]:
    facts = [fact for file in group.files for fact in file.objects]
    facts += [fact for built in group.builds for fact in built.objects]
    return frozenset((fact.owner.kind, fact.owner.name) for fact in facts)


def _environment(
    key: str,
    group: _Group,
    twins: frozenset[str],
    deployed_by: Sequence[Deployment],
    kustomized: frozenset[str],
    base: str,
) -> Environment:
    objects = tuple(fact for file in group.files for fact in file.objects)
    objects += tuple(fact for built in group.builds for fact in built.objects)
    gaps = tuple(Gap(reason) for file in group.files for reason in file.gaps)
    gaps += tuple(gap for built in group.builds for gap in built.gaps)
    if group.declared is not None:
        named = group.declared
        return Environment(
            named.name,
            named.roots,
            group.reason,
            objects,
            frozenset((named.name,)),
            named.name,
            named.namespace,
            gaps,
        )
    root = group.root
    entries = [entry for entry in deployed_by if _applies(entry, root)]
    words = words_of(root) | twins
    if not words and len(entries) > 0:
        words = frozenset(word for entry in entries for word in words_of(dirname(entry.file)))
    namespaces = {entry.namespace for entry in entries}
    environment = Environment(
        key or ".",
        (key or ".",),
        "; ".join([group.reason, *sorted({f"applied by {entry.by}" for entry in entries})]),
        objects,
        words,
        family_of(root),
        namespaces.pop() if len(namespaces) == 1 else None,
        gaps,
        _unjudged(root, base, group, kustomized, bool(entries)),
        bool(entries) or not deployed_by,
        bool(group.builds),
    )
    return replace(environment, family=_blank(environment.family, twins)) if twins else environment


def _applies(entry: Deployment, root: str) -> bool:
    folder = dirname(root) if root.endswith((".yaml", ".yml", ".json")) else root
    if "*" in entry.path:
        return entry.path != "*" and fnmatchcase(folder, entry.path)
    return folder == entry.path or (entry.recursive and folder.startswith(f"{entry.path}/"))


def _unjudged(root: str, base: str, group: _Group, kustomized: frozenset[str], applied: bool) -> str:
    inside = root.removeprefix(base).strip("/") if base else root
    segment = is_undeployed(inside)
    if segment is not None and not applied:
        return f"nobody deploys what is below a folder '{segment}'"
    folder = dirname(root) if root.endswith((".yaml", ".yml", ".json")) else root
    if group.files and not group.builds and folder in kustomized and not applied:
        return "the kustomization of its folder does not list it"
    return ""


def _blank(family: str, twins: frozenset[str]) -> str:
    return "/".join("*" if segment.lower() in twins else segment for segment in family.split("/"))
