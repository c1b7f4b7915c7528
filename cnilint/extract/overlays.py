"""Builds what deployers change in kustomizations: Argo CD's ``source.kustomize``, Flux's components, patches, prefixes."""

from collections.abc import Iterator
from posixpath import dirname

from msgspec.structs import replace

from cnilint.document import Node, Scalar
from cnilint.document.edit import text_at
from cnilint.extract.builds import SharedFacts, rendered
from cnilint.extract.chartfiles import ChartFiles
from cnilint.extract.file import Keep, kept
from cnilint.extract.listing import Listing
from cnilint.extract.model import Gathered, ObjectFacts
from cnilint.extract.sourcefiles import SourceFiles
from cnilint.gitops.deployers import Customization, customizations
from cnilint.manifest.object import objects
from cnilint.packs.library import Library
from cnilint.render.kustomize import Memo, build_customized
from cnilint.source.base import MANIFESTS


def add_overlays(
    gathered: Gathered, listed: Listing, library: Library, charts: ChartFiles, *, keep: Keep | None
) -> None:
    """Adds a build for each deployment that changes its kustomization. Most runs have none. ``keep`` is as in
    ``gather``."""
    hashed = frozenset(built.root for built in gathered.builds if _has_hashes(built.objects))
    files = SourceFiles(gathered.source, listed)
    found = [
        each
        for each in (*gathered.customizations, *_of_files(gathered, files, hashed))
        if each.complete and _matters(each, hashed)
    ]
    memo = Memo()
    shared = SharedFacts(library, memo)
    for each in found:
        folder = each.deployment.path
        resources = _resources(folder, listed, next(iter(each.fields.values())))
        if folder in listed.kustomizations or (each.deployment.recursive and resources):
            built = build_customized(folder, each.fields, files, memo, resources)
            made = (*built.objects, *built.charts)
            facts = [shared[shared.key(obj, built, index, charts)] for index, obj in enumerate(made)]
            overlay = replace(rendered(built, facts, files), customized_by=each.deployment.key)
            gathered.overlays.append(overlay)
            gathered.kept += kept(overlay.objects, made, keep)


def _has_hashes(facts: tuple[ObjectFacts, ...]) -> bool:
    return any(definition.hashed for fact in facts for definition in fact.definitions)


def _matters(each: Customization, hashed: frozenset[str]) -> bool:
    """Whether the build may differ: a namespace alone decides which references get a hash, and nothing else."""
    entry = each.deployment
    return "*" not in entry.path and bool(entry.customized or entry.path in hashed)


def _of_files(gathered: Gathered, files: SourceFiles, hashed: frozenset[str]) -> Iterator[Customization]:
    """What the deployers in plain files change. The files are read again: facts have no nodes."""
    for file in gathered.files:
        entries = [entry for fact in file.objects for entry in fact.deployments]
        if any(entry.customized or entry.path in hashed for entry in entries):
            for document in files.documents(file.file):
                for obj in objects(document):
                    yield from customizations(obj)


def _resources(folder: str, listed: Listing, place: Node) -> list[Scalar]:
    """What a deployer lists for a folder without a kustomization: its manifests, and the kustomizations below it."""
    if folder in listed.kustomizations:
        return []
    prefix = f"{folder}/" if folder else ""
    found: dict[str, None] = {}
    for path in listed.paths:
        if path.startswith(prefix) and path.endswith(MANIFESTS):
            nearest = _kustomized(dirname(path), folder, listed)
            found[nearest or path] = None
    return [text_at(place, path.removeprefix(prefix)) for path in found]


def _kustomized(folder: str, top: str, listed: Listing) -> str:
    """The highest folder with a kustomization around a file, below the top; empty without one."""
    highest = ""
    while folder != top and folder:
        highest = folder if folder in listed.kustomizations else highest
        folder = dirname(folder)
    return highest
