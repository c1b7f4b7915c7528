"""Which resource serves a kind, and at which path an object is: the server's own lists."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from cnilint.cluster.model import WantedObject
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.ssa.typed.values import JsonObject, objects_at, text_at

_DRY_RUN = "dryRun"


class ServedResource(NamedTuple):
    """A served resource: ``path`` is that of its API version, ``title`` as in a Role, ``deployments.apps``."""

    path: str
    plural: str
    namespaced: bool
    title: str


class Discovery:
    """The served resources, each API version asked for once."""

    def __init__(self, get: Callable[[str], JsonObject]) -> None:
        self._get = get
        self._resources: dict[str, dict[str, ServedResource] | Refused] = {}
        self._dry_run: dict[str, frozenset[str]] = {}

    def resource(self, api_version: str, kind: str) -> ServedResource:
        """The resource of a kind. Raises Refused where the server does not say, and NotThere where it serves none."""
        if api_version not in self._resources:
            try:
                self._resources[api_version] = dict(self._served(api_version))
            except Refused:
                why = Refused(f"the resources of `{api_version}` may not be listed")
                self._resources[api_version] = why
        known = self._resources[api_version]
        if isinstance(known, Refused):
            raise known
        if kind not in known:
            raise NotThere(f"the cluster does not serve {kind} of `{api_version}`")
        return known[kind]

    def takes_dry_run(self, api_version: str, kind: str) -> bool:
        """Whether the server says that a patch of this kind knows ``dryRun``: another one might write.

        As kubectl does: https://pkg.go.dev/k8s.io/cli-runtime/pkg/resource#QueryParamVerifierV3. Raises Refused.
        """
        if api_version not in self._dry_run:
            try:
                document = self._get(f"/openapi/v3{_base(api_version)}")
            except NotThere:
                document = {}
            self._dry_run[api_version] = frozenset(_kinds_with_dry_run(document))
        return kind in self._dry_run[api_version]

    def _served(self, api_version: str) -> Iterator[tuple[str, ServedResource]]:
        base = _base(api_version)
        if base is None:
            return
        try:
            answer = self._get(base)
        except NotThere:
            return
        group = api_version.rpartition("/")[0]
        for entry in reversed(objects_at(answer, "resources")):
            name = entry.get("name")
            if isinstance(name, str) and segment(name) is not None:
                yield (
                    str(entry.get("kind")),
                    ServedResource(
                        path=base,
                        plural=name,
                        namespaced=entry.get("namespaced") is True,
                        title=f"{name}.{group}" if group else name,
                    ),
                )


def segment(name: str) -> str | None:
    """A name as a part of a path; None for one that an API server does not accept and a path would change."""
    allowed = name.replace("-", "").replace(".", "").replace(":", "").replace("_", "")
    return name if allowed.isalnum() and name.isascii() else None


def object_path(one: WantedObject, resource: ServedResource) -> str:
    """The path of an object. Raises Refused for one that cannot have one."""
    name = segment(one.name)
    namespace = "" if one.namespace is None or not resource.namespaced else segment(one.namespace)
    if name is None or namespace is None or (resource.namespaced and not namespace):
        raise Refused("the manifest has no namespace (set --namespace), or a name that no object can have")
    return f"{collection_path(resource, namespace or None)}/{name}"


def collection_path(resource: ServedResource, namespace: str | None) -> str:
    """The path of all objects of a resource, or of those of a namespace."""
    within = "" if namespace is None else f"/namespaces/{namespace}"
    return f"{resource.path}{within}/{resource.plural}"


def _base(api_version: str) -> str | None:
    """The path of an API version; None for a text that is none."""
    group, _, version = api_version.rpartition("/")
    if segment(version) is None or (group and segment(group) is None):
        return None
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


def _kinds_with_dry_run(document: JsonObject) -> Iterator[str]:
    """The kinds whose patch has the parameter ``dryRun``, in an OpenAPI v3 document."""
    paths = document.get("paths")
    for item in paths.values() if isinstance(paths, dict) else ():
        parameters = (*objects_at(item, "parameters"), *objects_at(item, "patch", "parameters"))
        if any(each.get("name") == _DRY_RUN for each in parameters):
            yield text_at(item, "patch", "x-kubernetes-group-version-kind", "kind")
