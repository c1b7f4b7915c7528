"""The outcome of single references, and the code and count that it gets."""

import pytest

from cnilint.facts.model import Definition
from cnilint.resolve.classify import by_code, classify, counted_as
from cnilint.resolve.index import External
from cnilint.resolve.lookup import definitions_of
from cnilint.resolve.outcome import Outcome
from tests.resolve.conftest import (
    config_map,
    container,
    env,
    env_from,
    indexed,
    mounts,
    objects,
    pod,
    resolutions,
    secret,
    service_account,
)

CONFIG, SECRET = "configMapKeyRef", "secretKeyRef"
PLACEHOLDER = "${NAME}-settings"
PULL_SECRET = "{imagePullSecrets: [{name: settings}], containers: [{name: agent}]}"
ACCOUNT = "{serviceAccountName: agent, containers: [{name: agent}]}"
PROJECTED = (
    "{volumes: [{name: v, projected: {sources: [{configMap: {name: settings, items: [{key: b, path: b}]}}]}}], "
    "containers: [{name: agent}]}"
)

CASES = {
    "key": (objects(config_map(), pod(env(CONFIG))), "resolved", None),
    "key of a Secret": (objects(secret(), pod(env(SECRET))), "resolved", None),
    "whole object": (objects(config_map(), pod(env_from())), "resolved", None),
    "missing key": (objects(config_map(keys="other"), pod(env(CONFIG))), "missing-key", "CNI101"),
    "empty object": (objects(config_map(keys=""), pod(env(CONFIG))), "missing-key", "CNI101"),
    "missing key of an item": (objects(config_map(keys="a"), pod(PROJECTED)), "missing-key", "CNI101"),
    "optional missing key": (
        objects(config_map(keys="other"), pod(env(CONFIG, optional=True))),
        "missing-key",
        "CNI106",
    ),
    "missing ConfigMap": (pod(env(CONFIG)), "missing-object", "CNI102"),
    "missing Secret": (pod(env_from("secretRef")), "missing-object", "CNI102"),
    "missing pull secret": (pod(PULL_SECRET), "missing-object", "CNI102"),
    "optional missing object": (pod(env_from(optional=True)), "missing-object", "CNI106"),
    "other namespace": (
        objects(config_map(namespace="other"), pod(env_from(), "shop")),
        "wrong-namespace",
        "CNI103",
    ),
    "optional in other namespace": (
        objects(config_map(namespace="other"), pod(env_from(optional=True), "shop")),
        "wrong-namespace",
        "CNI106",
    ),
    "own namespace beside another": (
        objects(config_map(namespace="other"), config_map(namespace="shop"), pod(env_from(), "shop")),
        "resolved",
        None,
    ),
    "unknown namespace matches": (objects(config_map(), pod(env_from(), "shop")), "resolved", None),
    "binary key in a variable": (
        objects(config_map(keys="", binary="level"), pod(env(CONFIG))),
        "binary-key",
        "CNI104",
    ),
    "optional binary key": (
        objects(config_map(keys="", binary="level"), pod(env(CONFIG, optional=True))),
        "binary-key",
        "CNI106",
    ),
    "binary key in a volume": (objects(config_map(keys="", binary="b"), pod(PROJECTED)), "resolved", None),
    "Secret in place of a ConfigMap": (objects(secret(), pod(env(CONFIG))), "wrong-kind", "CNI112"),
    "ConfigMap in place of a Secret": (objects(config_map(), pod(env(SECRET))), "wrong-kind", "CNI112"),
    "optional of the wrong kind": (
        objects(secret(), pod(env(CONFIG, optional=True))),
        "wrong-kind",
        "CNI106",
    ),
    "other kind without the key": (
        objects(secret(keys="other"), pod(env(CONFIG))),
        "missing-object",
        "CNI102",
    ),
    "other kind without a key to tell": (objects(secret(), pod(env_from())), "missing-object", "CNI102"),
    "service account": (objects(service_account("agent"), pod(ACCOUNT)), "resolved", None),
    "missing service account": (pod(ACCOUNT), "missing-object", "CNI109"),
    "service account elsewhere": (
        objects(service_account("agent", "other"), pod(ACCOUNT, "shop")),
        "wrong-namespace",
        "CNI109",
    ),
    "placeholder": (pod(env(CONFIG, name=f"'{PLACEHOLDER}'")), "unverifiable", None),
    "no name that the API server accepts": (pod(env(CONFIG, name="UPPER")), "unverifiable", None),
    "definition with a placeholder": (
        objects(config_map(f"'{PLACEHOLDER}'"), pod(env(CONFIG, name="web-settings"))),
        "unverifiable",
        None,
    ),
}


