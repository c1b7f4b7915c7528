"""Cost of ``cnilint history`` over growing numbers of commits: seconds, and the slope of their logarithms.

Each commit changes one file of a repository that grows with them, so that a cost in proportion to the whole tree would
show as a slope of two. The bar is a slope of at most 1.1.
"""

import argparse
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SLOPE = 1.1
SIZES = (375, 750, 1500, 3000)


def generate(folder: Path, commits: int) -> None:
    """A repository with a ConfigMap or its reader changed by each commit; every eighth commit adds an application."""
    lines = ["reset refs/heads/main\n"]
    for number in range(commits):
        path, text = _change(number)
        message = f"change {number} (#{number})"
        lines += [
            f"commit refs/heads/main\ncommitter Bench <bench@example.invalid> {1_700_000_000 + number * 3600} +0000\n",
            f"data {len(message)}\n{message}\n",
            f"M 100644 inline {path}\ndata {len(text)}\n{text}\n",
        ]
    _git(folder, "init", "-q", "-b", "main")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input="".join(lines).encode(), check=True)


def _change(number: int) -> tuple[str, str]:
    """The file of a commit and its content: each application first gets a reader, then its ConfigMap, changed since."""
    app, turn = divmod(number, 8)
    head = f"metadata: {{name: app-{app}, namespace: apps}}\n"
    if turn == 0:
        variables = "".join(
            f"        - name: KEY_{key}\n          valueFrom: {{configMapKeyRef: {{name: app-{app}, key: key-{key}}}}}\n"
            for key in range(5)
        )
        template = (
            f"spec:\n  template:\n    spec:\n      containers:\n      - name: app\n        env:\n{variables}"
        )
        return f"apps/app-{app}/deployment.yaml", f"apiVersion: apps/v1\nkind: Deployment\n{head}{template}"
    keys = "".join(f"  key-{key}: 'value {number}'\n" for key in range(5 - turn % 2))
    return f"apps/app-{app}/settings.yaml", f"apiVersion: v1\nkind: ConfigMap\n{head}data:\n{keys}"


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def measure(folder: Path) -> float:
    """The seconds of processor time of one run."""
    code = (
        "import sys, time; from cnilint.cli.main import cli\n"
        "try: cli.main(['history', '--format', 'json'], standalone_mode=False)\n"
        "except SystemExit: pass\n"
        "finally: print(time.process_time(), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return float(done.stderr.strip().splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().commits
    measured: list[tuple[int, float]] = []
    for commits in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            generate(folder, commits)
            begin = time.monotonic()
            seconds = measure(folder)
            print(f"{commits:6} commits: {seconds:.2f} s of processor, {time.monotonic() - begin:.2f} s")
            measured.append((commits, seconds))
    (first, least), (last, most) = measured[0], measured[-1]
    slope = math.log(most / least) / math.log(last / first)
    print(f"slope of the logarithms: {slope:.2f} (at most {SLOPE})")
    return int(slope > SLOPE)


if __name__ == "__main__":
    sys.exit(main())
