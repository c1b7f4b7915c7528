"""Namespaces that match, and definitions by nearness."""

import pytest

from cnilint.resolve.holders import Nearness, known_namespace, matches
from tests.resolve.conftest import config_map, indexed


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ("a", "a", True),
        ("a", "b", False),
        (None, "a", True),
        ("a", None, True),
        ("a", "*", True),
        (None, None, True),
        ("*", "a", False),
    ],
)
def test_matching_namespaces(wanted: str | None, found: str | None, expected: bool) -> None:
    assert matches(wanted, found) is expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("shop", "shop"), (None, None), ("*", "*"), ("${NAMESPACE}", None), ("Not A Name", None)],
)
def test_namespace_of_an_object(stated: str | None, expected: str | None) -> None:
    assert known_namespace(stated) == expected


def test_definitions_by_nearness() -> None:
    files = {f"{folder}/a.yaml": config_map() for folder in ("web/dev", "web/prod", "db/prod", "shared")}
    index = indexed(files)
    holders = index.holders("ConfigMap", "settings")
    (prod,) = [each for each in index.environments if each.name == "web/prod"]
    assert [each.environment.name for each in holders.own(prod)] == ["web/prod"]
    same_words, _, wordless = holders.near(prod.words, None)
    assert {each.environment.name for each in same_words} == {"web/prod", "db/prod"}
    assert {each.nearness for each in same_words} == {Nearness.SAME_WORDS}
    assert [each.environment.name for each in wordless] == ["shared"]
    assert len(holders.some()) == 4


def test_an_unknown_name_has_no_definitions() -> None:
    index = indexed({"app/a.yaml": config_map()})
    (environment,) = index.environments
    assert index.holders("Secret", "settings").own(environment) == []
    assert list(index.created("ConfigMap", "settings")) == []
