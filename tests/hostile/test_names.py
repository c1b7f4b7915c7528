"""Names that try to write into a terminal, a workflow's log, a web page or a report's structure."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.conftest import ROOT
from tests.hostile.run import Run, Runner, Sandbox, breaches

SCHEMA = Draft202012Validator(json.loads((ROOT / "schemas" / "report.schema.json").read_text("utf-8")))
MARK = "zz9mark"
"""Part of each name, so that it is clear that the name is in the report at all."""
NAMES = {
    "escape": "\x1b[31mX\x1b]0;title\x07",
    "c1": "\x9b31m\x85",
    "newline": "a\nerror: forged\r\nforged",
    "separators": "a\u2028b\u2029c\vd\fe",
    "bidi": "a\u202eb\u2066c\u2069\u200fd",
    "invisible": "a\u200bb\ufeffc\u2060d\U000e0041",
    "workflow command": "a\n::error file=b::c\n::set-output name=x::y\n::add-mask::a",
    "old workflow command": "a\n##[error]b\n##vso[task.setvariable variable=a]b",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>",
    "markdown": "[a](javascript:alert(1)) `b` | c | @d #1",
    "percent": "%0A::error::a %25 %1b {name} {0} %s ${{ github.token }}",
    "template": "{name} {0.__class__} {{ x }} $(id) `id`",
    "nul": "a\0b",
    "backspace": "a\b\b\bb\x7f",
    "long": "x" * 20_000,
}
PLACES = (
    "file",
    "folder",
    "object",
    "key",
    "container",
    "variable",
    "namespace",
    "kind",
    "environment",
    "anchor",
)
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]"
)
_URL_ATTRIBUTES = frozenset({"href", "src", "action", "formaction", "xlink:href"})


def _pod(name: str, place: str) -> str:
    def at(where: str, usual: str) -> str:
        return json.dumps(name if where == place else usual)

    return f"""\
{{"apiVersion": "v1", "kind": {at("kind", "Pod")}, "metadata": {{"name": {at("object", "agent")},
"namespace": {at("namespace", "system")}}}, "spec": {{"containers": [{{"name": {at("container", "main")}, "image": "a",
"env": [{{"name": {at("variable", "A")}, "valueFrom": {{"configMapKeyRef": {{"name": {at("reference", "settings")},
"key": {at("key", "gone")}}}}}}},
{{"name": {at("variable", "A")}, "valueFrom": {{"configMapKeyRef": {{"name": {at("object", "gone")}, "key": "a"}}}}}}]}}]}}}}
"""


def _write(folder: Path, name: str, place: str) -> None:
    settings = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: system}\ndata: {a: b, a: c}\n"
    )
    folder.mkdir(exist_ok=True)
    if place in ("folder", "environment"):
        folder = folder / _file_name(name)
        folder.mkdir()
    if place == "environment":
        (folder / "kustomization.yaml").write_text("resources: [pod.json, settings.yaml]\n", "utf-8")
    if place == "anchor":
        text = json.dumps(name)
        (folder / "broken.yaml").write_text(
            f"kind: Pod\napiVersion: v1\na: *{name.split()[0]}\n{text}: &a {text}\n", "utf-8"
        )
    (folder / "settings.yaml").write_text(settings, "utf-8")
    (folder / (_file_name(name) + ".json" if place == "file" else "pod.json")).write_text(
        _pod(name, place), "utf-8"
    )


def _file_name(name: str) -> str:
    return name.replace("\0", "").replace("/", "\\")[:200]


@pytest.mark.parametrize("attack", NAMES)
def test_a_name_stays_a_name(attack: str, runner: Runner, sandbox: Sandbox) -> None:
    """One run with the name in every place: each in a folder of its own, with a mark of its own."""
    for place in PLACES:
        _write(sandbox.repo / f"of-the-{place}", f"{MARK}{place}{NAMES[attack]}", place)
    run = runner.run(sandbox, "check", ".", "--closed-world", "--verbose")
    assert breaches(run, sandbox) == []
    shown = [place for place in PLACES if f"{MARK}{place}" in run.out + run.err]
    assert {*shown, "kind", "key", "anchor"} == set(PLACES)
    _assert_harmless(run)


@pytest.mark.parametrize("attack", NAMES)
def test_a_name_stays_a_name_among_the_environments(attack: str, runner: Runner, sandbox: Sandbox) -> None:
    _write(sandbox.repo, MARK + NAMES[attack], "environment")
    run = runner.run(sandbox, "check", ".", "--explain-environments", reports=False)
    assert MARK in run.out
    _assert_plain(run.out)


@pytest.mark.parametrize("attack", NAMES)
def test_a_name_stays_a_name_in_a_dump(attack: str, runner: Runner, sandbox: Sandbox) -> None:
    name = MARK + NAMES[attack]
    live = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": name,
            "managedFields": [
                {
                    "manager": name,
                    "operation": "Update",
                    "apiVersion": "v1",
                    "fieldsType": "FieldsV1",
                    "fieldsV1": {"f:data": {f"f:{name}": {}}},
                }
            ],
        },
        "data": {name: "b", "other": "c"},
    }
    (sandbox.repo / "live.json").write_text(json.dumps(live), "utf-8")
    run = runner.run(
        sandbox, "ownership", "live.json", "--tree", "--manager", name.replace("\0", ""), "--verbose"
    )
    assert breaches(run, sandbox) == []
    _assert_harmless(run)


@pytest.mark.parametrize("attack", NAMES)
def test_a_name_stays_a_name_in_an_error_of_usage(attack: str, runner: Runner, sandbox: Sandbox) -> None:
    name = (MARK + NAMES[attack]).replace("\0", "")
    for arguments in (
        ("check", name),
        ("check", "--select", name),
        ("check", "--target", f"{name}={name}"),
        ("check", "--rev", name),
        ("explain", name),
        (name,),
    ):
        run = runner.run(sandbox, *arguments, reports=False)
        assert breaches(run, sandbox) == []
        _assert_plain(run.err + run.out)


@pytest.mark.parametrize("attack", [name for name in NAMES if name != "long"])
def test_a_name_stays_a_name_in_the_configuration(attack: str, runner: Runner, sandbox: Sandbox) -> None:
    name = json.dumps(MARK + NAMES[attack])
    (sandbox.repo / "settings.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "utf-8"
    )
    for text in (
        f"{name}: 1\n",
        f"packs: [{name}]\n",
        f"targets: {{{name}: {name}}}\n",
        f"suppressions: [{{code: CNI101, reason: {name}, object: {name}}}]\n",
        f"environments: [{{name: {name}, roots: [{name}]}}]\n",
        f"exclude: [{name}]\n",
    ):
        (sandbox.repo / ".cnilint.yaml").write_text(text, "utf-8")
        run = runner.run(sandbox, "check", ".")
        assert breaches(run, sandbox) == []
        _assert_harmless(run)


def _assert_harmless(run: Run) -> None:
    _assert_plain(run.out)
    _assert_plain(run.err)
    if not run.reports:
        return
    _assert_plain(run.reports["concise"])
    _assert_commands(run)
    _assert_page(run.reports["html"])
    assert [error.message[:200] for error in SCHEMA.iter_errors(run.report)] == []
    json.loads(run.reports["sarif"])


def _assert_plain(text: str) -> None:
    """No character that a terminal obeys, and no line that the runner of a workflow obeys."""
    found = _CONTROL.search(text)
    assert found is None, repr(text[max(found.start() - 60, 0) : found.end() + 20])
    assert [line for line in text.splitlines() if line.lstrip().startswith(("::", "##[", "##vso"))] == []


def _assert_commands(run: Run) -> None:
    text = run.reports["github"]
    assert _CONTROL.search(text) is None
    annotations, _, rest = text.partition("::group::")
    lines = annotations.split("\n")[:-1]
    assert [line for line in lines if not re.match(r"::(error|warning|notice) [^:]*::", line)] == []
    listed = rest.split("\n")[1:-2]
    _assert_plain("\n".join(listed))
    assert rest == "" or rest.endswith("\n::endgroup::\n")
    assert len(lines) + len(listed) <= len(run.report["findings"]) + 2


class _Page(HTMLParser):
    """Collects what a browser would execute or load."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.active += [f"<{tag} {name}>" for name, _ in attrs if name.startswith("on")]
        if tag in ("img", "iframe", "object", "embed", "form", "base", "svg"):
            self.active.append(f"<{tag}>")
        for name, value in attrs:
            if name in _URL_ATTRIBUTES and re.match(
                r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE
            ):
                self.active.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script" and MARK in data:
            self.active.append(f"script: {data[:100]}")


