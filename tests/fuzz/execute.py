"""One execution: runs cnilint in this process, and says which invariants it broke."""

import gc
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any

from tests.conftest import ROOT
from tests.fuzz.targets import CANARY, FORMATS, Files, Target

SECONDS = 3.0
SECONDS_PER_MB = 10.0
MEMORY = 3 << 30
"""Bytes of address space; coverage of atheris included."""
SARIF_SCHEMA = ROOT.parent / "shared" / "reference" / "sarif-2.1.0.schema.json"
_EACH_SARIF = 25
"""Validation against the schema of SARIF is slow: one report of so many is validated."""
_OURS = (
    str(ROOT),
    sys.prefix,
    sys.base_prefix,
    "/usr/lib",
    "/usr/local/lib",
    "/usr/share",
    "/dev/null",
    "/dev/urandom",
)


class Late(BaseException):
    """The time of an execution is over."""


class Executor:
    """Executes inputs of a target below ``top``, an empty folder outside of any Git repository."""

    def __init__(self, target: Target, top: Path) -> None:
        from jsonschema import Draft7Validator, Draft202012Validator

        self._target = target
        self._top = top
        self._repo = top / "repo"
        self._out = top / "out"
        self._git = top / "git"
        self._running = False
        self._broken: list[str] = []
        self._count = 0
        self._report = Draft202012Validator(
            json.loads((ROOT / "schemas" / "report.schema.json").read_text("utf-8"))
        )
        self._sarif = (
            Draft7Validator(json.loads(SARIF_SCHEMA.read_text("utf-8"))) if SARIF_SCHEMA.exists() else None
        )
        os.environ.update({"HOME": str(top), "GIT_CEILING_DIRECTORIES": str(top)})
        # The empty HOME of git's processes is made here, so that an open elsewhere is a fault.
        tempfile.tempdir = str(top)
        sys.addaudithook(self._hook)
        signal.signal(signal.SIGPROF, self._late)
        resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 20, 256 << 20))

    def broken(self, data: bytes, *, thorough: bool = False) -> list[str]:
        """The invariants that an input breaks, each as a line that is the same for the same fault."""
        built = self._target.build(data)
        if built is None:
            return []
        files, arguments = built
        self._count += 1
        if self._target.earlier is not None:
            self._commit(self._target.earlier(data), files)
        self._write(files)
        sys.stdin = io.TextIOWrapper(io.BytesIO(self._target.stdin(data)))
        if self._target.answers is not None:
            _serve(self._target.answers(data), self._repo / "kubeconfig")
        self._broken = []
        outputs = [
            option
            for name in FORMATS
            if arguments[0] in ("check", "diff", "ownership", "presync")
            and self._target.name != "commandline"
            for option in ("--output", f"{name}={self._out / name}")
        ]
        out, err = (
            io.TextIOWrapper(io.BytesIO(), "utf-8"),
            io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace"),
        )
        here = os.getcwd()
        os.chdir(self._repo)
        self._running = True
        signal.setitimer(signal.ITIMER_PROF, SECONDS + SECONDS_PER_MB * len(data) / 1e6)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code, fault = _run([*arguments, *outputs])
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self._running = False
            os.chdir(here)
            gc.enable()
        if fault:
            self._broken.append(fault)
        elif code not in (0, 1, 2):
            self._broken.append(f"exit code {code}")
        self._broken += self._reports(_text(out), _text(err), thorough)
        if self._count % 50 == 0:
            gc.collect()
        return list(dict.fromkeys(self._broken))

    def _commit(self, earlier: Files, files: Files) -> None:
        """Makes the repository of two commits, by the one command that needs neither index nor work tree."""
        shutil.rmtree(self._git, ignore_errors=True)
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self._git)], check=True)
        stream = b"".join(_commit_text(number, each) for number, each in enumerate((earlier, files)))
        subprocess.run(["git", "fast-import", "--quiet"], cwd=self._git, input=stream, check=True)
        (self._git / "config").write_text("[core]\nrepositoryformatversion = 0\n")

    def _write(self, files: Files) -> None:
        for folder in (self._repo, self._out):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        if self._target.earlier is not None:
            self._git.rename(self._repo / ".git")
        for name, data in files.items():
            path = self._repo / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def _reports(self, out: str, err: str, thorough: bool) -> Iterator[str]:
        said = {"stdout": out, "stderr": err}
        said |= {path.name: path.read_text("utf-8", "replace") for path in sorted(self._out.iterdir())}
        for name, text in said.items():
            if "Traceback (most recent call last)" in text and name == "stderr":
                yield "a traceback is printed"
            if name in ("stdout", "stderr", "text", "concise", "github") and "\x1b" in text.replace(
                "\x1b[", ""
            ):
                yield f"a control character is in {name}"
        printed = [text for text in said.values() if CANARY in text]
        if printed:
            yield f"the value of a Secret is printed {_with_codes(said)}"
        if "json" in said:
            yield from _invalid("json", said["json"], self._report)
        if "sarif" in said and self._sarif is not None and (thorough or self._count % _EACH_SARIF == 0):
            yield from _invalid("sarif", said["sarif"], self._sarif)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self._running:
            return
        if event == "open" and isinstance(arguments[0], str):
            self._opened(os.path.realpath(arguments[0]), arguments[2])
        elif event in ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system"):
            command = arguments[1] if event != "os.system" else arguments
            program = str(command[0]) if isinstance(command, Sequence) and command else str(arguments[0])
            if Path(program).name != "git":
                self._broken.append(f"it started {program}")
                raise PermissionError("no process is started here")
        elif event.startswith("socket.connect"):
            self._broken.append("it connected")

    def _opened(self, path: str, flags: object) -> None:
        inside = path.startswith(str(self._top))
        # On the way to the repository around a folder, which here is around nothing.
        sought = str(self._top).startswith(os.path.dirname(path)) and path.endswith(
            ("/HEAD", "/commondir", "/.git")
        )
        if not inside and not path.startswith(_OURS) and not sought:
            self._broken.append(f"it opened {path}")
        writing = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (
            writing
            and not inside
            and path != os.devnull
            and not path.endswith(".pyc")
            and "__pycache__" not in path
        ):
            if self._target.name != "commandline":
                self._broken.append(f"it wrote {path}")
            raise PermissionError(f"nothing is written outside: {path}")

    def _late(self, _number: int, _frame: FrameType | None) -> None:
        if self._running:
            raise Late


