"""Manifests of old releases, and the live objects that each is of."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cnilint.cluster.model import ReleaseName
from cnilint.cluster.releases import release_of
from cnilint.ownership.inputs.desired import Manifest, Manifests, match_manifests
from cnilint.ownership.inputs.live import LiveObject

OldManifests = Mapping[int, Manifest | None]
"""The old manifest of live objects by the ``id`` of their ``obj``: None for one that the old release did not have. Of
other objects the old release is not known."""


class OldRelease(NamedTuple):
    """The manifests of an old release: of the objects that say that they are of ``name``, or of all."""

    manifests: Manifests
    name: ReleaseName | None = None


def old_manifests(
    releases: Iterable[OldRelease], lives: Sequence[LiveObject], environment: str | None
) -> OldManifests:
    """The old manifests of the live objects. Raises UsageError as ``match_manifests``."""
    found: dict[int, Manifest | None] = {}
    for release in releases:
        members = [live for live in lives if release.name is None or release_of(live.value) == release.name]
        matched = match_manifests(release.manifests, members, environment, required=False)
        found |= {id(live.obj): matched.get(id(live.obj)) for live in members}
    return found
