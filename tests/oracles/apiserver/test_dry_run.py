"""Dry runs on a real API server: they say what the apply does, and store nothing."""

from collections.abc import Iterator

import pytest

from cnilint.cluster.connect import connect
from cnilint.cluster.dryrun import dry_run_apply
from cnilint.cluster.model import WantedObject
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.cluster.version import server_version
from cnilint.ssa.typed.values import JsonObject
from tests.oracles.apiserver.server import Server, defined, server
from tests.programs import needs

pytestmark = [pytest.mark.slow, needs("etcd", "kube-apiserver")]

MAPS = "/api/v1/namespaces/default/configmaps"
SECRETS = "/api/v1/namespaces/default/secrets"
VALUE = "c2VjcmV0LXZhbHVl"
WIDGETS = "widgets.example.com"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("server")) as one:
        defined(one, WIDGETS, {"size": {"type": "integer"}})
        yield one


@pytest.fixture(autouse=True)
def _kubeconfig(cluster: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))


def of(kind: str, name: str, api_version: str = "v1", **members: object) -> JsonObject:
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **members}  # type: ignore[dict-item]


def dry_run(value: JsonObject, *, force: bool = False) -> JsonObject:
    metadata = value["metadata"]
    assert isinstance(metadata, dict)
    one = WantedObject(
        api_version=str(value["apiVersion"]),
        kind=str(value["kind"]),
        namespace=str(metadata["namespace"]),
        name=str(metadata["name"]),
    )
    with connect(None) as client:
        return dry_run_apply(client, one, value, "applier", force)


def owners(value: JsonObject) -> set[str]:
    return {entry["manager"] for entry in value["metadata"]["managedFields"]}  # type: ignore[index,call-overload]


def test_it_equals_the_apply_and_stores_nothing(cluster: Server) -> None:
    cluster.post(MAPS, of("ConfigMap", "a", data={"old": "1", "shared": "1"}), "human")
    before = cluster.get(f"{MAPS}/a")
    manifest = of("ConfigMap", "a", data={"shared": "2"})
    with pytest.raises(Refused, match=r'conflict with "human".*\.data\.shared'):
        dry_run(manifest)
    predicted = dry_run(manifest, force=True)
    assert cluster.get(f"{MAPS}/a") == before
    stored = cluster.apply(f"{MAPS}/a", manifest, "applier", force=True)
    assert predicted["data"] == stored["data"] == {"old": "1", "shared": "2"}
    assert owners(predicted) == owners(stored) == {"applier", "human"}


def test_what_is_not_there_is_not_created(cluster: Server) -> None:
    assert dry_run(of("ConfigMap", "new", data={"a": "1"}))["data"] == {"a": "1"}
    assert not any(item["metadata"]["name"] == "new" for item in cluster.get(MAPS)["items"])  # type: ignore[union-attr,index,call-overload]


def test_what_the_server_would_not_store(cluster: Server) -> None:
    with pytest.raises(Refused, match="Invalid value"):
        dry_run(of("ConfigMap", "b", data={"not a key": "1"}))
    other = of("ConfigMap", "b")
    other["metadata"] = {"name": "b", "namespace": "nowhere"}
    with pytest.raises(NotThere, match="nowhere"):
        dry_run(other)


def test_secrets_stay_in_the_server(cluster: Server) -> None:
    cluster.post(SECRETS, of("Secret", "s", data={"old": VALUE}), "human")
    found = dry_run(of("Secret", "s", data={"k": VALUE}))
    assert VALUE not in repr(found)
    assert found["data"] == {"k": "", "old": ""}
    with pytest.raises(Refused, match=r"^Conflict: \.data\.old$"):
        dry_run(of("Secret", "s", data={"old": "b3RoZXI="}))
    with pytest.raises(Refused) as raised:
        dry_run(of("Secret", "s", data=VALUE))
    assert VALUE not in str(raised.value)


def test_custom_resources(cluster: Server) -> None:
    found = dry_run(of("Widget", "w", "example.com/v1", spec={"size": 1}))
    assert found["spec"] == {"size": 1}
    with pytest.raises(Refused, match=r"spec\.size"):
        dry_run(of("Widget", "w", "example.com/v1", spec={"size": "big"}))


def test_the_version(cluster: Server) -> None:
    with connect(None) as client:
        assert (server_version(client) or "").startswith("1.")
