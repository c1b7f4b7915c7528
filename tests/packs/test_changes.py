"""What changes between two releases: actions, notes and differences, as data and in each format."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cnilint.cli.rules import diff_releases, explain_rule, list_rules, show_comparison
from cnilint.errors import UsageError
from cnilint.packs.changes import Change, ChangeRow, ReleaseComparison
from tests.packs.helpers import LIBRARY, cilium

PAIRS = [
    ("istio-cni", "1.22.5", "1.24.2"),
    ("istiod", "1.22.5", "1.24.2"),
    ("cilium", "1.15.7", "1.16.3"),
    ("calico", "3.27.3", "3.29.1"),
    ("aws-vpc-cni", "1.15.5", "1.18.5"),
    ("flannel", "0.22.0", "0.26.0"),
    ("multus", "3.9.3", "4.1.0"),
]


def diff(component: str, before: str, after: str, path: Path | None = None) -> ReleaseComparison:
    return diff_releases(LIBRARY, component, before, after, path)


def rows(component: str, before: str, after: str, path: Path | None = None) -> dict[str, ChangeRow]:
    return {row.name: row for row in diff(component, before, after, path).rows}


def of_change(comparison: ReleaseComparison, change: Change) -> set[str]:
    return {row.name for row in comparison.rows if row.change is change}


def test_settings_that_move() -> None:
    found = rows("istio-cni", "1.22.5", "1.24.2")
    moved = found["REPAIR_ENABLED"]
    assert (moved.change, moved.effect) == (Change.MOVED, "silent-override")
    assert moved.after == "key of ConfigMap istio-cni-config"
    assert found["CNI_NETWORK_CONFIG"].effect == "fatal"
    assert found["LOG_LEVEL"].change is Change.GONE
    assert found["log_output_level"].change is Change.DEFAULT
    assert found["AMBIENT_IPV6"].change is Change.ADDED


def test_a_variable_and_its_key_are_told_once() -> None:
    comparison = diff("istio-cni", "1.22.5", "1.24.2")
    names = [row.name.lower() for row in comparison.rows]
    assert len(names) == len(set(names))
    row = next(row for row in comparison.rows if row.name == "CNI_NETWORK_CONFIG")
    assert row.also == ("config-key cni_network_config",)
    assert not any(row.scope.endswith("/cni_network_config") for row in comparison.rows)


def test_bugs_on_the_way() -> None:
    entered = diff("istio-cni", "1.22.5", "1.24.2")
    left = diff("istio-cni", "1.24.2", "1.24.6")
    assert [bug.rule.id for bug in entered.bugs_entered] == ["istio-cni/excluded-namespaces"]
    assert [bug.rule.id for bug in left.bugs_left] == ["istio-cni/excluded-namespaces"]


def test_rejected_values_and_steps() -> None:
    comparison = diff("cilium", "1.13.18", "1.16.0")
    assert "kube-proxy-replacement = strict, partial, disabled" in of_change(comparison, Change.REJECTED)
    assert comparison.steps == ("1.14", "1.15")
    assert diff("cilium", "1.15.19", "1.16.0").steps == ()
    text = show_comparison(comparison, "text")
    assert "1. Install 1.14 and 1.15 in between" in text
    assert "2. Use cilium CLI (cilium upgrade --version 1.16.0)" in text


def test_the_source_of_programs_gives_what_manifests_do_not_set() -> None:
    comparison = diff("istiod", "1.22.5", "1.24.2")
    gone = of_change(comparison, Change.GONE)
    assert {
        "VERIFY_CERTIFICATE_AT_CLIENT",
        "REQUIRE_3P_TOKEN",
        "PERSIST_OLDEST_FIRST_HEURISTIC_FOR_VIRTUAL_SERVICE_HOST_MATCHING",
        "ENABLE_EXTERNAL_NAME_ALIAS",
        "PILOT_ENABLE_STATUS",
        "ENABLE_OPTIMIZED_CONFIG_REBUILD",
        "ENABLE_OTEL_BUILTIN_RESOURCE_LABELS",
        "GKE_CLUSTER_URL",
        "ISTIO_ENABLE_OPTIMIZED_SERVICE_PUSH",
        "PILOT_DISTRIBUTION_HISTORY_RETENTION",
        "PILOT_ENABLE_CONFIG_DISTRIBUTION_TRACKING",
        "STACKDRIVER_AUDIT_LOG",
    } <= gone
    assert "PILOT_MULTI_NETWORK_DISCOVER_GATEWAY_API" in of_change(comparison, Change.DEFAULT)
    row = rows("istiod", "1.22.5", "1.24.2")["REQUIRE_3P_TOKEN"]
    assert (row.program, row.statement) == ("discovery", "is not read since 1.24.0")
    assert row.evidence == "https://github.com/istio/istio/tree/1.24.0"


def test_a_value_of_a_new_type() -> None:
    row = next(row for row in diff("cilium", "1.18.1", "1.19.1").rows if row.change is Change.TYPE)
    assert (row.name, row.effect) == ("unmanaged-pod-watcher-interval", "fatal")
    assert (row.before, row.after) == ("an integer", "a duration such as `30s`")


def test_what_is_deprecated_is_not_new() -> None:
    row = rows("cilium", "1.15.7", "1.16.3")["enable-runtime-device-detection"]
    assert row.change is Change.DEPRECATED


def test_new_settings_are_counted_and_listed_on_demand() -> None:
    comparison = diff("cilium", "1.15.7", "1.16.3")
    text, full = (show_comparison(comparison, "text", details=details) for details in (False, True))
    number = len(of_change(comparison, Change.ADDED))
    assert f"added ({number})\n" in text
    assert "keys, 2 containers" in text
    assert "--details lists them" in " ".join(text.split())
    assert "bpf-events-drop-enabled" not in text
    assert "bpf-events-drop-enabled" in full
    assert "--details" not in full
    assert "<details><summary>Added" in show_comparison(comparison, "markdown")


def test_values_are_whole() -> None:
    for component in LIBRARY.components:
        for each in LIBRARY.manifests(component):
            for runs in each.catalogue.entries.values():
                for run in runs:
                    assert run.value is None or run.value.count("[") == run.value.count("]")


@pytest.mark.parametrize(
    ("component", "before", "after", "name"),
    [
        ("aws-vpc-cni", "1.15.5", "1.18.5", "VPC_CNI_VERSION"),
        ("tigera-operator", "3.27.3", "3.29.1", "TIGERA_OPERATOR_INIT_IMAGE_VERSION"),
        ("istio-cni", "1.22.5", "1.24.2", "CURRENT_AGENT_VERSION"),
    ],
)
def test_the_version_itself_is_no_difference(component: str, before: str, after: str, name: str) -> None:
    entries = LIBRARY.catalogue(component)
    assert entries is not None
    assert any(key[2] == name for key in entries.entries)
    assert name not in rows(component, before, after)


def test_an_image_at_another_registry_is_one_move() -> None:
    found = [row for row in diff("flannel", "0.26.3", "0.26.4").rows if row.setting == "image"]
    assert {row.change for row in found} == {Change.MOVED}
    assert {row.name.partition("/")[0] for row in found} == {"docker.io"}
    assert {row.after.partition("/")[0] for row in found} == {"ghcr.io"}
    assert not [row for row in diff("flannel", "0.22.0", "0.26.0").rows if row.setting == "image"]


def test_fields_of_configuration_files_are_compared() -> None:
    row = rows("flannel", "0.22.0", "0.26.0")["EnableNFTables"]
    assert (row.change, row.scope) == (Change.ADDED, "kube-flannel-cfg/net-conf.json")


def test_variants_are_kept_apart() -> None:
    comparison = diff("multus", "3.9.3", "4.1.0")
    flags = [row for row in comparison.rows if row.setting == "flag" and row.change is not Change.ADDED]
    by_name: dict[str, set[tuple[str, ...]]] = {}
    for row in flags:
        by_name.setdefault(row.name, set()).add(row.only_in)
    for name in ("cni-version", "multus-log-level", "multus-log-to-stderr"):
        assert by_name[name] == {("thick",)}
    assert by_name["restart-crio"] == {()}


def test_releases_that_are_not_known_are_said() -> None:
    comparison = diff("cilium", "1.15.7", "1.16.3")
    text = show_comparison(comparison, "text")
    assert "Compared: the manifests of 1.15.19 and 1.16.19, the nearest known." in text
    row = next(row for row in comparison.rows if row.name == "external-envoy-proxy")
    assert row.shown_by is not None
    assert "'false' -> 'true' (by 1.15.19 and 1.16.19)" in text
    assert "sources" not in text
    exact = show_comparison(diff("istio-cni", "1.22.5", "1.24.2"), "text")
    assert "(by " not in exact
    assert "Compared" not in exact


def test_two_releases_with_the_same_nearest_one_are_not_compared() -> None:
    text = show_comparison(diff("cilium", "1.16.3", "1.16.5"), "text")
    assert "Not compared: the manifests of these releases; 1.16.19 is the nearest known" in text


def test_hints_are_about_the_setting() -> None:
    comparison = diff("cilium", "1.17.5", "1.18.1")
    fixes = {row.name: row.remark for row in comparison.rows if row.rule}
    assert fixes["kvstore-connectivity-timeout"] == "use identity-allocation-timeout"
    assert fixes["arping-refresh-period"] == "remove the key"


def test_no_text_of_a_rule_is_broken_within_a_word() -> None:
    for component in LIBRARY.components:
        for rule in LIBRARY.rules(component):
            for text in (rule.title, rule.why, rule.replacement, *rule.replacements.values()):
                assert "- " not in text.replace(" - ", ""), (rule.id, text)
                assert not text.startswith(tuple(f"{name}: " for name in rule.match.names)), rule.id


def test_only_what_a_repository_uses(shared: Path) -> None:
    path = shared / "corpus/istio-cni/1.22.5.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    found = rows("istio-cni", "1.22.5", "1.24.2", path)
    assert "AMBIENT_ENABLED" not in found
    assert "KUBECFG_FILE_NAME" not in found
    assert {"CNI_NETWORK_CONFIG", "REPAIR_ENABLED", "LOG_LEVEL"} <= set(found)
    for row in found.values():
        assert row.places
        for place in row.places:
            assert row.name.lower() in lines[place.line - 1].lower(), row


def test_actions_of_a_repository_are_what_a_check_finds_at_the_new_release(tmp_path: Path) -> None:
    text = cilium("1.15.7", kube_proxy_replacement="strict", ces_write_qps_limit="10", endpoint_status="")
    file = tmp_path / "cilium.yaml"
    file.write_text(text)
    comparison = diff("cilium", "1.15.7", "1.16.3", tmp_path)
    first = comparison.actions[0]
    assert (first.severity, first.effect, first.settings) == ("error", "fatal", ("kube-proxy-replacement",))
    lines = text.splitlines()
    for action in comparison.actions:
        for name, place in zip(action.settings, action.places, strict=True):
            assert name in lines[place.line - 1]
    shown = show_comparison(comparison, "text")
    assert "cilium.yaml:15" in shown
    assert "kube-proxy-replacement" not in shown.partition("gone")[2]


def test_a_repository_that_has_nothing_to_change(tmp_path: Path) -> None:
    (tmp_path / "cilium.yaml").write_text(cilium("1.15.7", debug="false"))
    comparison = diff("cilium", "1.15.7", "1.16.3", tmp_path)
    assert comparison.actions == ()
    assert "wherever" not in show_comparison(comparison, "text")


@pytest.mark.parametrize(("component", "before", "after"), PAIRS)
def test_formats(component: str, before: str, after: str) -> None:
    comparison = diff(component, before, after)
    data = json.loads(show_comparison(comparison, "json"))
    Draft202012Validator(
        json.loads((LIBRARY.folder.parent / "schemas/changes.schema.json").read_text())
    ).validate(data)
    assert [row["name"] for row in data["changes"]] == [row.name for row in comparison.rows]
    for line in show_comparison(comparison, "text", details=True).splitlines():
        # A command in backticks is not folded, so that it can be copied.
        assert len(line) <= 80 or len(line.split()) == 1 or line.strip(" .").startswith("`"), line
    table, page = show_comparison(comparison, "markdown"), show_comparison(comparison, "html")
    for row in comparison.rows:
        assert row in comparison.of_actions or f" {row.name}" in table
    assert page.count("<tr>") == page.count("</tr>")


def test_without_manifests_the_rest_remains() -> None:
    comparison = diff("kube-ovn", "1.14.41", "1.15.24")
    assert {"ds-namespace", "node-name"} <= {row.name for row in comparison.rows}
    assert "No manifests" in show_comparison(comparison, "text")


@pytest.mark.parametrize(
    ("component", "before", "after", "message"),
    [
        ("istiocni", "1.2.3", "1.2.4", "unknown component"),
        ("cilium", "x", "1.2.4", "is not a version"),
        ("cilium", "1.20.0", "1.22.0", "is newer than the rules"),
        ("istio-cni", "1.30.3", "1.99.0", "is newer than the rules"),
        ("kube-ovn", "1.15.24", "1.99.0", "is newer than the rules"),
        ("tigera-operator", "1.32.3", "1.99.5", "is not known here"),
    ],
)
def test_bad_usage(component: str, before: str, after: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        diff(component, before, after)


def test_the_numbers_of_an_operator() -> None:
    comparison = diff("tigera-operator", "v1.32.3", "v1.36.5")
    assert (str(comparison.before), str(comparison.after)) == ("3.27", "3.29")
    said = show_comparison(comparison, "text")
    assert "v1.32.3 is tigera-operator for 3.27." in said
    assert "Compared: the manifests of 3.27.5 and 3.29.7, the nearest known." in said
    assert "tiers.crd.projectcalico.org" in show_comparison(comparison, "text", details=True)


def test_pages_of_rules() -> None:
    page = explain_rule(LIBRARY, "istio-cni/network-config")
    assert "istio/istio/issues/54846" in page
    assert "```yaml bad" in page
    assert "cilium/tunnel " in list_rules(LIBRARY)


@pytest.mark.parametrize(
    ("component", "before", "after", "words"),
    [
        ("istio-cni", "1.22.5", "1.24.2", "CRDs"),
        ("istiod", "1.22.5", "1.24.2", "istiod-remote"),
        ("istiod", "1.22.5", "1.24.2", "CRDs"),
        ("istiod", "1.22.5", "1.24.2", "CA_TRUSTED_NODE_ACCOUNTS"),
        ("cilium", "1.15.7", "1.16.3", "1.15.6"),
        ("cilium", "1.15.7", "1.16.3", "sign +"),
        ("cilium", "1.15.7", "1.16.3", "name of the cluster"),
        ("cilium", "1.15.7", "1.16.3", "etcd.operator"),
        ("cilium", "1.15.7", "1.16.3", "ces-*"),
        ("cilium", "1.15.7", "1.16.3", "KVStoreMesh"),
        ("calico", "3.27.3", "3.29.1", "UIDs"),
        ("calico", "3.27.3", "3.29.1", "prefix default."),
        ("aws-vpc-cni", "1.15.5", "1.18.5", "ec2:DescribeSubnets"),
        ("flannel", "0.22.0", "0.26.0", "EnableNFTables"),
        ("multus", "3.9.3", "4.1.0", "unknown flag is fatal"),
        ("multus", "3.9.3", "4.1.0", "confDir"),
    ],
)
def test_what_behaves_differently(component: str, before: str, after: str, words: str) -> None:
    comparison = diff(component, before, after)
    (note, *_) = [note for note in comparison.notes if words in f"{note.title} {note.why} {note.action}"]
    assert all(each.link.startswith("https://github.com/") for each in note.evidence)
    data = json.loads(show_comparison(comparison, "json"))
    assert note.id in [each["id"] for each in data["notes"]]
    text = show_comparison(comparison, "text")
    assert note.evidence[0].link in text
    assert (
        text.index("Before the upgrade") < text.index("Different behaviour") if comparison.actions else True
    )


def test_notes_are_those_on_the_way() -> None:
    ids = [note.id for note in diff("cilium", "1.16.0", "1.17.4").notes]
    assert ids == ["cilium/etcd-consul-metallb"]
    assert [note.id for note in diff("cilium", "1.17.4", "1.16.0").notes] == ids


def test_a_parameter_that_nothing_uses() -> None:
    row = rows("calico", "3.27.3", "3.29.1")["FELIX_BPFKUBEPROXYENDPOINTSLICESENABLED"]
    assert (row.statement, row.effect) == ("has no effect since 3.28.0", "ignored")