def _commit_text(number: int, files: Files) -> bytes:
    """A commit for ``git fast-import``."""
    head = b"commit refs/heads/main\ncommitter a <a@example.invalid> %d +0000\n" % (1_767_225_600 + number)
    contents = b"".join(
        b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data)
        for name, data in files.items()
    )
    return head + b"data 4\ntext\ndeleteall\n" + contents


def _serve(answers: Mapping[str, bytes], kubeconfig: Path) -> None:
    """Has the client take its answers from a table: nothing connects."""
    from cnilint.cluster.client import ClusterClient, _Answer, _Request

    def send(_self: ClusterClient, request: _Request) -> _Answer:
        body = answers.get(request.path)
        return _Answer(404, "", b"{}") if body is None else _Answer(200, "", body)

    os.environ["KUBECONFIG"] = str(kubeconfig)
    ClusterClient._send = send  # type: ignore[method-assign]


def _run(arguments: Sequence[str]) -> tuple[int, str]:
    """The exit code of a run, and the fault of cnilint's own that ended it, as its type and innermost own line."""
    import click

    from cnilint.cli.main import cli
    from cnilint.errors import UsageError

    try:
        cli.main(list(arguments), prog_name="cnilint", standalone_mode=False)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0, ""
    except (click.ClickException, UsageError, OSError):
        return 2, ""
    except click.Abort:
        return 130, ""
    except Late:
        return 0, f"it takes too long, in {_place(sys.exc_info()[2])}"
    # An exception of any type is what the fuzzer looks for: exit 3 in the real program.
    except Exception as error:
        return 3, f"{type(error).__name__} in {_place(error.__traceback__)}"
    return 0, ""


def _place(trace: Any) -> str:
    own = [frame for frame in traceback.extract_tb(trace) if f"{os.sep}cnilint{os.sep}" in frame.filename]
    frame = own[-1] if own else traceback.extract_tb(trace)[-1]
    return f"{Path(frame.filename).name}:{frame.name}"


def _with_codes(said: dict[str, str]) -> str:
    """Which findings hold the value, or that it is elsewhere: another code is another fault."""
    lines = [line for line in said.get("concise", "").splitlines() if CANARY in line]
    codes = sorted({code for line in lines for code in re.findall(r"CNI\d{3}", line)})
    return f"in the message of {', '.join(codes)}" if codes else "in an excerpt or in another place"


def _invalid(name: str, text: str, validator: Any) -> Iterator[str]:
    try:
        found = json.loads(text)
    except ValueError:
        yield f"{name} is not JSON"
        return
    for error in validator.iter_errors(found):
        yield f"{name} is not valid at {'/'.join('*' if isinstance(part, int) else part for part in error.absolute_path)}"


def _text(stream: io.TextIOWrapper) -> str:
    if stream.closed:
        return ""
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8", "replace")  # type: ignore[attr-defined,no-any-return]
