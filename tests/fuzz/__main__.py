"""Fuzzes targets: ``python -m tests.fuzz TARGET --seconds N``, or one input: ``... TARGET --input FILE``.

Each target runs in a process of its own. Inputs that break an invariant are made smaller and written to
``.cache/fuzz/TARGET``. Exit 1 when there is one.
"""

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.conftest import ROOT
from tests.fuzz.targets import TARGETS

FOUND = ROOT / ".cache" / "fuzz"
_MINIMIZING = 20.0
"""Seconds that each finding is made smaller for, at most."""


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("target", choices=[*TARGETS, "all"])
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--input", type=Path, help="execute this input only")
    options.add_argument("--own-loop", action="store_true", help="use no atheris")
    options.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        return _fuzz(given)
    names = [*TARGETS] if given.target == "all" else [given.target]
    return max([_parent(name, given) for name in names])


def _parent(name: str, given: argparse.Namespace) -> int:
    """Runs a target in a child and says what it found."""
    command = [sys.executable, "-m", "tests.fuzz", name, "--child", "--seconds", str(given.seconds)]
    command += ["--seed", str(given.seed)] + (["--own-loop"] if given.own_loop else [])
    command += ["--input", str(given.input)] if given.input else []
    folder = FOUND / name
    folder.mkdir(parents=True, exist_ok=True)
    before = {path.name for path in folder.iterdir()}
    with (folder / "log").open("wb") as log:
        code = subprocess.run(command, cwd=ROOT, stdout=log, stderr=log).returncode
    lines = (folder / "log").read_text("utf-8", "replace").splitlines()
    print(
        f"{name}: {next((line for line in reversed(lines) if line.startswith('executed ')), f'exit {code}')}"
    )
    for line in lines:
        if line.startswith("found: "):
            print(f"  {line}")
    crashed = code != 0 or any(
        path.name not in before and path.name.startswith(("crash-", "oom-", "timeout-"))
        for path in folder.iterdir()
    )
    if crashed:
        print(f"  the process ended with {code}: see {folder / 'log'}")
    return 1 if crashed or any(line.startswith("found: ") for line in lines) else 0


def _fuzz(given: argparse.Namespace) -> int:
    atheris = None
    if not given.own_loop and not given.input:
        try:
            import atheris
        except ImportError:
            print("atheris does not import: mutations are not guided by coverage")
    if atheris is not None:
        with atheris.instrument_imports(include=["cnilint"]):
            _import_all()
    from tests.fuzz.execute import MEMORY, Executor

    target = TARGETS[given.target]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as top:
        session = _Session(given, Executor(target, Path(top).resolve()))
        if given.input:
            for fault in session.executor.broken(given.input.read_bytes(), thorough=True):
                print(f"found: {fault}")
            return 0
        if atheris is None:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            session.loop()
            return 0
        session.guided(atheris, Path(top))
    return 0


def _import_all() -> None:
    import pkgutil
    from importlib import import_module

    import cnilint

    for module in pkgutil.walk_packages(cnilint.__path__, "cnilint."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


class _Session:
    """A target being fuzzed for some time. Each fault is kept once, by its line."""

    def __init__(self, given: argparse.Namespace, executor: "object") -> None:
        from tests.fuzz.execute import Executor

        assert isinstance(executor, Executor)
        self.executor = executor
        self._given = given
        self._target = TARGETS[given.target]
        self._seeds = sorted(set(self._target.seeds()), key=len)
        self._faults: dict[str, Path] = {}
        self._count = 0
        self._slowest = 0.0
        self._end = time.monotonic() + given.seconds

    def one(self, data: bytes) -> None:
        start = time.process_time()
        faults = self.executor.broken(data)
        self._slowest = max(self._slowest, time.process_time() - start)
        self._count += 1
        for fault in faults:
            if fault not in self._faults:
                self._keep(fault, data)

    def _keep(self, fault: str, data: bytes) -> None:
        name = hashlib.sha256(fault.encode()).hexdigest()[:12]
        path = FOUND / self._target.name / f"found-{name}"
        self._faults[fault] = path
        path.write_bytes(data)
        start = time.monotonic()
        path.write_bytes(_smaller(data, lambda less: fault in self.executor.broken(less, thorough=True)))
        self._end += time.monotonic() - start
        path.with_suffix(".json").write_text(json.dumps({"fault": fault}), "utf-8")
        print(f"found: {fault}: {path}", flush=True)

    def report(self) -> None:
        print(
            f"executed {self._count}, slowest {self._slowest:.2f} s, {len(self._faults)} faults", flush=True
        )

    def loop(self) -> None:
        from tests.fuzz.mutate import mutated

        random = Random(self._given.seed)
        words = [word.encode() for word in self._target.words]
        for seed in self._seeds:
            if time.monotonic() < self._end:
                self.one(seed)
        while time.monotonic() < self._end:
            self.one(mutated(random.choice(self._seeds), self._seeds, words, random))
        self.report()

    def guided(self, atheris: object, top: Path) -> None:
        corpus = FOUND / self._target.name / "corpus"
        seeds = top / "seeds"
        for folder in (corpus, seeds):
            folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(self._seeds):
            (seeds / f"{number:04}").write_bytes(seed)
        (top / "words").write_text("".join(f'"{_escaped(word)}"\n' for word in self._target.words), "ascii")

        def one(data: bytes) -> None:
            if time.monotonic() > self._end:
                # libFuzzer ends the process itself, past all that is left to do here.
                self.report()
                os._exit(0)
            self.one(data)

        arguments = [
            "fuzz",
            str(corpus),
            str(seeds),
            *([f"-dict={top / 'words'}"] if self._target.words else []),
            "-max_len=20000",
            "-timeout=120",
            "-rss_limit_mb=3000",
            f"-seed={self._given.seed + 1}",
            f"-artifact_prefix={FOUND / self._target.name}/",
        ]
        atheris.Setup(arguments, one, enable_python_coverage=True)  # type: ignore[attr-defined]
        atheris.Fuzz()  # type: ignore[attr-defined]


def _smaller(data: bytes, breaks: "object") -> bytes:
    """The input without the pieces that a fault does not need, in the time that is given."""
    end = time.monotonic() + _MINIMIZING
    for separator in (b"\n", b""):
        size = max(len(data) // 2, 1)
        while size and time.monotonic() < end:
            parts = data.split(separator) if separator else [data[at : at + 1] for at in range(len(data))]
            size = min(size, max(len(parts) // 2, 1))
            place, changed = 0, False
            while place < len(parts) and time.monotonic() < end:
                less = separator.join(parts[:place] + parts[place + size :])
                if len(less) < len(data) and breaks(less):  # type: ignore[operator]
                    parts = parts[:place] + parts[place + size :]
                    data, changed = less, True
                else:
                    place += size
            size = size if changed and size == 1 else size // 2
    return data


def _escaped(word: str) -> str:
    return "".join(
        chr(each) if 0x20 <= each < 0x7F and each not in b'"\\' else f"\\x{each:02x}"
        for each in word.encode()
    )


if __name__ == "__main__":
    sys.exit(main())
