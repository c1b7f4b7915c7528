"""The Kubernetes version of a cluster."""

import pytest

from cnilint.cluster.connect import connect
from cnilint.cluster.version import server_version
from tests.cluster.conftest import QUICK, Fake, Reply


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply({"major": "1", "minor": "30", "gitVersion": "v1.30.2"}), "1.30"),
        (Reply({"major": "1", "minor": "29+"}), "1.29"),
        (Reply({"major": "1", "minor": ""}), None),
        (Reply({"major": "1", "minor": 30}), None),
        (Reply({"gitVersion": "v1.30.2"}), None),
        (Reply(status=403), None),
        (Reply(status=404), None),
    ],
)
def test_the_version(fake: Fake, reply: Reply, expected: str | None) -> None:
    fake.answer = lambda request: reply
    with connect(None, QUICK) as client:
        assert server_version(client) == expected
    assert [request.path for request in fake.requests] == ["/version"]
