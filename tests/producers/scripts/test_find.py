"""Commands and Terraform resources that create ConfigMaps and Secrets."""

import pytest

from cnilint.producers.scripts.find import imperative, is_script, looks_imperative


def _said(path: str, text: str) -> list[str]:
    """One line for each definition: ``Secret shop/name [a, b]``, ``+`` when there may be more keys."""
    return [
        f"{made.kind} {made.namespace or '?'}/{made.name} [{', '.join(made.keys)}]{'+' if made.open else ''}"
        for made in imperative(path, text)
    ]


SHELL = [
    ('c="kubectl -n $N create"\neval "${c}" configmap a --from-literal=k=v', ["ConfigMap ?/a [k]"]),
    ("make='oc create'\n$make secret generic a --from-literal=k=v", []),
    ("oc_create='oc create'\n$oc_create secret generic a --from-literal=k=v", ["Secret ?/a [k]"]),
    ('c="kubectl delete"\neval "${c}" configmap a', []),
    ("O=${O:-secret/a}\nN=${O##*/}\nkubectl create configmap $N --from-literal=k=v", ["ConfigMap ?/a [k]"]),
    ("kubectl create secret generic a --from-literal=k=v", ["Secret ?/a [k]"]),
    ("kubectl create secret generic a --from-literal k=v -n shop", ["Secret shop/a [k]"]),
    ("kubectl create secret generic -n shop a --from-literal='k=v w'", ["Secret shop/a [k]"]),
    ("kubectl -n shop create secret generic a --from-literal=k=v", ["Secret shop/a [k]"]),
    (
        "kubectl --namespace=shop --context x create secret generic a --from-literal=k=v",
        ["Secret shop/a [k]"],
    ),
    ("kubectl create secret generic a -nshop --from-literal=k=v", ["Secret shop/a [k]"]),
    ("kubectl create secret generic a -n=shop --from-literal=k=v", ["Secret shop/a [k]"]),
    (
        'kubectl create secret generic "a" --from-literal="k=v w" --from-literal=l="x y"',
        ["Secret ?/a [k, l]"],
    ),
    (
        "kubectl create secret generic a \\\n  --from-literal=k=v \\\n  --from-literal=l=w\necho",
        ["Secret ?/a [k, l]"],
    ),
    ("kubectl create secret generic a --from-file=./dir/key.pem", ["Secret ?/a [key.pem]"]),
    ("kubectl create secret generic a --from-file=ssh=./dir/id", ["Secret ?/a [ssh]"]),
    ("kubectl create secret generic a --from-file=./dir", ["Secret ?/a [dir]+"]),
    ("kubectl create secret generic a --from-file=./dir/", ["Secret ?/a []+"]),
    ("kubectl create secret generic a --from-file=$FILE", ["Secret ?/a []+"]),
    ("kubectl create secret generic a --from-env-file=.env", ["Secret ?/a []+"]),
    ("kubectl create secret generic a --from-literal=$K=v --from-literal=k=v", ["Secret ?/a [k]+"]),
    ("kubectl create secret generic a --from-file=k=<(echo x) --from-literal=l=1", ["Secret ?/a [k, l]"]),
    (
        "kubectl create secret generic a --from-literal=k=$(cat f | tr -d x) --from-literal=l=1",
        ["Secret ?/a [k, l]"],
    ),
    (
        "kubectl create secret generic a --from-literal=k=<your password> --from-literal=l=1",
        ["Secret ?/a [k, l]"],
    ),
    ("kubectl create secret generic a", ["Secret ?/a []+"]),
    ("kubectl create secret tls a --cert=c --key=k", ["Secret ?/a [tls.crt, tls.key]"]),
    ("kubectl create secret docker-registry a --docker-server=s", ["Secret ?/a [.dockerconfigjson]"]),
    ("oc create configmap a --from-literal=k=v", ["ConfigMap ?/a [k]"]),
    ("k create cm a --from-literal=k=v", ["ConfigMap ?/a [k]"]),
    ("kubectl create serviceaccount robot -n shop", ["ServiceAccount shop/robot []"]),
    ("kubectl create sa robot", ["ServiceAccount ?/robot []"]),
    ("$KUBECTL create cm a --from-literal=k=v", ["ConfigMap ?/a [k]"]),
    ('"${KUBECTL}" create cm a --from-literal=k=v', ["ConfigMap ?/a [k]"]),
    ("/usr/local/bin/kubectl create cm a --from-literal=k=v", ["ConfigMap ?/a [k]"]),
    ("\t@kubectl create cm a --from-literal=k=v", ["ConfigMap ?/a [k]"]),
    ("kubectl create cm a --from-literal=k=v --dry-run -o yaml | kubectl apply -f -", ["ConfigMap ?/a [k]"]),
    ("kubectl create cm a --dry-run=client --from-literal=k=v -oyaml > f", ["ConfigMap ?/a [k]"]),
    (
        "kubectl create cm a --from-literal=k=v; kubectl create cm b",
        ["ConfigMap ?/a [k]", "ConfigMap ?/b []+"],
    ),
    ("kubectl create cm a --from-literal=k=v && echo --from-literal=l=w", ["ConfigMap ?/a [k]"]),
    ("run `kubectl create cm a --from-literal=k=v` first", ["ConfigMap ?/a [k]"]),
    ("bash -c 'kubectl create cm a'", ["ConfigMap ?/a []+"]),
    ('sh -c "kubectl create cm a --from-literal=k=v"', ["ConfigMap ?/a [k]"]),
    ('command: ["kubectl", "create", "cm", "a", "--from-literal=k=v"]', ["ConfigMap ?/a [k]"]),
    ("args: ['/bin/oc', 'create', 'secret', 'generic', 'a', '-n', 'shop']", ["Secret shop/a []+"]),
    ("kubectl create cm app-$STAGE-conf --from-literal=k=v", ["ConfigMap ?/app-*-conf [k]"]),
    ("kubectl create cm ${RELEASE}-settings -n $NS", ["ConfigMap ?/*-settings []+"]),
    ("kubectl create cm $NAME", []),
    ("NAME=a\nkubectl create cm $NAME --from-literal=k=v", ["ConfigMap ?/a [k]"]),
    ('export NS="shop" NAME=\'a\'; kubectl create cm "${NAME}" -n "$NS"', ["ConfigMap shop/a []+"]),
    ("APP=web\nNAME=$APP-conf\nkubectl create cm $NAME", ["ConfigMap ?/web-conf []+"]),
    ("A=$B-x\nB=$A-x\nkubectl create cm $A", []),
    ("APP=web\nkubectl create cm $APP-conf-$STAGE", ["ConfigMap ?/web-conf-* []+"]),
    ("NAME ?= a\nx:\n\tkubectl create cm $(NAME)", ["ConfigMap ?/a []+"]),
    ("NAME=${1:-a}\nkubectl create cm $NAME", ["ConfigMap ?/a []+"]),
    ("kubectl create cm ${NAME:-a}", ["ConfigMap ?/a []+"]),
    ("NAME=a\nNAME=b\nkubectl create cm $NAME", []),
    ("NAME=a\nNAME=$(cat f)\nkubectl create cm $NAME", []),
    ("NAME=`cat f`\nkubectl create cm $NAME", []),
    ('NAME="a"$X\nkubectl create cm $NAME', []),
    ("NAME=a; for NAME in b c; do kubectl create cm $NAME; done", []),
    ("NAME=a; read -r NAME; kubectl create cm $NAME", []),
    ("kubectl create cm $k --from-literal=k=v", []),
    ("kubectl create cm $A-$B-conf", []),
    ("kubectl create cm x-$B", []),
    ("kubectl create cm <name>", []),
    ("kubectl create cm", []),
    ("kubectl create secret opaque a", []),
    ("kubectl create secret generic A_B", []),
    ("kubectl create deployment a --image=b", []),
    ("Use kubectl to create secret generic a", []),
    ("kubectl delete secret generic a", []),
    ("mykubectl create cm a", []),
    ("kubectl create cm a --from-literal=", ["ConfigMap ?/a []+"]),
]

