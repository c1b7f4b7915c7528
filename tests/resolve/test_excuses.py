"""References that resolve in a sibling environment, and what may create an absent object."""

import pytest

from cnilint.resolve.classify import classify
from tests.resolve.conftest import config_map, env, env_from, objects, pod, resolutions

READER = pod(env_from(), "shop")
CUSTOM = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec: {configMapName: settings}\n"
UNREADABLE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: [open\n"
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: settings, namespace: shop}
spec: {chart: {spec: {chart: settings}}}
"""

CASES = {
    "sibling defines it": (
        {"web/overlays/dev/a.yaml": objects(config_map(), READER), "web/overlays/prod/a.yaml": READER},
        {"web/overlays/dev": None, "web/overlays/prod": "CNI111"},
    ),
    "sibling has the key": (
        {
            "web/overlays/dev/a.yaml": objects(config_map(), pod(env("configMapKeyRef"))),
            "web/overlays/prod/a.yaml": objects(config_map(keys="other"), pod(env("configMapKeyRef"))),
        },
        {"web/overlays/dev": None, "web/overlays/prod": "CNI101"},
    ),
    "no sibling has it": (
        {"web/overlays/dev/a.yaml": READER, "web/overlays/prod/a.yaml": READER},
        {"web/overlays/dev": "CNI102", "web/overlays/prod": "CNI102"},
    ),
    "shared folder defines it": (
        {"web/shared/a.yaml": config_map(), "web/prod/a.yaml": READER},
        {"web/prod": None},
    ),
    "custom resource mentions it": ({"app/a.yaml": objects(CUSTOM, READER)}, {"app": None}),
    "unreadable document names it": (
        {"app/a.yaml": READER, "app/b.yaml": UNREADABLE},
        {"app": None},
    ),
    "chart of that name": ({"app/a.yaml": objects(RELEASE, READER)}, {"app": None}),
    "environment that the namespace says has it": (
        {
            "chat/overlays/lab-stage/a.yaml": config_map(),
            "bot/overlays/lab/a.yaml": pod(env_from(), "infra-stage"),
        },
        {"bot/overlays/lab": None},
    ),
    "folder says another environment than the namespace": (
        {
            "chat/overlays/lab-stage/a.yaml": config_map(),
            "bot/overlays/lab-prod/a.yaml": pod(env_from(), "infra-stage"),
        },
        {"bot/overlays/lab-prod": "CNI111"},
    ),
    "definer has an environment of the reader's words": (
        {
            "chat/overlays/prod-us/a.yaml": config_map(),
            "chat/overlays/prod-eu/a.yaml": config_map("other"),
            "bot/overlays/prod-eu/a.yaml": pod(env_from(), "infra-prod"),
        },
        {"bot/overlays/prod-eu": "CNI111"},
    ),
    "some environment has it in the very namespace": (
        {
            "clusters/a/x.yaml": config_map(namespace="shop"),
            "clusters/b/x.yaml": config_map("o"),
            "debug.yaml": READER,
        },
        {".": None},
    ),
    "some environment has it in another namespace": (
        {
            "clusters/a/x.yaml": config_map(namespace="tea"),
            "clusters/b/x.yaml": config_map("o"),
            "debug.yaml": READER,
        },
        {".": "CNI102"},
    ),
    "folder of examples is not checked": ({"examples/a.yaml": READER}, {"examples": None}),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES)
def test_environments(files: dict[str, str], expected: dict[str, str | None]) -> None:
    assert {each.environment.name: classify(each) for each in resolutions(files)} == expected


@pytest.mark.parametrize(
    ("files", "outcome", "reason"),
    [
        (CASES["custom resource mentions it"][0], "external", ""),
        (CASES["unreadable document names it"][0], "unverifiable", "document"),
        (
            CASES["chart of that name"][0],
            "unverifiable",
            "the chart settings that is installed here may create it",
        ),
        (
            CASES["environment that the namespace says has it"][0],
            "unverifiable",
            "`chat/overlays/lab-stage` has it, and may be the environment that the namespace says",
        ),
        (
            CASES["some environment has it in the very namespace"][0],
            "unverifiable",
            "`clusters/a` has it, and nothing says in which environment this is applied",
        ),
        (CASES["folder of examples is not checked"][0], "unverifiable", "examples"),
    ],
)
def test_reasons(files: dict[str, str], outcome: str, reason: str) -> None:
    (resolution,) = resolutions(files)
    assert resolution.outcome.value == outcome
    assert reason in resolution.reason


@pytest.mark.parametrize("name", ["custom resource mentions it", "chart of that name"])
def test_a_closed_world_has_no_excuses(name: str) -> None:
    (resolution,) = resolutions(CASES[name][0], closed_world=True)
    assert classify(resolution) == "CNI102"


def test_the_sibling_is_named_with_its_definition() -> None:
    found = resolutions(CASES["sibling defines it"][0])
    (broken,) = [each for each in found if classify(each) is not None]
    assert broken.sibling is not None
    environment, definition = broken.sibling
    assert environment.name == "web/overlays/dev"
    assert definition.span.file == "web/overlays/dev/a.yaml"
    assert broken.certain
