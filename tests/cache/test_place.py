"""Where the cache of a user is."""

from pathlib import Path

import pytest

from cnilint.cache.place import default_folder


@pytest.mark.parametrize(
    ("variables", "platform", "expected"),
    [
        ({}, "linux", "/home/user/.cache/cnilint"),
        ({"XDG_CACHE_HOME": "/elsewhere"}, "linux", "/elsewhere/cnilint"),
        ({"XDG_CACHE_HOME": "relative"}, "linux", "/home/user/.cache/cnilint"),
        ({"XDG_CACHE_HOME": ""}, "darwin", "/home/user/Library/Caches/cnilint"),
        ({"LOCALAPPDATA": "/local"}, "win32", "/local/cnilint/Cache"),
        ({}, "win32", None),
    ],
)
def test_default_folder(variables: dict[str, str], platform: str, expected: str | None) -> None:
    found = default_folder(variables, platform, "/home/user")
    assert found == (None if expected is None else Path(expected))


def test_no_home() -> None:
    assert default_folder({}, "linux", "") is None
