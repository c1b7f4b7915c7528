"""Formats: each renders a report and a view of it to text, and writes nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from cnilint.report.model import Report
    from cnilint.report.view import View

    Render = Callable[[Report, View], str]


_FOR_PROGRAMS = ("json",)
"""The formats with every finding by itself. The others tell a fault once: people read what comes of them."""


def _told(render: Render, report: Report, view: View) -> str:
    from cnilint.report.told import as_told

    return render(as_told(report), view)


class _Formats(Mapping[str, "Render"]):
    """Formats by name. A format's module has its name, and is imported when the format is used."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Render:
        from importlib import import_module

        if name not in self._names:
            raise KeyError(name)
        render = cast("Render", import_module(f"{__name__}.{name}").render)
        return render if name in _FOR_PROGRAMS else partial(_told, render)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


FORMATS: Mapping[str, Render] = _Formats(
    (
        "text",
        "concise",
        "json",
        "sarif",
        "github",
        "gitlab",
        "junit",
        "checkstyle",
        "markdown",
        "html",
    )
)


def rendered(name: str, report: Report, view: View) -> Iterator[str]:
    """A report in a format, in pieces: JSON finding by finding, for it has all of them."""
    if name == "json":
        from cnilint.report.json import pieces

        yield from pieces(report)
    else:
        yield FORMATS[name](report, view)
