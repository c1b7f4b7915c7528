"""Which fields of a stored object nobody sent: known defaults, and what the server and its controllers set.

The knowledge is in ``schemas/apply-defaults.json``. It serves to tell what an object has without an owner
for a good reason from what lost its owner; it is not used to fill objects in.
"""

import json
from functools import lru_cache

from cnilint.apply.fields import Path, element_keys
from cnilint.apply.schema import Type
from cnilint.apply.values import Json, Object, at, same
from cnilint.data import data_dir


def unsent(path: Path, value: Json, schema_type: Type) -> bool:
    """Whether a field with this value needs no sender: it is a known default or set by the server itself."""
    steps = _steps(path, schema_type)
    for index in range(len(steps) - 1, -1, -1):
        owner, name = steps[index]
        if owner is None:
            continue
        relative = "/".join([name, *(below for _, below in steps[index + 1 :])])
        return relative in _server(owner) or (index == len(steps) - 1 and _is_default(owner, name, value))
    return False


def set_by_server(path: Path, schema_type: Type) -> bool:
    """Whether the server or a controller of its own sets the field, whatever was sent."""
    steps = _steps(path, schema_type)
    for index in range(len(steps) - 1, -1, -1):
        owner, name = steps[index]
        if owner is not None:
            return "/".join([name, *(below for _, below in steps[index + 1 :])]) in _server(owner)
    return False


def converted(value: Object, schema_type: Type) -> Object:
    """An object that a client sent with what the server adds when it reads it, where that is missing."""
    additions = at(_data(), "converted", schema_type.name)
    return _with_missing(value, additions) if isinstance(additions, dict) else value


def _with_missing(value: Object, additions: Object) -> Object:
    out = dict(value)
    for name, addition in additions.items():
        mine = out.get(name)
        if isinstance(addition, dict) and isinstance(mine, dict | None):
            out[name] = _with_missing(mine or {}, addition)
        elif mine is None:
            out[name] = addition
    return out


def _steps(path: Path, schema_type: Type) -> list[tuple[str | None, str]]:
    """For each element of the path the declared struct that it is a field of, if any, and its name."""
    out: list[tuple[str | None, str]] = []
    here: Type | None = schema_type
    for element in path:
        if here is None:
            out.append((None, element))
        elif element[:2] == "f:" and here.map is not None:
            out.append((here.name or None, element[2:]))
            here = here.map.child(element[2:])
        else:
            out.append((None, json.dumps(element_keys(element)) if element[0] == "k" else element))
            here = here.list.element if here.list is not None else None
    return out


def _is_default(owner: str, name: str, value: Json) -> bool:
    known = at(_data(), "defaults", owner)
    if not isinstance(known, dict) or name not in known:
        return False
    values = known[name]
    return values is None or (isinstance(values, list) and any(same(value, one) for one in values))


def _server(owner: str) -> list[Json]:
    names = at(_data(), "server", owner)
    return names if isinstance(names, list) else []


@lru_cache(maxsize=1)
def _data() -> Object:
    data = json.loads((data_dir("schemas") / "apply-defaults.json").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data
