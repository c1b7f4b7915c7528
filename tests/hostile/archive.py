"""Attacks as data: a header of ``key: value`` lines, then the files of the sandbox, each below ``-- path --``.

The header:

    what     one sentence: what is tried, and what must happen
    run      a command line, repeatable; ``check`` and ``ownership`` write a report in every format
    stdin    a file of the archive that is the standard input
    exit     the exit codes that are allowed (default: 0 1 2)
    codes    codes that must be among the findings
    show     text that must be in the text report or on stderr, repeatable
    hide     text that must not be there, repeatable; the canaries must be in no format
    git      yes: the repository is a Git repository whose files are tracked
    fails    why the attack succeeds today: the test is expected to fail, and strict

Attributes of a file stand in brackets behind its path: ``-- repo/a.yaml [link ../outside/a.yaml] --``, ``[fifo]``,
``[folder]``, ``[utf-16-le]`` (and any other encoding of Python), ``[escaped]`` (escapes of Python in the text),
``[executable]``, ``[cut]`` (no newline at the end). A path in double quotes holds escapes.
Paths start with ``repo/``, ``outside/``, ``live/``. ``@canary@``, ``@canary64@`` and ``@sandbox@`` are replaced.
"""

import codecs
import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct, field

from tests.hostile.run import CANARY, CANARY64, Sandbox
from tests.platforms import make_pipe

_FILE = re.compile(r'-- ("[^"]*"|\S.*?)(?: \[([^\]]*)\])? --')
_REPEATABLE = frozenset({"run", "show", "hide"})
_KEYS = _REPEATABLE | {"what", "stdin", "exit", "codes", "git"}


class Member(Struct, frozen=True):
    """A file of an archive: its path, its attribute, its text."""

    path: str
    attribute: str
    text: str


class Attack(Struct):
    """One attack."""

    name: str
    header: dict[str, list[str]] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)

    def one(self, key: str, default: str = "") -> str:
        return self.header.get(key, [default])[0]

    def several(self, key: str) -> Sequence[str]:
        return self.header.get(key, [])

    @property
    def exit_codes(self) -> list[int]:
        return [int(code) for code in self.one("exit", "0 1 2").split()]


def parse(name: str, text: str) -> Attack:
    """The attack in a text. Raises ValueError for a header that has an unknown key or lacks ``what`` or ``run``."""
    head, *rest = re.split(r"(?m)^(?=-- .* --$)", text)
    attack = Attack(name)
    for line in head.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        key, _, value = line.partition(":")
        if key not in _KEYS or (key in attack.header and key not in _REPEATABLE):
            raise ValueError(f"{name}: unexpected header {key!r}")
        attack.header.setdefault(key, []).append(value.strip())
    if not {"what", "run"} <= attack.header.keys():
        raise ValueError(f"{name}: an attack says what it tries and what to run")
    for part in rest:
        first, _, content = part.partition("\n")
        match = _FILE.fullmatch(first)
        if match is None:
            raise ValueError(f"{name}: {first!r} is not the head of a file")
        path = json.loads(match[1]) if match[1].startswith('"') else match[1]
        attack.members.append(Member(path, match[2] or "", content))
    return attack


def unpack(attack: Attack, sandbox: Sandbox) -> None:
    """Writes the files of the attack into the sandbox."""
    for member in attack.members:
        path = sandbox.top / member.path
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, member.attribute, replaced(member.text, sandbox), sandbox)
    if attack.one("git") == "yes":
        git(sandbox, "init", "--quiet")
        git(sandbox, "add", "--all")


def replaced(text: str, sandbox: Sandbox) -> str:
    return (
        text.replace("@canary@", CANARY)
        .replace("@canary64@", CANARY64)
        .replace("@sandbox@", str(sandbox.top))
    )


def git(sandbox: Sandbox, *arguments: str, **environment: str) -> str:
    """Runs git in the repository, with no settings of the user's."""
    usual = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(sandbox.temporary)}
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *who, *arguments],
        cwd=sandbox.repo,
        env={"PATH": os.environ["PATH"], **usual, **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def _write(path: Path, attribute: str, text: str, sandbox: Sandbox) -> None:
    word, _, argument = attribute.partition(" ")
    if word == "link":
        path.symlink_to(replaced(argument, sandbox))
    elif word == "fifo":
        make_pipe(path)
    elif word == "folder":
        path.mkdir(exist_ok=True)
    elif word == "escaped":
        path.write_bytes(codecs.escape_decode(text.encode())[0])  # type: ignore[attr-defined]
    elif word == "cut":
        path.write_text(text.removesuffix("\n"), "utf-8")
    elif word == "executable":
        path.write_text(text, "utf-8")
        path.chmod(0o755)
    else:
        path.write_text(text, word or "utf-8")
