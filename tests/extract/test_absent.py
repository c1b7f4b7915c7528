"""What may write a file that a kustomization lists and the source does not have."""

from pathlib import Path

import pytest

from cnilint.extract.absent import AbsentFiles
from cnilint.extract.listing import listing
from cnilint.source import WorkTree

WRITERS = {
    "redirection": "helm template x > all.yaml",
    "appended": 'echo a >> "./all.yaml"',
    "tee": "kubectl get x -o yaml | tee -a all.yaml | wc",
    "option": "yq . x.yaml -o=json --output all.yaml",
    "short option": "curl -sL https://x -o all.yaml",
    "copy": "cp base.yaml all.yaml; true",
    "variable folder": 'envsubst < a > "$DIR/all.yaml"',
    "folder": "sops -d x > app/all.yaml",
    "make": "all.yaml: values.yaml\n\thelm template . > $@\n",
    "Python": 'with open("all.yaml", "w") as file:',
    "Terraform": 'filename = "${path.module}/app/all.yaml"',
}
OTHERS = {
    "applied": "kubectl apply -f all.yaml",
    "read": "cat < all.yaml",
    "compared": "[ a -> all.yaml ]",
    "other folder": "helm template x > other/all.yaml",
    "other file": "helm template x > all.yaml.bak",
    "opened": 'open("all.yaml", "r")',
}


@pytest.mark.parametrize("text", WRITERS.values(), ids=WRITERS)
def test_written(text: str, tmp_path: Path) -> None:
    assert _reason(tmp_path, "render.sh", text) == "`render.sh` writes it"


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_not_written(text: str, tmp_path: Path) -> None:
    assert _reason(tmp_path, "render.sh", text) == ""


def test_a_script_elsewhere_has_to_go_there(tmp_path: Path) -> None:
    assert _reason(tmp_path, "other/render.sh", "helm template x > all.yaml") == ""
    assert _reason(tmp_path, "other/render.sh", "cd ../app && helm template x > all.yaml")


@pytest.mark.parametrize("model", ["all.example.yaml", "all.yaml.dist", "sample-all.yaml"])
def test_made_from_an_example(model: str, tmp_path: Path) -> None:
    assert _reason(tmp_path, f"app/{model}", "a: b") == f"it is made from `{model}`"
    assert _reason(tmp_path, "app/all-of-it.yaml", "a: b", "app/small.yaml") == ""


def test_placeholder_and_folder(tmp_path: Path) -> None:
    assert _reason(tmp_path, "x.sh", "", "app/${CLUSTER}/all.yaml") == "its path has a placeholder"
    assert _reason(tmp_path, "app/x.yaml", "", "app") == ""


def _reason(folder: Path, file: str, text: str, path: str = "app/all.yaml") -> str:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text)
    source = WorkTree([str(folder)])
    return AbsentFiles(source, listing(source, ())).reason(path)


@pytest.mark.parametrize(
    "expected", [["app/all.yaml"], ["app/all.yaml", "app/\u00e4.yaml"], ["x/other.yaml"], []]
)
def test_expected_names_change_no_reason(expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "make.sh").write_text("helm template a > app/all.yaml\nhelm template b > x/other.yaml\n")
    (tmp_path / "other.sh").write_text("helm template c > app/rest.yaml\n")
    source = WorkTree([str(tmp_path)])
    absent = AbsentFiles(source, listing(source, ()))
    absent.expect(expected)
    reasons = [
        absent.reason(path) for path in ("app/all.yaml", "x/other.yaml", "app/rest.yaml", "app/none.yaml")
    ]
    assert reasons == ["`make.sh` writes it", "`make.sh` writes it", "`other.sh` writes it", ""]


@pytest.mark.parametrize(
    ("script", "text", "reason"),
    [
        ("Makefile", "bundle:\n\toperator-sdk generate kustomize manifests -q\n", "`Makefile` writes it"),
        ("other/Makefile", "bundle:\n\toperator-sdk generate kustomize manifests -q\n", ""),
        ("Makefile", "bundle:\n\toperator-sdk generate bundle\n", ""),
    ],
)
def test_generated_under_a_name_of_its_own(script: str, text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / script).parent.mkdir(exist_ok=True)
    (tmp_path / script).write_text(text)
    source = WorkTree([str(tmp_path)])
    absent = AbsentFiles(source, listing(source, []))
    assert absent.reason("config/manifests/bases/web.clusterserviceversion.yaml") == reason
