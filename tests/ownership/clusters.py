"""Live objects as several writers leave them, made by the simulated API server, and the report on them."""

import json
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.server import apply, update
from cnilint.ssa.schema.kinds import kinds
from tests.ownership.conftest import report

Value = dict[str, Any]


class Cluster:
    """One object. Each write gives the next state."""

    def __init__(self, value: Value, manager: str, operation: str = "Apply") -> None:
        self._endpoint = resource(kinds(), value["apiVersion"], value["kind"])
        if operation == "Apply":
            self.live = apply(self._endpoint, None, value, manager, force=True).object
        else:
            self.live = update(self._endpoint, None, value, manager).object

    def updated(self, manager: str, path: Sequence[str | int], value: Any) -> "Cluster":
        """A write of one field, or of an item at the end of a list where the last step is ``-``."""
        new = deepcopy(self.live)
        here: Any = new
        for step in path[:-1]:
            here = here[step] if isinstance(here, list) else here.setdefault(step, {})
        if path[-1] == "-":
            here.append(value)
        else:
            here[path[-1]] = value
        new["metadata"].pop("managedFields", None)
        self.live = update(self._endpoint, self.live, new, manager).object
        return self


def verdicts(
    folder: Path, live: Value | list[Value], desired: Value | list[Value], *options: str
) -> list[str]:
    """The findings as ``severity code message``."""
    found = run_on(folder, live, desired, *options)
    return [f"{one['severity']} {one['code']} {one['message']}" for one in found["findings"]]


def run_on(folder: Path, live: Value | list[Value], desired: Value | list[Value], *options: str) -> Value:
    """The JSON report of a run."""
    (folder / "live.json").write_text(json.dumps(_listed(live)))
    (folder / "desired.json").write_text(json.dumps(_listed(desired)))
    return report(str(folder / "live.json"), "--desired", str(folder / "desired.json"), *options)


def _listed(values: Value | list[Value]) -> Value:
    return {"apiVersion": "v1", "kind": "List", "items": values if isinstance(values, list) else [values]}


def config_map(annotations: Value | None = None, **data: str) -> Value:
    metadata = {"name": "settings", "namespace": "n", "annotations": annotations or {}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def daemon_set(env: Sequence[Value] = (), labels: Value | None = None, **container: Any) -> Value:
    labels = {"app": "agent", **(labels or {})}
    pod = {"containers": [{"name": "agent", "image": "agent:1", "env": [*env], **container}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "n"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


POD = ("spec", "template", "spec")
CONTAINER = (*POD, "containers", 0)
