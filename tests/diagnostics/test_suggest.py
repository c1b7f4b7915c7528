"""What was probably meant: among few names and among many."""

import pytest

from cnilint.diagnostics.suggest import nearest

_MANY = [f"service-{number:04d}-settings" for number in range(3000)]


@pytest.mark.parametrize(
    ("wanted", "known", "meant"),
    [
        ("chimpmunk", ["squirrel", "chimpmun"], "chimpmun"),
        ("LOG_LEVEL", ["log-level", "log-format"], "log-level"),
        ("web-settings", ["settings", "colours"], "settings"),
        ("web-settings", ["settings", "wob-settings"], "wob-settings"),
        ("nothing-like-it", ["settings", "colours"], ""),
        ("colour-palete", [*_MANY, "colour-palette"], "colour-palette"),
        ("xolour-palette", [*_MANY, "colour-palette"], "colour-palette"),
        ("CONFIG", [], ""),
    ],
)
def test_nearest(wanted: str, known: list[str], meant: str) -> None:
    assert nearest(wanted, known) == meant
