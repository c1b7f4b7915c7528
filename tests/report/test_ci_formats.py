"""The formats that other programs read: GitLab's Code Quality, JUnit, Checkstyle."""

import json
from xml.etree import ElementTree

import jsonschema
import pytest
from msgspec.structs import replace

from cnilint.document import Span
from cnilint.report import FORMATS
from tests.report.report_examples import CHARTS, example, finding, missing_key, non_string, report, viewed

CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!/|\\./).+"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""docs.gitlab.com/ci/testing/code_quality: "Code Quality report format"."""

JUNIT = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"classname", "name", "file", "line"},
    "failure": {"message", "type"},
    "skipped": {"message"},
}
"""The elements of Jenkins' schema that are used, and their attributes; ``file`` and ``line`` are pytest's."""


def rendered(kind, *findings, **settings):
    return FORMATS[kind](report(*findings, **settings), viewed())


def moved(made, lines):
    span = made.span
    return replace(made, span=span._replace(line=span.line + lines, end_line=span.end_line + lines))


@pytest.mark.parametrize("of", [example(), report(resolved=1), report(not_checked=CHARTS), report(objects=0)])
def test_gitlab_keeps_to_the_schema(of):
    jsonschema.validate(json.loads(FORMATS["gitlab"](of, viewed())), CODE_QUALITY)


def test_gitlab_has_an_entry_for_each_environment():
    found = json.loads(rendered("gitlab", missing_key("dev"), missing_key("prod"), resolved=1))
    assert [entry["description"].rpartition("; ")[2] for entry in found] == [
        "environment: dev",
        "environment: prod",
    ]
    assert len({entry["fingerprint"] for entry in found}) == 2
    assert {entry["severity"] for entry in found} == {"critical"}


def test_gitlab_fingerprints_are_unique_and_survive_a_move():
    twice = [missing_key(), moved(missing_key(), 3)]
    before = json.loads(rendered("gitlab", *twice, resolved=1))
    after = json.loads(rendered("gitlab", *(moved(one, 40) for one in twice), resolved=1))
    assert len({entry["fingerprint"] for entry in before}) == 2
    assert [one["fingerprint"] for one in before] == [one["fingerprint"] for one in after]
    assert [one["location"] for one in before] != [one["location"] for one in after]


def test_gitlab_of_a_clean_run_is_an_empty_list():
    assert json.loads(rendered("gitlab", resolved=1)) == []


@pytest.mark.parametrize("of", [example(), report(resolved=1), report(not_checked=CHARTS), report(objects=0)])
def test_junit_keeps_to_the_schema(of):
    root = ElementTree.fromstring(FORMATS["junit"](of, viewed()))
    for element in root.iter():
        assert set(element.attrib) <= JUNIT[element.tag]
    for suite in root:
        cases = list(suite)
        assert cases
        assert suite.attrib["tests"] == str(len(cases))
        assert suite.attrib["failures"] == str(len(suite.findall("testcase/failure")))
        assert suite.attrib["skipped"] == str(len(suite.findall("testcase/skipped")))
        assert all(len(case) <= 1 for case in cases)
    assert root.attrib["tests"] == str(len(root.findall("testsuite/testcase")))


def test_junit_fails_for_errors_and_warnings_and_not_for_notes():
    warning = finding("CNI107", Span(file="a", line=1, column=1, end_line=1, end_column=2), "w")
    note = finding("CNI903", Span(file="a", line=2, column=1, end_line=2, end_column=2), "n")
    root = ElementTree.fromstring(rendered("junit", warning, non_string(), note, resolved=1))
    assert [one.attrib["type"] for one in root.iter("failure")] == ["warning", "error"]
    assert [one.attrib["message"] for one in root.iter("skipped")] == ["n"]


def test_junit_names_a_case_as_before_when_its_line_moves():
    def names(*made):
        root = ElementTree.fromstring(rendered("junit", *made, resolved=1))
        return [(case.attrib["classname"], case.attrib["name"]) for case in root.iter("testcase")]

    twice = [missing_key(), moved(missing_key(), 3)]
    assert names(*twice) == names(*(moved(one, 40) for one in twice))
    assert len(set(names(*twice))) == 2


def test_junit_of_a_clean_run_has_a_case_that_passed():
    (case,) = ElementTree.fromstring(rendered("junit", resolved=2)).iter("testcase")
    assert list(case) == []
    assert case.attrib["name"] == "No findings: 2 of 2 references verified."


def test_junit_of_a_run_that_verified_nothing_has_none():
    (case,) = ElementTree.fromstring(rendered("junit", unverifiable=3)).iter("testcase")
    assert case.find("skipped").attrib["message"].startswith("No references verified")


def test_checkstyle():
    root = ElementTree.fromstring(rendered("checkstyle", missing_key("dev"), missing_key("prod"), resolved=1))
    assert root.tag == "checkstyle"
    (file,) = root
    assert file.attrib == {"name": "prod/istio cni #1/daemonset.yaml"}
    (error,) = file
    assert set(error.attrib) == {"line", "column", "severity", "message", "source"}
    assert (error.attrib["line"], error.attrib["column"], error.attrib["severity"]) == ("16", "24", "error")
    assert error.attrib["message"].endswith("; environments: dev, prod")
    assert list(ElementTree.fromstring(rendered("checkstyle", resolved=1))) == []


def test_checkstyle_says_that_nothing_was_verified():
    (error,) = ElementTree.fromstring(rendered("checkstyle", unverifiable=3)).iter("error")
    assert error.attrib["message"].startswith("No references verified")
    assert error.attrib["severity"] == "warning"
