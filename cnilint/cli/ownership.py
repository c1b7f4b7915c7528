"""``cnilint ownership``: options to dumps and manifests, an audit, reports, an exit code."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Self, cast

from cnilint.analysis.ownership import Options, audit
from cnilint.cli.output import code_list, exit_code, lines_of, outputs, write
from cnilint.config.load import load
from cnilint.errors import UsageError
from cnilint.ownership.predict.applier import ApplierChoice, chosen_applier
from cnilint.source import Tree
from cnilint.source.base import MANIFESTS, too_large
from cnilint.ssa.schema.schema import SchemaError

_STDIN = "stdin"


@dataclass(frozen=True, slots=True)
class Request:
    """The options of ``cnilint ownership``."""

    live: tuple[str, ...]
    desired: tuple[str, ...]
    previous: tuple[str, ...]
    manager: str | None
    applier: str | None
    force: bool
    tree: bool
    kube_version: str | None
    format_: str
    output: tuple[tuple[str, Path], ...]
    config_file: Path | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    fail_on: str
    namespace: str | None
    color: str
    quiet: bool
    verbose: bool

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Self:
        """The request in parsed options. Raises UsageError."""
        values = dict(given)
        values["output"] = outputs(cast("Sequence[str]", given["output"]))
        values["select"] = code_list(cast("Sequence[str]", given["select"]))
        values["ignore"] = code_list(cast("Sequence[str]", given["ignore"]))
        request = cls(**values)  # type: ignore[arg-type]
        _require_use_of_previous(request)
        return request


def ownership_command(request: Request) -> NoReturn:
    """Runs the audit, writes its reports and exits."""
    import gc
    from datetime import date

    gc.disable()
    source = Tree(request.desired) if request.desired else None
    old_release = Tree(request.previous) if request.previous else None
    root = source.root if source is not None else os.fspath(Path.cwd())
    dumps = dict(_dumps(request.live, Path(root)))
    config = load(request.config_file, root)
    options = Options(
        ApplierChoice(request.applier, request.manager, request.force),
        request.kube_version,
        request.tree,
        request.namespace,
        request.select,
        request.ignore,
        date.today().isoformat(),
        config,
    )
    try:
        report, _cases = audit(dumps, source, root, options, old_release)
    except SchemaError as error:
        raise UsageError(f"--kube-version: {error}") from None

    def read(path: str) -> bytes | None:
        data = dumps.get(path)
        return source.read(path) if data is None and source is not None else data

    write(
        report,
        lines_of(read),
        request.format_,
        request.output,
        root=None if source is None else source.root,
        color=request.color,
        quiet=request.quiet,
        verbose=request.verbose,
    )
    # From here, and not from the caller, so that nothing of the audit is taken apart before the process ends.
    sys.exit(exit_code(request.fail_on, report))


def _require_use_of_previous(request: Request) -> None:
    """Raises UsageError for an old release that nothing is compared with."""
    if not request.previous:
        return
    if not request.desired:
        raise UsageError("--previous needs --desired: an old release is compared with the new manifests")
    tool = chosen_applier(ApplierChoice(request.applier, request.manager, request.force))
    if tool is not None and not tool.needs_release:
        option = f"--applier {request.applier}" if request.applier else f"--manager {request.manager}"
        raise UsageError(f"--previous is of no use with {option}, which does not compare with an old release")


def _dumps(given: Sequence[str], root: Path) -> Iterator[tuple[str, bytes]]:
    """The text of each dump by the name under which reports show it."""
    if given.count("-") > 1:
        raise UsageError("standard input (-) can be read only once")
    for text in given:
        if text == "-":
            yield _STDIN, sys.stdin.buffer.read()
            continue
        path = Path(text)
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.suffix in MANIFESTS and file.is_file():
                    yield _shown(file, root), _read(file)
        else:
            yield _shown(path, root), _read(path)


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"'{path}' is no regular file")
        refused = too_large(path.stat().st_size)
        if refused:
            raise UsageError(f"'{path}' is not read: {refused}")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}") from None


def _shown(path: Path, root: Path) -> str:
    """The path from the root of the manifests, or as it was given where it lies elsewhere."""
    absolute = Path(os.path.normpath(Path.cwd() / path))
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else path.as_posix()
