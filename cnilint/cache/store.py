"""The database of the cache: values by key, bounded in size, safe with other processes, killed ones and damage.

No fault of the database is a fault of a run: it goes on without the cache, and ``problem`` says why. What is not a database
of this format is replaced by an empty one.
"""

from __future__ import annotations

import os
import stat
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    import sqlite3

_Result = TypeVar("_Result")

FILE = "cache.sqlite"
FORMAT = 1
"""The version of the database's tables. A database of another version is replaced."""
LIMIT = 512 * 1024 * 1024
"""Bytes of the database, above which the entries that were not used for the longest time are deleted."""

_APPLICATION = 0x434E494C
"""``PRAGMA application_id``: "CNIL"."""
_KEPT = 0.8
"""The share of the limit that is left after entries were deleted."""
_SECONDS = 0.4
"""How long a run waits for another process before it goes on without the cache."""
_FRESH = 3600
"""Seconds in which an entry is not marked as used again."""
_SEAL = 16
_MOST_VALUE = 256 * 1024 * 1024
"""Bytes of one value: a damaged length must not take all memory."""
_SIDE_FILES = ("", "-wal", "-shm", "-journal")
_AT_ONCE = 500
"""Keys of one query; SQLite allows 999 parameters in old builds."""
_TABLE = """
CREATE TABLE entries (
    key BLOB PRIMARY KEY, kind TEXT NOT NULL, used INTEGER NOT NULL, value BLOB NOT NULL
)
"""


class CacheEntry(NamedTuple):
    """A value to store: ``kind`` is for ``cnilint cache info`` only."""

    key: bytes
    kind: str
    value: bytes


class CacheContents(Struct, frozen=True, kw_only=True):
    """What a cache holds: bytes on disk, and by kind the number of entries and their bytes."""

    file: Path
    size: int
    limit: int
    kinds: tuple[tuple[str, int, int], ...]


