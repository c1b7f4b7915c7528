"""The command line: options to values, a run, an exit code. No logic."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from cnilint import __version__
from cnilint.errors import UsageError

FORMATS = ("text", "concise", "json", "sarif", "github", "html")
_SEVERITIES = ("error", "warning", "note", "never")


class _Appliers(click.ParamType):  # type: ignore[type-arg]  # older releases of click are not generic
    """The tools that are known, whose data is read when one is given or the help is shown, and not before."""

    name = "applier"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return click.Choice(self._names()).convert(value, param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return f"[{'|'.join(self._names())}]"

    def _names(self) -> tuple[str, ...]:
        from cnilint.ssa.appliers.perform import applier_names

        return applier_names()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cnilint")
def cli() -> None:
    """Stops a bad upgrade of a cluster network before it reaches a cluster."""


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text", help="Format of the report on stdout."
)
@click.option(
    "--output", multiple=True, metavar="FORMAT=FILE", help="Also write the report to a file. Repeatable."
)
@click.option("--rev", metavar="REV", help="Read this Git revision from the object database.")
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Use this configuration file.")
@click.option("--select", multiple=True, metavar="CODE[,CODE]", help="Report only these codes or prefixes.")
@click.option("--ignore", multiple=True, metavar="CODE[,CODE]", help="Do not report these codes or prefixes.")
@click.option(
    "--fail-on", type=click.Choice(_SEVERITIES), default="error", help="Exit 1 at this severity and above."
)
@click.option(
    "--live",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A dump of live objects that completes the environments. Repeatable.",
)
@click.option(
    "--render", is_flag=True, help="Run the installed kustomize and helm for what is left open without."
)
@click.option("--closed-world", is_flag=True, help="What is not defined here does not exist.")
@click.option(
    "--target", multiple=True, metavar="COMPONENT=VERSION", help="Check against this version. Repeatable."
)
@click.option(
    "--kube-version", metavar="V", help="Report apiVersions that this Kubernetes release does not serve."
)
@click.option("--namespace", metavar="NS", help="Namespace of objects that name none.")
@click.option("--stdin-name", default="stdin", metavar="NAME", help="File name to report for standard input.")
@click.option(
    "--as-of", metavar="DATE", help="The day that suppressions with an end are compared to (default: today)."
)
@click.option(
    "--jobs", type=click.IntRange(min=0), default=0, metavar="N", help="Processes that read files; 0 chooses."
)
@click.option(
    "--color", type=click.Choice(("auto", "always", "never")), default="auto", help="Colour of text output."
)
@click.option("--show-suppressed", is_flag=True, help="Show suppressed findings too.")
@click.option("--explain-environments", is_flag=True, help="Print the environments and why each was formed.")
@click.option("--quiet", "-q", is_flag=True, help="Findings only.")
@click.option("--verbose", "-v", is_flag=True, help="Also what was skipped, and why.")
def check(**given: object) -> None:
    """Check that every reference of every workload is kept.

    PATH is a manifest, a folder, a Git repository, or - for standard input (default: the current folder).
    """
    from cnilint.cli.check import Request, check_command

    check_command(Request.of(given))


@cli.command()
@click.argument("live", nargs=-1, required=True, type=click.Path())
@click.option(
    "--desired",
    multiple=True,
    metavar="PATH",
    help="Manifests that will be applied: a file, a folder, a repository. Repeatable.",
)
@click.option(
    "--previous",
    multiple=True,
    metavar="PATH",
    help="Manifests of the old release, for an applier that compares with them. Repeatable.",
)
@click.option("--manager", metavar="NAME", help="Field manager that will apply.")
@click.option("--applier", type=_Appliers(), help="Tool that will apply.")
@click.option("--force", is_flag=True, help="The apply forces conflicts.")
@click.option("--tree", is_flag=True, help="Show every field with its owners.")
@click.option(
    "--kube-version", metavar="V", help="Kubernetes version of the cluster (default: the newest known)."
)
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text", help="Format of the report on stdout."
)
@click.option(
    "--output", multiple=True, metavar="FORMAT=FILE", help="Also write the report to a file. Repeatable."
)
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Use this configuration file.")
@click.option("--select", multiple=True, metavar="CODE[,CODE]", help="Report only these codes or prefixes.")
@click.option("--ignore", multiple=True, metavar="CODE[,CODE]", help="Do not report these codes or prefixes.")
@click.option(
    "--fail-on", type=click.Choice(_SEVERITIES), default="error", help="Exit 1 at this severity and above."
)
@click.option("--namespace", metavar="NS", help="Namespace of manifests that name none.")
@click.option(
    "--color", type=click.Choice(("auto", "always", "never")), default="auto", help="Colour of text output."
)
@click.option("--quiet", "-q", is_flag=True, help="Findings only.")
@click.option("--verbose", "-v", is_flag=True, help="Also what was skipped, and why.")
def ownership(**given: object) -> None:
    """Audit who owns the fields of live objects, and predict what an apply leaves behind.

    LIVE is a dump (kubectl get -o yaml --show-managed-fields), a folder of dumps, or - for standard input.
    """
    from cnilint.cli.ownership import Request, ownership_command

    ownership_command(Request.of(given))


@cli.group()
def rules() -> None:
    """List, test and compare what is known of component releases."""


@rules.command("list")
@click.argument("component", required=False)
def rules_list(component: str | None) -> None:
    """The rules of a component, or of all."""
    from cnilint.cli.rules_command import list_command

    click.echo(list_command(component), nl=False)


@rules.command("test")
@click.argument("packs", nargs=-1, type=click.Path(path_type=Path, exists=True))
def rules_test(packs: tuple[Path, ...]) -> None:
    """Run the examples of packs (default: the shipped ones)."""
    from cnilint.cli.rules_command import test_command

    text, passed = test_command(packs)
    click.echo(text, nl=False)
    sys.exit(0 if passed else 1)


@rules.command("catalogue")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--component", required=True, metavar="NAME", help="The component that the folders hold releases of."
)
@click.option("-o", "output", type=click.Path(path_type=Path), help="Write to this file (default: stdout).")
def rules_catalogue(folders: tuple[Path, ...], component: str, output: Path | None) -> None:
    """Derive a catalogue from rendered releases: in which of them each setting occurs."""
    from cnilint.cli.rules_command import catalogue_command

    click.echo(catalogue_command(component, folders, output), nl=False)


@rules.command("diff")
@click.argument("component")
@click.argument("old")
@click.argument("new")
@click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))
@click.option("--format", "form", type=click.Choice(("text", "markdown", "json", "html")), default="text")
def rules_diff(component: str, old: str, new: str, path: Path | None, form: str) -> None:
    """What changes between two releases of a component; with PATH, only what it uses."""
    from cnilint.cli.rules_command import diff_command

    click.echo(diff_command(component, old, new, path, form), nl=False)


@cli.command()
@click.argument("code")
def explain(code: str) -> None:
    """Print the page of a code or of a rule."""
    from cnilint.cli.explain import explain_command

    click.echo(explain_command(code), nl=False)


def main() -> None:
    """The entry point. Exit 2 for bad usage, 3 for a fault of cnilint's own."""
    _open_closed_streams()
    try:
        cli.main(standalone_mode=False)
    except SystemExit as leaving:
        _end(leaving)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except UsageError as error:
        from cnilint.report.terminal import printable

        click.echo(printable(f"cnilint: {error}" + (f" ({error.hint})" if error.hint else "")), err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        # A full disk, a file that went away: where it was looked for, there is a finding or a better message.
        click.echo(f"cnilint: {error}", err=True)
        sys.exit(2)
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo("cnilint: this is a fault of cnilint; please report it with the lines above", err=True)
        sys.exit(3)


def _open_closed_streams() -> None:
    """Gives the process the streams that its parent closed: an empty input, outputs that nobody reads."""
    sys.stdin = sys.stdin or Path(os.devnull).open()  # noqa: SIM115
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115


def _end(leaving: SystemExit) -> NoReturn:
    """Ends the process with its objects as they are, which the frames of ``leaving`` still hold.

    The system takes the memory back at once; to take millions of objects apart first is a tenth of a long run.
    """
    if not isinstance(leaving.code, int):
        raise leaving
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        raise leaving from None
    os._exit(leaving.code)
