"""The packs that ship: every example is executed, and the facts that matter most are held to their words."""

import json
from collections import Counter
from pathlib import Path

import pytest

from cnilint.facts.owner import owner_of
from cnilint.packs.evaluate import Evaluation
from cnilint.packs.lifecycle import api_version_span, check_api, lifecycle_table
from cnilint.packs.model import SEVERITY, Effect, Rule
from cnilint.packs.testing import failures, read_objects
from tests.packs.helpers import LIBRARY, cilium, judge, judge_file, version, word_at

RULES = [rule for name in LIBRARY.components for rule in LIBRARY.rules(name)]
SHIPPED = {
    "antrea", "aws-vpc-cni", "calico", "canal", "cilium", "consul", "flannel", "istio-cni", "istiod", "kube-ovn",
    "kube-router", "kuma", "linkerd2-cni", "multus", "spiderpool", "tigera-operator", "weave", "whereabouts", "ztunnel",
}  # fmt: skip


def test_what_ships() -> None:
    assert set(LIBRARY.components) >= SHIPPED
    for name in SHIPPED:
        assert LIBRARY.packs(name), name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples(rule: Rule) -> None:
    assert [f"{failure.example} {failure.reason}" for failure in failures(rule, LIBRARY)] == []


def test_rule_ids_are_unique() -> None:
    assert [name for name, count in Counter(rule.id for rule in RULES).items() if count > 1] == []


#: True bugs of upstream, by rule, with the releases of the corpus that have them.
UPSTREAM_BUGS = {"istio-cni/excluded-namespaces": {"1.23.6", "1.24.2"}}


#: Settings that upstream's manifests still have although the program does not read them.
UPSTREAM_LEFTOVERS = {("istio-cni", "CNI_NET_DIR"), ("ztunnel", "INPOD_ENABLED")}


@pytest.fixture(scope="module")
def verdicts(shared: Path) -> dict[tuple[str, str], Evaluation]:
    """What the packs say about each pristine release, by folder and version."""
    files = sorted((shared / "corpus").glob("*/*.yaml"))
    assert len(files) > 400
    return {(path.parent.name, path.stem): judge_file(path) for path in files}


def test_pristine_releases_are_clean(verdicts: dict[tuple[str, str], Evaluation]) -> None:
    loud = [
        (place, problem.rule or problem.code, problem.message)
        for place, verdict in verdicts.items()
        for problem in verdict.problems
        if problem.severity != "note" and place[1] not in UPSTREAM_BUGS.get(problem.rule or "", ())
    ]
    assert loud == []


def test_pristine_releases_get_true_notes_only(verdicts: dict[tuple[str, str], Evaluation]) -> None:
    notes = {
        (place[0].partition("-ambient")[0].partition("-defaultns")[0], str(problem.message.arguments["name"]))
        for place, verdict in verdicts.items()
        for problem in verdict.problems
        if problem.severity == "note" and problem.rule is None
    }
    assert notes == UPSTREAM_LEFTOVERS


def test_old_daemonset_with_new_image(shared: Path) -> None:
    text = (shared / "corpus/istio-cni/1.22.5.yaml").read_text(encoding="utf-8")
    moved = text.replace("install-cni:1.22.5", "install-cni:1.24.2")
    problems = [problem for problem in judge(moved).problems if problem.code == "CNI201" and problem.rule]
    by_effect: dict[str, set[str]] = {}
    for problem in problems:
        by_effect.setdefault(problem.effect or "", set()).add(word_at(moved, problem))
        assert problem.severity == SEVERITY[Effect(problem.effect or "")]
        assert any("istio/istio" in source for source in problem.sources)
    assert by_effect == {
        "fatal": {"CNI_NETWORK_CONFIG"},
        "silent-override": {
            "CHAINED_CNI_PLUGIN", "REPAIR_ENABLED", "REPAIR_LABEL_PODS", "REPAIR_DELETE_PODS", "REPAIR_REPAIR_PODS",
            "REPAIR_INIT_CONTAINER_NAME", "REPAIR_BROKEN_POD_LABEL_KEY", "REPAIR_BROKEN_POD_LABEL_VALUE",
        },
        "ignored": {"LOG_LEVEL", "CNI_NET_DIR"},
    }  # fmt: skip
    assert not [problem for problem in judge(text).problems if problem.severity != "note"]


@pytest.mark.parametrize("component", ["linkerd2-cni", "kuma", "calico", "canal", "rke2-canal"])
def test_the_same_variable_is_right_elsewhere(shared: Path, component: str) -> None:
    files = sorted((shared / "corpus" / component).glob("*.yaml"))
    with_variable = [path for path in files if "CNI_NETWORK_CONFIG" in path.read_text(encoding="utf-8")]
    assert with_variable
    for path in with_variable:
        assert "CNI_NETWORK_CONFIG" not in str([problem.message for problem in judge_file(path).problems]), (
            path
        )


