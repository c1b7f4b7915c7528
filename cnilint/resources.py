"""Data files of the program: at the top of a checkout, or inside an installed wheel."""

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def data_dir(name: str) -> Path:
    """The folder of data called ``name``: ``rules`` or ``schemas``. Raises FileNotFoundError for an unknown one."""
    package = Path(__file__).parent
    for folder in (package / "_data" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"this installation of cnilint has no folder of data called {name!r}")


def data_text(name: str) -> str:
    """The text of one data file, such as ``rules/ssa/appliers.json``."""
    folder, _, path = name.partition("/")
    return (data_dir(folder) / path).read_text(encoding="utf-8")


def program_text(name: str) -> str:
    """A text beside the code, by its path in the package, such as a part of a script that is written."""
    return (Path(__file__).parent / name).read_text("utf-8")


def json_data(name: str) -> Any:
    """The value of one data file in JSON."""
    return json.loads(data_text(name))
