"""A small API server that answers as a test says."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import Struct, field

from cnilint.cluster.client import ClientLimits

QUICK = ClientLimits(connect=2, read=0.5, total=2, page=2, attempts=3, delay=0.01, most_delay=0.05)


class Request(Struct, frozen=True):
    """What a client asked for."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    method: str = "GET"
    body: bytes = b""


class Reply(Struct):
    """An answer; ``lost`` closes the connection in the middle of it, ``late`` are seconds before it."""

    value: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False
    late: float = 0


Answer = Callable[[Request], Reply]


class Fake(Struct):
    """The server: ``answer`` decides, ``requests`` records."""

    url: str
    kubeconfig: Path
    requests: list[Request] = field(default_factory=list)
    answer: Answer = lambda request: Reply(status=404)

    def configure(self, user: dict[str, object] | None = None, **cluster: object) -> None:
        """Writes the kubeconfig."""
        self.kubeconfig.write_text(json.dumps(kubeconfig({"server": self.url, **cluster}, user or {})))


def kubeconfig(cluster: dict[str, object], user: dict[str, object]) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "here",
    }


def table(*rows: tuple[str, int, dict[str, object]], more: str = "") -> dict[str, object]:
    """Secrets as an API server shows them without values: name, number of keys and fields of an owner."""
    return {
        "kind": "Table",
        "metadata": {"continue": more},
        "columnDefinitions": [{"name": "Name"}, {"name": "Type"}, {"name": "Data"}],
        "rows": [
            {
                "cells": [name, "Opaque", number],
                "object": {
                    "kind": "PartialObjectMetadata",
                    "metadata": {
                        "name": name,
                        "namespace": "apps",
                        "managedFields": [{"fieldsV1": fields}] if fields else [],
                    },
                },
            }
            for name, number, fields in rows
        ],
    }


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: ",".join(values) for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            request = Request(parts.path, query, headers, self.command, body)
            one.requests.append(request)
            self._send(one.answer(request))

        do_PATCH = do_GET

        def _send(self, reply: Reply) -> None:
            if reply.late and stopped.wait(reply.late):
                return
            body = json.dumps(reply.value).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[:1] if reply.lost else body)

        def log_message(self, *_: object) -> None:
            """Nothing: a test shows what it needs."""

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    one = Fake(f"http://127.0.0.1:{server.server_port}", tmp_path / "kubeconfig")
    one.configure()
    monkeypatch.setenv("KUBECONFIG", str(one.kubeconfig))
    yield one
    stopped.set()
    server.shutdown()
    server.server_close()
