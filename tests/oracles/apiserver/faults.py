"""What can go wrong between a client and a real API server: a server in between that injects it."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from msgspec import Struct, field

from tests.oracles.apiserver.server import Server, trusting


class Fault(Struct, frozen=True):
    """An answer in place of the server's. ``broken`` ends the connection in the middle of the server's own answer,
    ``silent`` never answers."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    broken: bool = False
    silent: bool = False


Decision = Callable[[str, int], Fault | None]
"""The fault of a request, by its path with query and the number of earlier requests of that path."""


class Between(Struct):
    """A server in front of another one: ``decide`` is asked for each request, ``requests`` are their paths."""

    kubeconfig: Path
    decide: Decision = lambda path, number: None
    requests: list[str] = field(default_factory=list)


@contextmanager
def between(server: Server, folder: Path) -> Iterator[Between]:
    """Starts a server that passes requests on, with a kubeconfig of its own."""
    stopped = threading.Event()
    one = Between(folder / "between.kubeconfig")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            number = one.requests.count(self.path)
            one.requests.append(self.path)
            fault = one.decide(self.path, number)
            if fault is not None and fault.silent:
                stopped.wait(60)
                self.close_connection = True
            elif fault is not None and not fault.broken:
                self._send(fault.status, fault.headers, b'{"kind": "Status"}')
            else:
                status, kind, body = self._upstream()
                self._send(status, {"Content-Type": kind}, body, cut=fault is not None)

        def _upstream(self) -> tuple[int, str, bytes]:
            connection = http.client.HTTPSConnection(server.url.removeprefix("https://"), context=trusting())
            passed_on = {
                name: self.headers[name] for name in ("Accept", "Authorization") if name in self.headers
            }
            connection.request("GET", self.path, headers=passed_on)
            answer = connection.getresponse()
            found = answer.status, answer.headers.get("Content-Type", ""), answer.read()
            connection.close()
            return found

        def _send(self, status: int, headers: dict[str, str], body: bytes, *, cut: bool = False) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = self.close_connection or cut

        def log_message(self, *_: object) -> None:
            """Nothing: a test shows what it needs."""

    front = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=front.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    config = json.loads(server.kubeconfig.read_text())
    config["clusters"][0]["cluster"] = {"server": f"http://127.0.0.1:{front.server_port}"}
    one.kubeconfig.write_text(json.dumps(config))
    try:
        yield one
    finally:
        stopped.set()
        front.shutdown()
        front.server_close()


@contextmanager
def tunnel() -> Iterator[tuple[str, list[str]]]:
    """A proxy that knows CONNECT alone: its address, and the places that it connected to."""
    listener = socket.create_server(("127.0.0.1", 0))
    places: list[str] = []

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    def serve(client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        place = head.split()[1].decode()
        places.append(place)
        host, _, port = place.partition(":")
        upstream = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=copy, args=(upstream, client), daemon=True).start()
        copy(client, upstream)

    def copy(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        finally:
            target.close()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", places
    finally:
        listener.close()
