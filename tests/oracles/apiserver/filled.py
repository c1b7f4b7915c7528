"""Record what a real API server fills into small manifests, for the test of the table of defaults.

Usage: ``python -m tests.oracles.apiserver.filled``. Applies the manifests of ``filled.yaml`` server-side and writes
``tests/ssa/managedfields/filled.json``: every manifest with what is stored of it. Exits 2 where a program is missing.
"""

import json
import sys
import tempfile
from pathlib import Path

from cnilint.ssa.typed.values import JsonObject, text_at
from tests.conftest import ROOT
from tests.oracles.apiserver.releases import Endpoints, read_manifests
from tests.oracles.apiserver.server import server
from tests.programs import missing

SOURCE = Path(__file__).with_name("filled.yaml")
RECORD = ROOT / "tests" / "ssa" / "managedfields" / "filled.json"
MANAGER = "an-applier"


def main() -> int:
    absent = missing("kube-apiserver", "etcd")
    if absent:
        print(f"not run: needs {', '.join(absent)}")
        return 2
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as cluster:
        endpoints = Endpoints(cluster)
        recorded = []
        for manifest in read_manifests(SOURCE):
            path = endpoints(manifest)
            assert path is not None, manifest
            stored = cluster.apply(path, manifest, MANAGER, force=True)
            recorded.append({"manifest": manifest, "stored": _settled(stored)})
    lines = ",\n".join(json.dumps(each, sort_keys=True) for each in recorded)
    RECORD.write_text(f"[\n{lines}\n]\n", "utf-8")
    print(
        f"{len(recorded)} manifests recorded: {', '.join(text_at(m['manifest'], 'kind') for m in recorded)}"
    )
    return 0


def _settled(stored: JsonObject) -> JsonObject:
    """The object without what another run would give another value."""
    metadata = stored["metadata"]
    assert isinstance(metadata, dict)
    varying = {"uid": "1", "creationTimestamp": "2026-01-01T00:00:00Z", "resourceVersion": "1"}
    settled = {name: varying.get(name, value) for name, value in metadata.items() if name != "managedFields"}
    return {name: value for name, value in stored.items() if name != "status"} | {"metadata": settled}


if __name__ == "__main__":
    sys.exit(main())
