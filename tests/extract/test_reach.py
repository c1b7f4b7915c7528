"""What an unevaluated part of a kustomization makes unclear."""

import pytest

from cnilint.diagnostics.span import Span
from cnilint.extract.model import ObjectFacts
from cnilint.extract.reach import Reached, unclear, with_gaps
from cnilint.render.kustomize import BuildGap
from cnilint.render.kustomize.model import Touched
from tests.objects import facts_in, objects_in

WEB = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  serviceAccountName: web
  containers: [{name: c, env: [{name: A, valueFrom: {secretKeyRef: {name: x, key: k}}}]}]
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"


CERTIFICATE = """
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: serving}
spec: {secretName: tls, issuerRef: {name: ca}}
"""


@pytest.mark.parametrize(
    ("fields", "reached"),
    [
        (("",), ["env.secretKeyRef", "serviceAccountName"]),
        (("spec",), ["env.secretKeyRef", "serviceAccountName"]),
        (("spec.containers",), ["env.secretKeyRef"]),
        (("spec.serviceAccountName",), ["serviceAccountName"]),
        (("spec.serviceAccount", "metadata"), []),
        ((), []),
    ],
)
def test_references(fields: tuple[str, ...], reached: list[str]) -> None:
    found = _unclear(WEB, [("a patch was not read", fields)]).stated.references
    assert sorted(each.form for each in found if each.unclear == "a patch was not read") == reached


@pytest.mark.parametrize(("field", "is_open"), [("", True), ("data.a", True), ("metadata.labels", False)])
def test_keys(field: str, is_open: bool) -> None:
    (found,) = _unclear(SETTINGS, [("a patch was not read", (field,))]).definitions
    assert (found.open, found.producer) == (is_open, "a patch was not read" if is_open else "")


@pytest.mark.parametrize(
    ("field", "reason"),
    [("metadata.name", "moved"), ("metadata", "moved"), ("metadata.labels", ""), ("", "")],
)
def test_name_of_a_definition(field: str, reason: str) -> None:
    (found,) = _unclear(SETTINGS, [("moved", (field,))]).definitions
    assert found.unnamed == reason


def test_name_that_a_producer_reads_elsewhere() -> None:
    (found,) = _unclear(CERTIFICATE, [("moved", ("spec.secretName",))]).definitions
    assert (found.name, found.unnamed) == ("tls", "moved")
    (found,) = _unclear(CERTIFICATE, [("moved", ("spec.issuerRef",))]).definitions
    assert not found.unnamed


def test_every_gap_of_an_object_counts() -> None:
    gaps = [_gap("first", "spec.containers"), _gap("second", "spec.serviceAccountName")]
    (pod,) = with_gaps(facts_in(WEB), objects_in(WEB), gaps)
    assert {each.form: each.unclear for each in pod.stated.references} == {
        "env.secretKeyRef": "first",
        "serviceAccountName": "second",
    }


def test_only_touched_objects_are_unclear() -> None:
    text = f"{WEB}---\n{SETTINGS}"
    pod, settings = with_gaps(facts_in(text), objects_in(text), [_gap("unread", "spec")])
    assert {each.unclear for each in pod.stated.references} == {"unread"}
    assert not settings.definitions[0].open


def _unclear(text: str, reached: list[Reached]) -> ObjectFacts:
    (fact,), (obj,) = facts_in(text), objects_in(text)
    return unclear(fact, obj, reached)


def _gap(reason: str, field: str) -> BuildGap:
    touched = Touched(api_version="v1", kind="Pod", namespace=None, name="web", fields=(field,))
    place = Span(file="kustomization.yaml", line=1, column=1, end_line=1, end_column=2)
    return BuildGap(span=place, reason=reason, touched=(touched,))
