"""Faults of the machine and of the environment: never a traceback, never exit code 3, nothing left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.hostile.archive import git
from tests.hostile.run import Runner, Sandbox
from tests.platforms import limiting, make_pipe, needs_root

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: agent-NUMBER}\nspec: {containers: [{name: main, image: a}]}\n"
MANY = 900
"""Files that are enough for two processes."""
COMMAND = (sys.executable, "-m", "cnilint")
SECONDS = 60
GIB = 1 << 30


def _many(sandbox: Sandbox) -> None:
    for number in range(MANY):
        (sandbox.repo / f"pod-{number:04}.yaml").write_text(POD.replace("NUMBER", str(number)), "utf-8")


def _environment(sandbox: Sandbox, given: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**sandbox.environment(), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **(given or {})}


def _run(
    sandbox: Sandbox,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    limits: Callable[[], None] | None = None,
    launcher: tuple[str, ...] = (),
    seconds: float = SECONDS,
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*launcher, *COMMAND, *arguments],
        cwd=sandbox.repo,
        env=_environment(sandbox, environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        preexec_fn=limits,
    )


def _ends_well(result: "subprocess.CompletedProcess[str]", codes: tuple[int, ...] = (0, 1, 2)) -> None:
    assert "Traceback" not in result.stderr + result.stdout, result.stderr[-2000:]
    assert result.returncode in codes, f"exit {result.returncode}: {result.stderr[-500:]}"


def _alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return False


def _with_default_signals() -> None:
    """A shell ignores SIGINT for what runs in the background, and nohup SIGHUP: a child would inherit that."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _started(sandbox: Sandbox, workers: int) -> tuple["subprocess.Popen[bytes]", list[int]]:
    """A run whose workers wait until a file ``go`` is there, and the numbers of the workers.

    Without the wait, the moment of a fault would be left to luck.
    """
    _many(sandbox)
    out = (sandbox.top / "stdout").open("w")
    hook = sandbox.temporary / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import os, time\n"
        "import concurrent.futures.process as process\n"
        "worker = process._process_worker\n"
        "def slow(*given):\n"
        f"    open({str(sandbox.temporary)!r} + '/worker-' + str(os.getpid()), 'w').close()\n"
        f"    while not os.path.exists({str(sandbox.temporary)!r} + '/go'):\n"
        "        time.sleep(0.02)\n"
        "    worker(*given)\n"
        "process._process_worker = slow\n",
        "utf-8",
    )
    process = subprocess.Popen(
        # The run itself is one of the processes.
        [*COMMAND, "check", "--jobs", str(workers + 1), "."],
        cwd=sandbox.repo,
        env=_environment(sandbox, {"PYTHONPATH": f"{hook}:{ROOT}"}),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
        start_new_session=True,
        preexec_fn=_with_default_signals,
    )
    out.close()
    end = time.monotonic() + SECONDS
    while len(found := sorted(sandbox.temporary.glob("worker-*"))) < workers:
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            pytest.fail("no worker was started")
        time.sleep(0.02)
    return process, [int(path.name.removeprefix("worker-")) for path in found]


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV], ids=lambda each: each.name
)
def test_a_worker_that_is_killed_is_replaced_or_told(number: signal.Signals, sandbox: Sandbox) -> None:
    process, workers = _started(sandbox, 2)
    os.kill(workers[0], number)
    (sandbox.temporary / "go").touch()
    process.wait(timeout=SECONDS)
    _ends_well(
        subprocess.CompletedProcess([], process.returncode, "", (sandbox.top / "stdout").read_text("utf-8"))
    )
    assert not any(map(_alive, workers))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
        pytest.param(signal.SIGHUP, 129, id="SIGHUP"),
        pytest.param(signal.SIGINT, 130, id="SIGINT"),
    ],
)
def test_a_signal_ends_all_processes(number: signal.Signals, code: int, sandbox: Sandbox) -> None:
    process, workers = _started(sandbox, 2)
    try:
        os.kill(process.pid, number)
        if number == signal.SIGINT:
            (sandbox.temporary / "go").touch()
        process.wait(timeout=SECONDS)
        end = time.monotonic() + 2
        while any(map(_alive, workers)) and time.monotonic() < end:
            time.sleep(0.02)
        assert [pid for pid in workers if _alive(pid)] == []
        assert process.returncode in (code, -number), (sandbox.top / "stdout").read_text("utf-8")
        said = (sandbox.top / "stdout").read_text("utf-8")
        assert "Traceback" not in said
        assert len(said.splitlines()) <= 1
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize(
    "module",
    [
        "click",
        "cnilint.analysis.check",
        "jsonschema",
    ],
)
def test_an_interrupt_while_it_starts_leaves_no_traceback(module: str, sandbox: Sandbox) -> None:
    (sandbox.repo / "pod.yaml").write_text(POD, "utf-8")
    (sandbox.repo / ".cnilint.yaml").write_text("select: [CNI1]\n", "utf-8")
    script = (
        "import os, runpy, signal, sys\n"
        "def hook(event, given):\n"
        f"    if event == 'import' and given[0] == {module!r}:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.addaudithook(hook)\n"
        "sys.argv = ['cnilint', 'check', '.']\n"
        "runpy.run_module('cnilint', run_name='__main__')\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=sandbox.repo,
        env=_environment(sandbox),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    _ends_well(result, codes=(0, 130, -signal.SIGINT))


@pytest.mark.parametrize("form", ["text", "concise", "json", "sarif", "github", "html"])
def test_an_ascii_terminal(form: str, sandbox: Sandbox) -> None:
    (sandbox.repo / "é-\u4e2d.yaml").write_text(POD.replace("agent", "é"), "utf-8")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    _ends_well(_run(sandbox, "check", "--format", form, "--verbose", ".", environment=plain))


def test_an_ascii_terminal_explains_environments(sandbox: Sandbox) -> None:
    (sandbox.repo / "é").mkdir()
    (sandbox.repo / "é" / "pod.yaml").write_text(POD, "utf-8")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    _ends_well(_run(sandbox, "check", "--explain-environments", ".", environment=plain))


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("check", "--rev", "HEAD"), id="revision"),
        pytest.param(("diff", "HEAD"), id="diff"),
        pytest.param(("history",), id="history"),
        pytest.param(("check", "."), id="tree"),
        pytest.param(("check", ".", "--format", "sarif"), id="sarif"),
        pytest.param(("ownership", "pod.yaml", "--desired", "."), id="ownership"),
    ],
)
def test_no_git_on_the_path(arguments: tuple[str, ...], sandbox: Sandbox) -> None:
    """Revisions need git. The files of a work tree are read without, which a notice says."""
    (sandbox.repo / "pod.yaml").write_text(POD, "utf-8")
    git(sandbox, "init", "--quiet")
    git(sandbox, "add", "--all")
    git(sandbox, "commit", "--quiet", "-m", "one")
    result = _run(sandbox, *arguments, environment={"PATH": str(sandbox.temporary)})
    needs_git = not {".", "pod.yaml"} & set(arguments)
    _ends_well(result, codes=(2,) if needs_git else (0, 1))
    assert "git" in (result.stderr if needs_git else result.stdout)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5 * GIB)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


