"""The format for programs keeps to its schema."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from cnilint.document import Span
from cnilint.findings.model import Suppression
from cnilint.report.json import render
from tests.report.report_examples import accepted, example, finding, missing_key, report, viewed

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text())
HOSTILE = finding(
    "CNI901",
    Span(file="a\n\x1b##[error]\udcff", line=1, column=1, end_line=1, end_column=1),
    "\ud800::error::\u2028##[x]{0}",
)

REPORTS = {
    "empty": report(objects=0),
    "example": example(),
    "suppressed": report(
        accepted(),
        replace(
            missing_key(),
            suppressed=Suppression(
                "inSource", "why", Span(file="a.yaml", line=3, column=1, end_line=3, end_column=9)
            ),
        ),
    ),
    "hostile": report(HOSTILE),
    "revision": replace(report(), revision="v1.2"),
}


@pytest.mark.parametrize("made", REPORTS.values(), ids=REPORTS)
def test_a_report_is_valid(made):
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(json.loads(render(made, viewed())))


PARTS = {"baseline", "ownership", "sync", "base", "introduced", "sameFaultAs"}
"""What only some runs have."""


def test_the_schema_allows_nothing_else():
    def closed(schema):
        if isinstance(schema, dict):
            if "properties" in schema:
                assert schema["additionalProperties"] is False
                assert set(schema["required"]) | PARTS == set(schema["properties"]) | PARTS
            for part in schema.values():
                closed(part)

    closed(SCHEMA)


def test_environments_stay_apart_and_the_suppressed_stay_in():
    data = json.loads(render(example(), viewed()))
    places = [(one["file"], one["line"], one["column"], one["code"]) for one in data["findings"]]
    assert places == sorted(places)
    assert len(places) == 5
    assert len({one["fingerprint"] for one in data["findings"]}) == 5
    assert [one["suppressed"] is None for one in data["findings"]].count(False) == 1


def test_the_total_is_the_sum():
    references = json.loads(render(example(), viewed()))["coverage"]["references"]
    assert references.pop("total") == sum(references.values()) == 49


def test_hostile_text_comes_back_and_acts_on_nothing():
    text = render(report(HOSTILE), viewed())
    assert text.isascii()
    assert "\x1b" not in text
    assert "##[" not in text
    one = json.loads(text)["findings"][0]
    assert (one["file"], one["message"]) == (HOSTILE.span.file, str(HOSTILE.message))
