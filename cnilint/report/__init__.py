"""Formats: each renders a report and a view of it to text, and writes nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from cnilint.report.model import Report
    from cnilint.report.view import View

    Render = Callable[[Report, View], str]


class _Formats(Mapping[str, "Render"]):
    """Formats by name. A format's module has its name, and is imported when the format is used."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Render:
        from importlib import import_module

        if name not in self._names:
            raise KeyError(name)
        return cast("Render", import_module(f"{__name__}.{name}").render)

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
