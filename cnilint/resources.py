"""Where the program's data files are: at the top of a checkout, or inside an installed wheel."""

from pathlib import Path


def data_dir(name: str) -> Path:
    """The folder of data called ``name``: ``rules`` or ``schemas``. Raises FileNotFoundError for an unknown one."""
    package = Path(__file__).parent
    for folder in (package / "_data" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"this installation of cnilint has no folder of data called {name!r}")
