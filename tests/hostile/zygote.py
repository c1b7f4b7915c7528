"""A process that has cnilint imported and forks a child for each run, which keeps hundreds of runs fast.

Requests and answers are lines of JSON on standard input and output: see ``run.Runner``. The child calls the real entry
point with its own file descriptors, environment, limits and folder. An audit hook writes what it opens, starts and
connects to.
"""

import ctypes
import io
import json
import os
import pkgutil
import resource
import signal
import sys
import time
from importlib import import_module
from typing import Any, NoReturn

AUDITED = frozenset(
    [
        "open",
        "os.listdir",
        "os.scandir",
        "os.remove",
        "os.rename",
        "os.mkdir",
        "os.rmdir",
        "os.link",
        "os.symlink",
        "os.truncate",
        "os.chmod",
        "subprocess.Popen",
        "os.exec",
        "os.posix_spawn",
        "os.system",
        "os.fork",
        "socket.connect",
        "socket.getaddrinfo",
    ]
)
_GRACE = 1.0
"""Seconds in which what a run started may end after it."""
_PR_SET_CHILD_SUBREAPER = 36
"""What a run leaves behind becomes a child of this process, which can see it end. From linux/prctl.h."""

Request = dict[str, Any]


def main() -> None:
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    _import_all()
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_serve(json.loads(line))) + "\n")
        sys.stdout.flush()


def _import_all() -> None:
    import git  # noqa: F401
    import jsonschema  # noqa: F401

    import cnilint

    for module in pkgutil.walk_packages(cnilint.__path__, "cnilint."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


def _serve(request: Request) -> Request:
    child = os.fork()
    if child == 0:
        _run(request)
    end = time.monotonic() + request["seconds"]
    timed_out = False
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            break
        if time.monotonic() > end and not timed_out:
            timed_out = True
            _kill_group(child)
        time.sleep(0.002)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "timed_out": timed_out,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss << 10,
        "left_behind": _left_behind(child),
    }


def _left_behind(group: int) -> bool:
    """Whether a process of the run outlives it. It is killed then."""
    end = time.monotonic() + _GRACE
    while _alive(group):
        if time.monotonic() > end:
            _kill_group(group)
            return True
        time.sleep(0.005)
    return False


def _alive(group: int) -> bool:
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(group, signal.SIGKILL)


def _run(request: Request) -> NoReturn:
    code = 99
    try:
        _enter(request)
        from cnilint.cli.main import main as cnilint

        try:
            cnilint()
            code = 0
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
        sys.setprofile(None)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _enter(request: Request) -> None:
    os.setsid()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for number, name, flags in (
        (0, request["stdin"], os.O_RDONLY),
        (1, request["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, request["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        opened = os.open(name, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)
    sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8", write_through=False)
    sys.stderr = io.TextIOWrapper(
        open(2, "wb", closefd=False), encoding="utf-8", errors="backslashreplace", write_through=True
    )
    sys.argv = ["cnilint", *request["arguments"]]
    if request.get("memory"):
        resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    if request.get("cpu"):
        resource.setrlimit(resource.RLIMIT_CPU, (request["cpu"], request["cpu"]))
    if request.get("audit"):
        _audit(request["audit"])
    if request.get("explode"):
        _explode(request["canary"], request["explode"])


def _audit(name: str) -> None:
    log = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in AUDITED:
            os.write(log, (json.dumps([event, os.getcwd(), *map(_plain, arguments)]) + "\n").encode())

    sys.addaudithook(hook)


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return os.fsdecode(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, int | str) else str(value)


def _explode(canary: str, countdown: int) -> None:
    """Raises an error that quotes the canary in the n-th call of cnilint's that is given a text which holds it."""
    left = [countdown]

    def profile(frame: Any, event: str, _argument: object) -> None:
        if event != "call" or f"{os.sep}cnilint{os.sep}" not in frame.f_code.co_filename:
            return
        for value in list(frame.f_locals.values()):
            text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
            if isinstance(text, str) and canary in text:
                left[0] -= 1
                if left[0] == 0:
                    raise ValueError(f"cannot convert {text!r}")
                return

    sys.setprofile(profile)


if __name__ == "__main__":
    main()
