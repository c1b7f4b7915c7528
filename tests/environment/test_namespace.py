"""Each source of an object's namespace, and which of them wins."""

import pytest
from msgspec.structs import replace

from cnilint.checks import CODES
from cnilint.diagnostics.model import Diagnostic
from cnilint.environment import Environment, form
from cnilint.environment.model import DeclaredEnvironment
from cnilint.environment.namespace import settled
from cnilint.extract.model import FileFacts, ObjectFacts
from cnilint.findings.policy import Policy, RunScope, findings
from tests.objects import facts_in, file_of

POD = "{{apiVersion: v1, kind: Pod, metadata: {{name: a{namespace}}}, spec: {{serviceAccountName: x}}}}"
NO_NAMESPACE = POD.format(namespace="")
IN_SHOP = POD.format(namespace=", namespace: shop")

ARGO = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec: {source: {path: apps}, destination: {namespace: argo-target}}
"""
FLUX = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app, namespace: flux-system}
spec: {path: ./apps, targetNamespace: flux-target}
"""
FLUX_VARIABLES = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app, namespace: flux-system}
spec: {path: ./apps, postBuild: {substitute: {SPACE: filled}}}
"""
DECLARED = DeclaredEnvironment(name="cluster", roots=("apps",), namespace="declared")


def _fact(text: str) -> ObjectFacts:
    (fact,) = facts_in(text)
    return fact


def _environment(environments: list[Environment], root: str) -> Environment:
    (found,) = (each for each in environments if root in each.roots)
    return found


@pytest.mark.parametrize(
    ("text", "default", "override", "namespace", "written"),
    [
        (NO_NAMESPACE, None, None, None, None),
        (NO_NAMESPACE, "default-ns", None, "default-ns", None),
        (NO_NAMESPACE, "default-ns", "default-ns", "default-ns", None),
        (IN_SHOP, None, None, "shop", "shop"),
        (IN_SHOP, "default-ns", None, "shop", "shop"),
        (IN_SHOP, "over", "over", "over", "over"),
        (POD.format(namespace=", namespace: '${SPACE}'"), "default-ns", None, "${SPACE}", "${SPACE}"),
        ("{apiVersion: v1, kind: Namespace, metadata: {name: a}}", "default-ns", None, None, None),
        (
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}}",
            "default-ns",
            None,
            None,
            None,
        ),
    ],
)
def test_order(
    text: str, default: str | None, override: str | None, namespace: str | None, written: str | None
) -> None:
    (fact,) = settled([_fact(text)], default=default, override=override)
    assert (fact.owner.namespace, fact.owner.written_namespace) == (namespace, written)
    assert fact.stated.owner == fact.owner
    assert {each.owner for each in fact.stated.references} <= {fact.owner}


def test_definitions_move_with_their_object() -> None:
    text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop}}"
    (fact,) = settled([_fact(text)], default="over", override="over")
    assert [each.namespace for each in fact.definitions] == ["over"]
    (fact,) = settled([_fact(text.replace(", namespace: shop", ""))], default="prod")
    assert [each.namespace for each in fact.definitions] == ["prod"]


def test_facts_in_their_own_namespace_are_not_copied() -> None:
    fact = _fact(IN_SHOP)
    assert settled([fact], default="other") == (fact,)
    assert settled([fact], default="other")[0] is fact


def test_facts_with_a_default_namespace_know_those_that_were_read() -> None:
    fact = _fact(NO_NAMESPACE)
    (found,) = settled([fact], default="prod")
    assert found.as_read is fact
    assert settled([found], default="prod")[0].as_read is fact


@pytest.mark.parametrize(
    ("deployer", "declared", "option", "text", "namespace"),
    [
        ("", None, None, NO_NAMESPACE, None),
        ("", None, "option", NO_NAMESPACE, "option"),
        ("", None, "option", IN_SHOP, "shop"),
        (ARGO, None, None, NO_NAMESPACE, "argo-target"),
        (ARGO, None, "option", NO_NAMESPACE, "argo-target"),
        (ARGO, None, None, IN_SHOP, "shop"),
        (FLUX, None, None, NO_NAMESPACE, "flux-target"),
        (FLUX, None, None, IN_SHOP, "flux-target"),
        (FLUX_VARIABLES, None, None, POD.format(namespace=", namespace: '${SPACE}'"), "filled"),
        ("", DECLARED, None, NO_NAMESPACE, "declared"),
        (ARGO, DECLARED, "option", NO_NAMESPACE, "declared"),
        (FLUX, DECLARED, None, IN_SHOP, "shop"),
    ],
)
def test_sources_of_a_namespace(
    deployer: str, declared: DeclaredEnvironment | None, option: str | None, text: str, namespace: str | None
) -> None:
    files: list[FileFacts] = [file_of("apps/pod.yaml", text), file_of("root/deployer.yaml", deployer)]
    environments = form(files, [], declared=[declared] if declared else [], namespace=option)
    found = _environment(environments, "apps")
    assert [fact.owner.namespace for fact in found.objects] == [namespace]


def test_a_stream_takes_the_namespace_of_the_command_line() -> None:
    (found,) = form([file_of("stdin", NO_NAMESPACE)], [], stream="stdin", namespace="option")
    assert (found.namespace, found.objects[0].owner.namespace) == ("option", "option")


def test_findings_show_the_namespace_that_the_manifest_names() -> None:
    (fact,) = settled([_fact(NO_NAMESPACE)], default="prod")
    problem = Diagnostic(code="CNI101", span=fact.owner.span, message="", owner=fact.owner)
    unsettled = replace(problem, owner=_fact(NO_NAMESPACE).owner)
    (found,) = findings([problem, unsettled], Policy(), RunScope(codes=CODES, reportable=())).findings
    assert found.owner is not None
    assert found.owner.namespace is None
