"""The table of codes is complete, unambiguous and fit for SARIF and GitHub."""

import re

import pytest

from cnilint.findings.codes import CODES, code, page

DESIGNED = """
101 102 103 104 105 106 107 108 109 110 111 112 113 121 122 123 124 125 201 202 203 204 205 206 207
301 302 303 304 305 306 307 308 401 402 403 404 405 901 902 903
"""


def test_every_designed_code_is_there_once_and_in_order():
    assert [entry.code for entry in CODES] == [f"CNI{number}" for number in DESIGNED.split()]


def test_names_are_distinct():
    assert len({entry.name for entry in CODES}) == len(CODES)


@pytest.mark.parametrize("entry", CODES, ids=lambda entry: entry.code)
def test_an_entry_reads_well(entry):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", entry.name)
    for sentence in (entry.summary, entry.effect):
        assert re.fullmatch(r"[A-Z][^\n]{10,200}\.", sentence)
    assert entry.family in ("references", "releases", "ownership", "changes", "input")
    assert entry.url.endswith(f"/{entry.code}")


def test_effect_decides_where_the_design_says_so():
    by_effect = [entry.code for entry in CODES if entry.severity is None]
    assert by_effect == ["CNI201", "CNI202", "CNI203", "CNI207", "CNI301"]


def test_code_knows_its_entries_and_nothing_else():
    assert code("CNI101").name == "missing-key"
    with pytest.raises(KeyError):
        code("CNI999")


def test_a_page_is_the_checks_own_or_made_of_the_table():
    entry = code("CNI101")
    assert page(entry, {"CNI101": "# its page"}) == "# its page"
    made = page(entry, {})
    assert made.startswith("# CNI101 missing-key\n")
    assert entry.summary in made
    assert entry.effect in made
    assert "by effect" in page(code("CNI201"), {})
