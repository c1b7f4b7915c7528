"""The system calls of a run, child processes included, out of the log of strace."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

COMMAND = [
    "strace",
    "-f",
    "--seccomp-bpf",
    "-qq",
    "-y",
    "-s",
    "4096",
    "-e",
    "signal=none",
    "-e",
    "trace=execve,connect,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,truncate,chmod,fchmodat",
]
_LINE = re.compile(r"(\d+) +(\w+)\((.*)\)\s+= (-?\d+)")
_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FOLDER = re.compile(r"(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>, \"")


class Call(Struct, frozen=True):
    """A system call that did not fail: its name and its arguments as strace prints them."""

    name: str
    arguments: str

    @property
    def texts(self) -> list[str]:
        return [_plain(text) for text in _QUOTED.findall(self.arguments)]


@cache
def missing() -> str:
    """Why nothing can be traced here; empty where it can."""
    if shutil.which("strace") is None:
        return "there is no strace: system calls of git, kustomize and helm are not watched"
    tried = subprocess.run([*COMMAND, "-o", os.devnull, "true"], capture_output=True, text=True)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else ""


def calls(text: str) -> tuple[Call, ...]:
    """The calls in a log. Calls that another process interrupts are put together again."""
    open_calls: dict[str, str] = {}
    found: list[Call] = []
    for line in text.splitlines():
        pid, _, rest = line.partition(" ")
        if rest.endswith(" <unfinished ...>"):
            open_calls[pid] = rest.removesuffix(" <unfinished ...>").lstrip()
            continue
        resumed = re.match(r" *<\.\.\. \w+ resumed>", rest)
        if resumed:
            rest = open_calls.pop(pid, "") + rest[resumed.end() :]
        match = _LINE.match(f"{pid} {rest.lstrip()}")
        if match and (int(match[4]) >= 0 or (match[2] == "connect" and "EINPROGRESS" in rest)):
            found.append(Call(match[2], match[3]))
    return tuple(found)


def executed(found: Sequence[Call]) -> list[str]:
    """The programs that were executed."""
    return [call.texts[0] for call in found if call.name == "execve"]


def connected(found: Sequence[Call]) -> list[str]:
    return [call.arguments for call in found if call.name == "connect"]


def touched(found: Sequence[Call]) -> Iterator[tuple[Path, bool]]:
    """Each path that was opened or changed, and whether it was for writing."""
    for call in found:
        if call.name in ("execve", "connect"):
            continue
        writing = not call.name.startswith("open") or _WRITING.search(call.arguments) is not None
        folder = _FOLDER.search(call.arguments)
        for text in call.texts[-1:] if call.name.startswith("symlink") else call.texts:
            path = os.path.join(_plain(folder[1]) if folder else "/", text)
            yield Path(os.path.normpath(path)), writing


def _plain(text: str) -> str:
    return (
        text.encode("latin-1", "replace")
        .decode("unicode_escape")
        .encode("latin-1")
        .decode("utf-8", "replace")
    )
