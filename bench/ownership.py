"""``cnilint ownership`` of a dump of DaemonSet-sized objects, as a multiple of reading that dump with the C parser.

The objects are generated: each has some variables, mounts and volumes, its defaults, and managedFields entries of an
applier, a controller and, in some objects, an older tool. Every object has a manifest of a newer release, which drops
variables; in one object of ten the older tool co-owns them, so they stay. The floor is the C parser's events over the
same dump; loading the dump with that parser into plain values is the second measure. All figures are CPU time, the best
of several runs.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

EVENTS = """
import gc, sys, time
from pathlib import Path
from _ruamel_yaml import CParser
gc.disable()
text = Path(sys.argv[1]).read_text()
start = time.process_time()
get_event = CParser(text).get_event
while type(get_event()).__name__ != "StreamEndEvent":
    pass
print(time.process_time() - start)
"""
LOAD = """
import gc, sys, time
from pathlib import Path
from ruamel.yaml import YAML
gc.disable()
text = Path(sys.argv[1]).read_text()
start = time.process_time()
YAML(typ="safe").load(text)
print(time.process_time() - start)
"""
DROPPED = 11
INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The environment of an installed program, whose modules are compiled once."""


def generate(folder: Path, objects: int, damaged: int) -> Path:
    """A dump and, below ``desired``, a manifest for each of its objects; the seed is fixed."""
    chance = random.Random(3)
    items = []
    for number in range(objects):
        name = f"agent-{number}"
        namespace = f"team-{number % 50}"
        variables = [f"SETTING_{chance.randrange(10_000)}_{place}" for place in range(18)]
        kept = variables[DROPPED:]
        live = _workload(name, namespace, "1.0", variables)
        owned = _fields(variables)
        record = [_entry("argocd-controller", "Apply", owned), _status()]
        if damaged and number % damaged == 0:
            record.insert(1, _entry("helm", "Update", owned))
        live["metadata"]["managedFields"] = record
        _fill_in(live)
        items.append(live)
        path = folder / "desired" / namespace / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_yaml(_workload(name, namespace, "1.1", kept)), "utf-8")
    dump = folder / "live.yaml"
    dump.write_text(_yaml({"apiVersion": "v1", "items": items, "kind": "List"}), "utf-8")
    return dump


def _workload(name: str, namespace: str, version: str, variables: list[str]) -> dict[str, object]:
    volumes = [f"volume-{place}" for place in range(6)]
    container = {
        "name": "agent",
        "image": f"registry.example/agent:{version}",
        "args": ["--level=info", "--port=15014"],
        "env": [{"name": variable, "value": f"value of {variable}"} for variable in variables],
        "ports": [{"containerPort": 15014, "name": "metrics", "protocol": "TCP"}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8000}},
        "resources": {"requests": {"cpu": "100m", "memory": "100Mi"}},
        "securityContext": {"privileged": True, "runAsUser": 0, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"mountPath": f"/host/{volume}", "name": volume} for volume in volumes],
    }
    pod = {
        "containers": [container],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "serviceAccountName": "agent",
        "tolerations": [{"operator": "Exists", "effect": "NoSchedule"}],
        "volumes": [{"name": volume, "hostPath": {"path": f"/var/{volume}"}} for volume in volumes],
    }
    labels = {"app": name, "team": namespace, "app.kubernetes.io/part-of": "network"}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": dict(labels)}, "spec": pod},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        },
    }


def _fields(variables: list[str]) -> dict[str, object]:
    def items(key: str, names: list[str], *fields: str) -> dict[str, object]:
        return {
            f'k:{{"{key}":"{name}"}}': {".": {}, **{f"f:{field}": {} for field in fields}} for name in names
        }

    volumes = [f"volume-{place}" for place in range(6)]
    container = {
        ".": {},
        **{f"f:{name}": {} for name in ("name", "image", "args")},
        "f:env": items("name", variables, "name", "value"),
        "f:ports": {
            'k:{"containerPort":15014,"protocol":"TCP"}': {
                ".": {},
                "f:containerPort": {},
                "f:name": {},
                "f:protocol": {},
            }
        },
        "f:readinessProbe": {"f:httpGet": {"f:path": {}, "f:port": {}}},
        "f:resources": {"f:requests": {"f:cpu": {}, "f:memory": {}}},
        "f:securityContext": {"f:privileged": {}, "f:runAsUser": {}, "f:capabilities": {"f:drop": {}}},
        "f:volumeMounts": items("mountPath", [f"/host/{volume}" for volume in volumes], "mountPath", "name"),
    }
    labels = {"f:app": {}, "f:team": {}, "f:app.kubernetes.io/part-of": {}}
    pod = {
        "f:containers": {'k:{"name":"agent"}': container},
        "f:nodeSelector": {},
        "f:serviceAccountName": {},
        "f:tolerations": {},
        "f:volumes": {
            f'k:{{"name":"{volume}"}}': {".": {}, "f:name": {}, "f:hostPath": {"f:path": {}}}
            for volume in volumes
        },
    }
    return {
        "f:metadata": {"f:labels": labels},
        "f:spec": {
            "f:selector": {},
            "f:template": {"f:metadata": {"f:labels": labels}, "f:spec": pod},
            "f:updateStrategy": {"f:rollingUpdate": {"f:maxUnavailable": {}}, "f:type": {}},
        },
    }


