"""The programs that a container runs: its command, the hooks of its lifecycle, and its probes."""

import re
from collections.abc import Iterator
from itertools import accumulate

from msgspec import Struct

from cnilint.document import Mapping, Node, Scalar, Span, child, items, string
from cnilint.packs.written import WrittenText, written
from cnilint.regex import regex

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_LAUNCHERS = frozenset({"env", "tini", "dumb-init"})
"""Programs that run the one that follows."""
_HOOKS = {
    "postStart": ("lifecycle", "postStart"),
    "preStop": ("lifecycle", "preStop"),
    "livenessProbe": ("livenessProbe",),
    "readinessProbe": ("readinessProbe",),
    "startupProbe": ("startupProbe",),
}
_COMMAND_IN_SCRIPT = regex(
    r"(?m)(?:^|[;&|({]|\b(?:then|do|else)\s)[ \t]{0,80}(?:(?:exec|source|\w{1,80}=\S{0,80})[ \t]{1,8}){0,8}"
    r"((?:/[\w.+-]+)+)(?=\s|[;&|)]|\Z)"
)
"""A program in a shell script by its absolute path, where a command begins. Bounded, so that it takes linear time."""
_TESTED = regex(r"""(?<!\S)-[efrsx][ \t]{1,8}["']?((?:/[\w.+-]+)+)""")
"""A file whose presence a script tests, before it runs it or not."""
_SIMPLE_COMMAND = regex(r"(?:[^;&|\n()\\]|\\.)+", re.DOTALL)
"""What is between the operators of a shell script; a line may continue after a backslash. Quotes are not read."""
_PROGRAM = regex(
    r"\s{0,80}(?:(?:exec|nohup|command|time|env|then|do|else|if|while|until|!|\w{1,80}=\S{0,80})\s{1,80}){0,8}"
    r"([\w./][\w./+-]*)(?=\s|\Z)"
)


class ProgramRun(Struct, frozen=True, kw_only=True):
    """A program that a container runs: ``by`` is the field that has it run, ``path`` leads there from the container."""

    name: str
    span: Span
    by: str
    path: str


def program_of(container: Mapping) -> str:
    """The executable of a container by its command, without the folder; empty for a shell and where there is none."""
    name = _executable(items(container, "command"))
    return "" if name in _SHELLS or name in _LAUNCHERS else name


def shell_options(container: Mapping) -> int:
    """How many of the container's arguments, those of its command included, are a shell and the options of the shell."""
    command, arguments = items(container, "command"), items(container, "args")
    words = [*command, *arguments]
    if _executable(command or arguments) not in _SHELLS:
        return 0
    following = (
        at for at, word in enumerate(words[1:], 1) if not (string(word) or "").startswith(("-", "+"))
    )
    return next(following, len(words))


def _executable(command: list[Node]) -> str:
    """The name of the program that a command runs, without the folder."""
    return (string(command[0]) or "").rpartition("/")[2] if command else ""


def simple_commands(script: str) -> Iterator[tuple[int, int, str]]:
    """The commands of a shell script: where each begins and ends, and its program, empty where the words do not tell."""
    for command in _SIMPLE_COMMAND.finditer(script):
        program = _PROGRAM.match(command[0])
        name = program[1].rpartition("/")[2] if program else ""
        yield *command.span(), "" if name in _SHELLS or name in _LAUNCHERS else name


def programs(container: Mapping) -> Iterator[ProgramRun]:
    """The programs of a container, without those in its volumes, which do not come from the image."""
    mounts = tuple(
        path.rstrip("/") for mount in items(container, "volumeMounts") if (path := string(mount, "mountPath"))
    )
    for run in _runs(container):
        if not any(folder in mounts for folder in accumulate(run.name.split("/"), "{}/{}".format)):
            yield run


def _runs(container: Mapping) -> Iterator[ProgramRun]:
    command, arguments = items(container, "command"), items(container, "args")
    if command:
        yield from _of_command(command, "command", "command")
        yield from _of_script(arguments, command, "command", "args")
    else:
        yield from _of_command(arguments, "args", "args")
    for by, steps in _HOOKS.items():
        hook = items(child(container, *steps), "exec", "command")
        yield from _of_command(hook, by, ".".join((*steps, "exec", "command")))


def _of_command(command: list[Node], by: str, path: str) -> Iterator[ProgramRun]:
    first = command[0] if command else None
    if isinstance(first, Scalar) and (name := first.string) and not name.startswith("-"):
        yield ProgramRun(name=name, span=first.span, by=by, path=f"{path}[0]")
        yield from _of_script(command[1:], command, by, path, offset=1)


def _of_script(
    arguments: list[Node], command: list[Node], by: str, path: str, *, offset: int = 0
) -> Iterator[ProgramRun]:
    """The programs in the scripts that are arguments of a shell."""
    if _executable(command) not in _SHELLS | _LAUNCHERS:
        return
    for position, argument in enumerate(arguments):
        if isinstance(argument, Scalar):
            script: WrittenText = written(argument)
            tested = set(_TESTED.findall(script.text))
            for match in _COMMAND_IN_SCRIPT.finditer(script.text):
                if match[1] in tested:
                    continue
                yield ProgramRun(
                    name=match[1],
                    span=script.within(*match.span(1)),
                    by=by,
                    path=f"{path}[{position + offset}]",
                )
