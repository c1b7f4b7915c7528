"""What an unevaluated part of a kustomization makes unclear."""

import pytest

from cnilint.diagnostics.span import Span
from cnilint.extract.reach import unclear, with_gaps
from cnilint.render.kustomize import BuildGap
from cnilint.render.kustomize.model import Touched
from tests.objects import facts_in

WEB = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  serviceAccountName: web
  containers: [{name: c, env: [{name: A, valueFrom: {secretKeyRef: {name: x, key: k}}}]}]
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"


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
    (fact,) = facts_in(WEB)
    found = unclear(fact, "a patch was not read", fields).stated.references
    assert sorted(each.form for each in found if each.unclear == "a patch was not read") == reached


@pytest.mark.parametrize(("field", "is_open"), [("", True), ("data.a", True), ("metadata.labels", False)])
def test_keys(field: str, is_open: bool) -> None:
    (fact,) = facts_in(SETTINGS)
    (found,) = unclear(fact, "a patch was not read", (field,)).definitions
    assert (found.open, found.producer) == (is_open, "a patch was not read" if is_open else "")


def test_only_touched_objects_are_unclear() -> None:
    touched = Touched(api_version="v1", kind="Pod", namespace=None, name="web", fields=("spec",))
    place = Span(file="kustomization.yaml", line=1, column=1, end_line=1, end_column=2)
    gap = BuildGap(span=place, reason="unread", touched=(touched,))
    pod, settings = with_gaps(facts_in(f"{WEB}---\n{SETTINGS}"), [gap])
    assert {each.unclear for each in pod.stated.references} == {"unread"}
    assert not settings.definitions[0].open
