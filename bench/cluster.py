"""``--cluster`` against a real API server with many objects: time and memory of ``ownership`` and ``check``.

The objects are those of ``bench/dumps.py`` without the definitions, in 50 namespaces, applied server-side: DaemonSets of
18 variables, and ConfigMaps of which one in four has files. Each has a manifest of the next release. Needs the programs of
``make kube-apiserver``.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dumps import _START, _small, _text, measured
from ownership import DROPPED, INSTALLED, _workload, _yaml

from tests.oracles.apiserver.server import Server, server
from tests.programs import missing

NAMESPACES = 50
_MANAGER = "argocd-controller"


def generate(cluster: Server, folder: Path, objects: int, workloads: int) -> None:
    """Applies the objects, of which so many in a hundred are workloads, and writes their manifests of the next release."""
    chance = random.Random(7)
    for number in range(NAMESPACES):
        value = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"team-{number}"}}
        cluster.post("/api/v1/namespaces", value, _MANAGER)
    for number in range(objects):
        installed, desired = _object(number, chance, workloads)
        metadata = desired["metadata"]
        group, plural = ("apis/apps/v1", "daemonsets") if "spec" in desired else ("api/v1", "configmaps")
        path = f"/{group}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"
        cluster.apply(path, installed, _MANAGER, force=True)
        file = folder / metadata["namespace"] / f"object-{number}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_yaml(desired), "utf-8")


def _object(number: int, chance: random.Random, workloads: int) -> tuple[dict, dict]:
    """An object as it was installed, and its next manifest."""
    others = 100 - workloads
    kind = chance.choices(("workload", "small", "text"), (workloads, 0.75 * others, 0.25 * others))[0]
    if kind == "workload":
        variables = [f"SETTING_{chance.randrange(300)}_{place}" for place in range(18)]
        name, namespace = f"agent-{number}", f"team-{number % NAMESPACES}"
        return _workload(name, namespace, "1.0", variables), _workload(
            name, namespace, "1.1", variables[DROPPED:]
        )
    _, desired = _small(number) if kind == "small" else _text(number, chance)
    return desired, desired


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=5_000)
    parser.add_argument("--workloads", type=int, default=20, metavar="PERCENT")
    parser.add_argument("--repeat", type=int, default=2)
    given = parser.parse_args()
    absent = missing("kube-apiserver", "etcd")
    if absent:
        print(f"--cluster is not measured: needs {', '.join(absent)}")
        return
    python = [sys.executable, "-c", _START.format(root=str(Path(__file__).resolve().parent.parent))]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        manifests, output = place / "desired", place / "report.json"
        with server(place) as cluster:
            generate(cluster, manifests, given.objects, given.workloads)
            INSTALLED["KUBECONFIG"] = os.environ["KUBECONFIG"] = str(cluster.kubeconfig)
            for command in (["ownership", "--desired", str(manifests)], ["check", str(manifests)]):
                called = [*python, *command, "--cluster", "--format", "json"]
                runs = [measured(called, output) for _ in range(given.repeat)]
                report = json.loads(output.read_text())
                figures = {
                    "case": f"{command[0]} --cluster, {given.objects} objects, {given.workloads}% workloads",
                    "objects": report["coverage"]["objects"],
                    "findings": len(report["findings"]),
                    "cpu_seconds": round(min(cpu for cpu, _, _ in runs), 2),
                    "wall_seconds": round(min(wall for _, wall, _ in runs), 2),
                    "peak_mb": max(peak for _, _, peak in runs),
                }
                print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
