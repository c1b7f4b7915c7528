"""Where the data that ships with the program lies: ``rules`` and ``schemas``."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """The folder of this name: inside an installed package, or at the top of a checkout.

    Raises FileNotFoundError where there is neither.
    """
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the program's own folder {name!r} is missing from {_PACKAGE}")
