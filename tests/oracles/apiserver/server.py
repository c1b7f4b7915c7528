"""A kube-apiserver with its etcd for the time of a run, and a client that speaks to it."""

import http.client
import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from msgspec import Struct

from cnilint.ssa.typed.values import Json, JsonObject
from tests.conftest import ROOT
from tests.programs import program

_TOKEN = "admin"
_READER = "reader"
_PATIENCE = 120
"""Seconds until the server must be ready."""


class Server(Struct, frozen=True):
    """A server that is ready. ``kubeconfig`` makes kubectl and helm its clients."""

    url: str
    kubeconfig: Path

    def get(self, path: str) -> JsonObject:
        """An object as it is stored."""
        return self.send("GET", path, None, "application/json")

    def post(self, path: str, value: Json, manager: str) -> JsonObject:
        """Creates an object as a writer."""
        return self.send("POST", f"{path}?fieldManager={manager}", value, "application/json")

    def merge(self, path: str, value: Json, manager: str) -> JsonObject:
        """A JSON merge patch by a writer."""
        return self.send("PATCH", f"{path}?fieldManager={manager}", value, "application/merge-patch+json")

    def apply(self, path: str, value: Json, manager: str, *, force: bool) -> JsonObject:
        """A server-side apply."""
        flags = f"fieldManager={manager}&force={str(force).lower()}"
        return self.send("PATCH", f"{path}?{flags}", value, "application/apply-patch+yaml")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A tool as a client of the server."""
        path = f"{ROOT / '.cache/bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        environment = {
            **os.environ,
            "PATH": path,
            "KUBECONFIG": str(self.kubeconfig),
            "HELM_DRIVER": "secret",
        }
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    def send(self, method: str, path: str, value: Json, kind: str) -> JsonObject:
        """A request and its answer. Raises Refusal."""
        data = None if value is None else json.dumps(value).encode()
        headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": kind}
        status, body = self._exchange(method, path, data, headers)
        if status >= 300:
            raise Refusal(status, _message(body))
        return dict(json.loads(body))

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Sends a request over the connection that is kept open, or a new one where the server has closed it."""
        connection = _connection(self.url)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            connection.close()
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        return answer.status, answer.read()


@cache
def _connection(url: str) -> http.client.HTTPSConnection:
    """One connection for a server: a handshake for each request takes longer than the request."""
    return http.client.HTTPSConnection(url.removeprefix("https://"), context=trusting(), timeout=30)


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace")


class Refusal(Exception):
    """The server refused a write."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


def defined(one: Server, name: str, spec: JsonObject) -> None:
    """Defines a custom resource ``<plural>.<group>`` at version v1, with the fields of ``spec``, and waits for it."""
    plural, _, group = name.partition(".")
    kind = plural.removesuffix("s").title()
    schema: JsonObject = {"type": "object", "properties": {"spec": {"type": "object", "properties": spec}}}
    version: JsonObject = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    definition: JsonObject = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": plural.removesuffix("s"), "kind": kind},
            "versions": [version],
        },
    }
    one.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition, "t")
    _until(lambda: one.get(f"/apis/{group}/v1/{plural}"))
    _until(lambda: one.get(f"/openapi/v3/apis/{group}/v1"))


def allow(one: Server, namespace: str, resources: tuple[str, ...], verbs: tuple[str, ...]) -> None:
    """Gives the user ``reader`` some rights on resources of the core group, and no others."""
    group = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    rbac: JsonObject = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "reader"}}
    rule: JsonObject = {"apiGroups": [""], "resources": [*resources], "verbs": [*verbs]}
    role: JsonObject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    user: JsonObject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}
    one.post(f"{group}/roles", {**rbac, "kind": "Role", "rules": [rule]}, "t")
    binding: JsonObject = {**rbac, "kind": "RoleBinding", "roleRef": role, "subjects": [user]}
    one.post(f"{group}/rolebindings", binding, "t")


def _until(ready: Callable[[], object]) -> None:
    """Waits until a request is answered."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            ready()
        except Refusal:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def server(folder: Path, authorization: str = "AlwaysAllow", *options: str) -> Iterator[Server]:
    """Starts both processes in a folder of their own, and ends them. The context ``reader`` is of a user without rights,
    where the ``authorization`` is RBAC. ``options`` are of the API server."""
    etcd, api = program("etcd"), program("kube-apiserver")
    assert etcd is not None
    assert api is not None
    store, peer, port = (_free_port() for _ in range(3))
    subprocess.run(
        ["openssl", "genrsa", "-out", str(folder / "key.pem"), "2048"], check=True, capture_output=True
    )
    (folder / "tokens.csv").write_text(f"{_TOKEN},admin,1,system:masters\n{_READER},reader,2\n")
    commands = (
        [
            etcd,
            f"--data-dir={folder}/etcd",
            f"--listen-client-urls=http://127.0.0.1:{store}",
            f"--advertise-client-urls=http://127.0.0.1:{store}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
        ],
        [
            api,
            f"--etcd-servers=http://127.0.0.1:{store}",
            f"--secure-port={port}",
            "--bind-address=127.0.0.1",
            f"--cert-dir={folder}/certificates",
            f"--token-auth-file={folder}/tokens.csv",
            f"--authorization-mode={authorization}",
            "--allow-privileged=true",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={folder}/key.pem",
            f"--service-account-signing-key-file={folder}/key.pem",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--disable-admission-plugins=ServiceAccount",
            *options,
        ],
    )
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(json.dumps(_kubeconfig(f"https://127.0.0.1:{port}")))
    with (folder / "log").open("wb") as log:
        processes = [subprocess.Popen(command, stdout=log, stderr=log) for command in commands]
        try:
            ready = Server(f"https://127.0.0.1:{port}", kubeconfig)
            _wait(ready, folder / "log", processes)
            yield ready
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(timeout=30)


def _wait(ready: Server, log: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and all(process.poll() is None for process in processes):
        try:
            ready.get("/api/v1/namespaces/default")
        except (OSError, http.client.HTTPException, Refusal):
            time.sleep(0.5)
        else:
            return
    raise RuntimeError(f"the server is not ready:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _kubeconfig(url: str) -> JsonObject:
    cluster: JsonObject = {"server": url, "insecure-skip-tls-verify": True}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [
            {"name": "admin", "user": {"token": _TOKEN}},
            {"name": "reader", "user": {"token": _READER}},
        ],
        "contexts": [
            {"name": "test", "context": {"cluster": "test", "user": "admin"}},
            {"name": "reader", "context": {"cluster": "test", "user": "reader"}},
        ],
        "current-context": "test",
    }


def trusting() -> ssl.SSLContext:
    """TLS to a server whose certificate nobody knows."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
