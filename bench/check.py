"""Cold ``cnilint check`` of a generated repository, beside other commands in the same run.

All commands are run in turn, one round after the other, so that a slow minute slows them all; figures are medians of the
rounds, and ratios are of the two runs of a round. The floor is reading the same files and running the C event parser over
the documents that matter (those with the word ``kind``). ``--beside`` times any other command on the same repository::

    python bench/check.py --files 2000 --objects 20000 --beside 'kubeconform -ignore-missing-schemas {}'

CPU is that of all processes of a command. Also start-up, as a multiple of importing click, and the peak of memory.
"""

import argparse
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

FLOOR = """
import gc, sys
from pathlib import Path
from _ruamel_yaml import CParser
gc.disable()
for path in Path(sys.argv[1]).rglob("*.yaml"):
    for piece in path.read_bytes().decode().split("\\n---\\n"):
        if "kind" in piece:
            get_event = CParser(piece).get_event
            while type(get_event()).__name__ != "StreamEndEvent":
                pass
"""


def generate(folder: Path, files: int, objects: int) -> None:
    """A repository of realistic kinds and sizes; the seed is fixed."""
    chance = random.Random(1)
    per_file = max(1, objects // files)
    for number in range(files):
        app = f"app-{number % 997}"
        path = folder / f"clusters/{('dev', 'stage', 'prod')[number % 3]}/{app}/{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "---\n".join(_object(chance, app, number, place) for place in range(per_file)), "utf-8"
        )


def _object(chance: random.Random, app: str, number: int, place: int) -> str:
    name = f"{app}-{number}-{place}"
    labels = f"  labels:\n    app.kubernetes.io/name: {app}\n    team: t{number % 40}\n"
    head = f"metadata:\n  name: {name}\n  namespace: {app}\n{labels}"
    kind = chance.choices(
        ("workload", "config", "secret", "service", "rbac", "crd"), (25, 25, 10, 20, 17, 3)
    )[0]
    if kind == "config":
        data = "".join(f'  KEY_{key}: "value {chance.random()}"\n' for key in range(chance.randint(2, 30)))
        return f"apiVersion: v1\nkind: ConfigMap\n{head}data:\n{data}"
    if kind == "secret":
        return f"apiVersion: v1\nkind: Secret\n{head}type: Opaque\nstringData:\n  user: u\n  password: p\n"
    if kind == "service":
        ports = "  ports:\n  - name: http\n    port: 80\n    targetPort: 8080\n"
        return f"apiVersion: v1\nkind: Service\n{head}spec:\n  selector:\n    app: {app}\n{ports}"
    if kind == "rbac":
        rules = "".join(
            "- apiGroups: ['']\n  resources: [pods, configmaps]\n  verbs: [get, list, watch]\n"
            for _ in range(4)
        )
        return f"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n{head}rules:\n{rules}"
    if kind == "crd":
        fields = "".join(
            f"              f{field}:\n                type: string\n                description: text {field}\n"
            for field in range(200)
        )
        return (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
            f"{head}spec:\n  versions:\n  - name: v1\n"
            f"    schema:\n      openAPIV3Schema:\n        properties:\n          spec:\n            properties:\n{fields}"
        )
    env = "".join(
        f"        - name: VAR_{item}\n          value: '{item}'\n" for item in range(chance.randint(3, 20))
    )
    return (
        f"apiVersion: apps/v1\nkind: Deployment\n{head}spec:\n  replicas: 2\n"
        f"  selector:\n    matchLabels:\n      app: {app}\n"
        f"  template:\n    metadata:\n      labels:\n        app: {app}\n"
        "    spec:\n      containers:\n      - name: main\n"
        f"        image: registry.example/{app}:1.{number}\n        ports:\n        - containerPort: 8080\n        env:\n{env}"
        "        - name: FROM\n          valueFrom:\n            configMapKeyRef:\n"
        f"              name: {app}-{number}-{max(0, place - 1)}\n"
        "              key: KEY_1\n              optional: true\n"
        "        resources:\n          limits:\n            memory: 128Mi\n"
    )


INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The environment of an installed program, whose modules are compiled once."""


class Run(NamedTuple):
    """What one run of a command took: seconds of the clock, seconds of all its processes, MiB of its largest one."""

    wall: float
    cpu: float
    peak: int


def timed(command: list[str], folder: Path | None = None) -> Run:
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=INSTALLED, cwd=folder
    )
    _, _, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)


def rounds(commands: dict[str, list[str]], repeat: int) -> dict[str, list[Run]]:
    """The runs of all commands, in turn. The first round is not counted."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(repeat + 1):
        for name, command in commands.items():
            run = timed(command)
            if number:
                runs[name].append(run)
    return runs


def figures_of(runs: list[Run]) -> dict[str, float]:
    return {
        "wall_seconds": round(median(run.wall for run in runs), 3),
        "cpu_seconds": round(median(run.cpu for run in runs), 3),
        "peak_mib": max(run.peak for run in runs),
    }


def ratios(ours: list[Run], theirs: list[Run]) -> dict[str, float]:
    """The medians of the ratios of each round."""
    pairs = list(zip(ours, theirs, strict=True))
    return {
        "wall": round(median(one.wall / other.wall for one, other in pairs), 2),
        "cpu": round(median(one.cpu / other.cpu for one, other in pairs), 2),
    }


def compared(commands: dict[str, list[str]], ours: str, repeat: int) -> dict[str, object]:
    """The figures of all commands, and the ratios of one of them to each of the others."""
    runs = rounds(commands, repeat)
    return {
        "figures": {name: figures_of(each) for name, each in runs.items()},
        f"{ours} to": {name: ratios(runs[ours], each) for name, each in runs.items() if name != ours},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--beside",
        action="append",
        default=[],
        metavar="COMMAND",
        help="another command; {} is the repository",
    )
    parser.add_argument("--tree", help="a repository to check in place of a generated one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.tree or made
        if not given.tree:
            generate(Path(folder), given.files, given.objects)
        check = [sys.executable, "-m", "cnilint", "check", folder, "--no-cache", "--format", "json"]
        commands = {
            "check": check,
            "check --jobs 1": [*check, "--jobs", "1"],
            "floor": [sys.executable, "-c", FLOOR, folder],
            **{other: shlex.split(other.replace("{}", shlex.quote(folder))) for other in given.beside},
        }
        checks = compared(commands, "check", given.rounds)
    small = {
        "--version": [sys.executable, "-m", "cnilint", "--version"],
        "--help": [sys.executable, "-m", "cnilint", "--help"],
        "import click": [sys.executable, "-c", "import click"],
    }
    start = rounds(small, 10)
    starts = {name: ratios(start[name], start["import click"]) for name in ("--version", "--help")}
    print(json.dumps({**checks, "start-up to import click": starts}, indent=2))


if __name__ == "__main__":
    main()
