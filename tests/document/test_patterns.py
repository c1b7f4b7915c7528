"""Patterns of the input: RE2's syntax, whole texts, and the errors of what it does not accept."""

import pickle

import pytest

from cnilint.document.patterns import Pattern, PatternError


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("web", "web", True),
        ("web", "webs", False),
        ("web.*", "webs", True),
        ("^web$", "web", True),
        ("a|b", "b", True),
        ("a|b", "ab", False),
        ("(?i)WEB", "web", True),
        (r"\d+[.]x", "12.x", True),
        ("é.", "éa", True),
        ("a.c", "a\udc80c", True),
        ("a\udc80*", "a", True),
        ("(a|a)(a|a)*b", "a" * 250, False),
    ],
)
def test_matches(pattern: str, text: str, matches: bool) -> None:
    assert Pattern(pattern).matches(text) is matches


@pytest.mark.parametrize(
    ("pattern", "text", "group"),
    [("v(.*)", "v1", "1"), ("v(1)?", "v", ""), ("v(.*)", "1", None), ("v", "v", None)],
)
def test_first_group(pattern: str, text: str, group: str | None) -> None:
    assert Pattern(pattern).first_group(text) == group


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "missing )"),
        ("(?=a)", "invalid perl operator"),
        (r"(a)\1", "invalid escape sequence"),
        ("(a{1,40}){1,40}", "invalid repetition size"),
        ("*", "no argument for repetition operator"),
    ],
)
def test_what_is_not_a_pattern(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason.replace(")", r"\)")) as error:
        Pattern(pattern)
    assert not error.value.too_large


def test_a_pattern_that_is_too_large() -> None:
    with pytest.raises(PatternError) as error:
        Pattern("(.{1000}|b)" * 400)
    assert error.value.too_large


def test_a_pattern_goes_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(Pattern("a+"))).matches("aa")
