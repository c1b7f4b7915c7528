"""SARIF: valid by the standard's schema, and what GitHub and other readers rely on."""

import gzip
import json
import re

import pytest
from jsonschema import Draft4Validator
from msgspec.structs import replace

import tests.report.report_examples as report_examples
from cnilint.checks import CODES
from cnilint.diagnostics.model import Message, ObjectRef, Related
from cnilint.document import Span
from cnilint.findings.fingerprint import line_hashes
from cnilint.findings.model import Suppression
from cnilint.report import sarif
from cnilint.report.sarif import render
from cnilint.source.git import Provenance
from tests.report.report_examples import accepted, at, example, finding, missing_key, owner, report, viewed

HOSTILE_TEXT = "a{0}b}} `c` [d](9) ](1) \\ ##[error] ::error::x\n\x1b[2J\u202e 'q{1}'"
HOSTILE_FILE = "we ird/#1/100%/größe?/a:b\n\udcff.yaml"
PROVENANCE = Provenance("https://x:token@github.com/acme/gitops.git", "0" * 40, "main")


def hostile():
    texts = {HOSTILE_FILE: "key: va\x1blue {0}\n"}
    made = finding(
        "CNI101",
        at(texts, HOSTILE_FILE, "va\x1blue"),
        Message("unsafe `{text}`", text=HOSTILE_TEXT),
        environment="{0}'",
        owner=owner(name=HOSTILE_TEXT),
        path='data["a.b/c~d"].x[0]',
        hint=HOSTILE_TEXT,
        related=(Related(Span(file=HOSTILE_FILE, line=1, column=1, end_line=1, end_column=2), HOSTILE_TEXT),),
    )
    return render(report(made, resolved=1), viewed(texts, provenance=PROVENANCE))


def lost_lines():
    """Tokens that are all of their line, that go over lines, and in a file of nothing else."""
    texts = {"a.yaml": "a: b\n...\nlost: 1\nmore: 2\n", "b.yaml": "lost"}
    findings = [
        finding(
            "CNI125", Span(file="a.yaml", line=3, column=1, end_line=5, end_column=1), "this document is lost"
        ),
        finding("CNI901", Span(file="a.yaml", line=2, column=1, end_line=2, end_column=4), "no"),
        finding("CNI902", Span(file="b.yaml", line=1, column=1, end_line=1, end_column=1), "too large"),
    ]
    return render(report(*findings, resolved=1), viewed(texts, provenance=PROVENANCE))


LOGS = {
    "example": render(example(), viewed(provenance=PROVENANCE)),
    "clean": render(report(resolved=3), viewed(provenance=PROVENANCE)),
    "nothing": render(report(objects=0), viewed(provenance=PROVENANCE)),
    "suppressed": render(
        report(
            missing_key(),
            accepted(),
            replace(
                accepted(),
                suppressed=Suppression(
                    "inSource", "why {0}", Span(file="a.yaml", line=3, column=1, end_line=3, end_column=9)
                ),
            ),
        ),
        viewed(show_suppressed=True, provenance=PROVENANCE),
    ),
    "hostile": hostile(),
    "lost lines": lost_lines(),
}


def run_of(text):
    log = json.loads(text)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    return log["runs"][0]


@pytest.mark.parametrize("text", LOGS.values(), ids=LOGS)
def test_a_log_is_valid_by_the_standard(text, shared):
    schema = json.loads((shared / "reference" / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))
    Draft4Validator(schema).validate(json.loads(text))


def test_a_clean_run_closes_old_alerts():
    run = run_of(LOGS["clean"])
    assert run["results"] == []
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(CODES)


def test_a_run_that_checked_nothing_says_so():
    said = run_of(LOGS["nothing"])["invocations"][0]["toolExecutionNotifications"][0]
    assert (said["level"], said["message"]["text"][:19]) == ("warning", "Nothing was checked")


