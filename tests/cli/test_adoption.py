"""An existing repository adopts cnilint: the baseline, counts, paths from the current folder, an editor's buffer."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnilint.cli.main import cli
from cnilint.errors import UsageError
from tests.cli.test_check import POD, SETTINGS, cnilint, git
from tests.conftest import ROOT


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Git repository with a broken key, in whose folder ``apps`` the user is."""
    apps = tmp_path / "apps"
    apps.mkdir()
    git(tmp_path, "init", "-q")
    (apps / "pod.yaml").write_text(POD)
    (apps / "settings.yaml").write_text(SETTINGS % "other")
    monkeypatch.chdir(apps)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> tuple[int, str]:
    """Exit code and output, of standard error too."""
    result = CliRunner().invoke(cli, arguments, input=stdin)
    if isinstance(result.exception, UsageError):
        return 2, f"{result.exception} ({result.exception.hint})"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_baseline_from_the_first_run_to_the_last_fix(repository: Path) -> None:
    assert run("check")[0] == 1
    code, said = run("baseline")
    assert (code, "1 finding" in said, "`cnilint check --baseline ../.cnilint-baseline`" in said) == (
        0,
        True,
        True,
    )

    (repository / ".cnilint.yaml").write_text("baseline: .cnilint-baseline\n")
    code, text = run("check")
    assert code == 0
    assert text.endswith(
        "Left out 1 known finding of the baseline ../.cnilint-baseline.\n"
        "No new findings: 1 known finding in the baseline.\n"
    )

    # What moves stays known, what is new fails.
    (repository / "apps" / "pod.yaml").write_text(
        "# moved\n\n" + POD + POD.replace("agent", "other").replace("apiV", "---\napiV")
    )
    code, text = run("check")
    assert (code, text.count("error[CNI101]"), "Pod other" in text) == (1, 1, True)

    (repository / "apps" / "pod.yaml").write_text(POD)
    (repository / "apps" / "settings.yaml").write_text(SETTINGS % "level")
    code, text = run("check")
    assert code == 0
    assert (
        "notice: ../.cnilint-baseline:3: CNI101 no longer occurs: apps/pod.yaml: Pod agent: key `level`"
        in text
    )
    assert "run `cnilint baseline` to remove the entries that no longer occur" in text
    assert "0 new, 1 removed" in run("baseline")[1]
    assert "no longer" not in run("check")[1]


def test_a_baseline_applies_to_a_comparison(repository: Path) -> None:
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "first")
    (repository / "apps" / "other.yaml").write_text(POD.replace("agent", "other"))
    assert run("check", "--since", "HEAD")[0] == 1
    run("baseline")
    assert run("check", "--since", "HEAD")[0] == run("diff", "HEAD")[0] == 1
    code, text = run("check", "--since", "HEAD", "--baseline", "../.cnilint-baseline")
    assert (code, "Left out 1 known finding" in text) == (0, True)
    (repository / ".cnilint.yaml").write_text("baseline: .cnilint-baseline\n")
    for command in (("check", "--since", "HEAD"), ("diff", "HEAD")):
        code, text = run(*command)
        assert (code, "Left out 1 known finding" in text) == (0, True)


def test_a_baseline_has_every_finding_of_a_fault(repository: Path) -> None:
    text = (ROOT / "tests/examples/upgrade/istio-cni.yaml").read_text()
    (repository / "apps" / "pod.yaml").unlink()
    (repository / "apps" / "upgrade.yaml").write_text(text)
    run("baseline")
    entries = (repository / ".cnilint-baseline").read_text()
    assert [entries.count(code) for code in ("CNI201", "CNI101", "CNI107")] == [2, 1, 1]
    assert run("check", "--baseline", "../.cnilint-baseline")[0] == 0
    # The other finding of a fault stays known where the first one is fixed, or no longer selected.
    assert run("check", "--baseline", "../.cnilint-baseline", "--ignore", "CNI201")[0] == 0
    assert run("baseline", "--file", "../.cnilint-baseline")[0] == 0
    assert (repository / ".cnilint-baseline").read_text() == entries


