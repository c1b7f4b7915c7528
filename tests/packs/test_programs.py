"""Settings held against what releases of a program read."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnilint.diagnostics.model import Diagnostic
from cnilint.packs.component import Component
from cnilint.packs.library import Library
from cnilint.packs.model import Effect, Subject
from cnilint.packs.program import (
    ProgramTable,
    Reading,
    SettingRead,
    SettingRun,
    read_table,
    write_table,
)
from tests.packs.helpers import LIBRARY, cilium, judge, version, word_at

CMDREF = Path(__file__).with_name("cilium-cmdref.json")

RELEASES = ("1.1.0", "1.1.1", "1.2.0", "1.3.0", "1.3.1", "2.0.0")

READ_ENV = SettingRead(
    setting=Subject.ENV, containers=("agent",), unknown=Effect.DEGRADED, invalid=Effect.DEGRADED
)
READ_FLAG = SettingRead(
    setting=Subject.FLAG,
    containers=("agent",),
    commands=("edge-agent",),
    unknown=Effect.FATAL,
    invalid=Effect.FATAL,
    complete=True,
    others=("v",),
)


def table(*reads: SettingRead, **settings: tuple[SettingRun, ...]) -> ProgramTable:
    return ProgramTable(
        component="edge",
        program="agent",
        repository="acme/edge",
        tags="v{version}",
        reads=reads or (READ_ENV, READ_FLAG),
        releases=tuple(map(version, RELEASES)),
        settings=settings,
    )


def run(first: int, last: int, kind: str = "", default: str | None = None, marks: str = "") -> SettingRun:
    return SettingRun(first=first, last=last, kind=kind, default=default, marks=marks)


@pytest.mark.parametrize(
    ("release", "reading", "other"),
    [
        ("1.0.9", Reading.UNCOVERED, None),
        ("1.1.0", Reading.FUTURE, "1.1.1"),
        ("1.1.1", Reading.READ, None),
        ("1.1.7", Reading.READ, None),  # like the last release before it in its line
        ("1.2.0", Reading.READ, None),
        ("1.3.0", Reading.REMOVED, "1.3.0"),
        ("1.2.9", Reading.READ, None),
        ("1.9.0", Reading.REMOVED, "1.3.0"),  # between two lines: like both, which agree
        ("3.0.0", Reading.REMOVED, "1.3.0"),  # after the last release, like it
        ("1.1", Reading.READ, None),  # a line: some of its releases
        ("1.3", Reading.REMOVED, "1.3.0"),
        ("1.3.0-rc.1", Reading.REMOVED, "1.3.0"),  # a candidate: like its release
        ("1.3.0-beta.1", Reading.READ, None),
    ],
)
def test_a_verdict_is_that_of_the_releases_next_to_a_version(
    release: str, reading: Reading, other: str | None
) -> None:
    verdict = table(LEVEL=(run(1, 2),)).verdict("LEVEL", version(release))
    assert (verdict.reading, str(verdict.release) if verdict.release else None) == (reading, other)


def test_a_setting_that_was_ported_back_has_several_runs() -> None:
    edge = table(LEVEL=(run(1, 1), run(3, 3)))
    readings = [edge.verdict("LEVEL", version(release)).reading.name for release in RELEASES]
    assert readings == ["FUTURE", "READ", "FUTURE", "READ", "REMOVED", "REMOVED"]
    assert edge.verdict("OTHER", version("1.2.0")).reading is Reading.UNKNOWN


def test_what_is_written_is_read(tmp_path: Path) -> None:
    edge = table(LEVEL=(run(0, 1, "bool", "true", "d"), run(2, 5)), SIZE=(run(0, 5, "int"),))
    path = tmp_path / "agent.json"
    path.write_text(write_table(edge), encoding="utf-8")
    assert read_table(path) == edge
    assert write_table(read_table(path)) == write_table(edge)


def edge_library(folder: Path, edge: ProgramTable) -> Library:
    component = folder / "edge"
    (component / "programs").mkdir(parents=True)
    (component / "component.yaml").write_text(
        "schema: cnilint-component/1\ncomponent: edge\ntitle: Edge\nrepository: acme/edge\n"
        "images: [{path: acme/edge}]\nconfigMaps: [edge-config]\n"
    )
    (component / "programs/agent.json").write_text(write_table(edge), encoding="utf-8")
    return Library(extra=[component])


def agent(release: str, *lines: str) -> str:
    inner = "".join(f"        {line}\n" for line in lines)
    return f"""\