@pytest.mark.parametrize(
    ("release", "value", "expected"),
    [
        ("1.12.19", "probe", []),
        ("1.13.0", "probe", [("CNI203", "error")]),
        ("1.13.18", "disabled", []),
        ("1.15.19", "disabled", []),
        ("1.16.0", "disabled", [("CNI203", "error")]),
        ("1.16.19", "strict", [("CNI203", "error")]),
        ("1.20.0", "partial", [("CNI203", "error")]),
        ("1.16.0", "true", []),
    ],
)
def test_kube_proxy_replacement(release: str, value: str, expected: list[tuple[str, str]]) -> None:
    text = cilium(release, kube_proxy_replacement=value)
    problems = judge(text).problems
    assert [(problem.code, problem.severity) for problem in problems] == expected
    assert [word_at(text, problem).strip("'") for problem in problems] == [value] * len(expected)


@pytest.mark.parametrize(
    ("release", "expected"),
    [("1.13.18", []), ("1.14.19", [("CNI205", "warning")]), ("1.15.0", [("CNI201", "warning")])],
)
def test_tunnel(release: str, expected: list[tuple[str, str]]) -> None:
    problems = judge(cilium(release, tunnel="disabled")).problems
    assert [(problem.code, problem.severity) for problem in problems] == expected


def test_an_unknown_key_is_noted_with_the_nearest_known_one() -> None:
    (problem,) = judge(cilium("1.16.0", kube_proxy_replacment="true")).problems
    assert (problem.code, problem.severity) == ("CNI201", "note")
    assert "kube-proxy-replacement" in problem.hint


def test_a_key_that_resembles_nothing_may_be_an_option() -> None:
    assert judge(cilium("1.16.0", zebra_crossing="true")).problems == ()


@pytest.mark.parametrize("release", ["1.13.4", "1.15.1", "1.17.2", "1.18.2"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("devices", "eth0"),
        ("enable_ipsec", "true"),
        ("enable_bandwidth_manager", "true"),
        ("enable_host_firewall", "true"),
        ("ipv4_native_routing_cidr", "10.0.0.0/8"),
        ("cluster_pool_ipv6_cidr", "fd00::/104"),
    ],
)
def test_an_option_that_the_chart_sets_only_on_request_is_no_leftover(
    release: str, key: str, value: str
) -> None:
    """Neither foreign to the release nor unknown, although no default rendering has it."""
    assert judge(cilium(release, **{key: value})).problems == ()


def test_an_option_is_kept_up_to_the_minor_that_dropped_it() -> None:
    key = {"cnp_node_status_gc_interval": "2m"}
    assert judge(cilium("1.13.4", **key)).problems == ()
    (problem,) = judge(cilium("1.18.2", **key)).problems
    assert "is not read since 1.15.0" in str(problem.message)


def test_envoy_may_run_by_itself_before_that_is_the_default() -> None:
    envoy = cilium("1.14.5").partition("---\n")[0].replace("name: cilium-agent", "name: cilium-envoy")
    assert judge(envoy + "        args: [--log-level=info, --base-id=0]\n").problems == ()


def test_egress_gateway_was_renamed_and_came_back() -> None:
    found = {
        release: [problem.code for problem in judge(cilium(release, enable_egress_gateway="true")).problems]
        for release in ("1.10.20", "1.11.0", "1.17.18", "1.18.0")
    }
    assert found == {"1.10.20": [], "1.11.0": ["CNI201"], "1.17.18": ["CNI201"], "1.18.0": []}


def test_flags_of_every_program_are_no_leftovers() -> None:
    """The catalogue knows cp's ``-f`` from older releases of flannel, and klog's ``-v`` from those of Antrea."""
    for image, container, argument in (
        ("docker.io/flannel/flannel:v0.28.9", "install-cni", "-f"),
        ("antrea/antrea-agent-ubuntu:v2.7.0", "antrea-agent", "--v=4"),
    ):
        text = cilium("1.16.0").partition("---\n")[0].replace("quay.io/cilium/cilium:v1.16.0", image)
        agent = text.replace("name: cilium-agent", f"name: {container}")
        assert judge(f"{agent}        args: ['{argument}']\n").problems == ()


def test_annotate_pod_ip_is_not_called_dead(shared: Path) -> None:
    text = (shared / "corpus/aws-vpc-cni/v1.18.6.yaml").read_text(encoding="utf-8")
    assert "ANNOTATE_POD_IP" in text
    assert judge(text.replace("v1.18.6", "v1.23.0")).problems == ()