def test_a_baseline_of_a_path_keeps_what_is_elsewhere(repository: Path) -> None:
    (repository / "more").mkdir()
    for name in ("pod.yaml", "settings.yaml"):
        (repository / "more" / name).write_text((repository / "apps" / name).read_text())
    run("baseline", "..")
    both = (repository / ".cnilint-baseline").read_text()
    assert both.count("CNI101") == 2
    (repository / "more" / "settings.yaml").write_text(SETTINGS % "level")
    run("baseline", "pod.yaml")
    assert (repository / ".cnilint-baseline").read_text().count("CNI101") == 1
    run("baseline", "--select", "CNI9")
    assert (repository / ".cnilint-baseline").read_text().count("CNI101") == 1


def test_a_baseline_that_is_not_there(repository: Path) -> None:
    code, text = run("check", "--baseline", "nowhere")
    assert (code, "`cnilint baseline`" in text) == (2, True)


def test_json_counts_what_the_baseline_has(repository: Path) -> None:
    run("baseline")
    _, text = run("check", "--baseline", "../.cnilint-baseline", "--format", "json")
    report = json.loads(text)
    assert report["findings"] == []
    assert report["baseline"] == {"file": "../.cnilint-baseline", "known": 1, "stale": 0}


def test_people_get_paths_from_where_they_are_and_programs_from_the_root(repository: Path) -> None:
    for form in ("text", "concise"):
        assert run("check", "--format", form)[1].startswith("pod.yaml:9:")
    assert json.loads(run("check", "--format", "json")[1])["findings"][0]["file"] == "apps/pod.yaml"
    assert "apps/pod.yaml" in run("check", "--format", "sarif")[1]
    assert "file=apps/pod.yaml" in run("check", "--format", "github")[1]


