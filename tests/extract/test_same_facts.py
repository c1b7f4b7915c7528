"""What is read by lines gives the facts that the parser gives: the bounded part of ``make same-facts``."""

from pathlib import Path
from shutil import copytree

import pytest

from cnilint.packs.library import Library
from tests.tools.same_facts import Counted, differences, generated

SCENARIOS = sorted(Path(__file__).parents[1].glob("scenarios/*/repo"))
LIBRARY = Library()


@pytest.mark.parametrize("folder", SCENARIOS[::9], ids=lambda folder: folder.parent.name)
def test_scenarios(folder: Path, tmp_path: Path) -> None:
    # Outside of this repository: all of that would be read.
    copied = Path(copytree(folder, tmp_path / "repo"))
    assert differences(copied, Counted(), LIBRARY) == []


def test_a_generated_repository_is_read_by_lines() -> None:
    counted = Counted()
    with generated(200) as folder:
        assert differences(folder, counted, LIBRARY) == []
    assert counted.outlined == counted.all
