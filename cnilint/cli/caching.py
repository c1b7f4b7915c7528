"""The cache of a run, as the command line sets it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cnilint.analysis.settings import AnalysisSettings, CacheSettings, ClusterSettings, PolicySettings

if TYPE_CHECKING:
    from cnilint.analysis.recall import Recall, RecalledRun
    from cnilint.cache.store import Store
    from cnilint.cli.output import OutputSettings
    from cnilint.config.model import Config
    from cnilint.extract.remembered import FactMemory
    from cnilint.source.base import Source


def store_of(settings: CacheSettings) -> Store | None:
    """The cache in the folder that the user names, or in theirs; None where there is no place for one."""
    from cnilint.cache.place import default_folder
    from cnilint.cache.store import Store

    folder = settings.cache_dir or default_folder()
    return None if folder is None else Store(Path(folder).expanduser())


def recall_of(
    command: str,
    sources: Sequence[Source],
    cache: CacheSettings,
    settings: AnalysisSettings,
    policy: PolicySettings,
    *,
    cluster: ClusterSettings | None = None,
    config_file: Path | None = None,
    words: Sequence[object] = (),
    whole: bool = True,
) -> Recall | None:
    """The cache of a run; None where it is not used: for standard input and clusters, and with tools that render.

    ``settings`` are those of the command line alone; ``words`` is whatever else the report depends on.
    Without ``whole``, only facts are recalled, and not reports.
    """
    if cache.no_cache or settings.render or (cluster is not None and cluster.use_cluster):
        return None
    if not all(map(_is_of_files, sources)):
        return None
    store = store_of(cache)
    if store is None:
        return None
    from cnilint.analysis.recall import Recall

    told = (command, replace(settings, jobs=0), replace(policy, as_of=""), config_file, *words)
    # Dumps of a cluster may be larger than what is digested.
    basis = map(repr, (told[1], config_file))
    return Recall(store, sources, map(repr, told), policy, basis=basis, whole=whole and not settings.live)


def memory_of(recall: Recall | None, source: Source, settings: AnalysisSettings) -> FactMemory | None:
    """The facts of the files of a source that an earlier run read; None without a cache."""
    return None if recall is None else recall.memory(source, settings)


@contextmanager
def facts_of(
    source: Source, cache: CacheSettings, settings: AnalysisSettings, cluster: ClusterSettings
) -> Iterator[FactMemory | None]:
    """The facts of the files of a source that an earlier run read, for a command that reports something else."""
    recall = recall_of("facts", (source,), cache, settings, PolicySettings(), cluster=cluster, whole=False)
    yield memory_of(recall, source, settings)
    if recall is not None:
        recall.save_files()


def tell_problem(recall: Recall | None, output: OutputSettings) -> None:
    """With --verbose, says why the cache was not used, or was replaced by an empty one."""
    if recall is None or not output.verbose:
        return
    store = recall.store
    told = f"is not used: {store.problem}" if store.problem else f"was replaced: {store.replaced}"
    if store.problem or store.replaced:
        from cnilint.cli.output import write_err
        from cnilint.report.terminal import printable

        write_err(printable(f"cnilint: the cache {told}") + "\n")


def configuration_of(run: RecalledRun) -> Config:
    """The configuration as far as the output of a recalled run depends on it."""
    from cnilint.config.model import Config

    return Config(format=run.format, fail_on=run.fail_on)


def _is_of_files(source: Source) -> bool:
    """Whether a source is a work tree or a revision."""
    from cnilint.source import WorkTree
    from cnilint.source.overlay import WorkTreeWith
    from cnilint.source.revision import GitFiles

    return isinstance(source, WorkTree | GitFiles) and not isinstance(source, WorkTreeWith)
