"""The one gate for processes: git, kustomize and helm are started here, and nothing else is.

The program is an absolute path of ``PATH``, never one of the repository. Its environment is made from nothing, so
that no ``GIT_DIR`` of a hook and no plugin of a user or of a repository takes part. It has an end: in time, in memory
and in what it may print. It ends with the process that started it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MAX_OUTPUT_BYTES = 256 * 1024 * 1024
MAX_MEMORY_BYTES = 4 * 1024 * 1024 * 1024
"""Of address space. Programs in Go reserve half a gigabyte that they do not use."""

_PASSED_ON = ("LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP")
_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends to a child when its parent ends."""


class NotInstalled(Exception):
    """A program that is not on the PATH; the message is its name."""


class Failed(Exception):
    """A program that did not do its work; the message is the first line that it said, or why it was stopped."""


@dataclass(slots=True)
class Budget:
    """The seconds that all runs of one kind may take together."""

    seconds: float

    def left(self) -> float:
        return max(self.seconds, 0.0)

    def spend(self, seconds: float) -> None:
        self.seconds -= seconds


def program(*names: str) -> str:
    """The absolute path of the first of some programs that is installed. Raises NotInstalled."""
    folders = [folder for folder in os.get_exec_path() if os.path.isabs(folder)]
    for name in names:
        found = shutil.which(name, path=os.pathsep.join(folders))
        if found is not None:
            return found
    raise NotInstalled(names[0])


def run(
    command: Sequence[str],
    folder: Path,
    budget: Budget,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """What a program prints on its standard output.

    ``command`` begins with the path that ``program`` gives. Arguments that come from a repository must not begin with
    ``-``: see ``as_path``. Raises Failed.
    """
    with tempfile.TemporaryDirectory(prefix="cnilint-") as home, tempfile.TemporaryFile() as output:
        started = time.monotonic()
        child = subprocess.Popen(
            command,
            cwd=folder,
            env={**_environment(home), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_limit if sys.platform == "linux" else None,
        )
        try:
            _, errors = child.communicate(timeout=budget.left())
        except subprocess.TimeoutExpired:
            raise Failed("it took too long") from None
        finally:
            _end(child)
            budget.spend(time.monotonic() - started)
        if child.returncode != 0:
            raise Failed(_first_line(errors))
        if output.tell() > MAX_OUTPUT_BYTES:
            raise Failed(f"it printed more than {MAX_OUTPUT_BYTES >> 20} MiB")
        output.seek(0)
        return output.read()


def as_path(path: str) -> str:
    """A path of a repository as an argument that no program takes for an option."""
    return path if path.startswith(("/", "./")) else f"./{path}"


def _environment(home: str) -> dict[str, str]:
    """Nothing of the user's but where programs are and which language they speak; an empty home."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    folders = (folder for folder in os.get_exec_path() if os.path.isabs(folder))
    return {**passed, "PATH": os.pathsep.join(folders), "HOME": home, "USERPROFILE": home}


def _limit() -> None:
    """Runs in the child: it ends with its parent, and cannot take all of the machine's memory."""
    import ctypes
    import resource

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES))


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Ends the program and all that it started, whether it still runs or left something behind."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _first_line(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else "it failed and did not say why"