kind: DaemonSet
apiVersion: apps/v1
metadata: {{name: edge, namespace: net}}
spec:
  template:
    spec:
      containers:
      - name: agent
        image: acme/edge:v{release}
{inner}"""


SETTINGS = {
    "LEVEL": (run(1, 2, "bool", "true"),),
    "SIZE": (run(0, 5, "int", "4"),),
    "WAIT": (run(0, 5, "duration", "30s"),),
    "OWNER": (run(0, 1), run(2, 5, "", "", "r")),
    "mesh-size": (run(0, 2, "uint", "4"),),
    "mesh-sizes": (run(3, 5, "uint", "4"),),
    "fast": (run(0, 5, "bool", "false"),),
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return edge_library(tmp_path, table(**SETTINGS))


def found(library: Library, text: str) -> list[tuple[str, str | None, str]]:
    return [(each.code, each.severity, word_at(text, each)) for each in judge(text, library=library).problems]


OWNED = "- {name: OWNER, value: me}"


@pytest.mark.parametrize(
    ("release", "value", "expected"),
    [
        ("1.1.0", '"false"', [("CNI209", "warning", "LEVEL")]),
        ("1.1.0", '"true"', []),  # what later releases do without it
        ("1.1.1", '"false"', []),
        ("1.3.0", '"false"', [("CNI201", "warning", "LEVEL")]),
        ("1.3.0", '"True"', [("CNI201", "note", "LEVEL")]),  # nothing is lost
        ("1.1.1", "maybe", [("CNI203", "warning", "maybe")]),
        ("1.0.0", "maybe", []),
    ],
)
def test_a_variable_of_other_releases(
    library: Library, release: str, value: str, expected: list[tuple[str, str, str]]
) -> None:
    text = agent(release, "env:", f"- {{name: LEVEL, value: {value}}}", OWNED)
    assert found(library, text) == expected


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("SIZE", "-12", False),
        ("SIZE", "0x1f", False),
        ("SIZE", "4.5", True),
        ("SIZE", "15s", True),
        ("WAIT", "1h30m", False),
        ("WAIT", "0", False),
        ("WAIT", "30", True),
        ("WAIT", "", False),
        ("WAIT", "$(OTHER)", False),
    ],
)
def test_values_have_the_type_of_the_setting(library: Library, name: str, value: str, wrong: bool) -> None:
    text = agent("1.3.1", "env:", f'- {{name: {name}, value: "{value}"}}', OWNED)
    assert [code for code, _, _ in found(library, text)] == ["CNI203"] * wrong


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('command: [/bin/edge-agent, "--mesh-size=4"]', [("CNI202", "error", "mesh-size")]),
        ('args: ["--mesh-size=4"]', [("CNI202", "error", "mesh-size")]),
        ('command: [/bin/edge-tool, "--mesh-size=4"]', []),  # another program of the image
        ('args: ["--mesh-sizes=-4"]', [("CNI203", "error", "-4")]),
        ("args: [--fast, now]", []),  # the argument after a switch is not its value
        ("args: [--fast=now]", [("CNI203", "error", "now")]),
        ("args: [--never=1, --v=2]", [("CNI202", "error", "never")]),
    ],
)
def test_flags(library: Library, arguments: str, expected: list[tuple[str, str, str]]) -> None:
    text = agent("1.3.1", arguments, "env:", OWNED)
    assert [
        (code, severity, word.strip('"-').partition("=")[0] or word)
        for code, severity, word in found(library, text)
    ] == [(code, severity, word.strip("-")) for code, severity, word in expected]


def test_the_hint_names_the_setting_that_came_instead(library: Library) -> None:
    (problem,) = judge(agent("1.3.1", 'args: ["--mesh-size=4"]', "env:", OWNED), library=library).problems
    assert problem.hint == "check whether `mesh-sizes` replaces it"
    assert problem.sources == ("https://github.com/acme/edge/tree/v1.3.0",)


def test_a_required_variable(library: Library) -> None:
    text = agent("1.3.1", "env:", '- {name: SIZE, value: "4"}')
    assert found(library, text) == [("CNI208", "error", "agent")]
    assert found(library, agent("1.1.1", "env:", '- {name: SIZE, value: "4"}')) == []
    supplied = "- {name: OWNER, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}"
    assert found(library, agent("1.3.1", "env:", supplied)) == []
    assert found(library, agent("1.3.1", "envFrom: [{configMapRef: {name: edge}}]")) == []


def test_no_setting_is_reported_twice() -> None:
    """A rule says more than the table: it alone reports the setting."""
    problems = judge(cilium("1.12.4", tunnel="disabled", native_routing_cidr="10.0.0.0/8")).problems
    assert [each.rule for each in problems] == ["cilium/native-routing-cidr-required"]


def test_a_setting_that_the_release_sets_itself_is_a_note_at_most() -> None:
    """CNI_NET_DIR is in the ConfigMap of 1.23.6, whose program does not read it."""
    text = """\
