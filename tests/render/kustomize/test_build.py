"""What a build says beyond its objects: positions, hashes, gaps and where they reach, diagnostics."""

import pytest

from cnilint.document import Scalar, Span, child, items, walk
from cnilint.render.kustomize import Build, BuildGap, Memo, build
from tests.render.kustomize.oracle import MemoryFiles, Tree

_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: c
        env:
        - name: A
          valueFrom:
            configMapKeyRef: {name: m, key: a}
"""
_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: m
data:
  a: "1"
"""


def _build(tree: Tree, root: str = "") -> Build:
    return build(root, MemoryFiles(tree))


def _spans(built: Build, kind: str, raw: str) -> list[Span]:
    """Where the scalars with a text stand, keys excluded, in objects of one kind."""
    nodes = (node for each in built.objects if each.kind == kind for node in walk(each.node))
    return [node.span for node in nodes if isinstance(node, Scalar) and node.raw == raw]


def _pointed_at(tree: Tree, span: Span) -> str:
    return tree[span.file].split("\n")[span.line - 1][span.column - 1 : span.end_column - 1]


def _key(built: Build, name: str, key: str) -> Span:
    (found,) = [each for each in built.objects if each.name == name]
    data = child(found.node, "data")
    return data.entries[key].key.span  # type: ignore[union-attr]


_STRATEGIC = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: c
        env:
        - name: A
          valueFrom:
            configMapKeyRef: {name: patched, key: a}
