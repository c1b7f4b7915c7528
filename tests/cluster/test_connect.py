"""Kubeconfigs, credentials and what is wrong with them."""

import json
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cnilint.cluster.connect import connect
from cnilint.errors import UsageError
from tests.cluster.conftest import QUICK, Fake, Reply, Request, kubeconfig

SECRET = "do-not-print-this"


def plugin(folder: Path, text: str, **members: object) -> dict[str, object]:
    """A user with an exec plugin."""
    script = folder / "plugin"
    script.write_text(f"#!{sys.executable}\n{text}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin", **members}}


def asked(fake: Fake, context: str | None = None) -> Request:
    """The request of a client."""
    fake.answer = lambda request: Reply({"a": 1})
    with connect(context, QUICK) as client:
        client.get("/version")
    return fake.requests[-1]


def test_a_token(fake: Fake) -> None:
    fake.configure({"token": "t1"})
    assert asked(fake).headers["authorization"] == "Bearer t1"


def test_a_password(fake: Fake) -> None:
    fake.configure({"username": "a", "password": "b"})
    assert asked(fake).headers["authorization"] == "Basic YTpi"


def test_an_exec_plugin(fake: Fake, tmp_path: Path) -> None:
    answer = {"kind": "ExecCredential", "status": {"token": "made"}}
    text = "import os, json\nassert json.loads(os.environ['KUBERNETES_EXEC_INFO'])['spec'] == {'interactive': False}\n"
    text += f"assert os.environ['MODE'] == 'x'\nprint({json.dumps(answer)!r})"
    fake.configure(plugin(tmp_path, text, env=[{"name": "MODE", "value": "x"}]))
    assert asked(fake).headers["authorization"] == "Bearer made"


@pytest.mark.parametrize(
    ("text", "members", "expected"),
    [
        ("import sys; sys.exit('log in first')", {}, "failed: log in first"),
        ("print('{}')", {}, "did not print an ExecCredential"),
        ("print('{\"status\": {}}')", {}, "printed no credential"),
        (
            "print(1)",
            {"apiVersion": "client.authentication.k8s.io/v1alpha1"},
            "needs a command and the apiVersion",
        ),
        ("print(1)", {"interactiveMode": "Always"}, "must be interactive"),
        ("print(1)", {"command": "absent-plugin"}, "is not installed"),
    ],
)
def test_an_exec_plugin_that_fails(
    fake: Fake, tmp_path: Path, text: str, members: dict[str, object], expected: str
) -> None:
    fake.configure(plugin(tmp_path, text, **members))
    with pytest.raises(UsageError, match=expected):
        asked(fake)


def test_an_exec_plugin_that_hangs(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnilint.cluster.plugin.plugin_credentials.__defaults__", (0.5,))
    fake.configure(plugin(tmp_path, "import time; time.sleep(60)"))
    with pytest.raises(UsageError, match="it took too long"):
        asked(fake)


def test_a_context_is_chosen(fake: Fake) -> None:
    config = kubeconfig({"server": "http://127.0.0.1:1"}, {})
    config["clusters"] += [{"name": "d", "cluster": {"server": fake.url}}]  # type: ignore[operator]
    config["contexts"] += [{"name": "there", "context": {"cluster": "d"}}]  # type: ignore[operator]
    fake.kubeconfig.write_text(json.dumps(config))
    assert asked(fake, "there").path == "/version"


def test_kubeconfigs_are_merged(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.write_text(
        json.dumps({"users": [{"name": "u", "user": {"token": "late"}}], "current-context": "here"})
    )
    config = kubeconfig({"server": fake.url}, {})
    del config["users"]
    fake.kubeconfig.write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", f"{fake.kubeconfig}:{tmp_path / 'absent'}:{other}")
    assert asked(fake).headers["authorization"] == "Bearer late"


def test_inside_a_pod(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    with pytest.raises(UsageError, match="Service host/port is not set"):
        asked(fake)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"users: [{{name: u, user: {{token: {SECRET}\n", "not valid YAML"),
        (f"- {SECRET}\n", "does not have the structure"),
        ("{}\n", "has no current context"),
        ('{"current-context": "x", "contexts": []}', "has no context `x`"),
        ('{"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "y"}}]}', "y"),
        ("", "empty"),
    ],
)
def test_a_bad_kubeconfig(fake: Fake, text: str, expected: str) -> None:
    fake.kubeconfig.write_text(text)
    with pytest.raises(UsageError, match=expected) as raised:
        asked(fake)
    assert SECRET not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_kubeconfig(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    with pytest.raises(UsageError, match="no cluster is configured"):
        asked(fake)


def test_an_obsolete_provider(fake: Fake) -> None:
    fake.configure({"auth-provider": {"name": "gcp", "config": {"cmd-path": "/bin/false"}}})
    with pytest.raises(UsageError, match="`gcp` is obsolete"):
        asked(fake)


def test_nobody_listens(fake: Fake) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        fake.configure(server=f"http://127.0.0.1:{one.getsockname()[1]}")
        with pytest.raises(UsageError, match=r"cannot reach the cluster at .*: .*refused"):
            asked(fake)


def test_no_tls(fake: Fake) -> None:
    fake.configure(server=fake.url.replace("http:", "https:"))
    with pytest.raises(UsageError, match=r"cannot reach the cluster at .*TLS: "):
        asked(fake)


def test_a_bad_certificate(fake: Fake) -> None:
    fake.configure(server="https://127.0.0.1:1", **{"certificate-authority-data": "bm90IG9uZQ=="})
    with pytest.raises(UsageError, match="cannot reach the cluster"):
        asked(fake)


def test_no_address(fake: Fake) -> None:
    fake.configure(server="https://[::1")
    with pytest.raises(UsageError, match="cannot read the kubeconfig"):
        asked(fake)


def test_certificates_do_not_stay(fake: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    fake.configure(
        {"client-certificate-data": "YQ==", "client-key-data": "YQ=="}, server="https://127.0.0.1:1"
    )
    with pytest.raises(UsageError):
        asked(fake)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_client_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {serviceAccountName: c}\n"
    )
    code = "import sys; sys.modules['kubernetes'] = None; sys.argv[0] = 'cnilint'\nfrom cnilint.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "--cluster", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "cnilint: --cluster needs the Kubernetes client (install it with: pip install 'cnilint[cluster]')\n"
    )


def test_the_client_is_imported_only_for_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    code = (
        "import os, sys; sys.argv = ['cnilint', 'check', '-q', sys.argv[1]]\n"
        "os._exit = lambda code: print(sorted({'kubernetes', 'urllib3', 'cnilint.cluster.connect'} & set(sys.modules)))\n"
        "from cnilint.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert {line for line in done.stdout.splitlines() if line.startswith("[")} == {"[]"}
