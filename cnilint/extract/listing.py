"""Classifies the files of a source by their paths: manifests, kustomizations, charts, scripts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from posixpath import basename, dirname

from msgspec import Struct

from cnilint.extract.exclude import Excluded
from cnilint.extract.releasefiles import release_file
from cnilint.gitops.conventions import gitops_conventions
from cnilint.producers.scripts.find import is_script
from cnilint.source.base import KUSTOMIZATIONS, MANIFESTS, Source, called

_OF_A_CHART = frozenset(("templates", "charts", "values.yaml"))
"""What of an unrendered Helm chart is not a manifest, by its first path segment below the chart."""


class Listing(Struct, frozen=True, kw_only=True):
    """The files of a source that are not excluded.

    ``kustomizations`` maps a folder to its kustomization file; ``charts`` are the folders of Helm charts,
    ``hydrated`` those that a hydrator wrote.
    """

    paths: Sequence[str]
    named: Collection[str]
    kustomizations: Mapping[str, str]
    charts: Sequence[str]
    hydrated: frozenset[str]

    def manifests(self, used: Collection[str]) -> list[str]:
        """The files to read as manifests; ``used`` are those that a kustomization uses."""
        return [
            path
            for path in self.paths
            if (path.endswith(MANIFESTS) or path in self.named)
            and path not in used
            and not is_template(path, self.charts)
        ]

    def scripts(self) -> Iterable[str]:
        """The files that may hold commands, by their names."""
        return filter(is_script, self.paths)


def listing(source: Source, exclude: Sequence[str]) -> Listing:
    """The files of a source without those that ``exclude`` names, in the syntax of ``.gitignore``."""
    excluded = Excluded(exclude)
    paths = [path for path in source.files if not excluded.excludes(path)]
    marks = gitops_conventions().hydrated
    return Listing(
        paths=paths,
        named=source.named,
        kustomizations={dirname(path): path for path in called(paths, KUSTOMIZATIONS)},
        charts=[dirname(path) for path in called(paths, ("Chart.yaml",))],
        hydrated=frozenset(dirname(path) for path in paths if basename(path) in marks and "/" in path),
    )


def is_template(path: str, charts: Iterable[str]) -> bool:
    """Whether the file belongs to one of the Helm charts and is not a manifest."""
    for chart in charts:
        prefix = f"{chart}/" if chart else ""
        if path.startswith(prefix) and path.removeprefix(prefix).split("/")[0] in _OF_A_CHART:
            return True
    return False


def are_plain_paths(paths: Iterable[str], beside: Iterable[str]) -> bool:
    """Whether files are nothing but manifests, and so are those beside them: no name says more of one, and none is in a chart
    or in a folder with a kustomization."""
    conventions = gitops_conventions()
    special = {"Chart.yaml", *conventions.hydrated, *(each.file for each in conventions.packages)}
    others = list(beside)
    kustomized = {dirname(path) for path in called(others, KUSTOMIZATIONS)}
    return not any(called(others, special)) and all(
        path.endswith(MANIFESTS)
        and basename(path) not in (*KUSTOMIZATIONS, *special)
        and dirname(path) not in kustomized
        and release_file(path) is None
        and not is_script(path)
        for path in paths
    )
