"""Configuration files in folders, files with almost the right name, and entries that match nothing."""

from pathlib import Path

import pytest

from cnilint.analysis.check import analyze
from cnilint.analysis.settings import AnalysisSettings
from cnilint.checks import CODES
from cnilint.config.load import load
from cnilint.config.nested import below, with_folders
from cnilint.errors import UsageError
from cnilint.extract.exclude import Excluded
from cnilint.source import WorkTree
from tests.cli.test_check import POD, SETTINGS

READ = POD.replace("settings", "made").replace("level}", "level, optional: false}")


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("dot", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def analysis_of(folder: Path):
    source = WorkTree([str(folder)])
    config = with_folders(load(None, str(folder), CODES), source, CODES)
    return analyze(source, AnalysisSettings(config=config))


@pytest.mark.parametrize(
    ("entry", "excluded", "read"),
    [
        ("parts", ["t/a/parts/x.yaml", "t/a/b/parts/x.yaml"], ["parts/x.yaml", "t/b/parts/x.yaml"]),
        ("parts/", ["t/a/parts/x.yaml"], ["parts/x.yaml"]),
        ("/parts", ["t/a/parts/x.yaml"], ["t/a/b/parts/x.yaml"]),
        ("./parts/*", ["t/a/parts/x.yaml"], ["t/a/b/parts/x.yaml"]),
        ("b/parts", ["t/a/b/parts/x.yaml"], ["t/a/c/b/parts/x.yaml"]),
        ("*.yaml", ["t/a/x.yaml", "t/a/b/x.yaml"], ["t/x.yaml"]),
        ("# note", [], ["t/a/# note"]),
    ],
)
def test_exclude_is_from_the_folder_of_the_file(entry: str, excluded: list[str], read: list[str]) -> None:
    rules = Excluded([below("t/a", entry)])
    assert [path for path in (*excluded, *read) if rules.excludes(path)] == excluded


def test_a_folder_may_include_again() -> None:
    rules = Excluded(["*.json", below("t*", "!a.json")])
    assert [rules.excludes(path) for path in ("a.json", "t*/a.json", "tx/a.json")] == [True, False, True]


def test_a_folder_declares_what_exists_below_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        a__pod_yaml=READ,
        b__pod_yaml=READ,
        a__dotcnilint_yaml="external: [{kind: ConfigMap, name: made}]\n",
    )
    found = [each for each in analysis_of(tmp_path).diagnostics if each.code == "CNI102"]
    assert [each.span.file for each in found] == ["b/pod.yaml"]


def test_a_folder_names_environments_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, a__x__pod_yaml=POD, a__z__settings_yaml=SETTINGS % "level")
    write(tmp_path, a__dotcnilint_yaml="environments: [{name: prod, roots: [x, z]}]\n")
    (environment,) = analysis_of(tmp_path).environments
    assert (environment.name, environment.roots) == ("a/prod", ("a/x", "a/z"))


def test_what_is_about_the_whole_run_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, a__pod_yaml=POD, a__dotcnilint_yaml="ignore: [CNI1]\nfail-on: note\n")
    assert analysis_of(tmp_path).notices == (
        "a/.cnilint.yaml:2: `fail-on` is a setting of the whole run and has no effect here: "
        "move it to the .cnilint.yaml at the root",
    )


def test_an_excluded_folder_has_no_say(tmp_path: Path) -> None:
    write(
        tmp_path, dotcnilint_yaml="exclude: [vendor/]\n", vendor__dotcnilint_yaml="nonsense: 1\n", a_yaml=POD
    )
    assert analysis_of(tmp_path).notices == ()


def test_a_mistake_in_a_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path, a__dotcnilint_yaml="ignore: [nonsense]\n")
    with pytest.raises(UsageError, match=r"^a/\.cnilint\.yaml:1:10: unknown code `nonsense`"):
        analysis_of(tmp_path)


@pytest.mark.parametrize("name", [".cnilint.yml", "cnilint.yaml", "deep/cnilint.yml"])
def test_a_file_with_almost_the_right_name_is_told(tmp_path: Path, name: str) -> None:
    write(tmp_path, pod_yaml=POD)
    (tmp_path / "deep").mkdir()
    (tmp_path / name).write_text("ignore: [CNI1]\n")
    assert (
        f"{name}: not read: the name of the configuration is .cnilint.yaml" in analysis_of(tmp_path).notices
    )


@pytest.mark.parametrize(
    "text",
    [
        "name: cnilint\non: [push]\njobs: {}\n",
        "spec: {inputs: {}}\n---\ncnilint: {script: x}\n",
        "a: [\n",
        "",
    ],
)
def test_a_workflow_of_that_name_is_not_told(tmp_path: Path, text: str) -> None:
    write(tmp_path, pod_yaml=POD)
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci/cnilint.yml").write_text(text)
    assert not [each for each in analysis_of(tmp_path).notices if "the name of the configuration" in each]


USELESS = """\
external:
- {kind: ConfigMap, name: sttings}
- {kind: ConfigMap, name: set*}
producers:
- {kind: Secret, name: settings}
- {kind: ConfigMap, name: settings}
targets: {cilium: "1.16"}
exclude:
- nothing/
- "*.md"
- "# a comment"
environments:
- name: all
  roots:
  - "."
  - prod
"""


def test_each_entry_that_matches_nothing_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, pod_yaml=POD, dotcnilint_yaml=USELESS)
    (tmp_path / "a.md").write_text("")
    assert [notice.removeprefix(".cnilint.yaml:") for notice in analysis_of(tmp_path).notices] == [
        "7: target cilium: no object of cilium in the manifests",
        "16: root `prod` of environment `all` matches no file",
        "9: exclude `nothing/` matches no file",
        "2: external ConfigMap */sttings matches no reference",
        "5: producer of Secret settings matches no reference",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("targets: {istio: '1.24.2'}", "1:11: unknown component `istio`: did you mean `istiod`?"),
        ("ignore: [mising-key]", "1:10: unknown code `mising-key`: did you mean `missing-key`?"),
        ("ignore: [cilium/tunel]", "1:10: unknown rule `cilium/tunel`"),
        ("ignore: [nobody/x]", "1:10: unknown rule `nobody/x`"),
        ("format: yaml", "1:9: format: expected one of text, concise"),
        ("kube-version: newest", "1:15: kube-version: expected a version such as `1.30`"),
        ("namespace: Bad Name", "1:12: namespace: expected the name of a namespace"),
        ("closed-world: 'yes'", "1:15: closed-world: expected `true` or `false`"),
        ("fail-on: errors", "1:10: fail-on: expected one of error, warning, note, never"),
        ("baseline: ../x", ".cnilint.yaml: the baseline"),
    ],
)
def test_mistakes_have_a_place_and_a_hint(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / ".cnilint.yaml").write_text(text)
    with pytest.raises(UsageError) as raised:
        load(None, str(tmp_path), CODES)
    assert str(raised.value).removeprefix(".cnilint.yaml:").startswith(message.removeprefix(".cnilint.yaml:"))


def test_selectors_are_canonical(tmp_path: Path) -> None:
    (tmp_path / ".cnilint.yaml").write_text(
        "select: [cni1, istio-cni/network-config]\nignore: [missing-key]\n"
        "suppressions: [{code: missing-object, reason: known}]\n"
    )
    config = load(None, str(tmp_path), CODES)
    assert (config.select, config.ignore) == (("CNI1", "istio-cni/network-config"), ("CNI101",))
    assert [each.code for each in config.suppressions] == ["CNI102"]