kind: ConfigMap
apiVersion: v1
metadata: {name: istio-cni-config, namespace: istio-system}
data: {CNI_NET_DIR: /opt/net.d}
"""
    assert [each.severity for each in judge(text, {"istio-cni": "1.23.6"}).problems] == ["note"]


def test_what_the_manifests_of_a_release_set_is_not_the_users_to_remove() -> None:
    """Charts up to 1.19 set ISTIOD_ADDR, which istiod does not read; those of ztunnel set what only 1.27 reads."""

    def found(kind: str, container: str, image: str, name: str) -> list[tuple[str, str]]:
        text = f"""\
kind: {kind}
apiVersion: apps/v1
metadata: {{name: a, namespace: istio-system}}
spec:
  template:
    spec:
      containers:
      - name: {container}
        image: docker.io/istio/{image}
        env: [{{name: {name}, valueFrom: {{fieldRef: {{fieldPath: spec.serviceAccountName}}}}}}]
"""
        return [(each.code, each.severity) for each in judge(text).problems]

    assert found("Deployment", "discovery", "pilot:1.12.2", "ISTIOD_ADDR") == [("CNI201", "note")]
    assert found("Deployment", "discovery", "pilot:1.21.0", "ISTIOD_ADDR") == [("CNI201", "warning")]
    assert found("DaemonSet", "istio-proxy", "ztunnel:1.19.3", "SERVICE_ACCOUNT") == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('command: [/bin/sh, -ec, "exec edge-agent --never=1"]', ["never"]),
        ('command: [/bin/bash, -c, "cp --verbose a b; edge-agent --never=1"]', ["never"]),
        ('command: [sh, -euo, -c, "A=b exec /opt/edge-agent --mesh-sizes=4 && touch --reference=a b"]', []),
        ('command: [sh, -c, "if edge-agent \\\\\n --never; then true; fi"]', ["never"]),
        ('args: [sh, -ec, "edge-agent --never"]', ["never"]),
        ('command: [sh, -x, /start.sh, "--never"]', ["never"]),
        ('command: [tini, --, edge-agent, "--never"]', ["never"]),
    ],
)
def test_flags_of_a_shell_and_of_other_programs(library: Library, lines: str, expected: list[str]) -> None:
    problems = judge(agent("1.3.1", lines, "env:", OWNED), library=library).problems
    assert [each.message.arguments["name"] for each in problems if each.code == "CNI202"] == expected


def test_the_value_of_a_key_may_be_given_as_a_flag_or_a_variable() -> None:
    """Rules about values hold in every form; names alone, and what depends on absent keys, are left to the tables."""
    text = """\
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: cilium, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: cilium-agent
        image: quay.io/cilium/cilium:v1.16.3
        args: [--kube-proxy-replacement=%s]
        env: [{name: CILIUM_KUBE_PROXY_REPLACEMENT, value: "%s"}]
"""
    found = [
        (each.code, each.severity, word_at(text % ("strict", "partial"), each))
        for each in judge(text % ("strict", "partial")).problems
    ]
    assert found == [("CNI203", "error", "strict"), ("CNI203", "error", '"partial"')]
    assert judge(text % ("true", "true")).problems == ()


def test_some_words_are_values_of_any_type(library: Library) -> None:
    text = """\
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: calico-node, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: calico-node
        image: docker.io/calico/node:v3.28.1
        env: [{name: FELIX_HEALTHENABLED, value: "%s"}]
