"""One file to facts: templates, broken documents, and what they may define."""

import pytest

from cnilint.extract.file import looks_like_manifest, scan
from tests.objects import LIBRARY

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n"


def test_objects_and_their_facts() -> None:
    found = scan("a.yaml", f"{POD}---\n{POD}".encode(), LIBRARY)
    assert (found.documents, len(found.objects), found.gaps, found.diagnostics) == (2, 2, (), ())


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        (f"{POD}  - broken\n", "CNI901", "a document could not be read"),
        (f"{POD}  labels: {{{{ .Values.labels }}}}: x: y\n", "CNI903", "a template was not rendered"),
        (f"#@ load('ytt')\n{POD}", "CNI903", "a template was not rendered"),
    ],
)
def test_unread_documents_are_gaps_with_the_names_in_their_text(text: str, code: str, reason: str) -> None:
    found = scan("a.yaml", text.encode(), LIBRARY)
    assert [each.code for each in found.diagnostics] == [code]
    assert [(gap.reason, gap.names) for gap in found.gaps] == [(reason, {"web"})]


@pytest.mark.parametrize("text", ["a: b: c", "#@ load('ytt')\na: 1", "- x\n  y: ["])
def test_texts_that_are_no_manifests_are_ignored(text: str) -> None:
    found = scan("a.yaml", text.encode(), LIBRARY)
    assert (found.objects, found.gaps, found.diagnostics) == ((), (), ())


def test_a_secret_that_helm_left_out_is_a_gap() -> None:
    text = f"---\n# Source: chart/templates/secret.yaml\n# HIDDEN: The Secret output has been suppressed\n---\n{POD}"
    assert [gap.reason for gap in scan("a.yaml", text.encode(), LIBRARY).gaps] == [
        "the renderer left a Secret out of its output"
    ]


def test_objects_are_kept_as_plain_values() -> None:
    facts = scan("a.yaml", POD.encode(), LIBRARY, keep=lambda obj: {"name": obj.name})
    assert facts.kept == ((facts.objects[0], {"name": "web"}),)
    assert scan("a.yaml", POD.encode(), LIBRARY, keep=lambda _: None).kept == ()


def test_what_looks_like_a_manifest() -> None:
    assert looks_like_manifest(POD.encode())
    assert looks_like_manifest(b'{"apiVersion":"v1","kind" :"Pod","metadata":{,}}')
    assert looks_like_manifest(POD.encode("utf-16"))
    assert not looks_like_manifest(b"kind: x")


def test_a_named_file_that_cannot_be_read_is_reported() -> None:
    assert scan("a.yaml", b"kind: [", LIBRARY).diagnostics == ()
    assert [each.code for each in scan("a.yaml", b"kind: [", LIBRARY, named=True).diagnostics] == ["CNI901"]


@pytest.mark.parametrize(
    ("api_version", "kind", "is_part"),
    [
        ("apps/v1", "DaemonSet", True),
        ("apps.openshift.io/v1", "DeploymentConfig", True),
        ("apps.example.dev/v1", "DaemonSet", False),
    ],
)
def test_packs_see_every_workload(api_version: str, kind: str, is_part: bool) -> None:
    pod = "template: {spec: {containers: [{name: install-cni, image: 'docker.io/istio/install-cni:1.24.2'}]}}"
    text = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{{pod}}}\n"
    (fact,) = scan("a.yaml", text.encode(), LIBRARY).objects
    assert (fact.part is not None) is is_part
