"""No value of a Secret is shown, whatever the finding is about and however the file is written."""

import json

import pytest
from msgspec.structs import replace

from cnilint.diagnostics.model import ObjectRef, Target
from cnilint.document import Mapping, Span, read, walk
from cnilint.report import FORMATS
from tests.report.report_examples import at, finding, owner, report, viewed

SECRET = ObjectRef(
    api_version="v1",
    kind="Secret",
    namespace="prod",
    name="login",
    span=Span(file="s.yaml", line=4, column=9, end_line=4, end_column=14),
)

FILES = {
    "block": "kind: Secret\nstringData:\n  a: hunter1\n  'b c': \"hunter2\"  # hunter3\n  d:   hunter4\n",
    "numbers": "kind: Secret\ndata:\n  a: 1\n  'b': 'hunter5: x'\n",
    "flow": "# one line\n{kind: Secret, data: {a: hunter1, 'b': \"hunter2\"}, stringData: {c: 'hunter3'}}",
    "json": '{"kind":"Secret","data":{"a":"hunter1","b":["hunter2"]},"type":"Opaque"}',
    "long json": '{"kind":"Secret","data":{' + ",".join(f'"k{n}":"hunter{n}"' for n in range(90)) + "}}",
    "block scalar": "kind: Secret\ndata:\n  a: |\n    hunter1: 2\n    hunter2\n",
    "long scalars": 'kind: Secret\ndata:\n  a: "hunter1\n    hunter2: 5"\n  b: hunter3\n   hunter4\n',
    "anchors": "kind: Secret\ndata:\n  a: &x hunter1\n  b: !!str hunter2\n  ? c\n  : hunter3\n",
    "hidden kind": 'kind: "Sec\\\n  ret"\ndata:\n  a: hunter1\n',
    "list": "kind: List\nitems:\n- kind: Secret\n  data: {a: hunter1}\n- kind: Secret\n  data:\n    - hunter2\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
@pytest.mark.parametrize("holder", [SECRET, None], ids=["Secret", "no object"])
def test_no_place_in_a_secret_shows_a_value(text, holder):
    for span in places(text):
        for path in ("data.a", ""):
            made = report(finding("CNI122", span, "m", owner=holder, path=path), resolved=1)
            for render in FORMATS.values():
                assert "hunter" not in render(made, viewed({"s.yaml": text}))


def places(text):
    """The span of every key and every value."""
    for document in read("s.yaml", text.encode(), everything=True):
        assert document.root is not None
        for node in walk(document.root):
            yield node.span
            if isinstance(node, Mapping):
                yield from (entry.key.span for entry in node.entries.values())


BROKEN = "kind: Secret\nstringData:\n  a: [hunter1\n  b: hunter2: hunter3\n  'hunter4\n \thunter5 {\n"


def test_no_place_in_a_broken_file_shows_a_value():
    for number, line in enumerate(BROKEN.split("\n"), start=1):
        for column in range(1, len(line) + 2):
            made = report(
                finding(
                    "CNI901",
                    Span(file="s.yaml", line=number, column=column, end_line=number, end_column=column + 1),
                    "m",
                )
            )
            for render in FORMATS.values():
                assert "hunter" not in render(made, viewed({"s.yaml": BROKEN}))


@pytest.mark.parametrize(
    ("text", "token", "holder", "path", "expected"),
    [
        # What is left is the key that leads to the value.
        ("kind: Secret\ndata:\n  pin: 4711", "4711", SECRET, "data.pin", "  pin: [REDACTED]"),
        ("kind: Secret\ndata:\n  pin: hunter2", "pin", SECRET, "data.pin", "  pin: [REDACTED]"),
        ("kind: Secret\nstringData:\n  pw: [hunter2", "[hunter2", None, "", "  pw: [REDACTED]"),
        (
            '{"kind":"Secret","data":{"a":"hunter2","b":4711,"c":"hunter2"}}',
            "b",
            SECRET,
            "data.b",
            "[REDACTED] b: [REDACTED]",
        ),
        # Another object of the same line is the Secret.
        (
            '[{"kind":"Secret","data":{"a":"hunter2"}},{"kind":"Pod","x":"gone"},{"data":{"a":"hunter2"}}]',
            "gone",
            owner(),
            "x",
            "[REDACTED] gone [REDACTED]",
        ),
        # A generator's literal.
        (
            "kind: Kustomization\nsecretGenerator:\n- literals: [pw=hunter2]",
            "pw=hunter2",
            owner("Kustomization"),
            "secretGenerator[0].literals[0]",
            "- literals: [[REDACTED]]",
        ),
        # A Secret's name is no secret, and neither is a reference to it.
        ("kind: Secret\nmetadata:\n  name: A_B", "A_B", SECRET, "metadata.name", "  name: A_B"),
        ("secretKeyRef:\n  key: gone  # was pw", "gone", owner(), "x.key", "  key: gone  # was pw"),
    ],
)
def test_as_much_is_shown_as_can_be(text, token, holder, path, expected):
    made = finding("CNI122", at({"s.yaml": text}, "s.yaml", token), "m", owner=holder, path=path)
    output = FORMATS["text"](report(made, resolved=1), viewed({"s.yaml": text}))
    assert f"| {expected}\n" in output


@pytest.mark.parametrize(
    ("text", "token", "holder", "expected"),
    [
        ("kind: Secret\nmetadata:\n  labels:\n    a: b", "labels", None, "  labels:"),
        (
            "# a Secret\n- {name: a, configMap: {name: gone}}",
            "gone",
            owner(),
            "- {name: a, configMap: {name: gone}}",
        ),
        ("# a Secret\n- x: 1}, {name: gone}", "gone", owner(), "[REDACTED] gone}"),
        ("password: hunter2\npassword: hunter2", "password", None, "password: [REDACTED]"),
        ("spec:\n  adminPassword: hunter2", "hunter2", owner("HelmRelease"), "  adminPassword: [REDACTED]"),
        (
            "- {name: token, value: hunter2}",
            "name",
            owner("Application"),
            "- {name: [REDACTED]",
        ),
    ],
)
def test_keys_and_names_are_readable_beside_secrets(text, token, holder, expected):
    made = finding("CNI122", at({"s.yaml": text}, "s.yaml", token), "m", owner=holder)
    output = FORMATS["text"](report(made, resolved=1), viewed({"s.yaml": text}))
    assert f"| {expected}\n" in output


@pytest.mark.parametrize(
    ("text", "token", "expected"),
    [
        ("- op: add\n  value: hunter2", "value", "  value: [REDACTED]"),
        ("- op: add\n  value: hunter2", "hunter2", "  value: [REDACTED]"),
        ("name: gone  # hunter2", "gone", "name: gone [REDACTED]"),
        ("KEY=hunter2", "KEY", None),
        ("hunter2:", "hunter2:", None),
    ],
)
@pytest.mark.parametrize("holder", [owner(), SECRET, None], ids=["Pod", "Secret", "no object"])
def test_a_file_that_feeds_a_secret_shows_no_value(text, token, expected, holder):
    target = Target(kind="ConfigMap", namespace=None, name="gone")
    made = report(
        finding("CNI122", at({"s": text}, "s", token), "m", owner=holder, target=target), resolved=1
    )
    made = replace(made, secret_files=frozenset({"s"}))
    for render in FORMATS.values():
        assert "hunter" not in render(made, viewed({"s": text}))
    output = FORMATS["text"](made, viewed({"s": text}))
    assert (f"| {expected}\n" in output) if expected else ("REDACTED" not in output)


def test_a_line_that_is_all_redacted_is_not_shown():
    text = '{"kind":"S\\u0065cret","data":{"a":hunter2}}'
    made = finding("CNI901", at({"s.yaml": text}, "s.yaml", "hunter2"), "m")
    assert "REDACTED" not in FORMATS["text"](report(made), viewed({"s.yaml": text}))


def test_no_hash_covers_the_text_around_a_secret():
    """A hash of known text with one short unknown in it can be tried out."""
    near = "kind: ConfigMap\ndata: {a: b}\n"
    for text, hashed in ((near, True), (near + "---\nkind: Secret\nstringData: {a: hunter1}\n", False)):
        made = report(finding("CNI122", Span("s.yaml", 1, 1, 1, 5), "m", owner=None, path=""), resolved=1)
        (result,) = json.loads(FORMATS["sarif"](made, viewed({"s.yaml": text})))["runs"][0]["results"]
        assert ("primaryLocationLineHash" in result["partialFingerprints"]) is hashed
        assert "cnilint/v1" in result["partialFingerprints"]
