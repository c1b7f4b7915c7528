"""The ``cnilint`` command: the group of all commands, and how each way of ending becomes an exit code."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from cnilint import __version__
from cnilint.cli.command import LazyGroup
from cnilint.cli.output import ExitCode
from cnilint.cli.signals import Stopped, stop_on_signals
from cnilint.errors import UsageError

_COMMANDS = {
    "check": ("cnilint.cli.check", "Check manifests: references, settings, API versions."),
    "diff": ("cnilint.cli.diff", "Show what a change of the manifests breaks, between two Git revisions."),
    "baseline": ("cnilint.cli.baseline", "Write the findings of today to a file of known ones."),
    "refs": ("cnilint.cli.refs", "Show every reference with its resolution, and why."),
    "gate": ("cnilint.cli.gate", "Pass manifests on, from input to output, only if they are clean."),
    "ownership": ("cnilint.cli.ownership", "Audit field ownership of live objects, and predict an apply."),
    "presync": ("cnilint.cli.presync", "Compare manifests with a cluster before they are applied."),
    "pre-commit": ("cnilint.cli.precommit", "Check what is about to be committed or pushed."),
    "rules": ("cnilint.cli.rules", "List and test rules, and compare component releases."),
    "history": ("cnilint.cli.history", "Show what each commit changed in the configuration."),
    "cache": ("cnilint.cli.cache", "Show or delete what earlier runs stored about unchanged files."),
    "explain": ("cnilint.cli.explain", "Print the page of a code or rule."),
    "completion": ("cnilint.cli.completion", "Print the script that completes commands in a shell."),
}
_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


_EPILOG = """\b
Examples:
  cnilint check                     the repository around the current folder
  cnilint check clusters/prod       what is in or built from a folder
  helm template . | cnilint check - a stream
  cnilint explain CNI101            what a code means and what to do

\b
Exit codes: 0 clean, 1 findings, 2 bad usage or nothing checked, 3 a fault.
Configuration: .cnilint.yaml at the root of the repository."""


@click.group(cls=LazyGroup, lazy=_COMMANDS, context_settings=_HELP, epilog=_EPILOG)
@click.version_option(__version__, prog_name="cnilint")
def cli() -> None:
    """Find out whether a change of manifests breaks a cluster network, before it reaches a cluster."""


def main() -> NoReturn:
    """The entry point of the program."""
    # Objects live until the process ends: to look for garbage among millions of them only costs time.
    gc.disable()
    _open_closed_streams()
    sys.unraisablehook = _say_ignored
    code: int = ExitCode.FAULT
    try:
        stop_on_signals()
        code = _run()
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        code = ExitCode.INTERRUPTED
    except Stopped as stopped:
        _say(str(stopped))
        code = stopped.code
    finally:
        _end(code)


def _run() -> int:
    """Runs a command. Returns its exit code, and says in one line why it failed."""
    try:
        cli.main(prog_name="cnilint", standalone_mode=False)
    except SystemExit as leaving:
        return _exit_code(leaving)
    except click.ClickException as error:
        # What the user gave is in it, and may be the name of a file of a stranger.
        vars(error)["message"] = _printable(error.message)
        error.show()
        return ExitCode.USAGE
    except UsageError as error:
        _say(f"{error} ({error.hint})" if error.hint else str(error))
        return ExitCode.USAGE
    except BrokenPipeError:
        return ExitCode.CLEAN
    except MemoryError:
        _say("not enough memory")
        return ExitCode.USAGE
    except OSError as error:
        # A full disk, say. Files that cannot be read are findings or usage errors, with better messages.
        _say(_system_fault(error))
        return ExitCode.USAGE
    # The edge of the program: whatever no one expected is exit 3 and asks for a report, never Python's 1 (findings).
    except Exception:
        _say_where(sys.exception())
        _say("internal error: please report it with the lines above")
        return ExitCode.FAULT
    return ExitCode.CLEAN


def _exit_code(leaving: SystemExit) -> int:
    """The code of ``sys.exit``, unless what is left of the output cannot be written."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return ExitCode.CLEAN
    except OSError as error:
        _say(_unwritten(error))
        return ExitCode.USAGE
    return leaving.code if isinstance(leaving.code, int) else ExitCode.CLEAN


def _system_fault(error: OSError) -> str:
    try:
        Path.cwd()
    except OSError:
        return "the current folder does not exist any more"
    return str(error) if error.filename else _unwritten(error)


def _unwritten(error: OSError) -> str:
    """What is wrong with standard output: a fault without a file is of a stream."""
    return f"cannot write the output: {error.strerror or error}"


def _say(message: str) -> None:
    click.echo(_printable(f"cnilint: {message}"), err=True)


def _printable(text: str) -> str:
    from cnilint.report.terminal import printable

    return printable(text)


def _say_where(error: BaseException | None) -> None:
    """Prints where an error was raised and its type, and the same of its causes. Its message may quote a Secret."""
    from traceback import format_tb

    while error is not None:
        frames = "".join(format_tb(error.__traceback__))
        click.echo(f"Traceback (most recent call last):\n{frames}{type(error).__name__}", err=True)
        error = error.__cause__ or error.__context__


def _say_ignored(raised: sys.UnraisableHookArgs) -> None:
    """As Python, which cannot raise an error while it frees an object and prints it, but without its message."""
    _say_where(raised.exc_value)


def _open_closed_streams() -> None:
    """Replaces standard streams that the parent process closed by the null device."""
    sys.stdin = sys.stdin or Path(os.devnull).open()  # noqa: SIM115
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115


def _end(code: int) -> NoReturn:
    """Ends the process without freeing its objects, which frames of the run still hold.

    The system takes the memory back at once; freeing millions of objects first is a tenth of a long run.
    """
    if "multiprocessing" in sys.modules:
        from cnilint.source.process import end_children

        end_children()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
