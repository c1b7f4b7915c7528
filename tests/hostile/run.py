"""Runs cnilint on hostile input and tells what the run did: exit code, output, files, processes, connections."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.conftest import ROOT
from tests.hostile import strace
from tests.hostile.strace import Call

CANARY = "canary7f3a9c"
CANARY64 = "Y2FuYXJ5N2YzYTlj"
"""The canary in base64: the value of a Secret's data."""
FORMATS = ("concise", "json", "sarif", "github", "html")
"""The formats that each run writes to files beside its text on stdout."""
SECONDS = 20
TOOLS = frozenset({"git"})
_HARMLESS = ("/dev/null", "/dev/urandom", "/etc/mime.types")
_OUR_OWN = (
    str(ROOT),
    sys.prefix,
    sys.base_prefix,
    "/usr/lib",
    "/usr/share/zoneinfo",
    "/usr/local/lib",
    "/dev/shm/",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Sandbox(Struct, frozen=True):
    """The folders of one attack: ``repo`` is checked, ``outside`` must not be read, ``out`` receives the reports."""

    top: Path

    @property
    def repo(self) -> Path:
        return self.top / "repo"

    @property
    def outside(self) -> Path:
        return self.top / "outside"

    @property
    def out(self) -> Path:
        return self.top / "out"

    @property
    def temporary(self) -> Path:
        return self.top / "tmp"

    def prepare(self) -> "Sandbox":
        for folder in (self.repo, self.outside, self.out, self.temporary):
            folder.mkdir(exist_ok=True)
        return self

    def environment(self) -> dict[str, str]:
        """A usual environment, whose temporary files are in the sandbox."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.temporary),
            "TMPDIR": str(self.temporary),
            "LC_ALL": "C.UTF-8",
        }


class Run(Struct, frozen=True):
    """One run and what it did.

    ``code`` is negative for a signal; ``events`` are those of the audit hook, ``calls`` those of a traced runner.
    """

    code: int
    out: str
    err: str
    reports: dict[str, str]
    timed_out: bool = False
    cpu: float = 0.0
    memory: int = 0
    left_behind: bool = False
    events: tuple[list[Any], ...] = ()
    calls: tuple[Call, ...] = ()

    @property
    def said(self) -> str:
        """Everything that the run printed or wrote, in all formats."""
        return "\n".join((self.out, self.err, *self.reports.values()))

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.reports["json"])  # type: ignore[no-any-return]

    @property
    def codes(self) -> list[str]:
        return [each["code"] for each in self.report["findings"]] if self.reports.get("json") else []

    def opened(self) -> Iterator[tuple[Path, bool]]:
        """Each path that was opened, and whether for writing. Descriptors have no path."""
        for event, folder, *given in self.events:
            if event == "open" and isinstance(given[0], str):
                mode, flags = given[1], given[2] if len(given) > 2 else 0
                writing = (
                    any(letter in mode for letter in "wax+")
                    if isinstance(mode, str) and mode != "None"
                    else False
                )
                yield (
                    _absolute(folder, given[0]),
                    writing or bool(isinstance(flags, int) and flags & _WRITING),
                )
            elif event in ("os.listdir", "os.scandir") and isinstance(given[0], str):
                yield _absolute(folder, given[0]), False
            elif event in (
                "os.remove",
                "os.rename",
                "os.mkdir",
                "os.rmdir",
                "os.link",
                "os.symlink",
                "os.truncate",
            ):
                yield _absolute(folder, str(given[0])), True

    def started(self) -> list[list[str]]:
        """The command of each process that was started."""
        commands: list[list[str]] = []
        for event, _folder, *given in self.events:
            if event == "subprocess.Popen":
                commands.append(
                    [str(each) for each in given[1]] if isinstance(given[1], list) else [str(given[1])]
                )
            elif event in ("os.posix_spawn", "os.exec"):
                commands.append([str(each) for each in given[1]])
            elif event == "os.system":
                commands.append([str(given[0])])
        return commands

    def connections(self) -> list[str]:
        return [str(given) for event, _folder, *given in self.events if event.startswith("socket.")]


def _absolute(folder: str, name: str) -> Path:
    return Path(os.path.normpath(os.path.join(folder, name)))


class Runner:
    """Starts the zygote and has it run cnilint; ``trace`` is the log of strace, which then watches all processes."""

    def __init__(self, trace: Path | None = None) -> None:
        self._trace = trace
        watched = [*strace.COMMAND, "-o", str(trace)] if trace else []
        self._zygote = subprocess.Popen(
            [*watched, sys.executable, str(Path(__file__).with_name("zygote.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert self._zygote.stdout is not None
        if self._zygote.stdout.readline() != "ready\n":
            raise RuntimeError("the process that runs cnilint did not start")

    def close(self) -> None:
        assert self._zygote.stdin is not None
        self._zygote.stdin.close()
        self._zygote.wait()

    def run(
        self,
        sandbox: Sandbox,
        *arguments: str,
        stdin: bytes = b"",
        environment: dict[str, str] | None = None,
        folder: Path | None = None,
        reports: bool = True,
        seconds: float = SECONDS,
        memory: int = 0,
        cpu: int = 0,
        explode: int = 0,
    ) -> Run:
        """Runs cnilint in the repository of the sandbox, or in ``folder``.

        ``reports`` also writes each format of FORMATS to a file. ``seconds``, ``cpu`` (seconds) and ``memory`` (bytes) are
        limits.
        ``explode`` raises an error in the n-th call that is given a canary.
        """
        given = [*arguments, *(report_options(sandbox) if reports else ())]
        for name in sandbox.out.iterdir():
            name.unlink()
        (sandbox.top / "stdin").write_bytes(stdin)
        request = {
            "arguments": given,
            "folder": str(folder or sandbox.repo),
            "environment": {**sandbox.environment(), **(environment or {})},
            "stdin": str(sandbox.top / "stdin"),
            "stdout": str(sandbox.top / "stdout"),
            "stderr": str(sandbox.top / "stderr"),
            "audit": str(sandbox.top / "audit"),
            "seconds": seconds,
            "memory": memory,
            "cpu": cpu,
            "explode": explode,
            "canary": CANARY,
        }
        (sandbox.top / "audit").unlink(missing_ok=True)
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        start = self._trace.stat().st_size if self._trace else 0
        self._zygote.stdin.write(json.dumps(request) + "\n")
        self._zygote.stdin.flush()
        answer = json.loads(self._zygote.stdout.readline())
        return Run(
            out=_text(sandbox.top / "stdout"),
            err=_text(sandbox.top / "stderr"),
            reports=written_reports(sandbox),
            events=tuple(json.loads(line) for line in _text(sandbox.top / "audit").splitlines()),
            calls=strace.calls(_text(self._trace)[start:]) if self._trace else (),
            **answer,
        )


def report_options(sandbox: Sandbox) -> list[str]:
    return [option for name in FORMATS for option in ("--output", f"{name}={sandbox.out / name}")]


def written_reports(sandbox: Sandbox) -> dict[str, str]:
    return {path.name: _text(path) for path in sorted(sandbox.out.iterdir())}


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""


def breaches(
    run: Run, sandbox: Sandbox, *, codes: Sequence[int] = (0, 1, 2), tools: frozenset[str] = TOOLS
) -> list[str]:
    """What a run did that no input may make it do."""
    return [
        *_bad_ending(run, codes),
        *_said_too_much(run),
        *_touched(run, sandbox),
        *_started(run, tools),
        *_traced(run, sandbox, tools),
    ]


def _bad_ending(run: Run, codes: Sequence[int]) -> Iterator[str]:
    if run.timed_out:
        yield "it did not end in time"
    elif run.code not in codes:
        yield f"exit code {run.code}, not one of {list(codes)}: {run.err[-300:]}"
    if "Traceback (most recent call last)" in run.err + run.out:
        yield "it printed a traceback"
    if run.left_behind:
        yield "a process that it started outlives it"


def _said_too_much(run: Run) -> Iterator[str]:
    for name, text in {"stdout": run.out, "stderr": run.err, **run.reports}.items():
        for line in text.splitlines():
            if CANARY in line or CANARY64 in line:
                place = max(line.find(CANARY), line.find(CANARY64), 0)
                yield f"the canary is in {name}: {line[max(place - 100, 0) : place + 100]!r}"
                break


def _touched(run: Run, sandbox: Sandbox) -> Iterator[str]:
    reports = {sandbox.out / name for name in FORMATS}
    for path, writing in sorted(set(run.opened())):
        if path in reports or str(path) in _HARMLESS:
            continue
        if writing:
            if not (path.is_relative_to(sandbox.temporary) or str(path).startswith("/dev/shm/")):
                yield f"it wrote {path}"
        elif path.is_relative_to(sandbox.repo):
            if _leads_out(path, sandbox):
                yield f"it read {path}, which is {path.resolve()}"
        elif not _may_be_read(path, sandbox):
            yield f"it read {path}"


def _may_be_read(path: Path, sandbox: Sandbox) -> bool:
    """Whether a file outside of the repository is the program's own, or is looked for on the way to a Git repository."""
    if str(path).startswith(_OUR_OWN) or path.is_relative_to(sandbox.temporary):
        return True
    return sandbox.top.is_relative_to(path) or (
        sandbox.top.is_relative_to(path.parent) and path.name in ("HEAD", "commondir", ".git")
    )


def _leads_out(path: Path, sandbox: Sandbox) -> bool:
    try:
        return not path.resolve().is_relative_to(sandbox.repo.resolve())
    except (OSError, RuntimeError):
        return False


def _started(run: Run, tools: frozenset[str]) -> Iterator[str]:
    for command in run.started():
        if Path(command[0]).name not in tools:
            yield f"it started {command}"
    for connection in run.connections():
        yield f"it connected: {connection}"


def _traced(run: Run, sandbox: Sandbox, tools: frozenset[str]) -> Iterator[str]:
    """What the processes did that cnilint started: they may read what they like, but write and start nothing."""
    for program in strace.executed(run.calls):
        if Path(program).name not in tools:
            yield f"{program} was executed"
    for connection in strace.connected(run.calls):
        if "AF_UNIX" not in connection:
            yield f"something connected: {connection}"
    ours = {sandbox.out / name for name in FORMATS} | {
        sandbox.top / name for name in ("stdout", "stderr", "audit")
    }
    for path, writing in sorted(set(strace.touched(run.calls))):
        inside = path.is_relative_to(sandbox.temporary) or str(path).startswith(
            ("/dev/shm/", "/dev/null", "/dev/tty")
        )
        if writing and path not in ours and not inside:
            yield f"something wrote {path}"
