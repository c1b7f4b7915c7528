"""Formats: each renders a report and a view of it to text, and writes nothing itself."""

from collections.abc import Callable, Mapping

from cnilint.report import concise, github, html, json, sarif, text
from cnilint.report.model import Report
from cnilint.report.view import View

__all__ = ["FORMATS", "View"]

FORMATS: Mapping[str, Callable[[Report, View], str]] = {
    "text": text.render,
    "concise": concise.render,
    "json": json.render,
    "sarif": sarif.render,
    "github": github.render,
    "html": html.render,
}
