"""Run repair scripts on a real API server: every recorded live object, damaged as it was or further, then its apply.

Usage: ``python -m tests.oracles.apiserver.repairs LIVE``, a folder of recorded objects (``make live``). Each object is
made on the server with its managedFields, dumped, and given to ``cnilint ownership --repair-script``. Then its status
changes, the script runs (twice: the second run must skip), and the applier applies the manifest: nothing may be left.
The same for the variant that runs after the apply. An object counts where the apply without the script leaves something.

Prints what is wrong and "N repairs, M wrong, K objects without one", with the reasons; exits 1 where something is
wrong, and 2 where a program is missing.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

from cnilint.analysis.ownership import OwnershipAnalysis, audit
from cnilint.analysis.settings import AuditSettings
from cnilint.document import plain, read
from cnilint.manifest.object import objects
from cnilint.ownership.inputs.positions import Pointers
from cnilint.ownership.repair.script import repair_script
from cnilint.source import WorkTree
from cnilint.ssa.fieldpath.fields import FieldPath, Fields, paths
from cnilint.ssa.managedfields.entries import EntriesError, decode_entries, managed_fields_of
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at
from tests.oracles.apiserver.releases import Endpoints
from tests.oracles.apiserver.server import Refusal, Server, server
from tests.programs import missing

TOOLS = ("kube-apiserver", "etcd", "kubectl", "dash")
INCIDENT_MANAGER = "istio-operator"
CLIENT_SIDE = "kubectl-client-side-apply"
DAMAGES = ("as recorded", "cleared", "an Update instead of an Apply", "restored by another writer")
SERVER_METADATA = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "selfLink",
    "finalizers",
    "ownerReferences",
    "deletionTimestamp",
)
SERVER_SPEC = ("clusterIP", "clusterIPs", "healthCheckNodePort", "nodeName")
MOST_DROPPED = 3


class Unusable(Exception):
    """An object that nothing can be learned from here; the message says why."""


class Case(Struct, frozen=True, kw_only=True):
    """A recorded object, what is applied to it, under which name, and how its record is damaged."""

    name: str
    live: JsonObject
    manifests: tuple[JsonObject, ...]
    manager: str
    damage: str


def main(arguments: list[str]) -> int:
    absent = missing(*TOOLS)
    if absent:
        print(f"not run: needs {', '.join(absent)}")
        return 2
    repairs, wrong = 0, 0
    unusable: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as cluster:
        for number, case in enumerate(cases(Path(arguments[0]))):
            place = Path(folder) / str(number)
            place.mkdir()
            for variant in ("before-upgrade", "after-upgrade"):
                try:
                    problem = repaired(cluster, case, variant, place)
                except Unusable as reason:
                    unusable[f"{variant}: {reason}"] += 1
                    continue
                repairs += 1
                wrong += bool(problem)
                if problem:
                    print(f"{case.name} ({case.damage}), {variant}: {problem}")
    for reason, count in sorted(unusable.items()):
        print(f"  {count} {reason}")
    print(f"{repairs} repairs, {wrong} wrong, {unusable.total()} without one")
    return 1 if wrong or not repairs else 0


def cases(folder: Path) -> Iterator[Case]:
    """Every object of the incident with every damage, every other one as it is recorded and with one damage."""
    expected = json.loads((folder / "incident-expected.json").read_text("utf-8"))
    config_map = _load(folder / "incident-configmap-1.24.2.yaml")
    for file in sorted(folder.glob("incident-*-live.yaml")):
        scenario = file.name.removeprefix("incident-").removesuffix("-live.yaml")
        recorded = expected.get(scenario)
        manifest = _load(folder / recorded["applied"]) if recorded else config_map
        manager = recorded["manager"] if recorded else INCIDENT_MANAGER
        manifests = (manifest, config_map) if recorded else (manifest,)
        for damage in DAMAGES:
            yield Case(name=file.name, live=_load(file), manifests=manifests, manager=manager, damage=damage)
    for file in sorted(folder.glob("real-*.yaml")):
        live = _load(file)
        for damage in (DAMAGES[0], Random(file.name).choice(DAMAGES[1:])):
            random = Random(f"{file.name} {damage}")
            manifest = next_release(random, live)
            manager = _applier(live)
            yield Case(name=file.name, live=live, manifests=(manifest,), manager=manager, damage=damage)


def next_release(random: Random, live: JsonObject) -> JsonObject:
    """The object as a manifest, without some of its variables, keys, labels and annotations."""
    value = _content(live)
    for path in random.sample(found := sorted(_droppable(live)), min(len(found), MOST_DROPPED)):
        steps = Pointers(value, kinds().type_of(value)).steps(path)
        if steps is not None:
            holder: Any = value
            for step in steps[:-1]:
                holder = holder[step]
            del holder[steps[-1]]
    return value


def _droppable(live: JsonObject) -> set[FieldPath]:
    """The owned items and keys that an object can do without."""
    try:
        entries = decode_entries(managed_fields_of(live))
    except EntriesError:
        return set()
    owned = {path for entry in entries if not entry.subresource for path in _items(entry.fields)}
    return {path for path in owned if Pointers(live, kinds().type_of(live)).steps(path) is not None}


def _items(fields: Fields) -> Iterator[FieldPath]:
    for path in paths(fields):
        if len(path) < 2 or path[-1] == "f:kubectl.kubernetes.io/last-applied-configuration":
            continue
        if path[-2] in ("f:env", "f:data") or (path[:1] == ("f:metadata",) and path[-2] in _METADATA):
            yield path


_METADATA = ("f:labels", "f:annotations")


def _applier(live: JsonObject) -> str:
    """The manager of the first Apply entry, else a usual one."""
    record = managed_fields_of(live)
    entries = record if isinstance(record, list) else []
    applied = (text_at(each, "manager") for each in entries if text_at(each, "operation") == "Apply")
    return next(applied, "argocd-controller")


def _content(live: JsonObject) -> JsonObject:
    """An object as somebody could send it to another cluster."""
    value = json.loads(json.dumps(live))
    value.pop("status", None)
    for name in SERVER_METADATA:
        value["metadata"].pop(name, None)
    # Static pods are made by the kubelet alone, and the labels of a Job by the server.
    annotations = value["metadata"].get("annotations") or {}
    for name in [name for name in annotations if name.startswith("kubernetes.io/config.")]:
        del annotations[name]
    spec = value.get("spec")
    if isinstance(spec, dict):
        if text_at(value, "kind") == "Job":
            spec.pop("selector", None)
            spec["template"].get("metadata", {}).pop("labels", None)
        for name in SERVER_SPEC:
            spec.pop(name, None)
        for port in spec.get("ports") or ():
            if isinstance(port, dict):
                port.pop("nodePort", None)
    return dict(value)


def repaired(cluster: Server, case: Case, variant: str, folder: Path) -> str:
    """What is wrong with a repair, in a sentence; empty where nothing is. Raises Unusable."""
    case = _named(case, f"{folder.name}-{variant[0]}")
    path = _loaded(cluster, case)
    analysis = _analysis(cluster, case, path, folder)
    found = analysis.audits[0]
    leftovers = [left.path for left in found.harmful]
    if not leftovers:
        raise Unusable("nothing is left behind")
    script = repair_script(analysis.audits, analysis.kinds, "test")
    by_hand = script.text.split("\nafter_upgrade()")[variant == "after-upgrade"].partition(
        "    by_hand \\\n"
    )[2]
    if by_hand:
        raise Unusable(
            f"by hand: {by_hand.splitlines()[0].rpartition(chr(39) + ' ' + chr(39))[2].rstrip(chr(39))}"
        )
    file = folder / f"{variant}.sh"
    file.write_text(script.text)
    return _run(cluster, case, path, leftovers, file)


def _run(cluster: Server, case: Case, path: str, leftovers: list[FieldPath], file: Path) -> str:
    """Runs the script, twice, around the apply."""
    variant = file.stem
    if variant == "before-upgrade":
        if not _left(_dry_apply(cluster, case, path), leftovers):
            raise Unusable("the apply leaves nothing without a repair either")
    else:
        _apply(cluster, case, path, file.parent)
        if not _left(cluster.get(path), leftovers):
            raise Unusable("the apply leaves nothing without a repair either")
    _touch_status(cluster, path)
    problem = _script(cluster, file, "changed: ")
    if problem:
        return problem
    if variant == "before-upgrade":
        before = cluster.get(path)
        if not _left(before, leftovers):
            return "the transfer removed fields"
    problem = _script(cluster, file, "done before: ")
    if problem:
        return f"second run: {problem}"
    if variant == "before-upgrade":
        _apply(cluster, case, path, file.parent)
    left = _left(cluster.get(path), leftovers)
    return f"left: {left}" if left else ""


def _script(cluster: Server, file: Path, wanted: str) -> str:
    result = cluster.run("dash", str(file), file.stem)
    said = f"{result.stdout}{result.stderr}".strip()
    return "" if result.returncode == 0 and f"\n{wanted}" in said else f"exit {result.returncode}: {said}"


def _named(case: Case, suffix: str) -> Case:
    """The case under a name of its own: the server has some of the recorded ones."""
    name = f"{text_at(case.live, 'metadata', 'name')}-{suffix}"

    def renamed(value: JsonObject) -> JsonObject:
        if text_at(value, "kind") != text_at(case.live, "kind"):
            return value
        metadata = value["metadata"]
        assert isinstance(metadata, dict)
        return {**value, "metadata": {**metadata, "name": name}}

    return Case(
        name=case.name,
        live=renamed(case.live),
        manifests=tuple(map(renamed, case.manifests)),
        manager=case.manager,
        damage=case.damage,
    )


def _loaded(cluster: Server, case: Case) -> str:
    """Makes the object with its record; the path of it."""
    path = Endpoints(cluster)(case.live)
    if path is None:
        raise Unusable("the server does not have this kind")
    try:
        cluster.post(path.rpartition("/")[0], _content(case.live), "somebody")
        cluster.merge(path, {"metadata": {"managedFields": _damaged(case)}}, "somebody")
    except Refusal as refusal:
        raise Unusable(f"the server does not take the object: {str(refusal)[:40]}") from None
    return path


def _damaged(case: Case) -> Json:
    record = managed_fields_of(case.live)
    entries = record if isinstance(record, list) else []
    if case.damage == DAMAGES[1]:
        return [{}]
    if case.damage == DAMAGES[2]:
        return [{**each, "operation": "Update"} for each in entries if isinstance(each, dict)] or [{}]
    if case.damage == DAMAGES[3]:
        main = [each for each in entries if isinstance(each, dict) and not text_at(each, "subresource")]
        names = [{**each, "manager": f"restore-{number}"} for number, each in enumerate(main)]
        return names or [{}]
    return entries or [{}]


def _analysis(cluster: Server, case: Case, path: str, folder: Path) -> OwnershipAnalysis:
    desired = folder / "desired"
    desired.mkdir(exist_ok=True)
    for number, manifest in enumerate(case.manifests):
        (desired / f"{number}.json").write_text(json.dumps(manifest))
    # Without a member in any object, a dump would not say that the record is empty.
    other = cluster.get("/api/v1/namespaces/default")
    dump = json.dumps({"apiVersion": "v1", "kind": "List", "items": [cluster.get(path), other]}).encode()
    settings = AuditSettings(manager=case.manager, force=True)
    return audit({"live.json": dump}, settings, WorkTree((str(desired),)))


def _apply(cluster: Server, case: Case, path: str, folder: Path) -> None:
    if case.manager == CLIENT_SIDE:
        result = cluster.run("kubectl", "apply", "-f", str(folder / "desired" / "0.json"))
        refused = result.stderr if result.returncode else ""
    else:
        refused = _refused(cluster, case, path)
    if refused:
        raise Unusable(f"the server refuses the apply: {refused[:40]}")


def _refused(cluster: Server, case: Case, path: str) -> str:
    try:
        cluster.apply(path, case.manifests[0], case.manager, force=True)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _dry_apply(cluster: Server, case: Case, path: str) -> JsonObject:
    """What the apply would store; the object as it is where it would be refused: the repair may heal that."""
    flags = f"fieldManager={case.manager}&force=true&dryRun=All"
    try:
        return cluster.send("PATCH", f"{path}?{flags}", case.manifests[0], "application/apply-patch+yaml")
    except Refusal:
        return cluster.get(path)


def _touch_status(cluster: Server, path: str) -> None:
    """A status update, after which resourceVersion is another one and managedFields has a new first writer."""
    live = cluster.get(path)
    status = at(live, "status")
    generation = int(str(at(live, "metadata", "generation") or 0))
    new = {**(status if isinstance(status, dict) else {}), "observedGeneration": generation + 1}
    try:
        cluster.merge(f"{path}/status", {"status": new}, "a-controller")
    except Refusal:
        # Not every kind has a status: then something else changes the object.
        cluster.merge(path, {"metadata": {"annotations": {"example.dev/touched": "yes"}}}, "a-controller")


def _left(value: JsonObject, leftovers: list[FieldPath]) -> list[str]:
    pointers = Pointers(value, kinds().type_of(value))
    return [
        "/".join(map(str, pointers.steps(path) or ()))
        for path in leftovers
        if pointers.steps(path) is not None
    ]


def _load(file: Path) -> JsonObject:
    found = [plain(obj.node) for document in read(str(file), file.read_bytes()) for obj in objects(document)]
    (value,) = [each for each in found if isinstance(each, dict)]
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