PLACES = {
    "configuration": (".cnilint.yaml", ("check", ".")),
    "configuration that is named": ("given.yaml", ("check", ".", "--config", "given.yaml")),
    "pack": ("pack.yaml", ("check", ".")),
    "dump of ownership": ("given.yaml", ("ownership", "given.yaml")),
    "dump of check": ("given.yaml", ("check", "pod.yaml", "--live", "given.yaml")),
    "pack that is tested": ("pack.yaml", ("rules", "test", "pack.yaml")),
    "manifest": ("given.yaml", ("check", "given.yaml")),
    "manifest that is desired": ("given.yaml", ("ownership", "pod.yaml", "--desired", "given.yaml")),
}


def _special() -> list[object]:
    makers = {"sparse": _sparse, "fifo": make_pipe, "device": _device}
    return [
        pytest.param(place, make, id=f"{place}, {name}") for place in PLACES for name, make in makers.items()
    ]


@pytest.mark.parametrize(("place", "make"), _special())
def test_what_is_no_small_file_is_not_read(
    place: str, make: Callable[[Path], None], runner: Runner, sandbox: Sandbox
) -> None:
    name, arguments = PLACES[place]
    (sandbox.repo / "pod.yaml").write_text(POD, "utf-8")
    if place == "pack":
        (sandbox.repo / ".cnilint.yaml").write_text("packs: [pack.yaml]\n", "utf-8")
    make(sandbox.repo / name)

    run = runner.run(sandbox, *arguments, reports=False, seconds=SECONDS, memory=GIB)
    assert not run.timed_out, "it does not end"
    assert "Traceback" not in run.err + run.out, run.err[-2000:]
    assert run.code in (0, 1, 2), run.err[-500:]


