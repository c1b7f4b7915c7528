"""Workflow commands: read back as GitHub's runner reads them."""

import re

import pytest

from cnilint.document import Span
from cnilint.report.github import MAX_MESSAGE, render
from tests.report.report_examples import example, finding, report, viewed


def commands(text):
    """The annotations of an output: name, properties and message, unescaped as the runner does."""
    read = []
    for line in text.partition("::group::")[0].splitlines():
        assert line.startswith("::")
        head, message = line[2:].split("::", 1)
        name, _, rest = head.partition(" ")
        pairs = [pair.split("=", 1) for pair in rest.split(",")]
        read.append((name, {key: unescaped(value) for key, value in pairs}, unescaped(message)))
    return read


def unescaped(text):
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def errors(count, code="CNI101"):
    return [
        finding(code, Span(file="a.yaml", line=n, column=1, end_line=n, end_column=2), f"finding {n}")
        for n in range(1, count + 1)
    ]


def test_a_command_carries_place_title_and_words():
    name, properties, message = commands(render(example(), viewed()))[1]
    assert name == "error"
    assert properties == {
        "title": "CNI101 missing-key",
        "file": "prod/istio cni #1/daemonset.yaml",
        "line": "16",
        "endLine": "16",
        "col": "24",
        "endColumn": "42",
    }
    assert message.splitlines() == [
        "key `cni_network_config` not found in ConfigMap `istio-cni-config` "
        "(DaemonSet kube-system/istio-cni-node, container install-cni)",
        "hint: remove the variable `CNI_NETWORK_CONFIG`: release 1.23 no longer reads it",
        "environments: prod, staging",
        "see prod/istio cni #1/configmap.yaml:4: ConfigMap defined here",
    ]


def test_columns_are_left_out_over_several_lines():
    ((_, properties, _),) = commands(
        render(
            report(
                finding("CNI125", Span(file="a", line=3, column=5, end_line=9, end_column=1), "m"), resolved=1
            ),
            viewed(),
        )
    )
    assert "col" not in properties
    assert "endColumn" not in properties
    assert (properties["line"], properties["endLine"]) == ("3", "9")


@pytest.mark.parametrize(("count", "shown"), [(10, 10), (11, 9), (500, 9)])
def test_the_tenth_annotation_counts_the_rest(count, shown):
    read = commands(render(report(*errors(count), *errors(3, "CNI107"), resolved=1), viewed()))
    of_errors = [message for name, _, message in read if name == "error"]
    assert len(of_errors) == 10
    assert sum(message.startswith("finding ") for message in of_errors) == shown
    if count > 10:
        assert of_errors[-1].startswith(f"{count - 9} more error findings")
    assert [name for name, _, _ in read].count("warning") == 3


def test_what_has_no_annotation_is_in_a_group_of_the_log():
    text = render(report(*errors(12), *errors(3, "CNI107"), resolved=1), viewed())
    _, group, rest = text.partition("::group::")
    assert group
    assert rest.splitlines() == [
        "cnilint: 3 more findings",
        *(f"a.yaml:{n}:1: CNI101 error finding {n} [prod]" for n in (10, 11, 12)),
        "::endgroup::",
    ]
    assert "::group::" not in render(report(*errors(10), resolved=1), viewed())


def test_a_listed_finding_is_no_command():
    evil = "::error::x\n::set-output name=a::b"
    made = [
        finding("CNI101", Span(file=evil, line=n, column=1, end_line=n, end_column=2), f"{n}{evil}")
        for n in range(1, 13)
    ]
    lines = render(report(*made, resolved=1), viewed()).splitlines()
    assert [line.partition(" ")[0] for line in lines if line.startswith("::")] == [
        *["::error"] * 10,
        "::group::cnilint:",
        "::endgroup::",
    ]


def test_a_run_that_checked_nothing_warns_within_the_limit():
    read = commands(render(report(*errors(12, "CNI107"), objects=0), viewed()))
    assert [name for name, _, _ in read] == ["warning"] * 10
    assert read[0][2].startswith("Nothing was checked")
    assert read[-1][2].startswith("4 more warning findings")


def test_a_clean_run_prints_nothing():
    assert render(report(resolved=1), viewed()) == ""


def test_a_long_message_is_cut():
    ((_, _, message),) = commands(
        render(
            report(
                finding("CNI101", Span(file="a", line=1, column=1, end_line=1, end_column=2), "%" * 9000),
                resolved=1,
            ),
            viewed(),
        )
    )
    assert len(message) == MAX_MESSAGE
    assert message.endswith("%...")


def test_nothing_but_our_commands_is_a_command():
    evil = "x\n::error::y\r\n##[error]z%0A::set-output name=a::b,file=c:d\x1b[31m"
    made = finding(
        "CNI101",
        Span(file=evil, line=1, column=1, end_line=1, end_column=2),
        evil,
        environment=evil,
        hint=evil,
    )
    text = render(report(made, resolved=1), viewed())
    assert len(text.splitlines()) == 1
    assert "##[" not in text
    assert "\x1b" not in text
    ((name, properties, message),) = commands(text)
    assert name == "error"
    assert set(properties) == {"title", "file", "line", "endLine", "col", "endColumn"}
    assert re.search(r"%0A::set-output name=a::b,file=c:d", message)