"""
    assert judge(text % "YES").problems == ()
    assert [(each.code, each.severity) for each in judge(text % "on").problems] == [("CNI203", "warning")]


def test_an_unknown_feature_gate() -> None:
    text = """\
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: antrea-agent, namespace: kube-system, labels: {app: antrea}}
spec: {template: {spec: {containers: [{name: antrea-agent, image: "antrea/antrea-ubuntu:v1.14.0"}]}}}
---
kind: ConfigMap
apiVersion: v1
metadata: {name: antrea-config, namespace: kube-system}
data:
  antrea-agent.conf: |
    featureGates:
      %s: true
"""
    assert judge(text % "AntreaProxy").problems == ()
    assert judge(text % "AllAlpha").problems == ()
    (problem,) = judge(text % "AntreaProxi").problems
    assert (problem.code, problem.severity) == ("CNI201", "error")
    assert problem.hint == "did you mean `AntreaProxy`?"


def test_comments_of_a_script_have_no_flags() -> None:
    text = """\
kind: Deployment
apiVersion: apps/v1
metadata: {name: consul-connect-injector, namespace: consul}
spec:
  template:
    spec:
      containers:
      - name: sidecar-injector
        image: hashicorp/consul-k8s-control-plane:1.6.0
        command:
        - /bin/sh
        - -ec
        - |
          # -enable-resource-apis is left out
          exec consul-k8s-control-plane inject-connect \\
            -default-protocol=http
"""
    (problem,) = judge(text).problems
    assert (problem.code, word_at(text, problem)) == ("CNI202", "-default-protocol")


def test_what_a_lost_option_did_decides_its_severity() -> None:
    found = {
        value: judge(cilium("1.11.8", masquerade=value)).problems[0].severity for value in ("true", "false")
    }
    assert found == {"true": "note", "false": "warning"}


def test_variants_are_told_by_the_command_and_the_tag() -> None:
    def multus(image: str, *lines: str) -> list[Diagnostic]:
        inner = "".join(f"        {line}\n" for line in lines)
        text = f"""\
kind: DaemonSet
apiVersion: apps/v1
metadata: {{name: kube-multus-ds, namespace: kube-system}}
spec:
  template:
    spec:
      containers:
      - name: kube-multus
        image: ghcr.io/k8snetworkplumbingwg/multus-cni:{image}
{inner}"""
        return list(judge(text).problems)

    flag = "args: [--multus-conf-file=auto]"
    assert multus("v4.1.2", flag) == []
    assert [each.severity for each in multus("v4.1.2-thick", flag)] == ["error"]
    foreign = multus("v4.1.2-thick", "command: [/thin_entrypoint]", flag)
    assert [each.rule for each in foreign] == ["multus/thin-programs-in-thick"]
    assert [each.severity for each in multus("v4.1.2", "command: [/bin/multus-daemon]", flag)] == ["error"]


# The tables that are shipped.

SHIPPED = [
    edge
    for name, component in LIBRARY.components.items()
    if component.variant_of is None
    for edge in LIBRARY.tables(name)
]


def given(edge: ProgramTable, read: SettingRead, written: str, release: str) -> str:
    """A manifest that gives a setting to the program in one way."""
    component = LIBRARY.components[edge.component]
    if read.setting is Subject.CONFIG_KEY:
        name = read.config_maps[0].replace("*", "x")
        return (
            f"kind: ConfigMap\napiVersion: v1\nmetadata: {{name: {name}}}\ndata: {{? {written} : a-value}}\n"
        )
    if read.setting is Subject.API:
        version, _, kind = written.rpartition("/")
        return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: some}}\n"
    if read.files:
        return in_file(component, read, written)
    image = next(each for each in component.images if each.version == "tag" and "*" not in "".join(each.path))
    flavour = next((each.replace("*", "") for each in read.flavours if each), "")
    command = f"\n        command: [{read.commands[0].replace('*', '')}]" if read.commands else ""
    tag = (edge.tags or "v{version}").rpartition("/")[2].replace("{version}", release)
    setting = (
        f"args: [--{written}=a-value]"
        if read.setting is Subject.FLAG
        else f"env: [{{name: {written}, value: a-value}}]"
    )
    if read.setting is Subject.EXEC:
        setting = f"lifecycle: {{postStart: {{exec: {{command: [{written}]}}}}}}"
    workload = next((each.name for each in component.workloads if each.name), "program").replace("*", "")
    label = next((each.label for each in component.workloads if each.label), ("app", workload))
    return f"""\