def test_consul_image_past_a_removed_flag(shared: Path) -> None:
    text = (shared / "corpus/consul/0.49.8.yaml").read_text(encoding="utf-8")
    moved = text.replace("consul-k8s-control-plane:0.49.8", "consul-k8s-control-plane:1.0.11")
    found = {word_at(moved, problem) for problem in judge(moved).problems if problem.severity == "error"}
    assert found == {
        "-envoy-image", "-default-consul-sidecar-cpu-limit", "-default-consul-sidecar-cpu-request",
        "-default-consul-sidecar-memory-limit", "-default-consul-sidecar-memory-request",
    }  # fmt: skip


KUBE_OVN = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-ovn-pinger, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: pinger
        image: docker.io/kubeovn/kube-ovn:v1.15.24
        command: [/kube-ovn/kube-ovn-pinger]
        args:
        - --external-address=1.1.1.1
        - --ds-namespace=kube-system
"""


def test_kube_ovn_image_past_a_removed_flag() -> None:
    (problem,) = judge(KUBE_OVN).problems
    assert (problem.code, problem.severity, problem.span.line) == ("CNI202", "error", 13)
    assert word_at(KUBE_OVN, problem) == "--ds-namespace=kube-system"
    assert judge(KUBE_OVN.replace("v1.15.24", "v1.14.41")).problems == ()


def api_codes(api_version: str, kind: str, release: str) -> list[str]:
    text = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n"
    (item,) = read_objects("m.yaml", text.encode())
    table = lifecycle_table()
    problem = check_api(owner_of(item), api_version_span(item), version(release), table)
    return [] if problem is None else [problem.code, problem.hint]


def test_the_lifecycle_table(shared: Path) -> None:
    rows = json.loads((shared / "facts/kubernetes-api-lifecycle.json").read_text(encoding="utf-8"))
    table = lifecycle_table()
    assert len(rows) == sum(map(len, table.values())) == 184
    for row in rows:
        api_version = f"{row['group']}/{row['version']}" if row["group"] else row["version"]
        own = table[api_version][row["kind"]]
        for name in ("introduced", "deprecated", "removed"):
            known = getattr(own, name)
            assert (None if known is None else str(known)) == row[name], (row, name)
        replacement = row["replacement"]
        wanted = "" if replacement is None else f"{replacement['group']}/{replacement['version']}".lstrip("/")
        assert own.replacement.startswith(wanted), row
        assert bool(own.replacement) == bool(wanted), row
        for minor in range(10, 46):
            served = own.introduced <= version(f"1.{minor}") and not (
                row["removed"] and version(row["removed"]) <= version(f"1.{minor}")
            )
            assert (api_codes(api_version, row["kind"], f"1.{minor}")[:1] == ["CNI204"]) is not served


@pytest.mark.parametrize(
    ("api_version", "kind", "hint"),
    [
        ("policy/v1beta1", "PodSecurityPolicy", "it has no replacement"),
        ("policy/v1beta1", "PodDisruptionBudget", "use policy/v1"),
        ("batch/v1beta1", "CronJob", "use batch/v1"),
    ],
)
def test_removed_in_1_25(api_version: str, kind: str, hint: str) -> None:
    code, said = api_codes(api_version, kind, "1.25")
    assert code == "CNI204"
    assert hint in said
    assert api_codes(api_version, kind, "1.24")[0] == "CNI205"


def test_unknown_kinds_are_left_alone() -> None:
    assert api_codes("cilium.io/v2", "CiliumNetworkPolicy", "1.35") == []


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("aws-2316", {"aws-vpc-cni/dockershim": 1}),
        ("calico-4024", {"calico/kubeconfig-placeholder": 1}),
        ("flannel-1390", {"flannel/arch-daemonsets": 5}),
        ("kops-7140", {}),
        ("kubepi-82", {}),
        ("rke2-charts-4", {}),
    ],
)
def test_incidents(shared: Path, case: str, expected: dict[str, int]) -> None:
    folder = shared / "incidents" / case
    found = Counter(problem.rule for problem in judge_file(folder / "leftover.yaml").problems)
    assert found == expected
    assert judge_file(folder / "after.yaml").problems == ()


def test_a_chart_that_was_not_stamped_tells_no_version(shared: Path) -> None:
    verdict = judge_file(shared / "live" / "incident-ref-fresh-1.24.2.yaml")
    assert "cni-1.0.0" in (shared / "live" / "incident-ref-fresh-1.24.2.yaml").read_text(encoding="utf-8")
    assert verdict.problems == ()
