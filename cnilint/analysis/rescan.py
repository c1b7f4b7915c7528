"""Files that changed, read again to find out whether what they state changed."""

from collections.abc import Iterator, Sequence

from cnilint.cache.files import KnownFiles
from cnilint.cache.keys import digest, program_digest
from cnilint.cache.store import Store
from cnilint.extract.chartfiles import ChartFiles
from cnilint.extract.parallel import read_apart
from cnilint.extract.remembered import FactMemory
from cnilint.packs.library import Library
from cnilint.source import WorkTree


def rescanned(
    tree: WorkTree, store: Store, known: KnownFiles, paths: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The files of which the facts are as an earlier run knew them, with the id of these."""
    memory = FactMemory(store, digest(program_digest()), known.content, known)
    charts, library = ChartFiles(lambda _: None, ()), Library()
    for path in paths:
        record = known.earlier(path)
        before = None if record is None else memory.facts_of(path, record.content)
        if before is None or record is None or not record.facts:
            continue
        after = memory.facts_of(path, known.content(path)) or read_apart(tree, path, library, charts)
        if memory.same(before, after):
            known.learn(path, after.content, record.facts)
            memory.add(after)
            yield path, record.facts
    memory.flush()
