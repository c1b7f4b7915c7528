"""Folders that hold the same objects are environments."""

import pytest

from cnilint.environment.twins import twin_words

Objects = frozenset[tuple[str, str]]
WEB: Objects = frozenset([("Deployment", "web"), ("Service", "web")])
API: Objects = frozenset([("Deployment", "api"), ("Service", "api")])
ONE: Objects = frozenset([("Deployment", "web")])
COMMON: Objects = frozenset([("Service", "web")])


@pytest.mark.parametrize(
    ("folders", "words"),
    [
        ({"x/a": WEB, "x/b": WEB}, {"a", "b"}),
        ({"x/a": WEB, "x/b": API}, set()),
        ({"x/a": ONE, "x/b": ONE}, set()),
        ({"overlays/a": ONE, "overlays/b": ONE}, {"a", "b"}),
        ({"overlays/a": COMMON, "overlays/b": COMMON}, set()),
        ({"x/prod": ONE, "x/b": ONE}, {"prod", "b"}),
        ({"x/a/app": WEB, "x/b/app": WEB}, {"a", "b"}),
        ({"x/a/app": WEB, "x/b/other": WEB}, set()),
        ({"x/a": WEB}, set()),
    ],
)
def test_twins(folders: dict[str, Objects], words: set[str]) -> None:
    assert {word for found in twin_words(folders).values() for word in found} == words
