"""Dry runs: what is asked, what comes back, and what a refusal says."""

import json

import pytest

from cnilint.cluster.connect import connect
from cnilint.cluster.dryrun import dry_run_apply
from cnilint.cluster.model import WantedObject
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.ssa.typed.values import JsonObject
from tests.cluster.conftest import QUICK, Answer, Fake, Reply, Request, table

VALUE = "c2VjcmV0LXZhbHVl"
_LISTS: dict[str, list[JsonObject]] = {
    "/api/v1": [
        {"name": "configmaps", "kind": "ConfigMap", "namespaced": True},
        {"name": "secrets", "kind": "Secret", "namespaced": True},
    ],
    "/apis/example.com/v1": [{"name": "things", "kind": "Thing", "namespaced": False}],
}


def answering(reply: Reply, parameters: list[str] | None = None) -> Answer:
    """A server that answers every patch with one reply; ``parameters`` are those of a patch of a Thing."""
    patch = {
        "parameters": [{"name": name} for name in parameters or []],
        "x-kubernetes-group-version-kind": {"group": "example.com", "version": "v1", "kind": "Thing"},
    }
    document = {"paths": {"/apis/example.com/v1/things/{name}": {"patch": patch}}}

    def answer(request: Request) -> Reply:
        if request.method == "PATCH":
            return reply
        if request.path == "/openapi/v3/apis/example.com/v1" and parameters is not None:
            return Reply(document)
        found = _LISTS.get(request.path)
        return Reply(status=404) if found is None else Reply({"resources": found})

    return answer


def dry_run(fake: Fake, kind: str = "ConfigMap", api_version: str = "v1", **manifest: object) -> JsonObject:
    one = WantedObject(api_version=api_version, kind=kind, namespace="apps", name="a")
    with connect(None, QUICK) as client:
        return dry_run_apply(client, one, manifest, "argocd-controller", True)  # type: ignore[arg-type]


def patches(fake: Fake) -> list[Request]:
    return [request for request in fake.requests if request.method == "PATCH"]


def test_the_apply_of_a_manager(fake: Fake) -> None:
    fake.answer = answering(Reply({"kind": "ConfigMap", "data": {"a": "1"}}))
    assert dry_run(fake, data={"a": "1"}) == {"kind": "ConfigMap", "data": {"a": "1"}}
    (patch,) = patches(fake)
    assert patch.path == "/api/v1/namespaces/apps/configmaps/a"
    assert patch.query == {"dryRun": "All", "fieldManager": "argocd-controller", "force": "true"}
    assert json.loads(patch.body) == {"data": {"a": "1"}}


@pytest.mark.parametrize("status", [400, 403, 409, 415, 422, 500])
def test_a_refusal_has_the_message_of_the_server(fake: Fake, status: int) -> None:
    fake.answer = answering(Reply({"message": "spec.x: Required value"}, status))
    with pytest.raises(Refused, match=r"^spec\.x: Required value$"):
        dry_run(fake)


def test_no_such_namespace(fake: Fake) -> None:
    fake.answer = answering(Reply({"message": 'namespaces "apps" not found'}, 404))
    with pytest.raises(NotThere, match='namespaces "apps" not found'):
        dry_run(fake)


def test_a_kind_that_is_not_served(fake: Fake) -> None:
    fake.answer = answering(Reply({}))
    with pytest.raises(NotThere, match="does not serve Other"):
        dry_run(fake, "Other")
    assert patches(fake) == []


def test_a_secret_comes_back_without_values(fake: Fake) -> None:
    fake.answer = answering(Reply(table(("a", 1, {"f:data": {"f:k": {}}}))))
    assert dry_run(fake, "Secret", data={"k": VALUE})["data"] == {"k": ""}
    (patch,) = patches(fake)
    assert patch.headers["accept"] == "application/json;as=Table;g=meta.k8s.io;v=v1"


def test_a_secret_with_values_is_not_taken(fake: Fake) -> None:
    fake.answer = answering(Reply({"kind": "Secret", "data": {"k": VALUE}}))
    with pytest.raises(Refused, match="without values") as raised:
        dry_run(fake, "Secret", data={"k": VALUE})
    assert VALUE not in str(raised.value)


def test_the_refusal_of_a_secret_shows_no_value(fake: Fake) -> None:
    status = {
        "reason": "Invalid",
        "message": f'Secret "a" is invalid: data[k]: Invalid value: "{VALUE}"',
        "details": {"causes": [{"field": "data[k]", "message": f'Invalid value: "{VALUE}"'}]},
    }
    fake.answer = answering(Reply(status, 422))
    with pytest.raises(Refused) as raised:
        dry_run(fake, "Secret", data={"k": VALUE})
    assert str(raised.value) == "Invalid: data[k]"


def test_a_server_that_might_write_is_not_asked(fake: Fake) -> None:
    for parameters in (None, [], ["force"]):
        fake.answer = answering(Reply({}), parameters)
        with pytest.raises(Refused, match="does not say that it takes dry runs of Thing"):
            dry_run(fake, "Thing", "example.com/v1")
    assert patches(fake) == []


def test_a_custom_resource(fake: Fake) -> None:
    fake.answer = answering(Reply({"kind": "Thing"}), ["dryRun", "force"])
    assert dry_run(fake, "Thing", "example.com/v1") == {"kind": "Thing"}
    assert [patch.path for patch in patches(fake)] == ["/apis/example.com/v1/things/a"]
