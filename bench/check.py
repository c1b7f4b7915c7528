"""Cold ``cnilint check`` of a generated repository, as a multiple of the floor in the same run.

The floor: reading the same files and running the C event parser over the documents that matter (those with the
word ``kind``). Also start-up, as a multiple of importing click, and the peak of memory.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLOOR = """
import gc, sys, time
from pathlib import Path
from _ruamel_yaml import CParser
gc.disable()
start = time.perf_counter()
for path in Path(sys.argv[1]).rglob("*.yaml"):
    for piece in path.read_bytes().decode().split("\\n---\\n"):
        if "kind" in piece:
            get_event = CParser(piece).get_event
            while type(get_event()).__name__ != "StreamEndEvent":
                pass
print(time.perf_counter() - start)
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


def timed(command: list[str], repeat: int = 1) -> tuple[float, int]:
    """The best wall time of a command in seconds, and its peak resident memory in MiB."""
    best, peak = float("inf"), 0
    for _ in range(repeat):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=INSTALLED)
        _, _, usage = os.wait4(process.pid, 0)
        best = min(best, time.perf_counter() - start)
        peak = max(peak, usage.ru_maxrss // 1024)
    return best, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), given.files, given.objects)
        floor = float(
            subprocess.run(
                [sys.executable, "-c", FLOOR, folder], capture_output=True, check=True, text=True
            ).stdout
        )
        command = [sys.executable, "-m", "cnilint", "check", folder, "--format", "json"]
        one, memory = timed([*command, "--jobs", "1"])
        every, _ = timed(command)
    version, _ = timed([sys.executable, "-m", "cnilint", "--version"], 10)
    help_text, _ = timed([sys.executable, "-m", "cnilint", "--help"], 10)
    click, _ = timed([sys.executable, "-c", "import click"], 10)
    figures = {
        "floor_seconds": round(floor, 2),
        "check_over_floor_one_process": round(one / floor, 2),
        "check_over_floor": round(every / floor, 2),
        "peak_memory_mib_one_process": memory,
        "version_over_import_click": round(version / click, 2),
        "help_over_import_click": round(help_text / click, 2),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
