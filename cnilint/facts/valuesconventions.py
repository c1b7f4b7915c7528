"""How fields in the values of Helm charts are named, and what a name says of a field."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Annotated

from msgspec import Struct

from cnilint.document.structure import Convert, load


def _names(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_Names = Annotated[re.Pattern[str], Convert(_names, tuple[str, ...])]


class ValuesConventions(Struct, frozen=True, kw_only=True):
    """How fields of values are named: see ``rules/values.yaml``."""

    existing: Mapping[str, _Names]
    environment: Mapping[str, _Names]
    keys: _Names
    key_maps: frozenset[str]
    named: Mapping[str, _Names]
    named_keys: Mapping[str, _Names]
    env_from: _Names
    volumes: _Names
    pull_secrets: _Names
    objects: _Names


@cache
def values_conventions() -> ValuesConventions:
    """The packaged conventions of values."""
    return load("rules/values.yaml", ValuesConventions)


@lru_cache(maxsize=4096)
def roles_of(name: str) -> tuple[str, ...]:
    """How a field of this name is read."""
    known = values_conventions()
    patterns = {
        "volumes": known.volumes,
        "pullSecrets": known.pull_secrets,
        "envFrom": known.env_from,
        "environmentSecret": known.environment["Secret"],
        "environmentConfigMap": known.environment["ConfigMap"],
        "existingSecret": known.existing["Secret"],
        "existingConfigMap": known.existing["ConfigMap"],
    }
    return tuple(role for role, pattern in patterns.items() if pattern.fullmatch(name))


@lru_cache(maxsize=4096)
def holds_copies(name: str) -> bool:
    """Whether a field of this name has objects that the chart copies."""
    return values_conventions().objects.fullmatch(name) is not None