def test_paths_from_outside_of_the_repository(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    _, text = run("check", str(repository), "--format", "concise")
    file = text.split(":")[0]
    assert (Path.cwd() / file).resolve() == repository / "apps" / "pod.yaml"


def test_an_editors_buffer_replaces_its_file(repository: Path) -> None:
    """The ConfigMap is in another file: the buffer alone would be a missing object."""
    code, text = run("check", "--stdin-name", "pod.yaml", "-", stdin=POD.replace("level}", "other}"))
    assert (code, "No findings: 1 of 1 reference verified." in text) == (0, True)
    code, text = run("check", "--stdin-name", "settings.yaml", "-", stdin=SETTINGS % "level")
    assert code == 0
    code, text = run("check", "--stdin-name", "pod.yaml", "-", stdin=POD)
    assert (code, text.startswith("pod.yaml:9:58: error[CNI101]")) == (1, True)


def test_a_name_that_is_no_file_is_a_label(repository: Path) -> None:
    _, text = run("check", "--stdin-name", "rendered.yaml", "-", stdin=POD)
    assert text.startswith("rendered.yaml:9:43: warning[CNI102]")


CONFIGURED = [
    ("fail-on: never", (), 0, ""),
    ("fail-on: never", ("--fail-on", "error"), 1, ""),
    ("format: concise", (), 1, "pod.yaml:9:58: CNI101 error"),
    ("format: concise", ("--format", "text"), 1, "error[CNI101]"),
    ("select: [CNI9]", (), 0, "hidden by --select"),
    ("closed-world: true\nselect: [CNI102]", ("gone.yaml",), 1, "error[CNI102]"),
    ("closed-world: true\nselect: [CNI102]", ("--no-closed-world", "gone.yaml"), 0, "warning[CNI102]"),
    ("kube-version: '1.32'", ("old.yaml",), 1, "CNI204"),
    ("kube-version: '1.32'", ("--kube-version", "1.20", "old.yaml"), 0, ""),
    ("namespace: shop", ("gone.yaml", "--select", "CNI102"), 0, "namespace: shop"),
]


@pytest.mark.parametrize(("config", "options", "code", "words"), CONFIGURED)
def test_the_configuration_has_options_and_the_command_line_overrides_them(
    repository: Path, config: str, options: tuple[str, ...], code: int, words: str
) -> None:
    (repository / ".cnilint.yaml").write_text(f"{config}\n")
    (repository / "apps" / "gone.yaml").write_text(POD.replace("settings", "nowhere").replace("agent", "b"))
    (repository / "apps" / "old.yaml").write_text(
        "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n"
    )
    found, text = run("check", *options)
    assert (found, words in text) == (code, True), text


def test_a_hint_can_be_pasted(repository: Path) -> None:
    from cnilint.checks import CODES
    from cnilint.config.load import parse

    (repository / "apps" / "settings.yaml").unlink()
    text = run("check", "--namespace", "shop")[1]
    pasted = text.split("add to .cnilint.yaml: `")[1].split("`")[0]
    assert pasted == "external: [{kind: ConfigMap, name: settings, namespace: shop, reason: ...}]"
    parse("x", pasted.encode(), repository, CODES)
    (repository / ".cnilint.yaml").write_text(pasted)
    assert "1 provided elsewhere" in run("check", "--namespace", "shop")[1]


def test_a_suppression_can_be_pasted(repository: Path) -> None:
    text = run("check", "-v")[1]
    pasted = text.split("suppress it with `")[1].split("`")[0]
    (repository / ".cnilint.yaml").write_text(f"suppressions:\n{pasted}\n")
    code, text = run("check")
    assert (code, "Suppressed 1 finding." in text, "matches nothing" in text) == (0, True, False)


MANY = 150


@pytest.fixture
def many(repository: Path) -> Path:
    """More findings than anybody reads: of three codes, most of them with one cause."""
    for number in range(MANY):
        folder = repository / "clusters" / f"c{number % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.yaml").write_text(POD.replace("settings", "gone").replace("agent", f"a{number}"))
    return repository


def test_many_findings_begin_with_where_to_begin(many: Path) -> None:
    code, text = run("check", "..")
    lines = text.splitlines()
    assert code == 1
    assert text.count("error[") + text.count("warning[") == 10
    assert lines[0].startswith("pod.yaml:9:58: error[CNI101]")
    assert "151 findings, 10 of them shown: one of each of the worst causes. Where to begin:" in lines
    assert "    1 error    CNI101 missing-key" in lines
    assert "  150 warnings CNI102 missing-object" in lines
    assert "  150  CNI102 ConfigMap gone" in lines
    assert "  22  ../clusters/c0" in lines
    assert "  43  in 3 others" in lines
    assert any(line.startswith("  cnilint baseline ") for line in lines)
    assert lines[-1] == "Found 1 error, 150 warnings."


@pytest.mark.parametrize(("limit", "shown"), [("0", 151), ("3", 3), ("1000", 151)])
def test_max_findings(many: Path, limit: str, shown: int) -> None:
    code, text = run("check", "..", "--max-findings", limit)
    assert (code, text.count("error[") + text.count("warning[")) == (1, shown)
    assert ("Where to begin" in text) is (shown < 151)


def test_statistics(many: Path) -> None:
    code, text = run("check", "..", "--statistics")
    assert (code, text.splitlines()[:3]) == (
        1,
        ["  1 error    CNI101 missing-key", "150 warnings CNI102 missing-object", ""],
    )


@pytest.mark.parametrize("option", [("--statistics",), ("--max-findings", "5")])
def test_an_option_of_text_is_refused_where_it_would_do_nothing(
    repository: Path, option: tuple[str, ...]
) -> None:
    code, text = run("check", "--format", "json", *option)
    assert (code, "needs --format text" in text) == (2, True)


