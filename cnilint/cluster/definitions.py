"""CustomResourceDefinitions by name: how the fields of custom resources merge."""

from collections.abc import Iterable
from typing import NamedTuple

from cnilint.cluster.client import ClusterClient
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.ssa.typed.values import JsonObject

_RESOURCE = "customresourcedefinitions"
_PATH = f"/apis/apiextensions.k8s.io/v1/{_RESOURCE}"


class ReadDefinitions(NamedTuple):
    """The definitions, and what could not be read."""

    definitions: tuple[JsonObject, ...]
    notices: tuple[str, ...]


def read_definitions(client: ClusterClient, names: Iterable[str]) -> ReadDefinitions:
    """The definitions of some resources, named as in a Role: ``plural.group``. There is none of an aggregated API.

    Raises UsageError as the client does.
    """
    found: list[JsonObject] = []
    refused: dict[str, str] = {}
    for name in names:
        try:
            found.append(client.get(f"{_PATH}/{name}"))
        except NotThere:
            continue
        except Refused as error:
            refused[name] = str(error)
    if not refused:
        return ReadDefinitions(tuple(found), ())
    why = next(iter(refused.values()))
    return ReadDefinitions(
        tuple(found),
        (
            f"predicted without a schema: {', '.join(refused)}, because `get` on "
            f"`{_RESOURCE}.apiextensions.k8s.io` is {why}",
        ),
    )