@pytest.mark.parametrize("text", LOGS.values(), ids=LOGS)
def test_what_github_requires_is_there(text):
    run = run_of(text)
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert re.fullmatch(r"([A-Z][a-z0-9]+)+", rule["name"])
        assert len(rule["properties"]["tags"]) <= 10
        assert "security-severity" not in rule["properties"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["kind"] == "fail"
        assert result["message"]["text"]
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert region["startLine"] == region["endLine"]
        assert 1 <= region["startColumn"] <= region["endColumn"]
        assert len(result["partialFingerprints"]["cnilint/v1"]) == 32
        assert re.fullmatch(
            r"[0-9a-f]{1,16}:\d+", result["partialFingerprints"].get("primaryLocationLineHash", "0:1")
        )


@pytest.mark.parametrize("text", LOGS.values(), ids=LOGS)
def test_the_text_is_the_rules_message_filled_in(text):
    run = run_of(text)
    for result in run["results"]:
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        message = result["message"]
        template = rule["messageStrings"][message["id"]]["text"]
        assert filled(template, message["arguments"]) == filled(message["text"], [])
        assert template.endswith(".")


def filled(template, arguments):
    """A message as a reader of SARIF shows it (SARIF 2.1.0, 3.11.5)."""
    return re.sub(
        r"\{\{|\}\}|\{(\d+)\}",
        lambda match: match[0][0] if match[1] is None else arguments[int(match[1])],
        template,
    )


@pytest.mark.parametrize("text", LOGS.values(), ids=LOGS)
def test_links_lead_to_related_locations(text):
    for result in run_of(text)["results"]:
        ids = {place["id"] for place in result.get("relatedLocations", ())}
        links = re.findall(r"(?<!\\)\]\((.*?)\)", result["message"]["text"])
        assert {int(link) for link in links} == ids


@pytest.mark.parametrize("text", LOGS.values(), ids=LOGS)
def test_a_context_is_more_than_its_region(text):
    for result in run_of(text)["results"]:
        physical = result["locations"][0]["physicalLocation"]
        region, context = physical["region"], physical.get("contextRegion")
        if context is None:
            continue
        assert region["snippet"]["text"] in context["snippet"]["text"]
        outer = (context["startLine"], context.get("startColumn", 1))
        inner = (region["startLine"], region["startColumn"])
        outer_end = (context["endLine"], context.get("endColumn", 10**6))
        inner_end = (region["endLine"], region["endColumn"])
        assert outer <= inner
        assert outer_end >= inner_end
        assert (outer, outer_end) != (inner, inner_end)


def test_names_of_files_are_percent_encoded():
    result = run_of(LOGS["hostile"])["results"][0]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "we%20ird/%231/100%25/gr%C3%B6%C3%9Fe%3F/a%3Ab%0A%FF.yaml"


@pytest.mark.parametrize(
    ("file", "artifact"),
    [
        ("a/b-c_d.yaml", {"uri": "a/b-c_d.yaml", "uriBaseId": "%SRCROOT%"}),
        ("\U0001f6a6", {"uri": "%F0%9F%9A%A6", "uriBaseId": "%SRCROOT%"}),
        ("<stdin>", {"uri": "%3Cstdin%3E", "uriBaseId": "%SRCROOT%"}),
        ("\ud800", {"uri": "%EF%BF%BD", "uriBaseId": "%SRCROOT%"}),
        ("/etc/a b.yaml", {"uri": "file:///etc/a%20b.yaml"}),
    ],
)
def test_an_artifact_location(file, artifact):
    run = run_of(
        render(
            report(finding("CNI901", Span(file=file, line=1, column=1, end_line=1, end_column=1), "m")),
            viewed(),
        )
    )
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def test_hostile_words_are_only_words():
    text = LOGS["hostile"]
    assert text.isascii()
    assert "##[" not in text
    message = run_of(text)["results"][0]["message"]
    assert message["text"].startswith("unsafe 'a{{0}}b}}}} `c` [d] (9) ] (1) ")
    assert "\n" not in message["text"]
    assert "\x1b" not in message["text"]


def test_fields_are_named_by_json_pointers():
    resource, field = run_of(LOGS["hostile"])["results"][0]["locations"][0]["logicalLocations"]
    assert resource["kind"] == "resource"
    assert field["name"] == "0"
    assert field["fullyQualifiedName"].endswith("#/data/a.b~1c~0d/x/0")


def test_both_fingerprints_are_there_and_environments_share_a_result():
    results = run_of(LOGS["example"])["results"]
    (shared_result,) = [one for one in results if one["ruleId"] == "CNI101"]
    assert shared_result["properties"]["environments"] == ["prod", "staging"]
    own = shared_result["partialFingerprints"]
    assert (
        own["cnilint/v1"] == missing_key("prod").fingerprint == shared_result["properties"]["fingerprints"][0]
    )
    texts = report_examples.TEXTS
    assert own["primaryLocationLineHash"] == line_hashes(texts["prod/istio cni #1/daemonset.yaml"], {16})[16]


def test_columns_are_code_points():
    result = next(one for one in run_of(LOGS["example"])["results"] if one["ruleId"] == "CNI122")
    text = report_examples.TEXTS["prod/größe.json"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert text[region["startColumn"] - 1 : region["endColumn"] - 1] == region["snippet"]["text"] == "1"


def test_suppressed_results_are_left_out_by_default():
    assert "CNI113" not in {one["ruleId"] for one in run_of(LOGS["example"])["results"]}
    results = run_of(LOGS["suppressed"])["results"]
    assert [len(one["suppressions"]) for one in results] == [0, 1, 1]


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("https://github.com/acme/gitops.git", "https://github.com/acme/gitops.git"),
        ("https://user:secret@example.com:8443/a?token=x", "https://example.com:8443/a"),
        ("git@github.com:acme/gitops.git", "ssh://github.com/acme/gitops.git"),
        ("github.com:acme/gitops.git", "ssh://github.com/acme/gitops.git"),
        ("ssh://git@example.com:22/a.git", "ssh://example.com:22/a.git"),
        ("/srv/git/a.git", None),
        ("../a", None),
        ("file:///srv/a", None),
        ("C:\\repo", None),
        ("https://[bad/a", None),
    ],
)
def test_provenance_tells_no_password_and_no_local_path(url, uri):
    run = run_of(render(report(), viewed(provenance=Provenance(url, "0" * 40))))
    told = run.get("versionControlProvenance", [{}])[0]
    assert told.get("repositoryUri") == uri