HEREDOCS = [
    (
        "kubectl apply -f - <<EOF\nkind: Secret\napiVersion: v1\n"
        "metadata: {name: a, namespace: shop}\nstringData: {k: $V}\nEOF\n",
        ["Secret shop/a [k]"],
    ),
    (
        "cat <<'END' | kubectl apply -f -\napiVersion: v1\nkind: ConfigMap\n"
        "metadata:\n  name: shop-${X}\ndata:\n  k: v\nEND\n",
        ["ConfigMap ?/shop-* [k]"],
    ),
    (
        "cat <<-EOF\n"
        "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c}\nspec: {secretName: c-tls}\n\tEOF\n",
        ["Secret ?/c-tls [tls.crt, tls.key, ca.crt]"],
    ),
    (
        "NAME=a\nkubectl apply -f - <<EOF\napiVersion: v1\nkind: Secret\nmetadata:\n  name: $NAME\nEOF\n",
        ["Secret ?/a []+"],
    ),
    ("cat <<EOF\nkind: Secret\nmetadata: {name: a}\n", []),
    ("cat <<EOF\nkind: [Secret\nEOF\n", []),
]

TERRAFORM = [
    (
        'resource "kubernetes_secret" "x" {\n metadata {\n name = "a" # note\n namespace = "shop"\n }\n'
        ' data = {\n user = "u"\n "p.w" = var.p ? "x" : "z"\n f = jsonencode({ q = 1, r = [1, 2] })\n }\n}\n',
        ["Secret shop/a [user, p.w, f]"],
    ),
    (
        'resource "kubernetes_config_map_v1" "x" { metadata { name = "a" } data = { k = 1 } binary_data = { b = 2 } }',
        ["ConfigMap ?/a [k, b]"],
    ),
    (
        'resource "kubernetes_secret_v1" "x" {\n metadata { name = "shop-${var.s}" }\n data = merge({k = 1}, var.m)\n}',
        ["Secret ?/shop-* []+"],
    ),
    ('resource "kubernetes_secret" "x" {\n metadata { name = var.n }\n}', []),
    ('resource "kubernetes_secret" "x" {\n metadata { name = "${var.n}" }\n}', []),
    ('resource "kubernetes_secret" "x" {\n metadata { generate_name = "a-" }\n}', []),
    ('resource "kubernetes_secret" "x" {\n metadata { name = "a" }\n}', ["Secret ?/a []+"]),
    (
        'resource "kubernetes_secret" "x" {\n metadata { name = "a" }\n data = { for k, v in var.m : k => v }\n}',
        ["Secret ?/a []+"],
    ),
    (
        'resource "kubernetes_secret" "x" {\n metadata { name = "a" }\n data = {\n (var.k) = 1\n z = 2\n }\n}',
        ["Secret ?/a [z]+"],
    ),
    (
        'resource "kubernetes_secret" "x" {\n metadata { name = "a" }\n'
        ' type = "kubernetes.io/service-account-token"\n data = { k = 1 }\n}',
        ["Secret ?/a [k]+"],
    ),
    (
        'resource "kubernetes_config_map_v1_data" "x" {\n metadata { name = "a" }\n data = { k = 1 }\n}',
        ["ConfigMap ?/a [k]+"],
    ),
    (
        'resource "kubernetes_secret" "x" {\n metadata { name = "a" }\n data = {\n k = <<EOT\n'
        "z = { y = 1 }\nEOT\n l = 1\n }\n}\n"
        'resource "kubernetes_secret" "y" {\n metadata { name = "b" }\n data = { m = 1 }\n}',
        ["Secret ?/a [k, l]", "Secret ?/b [m]"],
    ),
    ('resource "kubernetes_secret" "x" {\n metadata { name = "a"', []),
    ('resource "kubernetes_deployment" "x" {\n metadata { name = "a" }\n}', []),
    (
        '/* resource */ resource "kubernetes_secret" "x" {\n metadata {\n'
        ' // name = "no"\n name = "a"\n }\n data = { k = 1 }\n}',
        ["Secret ?/a [k]"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), SHELL + HEREDOCS)
def test_shell(text: str, expected: list[str]) -> None:
    assert _said("deploy.sh", text) == expected
    assert not expected or looks_imperative(text.encode())


@pytest.mark.parametrize(("text", "expected"), TERRAFORM)
def test_terraform(text: str, expected: list[str]) -> None:
    assert _said("main.tf", text) == expected
    assert not expected or looks_imperative(text.encode())


def test_terraform_is_read_in_terraform_files_only() -> None:
    assert _said("notes.md", TERRAFORM[0][0]) == []


def test_places_are_those_of_the_tokens() -> None:
    (made,) = imperative(
        "a.sh", "# ü\necho ü; kubectl create secret generic db --from-literal='user=x' --from-file=a/b.pem"
    )
    assert (made.span.line, made.span.column, made.span.end_column) == (2, 39, 41)
    user, pem = made.keys["user"], made.keys["b.pem"]
    assert (user.line, user.column, user.end_column) == (2, 57, 61)
    assert pem.end_column - pem.column == len("b.pem")


def test_a_heredoc_keeps_its_lines() -> None:
    (made,) = imperative("a.sh", HEREDOCS[0][0])
    assert (made.span.line, made.span.column) == (4, 18)
    assert made.keys["k"].line == 5


def test_values_are_not_kept() -> None:
    made = imperative("a.sh", "kubectl create secret generic db --from-literal=user=hunter2")
    assert "hunter2" not in repr(made)


@pytest.mark.parametrize(
    "text",
    [
        "kubectl create secret generic " + "a" * 50_000,
        "kubectl create " * 5_000,
        "kubectl " + "-a b " * 50_000,
        "<<EOF " * 20_000,
        "<<A\n" * 20_000,
        '"' * 50_000,
        "kubectl create cm $(" * 2_500,
        "/* " * 20_000,
        "${a}" * 20_000,
        "[" * 50_000,
    ],
)
def test_odd_texts_are_survived(text: str) -> None:
    for path in ("a.sh", "a.tf"):
        assert isinstance(imperative(path, text), list)
        assert isinstance(imperative(path, 'resource "kubernetes_secret" "x" {' + text), list)


def test_a_text_that_is_no_script_is_passed_over() -> None:
    assert imperative("a.sh", "kubectl create cm abcd\n" * 200_000) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("hack/deploy.sh", True),
        ("README.md", True),
        ("Makefile", True),
        ("sub/GNUmakefile", True),
        ("Makefile.local", True),
        (".github/workflows/ci.yaml", True),
        (".gitlab-ci.yml", True),
        ("main.tf", True),
        ("Jenkinsfile", True),
        ("app/deployment.yaml", False),
        ("image.png", False),
        ("shell", False),
    ],
)
def test_what_is_a_script(path: str, expected: bool) -> None:
    assert is_script(path) is expected


@pytest.mark.parametrize(
    "data", [b"", b"create a namespace", b"kubectl get secret", b"kind: Secret", b"secret create"]
)
def test_the_prefilter_passes_over_what_creates_nothing(data: bytes) -> None:
    assert not looks_imperative(data)


def test_the_readme_of_a_repository_counts() -> None:
    text = "# Setup\n\n```console\n$ kubectl create secret generic db --from-literal=a=b\n```\n"
    assert _said("README.md", text) == ["Secret ?/db [a]"]
