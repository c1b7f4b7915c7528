"""Files and kustomizations to environments: each signal, and why an environment was formed."""

import pytest

from cnilint.environment import Environment, form
from cnilint.environment.model import DeclaredEnvironment
from cnilint.extract.model import FileFacts, Gap, Rendered
from tests.environment.test_namespace import ARGO
from tests.objects import facts_in, file_of

POD = "{apiVersion: v1, kind: Pod, metadata: {name: a}}"
TWO = (
    "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n"
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
)


def _rendered(root: str, text: str = POD, **more: object) -> Rendered:
    return Rendered(root=root, objects=facts_in(text), gaps=(), **more)  # type: ignore[arg-type]


def _names(environments: list[Environment]) -> list[str]:
    return [each.name for each in environments]


def test_each_folder_is_an_environment() -> None:
    found = form([file_of("b/a.yaml", POD), file_of("a/a.yaml", POD), file_of("top.yaml", POD)], [])
    assert _names(found) == [".", "a", "b"]
    assert {each.reason for each in found} == {"files of one folder"}


def test_a_kustomization_is_an_environment() -> None:
    (found,) = form([], [_rendered("overlays/prod")])
    assert (found.name, found.reason) == ("overlays/prod", "a kustomization that no other one includes")
    assert found.words == {"prod"}
    assert found.unjudged == ""


def test_a_component_is_not_judged() -> None:
    (found,) = form([], [_rendered("components/tls", component=True)])
    assert found.unjudged == "a component is judged through the kustomizations that use it"


def test_files_that_their_kustomization_does_not_list_are_not_judged() -> None:
    found = form([file_of("app/a.yaml", POD)], [_rendered("app")], kustomized=frozenset(["app"]))
    assert {each.name: bool(each.unjudged) for each in found} == {"app": False, "app (unlisted)": True}


def test_a_hydrated_folder_is_one_environment() -> None:
    files = [file_of("out/web/a.yaml", POD), file_of("out/web/crds/b.yaml", POD)]
    (found,) = form(files, [], hydrated=frozenset(["out/web"]))
    assert (found.name, found.reason) == ("out/web", "a folder that a hydrator wrote")


def test_the_output_folder_of_helm_is_one_environment() -> None:
    facts = facts_in(POD)
    files = [
        FileFacts(file=f"out/{source}", objects=facts, sources=(source,))
        for source in ("chart/templates/a.yaml", "chart/templates/sub/b.yaml")
    ]
    assert _names(form(files, [])) == ["out"]


def test_a_stream_is_one_environment() -> None:
    (found,) = form([file_of("a.yaml", POD), file_of("b.yaml", POD)], [], stream="stdin")
    assert (found.name, found.roots, len(found.objects)) == ("stdin", ("stdin",), 2)


def test_the_configuration_goes_before_every_other_signal() -> None:
    declared = [
        DeclaredEnvironment(name="east", roots=("clusters/east", "shared"), namespace=None, cluster="one"),
        DeclaredEnvironment(name="west", roots=("clusters/west", "shared"), namespace=None),
    ]
    files = [file_of(f"{folder}/a.yaml", POD) for folder in ("clusters/east", "clusters/west", "shared")]
    east, west = form(files, [], declared=declared)
    assert [len(each.objects) for each in (east, west)] == [2, 2]
    assert (east.anchor, west.anchor) == ("one", "west")
    assert east.family == west.family


@pytest.mark.parametrize(
    ("roots", "path", "declared"),
    [
        (("a",), "a/b/c.yaml", True),
        (("a",), "ab/c.yaml", False),
        (("a/*",), "a/b", True),
        (("",), "x.yaml", True),
    ],
)
def test_roots_of_the_configuration(roots: tuple[str, ...], path: str, declared: bool) -> None:
    entry = DeclaredEnvironment(name="named", roots=roots, namespace=None)
    found = form([file_of(path, POD)], [], declared=[entry])
    assert ("named" in _names(found)) is declared


def test_the_longest_root_of_the_configuration_holds_a_file() -> None:
    declared = [DeclaredEnvironment(name=root, roots=(root,), namespace=None) for root in ("a", "a/b")]
    assert _names(form([file_of("a/b/c.yaml", POD)], [], declared=declared)) == ["a/b"]


def test_an_application_says_that_its_folder_is_deployed() -> None:
    found = form(
        [file_of("apps/a.yaml", POD), file_of("argo/app.yaml", ARGO), file_of("old/a.yaml", POD)], []
    )
    assert {each.name: each.deployed for each in found} == {"apps": True, "argo": False, "old": False}
    assert found[0].reason == "files of one folder; applied by Application app"


def test_without_a_deployer_nothing_is_known_to_be_deployed() -> None:
    (found,) = form([file_of("apps/a.yaml", POD)], [])
    assert found.deployed is None


def test_an_application_for_each_cluster_makes_an_environment_each() -> None:
    both = "---".join(
        ARGO.replace("app,", f"{name},").replace("namespace: argo-target", f"namespace: {name}")
        for name in ("dev", "prod")
    )
    found = form([file_of("apps/a.yaml", POD), file_of("argo/app.yaml", both)], [])
    assert _names(found) == ["apps (namespace dev)", "apps (namespace prod)", "argo"]
    assert [each.namespace for each in found[:2]] == ["dev", "prod"]


def test_an_undeployed_folder_is_not_judged() -> None:
    (found,) = form([file_of("examples/app/a.yaml", POD)], [])
    assert found.unjudged == "folder 'examples' is not deployed"
    (found,) = form([file_of("examples/app/a.yaml", POD)], [], base="examples/app")
    assert found.unjudged == ""


def test_an_example_that_combines_other_folders_is_judged() -> None:
    (found,) = form([], [_rendered("examples/all", bases=frozenset(["app"]))])
    assert found.unjudged == ""


def test_twin_folders_are_environments_whatever_they_are_called() -> None:
    found = form([file_of(f"sites/{name}/a.yaml", TWO) for name in ("alpha", "beta")], [])
    assert [each.words for each in found] == [{"alpha"}, {"beta"}]
    assert found[0].family == found[1].family


def test_files_that_name_environments_are_apart() -> None:
    files = [file_of(f"app/{name}.yaml", POD) for name in ("values-dev", "values-prod")]
    found = form([*files, file_of("app/common.yaml", POD.replace("name: a", "name: b"))], [])
    assert _names(found) == ["app", "app/values-dev.yaml", "app/values-prod.yaml"]


def test_files_that_define_the_same_objects_are_variants() -> None:
    found = form([file_of("app/one.yaml", TWO), file_of("app/two.yaml", TWO)], [])
    assert _names(found) == ["app/one.yaml", "app/two.yaml"]
    assert found[0].reason == "a file by itself: its folder holds variants of it"


def test_gaps_of_files_and_builds_are_those_of_their_environment() -> None:
    file = FileFacts(file="app/a.yaml", gaps=(Gap("broken", frozenset(["x"])),))
    built = Rendered(root="app", objects=(), gaps=(Gap("remote"),))
    (found,) = form([file], [built])
    assert [gap.reason for gap in found.gaps] == ["broken", "remote"]
