"""The types of the built-in kinds, per Kubernetes release, from the packaged ``rules/ssa/schema.json``.

That file is made by ``make ssa-schema`` from client-go's typed schemas and the API server's Go structs. Its
members: ``newest`` release, ``kinds`` (``"apps/v1 DaemonSet"`` to type name), ``types`` of the newest
release, and ``changes`` of every other release against its neighbour towards the newest. A type is an atom:

* ``x`` scalar, ``l`` items with ``k`` keys (without ``k`` the list is atomic, with ``[]`` it is a set),
  ``f`` fields and ``e`` elements of a map, ``a`` atomic map, ``d`` defaults of key fields, ``q`` quantity;
* ``z`` fields that the server's struct writes even when empty, with the empty value; ``p`` fields whose
  explicit empty value it keeps; a field in neither is dropped when it is empty;
* a reference is ``$s $n $b $u`` (string, numeric, boolean, untyped), a type name, an atom in place, or
  ``{"r": name, "a": atomic}``.
"""

from functools import cached_property, lru_cache

from msgspec import Struct

from cnilint.resources import json_data
from cnilint.ssa.schema.schema import Schema, SchemaError, Type, deduced_type
from cnilint.ssa.typed.values import Json, JsonObject, text_at


class DeclaredKind(Struct, frozen=True, kw_only=True):
    """The type of a custom resource at a version, whether its status is a subresource, whether its versions differ in
    nothing but their name, and the ``openAPIV3Schema``."""

    type: Type
    status: bool
    alike: bool
    schema: JsonObject


class Kinds(Struct, frozen=True, kw_only=True, dict=True):
    """What is known of the types of one Kubernetes release, and of custom resources.

    ``declared`` maps ``(apiVersion, kind)`` to what is known of a custom resource.
    """

    release: str
    schema: Schema
    names: dict[str, str]
    declared: dict[tuple[str, str], DeclaredKind]

    def find(self, api_version: str, kind: str) -> Type | None:
        """The type of a kind; None where no schema of it is at hand."""
        declared = self.declared.get((api_version, kind))
        if declared is not None:
            return declared.type
        name = self.names.get(f"{api_version} {kind}")
        return self.schema.type(name) if name is not None and name in self.schema else None

    def type_of(self, value: Json) -> Type:
        """The type of an object; the deduced type where no schema of its kind is at hand."""
        return self.find(text_at(value, "apiVersion"), text_at(value, "kind")) or deduced_type()

    def builtin(self, api_version: str, kind: str) -> bool:
        """Whether the API server has a Go struct of its own for the kind."""
        return f"{api_version} {kind}" in self.names

    def versions(self, kind: str) -> list[str]:
        """The apiVersions, of whatever group, that have a kind of this name."""
        return self._versions.get(kind, [])

    @cached_property
    def _versions(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        builtin = (tuple(name.split(" ", 1)) for name in self.names)
        for api_version, kind in (*builtin, *self.declared):
            found.setdefault(kind, []).append(api_version)
        return found

    def with_declared(self, declared: dict[tuple[str, str], DeclaredKind]) -> "Kinds":
        """The same kinds and those of custom resources."""
        return Kinds(
            release=self.release, schema=self.schema, names=self.names, declared={**self.declared, **declared}
        )


def kinds(kube_version: str | None = None) -> Kinds:
    """The built-in kinds of the release nearest to a Kubernetes version and not after it; by default the
    newest.

    A version before the oldest known release gets the oldest. Raises SchemaError where the text is no
    version.
    """
    minor = None if kube_version is None else _minor(kube_version)
    return _kinds(minor)


def group_version(api_version: str) -> tuple[str, str]:
    """The group and version of an apiVersion; the core group is empty."""
    group, slash, version = api_version.rpartition("/")
    return (group, version) if slash else ("", version)


def is_prerelease(api_version: str) -> bool:
    """Whether a version is alpha or beta: ``group/v1beta1``."""
    _, version = group_version(api_version)
    return "alpha" in version or "beta" in version


@lru_cache(maxsize=16)
def _kinds(wanted: int | None) -> Kinds:
    data = _data()
    newest = str(data["newest"])
    changes = _object(data["changes"])
    release = _release(newest, list(changes), wanted)
    types = {name: _object(atom) for name, atom in _object(data["types"]).items()}
    for step in _steps(newest, release, list(changes)):
        for name, atom in _object(changes[step]).items():
            if atom is None:
                types.pop(name, None)
            else:
                types[name] = _object(atom)
    names = {kind: str(name) for kind, name in _object(data["kinds"]).items()}
    return Kinds(release=release, schema=Schema(types), names=names, declared={})


@lru_cache(maxsize=1)
def _data() -> JsonObject:
    return _object(json_data("rules/ssa/schema.json"))


def _release(newest: str, others: list[str], wanted: int | None) -> str:
    if wanted is None:
        return newest
    known = sorted([newest, *others], key=_minor)
    return max((r for r in known if _minor(r) <= wanted), key=_minor, default=known[0])


def _steps(newest: str, release: str, others: list[str]) -> list[str]:
    """The releases whose changes lead from the newest one to the one wanted, in that order."""
    start, goal = _minor(newest), _minor(release)
    between = [r for r in others if min(start, goal) <= _minor(r) <= max(start, goal)]
    return sorted(between, key=_minor, reverse=goal < start)


def _minor(version: str) -> int:
    major, _, rest = version.removeprefix("v").partition(".")
    minor = rest.partition(".")[0].rstrip("+")
    if major != "1" or not (minor.isascii() and minor.isdigit()):
        raise SchemaError(f"{version!r} is not a Kubernetes version such as 1.36")
    return int(minor)


def _object(value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise SchemaError("rules/ssa/schema.json is not what this version of the program expects")
    return value
