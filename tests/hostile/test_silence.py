"""What cannot be read is said: a finding or a notice and an exit code that is not 0."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.run import Run, Runner, Sandbox, breaches

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "agent"}, "spec": {"containers": []}}
JSON = json.dumps(POD, indent=1)
YAML = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  a: b\n"

BROKEN: dict[str, bytes] = {
    "json with two commas": JSON.replace('"v1",', '"v1",,').encode(),
    "json that is cut": JSON[:-9].encode(),
    "json with a comment": JSON.replace("{", "{ // one\n", 1).encode(),
    "json with a trailing brace": (JSON + "}").encode(),
    "json that is nested too deep": JSON.replace("[]", "[" * 30_000 + "]" * 30_000).encode(),
    "json with an open string": JSON.replace('"agent"', '"agent').encode(),
    "json with a byte order mark, cut": b"\xef\xbb\xbf" + JSON[:-5].encode(),
    "json in utf-16, cut": JSON[:-9].encode("utf-16"),
    "json in one line, cut": json.dumps(POD)[:-9].encode(),
    "two json documents, the second one cut": (JSON + "\n" + JSON[:-9]).encode(),
    "yaml with quoted keys": b'"apiVersion": v1\n"kind": Pod\n"metadata": {name: a\n',
    "yaml with single quotes": b"'apiVersion': v1\n'kind': Pod\n'metadata': {name: a\n",
    "yaml with spaces before colons": b"apiVersion : v1\nkind : Pod\nmetadata : {name: a\n",
    "yaml with complex keys": b"? apiVersion\n: v1\n? kind\n: Pod\n? metadata\n: {name: a\n",
    "yaml with escaped keys": b'"\\x61piVersion": v1\n"\\x6bind": Pod\nmetadata: {name: a\n',
    "yaml that is plain": b"apiVersion: v1\nkind: Pod\nmetadata: {name: a\n",
    "yaml in utf-16": YAML.replace("}", "").encode("utf-16"),
    "yaml in utf-16 without a mark": YAML.replace("}", "").encode("utf-16-le"),
    "yaml in utf-32": YAML.replace("}", "").encode("utf-32"),
    "yaml with a tab": YAML.replace("  a", "\ta").encode(),
    "yaml with a control character": YAML.replace("b", "\x01").encode(),
    "yaml in latin-1": YAML.replace("a: b", "a: \xe9").encode("latin-1"),
    "yaml whose second document is broken": (YAML + "---\n" + YAML.replace("}", "")).encode(),
    "yaml whose first document is broken": (YAML.replace("}", "") + "---\n" + YAML).encode(),
}
NOT_LIKE_A_MANIFEST = {"yaml with complex keys", "yaml with escaped keys", "yaml in utf-32"}
"""What is reported only if it is named: a folder may hold anything."""
OF_A_FOLDER = {name: data for name, data in BROKEN.items() if name not in NOT_LIKE_A_MANIFEST}
NAMED: dict[str, bytes] = {
    "a kind alone": b"kind: [",
    "a brace": b"{",
    "a web page": b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
    "an error of kubectl": b"Error from server (Forbidden): pods is forbidden\n",
    "zeros": bytes(4096),
    "compressed": gzip.compress(YAML.encode()),
    "an unresolved pointer of LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    "a conflict of a merge": f"<<<<<<< HEAD\n{YAML}=======\n{YAML}>>>>>>> other\n".encode(),
    "a template": b"apiVersion: {{ .Values.api }}\nkind: Pod\n",
}


def _parameters(inputs: dict[str, bytes]) -> list[object]:
    return [pytest.param(data, id=name) for name, data in inputs.items()]


def _is_said(run: Run, sandbox: Sandbox) -> None:
    assert breaches(run, sandbox, codes=[1, 2]) == []
    assert run.out + run.err


@pytest.mark.parametrize("data", _parameters(OF_A_FOLDER))
def test_a_broken_manifest_of_a_folder_is_reported(data: bytes, runner: Runner, sandbox: Sandbox) -> None:
    (sandbox.repo / "good.yaml").write_text(YAML.replace("settings", "good"), "utf-8")
    (sandbox.repo / "broken.yaml").write_bytes(data)
    _is_said(runner.run(sandbox, "check", "."), sandbox)


@pytest.mark.parametrize("way", ["file", "stdin"])
@pytest.mark.parametrize("data", _parameters(BROKEN | NAMED))
def test_broken_input_that_is_named_is_reported(
    data: bytes, way: str, runner: Runner, sandbox: Sandbox
) -> None:
    (sandbox.repo / "broken.yaml").write_bytes(data)
    path = "broken.yaml" if way == "file" else "-"
    _is_said(runner.run(sandbox, "check", path, stdin=data), sandbox)


@pytest.mark.parametrize("data", _parameters(BROKEN | NAMED))
def test_a_broken_dump_is_reported(data: bytes, runner: Runner, sandbox: Sandbox) -> None:
    (sandbox.repo / "broken.yaml").write_bytes(data)
    (sandbox.repo / "good.yaml").write_text(YAML, "utf-8")
    _is_said(runner.run(sandbox, "check", "good.yaml", "--live", "broken.yaml", reports=False), sandbox)
    _is_said(runner.run(sandbox, "ownership", "broken.yaml"), sandbox)


def _doubling(folder: Path) -> None:
    """Kustomizations that each take the one below twice, with another prefix."""
    (folder / "n0").mkdir()
    (folder / "n0" / "a.yaml").write_text(YAML, "utf-8")
    (folder / "n0" / "kustomization.yaml").write_text("resources: [a.yaml]\n", "utf-8")
    for level in range(1, 17):
        for side in "ab":
            side_folder = folder / f"n{level}{side}"
            side_folder.mkdir()
            below = f"n{level - 1}" if level == 1 else f"n{level - 1}c"
            (side_folder / "kustomization.yaml").write_text(
                f"namePrefix: {side}\nresources: [../{below}]\n", "utf-8"
            )
        both = folder / f"n{level}c"
        both.mkdir()
        (both / "kustomization.yaml").write_text(f"resources: [../n{level}a, ../n{level}b]\n", "utf-8")


def test_a_build_that_is_given_up_is_reported(runner: Runner, sandbox: Sandbox) -> None:
    _doubling(sandbox.repo)
    run = runner.run(sandbox, "check", "n16c")
    assert breaches(run, sandbox) == []
    assert run.code or run.report["coverage"]["skipped"] or run.report["coverage"]["notChecked"]


def test_a_file_over_the_limit_is_reported(runner: Runner, sandbox: Sandbox) -> None:
    with (sandbox.repo / "large.yaml").open("wb") as file:
        file.truncate(5 << 30)
    _is_said(runner.run(sandbox, "check", "large.yaml"), sandbox)
    (sandbox.repo / "good.yaml").write_text(YAML, "utf-8")
    run = runner.run(sandbox, "check", ".")
    assert breaches(run, sandbox) == []
    assert "large.yaml" in json.dumps(run.report["coverage"]["skipped"]) or run.code


def _nothing(_sandbox: Sandbox) -> None: ...


def _readme(sandbox: Sandbox) -> None:
    (sandbox.repo / "README.md").write_text("# kind: Pod\n", "utf-8")


def _excluded(sandbox: Sandbox) -> None:
    (sandbox.repo / "good.yaml").write_text(YAML, "utf-8")
    (sandbox.repo / ".cnilint.yaml").write_text('exclude: ["*"]\n', "utf-8")


@pytest.mark.parametrize("prepare", [_nothing, _readme, _excluded])
def test_nothing_to_check_is_no_success(
    prepare: Callable[[Sandbox], None], runner: Runner, sandbox: Sandbox
) -> None:
    prepare(sandbox)
    assert breaches(runner.run(sandbox, "check", "."), sandbox, codes=[2]) == []


@pytest.mark.parametrize("text", [b"", b"\n", b"---\n", b"# nothing\n", b"null\n"])
def test_empty_input_is_no_success(text: bytes, runner: Runner, sandbox: Sandbox) -> None:
    """As of ``helm template ... | cnilint check -``, where helm failed."""
    assert breaches(runner.run(sandbox, "check", "-", stdin=text), sandbox, codes=[2]) == []


def test_nothing_to_check_may_be_allowed(runner: Runner, sandbox: Sandbox) -> None:
    assert breaches(runner.run(sandbox, "check", "--allow-empty", "."), sandbox, codes=[0]) == []
