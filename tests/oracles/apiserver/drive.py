"""Compare predictions with what a real kube-apiserver stores when the real tools upgrade random objects.

Usage: ``python -m tests.oracles.apiserver.drive [UPGRADES [SEED]]``. Needs kube-apiserver and etcd (``make kube-apiserver``),
kubectl and helm 3. Prints the first differences and "N upgrades, M differences"; exits 1 where there is a difference,
and 2 where a program is missing.
"""

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from msgspec import Struct

from cnilint.ssa import applier
from cnilint.ssa.appliers.perform import perform
from cnilint.ssa.predict import Prediction, predict
from cnilint.ssa.schema.crd import declare
from cnilint.ssa.schema.kinds import Kinds, kinds
from cnilint.ssa.typed.values import JsonObject, text_at
from tests.oracles.apiserver.compare import difference_of
from tests.oracles.apiserver.generate import CUSTOM_KIND, PATHS, manifest, meddling, next_release, partial
from tests.oracles.apiserver.server import Refusal, Server, server
from tests.programs import missing

SEED = 20261124
SHOWN = 10
TOOLS = ("kube-apiserver", "etcd", "kubectl", "helm")


class Upgrade(Struct, frozen=True):
    """One object: who installs it and from what, and who upgrades it to what."""

    number: int
    old: JsonObject
    new: JsonObject
    folder: Path

    @property
    def path(self) -> str:
        return f"{PATHS[text_at(self.old, 'kind')]}/{text_at(self.old, 'metadata', 'name')}"


def main(arguments: list[str]) -> int:
    upgrades = int(arguments[0]) if arguments else 1000
    seed = int(arguments[1]) if len(arguments) > 1 else SEED
    absent = missing(*TOOLS)
    if absent:
        print(f"not run: needs {', '.join(absent)}")
        return 2
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as cluster:
        known = _declared(cluster)
        found = [
            difference
            for number in range(upgrades)
            for difference in _differences(cluster, known, Random(f"{seed} {number}"), number, Path(folder))
        ]
    for difference_ in found[:SHOWN]:
        print(difference_)
    print(f"{upgrades} upgrades, {len(found)} differences")
    return 1 if found else 0


def _declared(cluster: Server) -> Kinds:
    cluster.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", CUSTOM_KIND, "test")
    cluster.run("kubectl", "wait", "--for=condition=Established", f"crd/{CUSTOM_KIND['metadata']['name']}")
    return declare(kinds(), CUSTOM_KIND)


def _differences(cluster: Server, known: Kinds, random: Random, number: int, folder: Path) -> Iterator[str]:
    kind = random.choice(list(PATHS))
    old = manifest(random, kind, f"x{number}")
    upgrade = Upgrade(number, old, next_release(random, old), folder)
    first = random.choice(list(_TOOLS))
    second = first if random.random() < 0.5 else random.choice([name for name in _TOOLS if name != "helm-3"])
    force = random.random() < 0.5
    said = f"upgrade {number}: {kind} from {first} to {second}{' forced' if force else ''}"
    refused = _TOOLS[first](cluster, upgrade, upgrade.old, False)
    if refused:
        yield f"{said}: the generator made an object that is refused: {refused}"
        return
    for _ in range(random.randrange(3)):
        _meddle(cluster, random, upgrade)
    before = cluster.get(upgrade.path)
    prediction = _predicted(second, known, before, upgrade, force)
    refused = _TOOLS[second](cluster, upgrade, upgrade.new, force)
    problem = difference_of(known, before, prediction, refused, cluster.get(upgrade.path), upgrade.new)
    if problem:
        yield f"{said}: {problem}"


def _meddle(cluster: Server, random: Random, upgrade: Upgrade) -> None:
    live = cluster.get(upgrade.path)
    try:
        if random.random() < 0.5:
            cluster.merge(upgrade.path, meddling(random, live), "kubectl-edit")
        else:
            cluster.apply(upgrade.path, partial(random, live), "another-applier", force=True)
    except Refusal:
        # What somebody does by hand may be nonsense; then nothing happened.
        return


def _predicted(tool: str, known: Kinds, before: JsonObject, upgrade: Upgrade, force: bool) -> Prediction:
    if tool == "apply":
        return predict(before, upgrade.new, manager=_MANAGER, force=force, schema=known)
    previous = upgrade.old if tool == "helm-3" else None
    return perform(applier(tool), before, upgrade.new, previous=previous, force=force, schema=known)


_MANAGER = "an-applier"


def _applied(cluster: Server, upgrade: Upgrade, value: JsonObject, force: bool) -> str:
    try:
        cluster.apply(upgrade.path, value, _MANAGER, force=force)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _kubectl(*flags: str) -> Callable[[Server, Upgrade, JsonObject, bool], str]:
    def run(cluster: Server, upgrade: Upgrade, value: JsonObject, force: bool) -> str:
        file = upgrade.folder / "manifest.json"
        file.write_text(json.dumps(value))
        forced = ["--force-conflicts"] if force and "--server-side" in flags else []
        result = cluster.run("kubectl", "apply", *flags, *forced, "-f", str(file))
        return result.stderr if result.returncode else ""

    return run


def _helm(cluster: Server, upgrade: Upgrade, value: JsonObject, force: bool) -> str:
    chart = upgrade.folder / "chart"
    (chart / "templates").mkdir(parents=True, exist_ok=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 0.1.0\n")
    (chart / "templates/object.yaml").write_text(json.dumps(value))
    release = f"r{upgrade.number}"
    result = cluster.run("helm", "upgrade", "--install", release, str(chart), "--namespace=default")
    return re.sub(r"\s+", " ", result.stderr) if result.returncode else ""


_TOOLS: dict[str, Callable[[Server, Upgrade, JsonObject, bool], str]] = {
    "apply": _applied,
    "kubectl-client-side": _kubectl(),
    "kubectl": _kubectl("--server-side"),
    "helm-3": _helm,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
