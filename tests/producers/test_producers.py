"""The engine: dispatch, places, copies, the platform, mentions, and objects of shapes that nobody expects."""

import random

import pytest

from cnilint.document import Document, Entry, Mapping, Node, child, items, read, walk
from cnilint.facts.model import Definition
from cnilint.manifest.object import Object, objects
from cnilint.producers import mentions, platform, produced
from cnilint.producers.engine import added_keys
from cnilint.producers.mechanisms import catalogue, mechanism_texts
from cnilint.resources import data_dir


def _objects(text: str) -> list[Object]:
    return [obj for document in read("a.yaml", text.encode()) for obj in objects(document)]


def _object(text: str) -> Object:
    (obj,) = _objects(text)
    return obj


def _place(made: Definition) -> tuple[int, int]:
    return made.span.line, made.span.column


CERTIFICATE = """\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: web
  namespace: shop
spec:
  secretName: web-tls
"""


def test_a_definition_stands_at_the_token_that_names_it() -> None:
    (made,) = produced(_object(CERTIFICATE))
    assert (made.kind, made.namespace, made.name) == ("Secret", "shop", "web-tls")
    assert _place(made) == (7, 15)
    assert made.producer == "cert-manager Certificate"
    assert {key: (span.line, span.column) for key, span in made.keys.items()} == {
        "tls.crt": (7, 15),
        "tls.key": (7, 15),
        "ca.crt": (7, 15),
    }


def test_a_key_stands_at_its_own_token() -> None:
    obj = _object(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: db}\n"
        "spec:\n  data:\n  - secretKey: user\n  - secretKey: password\n"
    )
    (made,) = produced(obj)
    assert _place(made) == (3, 18)
    assert {key: span.line for key, span in made.keys.items()} == {"user": 6, "password": 7}


def test_the_effective_namespace_counts() -> None:
    (made,) = produced(_object(CERTIFICATE.replace("  namespace: shop\n", "")).in_namespace("other"))
    assert made.namespace == "other"


def test_the_group_decides_between_kinds_of_one_name() -> None:
    assert produced(_object(CERTIFICATE.replace("cert-manager.io/v1", "example.com/v1"))) == []


@pytest.mark.parametrize("group", ["database.example.org/v1", "apps.example.com/v1beta1"])
def test_a_marker_counts_anywhere_in_a_custom_resource(group: str) -> None:
    obj = _object(
        f"apiVersion: {group}\nkind: Composition\nmetadata: {{name: c}}\n"
        "spec: {resources: [{base: {spec: {writeConnectionSecretToRef: {name: conn, namespace: sys}}}}]}\n"
    )
    (made,) = produced(obj)
    assert (made.namespace, made.name, made.open) == ("sys", "conn", True)


def test_a_marker_counts_in_the_annotations_of_a_built_in_object_only() -> None:
    text = (
        "apiVersion: v1\nkind: Service\n"
        "metadata: {name: s, %s: {service.beta.openshift.io/serving-cert-secret-name: t}}\n"
    )
    assert [made.name for made in produced(_object(text % "annotations"))] == ["t"]
    assert produced(_object(text % "labels")) == []


def test_a_schema_that_has_a_marker_among_its_properties_makes_nothing() -> None:
    obj = _object(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: d}\n"
        "spec: {versions: [{schema: {properties: {writeConnectionSecretToRef: "
        "{properties: {name: {type: string}}}}}}]}\n"
    )
    assert produced(obj) == []


def test_a_copy_has_the_keys_that_a_controller_adds() -> None:
    obj = _object(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\n"
        "metadata: {name: t, namespace: a, annotations: {replicator.v1.mittwald.de/replicate-to: b}}\n"
    )
    (made,) = produced(obj)
    assert (made.namespace, sorted(made.keys), made.open) == ("b", ["ca.crt", "namespace", "token"], True)


