"""The data that ships with the program is found."""

import pytest

from cnilint.resources import data_dir


def test_folders_are_found() -> None:
    assert (data_dir("rules") / "ssa" / "schema.json").is_file()


def test_a_folder_that_does_not_ship_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        data_dir("nothing")
