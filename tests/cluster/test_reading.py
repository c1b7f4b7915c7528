"""Listing namespaces and reading objects by name: what is known, what is open, what is denied."""

import json

import pytest

from cnilint.cluster.connect import connect
from cnilint.cluster.listing import list_namespaces
from cnilint.cluster.model import ClusterObjects, WantedObject
from cnilint.cluster.named import read_named_objects
from tests.cluster.conftest import QUICK, Answer, Fake, Reply, Request, table

OWNED: dict[str, object] = {"f:data": {".": {}, "f:a": {}}, "f:type": {}}
VALUE = "c2VjcmV0LXZhbHVl"


def listed(fake: Fake, answer: Answer, *, read_secrets: bool = False) -> ClusterObjects:
    fake.answer = answer
    with connect(None, QUICK) as client:
        return list_namespaces(client, ["apps"], read_secrets=read_secrets)


def secrets_only(reply: Reply) -> Answer:
    return lambda request: reply if request.path.endswith("/secrets") else Reply({"items": []})


def items(read: ClusterObjects) -> list[dict[str, object]]:
    return json.loads(read.dumps["live-cluster/apps/secrets.json"])["items"]  # type: ignore[no-any-return]


def test_an_empty_namespace_is_known(fake: Fake) -> None:
    read = listed(fake, secrets_only(Reply(table())))
    assert read == ClusterObjects(
        listed=frozenset((kind, "apps") for kind in ("ConfigMap", "Secret", "ServiceAccount"))
    )


@pytest.mark.parametrize(
    ("number", "fields", "keys", "is_open"),
    [
        (1, OWNED, ["a"], False),
        (2, OWNED, ["a"], True),
        (1, {}, [], True),
        (0, {"f:type": {}}, [], False),
        (1, {"f:stringData": {"f:b": {}}}, ["b"], False),
        (2, {"f:stringData": {"f:b": {}}}, ["b"], True),
    ],
)
def test_keys_of_secrets(
    fake: Fake, number: int, fields: dict[str, object], keys: list[str], is_open: bool
) -> None:
    read = listed(fake, secrets_only(Reply(table(("one", number, fields)))))
    assert [list(item["data"]) for item in items(read)] == [keys]  # type: ignore[call-overload]
    assert read.open_secrets == (frozenset({("apps", "one")}) if is_open else frozenset())
    assert bool(read.notices) is is_open


def test_values_are_never_asked_for(fake: Fake) -> None:
    listed(fake, secrets_only(Reply(table(("one", 1, OWNED)))))
    forms = [request.headers["accept"] for request in fake.requests if request.path.endswith("/secrets")]
    assert forms == ["application/json;as=Table;g=meta.k8s.io;v=v1"]


def test_values_that_are_sent_all_the_same(fake: Fake) -> None:
    whole = {"kind": "SecretList", "items": [{"metadata": {"name": "one"}, "data": {"a": VALUE}}]}
    read = listed(fake, secrets_only(Reply(whole)))
    assert VALUE not in repr(read)
    assert list(read.denied) == [("Secret", "apps")]


def test_secrets_are_read_for_their_keys(fake: Fake) -> None:
    applied = json.dumps({"kind": "Secret", "data": {"a": VALUE}, "stringData": {"b": VALUE}})
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": applied, "other": "kept"}
    secret = {
        "metadata": {"name": "one", "namespace": "apps", "annotations": annotations},
        "data": {"a": VALUE},
    }
    read = listed(fake, secrets_only(Reply({"items": [secret]})), read_secrets=True)
    assert VALUE not in repr(read)
    assert items(read)[0]["data"] == {"a": ""}
    assert "kept" in repr(items(read))
    assert read.open_secrets == frozenset()


def test_what_may_not_be_listed_is_named(fake: Fake) -> None:
    read = listed(fake, secrets_only(Reply(status=403)))
    reason = "`list` on `secrets` in namespace `apps` is forbidden"
    assert read.denied == {("Secret", "apps"): reason}
    assert read.notices == (f"not read: {reason}; references to such objects are unverifiable",)
    assert read.listed == {("ConfigMap", "apps"), ("ServiceAccount", "apps")}


