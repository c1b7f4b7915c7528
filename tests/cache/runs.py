"""Runs of the command on one repository, with a cache and without."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from cnilint.cli.main import cli
from cnilint.errors import UsageError
from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import ROOT

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {token: %s}\n"


class FinishedRun(NamedTuple):
    """What a run left: its exit code, and what it wrote."""

    code: int
    out: bytes
    err: bytes


class CachedRuns:
    """A small repository with a broken reference, and a cache beside it."""

    def __init__(self, folder: Path) -> None:
        self.repository = folder / "repository"
        self.cache = folder / "cache"
        self.repository.mkdir()
        git(self.repository, "init", "-q")
        self.write("apps/pod.yaml", POD)
        self.write("apps/settings.yaml", SETTINGS % "log_level")
        git(self.repository, "add", ".")
        git(self.repository, "commit", "-qm", "one")

    @property
    def database(self) -> Path:
        return self.cache / "cache.sqlite"

    def write(self, path: str, text: str, *, settled: bool = True) -> Path:
        """Writes a file; a ``settled`` one seems to be old, so that its times count."""
        file = self.repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        if settled:
            os.utime(file, ns=(10**18, 10**18))
        return file

    def run(
        self, *arguments: str, command: str = "check", cached: bool = True, **variables: str
    ) -> FinishedRun:
        """A run in the repository, in this process."""
        with (
            _variables(self.variables(cached=cached) | variables),
            chdir(self.repository),
            _streams() as streams,
        ):
            try:
                cli.main([command, *arguments], prog_name="cnilint", standalone_mode=False)
                code = 0
            except SystemExit as leaving:
                code = leaving.code if isinstance(leaving.code, int) else 0
            except UsageError as error:
                code = 2
                sys.stderr.write(str(error))
            finally:
                gc.enable()
        return FinishedRun(code, *(stream.getvalue() for stream in streams))

    def process(
        self, *arguments: str, limits: Callable[[], None] | None = None, **variables: str
    ) -> "subprocess.Popen[bytes]":
        """A check in a process of its own, with the cache."""
        return subprocess.Popen(
            [sys.executable, "-m", "cnilint", "check", *arguments],
            cwd=self.repository,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.variables(cached=True), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=limits,
        )

    def variables(self, *, cached: bool) -> dict[str, str]:
        """The variables that say where the cache is."""
        return {"CNILINT_CACHE_DIR": str(self.cache), "CNILINT_NO_CACHE": "" if cached else "1"}

    def same(self, *arguments: str, command: str = "check", **variables: str) -> bytes:
        """The output of a run with the cache, which is that of one without."""
        without = self.run(*arguments, command=command, cached=False, **variables)
        found = self.run(*arguments, command=command, **variables)
        assert found == without
        assert found.code in (0, 1, 2), found.err
        return found.out


@contextmanager
def _variables(given: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(given)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _streams() -> Iterator[tuple[BytesIO, BytesIO]]:
    """Standard output and error as bytes."""
    before, streams = (sys.stdout, sys.stderr), (BytesIO(), BytesIO())
    sys.stdout, sys.stderr = (TextIOWrapper(stream, "utf-8", write_through=True) for stream in streams)
    kept = (sys.stdout, sys.stderr)
    try:
        yield streams
    finally:
        for stream in kept:
            stream.flush()
        sys.stdout, sys.stderr = before
        for stream in kept:
            stream.detach()