@pytest.mark.parametrize(("text", "outcome", "code"), CASES.values(), ids=CASES)
def test_one_reference(text: str, outcome: str, code: str | None) -> None:
    (resolution,) = resolutions(text)
    assert (resolution.outcome.value, classify(resolution)) == (outcome, code)
    expected = outcome if code is None else "optional" if code == "CNI106" else "broken"
    assert counted_as(resolution) == expected


SUB_PATHS = {
    "file": (objects(config_map(), pod(mounts("level"))), [], ["resolved", "resolved"]),
    "missing file": (
        objects(config_map(keys="other"), pod(mounts("level"))),
        ["CNI110"],
        ["resolved", "broken"],
    ),
    "three of a missing object": (pod(mounts("a", "b", "c")), ["CNI102"], ["broken"]),
    "object of another namespace": (
        objects(config_map(namespace="other"), pod(mounts("level"), "shop")),
        ["CNI103"],
        ["broken"],
    ),
    "missing optional object": (
        pod(mounts("level", optional=True)),
        ["CNI106", "CNI110"],
        ["broken", "optional"],
    ),
    "missing file of an optional object": (
        objects(config_map(keys="other"), pod(mounts("level", optional=True))),
        ["CNI110"],
        ["broken", "resolved"],
    ),
    "of an external object": (pod(mounts("level", name="UPPER")), [], ["unverifiable", "unverifiable"]),
}


@pytest.mark.parametrize(("text", "codes", "counted"), SUB_PATHS.values(), ids=SUB_PATHS)
def test_sub_paths_are_counted_once(text: str, codes: list[str], counted: list[str]) -> None:
    found = resolutions(text)
    assert sorted(by_code(found)) == codes
    assert sorted(each for one in found if (each := counted_as(one)) is not None) == sorted(counted)


@pytest.mark.parametrize(
    ("settings", "outcome"),
    [
        ({}, Outcome.MISSING_OBJECT),
        ({"closed_world": True}, Outcome.MISSING_OBJECT),
        ({"external": [External(kind="ConfigMap", namespace="*", name="set*")]}, Outcome.EXTERNAL),
        ({"external": [External(kind="*", namespace="shop", name="settings")]}, Outcome.EXTERNAL),
        ({"external": [External(kind="*", namespace="other", name="settings")]}, Outcome.MISSING_OBJECT),
        ({"external": [External(kind="Secret", namespace="*", name="*")]}, Outcome.MISSING_OBJECT),
    ],
)
def test_declared_external(settings: dict[str, object], outcome: Outcome) -> None:
    (resolution,) = resolutions(pod(env_from(), "shop"), **settings)
    assert resolution.outcome is outcome


@pytest.mark.parametrize(
    ("namespace", "keys", "outcome"),
    [
        ("*", {"level"}, Outcome.PROVIDED),
        ("shop", {"level"}, Outcome.PROVIDED),
        ("other", {"level"}, Outcome.MISSING_OBJECT),
        ("*", {"other"}, Outcome.MISSING_OBJECT),
    ],
)
def test_platform(namespace: str, keys: set[str], outcome: Outcome) -> None:
    (own,) = resolutions(pod(env(CONFIG), "shop"))
    span = own.reference.span
    given = Definition(
        kind="ConfigMap",
        namespace=namespace,
        name="settings",
        span=span,
        keys=dict.fromkeys(keys, span),
        producer="the platform",
    )
    (resolution,) = resolutions(pod(env(CONFIG), "shop"), platform=[given])
    assert resolution.outcome is outcome


@pytest.mark.parametrize(
    ("owner_namespace", "names"),
    [("shop", ["shop"]), ("other", ["other"]), ("third", [])],
)
def test_definitions_of_a_reader(owner_namespace: str, names: list[str]) -> None:
    text = objects(
        config_map(namespace="shop"), config_map(namespace="other"), pod(env_from(), owner_namespace)
    )
    index = indexed({"app/all.yaml": text})
    (environment,) = index.environments
    owner = environment.objects[-1].owner
    found = definitions_of(index, environment, owner, "ConfigMap", "settings")
    assert [definition.namespace for definition in found] == names


def test_no_reference_without_a_name() -> None:
    assert resolutions(pod(container("image: a"))) == []
