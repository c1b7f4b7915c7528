"""The summary of a job: what it has, what it leaves out, and that no name in it is Markdown."""

import re

import pytest
from msgspec.structs import replace

from cnilint.diagnostics.model import Message, Related, Target
from cnilint.document import Span
from cnilint.report import FORMATS
from cnilint.report.markdown import MOST_BYTES
from cnilint.report.mermaid import MOST_REFERENCES, picture
from tests.report.report_examples import example, finding, missing_key, owner, report, viewed

STEP_SUMMARY = 1024 * 1024
MERMAID_TEXT = 50_000
MERMAID_EDGES = 500


def rendered(*findings, **settings):
    return FORMATS["markdown"](report(*findings, **settings), viewed())


def many(count, *, text="key not found", severity=None):
    return [
        replace(
            finding(
                "CNI101",
                Span(file="a.yaml", line=n, column=1, end_line=n, end_column=2),
                f"{text} {n}",
                owner=owner(name=f"agent-{n}"),
                target=Target(kind="ConfigMap", namespace="net", name=f"settings-{n}", key="level"),
            ),
            severity=severity or "error",
        )
        for n in range(1, count + 1)
    ]


def rows(text):
    return [line for line in text.splitlines() if re.match(r"\| [🔴🟡🔵] \|", line)]


def test_it_has_the_verdict_the_counts_and_a_row_for_each_finding():
    text = FORMATS["markdown"](example(), viewed())
    assert text.startswith("## cnilint\n\nFound 2 errors, 1 note.\n")
    assert "| 🔴 error | 2 |" in text
    assert len(rows(text)) == 3
    assert [row[2] for row in rows(text)] == ["🔴", "🔴", "🔵"]


def test_a_clean_run_has_no_table():
    text = rendered(resolved=4)
    assert "No findings: 4 of 4 references verified." in text
    assert "|" not in text
    assert "mermaid" not in text


def test_a_removal_names_its_reader_in_another_file():
    reader = Span(file="apps/untouched.yaml", line=12, column=3, end_line=12, end_column=8)
    removal = finding(
        "CNI401",
        Span(file="base/settings.yaml", line=3, column=1, end_line=3, end_column=2),
        "m",
        related=(Related(reader, "read by Deployment `web`"),),
    )
    (row,) = rows(rendered(removal, resolved=1))
    assert "<code>apps/untouched.yaml&#58;12</code> read by Deployment <code>web</code>" in row


def test_every_table_row_has_its_cells():
    for row in rows(rendered(*many(3, text="a | b \\| `c | d`"), resolved=1)):
        assert row.count("|") == 5


@pytest.mark.parametrize(
    ("name", "forbidden"),
    [
        ("![x](https://evil.example/p.png)", ["![", "](", "://"]),
        ("<img src=x onerror=y>", ["<img"]),
        ("@org/team", ["@org"]),
        ("**bold** _it_ ~~s~~", ["**", "_it_", "~~"]),
        ("a`b`c", ["`"]),
        ("| x | y", ["| x"]),
        ("www.evil.example", ["www.evil"]),
        (":rocket: #12", [":rocket:", "#12"]),
        ("```mermaid", ["`"]),
        ("</code><b>", ["</code><b>"]),
    ],
)
def test_a_name_is_only_a_name(name, forbidden):
    made = finding(
        "CNI101",
        Span(file=name, line=1, column=1, end_line=1, end_column=2),
        Message("key `{key}` not found", key=name),
        environment=name,
        owner=owner(name=name),
        container=name,
        target=Target(kind="ConfigMap", namespace=name, name=name, key=name),
        hint=name,
        related=(Related(Span(file=name, line=1, column=1, end_line=1, end_column=1), name),),
    )
    text = rendered(made, notices=(name,), resolved=1)
    before, drawn, after = re.split(r"^```.*\n", text, flags=re.MULTILINE)
    assert [each for each in forbidden if each in before + after] == []
    # A label of the picture is letters, digits and codes of characters.
    labels = re.findall(r"[\[(]\"(.*)\"[\])]", drawn)
    assert len(labels) == 3
    assert all(re.fullmatch(r"(?:[A-Za-z0-9 ./-]|#\d+;)+", label) for label in labels)
    assert len(rows(text)) == 1


def test_a_name_with_a_line_break_stays_in_its_row():
    made = finding("CNI101", Span(file="a\nb", line=1, column=1, end_line=1, end_column=2), "x\n## y")
    assert len(rows(rendered(made, resolved=1))) == 1
    assert "\n## y" not in rendered(made, resolved=1)


def test_the_picture_has_the_broken_edges_in_red():
    lines = picture([missing_key()]).splitlines()
    assert lines[0] == "flowchart LR"
    assert lines[1:4] == [
        '  w0["DaemonSet kube-system/istio-cni-node"]',
        '  o1[("ConfigMap kube-system/istio-cni-config")]',
        '  k2(["cni#95;network#95;config"])',
    ]
    assert lines[4:6] == ["  w0 --> o1", "  o1 --> k2"]
    assert lines[6].startswith("  linkStyle 1 stroke:#d1242f")


def test_the_edge_to_a_missing_object_is_red():
    absent = replace(missing_key(), code="CNI102")
    assert picture([absent]).splitlines()[-1].startswith("  linkStyle 0 ")
    whole = replace(absent, target=replace(absent.target, key=None))
    assert picture([whole]).count("-->") == 1


def test_what_a_change_removes_is_drawn_with_its_readers():
    removed = replace(
        missing_key(),
        code="CNI401",
        owner=owner(kind="ConfigMap", name="istio-cni-config"),
        related=(Related(missing_key().span, "read by DaemonSet `istio-cni-node`", missing_key().owner),),
    )
    # The reader's own finding, where there is one, is in the same picture.
    assert picture([removed]) == picture([missing_key()]) == picture([removed, missing_key()])
    other = replace(removed.related[0], reader=owner(name="second"))
    both = picture([replace(removed, related=(*removed.related, other))])
    assert (both.count("-->"), both.count("ConfigMap")) == (3, 1)


def test_two_readers_of_one_key_share_its_node():
    other = replace(missing_key(), owner=owner(name="second"))
    drawn = picture([missing_key(), other])
    assert drawn.count("[(") == 1
    assert drawn.count("-->") == 3


def test_a_large_picture_says_what_it_leaves_out():
    text = rendered(*many(MOST_REFERENCES + 5), resolved=1)
    assert "5 more references not in the picture." in text
    drawn = picture(many(500, text="日" * 500))
    assert len(drawn) < MERMAID_TEXT
    assert drawn.count("-->") < MERMAID_EDGES


def test_hostile_labels_stay_within_mermaids_limits():
    wide = [
        replace(
            one, owner=owner(name=f"{'🚦' * 300}{n}"), target=replace(one.target, name="日" * 300 + str(n))
        )
        for n, one in enumerate(many(100))
    ]
    assert len(picture(wide)) < MERMAID_TEXT


@pytest.mark.parametrize("text", ["x", "日" * 400, "|" * 400])
def test_it_stays_below_the_limit_and_counts_the_rest(text):
    made = rendered(*many(4000, text=text * (200 if text == "x" else 1)), resolved=1)
    size = len(made.encode())
    assert size <= MOST_BYTES < STEP_SUMMARY
    shown = len(rows(made))
    assert 0 < shown < 4000
    assert f"{4000 - shown} more findings not shown here" in made
    assert size > MOST_BYTES * 0.95