def test_few_descriptors(sandbox: Sandbox) -> None:
    _many(sandbox)
    result = _run(sandbox, "check", "--jobs", "2", ".", limits=limiting("RLIMIT_NOFILE", 12))
    _ends_well(result)


@needs_root("mount over /dev/shm, in a mount namespace of the test")
def test_shared_memory_that_cannot_be_written(sandbox: Sandbox) -> None:
    _many(sandbox)
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True)
    if tried.returncode:
        pytest.skip("this machine gives no mount namespaces")
    script = 'mount -t tmpfs -o ro none /dev/shm && exec "$@"'
    launcher = ("unshare", "-m", "sh", "-c", script, "sh")
    result = _run(sandbox, "check", "--jobs", "2", ".", launcher=launcher)
    _ends_well(result, codes=(0,))


def test_a_folder_that_was_removed(sandbox: Sandbox) -> None:
    gone = sandbox.temporary / "gone"
    script = f'mkdir {gone} && cd {gone} && rmdir {gone} && exec "$@"'
    result = _run(sandbox, "check", ".", launcher=("sh", "-c", script, "sh"))
    _ends_well(result, codes=(2,))


@pytest.mark.parametrize("mib", [48, 80, 128])
def test_little_memory(mib: int, sandbox: Sandbox) -> None:
    """A run that cannot start must not look like one with findings."""
    (sandbox.repo / "pod.yaml").write_text(POD * 200, "utf-8")
    result = _run(sandbox, "check", ".", limits=limiting("RLIMIT_AS", mib << 20))
    assert result.returncode not in (1, 3) or "MemoryError" not in result.stderr
    assert "fault of cnilint" not in result.stderr


@pytest.mark.parametrize("form", ["text", "json", "sarif", "html"])
def test_a_full_disk(form: str, sandbox: Sandbox) -> None:
    (sandbox.repo / "pod.yaml").write_text(POD, "utf-8")
    _ends_well(_run(sandbox, "check", ".", "--output", f"{form}=/dev/full"), codes=(2,))


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "| true", "> /dev/full"])
def test_streams_that_are_closed(closed: str, sandbox: Sandbox) -> None:
    (sandbox.repo / "pod.yaml").write_text(POD, "utf-8")
    launcher = ("sh", "-c", f'"$@" {closed}; exit $?', "sh")
    _ends_well(_run(sandbox, "check", ".", launcher=launcher))


def test_an_empty_environment(sandbox: Sandbox) -> None:
    (sandbox.repo / "pod.yaml").write_text(POD, "utf-8")
    result = subprocess.run(
        [*COMMAND, "check", "."],
        cwd=sandbox.repo,
        env={"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    _ends_well(result)