"""
_LITERAL = "- patch: |-\n" + "".join(f"    {line}\n" for line in _STRATEGIC.splitlines())
_AT = "/spec/template/spec/containers/0/env/0/valueFrom/configMapKeyRef/name"


@pytest.mark.parametrize(
    ("patches", "file", "line", "column"),
    [
        pytest.param("- path: p.yaml\n", "p.yaml", 12, 37, id="file"),
        pytest.param(_LITERAL, "kustomization.yaml", 15, 41, id="literal block"),
        pytest.param(
            "-   target: {kind: Deployment}\n    patch: |\n\n"
            + f"            - op: replace\n              path: {_AT}\n              value: patched\n",
            "kustomization.yaml",
            8,
            22,
            id="JSON patch in a block",
        ),
        pytest.param(
            "- target: {kind: Deployment}\n"
            + f"""  patch: '[{{"op": "replace", "path": "{_AT}", "value": "patched"}}]'\n""",
            "kustomization.yaml",
            4,
            10,
            id="quoted: the whole string",
        ),
    ],
)
def test_a_patched_value_points_into_the_patch(patches: str, file: str, line: int, column: int) -> None:
    tree = {
        "kustomization.yaml": "resources: [web.yaml]\npatches:\n" + patches,
        "web.yaml": _WEB,
        "p.yaml": _STRATEGIC,
    }
    built = _build(tree)
    (span,) = _spans(built, "Deployment", "patched")
    assert (span.file, span.line, span.column) == (file, line, column)
    assert not built.diagnostics
    (untouched,) = _spans(built, "Deployment", "A")
    assert untouched.file in (file, "web.yaml")


def test_a_renamed_reference_still_points_at_its_token() -> None:
    tree = {
        "base/kustomization.yaml": "resources: [all.yaml]\n",
        "base/all.yaml": _WEB + "---\n" + _MAP,
        "top/kustomization.yaml": "resources: [../base]\nnamePrefix: x-\nnamespace: prod\n",
    }
    built = _build(tree, "top")
    (span,) = _spans(built, "Deployment", "x-m")
    assert _pointed_at(tree, span) == "m"
    (name,) = [each.span for each in built.objects if each.kind == "ConfigMap"]
    assert (name.file, name.line, _pointed_at(tree, name)) == ("base/all.yaml", 18, "m")
    (namespace,) = _spans(built, "ConfigMap", "prod")
    assert _pointed_at(tree, namespace) == "prod"
    assert {each.namespace for each in built.objects} == {"prod"}


def test_generated_keys_point_at_what_gives_them() -> None:
    tree = {
        "kustomization.yaml": "configMapGenerator:\n- name: m\n  literals: [one=1, 'two=2']\n"
        "  files: [conf/three.txt, four=conf/three.txt]\n  envs: [conf/v.env]\n",
        "conf/three.txt": "3\n",
        "conf/v.env": "# first\n  FIVE=5\n",
    }
    built = _build(tree)
    for key in ("one", "two", "three.txt", "four", "FIVE"):
        assert _pointed_at(tree, _key(built, "m", key)) == key
    assert _key(built, "m", "FIVE").file == "conf/v.env"
    assert built.used == set(tree)


def test_a_merged_key_points_at_the_layer_that_gives_it() -> None:
    tree = {
        "base/kustomization.yaml": "configMapGenerator:\n- {name: m, literals: [a=1, b=1]}\n",
        "kustomization.yaml": "resources: [base]\n"
        "configMapGenerator:\n- {name: m, behavior: merge, literals: [b=2, c=2]}\n"
        "patches:\n- target: {kind: ConfigMap}\n  patch: |-\n    - {op: add, path: /data/d, value: x}\n",
    }
    built = _build(tree)
    assert {key: _key(built, "m", key).file for key in "abcd"} == {
        "a": "base/kustomization.yaml",
        "b": "kustomization.yaml",
        "c": "kustomization.yaml",
        "d": "kustomization.yaml",
    }
    assert _pointed_at(tree, _key(built, "m", "d")) == "d"


def test_no_value_of_a_generated_secret_is_kept() -> None:
    tree = {
        "kustomization.yaml": "secretGenerator:\n- name: s\n  literals: [a=hidden1]\n"
        "  files: [k=f]\n  envs: [e]\n",
        "f": "hidden2",
        "e": "B=hidden3\n",
    }
    (secret,) = _build(tree).objects
    data = child(secret.node, "data")
    assert [(name, entry.value.raw) for name, entry in data.entries.items()] == [  # type: ignore[union-attr]
        ("B", ""),
        ("a", ""),
        ("k", ""),
    ]
    assert not any(isinstance(node, Scalar) and "hidden" in node.raw for node in walk(secret.node))


def test_binary_files_are_binary_data() -> None:
    files = MemoryFiles({"kustomization.yaml": "configMapGenerator: [{name: m, files: [x, y]}]"})
    files.data |= {"x": b"\xff\xfe\x00", "y": b"text"}
    (found,) = build("", files).objects
    assert child(found.node, "binaryData", "x") is not None
    assert child(found.node, "data", "x") is None
    assert child(found.node, "data", "y") is not None


def test_hashed_names_stay_bare_and_their_references_are_known() -> None:
    rollout = _WEB.replace("apps/v1", "argoproj.io/v1alpha1").replace("Deployment", "Rollout")
    tree = {
        "kustomization.yaml": "resources: [web.yaml, roll.yaml]\nnamespace: ns\n"
        "configMapGenerator:\n- {name: m, literals: [a=1]}\n"
        "- {name: plain, literals: [a=1], options: {disableNameSuffixHash: true}}\n",
        "web.yaml": _WEB,
        "roll.yaml": rollout,
    }
    built = _build(tree)
    assert {tuple(name) for name in built.hashed} == {("ConfigMap", "ns", "m")}
    assert set(_spans(built, "Deployment", "m")) <= built.followed
    assert not built.followed & set(_spans(built, "Rollout", "m"))


def test_replicas_of_zero_are_seen() -> None:
    tree = {
        "kustomization.yaml": "resources: [web.yaml]\nreplicas: [{name: web, count: 0}]\n",
        "web.yaml": _WEB,
    }
    (web,) = _build(tree).objects
    replicas = child(web.node, "spec", "replicas")
    assert isinstance(replicas, Scalar)
    assert replicas.data == 0
    assert replicas.span.file == "kustomization.yaml"


_ADDS = [
    pytest.param("resources: ['https://example.org/x.yaml']", "is not fetched", id="remote file"),
    pytest.param("resources: ['github.com/org/repo//deploy?ref=v1']", "is not fetched", id="remote base"),
    pytest.param("resources: ['git@example.org:org/repo']", "is not fetched", id="remote repository"),
    pytest.param("components: ['https://example.org/org/repo?ref=v1']", "is not fetched", id="component"),
    pytest.param("resources: [../outside]", "outside of the repository", id="outside"),
    pytest.param("resources: [/etc/passwd]", "outside of the repository", id="absolute"),
    pytest.param("resources: [broken.yaml]", "cannot be read", id="broken"),
    pytest.param("helmCharts: [{name: redis, repo: x}]", "chart `redis`", id="chart"),
    pytest.param("generators: [plugin.yaml]", "generator Magic", id="generator"),
    pytest.param("transformers: [plugin.yaml]", "transformer Magic", id="transformer"),
]


@pytest.mark.parametrize(("line", "reason"), _ADDS)
def test_what_may_add_objects_is_open(line: str, reason: str) -> None:
    unknown = "patches: [{patch: '{apiVersion: v1, kind: Pod, metadata: {name: unknown}}'}]\n"
    tree = {
        "kustomization.yaml": f"{line}\n" + ("" if "transformers" in line else unknown),
        "plugin.yaml": "apiVersion: example.org/v1\nkind: Magic\nmetadata: {name: x}\n",
        "broken.yaml": "a: [",
    }
    built = _build(tree)
    (gap,) = [each for each in built.gaps if each.adds]
    assert reason in gap.reason
    assert gap.span.line == 1
    assert not built.diagnostics, "the object to patch may be among those that are not known"


def _reached(built: Build) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(each.kind, each.name): each.fields for gap in built.gaps for each in gap.touched}


_REACHING = [
    pytest.param(
        "replacements:\n- source: {kind: ConfigMap, name: m, fieldPath: data.a}\n  targets:\n"
        "  - select: {kind: Deployment}\n    fieldPaths:\n"
        "    - spec.template.spec.containers.[name=c].env.[name=A].value\n"
        "    - spec.template.spec.volumes.0.configMap.name\n",
        {
            ("Deployment", "web"): (
                "spec.template.spec.containers.env.value",
                "spec.template.spec.volumes.configMap.name",
            )
        },
        id="replacements",
    ),
    pytest.param(
        "replacements: [{path: r.yaml}]",
        {("ConfigMap", "m"): ("metadata.name",)},
        id="replacements in a file",
    ),
    pytest.param(
        "vars:\n- name: HOST\n  objref: {kind: Service, name: s, apiVersion: v1}\n",
        {("ConfigMap", "m"): ("data.host",)},
        id="vars",
    ),
    pytest.param(
        "transformers: [labels.yaml, plugin.yaml]",
        {("ConfigMap", "m"): ("",), ("Deployment", "web"): ("",)},
        id="transformers",
    ),
    pytest.param(
        "patches: [{path: missing.yaml}]",
        {("ConfigMap", "m"): ("",), ("Deployment", "web"): ("",)},
        id="missing patch",
    ),
    pytest.param(
        "configMapGenerator: [{name: g, envs: [.env.local]}]",
        {("ConfigMap", "g"): ("binaryData", "data")},
        id="missing env file",
    ),
    pytest.param(
        "patches: [{target: {name: '(w(eb)?'}, patch: '[]'}]",
        {("ConfigMap", "m"): ("",), ("Deployment", "web"): ("",)},
        id="a pattern that kustomize refuses",
    ),
    pytest.param(
        "configurations: [config.yaml]",
        {("Deployment", "web"): ("spec.extra.name",)},
        id="configured fields",
    ),
]


@pytest.mark.parametrize(("lines", "reached"), _REACHING)
def test_a_gap_reaches_no_further_than_it_must(
    lines: str, reached: dict[tuple[str, str], tuple[str, ...]]
) -> None:
    tree = {
        "kustomization.yaml": "resources: [web.yaml, m.yaml]\n" + lines,
        "web.yaml": _WEB,
        "m.yaml": _MAP + "  host: http://$(HOST)/\n",
        "r.yaml": "- source: {kind: Deployment}\n  targets: [{select: {kind: ConfigMap}}]\n",
        "plugin.yaml": "apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {name: x}\n",
        "labels.yaml": "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: x}\n",
        "config.yaml": "namePrefix:\n- {kind: Deployment, path: spec/extra/name}\n",
    }
    built = _build(tree)
    assert _reached(built) == reached
    assert not any(gap.adds for gap in built.gaps)


def test_a_missing_file_of_a_generator_still_gives_its_key() -> None:
    built = _build({"kustomization.yaml": "secretGenerator: [{name: s, files: [tls.key]}]"})
    (secret,) = built.objects
    assert child(secret.node, "data", "tls.key") is not None
    (found,) = built.refusals
    assert (str(found.message), found.severity) == ("`tls.key` does not exist", "warning")


def test_a_decrypting_generator_adds_what_its_files_hold() -> None:
    tree = {
        "kustomization.yaml": "generators: [plugin.yaml]\nnamespace: ns\n",
        "plugin.yaml": "apiVersion: example.org/v1\nkind: Decrypt\nmetadata: {name: x}\nfiles: [s.enc.yaml]\n",
        "s.enc.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: 'ENC[x]'}\nsops: {mac: x}\n",
    }
    built = _build(tree)
    assert [(each.kind, each.namespace, each.name) for each in built.objects] == [("Secret", "ns", "s")]
    assert not built.gaps
    assert "s.enc.yaml" in built.used


def test_bases_and_files_are_known() -> None:
    tree = {
        "a/kustomization.yaml": "resources: [../b]\ncomponents: [../c]\npatches: [{path: p.yaml}]\n",
        "a/p.yaml": _MAP,
        "b/kustomization.yaml": "resources: [m.yaml]\n",
        "b/m.yaml": _MAP,
        "c/kustomization.yaml": "kind: Component\nresources: [w.yaml]\n",
        "c/w.yaml": _WEB,
    }
    built = _build(tree, "a")
    assert built.bases == {"b", "c"}
    assert built.used == set(tree)
    assert len(built.objects) == 2


def test_shared_bases_are_built_once_and_never_changed() -> None:
    tree = {"base/kustomization.yaml": "resources: [all.yaml]\n", "base/all.yaml": _WEB + "---\n" + _MAP}
    for name in ("dev", "prod"):
        tree[f"{name}/kustomization.yaml"] = (
            f"resources: [../base]\nnamespace: {name}\nnamePrefix: {name}-\n"
            "patches: [{target: {kind: Deployment}, patch: '[{op: remove, path: /spec/template}]'}]\n"
        )
    files, memo = MemoryFiles(tree), Memo()
    for name in ("dev", "prod", "dev"):
        built = build(name, files, memo)
        assert [each.name for each in built.objects] == [f"{name}-web", f"{name}-m"]
    alone = build("base", files, memo)
    assert [each.name for each in alone.objects] == ["web", "m"]
    assert items(alone.objects[0].node, "spec", "template", "spec", "containers")
    assert files.parses == 4


def test_no_kustomization_builds_to_nothing() -> None:
    built = _build({"m.yaml": _MAP})
    assert built.objects == ()
    assert built.diagnostics == ()


def test_gaps_of_a_base_are_those_of_its_overlays() -> None:
    tree = {
        "base/kustomization.yaml": "resources: [web.yaml]\nreplacements:\n"
        "- source: {kind: X}\n  targets: [{select: {name: web}, fieldPaths: [spec.replicas]}]\n",
        "base/web.yaml": _WEB,
        "kustomization.yaml": "resources: [base]\nnamespace: ns\nnamePrefix: p-\n",
    }
    (gap,) = _build(tree).gaps
    assert isinstance(gap, BuildGap)
    (touched,) = gap.touched
    assert (touched.kind, touched.namespace, touched.name) == ("Deployment", "ns", "p-web")
    assert touched.fields == ("spec.replicas",)


_LOGIN = "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\ndata: {a: Yg==}\n"
_OPERATIONS = "- {op: add, path: /metadata/labels, value: {a: b}}\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("patches: [{path: p.yaml, target: {kind: Secret}}]", {"p.yaml"}),
        ("patches: [{path: p.yaml, target: {kind: Secret, name: gone}}]", {"p.yaml"}),
        ("patches: [{path: p.yaml, target: {kind: S.*}}]", {"p.yaml"}),
        ("patches: [{path: p.yaml, target: {name: login}}]", {"p.yaml"}),
        ("patches: [{path: p.yaml, target: {name: m}}]", set()),
        ("patches: [{path: p.yaml, target: {kind: ConfigMap}}]", set()),
        ("patches: [{path: broken.yaml, target: {kind: Secret}}]", {"broken.yaml"}),
        ("patchesJson6902: [{path: p.yaml, target: {version: v1, kind: Secret, name: login}}]", {"p.yaml"}),
        ("patches: [{patch: '[]', target: {name: login}}]", {"kustomization.yaml"}),
        ("secretGenerator: [{name: s, envs: [a.env], files: [b, k=c]}]", {"a.env", "b", "c"}),
        ("configMapGenerator: [{name: s, envs: [a.env], files: [b, k=c]}]", set()),
    ],
)
def test_the_files_that_feed_secrets_are_known(lines: str, expected: set[str]) -> None:
    files = {"p.yaml": _OPERATIONS, "broken.yaml": "- {op: add, value: [", "a.env": "A=b\n", "b": "", "c": ""}
    base = f"resources: [login.yaml, m.yaml]\n{lines}\n"
    tree = {"base/" + name: text for name, text in files.items()}
    tree |= {"base/kustomization.yaml": base, "base/login.yaml": _LOGIN, "base/m.yaml": _MAP}
    built = _build({**tree, "kustomization.yaml": "resources: [base]"})
    assert built.secret_files == {f"base/{name}" for name in expected}


@pytest.mark.parametrize(("kind", "expected"), [("Secret", True), ("ConfigMap", False)])
def test_gaps_that_would_copy_the_value_of_a_secret_are_known(kind: str, expected: bool) -> None:
    lines = (
        f"replacements:\n- source: {{kind: {kind}, name: a}}\n  targets: [{{select: {{kind: ConfigMap}}}}]\n"
        f"vars:\n- name: V\n  objref: {{apiVersion: v1, kind: {kind}, name: a}}\n"
    )
    built = _build(
        {"kustomization.yaml": f"resources: [m.yaml]\n{lines}", "m.yaml": _MAP.replace('"1"', "$(V)")}
    )
    assert [gap.secret for gap in built.gaps] == [expected, expected]
