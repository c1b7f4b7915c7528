"""The database: bounds, other formats, damage, and what other processes do to it."""

import os
import sqlite3
import stat
import time
from pathlib import Path

import pytest

from cnilint.cache.store import CacheEntry, Store
from tests.platforms import make_pipe


def _entry(name: str, value: bytes = b"value", kind: str = "facts") -> CacheEntry:
    return CacheEntry(name.encode(), kind, value)


def _stored(store: Store, name: str) -> bytes | None:
    return store.get([name.encode()]).get(name.encode())


def test_values_are_found_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")
    store.put([_entry("one", b"1"), _entry("two", b"2" * 100_000)])
    store.close()
    again = Store(tmp_path / "cache")
    assert again.get([b"one", b"two", b"three"]) == {b"one": b"1", b"two": b"2" * 100_000}
    assert again.problem == ""


def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        store = Store(tmp_path / "a" / "cache")
        store.put([_entry("one")])
    finally:
        os.umask(previous)
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.folder.iterdir()} == {0o600}


def test_a_folder_of_everybody_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(0o777)
    store = Store(folder)
    store.put([_entry("one")])
    assert _stored(store, "one") is None
    assert "everybody" in store.problem
    assert list(folder.iterdir()) == []


def test_the_size_is_bounded(tmp_path: Path) -> None:
    limit = 200_000
    store = Store(tmp_path, limit)
    for number in range(40):
        store.put([_entry(f"{number}", os.urandom(10_000))])
        assert (tmp_path / "cache.sqlite").stat().st_size < 2 * limit
    assert _stored(store, "39") is not None
    assert _stored(store, "0") is None
    found = store.contents()
    assert found is not None
    assert 0 < sum(size for _, _, size in found.kinds) <= limit


def test_what_was_used_last_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = Store(tmp_path, 200_000), time.time()
    store.put([_entry("used", os.urandom(10_000))])
    monkeypatch.setattr(time, "time", lambda: now + 5000)
    store.put([_entry(f"{number}", os.urandom(10_000)) for number in range(12)])
    monkeypatch.setattr(time, "time", lambda: now + 10_000)
    assert _stored(store, "used") is not None
    store.put([_entry(f"more {number}", os.urandom(10_000)) for number in range(6)])
    assert _stored(store, "used") is not None
    assert _stored(store, "0") is None


def test_a_clock_that_was_moved_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = Store(tmp_path), time.time()
    store.put([_entry("one")])
    monkeypatch.setattr(time, "time", lambda: now - 10**8)
    assert _stored(store, "one") == b"value"
    store.put([_entry("two")])
    assert _stored(store, "two") == b"value"


@pytest.mark.parametrize(
    "data", [b"garbage" * 1000, b"", b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_garbage_is_replaced(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "cache.sqlite").write_bytes(data)
    store = Store(tmp_path)
    assert _stored(store, "one") is None
    store.close()
    again = Store(tmp_path)
    again.put([_entry("one")])
    assert _stored(again, "one") == b"value"


def test_another_format_is_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put([_entry("one")])
    store.close()
    with sqlite3.connect(store.file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    again = Store(tmp_path)
    assert _stored(again, "one") is None
    assert "format" in again.replaced
    again.put([_entry("one")])
    assert _stored(again, "one") == b"value"


def test_a_database_without_its_table_is_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put([_entry("one")])
    store.close()
    with sqlite3.connect(store.file) as connection:
        connection.execute("DROP TABLE entries")
    connection.close()
    again = Store(tmp_path)
    again.put([_entry("one")])
    assert _stored(again, "one") == b"value"


@pytest.mark.parametrize("seed", range(40))
def test_damage_gives_no_other_value(tmp_path: Path, seed: int) -> None:
    import random

    chance = random.Random(seed)
    store = Store(tmp_path)
    values = {f"{number}".encode(): os.urandom(3000) for number in range(50)}
    store.put([CacheEntry(key, "facts", value) for key, value in values.items()])
    store.close()
    data = bytearray(store.file.read_bytes())
    for _ in range(30):
        place = chance.randrange(len(data))
        data[place : place + 64] = chance.randbytes(min(64, len(data) - place))
    store.file.write_bytes(data)
    found = Store(tmp_path).get(list(values))
    assert all(values[key] == value for key, value in found.items())
    again = Store(tmp_path)
    again.put([_entry("new")])


def test_values_of_other_keys_are_not_taken(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put([_entry("one", b"1"), _entry("two", b"2")])
    store.close()
    with sqlite3.connect(store.file) as connection:
        connection.execute("UPDATE entries SET value = (SELECT value FROM entries WHERE key = ?)", (b"one",))
    connection.close()
    again = Store(tmp_path)
    assert again.get([b"one", b"two"]) == {b"one": b"1"}


def test_a_lock_costs_less_than_a_second(tmp_path: Path) -> None:
    Store(tmp_path).put([_entry("one")])
    other = sqlite3.connect(tmp_path / "cache.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store, begin = Store(tmp_path), time.monotonic()
    store.put([_entry("two")])
    store.put([_entry("three")])
    assert store.get([b"one"]) == {}
    assert time.monotonic() - begin < 1
    assert "locked" in store.problem
    other.execute("ROLLBACK")
    assert Store(tmp_path).get([b"one"]) == {b"one": b"value"}


def test_what_is_not_a_file_is_not_opened(tmp_path: Path) -> None:
    make_pipe(tmp_path / "cache.sqlite")
    store = Store(tmp_path)
    assert _stored(store, "one") is None
    assert store.problem


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"precious")
    (tmp_path / "cache.sqlite").symlink_to(other)
    store = Store(tmp_path)
    store.put([_entry("one")])
    assert other.read_bytes() == b"precious"


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    store = Store(tmp_path / "cache")
    store.put([_entry("one")])
    assert _stored(store, "one") is None
    assert store.problem


def test_clear(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put([_entry("one")])
    assert store.clear()
    assert list(tmp_path.iterdir()) == []
    assert not Store(tmp_path).clear()
