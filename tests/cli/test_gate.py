"""``cnilint gate``: every byte or none."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

import pytest

from cnilint.reading import MAX_BYTES
from cnilint.report.brief import MOST_BYTES
from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import ROOT

GOOD = f"{POD}---\n{SETTINGS % 'level'}".encode()
BAD = f"{POD}---\n{SETTINGS % 'other'}".encode()
CONFIG_MAP = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}"


def gate(
    *arguments: str, stdin: bytes, cwd: Path = ROOT / "tests", **environment: str
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "cnilint", "gate", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + GOOD,
        CONFIG_MAP,
        CONFIG_MAP + b"\n---\n---\n# end\n",
        b"\n\n---\n" + CONFIG_MAP + b"\n...\n",
        '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "é"}}\n'.encode(),
        CONFIG_MAP.decode().encode("utf-16"),
        b"apiVersion: v1\nkind: List\nitems:\n- " + CONFIG_MAP.replace(b"\n", b"\n  "),
        CONFIG_MAP + b"\n# " + b"x" * (1 << 20),
    ],
)
def test_clean_input_is_passed_on_as_it_is(data: bytes) -> None:
    done = gate(stdin=data)
    assert (done.returncode, done.stderr.startswith(b"cnilint gate: passed.")) == (0, True), done.stderr
    assert done.stdout == data


@pytest.mark.parametrize("data", [BAD, b"a: \0b\n", b"\xff\xfe\xfa", b"\x80" + GOOD, b"a: [", GOOD + b"\xe9"])
def test_nothing_is_changed_where_nothing_fails(data: bytes) -> None:
    assert gate("--fail-on", "never", "--allow-empty", stdin=data).stdout == data


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(BAD, id="a broken reference"),
        pytest.param(b"a: \0b\n---\n" + GOOD, id="a control character"),
        pytest.param(GOOD + b"# \xe9", id="not UTF-8"),
        pytest.param(b"wrote manifests/a.yaml\n---\n" + GOOD, id="a message"),
        pytest.param(GOOD + b"---\nname: a\n", id="a document that is not an object"),
        pytest.param(GOOD + b"---\n- a\n", id="a list that is not an object"),
        pytest.param(GOOD + b"---\na: {{ .Values.a }}\n", id="a template"),
        pytest.param(GOOD + b"---\na: [\n", id="broken YAML"),
        pytest.param(GOOD + b"...\nlost\n", id="lost content"),
    ],
)
def test_what_is_not_clean_is_not_passed_on(data: bytes) -> None:
    done = gate(stdin=data)
    assert (done.returncode, done.stdout) == (1, b""), done.stderr
    assert done.stderr.startswith(b"cnilint gate: refused. Found 1 error")
    assert len(done.stderr) <= MOST_BYTES
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n \n",
        b"# nothing\n",
        b"---\n---\n",
        b"null\n",
        b"\xef\xbb\xbf",
        b"apiVersion: v1\nkind: List\nitems: []\n",
    ],
)
def test_input_without_an_object_is_refused(data: bytes) -> None:
    done = gate(stdin=data)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"standard input has no Kubernetes object" in done.stderr
    allowed = gate("--allow-empty", stdin=data)
    assert (allowed.returncode, allowed.stdout) == (0, data)


def test_findings_below_the_limit_are_shown_and_passed_on() -> None:
    data = GOOD.replace(b"spec:", b"spec:\n  serviceAccountName: nobody")
    done = gate(stdin=data)
    assert (done.returncode, done.stdout) == (0, data)
    assert b"warning[CNI109]" in done.stderr
    assert gate("--fail-on", "warning", stdin=data).stdout == b""
    assert gate("--quiet", stdin=GOOD).stderr == b""
    assert b"warning[CNI109]" in gate("--quiet", stdin=data).stderr


def test_no_value_of_a_secret_is_shown() -> None:
    secret = b"---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: hunter2!, b: 12345678}\n"
    secret += b"stringData: {c: [hunter3]}\n"
    done = gate("--fail-on", "note", stdin=GOOD + secret)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"CNI12" in done.stderr
    for value in (b"hunter", b"12345678"):
        assert value not in done.stderr


def test_the_configuration_of_the_repository_applies(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    folder = tmp_path / "apps" / "agent"
    folder.mkdir(parents=True)
    (tmp_path / ".cnilint.yaml").write_text("ignore: [CNI101]\n")
    assert gate(stdin=BAD, cwd=folder).stdout == BAD
    (tmp_path / ".cnilint.yaml").write_text("ignored: [CNI101]\n")
    broken = gate(stdin=GOOD, cwd=folder)
    assert (broken.returncode, broken.stdout) == (2, b"")
    (tmp_path / "other.yaml").write_text("ignore: [CNI101]\n")
    assert gate("--config", str(tmp_path / "other.yaml"), stdin=BAD, cwd=folder).stdout == BAD


def test_reports_are_written_to_files(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    done = gate("--output", f"text={file}", stdin=BAD)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "error[CNI101]" in file.read_text("utf-8")
    unwritable = gate("--output", "text=/nonexistent/x", stdin=GOOD)
    assert (unwritable.returncode, unwritable.stdout) == (2, b"")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("file.yaml",), b"unexpected extra argument"),
        (("--context", "a"), b"--context needs --cluster"),
        (("--format", "json"), b"No such option"),
        (("--config", "missing.yaml"), b"cannot read the configuration"),
        (("--live", "missing.yaml"), b"missing.yaml"),
    ],
)
def test_bad_usage(arguments: tuple[str, ...], words: bytes) -> None:
    done = gate(*arguments, stdin=GOOD)
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in done.stderr


def test_input_without_an_end() -> None:
    with Path("/dev/zero").open("rb") as endless:
        done = subprocess.run(
            [sys.executable, "-m", "cnilint", "gate"],
            cwd=ROOT,
            stdin=endless,
            capture_output=True,
            timeout=120,
        )
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"larger than {MAX_BYTES >> 20} MiB".encode() in done.stderr


def started(stdout: IO[bytes] | int = subprocess.PIPE, **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "cnilint", "gate"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_ends_early(unbuffered: str) -> None:
    process = started(PYTHONUNBUFFERED=unbuffered)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(CONFIG_MAP + b"\n# " + b"x" * (1 << 20))
    process.stdin.close()
    process.stdout.read(1)
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 2
    assert b"standard output was closed" in said


def test_a_full_disk() -> None:
    with Path("/dev/full").open("wb") as full:
        process = started(stdout=full)
        _, said = process.communicate(GOOD, timeout=60)
    assert process.returncode == 2
    assert b"cnilint: cannot write the output: No space left on device" in said


def test_nothing_is_written_before_the_end_of_the_input() -> None:
    process = started()
    assert process.stdin is not None
    process.stdin.write(GOOD)
    process.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=2)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (143, b"")


def test_pipes_that_do_not_block() -> None:
    """Node.js and some shells hand them on."""
    data = GOOD + b"# " + b"x" * (1 << 20)
    ends = [os.pipe(), os.pipe()]
    (source, feed), (drain, sink) = ends
    os.set_blocking(source, False)
    os.set_blocking(sink, False)
    process = subprocess.Popen(
        [sys.executable, "-m", "cnilint", "gate"],
        cwd=ROOT,
        stdin=source,
        stdout=sink,
        stderr=subprocess.DEVNULL,
    )
    os.close(source)
    os.close(sink)

    def write() -> None:
        with os.fdopen(feed, "wb") as pipe:
            for start in range(0, len(data), 1 << 19):
                pipe.write(data[start : start + (1 << 19)])
                pipe.flush()
                time.sleep(0.1)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(drain, "rb") as pipe:
        assert pipe.read() == data
    writer.join()
    assert process.wait(timeout=60) == 0
