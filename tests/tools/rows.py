"""A data file of ``rules/`` without one of its rows, for tests that ask which cases a row decides."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import cnilint.document.structure
import cnilint.resources

Edit = Callable[[str], str]

_INDEPENDENT = ("cnilint.ssa.schema", "cnilint.ssa.fieldpath")
"""Modules whose caches hold nothing of these files, and are costly to fill."""


@contextmanager
def edited(name: str, edit: Edit) -> Iterator[None]:
    """The program with another text of a data file, such as ``rules/ssa/roles.json``."""
    original = cnilint.resources.data_text

    def text(asked: str) -> str:
        found = original(asked)
        return edit(found) if asked == name else found

    with pytest.MonkeyPatch.context() as patch:
        for module in (cnilint.resources, cnilint.document.structure):
            patch.setattr(module, "data_text", text)
        _forget()
        yield
    _forget()


def without(name: str, *place: str | int) -> "contextmanager[None]":  # type: ignore[type-arg]
    """The program without a member or an item of a JSON file: ``without("rules/x.json", "rows", 3)``."""
    return edited(name, lambda text: json.dumps(removed(json.loads(text), place)))


def changed(name: str, place: tuple[str | int, ...], new: Any) -> "contextmanager[None]":  # type: ignore[type-arg]
    """The program with another value in a JSON file."""

    def edit(text: str) -> str:
        data = holder = json.loads(text)
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = new
        return json.dumps(data)

    return edited(name, edit)


def removed(value: Any, place: tuple[str | int, ...]) -> Any:
    """The value without what is at a place."""
    step, *below = place
    if isinstance(value, list):
        kept = [] if not below else [removed(value[int(step)], tuple(below))]
        return [*value[: int(step)], *kept, *value[int(step) + 1 :]]
    if not below:
        return {key: each for key, each in value.items() if key != step}
    return {**value, step: removed(value[step], tuple(below))}


def without_line(name: str, line: str) -> "contextmanager[None]":  # type: ignore[type-arg]
    """The program without a row of a file that has one in each line."""
    return edited(name, lambda text: text.replace(line, "", 1))


def row_lines(name: str) -> list[str]:
    """The lines of the rows of a YAML file."""
    text = cnilint.resources.data_text(name)
    return [line for line in text.splitlines(keepends=True) if line.startswith("  - {")]


def _forget() -> None:
    """Clears what was made of data files."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("cnilint.") and not module_name.startswith(_INDEPENDENT):
            for value in list(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if clear is not None:
                    clear()
