"""The one gate for processes: git, kustomize, kubectl and helm are started here, and nothing else is.

A program is an absolute path from the ``PATH``. Its environment is made from nothing, so that neither the variables of a
Git hook nor the plugins of a user or a repository take part. It is bounded in time, memory and output, and does not
outlive the process that started it.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO

from msgspec import Struct

MAX_OUTPUT = 256 * 1024 * 1024
MAX_MEMORY = 4 * 1024 * 1024 * 1024
"""Bytes of address space. A program in Go reserves more than half a gigabyte that it does not use."""

_GIT_SECONDS = 60.0
_PIECE = 1 << 20
"""Bytes that are read of a pipe at once."""
_PASSED_ON = ("LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
_GIT_PASSED_ON = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME")
"""Where the user's own settings are, which name the files that they ignore everywhere."""

_GIT_OFFLINE = {
    # A partial clone fetches what it lacks: https://git-scm.com/docs/git#Documentation/git.txt-GITALLOWPROTOCOL
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    # A replaced object has another content than its id says: https://git-scm.com/docs/git-replace
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends to a process when its parent ends."""


class NotInstalled(Exception):
    """A program that is not on the PATH; the text of the exception is its name."""


class Failed(Exception):
    """A program that failed or was stopped; the text of the exception is the reason."""


class TimeBudget(Struct):
    """The seconds that several runs may take together."""

    seconds: float


def program(*names: str) -> str:
    """The absolute path of the first of some programs that is installed. Raises NotInstalled."""
    for name in names:
        found = shutil.which(name, path=_search_path())
        if found is not None:
            return found
    raise NotInstalled(names[0])


def git(root: Path, arguments: Sequence[str], given: bytes | None = None) -> bytes:
    """The output of a Git command in a repository; ``given`` is its standard input. Raises NotInstalled and Failed.

    No setting of the repository starts a program: ``core.fsmonitor`` can name one, and so can hooks. Since nothing is
    started and nothing is written, a repository of another owner is as safe as one of the user's.
    """
    return run(_git_command(arguments), root, TimeBudget(_GIT_SECONDS), _git_variables(root), given)


def _git_command(arguments: Sequence[str]) -> list[str]:
    settings = {"core.fsmonitor": "false", "core.hooksPath": os.devnull, "safe.directory": "*"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [program("git"), *options, *arguments]


def _git_variables(root: Path) -> dict[str, str]:
    passed = {name: os.environ[name] for name in _GIT_PASSED_ON if name in os.environ}
    return {**passed, **_GIT_OFFLINE, **_index(root)}


class GitConversation:
    """A Git command that answers one line after the other, such as ``cat-file --batch``.

    Each process that uses it has its own: after a fork two would read each other's answers.
    """

    def __init__(self, root: Path, arguments: Sequence[str]) -> None:
        self._root = root
        self._arguments = arguments
        self._child: subprocess.Popen[bytes] | None = None
        self._process = 0
        self._buffer = b""

    def ask(self, question: bytes) -> bytes:
        """The first line of the answer, without its end. Raises NotInstalled, and Failed where git ends instead."""
        child = self._running()
        try:
            os.write(_descriptor(child.stdin), question + b"\n")
        except OSError:
            raise self._ended() from None
        while b"\n" not in self._buffer:
            self._buffer += self._more(child)
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes of the answer. Raises Failed."""
        child = self._running()
        parts, missing = [self._buffer[:size]], size - len(self._buffer)
        self._buffer = self._buffer[size:]
        while missing > 0:
            part = self._more(child)
            parts.append(part[:missing])
            self._buffer = part[missing:]
            missing -= len(part)
        return b"".join(parts)

    def end(self) -> None:
        """Ends the command; the next question starts it again."""
        child, self._child, self._buffer = self._child, None, b""
        if child is not None:
            _end_own(child, self._process)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is None or self._process != os.getpid():
            self._process, self._buffer = os.getpid(), b""
            self._child = subprocess.Popen(
                _git_command(self._arguments),
                cwd=self._root,
                env={**_environment(os.devnull), **_git_variables(self._root)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
                preexec_fn=partial(_limit, os.getpid()) if sys.platform == "linux" else None,
            )
            # Who reads many repositories in one process would else keep a git for each.
            weakref.finalize(self, _end_own, self._child, self._process).atexit = False
        return self._child

    def _more(self, child: "subprocess.Popen[bytes]") -> bytes:
        descriptor = _descriptor(child.stdout)
        # Windows cannot wait for a pipe.
        waits = os.name == "posix"
        if waits and not select.select([descriptor], [], [], _GIT_SECONDS)[0]:
            raise self._ended("it took too long")
        data = os.read(descriptor, _PIECE)
        if not data:
            raise self._ended()
        return data

    def _ended(self, reason: str = "git ended") -> Failed:
        self.end()
        return Failed(reason)


def _end_own(child: "subprocess.Popen[bytes]", process: int) -> None:
    """Ends a command, unless another process started it."""
    if process != os.getpid():
        return
    if child.returncode is None:
        # Later its number may be that of another program.
        _end(child)
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            stream.close()


def _descriptor(stream: "IO[bytes] | None") -> int:
    assert stream is not None
    return stream.fileno()


def run(
    command: Sequence[str],
    folder: Path,
    budget: TimeBudget,
    environment: Mapping[str, str] | None = None,
    given: bytes | None = None,
) -> bytes:
    """The standard output of a program, given by its absolute path; ``given`` is its standard input. Raises Failed.

    An argument that is a path of a repository goes through ``path_argument``.
    """
    with tempfile.TemporaryDirectory(prefix="cnilint-") as home, tempfile.TemporaryFile() as output:
        started = time.monotonic()
        child = subprocess.Popen(
            command,
            cwd=folder,
            env={**_environment(home), **(environment or {})},
            stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=output,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=partial(_limit, os.getpid()) if sys.platform == "linux" else None,
        )
        try:
            _, errors = child.communicate(given, timeout=max(budget.seconds, 0))
        except subprocess.TimeoutExpired:
            raise Failed("it took too long") from None
        finally:
            _end(child)
            budget.seconds -= time.monotonic() - started
        if child.returncode != 0:
            raise Failed(_first_line(errors))
        output.seek(0)
        return output.read()


def path_argument(path: str) -> str:
    """A path of a repository as an argument that no program takes for an option."""
    return path if os.path.isabs(path) else f"./{path}"


@contextmanager
def without_git_variables() -> Iterator[None]:
    """For the import of GitPython, which asks git for its version and hands it the whole environment.

    A hook of Git, or ``git rebase --exec``, sets variables that name another repository, or programs.
    """
    hidden = {name: value for name, value in os.environ.items() if name.startswith("GIT_")}
    for name in hidden:
        del os.environ[name]
    os.environ.update(_GIT_OFFLINE)
    try:
        yield
    finally:
        for name in _GIT_OFFLINE:
            os.environ.pop(name, None)
        os.environ.update(hidden)


def _index(root: Path) -> dict[str, str]:
    """The index that a hook was given, when it is one of this repository: ``git commit PATH`` makes a temporary one."""
    given = os.environ.get("GIT_INDEX_FILE")
    if not given:
        return {}
    index = Path(os.path.realpath(root / given))
    folder = _git_folder(root)
    return {"GIT_INDEX_FILE": str(index)} if folder is not None and index.is_relative_to(folder) else {}


def _git_folder(root: Path) -> Path | None:
    """The folder of Git's files; a linked work tree has a file ``.git`` that names it."""
    entry = root / ".git"
    if entry.is_dir():
        return Path(os.path.realpath(entry))
    with suppress(OSError, ValueError):
        named = entry.read_text("utf-8").removeprefix("gitdir:").strip()
        return Path(os.path.realpath(root / named))
    return None


def _search_path() -> str:
    return os.pathsep.join(folder for folder in os.get_exec_path() if os.path.isabs(folder))


def _environment(home: str) -> dict[str, str]:
    """Where programs are, and the language: nothing else of the user's, and an empty home."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed, "PATH": _search_path(), "HOME": home, "USERPROFILE": home}


def end_with_parent(parent: int) -> None:
    """Has the kernel end this process when its parent, of the number ``parent``, ends. Only Linux can."""
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It ended before the request.
        os._exit(1)


def end_children(spared: Collection[object] = ()) -> None:
    """Ends the processes that ``multiprocessing`` started, but for those ``spared``."""
    from multiprocessing import active_children

    for child in active_children():
        if child not in spared:
            child.kill()


def _limit(parent: int) -> None:
    """Runs in the new process, before the program."""
    import resource

    end_with_parent(parent)
    for kind, most in ((resource.RLIMIT_AS, MAX_MEMORY), (resource.RLIMIT_FSIZE, MAX_OUTPUT)):
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Ends the program and whatever it started and left behind: they are one process group."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def _first_line(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else "it failed without a message"
