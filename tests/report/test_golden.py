"""What each format looks like. ``CNILINT_UPDATE_GOLDEN=1 pytest tests/report`` writes the files anew."""

import json
import os
from pathlib import Path

import pytest

from cnilint import __version__
from cnilint.report import FORMATS
from cnilint.source.git import Provenance
from tests.report.report_examples import example, viewed

GOLDEN = Path(__file__).parent / "golden"

VIEWS = {
    "text.txt": ("text", {}),
    "text-narrow.txt": ("text", {"width": 40}),
    "text-colour.txt": ("text", {"colour": True, "width": 100, "verbose": True, "show_suppressed": True}),
    "concise.txt": ("concise", {}),
    "report.json": ("json", {}),
    "report.sarif": ("sarif", {"provenance": Provenance("git@github.com:acme/gitops.git", "0" * 40, "main")}),
    "github.txt": ("github", {}),
    "gitlab.json": ("gitlab", {}),
    "junit.xml": ("junit", {}),
    "checkstyle.xml": ("checkstyle", {}),
    "summary.md": ("markdown", {}),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_format_looks_as_recorded(name):
    kind, settings = VIEWS[name]
    text = FORMATS[kind](example(), viewed(**settings))
    compare(name, short(text) if kind == "sarif" else text)


def short(text: str) -> str:
    """A SARIF log without the rules that it has no result for."""
    log = json.loads(text)
    driver = log["runs"][0]["tool"]["driver"]
    driver["rules"] = [rule for rule in driver["rules"] if "messageStrings" in rule]
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def compare(name: str, text: str) -> None:
    file = GOLDEN / name
    text = text.replace(__version__, "VERSION")
    if os.environ.get("CNILINT_UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8", newline="")
    assert file.read_bytes().decode("utf-8") == text