def test_the_codes_are_listed() -> None:
    from cnilint.checks import CODES

    code, text = run("explain")
    assert code == 0
    assert [line[:6] for line in text.splitlines()[: len(CODES)]] == list(CODES)


@pytest.mark.parametrize(
    ("variables", "colored"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colors_without_a_terminal(
    repository: Path, variables: dict[str, str], colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run("check", "--format", "text")[1]) is colored


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-16"])
def test_no_encoding_stops_a_run(tmp_path: Path, encoding: str) -> None:
    """What a pipe of Windows, or the locale C, has: names of any script are in every list of environments."""
    (tmp_path / "größe-日本").mkdir()
    (tmp_path / "größe-日本" / "pod.yaml").write_text(POD, "utf-8")
    for option in ("--explain-environments", "-v"):
        result = cnilint("check", option, cwd=tmp_path, PYTHONIOENCODING=encoding)
        assert result.returncode == 0, result.stderr
        assert "größe-日本" in result.stdout
    bare = cnilint("check", "-v", cwd=tmp_path, PYTHONIOENCODING=encoding, LC_ALL="C", PYTHONUTF8="0")
    assert bare.returncode == 0, bare.stderr


@pytest.mark.parametrize(
    "arguments", ["explain CNI101", "explain", "rules list istio-cni", "rules diff cilium 1.17 1.18"]
)
def test_no_encoding_stops_a_page(tmp_path: Path, arguments: str) -> None:
    result = cnilint(*arguments.split(), cwd=tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_finding_in_several_environments_is_counted_as_it_is_told(repository: Path) -> None:
    for folder in ("one", "two"):
        (repository / folder).mkdir()
        (repository / folder / "kustomization.yaml").write_text("resources: [../apps]\n")
    (repository / "apps" / "kustomization.yaml").write_text("resources: [pod.yaml, settings.yaml]\n")
    found = next(line for line in run("check", "..")[1].splitlines() if line.startswith("Found"))
    assert found == "Found 1 error."
    text = run("baseline", "..")[1]
    assert "cnilint-baseline: 1 finding, 2 lines: one for each environment" in text
    text = run("check", "..", "--baseline", "../.cnilint-baseline")[1]
    assert "Left out 1 known finding of the baseline" in text
    assert "No new findings: 1 known finding in the baseline." in text


@pytest.mark.parametrize("ignored", [True, False])
def test_what_git_ignores_is_not_in_other_checkouts(repository: Path, ignored: bool) -> None:
    (repository / ".gitignore").write_text(".*\n" if ignored else "*.log\n")
    notice = "ignored by Git, so that other checkouts and CI do not have it: `git add --force .cnilint"
    assert (notice in run("baseline")[1]) is ignored
    (repository / ".cnilint.yaml").write_text("baseline: .cnilint-baseline\n")
    assert run("check")[1].count(notice) == (2 if ignored else 0)
    git(repository, "add", "--force", ".cnilint.yaml", ".cnilint-baseline")
    assert notice not in run("check")[1]


def test_a_chart_alone_is_not_a_success_and_says_what_to_do(repository: Path) -> None:
    templates = repository / "web" / "templates"
    templates.mkdir(parents=True)
    (templates.parent / "Chart.yaml").write_text("{apiVersion: v2, name: web, version: 0.1.0}\n")
    (templates / "pod.yaml").write_text(POD.replace("name: agent", "name: {{ .Release.Name }}"))
    result = cnilint("check", "../web", cwd=repository / "apps")
    assert (result.returncode, "note[CNI903]" in result.stdout) == (2, True)
    assert "it does not fail the run, since --fail-on is error" in result.stdout
    assert "nothing but unrendered charts or templates (pipe `helm template` into" in result.stderr
    result = cnilint("check", "../web/templates/pod.yaml", cwd=repository / "apps")
    assert "render templates first" in result.stderr