def _assert_page(text: str) -> None:
    page = _Page()
    page.feed(text)
    assert page.active == []
    assert re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text) is None


def test_the_remote_of_a_repository_is_no_link_to_a_script(runner: Runner, sandbox: Sandbox) -> None:
    from tests.hostile.archive import git

    (sandbox.repo / "pod.json").write_text(_pod("x", "object"), "utf-8")
    git(sandbox, "init", "--quiet")
    git(sandbox, "add", "--all")
    git(sandbox, "commit", "--quiet", "-m", "one")
    for url in (
        "javascript:alert(1)",
        "https://u:canary7f3a9c@example.invalid/\x1b[31m",
        'https://a"><script>',
    ):
        git(sandbox, "config", "remote.origin.url", url)
        run = runner.run(sandbox, "check", ".")
        assert breaches(run, sandbox) == []
        found: Any = json.loads(run.reports["sarif"])["runs"][0].get("versionControlProvenance", [])
        assert all(str(each["repositoryUri"]).startswith(("https://", "ssh://", "file://")) for each in found)
        _assert_harmless(run)


def test_what_json_says_is_exact(runner: Runner, sandbox: Sandbox) -> None:
    """Machines get the name itself, escaped by JSON."""
    name = MARK + NAMES["escape"] + NAMES["newline"]
    _write(sandbox.repo, name, "container")
    run = runner.run(sandbox, "check", ".", "--closed-world")
    assert {each["container"] for each in run.report["findings"] if each["container"]} == {name}
    assert Path(run.report["findings"][0]["file"]).name == "pod.json"
