"""``cnilint diff`` and ``check --since``: real repositories, from the change to the report and the exit code."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cnilint.cli.main import cli
from cnilint.errors import UsageError
from tests.cli.test_check import git

SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: apps}}\ndata: {{{data}}}\n"
READER = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: apps}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - name: web
        image: web:1
        env:
        - name: LEVEL
          valueFrom: {{configMapKeyRef: {{name: {target}, key: {key}}}}}
"""


class Repository:
    """A repository whose commits are folders' worth of files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        git(folder, "init", "-q", "-b", "main")

    def write(self, **files: str | None) -> "Repository":
        """Writes files, ``__`` for a slash in their names and ``.yaml`` at their end; None removes one."""
        for name, text in files.items():
            path = self.folder / f"{name.replace('__', '/')}.yaml"
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        return self

    def commit(self, message: str = "change", **files: str | None) -> str:
        self.write(**files)
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "-qm", message)
        return git(self.folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Repository(folder)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def report(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code in (0, 1), result.output
    return dict(json.loads(result.stdout))


def found(*arguments: str) -> list[str]:
    """The findings as ``severity code target``."""
    return [
        f"{each['severity']} {each['code']} {(each['target'] or {}).get('key') or (each['target'] or {}).get('name')}"
        for each in report(*arguments)["findings"]
    ]


def settings(name: str = "settings", **data: str) -> str:
    return SETTINGS.format(name=name, data=", ".join(f"{key}: '{value}'" for key, value in data.items()))


def reader(name: str = "web", target: str = "settings", key: str = "level") -> str:
    return READER.format(name=name, target=target, key=key)


def test_a_deleted_key_names_every_reader_that_the_change_does_not_touch(repository: Repository) -> None:
    repository.commit(settings=settings(level="info", mode="a"), one=reader("one"), two=reader("two"))
    repository.commit(settings=settings(mode="a"))
    result = run("diff", "HEAD~1", "HEAD", "--format", "json")
    assert result.exit_code == 1
    value = json.loads(result.stdout)
    (removed,) = (each for each in value["findings"] if each["code"] == "CNI401")
    assert removed["message"] == "key `level` of ConfigMap `settings` is removed, and 2 objects still read it"
    assert (removed["file"], removed["line"], removed["severity"]) == ("settings.yaml", 4, "error")
    assert [(each["file"], each["message"]) for each in removed["related"]] == [
        ("one.yaml", "read by Deployment `one`"),
        ("two.yaml", "read by Deployment `two`"),
    ]
    assert value["source"]["base"] == git(repository.folder, "rev-parse", "HEAD~1")
    assert sorted(found("diff", "HEAD~1")) == [
        "error CNI101 level",
        "error CNI101 level",
        "error CNI401 level",
    ]
    assert found("diff", "HEAD", "HEAD~1") == []


def test_a_deleted_file_is_the_place_of_its_removal(repository: Repository) -> None:
    repository.commit(settings=settings(level="info"), web=reader())
    repository.commit(settings=None)
    (removed,) = (each for each in report("diff", "HEAD~1")["findings"] if each["code"] == "CNI401")
    assert (removed["file"], removed["line"], removed["target"]["key"]) == ("settings.yaml", 3, None)
    text = run("diff", "HEAD~1").stdout
    assert "3 | metadata: {name: settings, namespace: apps}" in text


def test_what_was_broken_before_is_not_new(repository: Repository) -> None:
    repository.commit(settings=settings(mode="a"), web=reader())
    repository.commit(other=settings("other", x="1"))
    assert found("diff", "HEAD~1") == []
    assert "1 of 1 reference is broken as before" in run("diff", "HEAD~1").stdout
    repository.commit(second=reader("second"))
    assert found("diff", "HEAD~1") == ["error CNI101 level"]
    assert found("check", "--since", "HEAD~1") == ["error CNI101 level"]
    assert run("check", "--since", "HEAD~1").exit_code == 1


@pytest.mark.parametrize("edit", ["moved", "shifted"])
def test_findings_are_followed_to_other_folders_and_lines(repository: Repository, edit: str) -> None:
    repository.commit(prod__settings=settings(mode="a"), prod__web=reader(), dev__web=reader())
    if edit == "moved":
        repository.commit(
            prod__settings=None, prod__web=None, live__settings=settings(mode="a"), live__web=reader()
        )
    else:
        repository.commit(prod__web="# a comment\n\n" + reader())
    assert found("diff", "HEAD~1") == []


def test_a_parse_error_follows_its_file(repository: Repository) -> None:
    repository.commit(old__web=reader() + "broken: {", old__settings=settings(level="a"))
    repository.commit(old__web=None, new__web=reader() + "broken: {")
    assert [each for each in found("diff", "HEAD~1") if "CNI901" in each] == []


def test_a_rename_in_the_same_change_is_evidence(repository: Repository) -> None:
    repository.commit(settings=settings(level="a"), web=reader())
    repository.commit(web=reader(target="configuration"))
    (finding,) = report("diff", "HEAD~1")["findings"]
    assert (finding["code"], finding["severity"]) == ("CNI102", "error")
    assert "this change renames the reference: `settings` was defined" in finding["evidence"]
    # A reference that is new may be to what is created elsewhere.
    repository.commit(web=reader(), second=reader("second", target="elsewhere"))
    assert found("diff", "HEAD~1") == ["warning CNI102 level"]


def test_a_dropped_variable_that_would_dangle_or_override(repository: Repository) -> None:
    old = reader() + "        - {name: MODE, value: slow}\n        - {name: DEAD, value: x}\n"
    new = reader().replace(
        "        env:\n        - name: LEVEL\n          valueFrom: {configMapKeyRef: {name: settings, key: level}}\n",
        "        envFrom:\n        - configMapRef: {name: settings}\n",
    )
    repository.commit(settings=settings(level="info"), web=old)
    repository.commit(settings=settings(MODE="fast"), web=new)
    hazards = report("diff", "HEAD~1", "--select", "CNI402")["findings"]
    assert [(each["message"], each["effect"], each["container"]) for each in hazards] == [
        (
            "variable `LEVEL` would not resolve if it stayed: key `level` of ConfigMap `settings` is gone",
            "fatal",
            "web",
        ),
        (
            "variable `MODE` would override key `MODE` of ConfigMap `settings` if it stayed",
            "silent-override",
            "web",
        ),
    ]
    start = git(repository.folder, "rev-parse", "HEAD~1")[:12]
    line = old.splitlines().index("        - name: LEVEL") + 1  # Its reference is in the next one.
    assert [each["evidence"] for each in hazards] == [
        [f"it was at web.yaml:{number} of {start}"] for number in (line + 1, line + 2)
    ]
    assert run("diff", "HEAD~1").exit_code == 0
    assert found("diff", "HEAD", "HEAD~1", "--select", "CNI402") == []


def test_an_immutable_field_a_renamed_workload_and_a_moved_selector(repository: Repository) -> None:
    repository.commit(settings=settings(level="a"), web=reader(), job=_job("job:1"))
    repository.commit(
        web=reader().replace("matchLabels: {app: web}", "matchLabels: {tier: web}"), job=_job("job:2")
    )
    assert found("diff", "HEAD~1") == ["error CNI403 None", "error CNI403 None"]
    repository.commit(job=_job("job:3").replace("spec:\n", "spec:\n  ttlSecondsAfterFinished: 60\n", 1))
    assert found("diff", "HEAD~1") == []
    repository.commit(web=reader("web2"), settings=settings(level="a"))
    assert found("diff", "HEAD~1", "--select", "CNI404") == ["warning CNI404 None"]
    repository.commit(web=reader("web2").replace("web:1", "web:2"))
    assert found("diff", "HEAD~1") == []


def test_a_spec_that_must_not_change_is_told_with_what_changes_in_it(repository: Repository) -> None:
    claim = (
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: apps}\n"
        "spec: {storageClassName: slow, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
    )
    repository.commit(claim=claim)
    repository.commit(claim=claim.replace("1Gi", "2Gi"))
    assert found("diff", "HEAD~1") == []
    repository.commit(claim=claim.replace("slow", "fast").replace("WriteOnce", "WriteMany"))
    (fault,) = report("diff", "HEAD~2")["findings"]
    assert fault["message"] == "`spec` of PersistentVolumeClaim `data` is immutable"
    assert fault["evidence"] == ["the change is in `spec.accessModes`, `spec.storageClassName`"]


@pytest.mark.parametrize("prune", [True, False])
def test_a_deployer_that_prunes_deletes_the_twin(repository: Repository, prune: bool) -> None:
    flux = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux}\n"
        f"spec: {{path: ./apps, prune: {str(prune).lower()}, sourceRef: {{kind: GitRepository, name: main}}}}\n"
    )
    repository.commit(cluster__apps=flux, apps__settings=settings(level="a"), apps__web=reader())
    repository.commit(apps__web=reader("web2"))
    assert found("diff", "HEAD~1") == ([] if prune else ["warning CNI404 None"])


def _job(image: str) -> str:
    return (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: job, namespace: apps}\nspec:\n"
        f"  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - {{name: job, image: '{image}'}}\n"
    )


def test_the_index_and_the_work_tree(repository: Repository) -> None:
    repository.commit(settings=settings(level="a"), web=reader())
    repository.write(settings=settings(mode="a"))
    git(repository.folder, "add", "settings.yaml")
    repository.write(settings=settings(level="a"))
    assert found("diff", "HEAD") == []
    assert "error CNI401 level" in found("diff", "HEAD", "--staged")
    assert "error CNI401 level" in found("check", "--since", "HEAD", "--staged")
    assert found("check", "--staged") == ["error CNI101 level"]
    assert found("check") == []
    with pytest.raises(UsageError, match="leave HEAD out"):
        CliRunner().invoke(cli, ["diff", "HEAD", "HEAD", "--staged"], catch_exceptions=False)


def test_a_shallow_checkout_of_a_pull_request_is_enough(repository: Repository, tmp_path: Path) -> None:
    base = repository.commit(settings=settings(level="a"), web=reader())
    repository.commit(more=settings("more", x="1"))
    repository.commit(settings=settings(mode="a"))
    git(repository.folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "-q", "--depth", "1", repository.folder.as_uri(), "checkout")
    checkout = tmp_path / "checkout"
    git(checkout, "fetch", "-q", "--depth", "1", "origin", base)
    import os

    os.chdir(checkout)
    assert "error CNI401 level" in found("diff", base, "HEAD")
    assert "error CNI401 level" in found("check", "--since", base)
    error = run("diff", "HEAD~1").exception
    assert isinstance(error, UsageError)
    assert "this clone is shallow" in (error.hint or "")


def test_each_revision_has_its_own_configuration(repository: Repository) -> None:
    (repository.folder / ".cnilint.yaml").write_text("exclude: [legacy]\n")
    repository.commit(legacy__web=reader(), legacy__settings=settings(mode="a"))
    (repository.folder / ".cnilint.yaml").write_text("exclude: [other]\n")
    repository.commit()
    assert found("diff", "HEAD~1", "HEAD") == ["error CNI101 level"]
    assert found("check", "--rev", "HEAD~1", "--allow-empty") == []


@pytest.mark.parametrize("format", ["text", "concise", "sarif", "github", "html"])
def test_every_format_shows_a_change(repository: Repository, format: str) -> None:
    repository.commit(settings=settings(level="a"), web=reader())
    repository.commit(settings=None)
    result = run("diff", "HEAD~1", "--format", format)
    assert result.exit_code == 1, result.output
    assert "CNI401" in result.stdout


def test_options_that_have_no_sense_together(repository: Repository) -> None:
    repository.commit(settings=settings(level="a"))
    for arguments in (
        ["check", "-", "--since", "HEAD"],
        ["check", "--render", "--since", "HEAD"],
        ["check", "--staged", "--rev", "HEAD"],
        ["check", "--staged", "-"],
        ["diff", "nothing"],
    ):
        assert isinstance(CliRunner().invoke(cli, arguments, input="").exception, UsageError), arguments


def test_the_incident_from_git_alone(repository: Repository, shared: Path) -> None:
    releases = {
        name: (shared / "corpus/istio-cni" / f"{name}.yaml").read_text() for name in ("1.22.5", "1.24.2")
    }
    repository.commit(cni=releases["1.22.5"])
    repository.commit(cni=releases["1.24.2"])
    literals = {
        "CHAINED_CNI_PLUGIN",
        "REPAIR_ENABLED",
        "REPAIR_LABEL_PODS",
        "REPAIR_DELETE_PODS",
        "REPAIR_REPAIR_PODS",
        "REPAIR_INIT_CONTAINER_NAME",
        "REPAIR_BROKEN_POD_LABEL_KEY",
        "REPAIR_BROKEN_POD_LABEL_VALUE",
    }
    for revisions in (("HEAD~1", "HEAD"), ("HEAD", "HEAD~1")):
        hazards = report("diff", *revisions, "--select", "CNI402")["findings"]
        assert {each["target"]["key"] for each in hazards} == {"cni_network_config", *literals}
        assert [each["target"]["key"] for each in hazards if each["effect"] == "fatal"] == [
            "cni_network_config"
        ]


def test_a_copy_of_a_file_with_an_old_finding(repository: Repository) -> None:
    """Each of two files with the same objects is an environment of its own; the old finding is that of the old file."""
    repository.commit(apps__settings=settings(mode="a"), apps__web=reader())
    copy = reader()
    repository.write(apps__a_copy=copy)
    value = json.loads(run("diff", "HEAD", "--format", "json").stdout)
    assert {each["file"] for each in value["findings"]} <= {"apps/a_copy.yaml"}


def test_many_findings_of_a_change_begin_with_where_to_begin(repository: Repository) -> None:
    repository.commit(settings=settings(level="a"))
    repository.commit(**{f"web{number}": reader(f"web{number}", key="none") for number in range(101)})
    text = run("diff", "HEAD~1").stdout
    assert "101 findings, 10 of them shown: one of each of the worst causes. Where to begin:" in text
    assert text.count("error[CNI101]") == 10
    said = text.partition("\nNext:\n")[2].splitlines()[:3]
    assert [line.partition("#")[0].strip() for line in said] == [
        "the same with --select CNI101",
        "cnilint explain CNI101",
        "the same with --max-findings 0",
    ]
    assert run("diff", "HEAD~1", "--max-findings", "0").stdout.count("error[CNI101]") == 101
    assert run("diff", "HEAD~1", "--statistics").stdout.startswith("101 errors   CNI101 missing-key\n")
