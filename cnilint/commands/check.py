"""``cnilint check``: options to a source, a run, reports, an exit code."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from cnilint.config import Config, load
from cnilint.errors import UsageError
from cnilint.finding import Report
from cnilint.report import FORMATS
from cnilint.report.view import View
from cnilint.run import Options, check
from cnilint.source import Revision, Stream, Tree
from cnilint.source.base import Source, Unreadable
from cnilint.versions import Version, parse_version

if TYPE_CHECKING:
    pass

_RANK = {"note": 0, "warning": 1, "error": 2, "never": 3}


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
        values["output"] = tuple(_output(text) for text in cast("Sequence[str]", given["output"]))
        values["select"] = _codes(cast("Sequence[str]", given["select"]))
        values["ignore"] = _codes(cast("Sequence[str]", given["ignore"]))
        values["as_of"] = _day(cast("str | None", given["as_of"]))
        return cls(**values)  # type: ignore[arg-type]


def check_command(request: Request) -> int:
    """Runs the check and writes its reports. Gives the exit code."""
    import gc

    gc.disable()
    source = _source(request)
    config = load(request.config_file, source.root) if request.paths != ("-",) else _stream_config(request)
    options = Options(
        select=request.select,
        ignore=request.ignore,
        namespace=request.namespace,
        closed_world=request.closed_world,
        today=request.as_of,
        jobs=request.jobs,
        stream=request.stdin_name if request.paths == ("-",) else None,
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
        return 0
    _write(request, report, source)
    return _exit_code(request.fail_on, report)


def _output(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not equals or name not in FORMATS:
        raise UsageError(
            f"--output takes FORMAT=FILE, not '{text}'", f"FORMAT is one of {', '.join(FORMATS)}"
        )
    return name, Path(path)


def _codes(texts: Sequence[str]) -> tuple[str, ...]:
    from cnilint.catalogue import CODES

    codes = tuple(code.strip() for text in texts for code in text.split(",") if code.strip())
    for code in codes:
        if not any(entry.code.startswith(code) for entry in CODES):
            raise UsageError(f"there is no code '{code}'", "see 'cnilint explain CNI101'")
    return codes


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


def _stream_config(request: Request) -> Config:
    return load(request.config_file, ".")


def _write(request: Request, report: Report, source: Source) -> None:
    view = View(
        _lines(source),
        _colour(request.color),
        _width(),
        request.verbose,
        request.quiet,
        request.show_suppressed,
        _pages(request),
    )
    for name, path in request.output:
        try:
            path.write_text("".join(FORMATS[name](report, view)), "utf-8")
        except OSError as error:
            raise UsageError(f"cannot write '{path}': {error.strerror}") from None
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.stdout.write("".join(FORMATS[request.format_](report, view)))
    sys.stdout.flush()


def _pages(request: Request) -> Mapping[str, str]:
    if "sarif" not in {request.format_, *(name for name, _ in request.output)}:
        return {}
    from cnilint.commands.explain import pages

    return pages()


def _lines(source: Source) -> Callable[[str], Sequence[str]]:
    @lru_cache(maxsize=8)
    def lines(path: str) -> Sequence[str]:
        try:
            data = source.read(path)
        except Unreadable:
            return ()
        return () if data is None else data.decode("utf-8", "replace").split("\n")

    return lines


def _colour(choice: str) -> bool:
    if choice != "auto":
        return choice == "always"
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _width() -> int:
    if not sys.stdout.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns


def _exit_code(fail_on: str, report: Report) -> int:
    worst = max((_RANK[each.severity] for each in report.findings if each.suppressed is None), default=-1)
    return int(worst >= _RANK[fail_on])


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
