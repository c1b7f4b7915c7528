"""Record the JSON report of every scenario, incident, release and trial, and compare two recordings.

Usage::

    reports.py record CHECKOUT FILE [--only PREFIX]      run the program of CHECKOUT over the inputs of this checkout
    reports.py compare BEFORE AFTER [--only PREFIX] [--wording]

A change that is not meant to change what is found is held to a recording of the commit before it. Messages, hints,
captions and notices are compared with ``--wording`` only; all the rest of a report has to be equal to the letter.
Every run is a process of its own, forked from one that has imported the program, so that a run costs no start-up.
"""

import argparse
import io
import json
import os
import runpy
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[2]
SHARED = HERE.parent / "shared"
WORDING = frozenset(
    (
        "message",
        "hint",
        "notices",
        "causes",
        "diagnosis",
        "steps",
        "traps",
        "tree",
        "reason",
        "purpose",
        "note",
    )
)
SHOWN = 40

Json = Any


def cases() -> Iterator[tuple[str, Path, list[str], Path | None]]:
    """Name, folder to copy and stand in, arguments, and what is on standard input."""
    for scenario in sorted((HERE / "tests/scenarios").glob("*/expected.json")):
        repo = scenario.parent / "repo"
        expected = json.loads(scenario.read_text("utf-8"))
        if "findings" in expected:
            yield f"scenario/{scenario.parent.name}", repo, ["check"], None
        for dump in expected.get("ownership", {}):
            arguments = ["ownership", dump, "--desired", "manifests", "--applier", expected["applier"]]
            yield f"scenario/{scenario.parent.name}/{dump}", repo, arguments, None
    for file in sorted(SHARED.glob("incidents/*/*.yaml")):
        yield f"incident/{file.parent.name}/{file.stem}", file.parent, ["check", "-"], file
    for file in sorted(SHARED.glob("corpus/*/*.yaml")):
        arguments = ["check", "-", "--kube-version", "1.34"]
        yield f"corpus/{file.parent.name}/{file.stem}", file.parent, arguments, file
    for file in sorted(SHARED.glob("trials/*/*/case.json")):
        yield from _trial(file.parent)
    for file in sorted(SHARED.glob("live/*-live.yaml")):
        yield f"live/{file.stem}", file.parent, ["ownership", "-"], file


def _trial(folder: Path) -> Iterator[tuple[str, Path, list[str], Path | None]]:
    name = f"trial/{folder.parent.name}/{folder.name}"
    if (folder / "repo").is_dir():
        yield name, folder / "repo", ["check"], None
    elif (folder / "desired.yaml").exists():
        yield name, folder, ["ownership", "live.yaml", "--desired", "desired.yaml"], None
    else:
        for file in sorted(folder.glob("*.yaml")):
            yield f"{name}/{file.stem}", folder, ["check", "-"], file


def record(checkout: Path, file: Path, only: str) -> int:
    """Runs the cases with the program of a checkout and writes a line of JSON for each."""
    sys.path.insert(0, str(checkout))
    _warm()
    with ThreadPoolExecutor(os.cpu_count()) as pool, file.open("w", encoding="utf-8") as out:
        for name, answer in pool.map(_run, (case for case in cases() if case[0].startswith(only))):
            out.write(json.dumps([name, answer], sort_keys=True) + "\n")
    return 0


def _warm() -> None:
    """Imports and loads what every run needs, once, in a run whose end is not the end of this process."""
    kept = sys.stdin, sys.stdout, os._exit
    sys.stdin = io.TextIOWrapper(io.BytesIO(b"{apiVersion: v1, kind: Pod, metadata: {name: a}}"))
    sys.stdout = io.TextIOWrapper(io.BytesIO())
    os._exit = sys.exit  # type: ignore[assignment]
    sys.argv = ["cnilint", "check", "-", "--format", "json"]
    try:
        runpy.run_module("cnilint", run_name="__main__")
    except SystemExit:
        pass
    finally:
        sys.stdin, sys.stdout, os._exit = kept


def _run(case: tuple[str, Path, list[str], Path | None]) -> tuple[str, Json]:
    name, folder, arguments, stdin = case
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch, "repo")
        if stdin is None:
            shutil.copytree(folder, place)
        else:
            place.mkdir()
        outputs = Path(scratch, "out"), Path(scratch, "err")
        child = os.fork()
        if child == 0:
            _child(place, [*arguments, "--format", "json"], stdin, outputs)
        _, status = os.waitpid(child, 0)
        text, errors = (each.read_text("utf-8") for each in outputs)
    report = json.loads(text) if text else None
    return name, {"exit": os.waitstatus_to_exitcode(status), "report": report, "notices": errors.splitlines()}


def _child(place: Path, arguments: list[str], stdin: Path | None, outputs: tuple[Path, Path]) -> None:
    os.chdir(place)
    source = os.open(stdin or os.devnull, os.O_RDONLY)
    os.dup2(source, 0)
    for number, output in enumerate(outputs, start=1):
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT), number)
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115
    sys.stdout, sys.stderr = open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8")  # noqa: SIM115
    sys.argv = ["cnilint", *arguments]
    code = 0
    try:
        runpy.run_module("cnilint", run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1 if end.code else 0
    except BaseException:
        code = 99
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def compare(before: Path, after: Path, only: str, *, wording: bool) -> int:
    """Prints what differs. Gives 1 where anything does."""
    old, new = _read(before, only), _read(after, only)
    total = 0
    for name in sorted(old.keys() | new.keys()):
        differences = list(_differences("", old.get(name), new.get(name), wording=wording))
        total += bool(differences)
        for line in differences[:SHOWN] if total <= SHOWN else ():
            print(f"{name}: {line}")
    same = len(old.keys() & new.keys()) - total
    print(f"{same} passed, {total} failed")
    return 1 if total or not old else 0


def _read(file: Path, only: str) -> dict[str, Json]:
    lines = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    return {name: answer for name, answer in lines if name.startswith(only)}


def _differences(path: str, old: Json, new: Json, *, wording: bool) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if wording or key not in WORDING:
                yield from _differences(f"{path}.{key}", old.get(key), new.get(key), wording=wording)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from _differences(f"{path}[{index}]", *pair, wording=wording)
    elif old != new:
        yield f"{path}: {_short(old)} became {_short(new)}"


def _short(value: Json) -> str:
    text = json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    actions = parser.add_subparsers(dest="action", required=True)
    recording = actions.add_parser("record")
    recording.add_argument("checkout", type=Path)
    recording.add_argument("file", type=Path)
    comparison = actions.add_parser("compare")
    comparison.add_argument("before", type=Path)
    comparison.add_argument("after", type=Path)
    comparison.add_argument("--wording", action="store_true")
    for each in (recording, comparison):
        each.add_argument(
            "--only", metavar="PREFIX", default="", help="cases whose name begins so: scenario/, trial/refs/"
        )
    call = parser.parse_args()
    if call.action == "record":
        return record(call.checkout.resolve(), call.file, call.only)
    return compare(call.before, call.after, call.only, wording=call.wording)


if __name__ == "__main__":
    sys.exit(main())
