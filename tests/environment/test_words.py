"""Which environment words a path has, and what siblings share."""

import pytest

from cnilint.environment.words import base_of, common_words_of, is_undeployed, place_of, words_of


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("apps/web", set()),
        ("apps/web/prod", {"prod"}),
        ("apps/web/production", {"prod"}),
        ("overlays/north", {"north"}),
        ("overlays/base", set()),
        ("clusters/prod-eu1", {"prod", "prod-eu1"}),
        ("apps/web-prod", {"prod", "web-prod"}),
        ("jobs/prod-to-stage", {"prod", "stage", "prod-to-stage"}),
        ("jobs/prod-eu-prod", {"prod", "prod-eu-prod"}),
        ("deploy/prod.yaml", {"prod"}),
        ("deploy/values-prod.yaml", {"prod"}),
        ("prod/apps/dev", {"prod", "dev"}),
        ("product/apps", set()),
    ],
)
def test_words(path: str, words: set[str]) -> None:
    assert words_of(path) == words


@pytest.mark.parametrize(
    ("path", "family", "anchor"),
    [
        ("apps/prod/web", "apps/web", "apps/prod"),
        ("apps/dev/web", "apps/web", "apps/dev"),
        ("apps/web", "apps/web", ""),
        ("web-prod/app", "web/app", "web-prod"),
    ],
)
def test_siblings_share_their_family(path: str, family: str, anchor: str) -> None:
    place = place_of(path)
    assert (place.family, place.anchor) == (family, anchor)


def test_twins_are_words() -> None:
    assert place_of("sites/alpha", frozenset(["alpha"])).words == {"alpha"}


def test_common_words() -> None:
    assert common_words_of("prod-eu1") == {"prod"}


@pytest.mark.parametrize(
    ("folder", "segment"), [("a/Examples/b", "Examples"), ("a/b", None), ("docs", "docs")]
)
def test_undeployed(folder: str, segment: str | None) -> None:
    assert is_undeployed(folder) == segment


@pytest.mark.parametrize(
    ("folder", "base"),
    [
        ("apps/base", "apps/base"),
        ("apps/Base/web/jobs", "apps/Base"),
        ("base/apps/base/web", "base/apps/base"),
        ("apps/basement", ""),
        ("", ""),
    ],
)
def test_base(folder: str, base: str) -> None:
    assert base_of(folder) == base


@pytest.mark.parametrize(
    ("folder", "segment"),
    [
        ("kube/.archive/web", ".archive"),
        ("_examples/web", "_examples"),
        ("web/patches", "patches"),
        ("archives/web", None),
        (".hidden/web", None),
    ],
)
def test_undeployed_behind_a_dot_or_a_dash(folder: str, segment: str | None) -> None:
    assert is_undeployed(folder) == segment