def test_no_provenance_is_invented():
    assert "versionControlProvenance" not in run_of(render(report(), viewed()))


def test_a_secret_stays_a_secret():
    texts = {"s.yaml": "kind: Secret\nstringData:\n  pin: 4711\n"}
    holder = ObjectRef(
        api_version="v1",
        kind="Secret",
        namespace=None,
        name="login",
        span=Span(file="s.yaml", line=1, column=7, end_line=1, end_column=13),
    )
    made = finding("CNI122", at(texts, "s.yaml", "4711"), "not a string", owner=holder, path="stringData.pin")
    text = render(report(made), viewed(texts))
    assert "4711" not in text
    assert run_of(text)["redactionTokens"] == ["[REDACTED]"]


def test_github_gets_the_worst_within_its_limits(monkeypatch):
    many = [
        finding(
            code,
            Span(file="a.yaml", line=number, column=1, end_line=number, end_column=2),
            f"no {number}",
            owner=owner(),
        )
        for number in range(1, 31)
        for code in ("CNI113", "CNI107", "CNI101")
    ]
    monkeypatch.setattr(sarif, "MAX_RESULTS", 40)
    run = run_of(render(report(*many, resolved=1), viewed()))
    assert [one["level"] for one in run["results"]] == ["error"] * 30 + ["warning"] * 10
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert notes[0]["message"]["text"].startswith("50 more results were left out")
    packed = len(gzip.compress(json.dumps(run).encode()))
    monkeypatch.setattr(sarif, "MAX_BYTES", packed - 200)
    run = run_of(render(report(*many, resolved=1), viewed()))
    assert 0 < len(run["results"]) < 40
