"""Requests: paging, back-off, limits, refusals."""

import pytest

from cnilint.cluster.client import ClientLimits, ClusterClient
from cnilint.cluster.connect import connect
from cnilint.cluster.discovery import segment
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.errors import UsageError
from tests.cluster.conftest import QUICK, Fake, Reply, Request

PATH = "/api/v1/namespaces/apps/configmaps"


def names(client: ClusterClient) -> list[object]:
    return [item for page in client.pages(PATH) for item in page["items"]]  # type: ignore[union-attr]


def three_pages(request: Request) -> Reply:
    at = int(request.query.get("continue", "0"))
    return Reply({"metadata": {"continue": str(at + 1) if at < 2 else ""}, "items": [at]})


def in_turn(*replies: Reply):  # type: ignore[no-untyped-def]
    left = list(replies)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


def test_a_list_is_read_page_by_page(fake: Fake) -> None:
    fake.answer = three_pages
    with connect(None, QUICK) as client:
        assert names(client) == [0, 1, 2]
    assert [request.query for request in fake.requests] == [
        {"limit": "2"},
        {"limit": "2", "continue": "1"},
        {"limit": "2", "continue": "2"},
    ]


def test_an_expired_page_makes_the_list_one_page(fake: Fake) -> None:
    def answer(request: Request) -> Reply:
        if request.query.get("continue") == "1":
            return Reply(status=410)
        return three_pages(request) if request.query else Reply({"items": ["all"]})

    fake.answer = answer
    with connect(None, QUICK) as client:
        assert names(client) == ["all"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(fake: Fake, status: int) -> None:
    fake.answer = in_turn(
        Reply(status=status), Reply(status=status, headers={"Retry-After": "0"}), Reply({"a": 1})
    )
    with connect(None, QUICK) as client:
        assert client.get(PATH) == {"a": 1}
    assert len(fake.requests) == 3


def test_a_server_that_stays_busy(fake: Fake) -> None:
    fake.answer = in_turn(Reply(status=429, headers={"Retry-After": "3600"}))
    with connect(None, QUICK) as client, pytest.raises(UsageError, match="status 429"):
        client.get(PATH)
    assert len(fake.requests) == QUICK.attempts


def test_a_lost_connection_is_made_again(fake: Fake) -> None:
    fake.answer = in_turn(Reply({"a": 1}, lost=True), Reply({"a": 2}))
    with connect(None, QUICK) as client:
        assert client.get(PATH) == {"a": 2}


def test_a_server_that_hangs(fake: Fake) -> None:
    fake.answer = lambda request: Reply({"a": 1}, late=60)
    with connect(None, QUICK) as client, pytest.raises(UsageError, match="no answer in time"):
        client.get(PATH)
    assert len(fake.requests) == 1


@pytest.mark.parametrize(("status", "error"), [(403, Refused), (406, Refused), (404, NotThere)])
def test_what_is_not_answered(fake: Fake, status: int, error: type[Exception]) -> None:
    fake.answer = lambda request: Reply({"kind": "Status"}, status)
    with connect(None, QUICK) as client, pytest.raises(error):
        client.get(PATH)
    assert len(fake.requests) == 1


def test_credentials_that_expired(fake: Fake) -> None:
    fake.answer = lambda request: Reply(status=401)
    with connect(None, QUICK) as client, pytest.raises(UsageError, match="does not accept the credentials"):
        client.get(PATH)


@pytest.mark.parametrize("value", [None, [], "text"])
def test_what_is_no_api_server(fake: Fake, value: object) -> None:
    fake.answer = lambda request: Reply(value)
    with connect(None, QUICK) as client, pytest.raises(UsageError, match="does not answer as a Kubernetes"):
        client.get(PATH)


@pytest.mark.parametrize("paged", [True, False])
def test_what_is_gone_and_no_page(fake: Fake, paged: bool) -> None:
    fake.answer = lambda request: Reply(status=410)
    with connect(None, QUICK) as client, pytest.raises(UsageError, match="status 410"):
        names(client) if paged else client.get(PATH)


def test_a_redirect_is_not_followed(fake: Fake) -> None:
    fake.answer = lambda request: Reply(status=302, headers={"Location": "/elsewhere"})
    with connect(None, QUICK) as client, pytest.raises(UsageError, match="status 302"):
        client.get(PATH)
    assert len(fake.requests) == 1


def test_an_answer_without_end(fake: Fake) -> None:
    fake.answer = lambda request: Reply("x" * 200_000)
    with connect(None, ClientLimits(size=100_000)) as client, pytest.raises(UsageError, match="100000 bytes"):
        client.get(PATH)


def test_a_list_without_end(fake: Fake) -> None:
    fake.answer = lambda request: Reply({"metadata": {"continue": "more"}, "items": [1]})
    with (
        connect(None, ClientLimits(pages=20)) as client,
        pytest.raises(UsageError, match="20 pages of `/api"),
    ):
        names(client)
    assert len(fake.requests) == 21


def test_no_request_writes(fake: Fake) -> None:
    public = {name for name in vars(ClusterClient) if not name.startswith("_")}
    assert public == {"get", "pages", "collect", "dry_run", "close"}
    fake.answer = lambda request: Reply({"items": []})
    with connect(None, QUICK) as client:
        client.get(PATH)
        list(client.pages(PATH))
        client.dry_run(f"{PATH}/a?dryRun=#", {}, manager="m&dryRun=", force=False)
    *reads, patch = fake.requests
    assert {request.method for request in reads} == {"GET"}
    assert patch.method == "PATCH"
    assert patch.query == {"dryRun": "All", "fieldManager": "m&dryRun=", "force": "false"}
    assert patch.headers["content-type"] == "application/apply-patch+yaml"


@pytest.mark.parametrize(("status", "times"), [(500, 1), (503, 3), (429, 3), (409, 1)])
def test_a_dry_run_is_repeated_only_where_that_can_help(fake: Fake, status: int, times: int) -> None:
    fake.answer = lambda request: Reply({"message": "no"}, status)
    with connect(None, QUICK) as client:
        answer = client.dry_run(PATH, {}, manager="m", force=True)
    assert answer == (status, {"message": "no"})
    assert len(fake.requests) == times


@pytest.mark.parametrize(
    ("name", "expected"),
    [("kube-system", True), ("system:node", True), ("a.b", True), ("..", False), ("a/b", False), ("", False)],
)
def test_names_stay_one_part_of_a_path(name: str, expected: bool) -> None:
    assert (segment(name) is not None) is expected
