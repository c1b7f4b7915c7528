"""The format for people: places, excerpts, widths, secrets, and what it says of a run."""

import re

import pytest
from msgspec.structs import replace

from cnilint.document import Span
from cnilint.report.concise import render as concise
from cnilint.report.terminal import fold, printable, width
from cnilint.report.text import render
from tests.report.report_examples import at, example, finding, missing_key, owner, report, viewed


def shown(text: str, token: str, *, file: str = "f.yaml", **settings) -> list[str]:
    """The two lines of the excerpt around a token, without the margin."""
    made = finding("CNI101", at({file: text}, file, token), "m", owner=owner())
    lines = render(report(made, resolved=1), viewed({file: text}, **settings)).splitlines()
    return [re.sub(r"^\s*\d* \| ?", "", line) for line in lines[2:4]]


@pytest.mark.parametrize(
    ("text", "token", "picture"),
    [
        ("key: value", "value", ["key: value", "     ^^^^^"]),
        ("\tkey: value", "value", ["    key: value", "         ^^^^^"]),
        ("日本: 値段", "値段", ["日本: 値段", "      ^^^^"]),
        ("e\u0301: x", "x", ["e\u0301: x", "   ^"]),
        ("a: \U0001f6a6 b", "b", ["a: \U0001f6a6 b", "      ^"]),
        ("a: b\r\n", "b", ["a: b", "   ^"]),
        ("a: \x1b[31mb", "b", ["a: \\x1b[31mb", "           ^"]),
        ("a: \u202eb", "\u202eb", ["a: \\u202eb", "   ^^^^^^^"]),
        ("a: x\xa0y", "x\xa0y", ["a: x\\xa0y", "   ^^^^^^"]),
    ],
)
def test_the_token_is_underlined(text, token, picture):
    assert shown(text, token) == picture


def test_a_byte_order_mark_is_no_column():
    made = finding(
        "CNI101", Span(file="f.yaml", line=1, column=4, end_line=1, end_column=5), "m", owner=owner()
    )
    assert "1 | a: b\n  |    ^\n" in render(report(made, resolved=1), viewed({"f.yaml": "\ufeffa: b"}))


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_a_long_line_is_cut_around_the_token(columns):
    line, carets = shown("x" * 5000 + " needle " + "y" * 5000, "needle", width=columns)
    assert line.startswith("...x")
    assert line.endswith("y...")
    assert line[carets.index("^") : carets.rindex("^") + 1] == "needle"
    assert columns - 8 <= len(line) <= columns - 4


def test_a_token_longer_than_the_terminal_is_cut():
    line, carets = shown("k: " + "v" * 300, "v" * 300, width=40)
    assert len(line) <= 36
    assert len(carets) <= 36
    assert carets.strip() == "^" * 30


@pytest.mark.parametrize(
    "span",
    [
        Span(file="f.yaml", line=9, column=1, end_line=9, end_column=2),
        Span(file="gone.yaml", line=1, column=1, end_line=1, end_column=2),
    ],
)
def test_a_place_that_cannot_be_read_has_no_excerpt(span):
    text = render(report(finding("CNI101", span, "m"), resolved=1), viewed({"f.yaml": "a: b"}))
    assert " | " not in text
    assert text.startswith(f"{span.file}:{span.line}:1: error[CNI101] m\n")


def test_a_span_beyond_the_line_is_held_to_it():
    text = render(
        report(
            finding("CNI101", Span(file="f.yaml", line=1, column=50, end_line=2, end_column=80), "m"),
            resolved=1,
        ),
        viewed({"f.yaml": "a: b\nc"}),
    )
    assert "1 | a: b\n  |     ^\n" in text


def test_nothing_is_wider_than_a_narrow_terminal_but_single_words():
    for line in render(example(), viewed(width=40)).splitlines():
        assert width(line) <= 40 or " " not in line.strip()


def test_colour_changes_nothing_but_the_colour():
    coloured = render(example(), viewed(colour=True, width=60))
    assert "\x1b[1;31merror[CNI101]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == render(example(), viewed(width=60))


@pytest.mark.parametrize(
    ("objects", "references", "last"),
    [
        (0, {}, "Nothing was checked: no Kubernetes objects found."),
        (
            2,
            {},
            "No references verified: 2 objects read, "
            "but none that was checked refers to a ConfigMap, Secret or ServiceAccount.",
        ),
        (2, {"unverifiable": 1}, "No references verified: 1 reference found, none of them verifiable."),
        (2, {"resolved": 3, "unverifiable": 1}, "No findings: 3 of 4 references verified."),
        (
            2,
            {"resolved": 3, "broken": 1},
            "No findings shown, but 1 of 4 references is broken (hidden by --select, --ignore or a suppression).",
        ),
    ],
)
def test_a_clean_run_says_what_it_verified(objects, references, last):
    made = report(objects=objects, **references)
    assert render(made, viewed()).splitlines()[-1] == last
    assert render(made, viewed(quiet=True)) == ("" if last.startswith("No finding") else f"{last}\n")
    assert concise(made, viewed()) == ("" if last.startswith("No finding") else f"cnilint: {last}\n")
    good = "\x1b[32m" in render(made, viewed(colour=True))
    assert good == last.startswith("No finding")


def test_findings_without_a_verified_reference_say_both():
    made = report(
        finding("CNI901", Span(file="f.yaml", line=1, column=1, end_line=1, end_column=2), "m"), objects=0
    )
    assert render(made, viewed(quiet=True)).splitlines()[-2:] == [
        "Found 1 error.",
        "Nothing was checked: no Kubernetes objects found.",
    ]


def test_reasons_are_told_most_frequent_first():
    made = report(unverifiable=6, resolved=1)
    made = replace(made, coverage=replace(made.coverage, reasons={"b": 1, "a": 1, "c": 4}))
    assert "6 unverifiable (4 c, 1 a, 1 b)" in render(made, viewed())


def test_findings_that_differ_otherwise_stay_apart():
    alike = [missing_key(environment) for environment in ("dev", "prod", "staging")]
    text = render(report(*alike, resolved=1), viewed())
    assert text.count("error[CNI101]") == 1
    assert "environments: dev, prod, staging" in text


def test_printable_leaves_letters_alone():
    assert printable("größe 値段 \U0001f6a6 a\tb") == "größe 値段 \U0001f6a6 a\\tb"


def test_fold_keeps_words_whole():
    assert fold("aa bb " + "c" * 12 + " dd", 6, "  ") == ["aa bb", "  " + "c" * 12, "  dd"]
    assert fold("aa bb", 0, "  ") == ["aa bb"]
    assert fold("値段 値段", 6, "") == ["値段", "値段"]
