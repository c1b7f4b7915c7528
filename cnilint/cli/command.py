"""click's classes with what this command line adds: lazy commands, lazy choices, and options in sections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module

import click

_DEFAULT_SECTION = "Options"
_OPTIONS = {"help": "--help", "version": "--version"}
"""Options that are commands of other programs."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they run.

    ``lazy`` maps each name to its module, which has a command of that name with ``_`` for ``-``, and to the summary for
    ``--help``.
    """

    def __init__(self, *, lazy: Mapping[str, tuple[str, str]], **attributes: object) -> None:
        super().__init__(**attributes)  # type: ignore[arg-type]  # click's attributes, passed on
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return None
        module, _ = self.lazy[cmd_name]
        command = getattr(import_module(module), cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, which names no command that was probably meant."""
        if args and args[0] not in self.lazy and not args[0].startswith("-"):
            from cnilint.diagnostics.suggest import closest

            meant = _OPTIONS.get(args[0]) or closest(args[0], self.lazy)
            told = f" Did you mean '{meant}'?" if meant else ""
            ctx.fail(f"No such command '{args[0]}'.{told}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self.lazy.items()])


class LazyChoice(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.2
    """One of some names, which are read when a value is given or the help is shown."""

    name = "choice"

    def __init__(self, names: Callable[[], Sequence[str]]) -> None:
        self.names = names

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(click.Choice(self.names()).convert(value, param, ctx))

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return f"[{'|'.join(self.names())}]"


class SectionOption(click.Option):
    """An option that ``--help`` lists under the title of its section."""

    def __init__(self, *names: object, section: str = _DEFAULT_SECTION, **attributes: object) -> None:
        super().__init__(*names, **attributes)  # type: ignore[arg-type]  # click's attributes, passed on
        self.section = section


class SectionCommand(click.Command):
    """A command whose ``--help`` lists its options in sections, in the order of their first options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for section, record in self._records(ctx):
            sections.setdefault(section, []).append(record)
        # The section without a title of its own has --help, and comes last.
        sections[_DEFAULT_SECTION] = sections.pop(_DEFAULT_SECTION)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def _records(self, ctx: click.Context) -> Iterator[tuple[str, tuple[str, str]]]:
        for param in self.get_params(ctx):
            record = None if isinstance(param, click.Argument) else param.get_help_record(ctx)
            if record is not None:
                yield getattr(param, "section", _DEFAULT_SECTION), record