def test_a_copy_knows_binary_data() -> None:
    obj = _object(
        "apiVersion: v1\nkind: ConfigMap\ndata: {k: v}\nbinaryData: {b: AA==}\n"
        "metadata: {name: c, annotations: {kubed.appscode.com/sync: ''}}\n"
    )
    (made,) = produced(obj)
    assert (set(made.keys), made.binary) == ({"k", "b"}, {"b"})


def test_placeholders_of_a_secret_store_leave_the_keys() -> None:
    obj = _object(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, annotations: {avp.kubernetes.io/path: secret/x}}\n"
        "stringData: {user: '<path:secret/x#user>'}\n"
    )
    assert produced(obj) == []
    assert added_keys(obj) == (frozenset(), False, "")


def test_a_sops_secret_is_taken_as_it_stands() -> None:
    obj = _object(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
        "stringData: {user: 'ENC[AES256_GCM,data:x]'}\nsops: {version: 3.9.0}\n"
    )
    assert produced(obj) == []
    assert added_keys(obj) == (frozenset(), False, "")


def test_what_is_no_name_is_no_definition() -> None:
    assert produced(_object(CERTIFICATE.replace("web-tls", "ENC[AES256_GCM,data:x]"))) == []
    assert [made.name for made in produced(_object(CERTIFICATE.replace("web-tls", "${APP}-tls")))] == [
        "${APP}-tls"
    ]


def test_two_mechanisms_that_add_keys_are_both_named() -> None:
    obj = _object(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\n"
        "metadata: {name: s, annotations: {replicator.v1.mittwald.de/replicate-from: a/b}}\ndata: {tls.crt: ''}\n"
    )
    keys, more, by = added_keys(obj)
    assert (keys, more) == ({"tls.crt", "tls.key"}, True)
    assert set(by.split(", ")) == {"Secret type", "Kubernetes Replicator"}


@pytest.mark.parametrize(
    ("kind", "namespace", "name", "keys"),
    [
        ("ConfigMap", "*", "kube-root-ca.crt", {"ca.crt"}),
        ("ConfigMap", "*", "istio-ca-root-cert", {"root-cert.pem"}),
        ("ConfigMap", "*", "openshift-service-ca.crt", {"service-ca.crt"}),
        ("ConfigMap", "kube-system", "kubeadm-config", {"ClusterConfiguration", "ClusterStatus"}),
        ("ConfigMap", "kube-system", "kubelet-config", {"kubelet"}),
        ("ConfigMap", "kube-system", "kube-proxy", {"config.conf", "kubeconfig.conf"}),
        ("ConfigMap", "kube-system", "coredns", {"Corefile"}),
        ("ConfigMap", "kube-public", "cluster-info", {"kubeconfig"}),
        ("ConfigMap", "kube-system", "aws-auth", {"mapRoles", "mapUsers", "mapAccounts"}),
        ("ServiceAccount", "*", "default", set()),
    ],
)
def test_the_platform(kind: str, namespace: str, name: str, keys: set[str]) -> None:
    (made,) = [
        made for made in platform() if (made.kind, made.namespace, made.name) == (kind, namespace, name)
    ]
    assert set(made.keys) == keys
    assert made.producer
    assert made.span.file == ""


def test_the_platform_holds_the_request_header_keys() -> None:
    (made,) = [made for made in platform() if made.name == "extension-apiserver-authentication"]
    assert {"client-ca-file", "requestheader-client-ca-file"} <= set(made.keys)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spec: {secretName: a}", ["a"]),
        ("spec: {output: {name: a, other: {deep: b}}}", ["a", "b"]),
        ("spec: {configMapRef: {name: a}}", ["a"]),
        ("spec: {credentials: [a, b]}", ["a", "b"]),
        ("spec: {tls: {cert: a.example}}", ["a.example"]),
        ("spec: {tokens: [{name: a}]}", ["a"]),
        ("spec: {name: a}", []),
        ("spec: {existingSecret: a}", []),
        ("spec: {env: [{valueFrom: {secretKeyRef: {name: a}}}]}", []),
        ("spec: {volumes: [{secret: {secretName: a}}]}", []),
        ("spec: {imagePullSecrets: [{name: a}]}", []),
        ("spec: {auth: {secretKeyRef: {name: a}}}", []),
        ("spec: {secretName: Not_A_Name}", []),
        ("spec: {secretName: '${X}'}", []),
        ("spec: {secretName: 5}", []),
    ],
)
def test_a_custom_resource_mentions_names(text: str, expected: list[str]) -> None:
    obj = _object(f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: t}}\n{text}\n")
    assert [name for name, _ in mentions(obj)] == expected


