"""``cnilint ownership`` of large dumps of a whole cluster: time and memory.

The dumps are generated: of DaemonSets and Deployments, ConfigMaps, Services, ServiceAccounts, CustomResourceDefinitions and
custom resources, each with the managedFields of an applier, of controllers and, of some, of other tools. Three questions are
asked of them: a cluster of 500 objects that all have a manifest; one of 6,000 objects, of which one in ten has one; and one
manifest against a dump of 10,000 documents. Each dump is written as kubectl prints it in YAML and in JSON. Figures are those of
the best of several runs.
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

from ownership import DROPPED, INSTALLED, _entry, _fields, _fill_in, _status, _workload, _yaml

CASES = {
    "500 objects, each with a manifest": (500, 1, False),
    "6,000 objects, one in ten with a manifest": (6_000, 10, False),
    "10,000 documents, one manifest": (10_000, 10_000, True),
}

LARGE = 5_000
"""Objects of a dump whose JSON is compact, as ``jq -c`` writes it."""


def generate(folder: Path, objects: int, every: int, documents: bool) -> list[Path]:
    """The dump of some objects in YAML and in JSON, as a List or as documents, and the manifest of every so many of them."""
    chance = random.Random(7)
    items = []
    for number in range(objects):
        live, desired = _small(number) if documents else _object(number, chance)
        items.append(live)
        if number % every == 0:
            path = folder / "desired" / f"team-{number % 50}" / f"object-{number}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_yaml(desired), "utf-8")
    listed = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
    yaml, plain = folder / "live.yaml", folder / "live.json"
    if documents:
        yaml.write_text("---\n".join(map(_yaml, items)), "utf-8")
        plain.write_text("".join(json.dumps(item, indent=4) + "\n" for item in items), "utf-8")
    else:
        yaml.write_text(_yaml(listed), "utf-8")
        # As kubectl prints it, a larger one would be above the limit of a file.
        plain.write_text(json.dumps(listed, indent=4 if objects < LARGE else None) + "\n", "utf-8")
    return [yaml, plain]


def _object(number: int, chance: random.Random) -> tuple[dict, dict]:
    """A live object and its manifest. Half of all are workloads, which have most of the text."""
    kind = chance.choices(("workload", "small", "text", "definition"), (52, 33, 12, 3))[0]
    if kind == "workload":
        return _running(number, chance)
    if kind == "small":
        return _small(number)
    return _text(number, chance) if kind == "text" else _definition(number)


def _running(number: int, chance: random.Random) -> tuple[dict, dict]:
    name, namespace = f"agent-{number}", f"team-{number % 50}"
    variables = [f"SETTING_{chance.randrange(300)}_{place}" for place in range(18)]
    live = _workload(name, namespace, "1.0", variables)
    owned = _fields(variables)
    record = [_entry("argocd-controller", "Apply", owned), _status()]
    if number % 10 == 0:
        record.insert(1, _entry("helm", "Update", owned))
    if number % 7 == 0:
        edited = {"f:spec": {"f:template": {"f:metadata": {"f:annotations": {"f:restartedAt": {}}}}}}
        record.insert(1, _entry("kubectl-rollout", "Update", edited))
    live["metadata"]["managedFields"] = record
    _fill_in(live)
    return live, _workload(name, namespace, "1.1", variables[DROPPED:])


def _small(number: int) -> tuple[dict, dict]:
    """A ConfigMap of a few keys."""
    data = {f"key-{place}": f"value {place}" for place in range(4)}
    desired = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"settings-{number}",
            "namespace": f"team-{number % 50}",
            "labels": {"app": "settings"},
        },
        "data": data,
    }
    owned = {"f:metadata": {"f:labels": {"f:app": {}}}, "f:data": {f"f:{key}": {} for key in data}}
    return _stored(desired, owned), desired


def _text(number: int, chance: random.Random) -> tuple[dict, dict]:
    """A ConfigMap with files."""
    desired, _ = _small(number)
    lines = [f'option_{place} = {chance.randrange(1000)} # set: by "{number}"' for place in range(150)]
    desired = {**desired, "data": {"main.conf": "\n".join(lines) + "\n", "empty": ""}}
    desired["metadata"] = {key: desired["metadata"][key] for key in ("name", "namespace", "labels")}
    return _stored(desired, {"f:data": {".": {}, "f:empty": {}, "f:main.conf": {}}}), desired


def _definition(number: int) -> tuple[dict, dict]:
    """A CustomResourceDefinition, whose fields have long descriptions."""
    group = f"group-{number}.example.com"
    words = "Describes how the field is used, by whom, and what follows when it is not set. " * 3
    fields = {f"field{place}": {"type": "string", "description": words.strip()} for place in range(60)}
    schema = {
        "openAPIV3Schema": {
            "type": "object",
            "properties": {"spec": {"type": "object", "properties": fields}},
        }
    }
    desired = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"things.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": f"Thing{number}", "plural": "things"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    return _stored(desired, {"f:spec": {"f:group": {}, "f:names": {"f:kind": {}}, "f:versions": {}}}), desired


def _stored(desired: dict, owned: dict) -> dict:
    """A manifest as the server stores it."""
    record = [{**_entry("argocd-controller", "Apply", owned), "apiVersion": desired["apiVersion"]}]
    metadata = {"creationTimestamp": "2026-01-31T00:00:00Z", "resourceVersion": "1367", "uid": "30da0812"}
    return {**desired, "metadata": {**desired["metadata"], **metadata, "managedFields": record}}


def measured(command: list[str], output: Path) -> tuple[float, float, int]:
    """Processor seconds, seconds and peak MB of a command, start-up included."""
    start = time.perf_counter()
    with output.open("wb") as stdout:
        process = subprocess.Popen(command, stdout=stdout, env=INSTALLED)
        _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument(
        "--program", default="cnilint", help="folder of another version of the package, to compare with"
    )
    given = parser.parse_args()
    python = [sys.executable, "-c", _START.format(root=str(Path(given.program).resolve().parent))]
    for case, (objects, every, documents) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            for dump in generate(Path(folder), objects, every, documents):
                output = Path(folder) / "report.json"
                options = ["--desired", f"{folder}/desired", "--applier", "argocd", "--format", "json"]
                command = [*python, "ownership", str(dump), *options]
                runs = [measured(command, output) for _ in range(given.repeat)]
                report = json.loads(output.read_text())
                figures = {
                    "case": case,
                    "dump": f"{dump.suffix[1:]}, {dump.stat().st_size / 1e6:.0f} MB",
                    "objects": report["ownership"]["objects"],
                    "predicted": report["ownership"]["predicted"],
                    "findings": len(report["findings"]),
                    "cpu_seconds": round(min(cpu for cpu, _, _ in runs), 2),
                    "wall_seconds": round(min(wall for _, wall, _ in runs), 2),
                    "peak_mb": max(peak for _, _, peak in runs),
                }
                print(json.dumps(figures), flush=True)


_START = "import sys; sys.path.insert(0, {root!r}); from cnilint.__main__ import main; main()"


if __name__ == "__main__":
    main()
