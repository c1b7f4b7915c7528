"""Write ``rules/ssa/schema.json`` from the typed schemas of client-go and the Go structs of the API server.

Usage: ``ssa_schema.py SCHEMA_DIRECTORY [OUTPUT]``. The directory holds one structured-merge-diff schema
(``applyconfigurations/internal/internal.go``, schemaYAML) per release, named ``v0.<minor>.<patch>.yaml``;
``master.yaml`` is the release after the newest. The structs come from ``tests/oracles/smd/types/types.json``.

One member a line, types sorted, every release as what differs from its neighbour towards the newest.
"""

import json
import sys
from pathlib import Path

from ruamel.yaml import YAML

from cnilint.ssa.typed.values import Json
from tests.tools.smd_schema import compact_types

ROOT = Path(__file__).resolve().parents[2]
STRUCTS = ROOT / "tests" / "oracles" / "smd" / "types" / "types.json"
OUTPUT = ROOT / "rules" / "ssa" / "schema.json"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"

Types = dict[str, dict[str, Json]]


def main(arguments: list[str]) -> None:
    output = Path(arguments[1]) if len(arguments) > 1 else OUTPUT
    output.write_text(build(Path(arguments[0])), encoding="utf-8")


def build(directory: Path) -> str:
    """The text of the compact schema."""
    structs = json.loads(STRUCTS.read_text(encoding="utf-8"))
    releases = {_minor(path): path for path in directory.glob("v0.*.yaml")}
    newest = max(releases)
    next_release = directory / "master.yaml"
    if next_release.exists():
        releases[newest + 1] = next_release
    types = {minor: _types(path, structs["structs"]) for minor, path in releases.items()}
    changes = {
        f"1.{minor}": _changes(types[_towards(newest, minor, releases)], types[minor])
        for minor in sorted(types)
        if minor != newest
    }
    sections = {
        "newest": json.dumps(f"1.{newest}"),
        "kinds": _rows(structs["kinds"]),
        "types": _rows(types[newest]),
        "changes": "{\n"
        + ",\n".join(f"{json.dumps(release)}: {_rows(rows)}" for release, rows in changes.items())
        + "\n}",
    }
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {text}" for name, text in sections.items()) + "\n}\n"


def _minor(path: Path) -> int:
    return int(path.name.split(".")[1])


def _towards(newest: int, minor: int, releases: dict[int, Path]) -> int:
    """The neighbour of a release on the side of the newest one."""
    if minor > newest:
        return max(other for other in releases if other < minor)
    return min(other for other in releases if other > minor)


def _types(path: Path, structs: dict[str, dict[str, Json]]) -> Types:
    types = compact_types(YAML(typ="safe").load(path))
    types[QUANTITY]["q"] = True
    keys = _key_names(types)
    for name, atom in types.items():
        _keep_key_defaults(atom, keys)
        if name in structs and "f" in atom:
            _add_struct(atom, structs[name])
    return types


def _key_names(value: Json) -> set[str]:
    """Every field name that is a key of some list."""
    if isinstance(value, dict):
        here = value.get("k")
        names = {str(key) for key in here} if isinstance(here, list) else set()
        return names.union(*map(_key_names, value.values()))
    return set()


def _keep_key_defaults(atom: dict[str, Json], keys: set[str]) -> None:
    defaults = atom.pop("d", None)
    if isinstance(defaults, dict) and (kept := {k: v for k, v in defaults.items() if k in keys}):
        atom["d"] = kept


def _add_struct(atom: dict[str, Json], struct: dict[str, Json]) -> None:
    fields, stored, pointers = atom["f"], struct["z"], struct.get("p", [])
    assert isinstance(fields, dict)
    assert isinstance(stored, dict)
    assert isinstance(pointers, list)
    atom["z"] = {name: empty for name, empty in sorted(stored.items()) if name in fields}
    if kept := [name for name in pointers if name in fields]:
        atom["p"] = kept


def _changes(newer: Types, older: Types) -> dict[str, Json]:
    """What to put over the one to get the other; null takes a type away."""
    out: dict[str, Json] = {name: None for name in newer if name not in older}
    out.update({name: atom for name, atom in older.items() if newer.get(name) != atom})
    return out


def _rows(members: dict[str, Json] | Types) -> str:
    lines = (
        f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}"
        for name, value in sorted(members.items())
    )
    return "{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    main(sys.argv[1:])
