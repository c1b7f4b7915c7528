"""``--cluster`` where something goes wrong on the way to a real API server: a clear message, never a fault or a hang."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnilint.ssa.typed.values import JsonObject
from tests.oracles.apiserver.faults import Between, Fault, between, tunnel
from tests.oracles.apiserver.server import Server, allow, server
from tests.programs import needs

pytestmark = [pytest.mark.slow, needs("etcd", "kube-apiserver")]

NAMES = [f"c{number}" for number in range(5)]
MAPS = "/api/v1/namespaces/apps/configmaps"
SERVICE_TOKENS = "/var/run/secrets/kubernetes.io/serviceaccount"
START = """
import sys
import cnilint.cluster.connect as connect
from cnilint.cluster.client import ClientLimits
limits = ClientLimits(connect=5, read=2, total=4, page=2, attempts=3, delay=0.01, most_delay=0.05)
connect.ClientLimits = lambda: limits
{more}
sys.argv[0] = "cnilint"
from cnilint.__main__ import main
main()
"""


def config_map(name: str, **data: str) -> JsonObject:
    metadata: JsonObject = {"name": name, "namespace": "apps"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    authority(folder)
    with server(folder, "RBAC", f"--client-ca-file={folder}/ca.pem") as one:
        namespace: JsonObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "apps"}}
        one.post("/api/v1/namespaces", namespace, "t")
        for name in NAMES:
            one.apply(f"{MAPS}/{name}", config_map(name, a="1", old="1"), "kubectl", force=True)
        secret: JsonObject = {**config_map("s"), "kind": "Secret", "data": {"k": "dmFsdWU="}}
        one.post("/api/v1/namespaces/apps/secrets", secret, "t")
        allow(one, "apps", ("configmaps",), ("get", "list"))
        yield one


def authority(folder: Path) -> None:
    """A certificate authority of clients, and the certificate of an administrator."""
    commands = (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=clients -days 2",
        "req -newkey rsa:2048 -nodes -keyout user.key -out user.csr -subj /O=system:masters/CN=someone",
        "x509 -req -in user.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out user.pem -days 2",
    )
    for command in commands:
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def front(cluster: Server, tmp_path: Path) -> Iterator[Between]:
    with between(cluster, tmp_path) as one:
        yield one


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """A pod that reads the ConfigMaps and the Secret, and the ConfigMaps without their old key."""
    folder = tmp_path / "manifests"
    folder.mkdir()
    sources = [{"configMapRef": {"name": name}} for name in NAMES] + [{"secretRef": {"name": "s"}}]
    variables = [{"name": "GONE", "valueFrom": {"configMapKeyRef": {"name": "c0", "key": "gone"}}}]
    container = {"name": "m", "image": "example.com/a:1", "envFrom": sources, "env": variables}
    metadata = {"name": "p", "namespace": "apps"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
    (folder / "pod.json").write_text(json.dumps(pod))
    return folder


@pytest.fixture
def desired(tmp_path: Path) -> Path:
    folder = tmp_path / "desired"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.json").write_text(json.dumps(config_map(name, a="2")))
    return folder


def run(
    kubeconfig: Path, *arguments: object, more: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
    inherited = {name: value for name, value in os.environ.items() if name not in proxies}
    done = subprocess.run(
        [sys.executable, "-c", START.format(more=more), *map(str, arguments), "--cluster"],
        env={**inherited, "KUBECONFIG": str(kubeconfig), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (0, 1, 2), done.stderr
    assert "Traceback" not in done.stderr
    return done


def check(front: Between, manifests: Path) -> subprocess.CompletedProcess[str]:
    return run(front.kubeconfig, "check", manifests, "--format", "json")


def ownership(front: Between, desired: Path) -> subprocess.CompletedProcess[str]:
    return run(front.kubeconfig, "ownership", "--desired", desired, "--format", "json")


def findings(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    assert done.returncode in (0, 1), done.stderr
    return [(each["code"], each["message"]) for each in json.loads(done.stdout)["findings"]]


def plan(done: subprocess.CompletedProcess[str]) -> object:
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)["ownership"]["plan"]


def once(fault: Fault):  # type: ignore[no-untyped-def]
    """The first request of each path fails."""
    return lambda path, number: fault if number == 0 else None


@pytest.mark.parametrize(
    "fault", [Fault(broken=True), Fault(429, {"Retry-After": "0"}), Fault(503), Fault(500)], ids=str
)
def test_what_passes_changes_nothing(front: Between, manifests: Path, desired: Path, fault: Fault) -> None:
    expected = findings(check(front, manifests)), plan(ownership(front, desired))
    assert all(expected)
    front.requests.clear()
    front.decide = once(fault)
    assert (findings(check(front, manifests)), plan(ownership(front, desired))) == expected
    assert all(front.requests.count(path) >= 2 for path in front.requests)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault(broken=True), "cannot reach the cluster at"),
        (Fault(429, {"Retry-After": "3600"}), "with status 429"),
        (Fault(503), "with status 503"),
        (Fault(silent=True), "no answer in time"),
        (Fault(401), "does not accept the credentials"),
        (Fault(302, {"Location": "http://127.0.0.1:1"}), "with status 302"),
        (Fault(200), ""),
    ],
    ids=str,
)
def test_what_stays_is_named(
    front: Between, manifests: Path, desired: Path, fault: Fault, message: str
) -> None:
    front.decide = lambda path, number: fault
    for done in (check(front, manifests), ownership(front, desired)):
        if message:
            assert done.returncode == 2
            assert message in done.stderr
            assert len(done.stderr.strip().splitlines()) == 1
            assert done.stdout == ""


def test_an_expired_page(front: Between, manifests: Path) -> None:
    expected = findings(check(front, manifests))
    front.requests.clear()
    front.decide = lambda path, number: Fault(410) if "continue=" in path else None
    assert findings(check(front, manifests)) == expected
    assert MAPS in front.requests


def test_an_object_that_is_deleted_meanwhile(cluster: Server, front: Between, desired: Path) -> None:
    def decide(path: str, number: int) -> None:
        if path == f"{MAPS}/c3":
            cluster.send("DELETE", path, None, "application/json")

    front.decide = decide
    try:
        report = json.loads(ownership(front, desired).stdout)
    finally:
        cluster.apply(f"{MAPS}/c3", config_map("c3", a="1", old="1"), "kubectl", force=True)
    assert report["ownership"]["objects"] == len(NAMES) - 1
    assert "not in the cluster: 1 object, which an apply creates" in report["notices"]


def test_partial_permissions(cluster: Server, tmp_path: Path, desired: Path) -> None:
    (desired / "secret.json").write_text(
        json.dumps({**config_map("s"), "kind": "Secret", "data": {"k": "dg=="}})
    )
    arguments = ("ownership", "--desired", desired, "--context", "reader", "--format", "json")
    report = json.loads(run(cluster.kubeconfig, *arguments).stdout)
    assert report["ownership"]["objects"] == len(NAMES)
    denied = "`get` on `secrets` in namespace `apps` is forbidden"
    assert f"not read: 1 object, because {denied}" in report["notices"]
    (tmp_path / "only").mkdir()
    (desired / "secret.json").rename(tmp_path / "only/secret.json")
    done = run(cluster.kubeconfig, "ownership", "--desired", tmp_path / "only", "--context", "reader")
    assert done.returncode == 2
    assert f"nothing could be read: 1 object, because {denied}" in done.stderr


def test_many_objects_are_read_by_who_may_only_get_them(cluster: Server, tmp_path: Path) -> None:
    many = [f"many-{number}" for number in range(25)]
    folder = tmp_path / "many"
    folder.mkdir()
    for name in many:
        cluster.apply(f"{MAPS}/{name}", config_map(name, a="1"), "kubectl", force=True)
        (folder / f"{name}.json").write_text(json.dumps(config_map(name, a="2")))
    with between(cluster, tmp_path) as front:
        listed = json.loads(ownership(front, folder).stdout)
        assert not any(path.startswith(f"{MAPS}/") for path in front.requests)
        front.decide = lambda path, number: Fault(403) if path.startswith(f"{MAPS}?") else None
        named = json.loads(ownership(front, folder).stdout)
    assert listed["ownership"]["objects"] == len(many)
    assert named == listed


def test_an_expired_credential(cluster: Server, tmp_path: Path, manifests: Path) -> None:
    script = tmp_path / "plugin"
    answer = {
        "kind": "ExecCredential",
        "status": {"token": "old", "expirationTimestamp": "2020-01-01T00:00:00Z"},
    }
    script.write_text(f"#!{sys.executable}\nprint({json.dumps(answer)!r})\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": str(script),
        "interactiveMode": "Never",
    }
    done = run(configured(cluster, tmp_path, user={"exec": plugin}), "check", manifests)
    assert done.returncode == 2
    assert "does not accept the credentials (log in again)" in done.stderr


def configured(
    cluster: Server, folder: Path, *, user: dict[str, object] | None = None, **place: object
) -> Path:
    """The kubeconfig with another user, or other members of the cluster."""
    config = json.loads(cluster.kubeconfig.read_text())
    config["clusters"][0]["cluster"] |= place
    if user is not None:
        config["users"][0]["user"] = user
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config))
    return path


def test_a_client_certificate(cluster: Server, tmp_path: Path, manifests: Path) -> None:
    folder = cluster.kubeconfig.parent
    user: dict[str, object] = {"client-certificate": f"{folder}/user.pem", "client-key": f"{folder}/user.key"}
    config = configured(
        cluster,
        tmp_path,
        user=user,
        **{
            "insecure-skip-tls-verify": False,
            "certificate-authority": f"{folder}/certificates/apiserver.crt",
        },
    )
    assert findings(run(config, "check", manifests, "--format", "json"))
    other = configured(
        cluster, tmp_path, user={"client-certificate": f"{folder}/user.pem", "client-key": f"{folder}/ca.key"}
    )
    done = run(other, "check", manifests)
    assert done.returncode == 2
    assert "cannot reach the cluster" in done.stderr


@pytest.mark.parametrize("how", ["HTTPS_PROXY", "proxy-url"])
def test_a_proxy(cluster: Server, tmp_path: Path, manifests: Path, how: str) -> None:
    with tunnel() as (address, places):
        environment = {"HTTPS_PROXY": address} if how == "HTTPS_PROXY" else {}
        config = configured(cluster, tmp_path, **({} if environment else {how: address}))
        assert findings(run(config, "check", manifests, "--format", "json", **environment))
        assert set(places) == {cluster.url.removeprefix("https://")}
        places.clear()
        if environment:
            findings(run(config, "check", manifests, "--format", "json", **environment, NO_PROXY="127.0.0.1"))
            assert places == []


def test_a_proxy_that_is_not_there(cluster: Server, tmp_path: Path, manifests: Path) -> None:
    config = configured(cluster, tmp_path, **{"proxy-url": "http://127.0.0.1:1"})
    done = run(config, "check", manifests)
    assert done.returncode == 2
    assert "the proxy does not answer" in done.stderr


def test_inside_a_pod(cluster: Server, tmp_path: Path, manifests: Path) -> None:
    (tmp_path / "token").write_text("admin")
    more = (
        "from kubernetes.config import incluster_config as inside\n"
        f"inside.SERVICE_TOKEN_FILENAME = {str(tmp_path / 'token')!r}\n"
        f"inside.SERVICE_CERT_FILENAME = {str(cluster.kubeconfig.parent / 'certificates/apiserver.crt')!r}\n"
    )
    host, port = cluster.url.removeprefix("https://").split(":")
    pod = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    absent = tmp_path / "absent"
    assert findings(run(absent, "check", manifests, "--format", "json", more=more, **pod))
    (tmp_path / "token").write_text("expired")
    done = run(absent, "check", manifests, more=more, **pod)
    assert done.returncode == 2
    assert "does not accept the credentials" in done.stderr
    (tmp_path / "token").unlink()
    done = run(absent, "check", manifests, more=more, **pod)
    assert done.returncode == 2
    assert "cannot use the service account of the pod" in done.stderr


def test_another_context(cluster: Server, manifests: Path) -> None:
    done = run(cluster.kubeconfig, "check", manifests, "--context", "nowhere")
    assert done.returncode == 2
    assert "has no context `nowhere`" in done.stderr
