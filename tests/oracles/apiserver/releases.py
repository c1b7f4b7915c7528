"""Compare predictions with what a real kube-apiserver stores when real releases are applied one over the other.

Usage: ``python -m tests.oracles.apiserver.releases CORPUS [COMPONENT...]``, a folder of ``component/release.yaml``. Every release
is applied server-side over the one before it, over some objects after their record was damaged. Prints the first
differences and "N objects, M differences"; exits 1 where there is a difference, and 2 where a program is missing.
"""

import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

from cnilint.document import plain, read
from cnilint.manifest.object import objects
from cnilint.ssa.managedfields.entries import managed_fields_of
from cnilint.ssa.predict import Prediction, predict
from cnilint.ssa.schema.crd import declare
from cnilint.ssa.schema.kinds import Kinds, group_version, kinds
from cnilint.ssa.schema.schema import SchemaError
from cnilint.ssa.typed.values import JsonObject, text_at
from cnilint.versions import parse_version
from tests.oracles.apiserver.compare import difference_of
from tests.oracles.apiserver.server import Refusal, Server, server
from tests.programs import missing

MANAGER = "argocd-controller"
SHOWN = 20
CRD = "CustomResourceDefinition"


def main(arguments: list[str]) -> int:
    absent = missing("kube-apiserver", "etcd")
    if absent:
        print(f"not run: needs {', '.join(absent)}")
        return 2
    compared, found = 0, []
    for component in sorted(path for path in Path(arguments[0]).iterdir() if path.is_dir()):
        if arguments[1:] and component.name not in arguments[1:]:
            continue
        before = compared, len(found)
        with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as cluster:
            for said, problem in _upgrades(cluster, component):
                compared += 1
                found += [f"{said}: {problem}"] if problem else []
        print(
            f"{component.name}: {compared - before[0]} objects, {len(found) - before[1]} differences",
            flush=True,
        )
    for line in found[:SHOWN]:
        print(line)
    print(f"{compared} objects, {len(found)} differences")
    return 1 if found or not compared else 0


def _upgrades(cluster: Server, component: Path) -> Iterator[tuple[str, str]]:
    """Every object of every release that the server takes and has from a release before."""
    random = Random(component.name)
    files = [(parse_version(file.stem), file) for file in component.glob("*.yaml")]
    for _, file in sorted((version, file) for version, file in files if version is not None):
        manifests = read_manifests(file)
        known = _declared(manifests)
        endpoints = Endpoints(cluster)
        for manifest in sorted(manifests, key=lambda each: text_at(each, "kind") not in (CRD, "Namespace")):
            path = endpoints(manifest)
            if path is None:
                continue
            before = _live(cluster, path)
            if before is not None:
                before = _damaged(cluster, random, path, before)
            refused = _applied(cluster, path, manifest)
            if before is None:
                continue
            prediction = predict(before, manifest, manager=MANAGER, force=True, schema=known)
            if _is_declined(prediction):
                continue
            after = _live(cluster, path) or {}
            name = f"{text_at(manifest, 'kind')} {text_at(manifest, 'metadata', 'name')}"
            problem = difference_of(known, before, prediction, refused, after, manifest)
            yield f"{component.name} {file.stem}: {name}", problem


def _is_declined(prediction: Prediction) -> bool:
    """Whether the prediction says with a reason that it does not know: an answer, but not one to compare.

    Of a kind without a schema who owns what is a guess, which the prediction states.
    """
    guessed = any(note.startswith("no schema of") for note in prediction.uncovered)
    return guessed or (prediction.written is None and prediction.refused is None)


def read_manifests(file: Path) -> list[JsonObject]:
    """The objects of a file of manifests."""
    found = [plain(obj.node) for document in read(str(file), file.read_bytes()) for obj in objects(document)]
    return [value for value in found if isinstance(value, dict)]


def _declared(manifests: list[JsonObject]) -> Kinds:
    known = kinds()
    for manifest in manifests:
        if text_at(manifest, "kind") == CRD:
            try:
                known = declare(known, manifest)
            except SchemaError:
                continue
    return known


def _damaged(cluster: Server, random: Random, path: str, live: JsonObject) -> JsonObject:
    """The object, of every third after its record was cleared, or its Apply entry became one of an Update."""
    how = random.randrange(6)
    record = managed_fields_of(live)
    if how == 0:
        changed = [{}]
    elif how == 1 and isinstance(record, list):
        changed = [{**entry, "operation": "Update"} for entry in record if isinstance(entry, dict)]
    else:
        return live
    try:
        return cluster.merge(path, {"metadata": {"managedFields": changed}}, "somebody")
    except Refusal:
        return live


def _applied(cluster: Server, path: str, manifest: JsonObject) -> str:
    try:
        cluster.apply(path, manifest, MANAGER, force=True)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _live(cluster: Server, path: str) -> JsonObject | None:
    try:
        return cluster.get(path)
    except Refusal:
        return None


class Endpoints:
    """The paths of objects, by the server's own discovery; namespaces are made when the first object needs them."""

    def __init__(self, cluster: Server) -> None:
        self._cluster = cluster
        self._plurals = cache(self._discovered)

    def __call__(self, manifest: JsonObject) -> str | None:
        api_version, kind = text_at(manifest, "apiVersion"), text_at(manifest, "kind")
        found = self._plurals(api_version).get(kind)
        if found is None:
            return None
        plural, namespaced = found
        folder = self._folder(api_version)
        if namespaced:
            namespace = text_at(manifest, "metadata", "namespace") or "default"
            self._make(namespace)
            folder = f"{folder}/namespaces/{namespace}"
        return f"{folder}/{plural}/{text_at(manifest, 'metadata', 'name')}"

    def _make(self, namespace: str) -> None:
        value: JsonObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        if _live(self._cluster, f"/api/v1/namespaces/{namespace}") is None:
            self._cluster.post("/api/v1/namespaces", value, "somebody")

    def _discovered(self, api_version: str) -> dict[str, tuple[str, bool]]:
        answer = _live(self._cluster, self._folder(api_version))
        resources = answer.get("resources") if answer is not None else None
        return {
            str(each["kind"]): (str(each["name"]), each["namespaced"] is True)
            for each in (resources if isinstance(resources, list) else [])
            if isinstance(each, dict) and "/" not in str(each["name"])
        }

    def _folder(self, api_version: str) -> str:
        group, version = group_version(api_version)
        return f"/apis/{group}/{version}" if group else f"/api/{version}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
