"""What was probably meant: among few names and among many."""

import pytest

from cnilint.diagnostics.suggest import KnownNames, closest

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
        ("my-app-settings", [*_MANY, "settings", "app-settings-of-others"], "settings"),
        ("my-app-settings", [*_MANY, "settings", "app-settings"], "app-settings"),
        ("zq", [*_MANY, "xx-zq", "yy-zq"], ""),
        ("a" * 300, ["a" * 301], ""),
        ("A" * 300, ["a" * 300], "a" * 300),
        ("CONFIG", [], ""),
    ],
)
def test_nearest(wanted: str, known: list[str], meant: str) -> None:
    assert KnownNames.of(known).nearest(wanted) == meant


@pytest.mark.parametrize(
    ("wanted", "cutoff", "meant"),
    [("cilum", 0.6, "cilium"), ("cilum", 0.99, ""), ("calico", 0.99, "calico"), ("zzz", 0.6, "")],
)
def test_closest(wanted: str, cutoff: float, meant: str) -> None:
    assert closest(wanted, ["calico", "cilium"], cutoff) == meant