kind: DaemonSet
apiVersion: apps/v1
metadata: {{name: {workload}, labels: {{{label[0]}: {label[1]}}}}}
spec:
  template:
    spec:
      containers:
      - name: {read.containers[0].replace("*", "") if read.containers else "agent"}
        image: {"/".join(image.path)}:{tag}{flavour}{command}
        {setting}
"""


def in_file(component: Component, read: SettingRead, written: str) -> str:
    """A ConfigMap with a configuration file that has a field."""
    file, steps = read.files[0].replace("*", ""), written.split(".")
    if read.setting is Subject.FEATURE_GATE:
        steps = ["featureGates", written]
    if any(each.format == "blocks" for each in component.config_files):
        lines = [
            ".:53 {",
            *(f"  {step} {{" for step in steps[:-1]),
            f"    {steps[-1]}",
            *("  }" for _ in steps),
        ]
    else:
        lines = [f"{'  ' * depth}{step}:" for depth, step in enumerate(steps)]
        lines[-1] += " true"
    text = "".join(f"    {line}\n" for line in lines)
    name = read.config_maps[0].replace("*", "")
    return f"kind: ConfigMap\napiVersion: v1\nmetadata: {{name: {name}}}\ndata:\n  {file}: |\n{text}"


def names(problem: Diagnostic) -> str:
    """The setting that a problem names."""
    arguments = problem.message.arguments
    return arguments["name"] if "name" in arguments else f"{arguments['api_version']}/{arguments['kind']}"


def removals(edge: ProgramTable) -> Iterator[tuple[SettingRead, str, str]]:
    """What releases removed: how it is given, its name, and the first release without it."""
    for name, runs in edge.settings.items():
        if runs[-1].last < len(edge.releases) - 1:
            release = edge.releases[runs[-1].last + 1]
            for read in edge.reads:
                if read.holds_at([release]):
                    yield read, read.name_of(name), str(release)


@pytest.mark.parametrize("edge", SHIPPED, ids=lambda edge: f"{edge.component}-{edge.program}")
def test_what_a_release_removed_is_found(edge: ProgramTable) -> None:
    """Recall: every setting that a release removed, on a manifest of that release that sets it."""
    missed = []
    for read, written, release in removals(edge):
        text = given(edge, read, written, release)
        problems = (
            judge(text).problems if "containers:" in text else judge(text, {edge.component: release}).problems
        )
        if not any(f"{written}.".startswith(f"{names(each)}.") for each in problems):
            missed.append((read.setting.value, written, release))
    assert missed == [each for each in missed if each[1] in STILL_READ]


#: Settings that a pack says not to report, with its reason there.
STILL_READ = frozenset({"REPAIR_RUN_AS_DAEMON"})


@pytest.mark.parametrize(("component", "least"), [("istiod", 90), ("cilium", 90), ("kube-ovn", 16)])
def test_many_removals_are_known(component: str, least: int) -> None:
    tables = LIBRARY.tables(component)
    assert sum(len({written for _, written, _ in removals(edge)}) for edge in tables) >= least


@pytest.mark.parametrize("minor", range(10, 21))
def test_options_of_the_command_reference_are_silent(minor: int) -> None:
    """Precision: every option that the reference of a minor lists is one that its first release reads."""
    lines: dict[str, list[tuple[int, int]]] = json.loads(CMDREF.read_text("utf-8"))
    names = [name for name, spans in lines.items() if any(first <= minor <= last for first, last in spans)]
    assert len(names) > 250
    problems = judge(cilium(f"1.{minor}.0", **dict.fromkeys(names, ""))).problems
    assert [str(each.message) for each in problems] == []


@pytest.mark.parametrize("edge", SHIPPED, ids=lambda edge: f"{edge.component}-{edge.program}")
def test_shipped_tables_are_as_written(edge: ProgramTable) -> None:
    folder = LIBRARY.components[edge.component].folder / "programs"
    assert write_table(edge) == (folder / f"{edge.program}.json").read_text("utf-8")
    assert (folder / f"{edge.program}.yaml").is_file()
    assert list(edge.releases) == sorted(edge.releases, key=lambda release: release.key)


def test_a_variant_has_the_tables_of_its_base() -> None:
    of_base, of_variant = LIBRARY.tables("calico"), LIBRARY.tables("canal")
    assert [(each.component, each.program) for each in of_variant] == [
        ("canal", each.program) for each in of_base
    ]
    assert all(own.settings is base.settings for own, base in zip(of_variant, of_base, strict=True))