def test_a_mention_stands_where_it_is_made() -> None:
    obj = _object("apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec: {secretName: a}\n")
    ((_, span),) = mentions(obj)
    assert (span.line, span.column, span.end_column) == (4, 20, 21)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ("[--webhook-secret-name=a]", ["a"]),
        ("[--configmap-generated-name=a]", ["a"]),
        ("[--cert-secret=ns/a]", ["a"]),
        ("[--secret-name=A_B]", []),
        ("[--name=a]", []),
        ("[--secret-name=$(X)]", []),
        ("[5]", []),
        ("text", []),
    ],
)
def test_a_flag_of_a_workload_mentions_a_name(args: str, expected: list[str]) -> None:
    obj = _object(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
        f"spec: {{template: {{spec: {{containers: [{{name: c, args: {args}}}]}}}}}}\n"
    )
    assert [name for name, _ in mentions(obj)] == expected


def test_a_built_in_object_without_containers_mentions_nothing() -> None:
    assert (
        list(
            mentions(_object("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {secret: a}\n"))
        )
        == []
    )


SHAPES = [
    "null",
    "5",
    "text",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "[null, 5, {name: 5}]",
    '{"a": {"b": [1]}}',
    "true",
    "''",
    "1e3",
]
"""Values of every type, to stand where another is expected."""

FIELDS = ["spec", "metadata", "data", "stringData", "encryptedData", "secretFrom", "type", "annotations"]


@pytest.mark.parametrize("kind", sorted({*catalogue().makers, *catalogue().adders}))
def test_an_object_of_an_odd_shape_makes_nothing_and_raises_nothing(kind: str) -> None:
    groups = {
        group.replace("*", "x")
        for piece in [*catalogue().makers.get(kind, ()), *catalogue().adders.get(kind, ())]
        for group in piece.mechanism.groups
    }
    for group in sorted(groups):
        version = f"{group}/v1" if group else "v1"
        for obj in _objects(f"apiVersion: {version}\nkind: {kind}\n"):
            assert produced(obj) == []
        for shape in SHAPES:
            fields = "\n".join(f"{field}: {shape}" for field in FIELDS)
            for obj in _objects(f"apiVersion: {version}\nkind: {kind}\n{fields}\n"):
                assert produced(obj) == []
                added_keys(obj)
                list(mentions(obj))


def test_objects_that_are_damaged_at_random_raise_nothing() -> None:
    source = random.Random(2)
    for piece in mechanism_texts(data_dir("rules") / "producers"):
        for _ in range(5):
            (document,) = read(piece.file, piece.text.encode(), everything=True)
            for example in items(document.root, "examples"):
                root = child(example, "object")
                assert root is not None
                _damage(root, source)
                for obj in objects(Document(file="a.yaml", line=1, root=root)):
                    produced(obj)
                    added_keys(obj)
                    list(mentions(obj))


def _damage(root: Node, source: random.Random) -> None:
    """Put a value of another type in the place of one below the object's identity, or take it out."""
    places = [
        (mapping, name)
        for mapping in walk(root)
        if isinstance(mapping, Mapping)
        for name in mapping.entries
        if name not in ("apiVersion", "kind")
    ]
    mapping, name = source.choice(places)
    entry = mapping.entries.pop(name)
    if source.random() < 0.8:
        (shape,) = read("shape.yaml", source.choice(SHAPES).encode(), everything=True)
        assert shape.root is not None
        mapping.entries[name] = Entry(entry.key, shape.root)


def test_documents_that_are_no_objects_are_passed_over() -> None:
    assert list(objects(Document(file="a.yaml", line=1))) == []
