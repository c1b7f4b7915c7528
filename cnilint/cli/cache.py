"""``cnilint cache``: what is in the cache, and its removal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from cnilint.analysis.settings import CacheSettings
from cnilint.cli.caching import store_of
from cnilint.cli.command import SectionCommand
from cnilint.cli.decorators import into
from cnilint.cli.options import cache_dir_option
from cnilint.cli.output import ExitCode, write_out
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.cache.store import Store

_MIB = 1 << 20


@click.group()
def cache() -> None:
    """Show or delete the cache: what earlier runs found out about files that did not change."""


@cache.command("info", cls=SectionCommand)
@cache_dir_option
@into(cache=CacheSettings)
def info(*, cache: CacheSettings) -> None:
    """Print where the cache is, how large it is, and what it holds."""
    store = _store(cache)
    if not store.file.exists():
        write_out(f"{store.file}: no cache\n")
        sys.exit(ExitCode.CLEAN)
    contents = store.contents()
    if contents is None:
        raise UsageError(
            f"cannot read the cache `{store.file}`: {store.problem}", "delete it with `cnilint cache clear`"
        )
    lines = [f"{contents.file}: {contents.size / _MIB:.1f} MiB of at most {contents.limit / _MIB:.0f} MiB"]
    for kind, count, size in contents.kinds:
        lines.append(f"  {kind}: {count} entries, {size / _MIB:.1f} MiB")
    write_out("".join(f"{line}\n" for line in lines))
    sys.exit(ExitCode.CLEAN)


@cache.command("clear", cls=SectionCommand)
@cache_dir_option
@into(cache=CacheSettings)
def clear(*, cache: CacheSettings) -> None:
    """Delete the cache. The next run reads all files again."""
    store = _store(cache)
    try:
        deleted = store.clear()
    except OSError as error:
        raise UsageError(f"cannot delete the cache `{store.file}`: {error.strerror}") from None
    write_out(f"{store.file}: {'deleted' if deleted else 'no cache'}\n")
    sys.exit(ExitCode.CLEAN)


def _store(settings: CacheSettings) -> Store:
    store = store_of(settings)
    if store is None:
        raise UsageError("there is no home folder for the cache", "name a folder with --cache-dir")
    return store
