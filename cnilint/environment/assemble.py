"""Files and kustomizations to environments.

The strongest signal wins: configuration; a folder that Argo CD or Flux applies; a kustomization that no other one
includes; the output folder of a renderer; a stream; the folder. Each environment keeps why it was formed.
"""

from collections.abc import Iterable, Sequence
from posixpath import dirname

from cnilint.environment.appliers import Deployments
from cnilint.environment.groups import EnvironmentGroup, groups
from cnilint.environment.instances import Applications, Instance
from cnilint.environment.model import DeclaredEnvironment, Environment
from cnilint.environment.postbuild import filled, reader
from cnilint.environment.twins import twin_words
from cnilint.environment.words import FolderPlace, is_undeployed, place_of
from cnilint.extract.model import FileFacts, Gap, Rendered
from cnilint.gitops.deployers import Deployment


def form(
    files: Sequence[FileFacts],
    builds: Sequence[Rendered],
    *,
    kustomized: frozenset[str] = frozenset(),
    hydrated: frozenset[str] = frozenset(),
    declared: Sequence[DeclaredEnvironment] = (),
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
    appliers = Deployments(_deployments(files, builds), kustomized)
    found = groups(
        files, builds, kustomized=kustomized, hydrated=hydrated, declared=declared, appliers=appliers
    )
    twins = twin_words({group.root: _identities(group) for group in found.values() if group.declared is None})
    applied = {name: appliers.of(_folder(group.root)) for name, group in found.items()}
    places = {name: place_of(group.root, twins.get(group.root, frozenset())) for name, group in found.items()}
    spoken = frozenset(word for place in places.values() for word in place.words)
    applications = Applications(groups=found, applied=applied, spoken=spoken, read=reader(found.values()))
    silent = appliers.open or not any(applied.values())
    environments: list[Environment] = []
    for name, group in found.items():
        if group.declared is not None:
            environments.append(_declared(group, group.declared))
            continue
        environments += [
            _environment(name, group, places[name], instance, base, silent)
            for instance in applications.instances(name, places[name].words)
        ]
    return sorted(environments, key=lambda environment: environment.name)


def _stream(name: str, files: Sequence[FileFacts]) -> Environment:
    objects = tuple(fact for file in files for fact in file.objects)
    gaps = tuple(Gap(gap.reason, gap.names) for file in files for gap in file.gaps)
    return Environment(
        name=name,
        roots=(name,),
        reason="one stream is one environment",
        objects=objects,
        words=frozenset(),
        family=name,
        gaps=gaps,
    )


def _deployments(files: Iterable[FileFacts], builds: Iterable[Rendered]) -> Iterable[Deployment]:
    facts = [fact for file in files for fact in file.objects]
    facts += [fact for built in builds for fact in built.objects]
    return (deployment for fact in facts for deployment in fact.deployments)


def _declared(group: EnvironmentGroup, declared: DeclaredEnvironment) -> Environment:
    """All environments of the configuration are siblings of one another, those of one cluster parts of it."""
    cluster = declared.cluster or declared.name
    return Environment(
        name=declared.name,
        roots=declared.roots,
        reason=group.reason,
        objects=tuple(group.objects()),
        words=frozenset((cluster,)),
        family="environments of the configuration",
        anchor=cluster,
        namespace=declared.namespace,
        gaps=_gaps(group),
        deployed=True,
    )


def _environment(
    name: str, group: EnvironmentGroup, place: FolderPlace, instance: Instance, base: str, silent: bool
) -> Environment:
    """``silent``: the repository does not say which of its folders are applied."""
    entries = instance.entries
    into = instance.namespace if all(entry.overrides for entry in entries) else None
    return Environment(
        name=f"{name} ({instance.label})" if instance.label else name,
        roots=(group.root or ".",),
        reason="; ".join([group.reason, *sorted({f"applied by {entry.by}" for entry in entries})]),
        objects=filled(group.objects(), instance.variables, into),
        words=instance.words or place.words,
        family=place.family,
        anchor=place.anchor,
        namespace=instance.namespace,
        gaps=_gaps(group),
        unjudged=group.unjudged or ("" if entries else _unjudged(group, base)),
        deployed=True if entries else None if silent and is_undeployed(group.root) is None else False,
        folder_words=place.words,
    )


def _unjudged(group: EnvironmentGroup, base: str) -> str:
    """Why nothing is said of a group that nothing applies.

    An example that puts together what lies outside of it may be the only one to do so, and is judged.
    """
    segment = is_undeployed(group.root.removeprefix(base) if base else group.root)
    outside = (folder for built in group.builds for folder in built.bases if is_undeployed(folder) is None)
    if segment is None or any(outside):
        return ""
    return f"nobody deploys what is below a folder '{segment}'"


def _folder(root: str) -> str:
    return dirname(root) if root.endswith((".yaml", ".yml", ".json")) else root


def _gaps(group: EnvironmentGroup) -> tuple[Gap, ...]:
    return tuple(
        [Gap(gap.reason, gap.names) for file in group.files for gap in file.gaps]
        + [gap for built in group.builds for gap in built.gaps]
    )


def _identities(group: EnvironmentGroup) -> frozenset[tuple[str, str]]:
    return frozenset((fact.owner.kind, fact.owner.name) for fact in group.objects())
