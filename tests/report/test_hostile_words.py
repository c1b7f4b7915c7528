"""Whatever names and messages hold, no format breaks, and nothing in it acts on a terminal or a CI log."""

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnilint.diagnostics.model import Related, Target
from cnilint.document import Span
from cnilint.report import FORMATS
from tests.report.report_examples import finding, owner, report, viewed

BAD = [
    "::error::x",
    "\n",
    "##[error]",
    "\r",
    "\x1b]0;t\x07",
    "\u202e",
    "\u2028",
    "\x9b31m",
    "\ud800",
    "\udcff",
    "{0}",
]
BAD += [
    "`b`",
    "](1)",
    "[l](1)",
    "'",
    '"',
    "%0A",
    "\\",
    "}}",
    " ",
    "\0",
    "\ufeff",
    "::stop-commands::a",
    "日本",
]
words = st.one_of(st.lists(st.sampled_from(BAD), min_size=1).map("".join), st.text(min_size=1))
number = st.integers(min_value=1, max_value=30)


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=150, deadline=None)
@given(
    file=words,
    text=words,
    line=number,
    column=number,
    length=number,
    width=st.integers(0, 60),
    turn=st.booleans(),
)
def test_words_are_only_words(kind, file, text, line, column, length, width, turn):
    made = finding(
        "CNI101",
        Span(file=file, line=line, column=column, end_line=line + turn, end_column=column + length),
        text,
        environment=text,
        owner=owner(name=text, origin=text),
        path=text,
        container=text,
        target=Target(kind="ConfigMap", namespace=text, name=text, key=text),
        hint=text,
        related=(Related(Span(file=file, line=line, column=column, end_line=line, end_column=column), text),),
    )
    view = viewed({file: text}, width=width, verbose=True)
    output = FORMATS[kind](report(made, notices=(text,), resolved=1), view)
    output.encode("utf-8")
    assert all(character.isprintable() or character == "\n" for character in output)
    assert "##[" not in output
    commands = [one for one in output.split("\n") if one.lstrip().startswith("::")]
    assert len(commands) == (1 if kind == "github" else 0)
    if kind in ("json", "sarif", "gitlab"):
        json.loads(output)
    if kind in ("junit", "checkstyle"):
        ElementTree.fromstring(output)
