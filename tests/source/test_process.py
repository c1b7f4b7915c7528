"""The gate for processes: time, memory and output are limited, and what is left over ends with the run."""

import os
import sys
import time
from pathlib import Path

import pytest

from cnilint.source import process
from cnilint.source.process import Failed, TimeBudget, run

needs_limits = pytest.mark.skipif(
    sys.platform != "linux",
    reason="limits of memory and output are set by prctl and setrlimit, which cnilint uses on Linux only",
)


def _run(code: str, folder: Path, seconds: float = 30) -> bytes:
    return run([sys.executable, "-c", code], folder, TimeBudget(seconds))


def test_output_is_returned_and_errors_are_one_line(tmp_path: Path) -> None:
    assert _run("print('made')", tmp_path) == b"made\n"
    with pytest.raises(Failed, match=r"^first$"):
        _run("import sys; sys.exit('first\\nsecond')", tmp_path)


@needs_limits
def test_memory_is_limited(tmp_path: Path) -> None:
    with pytest.raises(Failed):
        _run(f"x = bytearray({process.MAX_MEMORY})", tmp_path)


@needs_limits
def test_output_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MAX_OUTPUT", 1 << 20)
    with pytest.raises(Failed):
        _run("import sys\nwhile True: sys.stdout.write('x' * 65536)", tmp_path)


def test_several_runs_share_their_time(tmp_path: Path) -> None:
    budget = TimeBudget(1.0)
    with pytest.raises(Failed, match="it took too long"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, budget)
    assert budget.seconds <= 0
    with pytest.raises(Failed, match="it took too long"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, budget)


def test_what_a_program_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    written = tmp_path / "pid"
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], stderr=subprocess.DEVNULL)\n"
        f"open({str(written)!r}, 'w').write(str(child.pid))\n"
    )
    assert _run(code, tmp_path) == b""
    pid = int(written.read_text())
    for _ in range(100):
        if not _is_running(pid):
            return
        time.sleep(0.05)
    os.kill(pid, 9)
    pytest.fail("a process is left behind")


def _is_running(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has waited for yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
