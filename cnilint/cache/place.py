"""Where the cache of a user is."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_NAME = "cnilint"


def default_folder(
    variables: Mapping[str, str] = os.environ, platform: str = sys.platform, home: str | None = None
) -> Path | None:
    """The user's folder for caches of this program; None where nothing says where it is.

    Sources: https://specifications.freedesktop.org/basedir-spec/latest/, and Apple's File System Programming Guide.
    A relative ``XDG_CACHE_HOME`` is invalid and ignored.
    """
    given = Path(variables.get("XDG_CACHE_HOME", ""))
    if given.is_absolute():
        return given / _NAME
    if platform == "win32":
        local = Path(variables.get("LOCALAPPDATA", ""))
        return local / _NAME / "Cache" if local.is_absolute() else None
    try:
        found = Path.home() if home is None else Path(home)
    except RuntimeError:
        return None
    if not found.is_absolute():
        return None
    return found / ("Library/Caches" if platform == "darwin" else ".cache") / _NAME
