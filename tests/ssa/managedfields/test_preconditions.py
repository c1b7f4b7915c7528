"""What manifests that were copied from a cluster ask for. Each answer was seen on a kube-apiserver 1.36."""

from typing import Any

import pytest

from cnilint.resources import json_data
from cnilint.ssa.appliers.model import applier
from cnilint.ssa.appliers.perform import perform
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED
from cnilint.ssa.predict import predict
from cnilint.ssa.typed.values import JsonObject

ENTRY = {
    "manager": "flux",
    "operation": "Apply",
    "apiVersion": "v1",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:data": {"f:a": {}}},
}
MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
UNVERSIONED = "metadata.resourceVersion: Invalid value: 0: must be specified for an update"


def config_map(value: str, **metadata: Any) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "default", **metadata},
        "data": {"a": value},
    }


LIVE = config_map("1", resourceVersion="67", uid="aa", managedFields=[ENTRY])


@pytest.mark.parametrize(
    ("metadata", "status", "message"),
    [
        ({"resourceVersion": "66"}, 409, MODIFIED),
        (
            {"uid": "bb"},
            422,
            'ConfigMap "a" is invalid: metadata.uid: Invalid value: "bb": field is immutable',
        ),
        ({"resourceVersion": "66", "uid": "bb"}, 409, MODIFIED),
    ],
)
def test_a_copy_of_another_state_is_refused(metadata: Any, status: int, message: str) -> None:
    refused = predict(LIVE, config_map("2", **metadata), manager="flux", force=True).refused
    assert refused is not None
    assert (refused.status, refused.message) == (status, message)


@pytest.mark.parametrize("metadata", [{"resourceVersion": "67"}, {"resourceVersion": "0"}, {"uid": "aa"}, {}])
def test_a_copy_of_this_state_is_applied(metadata: Any) -> None:
    assert predict(LIVE, config_map("2", **metadata), manager="flux", force=True).refused is None


def test_a_dump_without_versions_says_nothing() -> None:
    live = config_map("1", managedFields=[ENTRY])
    assert (
        predict(live, config_map("2", resourceVersion="66", uid="bb"), manager="flux", force=True).refused
        is None
    )


def once_with_version(api_version: str, kind: str) -> JsonObject:
    """A live object whose last manifest had a resourceVersion."""
    applied = (
        f'{{"apiVersion":"{api_version}","kind":"{kind}","metadata":{{"name":"a","namespace":"default",'
        '"resourceVersion":"60"}}'
    )
    metadata = {
        "name": "a",
        "namespace": "default",
        "resourceVersion": "67",
        "annotations": {LAST_APPLIED: applied},
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


CONDITIONAL = [
    ("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy"),
    ("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("certificates.k8s.io/v1beta1", "ClusterTrustBundle"),
    ("certificates.k8s.io/v1beta1", "PodCertificateRequest"),
    ("coordination.k8s.io/v1", "Lease"),
    ("coordination.k8s.io/v1beta1", "LeaseCandidate"),
    ("node.k8s.io/v1", "RuntimeClass"),
    ("policy/v1", "PodDisruptionBudget"),
    ("storage.k8s.io/v1", "CSIDriver"),
    ("storage.k8s.io/v1", "CSINode"),
    ("storage.k8s.io/v1", "CSIStorageCapacity"),
    ("storage.k8s.io/v1", "VolumeAttachment"),
    ("storagemigration.k8s.io/v1beta1", "StorageVersionMigration"),
]
UNCONDITIONAL = [
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("apps/v1", "Deployment"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
]


@pytest.mark.parametrize(
    ("api_version", "kind", "refused"),
    [
        ("example.com/v1", "Widget", True),
        *((*each, True) for each in CONDITIONAL),
        *((*each, False) for each in UNCONDITIONAL),
    ],
)
def test_a_patch_that_takes_the_version_away(api_version: str, kind: str, refused: bool) -> None:
    """kubectl removes what its last manifest had and the new one has not."""
    tool = applier("kubectl-client-side")
    assert tool is not None
    desired: JsonObject = {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "a", "namespace": "default", "labels": {"l": "2"}},
    }
    answer = perform(tool, once_with_version(api_version, kind), desired).refused
    assert (answer is not None and UNVERSIONED in answer.message) is refused


def test_every_kind_has_a_case() -> None:
    cases = [f"{api_version.partition('/')[0]} {kind}" for api_version, kind in CONDITIONAL]
    assert sorted(cases) == sorted(json_data("rules/ssa/validity.json")["conditional"])
