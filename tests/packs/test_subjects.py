"""What rules can be about, on packs of a component that only exists here."""

from pathlib import Path

import pytest

from cnilint.packs.library import Library
from cnilint.packs.model import Rule
from cnilint.packs.testing import failures

COMPONENT = """\
schema: cnilint-component/1
component: edge
title: Edge
repository: acme/edge
images: [{path: acme/edge}]
configMaps: [edge]
configFiles: [{keys: [agent.yaml]}]
resources: [{group: edge.example, fields: [spec.rules.action]}]
workloads: [{label: app=edge}]
"""
RULE = """\
schema: cnilint-pack/1
component: edge
rules:
  - id: rule
    code: %(code)s
    title: is wrong
    match: %(match)s
    versions: ["%(versions)s"]
    effect: fatal
    why: It is.
    evidence: [{issue: "acme/edge#1", checked: "2026-11-30", shows: it}]
    bad: [%(bad)s]
    good: [%(good)s]
"""


def pod(inner: str, image: str = "acme/edge:v2.1.0") -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: edge, namespace: here}\n"
        f"spec: {{template: {{spec: {{containers: [{{name: agent, image: '{image}'{inner}}}]}}}}}}"
    )


def config(text: str) -> str:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: edge, namespace: here}"
    return f"{pod('')}\n---\n{head}\ndata: {{{text}}}"


def resource(text: str, version: str = "v1") -> str:
    head = f"apiVersion: edge.example/{version}\nkind: Policy\nmetadata: {{name: some}}"
    return f"{pod('')}\n---\n{head}\nspec: {text}"


def other(namespace: str) -> str:
    head = (
        f"apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: edge-2, {namespace} labels: {{app: edge}}}}"
    )
    return f"{head}\nspec: {{template: {{spec: {{containers: []}}}}}}"


def run(*command: str) -> str:
    return f", command: [{', '.join(command)}]"


ENV = ", env: [{name: %s, value: '%s'}]"

CASES = {
    "a pattern": (
        "CNI203",
        "{setting: env, names: [A], pattern: '[0-9]+'}",
        "*",
        [pod(ENV % ("A", "15"))],
        [pod(ENV % ("A", "15s")), pod(ENV % ("B", "15"))],
    ),
    "a value that must be valid": (
        "CNI203",
        "{setting: env, names: [A], valid: '[a-z]+'}",
        "*",
        [pod(ENV % ("A", "x.y"))],
        [pod(ENV % ("A", "x")), pod(ENV % ("A", "${X}")), pod(", env: [{name: A, valueFrom: {}}]")],
    ),
    "an absent variable": (
        "CNI208",
        "{setting: env, names: [A], absent: true, containers: [agent]}",
        ">=2.0.0",
        [pod(ENV % ("B", "x"))],
        [pod(ENV % ("A", "x")), pod(", envFrom: [{configMapRef: {name: x}}]"), pod("", "acme/edge:v1.9.0")],
    ),
    "an absent key": (
        "CNI208",
        "{setting: config-key, names: [a], absent: true, configMaps: [edge], where: [{key: b}]}",
        ">=2.0.0",
        [config("b: x")],
        [config("a: x, b: x"), config("c: x")],
    ),
    "an absent field": (
        "CNI208",
        "{setting: config-field, names: [a.b], absent: true, files: [agent.yaml]}",
        ">=2.0.0",
        [config("agent.yaml: 'a: {c: 1}'")],
        [config("agent.yaml: 'a: {b: 1}'"), config("agent.yaml: 'a: ['"), config("other: 'x: 1'")],
    ),
    "a nested field": (
        "CNI201",
        "{setting: config-field, names: [b], files: [agent.yaml]}",
        ">=2.0.0",
        [config("agent.yaml: 'b: 1'")],
        [config("agent.yaml: 'a: {b: 1}'"), config("other: 'b: 1'")],
    ),
    "a flag with a variable": (
        "CNI207",
        "{setting: flag, names: [x], where: [{setting: env, key: A, values: ['1']}]}",
        "*",
        [pod(", args: [--x]" + ENV % ("A", "1"))],
        [pod(", args: [--x]" + ENV % ("A", "2")), pod(", args: [--x]")],
    ),
    "a program by its image": (
        "CNI207",
        "{setting: exec, names: [sh], image: {path: edge, tag: '.*-slim'}}",
        "*",
        [pod(run("sh"), "acme/edge:1.0-slim"), pod(run("sh"), "acme/edge:latest-slim")],
        [pod(run("sh"), "acme/edge:1.0"), pod(run("bash"), "acme/edge:1.0-slim")],
    ),
    "a program by what runs it": (
        "CNI201",
        "{setting: exec, names: [/x], supply: [preStop]}",
        "*",
        [pod(", lifecycle: {preStop: {exec: {command: [/x]}}}")],
        [pod(run("/x")), pod(", livenessProbe: {exec: {command: [/x]}}")],
    ),
    "an image": (
        "CNI207",
        "{setting: image, names: ['*/edge'], pattern: '.*-old'}",
        "*",
        [pod("", "acme/edge:latest-old")],
        [pod("", "acme/edge:v2.0.0")],
    ),
    "a kind": (
        "CNI204",
        "{setting: api, names: [edge.example/v1/Policy]}",
        ">=2.0.0",
        [resource("{}")],
        [resource("{}", "v2")],
    ),
    "a field in a list": (
        "CNI203",
        "{setting: resource-field, kinds: [Policy], names: [spec.rules.action], values: [drop]}",
        ">=2.0.0",
        [resource("{rules: [{action: pass}, {action: drop}]}")],
        [resource("{rules: [{action: pass}]}"), resource("{action: drop}")],
    ),
    "a feature gate": (
        "CNI201",
        "{setting: feature-gate, names: [Old]}",
        ">=2.0.0",
        [
            pod(", args: ['--feature-gates=New=true,Old=true']"),
            config("agent.yaml: 'featureGates: {Old: true}'"),
        ],
        [pod(", args: ['--feature-gates=New=true']"), config("agent.yaml: 'Old: true'")],
    ),
    "a list without a workload's namespace": (
        "CNI207",
        "{setting: env, names: [A], unlisted: {component: edge, item: '{namespace}/*'}}",
        "*",
        [pod(ENV % ("A", "there/edge,elsewhere/edge"))],
        [
            pod(ENV % ("A", "there/edge, here/edge")),
            pod(ENV % ("A", "there/edge")) + "\n---\n" + other(""),
            pod(ENV % ("A", "there/edge")) + "\n---\n" + other("namespace: there,"),
        ],
    ),
}


def quoted(texts: list[str]) -> str:
    return ", ".join("'" + text.replace("'", "''").replace("\n", "\n\n      ") + "'" for text in texts)


@pytest.mark.parametrize("case", CASES)
def test_what_a_rule_can_be_about(case: str, tmp_path: Path) -> None:
    code, match, versions, bad, good = CASES[case]
    folder = tmp_path / "edge"
    folder.mkdir()
    (folder / "component.yaml").write_text(COMPONENT)
    parts = {"code": code, "match": match, "versions": versions, "bad": quoted(bad), "good": quoted(good)}
    (folder / "settings.yaml").write_text(RULE % parts)
    library = Library(extra=[folder])
    (rule,) = library.rules("edge")
    assert isinstance(rule, Rule)
    assert (len(rule.bad), len(rule.good)) == (len(bad), len(good))
    assert [(each.example, each.reason) for each in failures(rule, library)] == []