def test_a_namespace_that_is_no_name(fake: Fake) -> None:
    with connect(None, QUICK) as client:
        read = list_namespaces(client, ["../../nodes"], read_secrets=False)
    assert fake.requests == []
    assert {kind for kind, _ in read.denied} == {"ConfigMap", "Secret", "ServiceAccount"}


def wanted(kind: str, name: str, api_version: str = "v1", namespace: str | None = "apps") -> WantedObject:
    return WantedObject(api_version=api_version, kind=kind, namespace=namespace, name=name)


def named(fake: Fake, *objects: WantedObject, read_secrets: bool = False) -> ClusterObjects:
    with connect(None, QUICK) as client:
        return read_named_objects(client, objects, read_secrets=read_secrets)


def core(request: Request) -> Reply:
    """A server with the ConfigMap `a`, the Secret `s` and the Namespace `n`; ConfigMaps `f...` are forbidden."""
    found: dict[str, Reply] = {
        "/api/v1": Reply(
            {
                "resources": [
                    {"name": "configmaps", "kind": "ConfigMap", "namespaced": True},
                    {"name": "secrets", "kind": "Secret", "namespaced": True},
                    {"name": "namespaces", "kind": "Namespace", "namespaced": False},
                    {"name": "namespaces/status", "kind": "Namespace", "namespaced": False},
                ]
            }
        ),
        "/api/v1/namespaces/apps/configmaps/a": Reply({"kind": "ConfigMap", "metadata": {"name": "a"}}),
        "/api/v1/namespaces/apps/secrets/s": Reply(table(("s", 1, OWNED))),
        "/api/v1/namespaces/n": Reply({"kind": "Namespace", "metadata": {"name": "n"}}),
    }
    otherwise = Reply(status=403) if "/configmaps/f" in request.path else Reply(status=404)
    return found.get(request.path, otherwise)


def test_objects_are_read_by_name(fake: Fake) -> None:
    fake.answer = core
    read = named(
        fake, wanted("ConfigMap", "a"), wanted("Secret", "s"), wanted("Namespace", "n", namespace=None)
    )
    assert list(read.dumps) == [
        "live-cluster/apps/configmaps/a.json",
        "live-cluster/apps/secrets/s.json",
        "live-cluster/cluster-wide/namespaces/n.json",
    ]
    secret = json.loads(read.dumps["live-cluster/apps/secrets/s.json"])
    assert (secret["data"], secret["type"]) == ({"a": ""}, "Opaque")
    assert secret["metadata"]["managedFields"]
    assert read.notices == ()


def test_what_was_not_read_is_counted(fake: Fake) -> None:
    fake.answer = core
    read = named(
        fake,
        wanted("ConfigMap", "a"),
        wanted("ConfigMap", "f1"),
        wanted("ConfigMap", "f2"),
        wanted("ConfigMap", "deleted"),
        wanted("Foo", "x", "example.com/v1"),
        wanted("ConfigMap", "x", namespace=None),
    )
    assert len(read.dumps) == 1
    assert read.notices == (
        "not read: 2 objects, because `get` on `configmaps` in namespace `apps` is forbidden",
        "not read: 1 object, because the cluster does not serve Foo of `example.com/v1`",
        "not read: 1 object, because the manifest has no namespace (set --namespace), or a name that no object can have",
        "not in the cluster: 1 object, which an apply creates",
    )


def test_nothing_may_be_read(fake: Fake) -> None:
    fake.answer = core
    read = named(fake, wanted("ConfigMap", "f1"))
    unread = "not read: 1 object, because `get` on `configmaps` in namespace `apps` is forbidden"
    assert (read.dumps, read.unread, read.notices) == ({}, (unread,), (unread,))


def test_an_api_version_that_may_not_be_looked_at(fake: Fake) -> None:
    fake.answer = lambda request: Reply(status=403)
    (unread,) = named(fake, wanted("DaemonSet", "a", "apps/v1")).unread
    assert "the resources of `apps/v1` may not be listed" in unread
