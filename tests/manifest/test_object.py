"""Documents to objects, and why kubectl refuses others."""

import pytest

from cnilint.document import read
from cnilint.manifest.object import objects, refusal
from tests.objects import objects_in


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metadata: {name: a}", "missing `kind`"),
        ("[1, 2]", "not an object: expected a mapping"),
        ("text", "not an object: expected a mapping"),
        ("{apiVersion: a/b/c, kind: Pod}", "invalid `apiVersion`"),
        ("{apiVersion: v1, kind: List, items: 5}", "`items` is not a list"),
        ("{apiVersion: v1, kind: List, items: [5]}", "list item is not an object"),
        (
            "{apiVersion: v1, kind: List, items: [{kind: List, items: []}]}",
            "list inside a list: kubectl refuses the outer list",
        ),
    ],
)
def test_refused_documents(text: str, message: str) -> None:
    (document,) = read("a.yaml", f"---\n{text}".encode(), everything=True)
    assert list(objects(document)) == []
    found = refusal(document)
    assert found is not None
    assert (found.code, str(found.message)) == ("CNI901", message)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{apiVersion: v1}", "missing `kind` in list item"),
        ("{kind: Pod}", "missing or invalid `apiVersion` in list item"),
        ("{apiVersion: a/b/c, kind: Pod}", "missing or invalid `apiVersion` in list item"),
    ],
)
def test_refused_items_leave_the_others(item: str, message: str) -> None:
    text = f"{{apiVersion: v1, kind: List, items: [{item}, {{apiVersion: v1, kind: Pod}}]}}"
    (document,) = read("a.yaml", f"---\n{text}".encode(), everything=True)
    assert [obj.kind for obj in objects(document)] == ["Pod"]
    assert [str(found.message) for found in document.diagnostics] == [message]


def test_typed_lists_name_the_kind_of_their_items() -> None:
    (obj,) = objects_in("{apiVersion: v1, kind: ConfigMapList, items: [{metadata: {name: a}}]}")
    assert (obj.api_version, obj.kind, obj.name, obj.path) == ("v1", "ConfigMap", "a", "items[0]")


def test_parameters_of_a_template_are_filled_in_but_for_the_namespace() -> None:
    (obj,) = objects_in(
        """
        apiVersion: template.openshift.io/v1
        kind: Template
        metadata: {name: a}
        parameters: [{name: NAME, value: web}, {name: SPACE, value: prod}]
        objects: [{apiVersion: v1, kind: Secret, metadata: {name: "${NAME}", namespace: "${SPACE}"}}]
        """
    )
    assert (obj.name, obj.namespace) == ("web", "${SPACE}")