class Store:
    """The database in a folder, opened when it is first used."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder = folder
        self.file = folder / FILE
        self.problem = ""
        """Why the cache is not used; empty where it is."""
        self.replaced = ""
        """Why an empty database took the place of another one; empty where none did."""
        self._limit = limit
        self._connection: sqlite3.Connection | None = None
        self._ended = False

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values of the keys that are known. A damaged value is not."""

        def read(connection: sqlite3.Connection) -> dict[bytes, bytes]:
            rows = list(_rows(connection, keys))
            now = int(time.time())
            old = [(now, key) for key, _, used in rows if not 0 <= now - int(used) < _FRESH]
            if old:
                with _transaction(connection):
                    connection.executemany("UPDATE entries SET used = ? WHERE key = ?", old)
            return {bytes(key): data for key, value, _ in rows if (data := _opened(key, value)) is not None}

        return self._guarded(read) or {}

    def put(self, entries: Iterable[CacheEntry]) -> None:
        """Stores values, in place of those of the same keys."""
        now = int(time.time())
        rows = [(each.key, each.kind, now, _sealed(each.key, each.value)) for each in entries]

        def write(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                connection.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", rows)
            self._evict(connection)

        if rows:
            self._guarded(write)

    def contents(self) -> CacheContents | None:
        """What is in the database; None where it cannot be read."""

        def count(connection: sqlite3.Connection) -> CacheContents:
            rows = connection.execute(
                "SELECT kind, count(*), sum(length(value)) FROM entries GROUP BY kind ORDER BY kind"
            ).fetchall()
            return CacheContents(
                file=self.file,
                size=sum(_size(path) for path in self._files()),
                limit=self._limit,
                kinds=tuple((str(kind), int(number), int(size)) for kind, number, size in rows),
            )

        return self._guarded(count)

    def clear(self) -> bool:
        """Deletes the database. Returns whether there was one. Raises OSError."""
        self.close()
        found = self.file.exists() or self.file.is_symlink()
        self._remove()
        return found

    def close(self) -> None:
        """Ends the use of the database."""
        connection, self._connection = self._connection, None
        if connection is not None:
            import sqlite3

            with suppress(sqlite3.Error):
                connection.close()

    def _evict(self, connection: sqlite3.Connection) -> None:
        """Deletes what was not used for the longest time, as soon as the database is larger than its limit."""
        if _bytes_of(connection) <= self._limit:
            return
        goal = int(self._limit * _KEPT)
        with _transaction(connection):
            while (size := _bytes_of(connection)) > goal:
                count = connection.execute("SELECT count(*) FROM entries").fetchone()[0]
                if not count:
                    break
                some = max(1, min(count, count * (size - goal) // size))
                connection.execute(
                    "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries ORDER BY used, rowid LIMIT ?)",
                    (some,),
                )
        connection.execute("PRAGMA incremental_vacuum").fetchall()

    def _guarded(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result | None:
        """What some work on the database gives; None without one. Faults of the database end its use, and nothing else."""
        import sqlite3

        try:
            connection = self._connected()
            return None if connection is None else work(connection)
        except sqlite3.OperationalError as error:
            # Locked, full, read-only: not damaged.
            self._end(str(error))
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            # The next run makes an empty one.
            self._end(str(error))
            with suppress(OSError):
                self._remove()
        except (OSError, sqlite3.Error, MemoryError, OverflowError) as error:
            self._end(getattr(error, "strerror", None) or str(error))
        return None

    def _end(self, problem: str) -> None:
        self.problem = self.problem or problem
        self._ended = True
        self.close()

    def _connected(self) -> sqlite3.Connection | None:
        if self._connection is None and not self._ended:
            self._prepare()
            self._connection = self._connect()
        return self._connection

    def _prepare(self) -> None:
        """Makes folder and file, which only the user can read. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix" and self.folder.stat().st_mode & stat.S_IWOTH:
            raise OSError(0, "everybody can write to its folder")
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(self.file, flags, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(0, "not a regular file")
        finally:
            os.close(descriptor)

    def _connect(self) -> sqlite3.Connection:
        """A connection to a database of this format; what is there otherwise is replaced."""
        import sqlite3

        try:
            connection = _open(self.file)
            if _is_current(connection):
                return connection
            self.replaced = "it has another format"
            connection.close()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            self.replaced = str(error)
        self._remove()
        self._prepare()
        connection = _open(self.file)
        return connection if _is_current(connection) else _refuse(connection)

    def _files(self) -> list[Path]:
        return [self.folder / f"{FILE}{ending}" for ending in _SIDE_FILES]

    def _remove(self) -> None:
        for path in self._files():
            path.unlink(missing_ok=True)


def _rows(connection: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, object, int]]:
    """Key, stored value and time of use of the entries that are known."""
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        yield from connection.execute(f"SELECT key, value, used FROM entries WHERE key IN ({marks})", some)


def _open(file: Path) -> sqlite3.Connection:
    import sqlite3

    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", timeout=_SECONDS, isolation_level=None, uri=True
    )
    # Readers go on while another process writes. A process that is killed loses nothing; after a power failure the seal
    # of each value tells what is damaged.
    for setting in (
        "journal_mode = WAL",
        "synchronous = OFF",
        "trusted_schema = OFF",
        "cell_size_check = ON",
    ):
        connection.execute(f"PRAGMA {setting}").fetchall()
    return connection


def _is_current(connection: sqlite3.Connection) -> bool:
    """Whether a database has this format; a new one is given it."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if (version, application) == (FORMAT, _APPLICATION):
        return _has_table(connection)
    if version or application or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return False
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("VACUUM")
    with _transaction(connection):
        connection.execute(_TABLE.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))
        connection.execute("CREATE INDEX IF NOT EXISTS entries_used ON entries (used)")
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    return True


def _has_table(connection: sqlite3.Connection) -> bool:
    import sqlite3

    try:
        connection.execute("SELECT key, kind, used, value FROM entries LIMIT 1").fetchall()
    except sqlite3.OperationalError as error:
        # Any other fault says nothing about the table.
        if "no such" in str(error):
            return False
        raise
    return True


def _refuse(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.close()
    raise OSError(0, "another process writes a database of another format")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    import sqlite3

    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _bytes_of(connection: sqlite3.Connection) -> int:
    """The bytes that are in use, without free pages."""
    pages, free, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _sealed(key: bytes, value: bytes) -> bytes:
    """A value as it is stored: a digest of key and content, and the content, compressed."""
    packed = zlib.compress(value, 1)
    return blake2b(packed, digest_size=_SEAL, key=key[:64]).digest() + packed


def _opened(key: bytes, stored: object) -> bytes | None:
    """The value that was sealed with this key; None for anything else."""
    if not isinstance(stored, bytes) or not isinstance(key, bytes):
        return None
    packed = stored[_SEAL:]
    if blake2b(packed, digest_size=_SEAL, key=key[:64]).digest() != stored[:_SEAL]:
        return None
    try:
        unpacking = zlib.decompressobj()
        value = unpacking.decompress(packed, _MOST_VALUE)
    except zlib.error:
        return None
    return value if unpacking.eof else None
