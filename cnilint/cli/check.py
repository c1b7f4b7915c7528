"""``cnilint check``: options to a source, a run, reports, an exit code."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Self, cast

from cnilint.analysis.check import Options, check
from cnilint.checks import CODES
from cnilint.cli.output import code_list, exit_code, lines_of, outputs, write
from cnilint.config.load import load
from cnilint.config.model import Config
from cnilint.errors import UsageError
from cnilint.source import Revision, Stream, Tree
from cnilint.source.base import Source
from cnilint.versions import Version, parse_version


@dataclass(frozen=True, slots=True)
class Request:
    """The options of ``cnilint check``."""

    paths: tuple[str, ...]
    format_: str
    output: tuple[tuple[str, Path], ...]
    rev: str | None
    config_file: Path | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    fail_on: str
    live: tuple[Path, ...]
    render: bool
    closed_world: bool
    target: tuple[str, ...]
    kube_version: str | None
    namespace: str | None
    stdin_name: str
    as_of: str
    jobs: int
    color: str
    show_suppressed: bool
    explain_environments: bool
    quiet: bool
    verbose: bool

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Self:
        """The request in parsed options. Raises UsageError."""
        values = dict(given)
        values["paths"] = tuple(cast("Sequence[str]", given["paths"])) or (".",)
        values["output"] = outputs(cast("Sequence[str]", given["output"]))
        values["select"] = code_list(cast("Sequence[str]", given["select"]))
        values["ignore"] = code_list(cast("Sequence[str]", given["ignore"]))
        values["as_of"] = _day(cast("str | None", given["as_of"]))
        return cls(**values)  # type: ignore[arg-type]


def check_command(request: Request) -> NoReturn:
    """Runs the check, writes its reports and exits."""
    import gc

    gc.disable()
    source = _source(request)
    streamed = request.paths == ("-",)
    config = load(request.config_file, "." if streamed else source.root, CODES)
    options = Options(
        select=request.select,
        ignore=request.ignore,
        namespace=request.namespace,
        closed_world=request.closed_world,
        today=request.as_of,
        jobs=request.jobs,
        stream=request.stdin_name if streamed else None,
        config=config,
        live=request.live,
        render=request.render,
        targets=_targets(request, config),
        kube_version=None
        if request.kube_version is None
        else _version("--kube-version", request.kube_version),
    )
    with _progress(request) as progress:
        report, environments = check(source, options, progress)
    if request.explain_environments:
        from cnilint.report.environments import explain

        sys.stdout.write(explain(environments))
        sys.exit(0)
    write(
        report,
        lines_of(source.read),
        request.format_,
        request.output,
        root=None if streamed else source.root,
        color=request.color,
        quiet=request.quiet,
        verbose=request.verbose,
        show_suppressed=request.show_suppressed,
    )
    # From here, and not from the caller, so that the environments are not taken apart before the process ends.
    sys.exit(exit_code(request.fail_on, report))


def _targets(request: Request, config: Config) -> dict[str, Version]:
    targets = {name: _version(f"targets.{name}", text) for name, text in config.targets.items()}
    for text in request.target:
        name, equals, version = text.partition("=")
        if not equals:
            raise UsageError(f"--target takes COMPONENT=VERSION, not '{text}'")
        targets[name] = _version("--target", version)
    return targets


def _version(option: str, text: str) -> Version:
    version = parse_version(text)
    if version is None:
        raise UsageError(f"{option}: '{text}' is no version", "expected one such as 1.30")
    return version


def _day(text: str | None) -> str:
    from datetime import date

    try:
        return (date.fromisoformat(text) if text else date.today()).isoformat()
    except ValueError:
        raise UsageError(f"--as-of takes a date such as 2026-01-31, not '{text}'") from None


def _source(request: Request) -> Source:
    if "-" in request.paths:
        if len(request.paths) > 1:
            raise UsageError("standard input (-) cannot be combined with other paths")
        if request.rev is not None:
            raise UsageError("--rev reads a Git revision, and standard input has none")
        return Stream(request.stdin_name, sys.stdin.buffer.read())
    if request.rev is not None:
        if request.render:
            raise UsageError("--render needs files on disk, and --rev reads the object database")
        return Revision(request.paths, request.rev)
    return Tree(request.paths)


class _Bar:
    """A progress bar on a terminal, shown only when the work takes longer than a second."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted
        self.shown = False

    def __enter__(self) -> Callable[[int, int], None] | None:
        from time import monotonic

        self.started = monotonic()
        return self._draw if self.wanted else None

    def __exit__(self, *_: object) -> None:
        if self.shown:
            sys.stderr.write("\r\x1b[K")

    def _draw(self, done: int, total: int) -> None:
        from time import monotonic

        if monotonic() - self.started < 1 or not total:
            return
        self.shown = True
        filled = 30 * done // total
        sys.stderr.write(f"\rreading [{'#' * filled}{'.' * (30 - filled)}] {done} of {total} files")
        sys.stderr.flush()


def _progress(request: Request) -> _Bar:
    return _Bar(sys.stderr.isatty() and not request.quiet)