def _entry(manager: str, operation: str, fields: dict[str, object]) -> dict[str, object]:
    return {
        "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        "manager": manager,
        "operation": operation,
        "time": "2026-01-31T00:00:00Z",
    }


def _status() -> dict[str, object]:
    names = ("currentNumberScheduled", "desiredNumberScheduled", "numberReady", "observedGeneration")
    entry = _entry("kube-controller-manager", "Update", {"f:status": {f"f:{name}": {} for name in names}})
    return {**entry, "subresource": "status"}


def _fill_in(live: dict[str, object]) -> None:
    """What the server adds to the object."""
    live["metadata"] |= {
        "generation": 1,
        "resourceVersion": "1367",
        "uid": "30da0812",
        "creationTimestamp": "2026-01-31T00:00:00Z",
    }
    live["spec"]["revisionHistoryLimit"] = 10
    pod = live["spec"]["template"]["spec"]
    pod |= {
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "securityContext": {},
    }
    pod["containers"][0] |= {
        "imagePullPolicy": "IfNotPresent",
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    live["status"] = {
        "currentNumberScheduled": 3,
        "desiredNumberScheduled": 3,
        "numberReady": 3,
        "observedGeneration": 1,
    }


def _yaml(value: object, indent: int = 0) -> str:
    """Block YAML as kubectl prints it: keys sorted, lists not indented."""
    pad = "  " * indent
    if isinstance(value, dict):
        lines = []
        for key in sorted(value):
            member = value[key]
            if isinstance(member, dict | list) and member:
                below = _yaml(member, indent + (1 if isinstance(member, dict) else 0))
                lines.append(f"{pad}{key}:\n{below}")
            else:
                lines.append(f"{pad}{key}: {json.dumps(member)}\n")
        return "".join(lines)
    items = []
    for item in value:
        below = _yaml(item, indent + 1) if isinstance(item, dict | list) else f"{pad}  {json.dumps(item)}\n"
        items.append(f"{pad}- {below.removeprefix(pad + '  ')}")
    return "".join(items)


def printed(program: str, dump: Path) -> float:
    """The seconds that a program prints of itself."""
    command = [sys.executable, "-c", program, str(dump)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def spent(command: list[str], output: Path) -> float:
    """The processor seconds of a command, start-up included."""
    with output.open("wb") as stdout:
        process = subprocess.Popen(command, stdout=stdout, env=INSTALLED)
        _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=1_000)
    parser.add_argument("--damaged", type=int, default=10, help="one object in so many is damaged; 0: none")
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dump, output = generate(Path(folder), given.objects, given.damaged), Path(folder) / "report.json"
        desired = ["--desired", f"{folder}/desired", "--applier", "argocd", "--format", "json"]
        command = [sys.executable, "-m", "cnilint", "ownership", str(dump), *desired]
        events = min(printed(EVENTS, dump) for _ in range(given.repeat))
        load = min(printed(LOAD, dump) for _ in range(given.repeat))
        audit = min(spent(command, output) for _ in range(given.repeat))
        report = json.loads(output.read_text())
    figures = {
        "objects": report["ownership"]["objects"],
        "predicted": report["ownership"]["predicted"],
        "findings": len(report["findings"]),
        "events_seconds": round(events, 2),
        "load_seconds": round(load, 2),
        "ownership_seconds": round(audit, 2),
        "ownership_over_events": round(audit / events, 2),
        "ownership_over_load": round(audit / load, 2),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
