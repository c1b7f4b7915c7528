"""The decorators of a command: what declares its options, and what gives it their values as settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

import click
from msgspec import Struct

from cnilint.cli.command import SectionOption

Function = Callable[..., object]
Decorator = Callable[[Function], Function]


def option(*names: str, **attributes: object) -> Decorator:
    """``click.option`` with the ``section`` of ``--help`` besides."""
    return click.option(*names, cls=SectionOption, **attributes)


def options(declared: Sequence[Decorator]) -> Decorator:
    """Several options as one decorator, in the order in which ``--help`` lists them."""

    def decorate(function: Function) -> Function:
        for add in reversed(declared):
            function = add(function)
        return function

    return decorate


def into(**records: type[Struct]) -> Decorator:
    """Gives a command its options as settings: each record takes the values that are named as its fields.

    A field without an option keeps its default. This is the last decorator before the function.
    """

    def decorate(function: Function) -> Function:
        @wraps(function)
        def command(**given: object) -> object:
            settings = {}
            for name, record in records.items():
                taken = given.keys() & set(record.__struct_fields__)
                settings[name] = record(**{each: given.pop(each) for each in taken})
            return function(**given, **settings)

        return command

    return decorate
