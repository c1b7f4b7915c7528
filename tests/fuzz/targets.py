"""What is mutated: each target makes a repository and a command line out of some bytes."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from tests.conftest import ROOT

CANARY = "canary7f3a9c"
FORMATS = ("text", "concise", "json", "sarif", "github", "html")
Files = dict[str, bytes]

_SCENARIOS = ROOT / "tests" / "scenarios"
_LARGEST_SEED = 12_000
_MOST_FILES = 40
_HEAD = re.compile(rb"(?m)^-- ([\w./-]{1,100}) --$\n?")
_SECRET = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: login, namespace: default}}
stringData: {{password: {CANARY}}}
""".encode()
_POD = b"""\
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: default}
spec: {containers: [{name: main, image: a, envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: gone}}]}]}
"""


class Target(Struct, frozen=True, kw_only=True):
    """One kind of input. ``build`` returns the files of the repository and the arguments, or None for bytes to skip."""

    name: str
    seeds: Callable[[], Iterator[bytes]]
    build: Callable[[bytes], tuple[Files, Sequence[str]] | None]
    words: Sequence[str] = ()


def _one_file(name: str, arguments: Sequence[str], others: Mapping[str, bytes] = {}) -> Callable[..., object]:
    def build(data: bytes) -> tuple[Files, Sequence[str]]:
        return {"login.yaml": _SECRET, **others, name: data}, arguments

    return build


def _scenario_files(*patterns: str) -> Iterator[bytes]:
    for pattern in patterns:
        for path in sorted(_SCENARIOS.glob(f"*/repo/**/{pattern}")):
            if path.is_file() and path.stat().st_size <= _LARGEST_SEED:
                yield path.read_bytes()


def _holding(word: bytes, *patterns: str) -> Iterator[bytes]:
    return (data for data in _scenario_files(*patterns) if word in data)


def _archives() -> Iterator[bytes]:
    """Each scenario with a kustomization as one text."""
    for repository in sorted(_SCENARIOS.glob("*/repo")):
        if next(repository.rglob("kustomization.yaml"), None) is None:
            continue
        parts = []
        for path in sorted(repository.rglob("*")):
            if path.is_file() and ".git" not in path.parts:
                parts.append(
                    b"-- %s --\n%s" % (path.relative_to(repository).as_posix().encode(), path.read_bytes())
                )
        text = b"".join(part if part.endswith(b"\n") else part + b"\n" for part in parts)
        if len(text) <= _LARGEST_SEED:
            yield text


def _unpacked(data: bytes) -> tuple[Files, Sequence[str]] | None:
    parts = _HEAD.split(data)
    files: Files = {"login.yaml": _SECRET}
    for name, content in list(zip(parts[1::2], parts[2::2], strict=True))[:_MOST_FILES]:
        path = Path(name.decode())
        taken = any(str(parent) in files for parent in path.parents) or any(
            known.startswith(f"{path}/") for known in files
        )
        if path.is_absolute() or ".." in path.parts or str(path) == "." or taken:
            return None
        files[str(path)] = content
    return files, ("check", ".", "--verbose")


def _packs() -> Iterator[bytes]:
    for path in sorted((ROOT / "rules").rglob("*.yaml")):
        text = path.read_bytes()
        yield text if len(text) <= _LARGEST_SEED else text[: text.rfind(b"\n- ", 0, _LARGEST_SEED) + 1]


def _tested_pack(data: bytes) -> tuple[Files, Sequence[str]]:
    files = {
        "pack.yaml": data,
        ".cnilint.yaml": b"packs: [pack.yaml]\n",
        "pod.yaml": _POD,
        "login.yaml": _SECRET,
    }
    return files, (("rules", "test", "pack.yaml") if len(data) % 2 else ("check", "."))


def _configurations() -> Iterator[bytes]:
    yield from _scenario_files(".cnilint.yaml")
    yield b"""\
environments: [{name: a, roots: [a, b], namespace: default, cluster: one}]
external: [{kind: ConfigMap, name: "a*", namespace: b, reason: c}]
producers: [{kind: Secret, name: a, namespace: b, keys: [c]}]
severity: {CNI101: note}
suppressions: [{code: CNI102, file: "*.yaml", object: "Pod/*/a", reference: "Secret/*", reason: b, until: 2030-01-01}]
exclude: ["c/**", "*.md"]
targets: {istio: 1.24.2}
packs: [pack.yaml]
select: [CNI1]
ignore: [CNI106]
"""


def _fields() -> Iterator[bytes]:
    yield b'{"f:data": {".": {}, "f:a": {}}}'
    yield b'{"f:spec": {"f:containers": {"k:{\\"name\\":\\"main\\"}": {".": {}, "f:env": {"k:{\\"name\\":\\"A\\"}": {}}}}}}'
    yield b'{"f:metadata": {"f:finalizers": {".": {}, "v:\\"a\\"": {}}, "f:labels": {"f:a": {}}}, "i:0": {}}'


def _dump_with_fields(data: bytes) -> tuple[Files, Sequence[str]]:
    head = json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "agent",
                "namespace": "default",
                "labels": {"a": "b"},
                "finalizers": ["a"],
                "managedFields": [
                    {
                        "manager": "m",
                        "operation": "Apply",
                        "apiVersion": "v1",
                        "fieldsType": "FieldsV1",
                        "fieldsV1": "@",
                    }
                ],
            },
            "spec": {"containers": [{"name": "main", "image": "a", "env": [{"name": "A", "value": "b"}]}]},
        }
    ).encode()
    files = {
        "live/live.json": head.replace(b'"@"', data),
        "desired/pod.yaml": _POD,
        "live/login.yaml": _SECRET,
    }
    return files, ("ownership", "live", "--desired", "desired", "--manager", "m", "--tree", "--verbose")


def _values(data: bytes) -> tuple[Files, Sequence[str]]:
    application = b"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a}
spec: {destination: {namespace: default}, source: {path: chart, helm: {valueFiles: [values.yaml, more.yaml]}}}
"""
    release = b"""\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: a, namespace: default}
spec:
  chart: {spec: {chart: ./chart}}
  values:
"""
    files = {
        "chart/Chart.yaml": b"apiVersion: v2\nname: cilium\nversion: 1.15.0\n",
        "chart/values.yaml": data,
        "chart/more.yaml": data[: len(data) // 2],
        "app.yaml": application,
        "release.yaml": release + b"".join(b"    " + line + b"\n" for line in data.splitlines()),
        "login.yaml": _SECRET,
    }
    return files, ("check", ".", "--verbose")


def _applicationset(data: bytes) -> tuple[Files, Sequence[str]]:
    others = {f"apps/{name}/pod.yaml": _POD for name in ("a", "b")} | {
        "apps/a/config.json": b'{"cluster": {"name": "a"}}'
    }
    return {"login.yaml": _SECRET, **others, "set.yaml": data}, ("check", ".", "--explain-environments")


_COMMANDS = (
    ["check", "."],
    ["check", ".", "--format", "sarif", "--closed-world", "--kube-version", "1.30"],
    [
        "check",
        ".",
        "--output",
        "html=out.html",
        "--select",
        "CNI1,CNI2",
        "--fail-on",
        "note",
        "--as-of",
        "2026-01-01",
    ],
    [
        "check",
        "-",
        "--stdin-name",
        "x.yaml",
        "--namespace",
        "default",
        "--color",
        "always",
        "--show-suppressed",
    ],
    ["check", "--rev", "HEAD", "--jobs", "2"],
    ["check", "--live", "live.yaml", "--target", "istio=1.24.2", "--ignore", "CNI102", "-q", "-v"],
    [
        "ownership",
        "live.yaml",
        "--desired",
        ".",
        "--manager",
        "m",
        "--applier",
        "kubectl",
        "--force",
        "--tree",
    ],
    [
        "ownership",
        "live.yaml",
        "--previous",
        "pod.yaml",
        "--applier",
        "kubectl-client-side",
        "--format",
        "github",
    ],
    ["explain", "CNI101"],
    ["rules", "list", "istio"],
    ["rules", "diff", "istio", "1.22", "1.24", ".", "--format", "json"],
    ["rules", "test", "pack.yaml"],
    ["rules", "catalogue", ".", "--component", "a"],
)


def _command_line(data: bytes) -> tuple[Files, Sequence[str]] | None:
    given = data.replace(b"\0", b"").decode("utf-8", "surrogateescape").split("\n")
    if any(part.startswith(("/", "--ren")) or "=/" in part or ".." in part for part in given):
        return None
    files = {"pod.yaml": _POD, "live.yaml": _POD, "login.yaml": _SECRET, "pack.yaml": b"component: a\n"}
    return files, given


_PLACES = (
    "stringData:\n  password: {}\n",
    "data:\n  password: {}\n",
    "stringData: {{password: {}}}\n",
    "stringData:\n- {}\n",
    "data: {}\n",
    "stringData:\n  password: |\n    {}\n",
    'stringData:\n  password: "{}"\n',
    "stringData:\n  password: '{}'\n",
    "metadata: {{annotations: {{a: {}}}}}\n",
    "type: {}\n",
    "# {}\n",
)


def _secret(data: bytes) -> tuple[Files, Sequence[str]] | None:
    """A Secret with a value of some bytes and the canary, always in one line, in a place that the first byte chooses."""
    text = data[1:].decode("latin-1")
    if not data or len(text) > 200 or any(len(part.splitlines()) > 1 for part in (text, f"a{text}b")):
        return None
    before, _, after = text.partition("@")
    place = _PLACES[data[0] % len(_PLACES)].replace("{}", "\0").replace("{{", "{").replace("}}", "}")
    manifest = "apiVersion: v1\nkind: Secret\n" + place.replace("\0", before + CANARY + after)
    return {"secret.yaml": manifest.encode(), "pod.yaml": _POD}, ("check", ".", "--closed-world", "--verbose")


def _secret_seeds() -> Iterator[bytes]:
    for place in range(len(_PLACES)):
        for text in (
            b"@",
            b"*@",
            b"&@ *a",
            b"!@ a",
            b"[@",
            b'"@',
            b"{@: a, a: @",
            b"a: @: b",
            b"@@",
            b"%@",
            b"- @",
            b"\t@",
        ):
            yield bytes([place]) + text


_CONFIGURATION_WORDS = """
environments external producers severity suppressions exclude targets packs select ignore name roots namespace cluster kind
keys code file object reference environment reason until error warning note CNI101 *** [!a] ../a /etc/passwd pack.yaml
""".split()
_KUSTOMIZE_WORDS = """
resources components patches patchesStrategicMerge patchesJson6902 replacements vars configMapGenerator
secretGenerator generatorOptions namePrefix nameSuffix namespace commonLabels labels includeSelectors
target group version kind name labelSelector annotationSelector path files literals envs env behavior
merge replace create disableNameSuffixHash images newName newTag digest replicas count transformers
generators validators crds configurations openapi helmCharts sourceValue fieldPath fieldPaths select
reject options delimiter index $patch delete op add remove test move copy value from /metadata/name --
../outside/out.yaml /etc/passwd https://example.invalid/a
""".split()

_MANIFEST_WORDS = """
apiVersion kind metadata name namespace labels annotations spec data stringData binaryData containers
initContainers env envFrom valueFrom configMapKeyRef secretKeyRef configMapRef secretRef key optional
volumes configMap secret projected sources items defaultMode volumeMounts subPath mountPath
serviceAccountName ConfigMap Secret Pod Deployment DaemonSet List items Job CronJob jobTemplate template
immutable CNI101 cnilint: ignore[CNI101] --- ... ? << *a &a !!str !!binary %YAML \\u0000 0x10 1e3 .nan
2001-01-01 ~ |- >+ \ufeff
""".split()

_SET_WORDS = """
ApplicationSet generators list elements git directories files matrix merge mergeKeys clusters selector
matchLabels pullRequest scmProvider template goTemplate goTemplateOptions values path exclude {{path}}
{{path.basename}} {{.path.path}} {{ index .path.segments 1 }} {{- range $k, $v := . -}} {{end}} {{name}}
{{metadata.labels.a}} | upper quote default
""".split()

_PACK_WORDS = """
component detect rules examples since until before removed renamed effect fatal ignored override value
pattern variable flag key settings versions catalogue manifests expected id source message hint
""".split()

_DUMP_WORDS = """
managedFields manager operation Apply Update apiVersion fieldsType FieldsV1 fieldsV1 subresource status
time f: k: v: i: . {"f:spec":{}} {"k:{\\"name\\":\\"a\\"}":{}} kubectl-client-side-apply
before-first-apply kubectl.kubernetes.io/last-applied-configuration
""".split()


def _target(
    name: str, seeds: Callable[[], Iterator[bytes]], build: object, words: Sequence[str] = ()
) -> Target:
    return Target(name=name, seeds=seeds, build=build, words=words)  # type: ignore[arg-type]


TARGETS = {
    target.name: target
    for target in (
        _target(
            "manifests",
            lambda: _scenario_files("*.yaml"),
            _one_file("all.yaml", ("check", ".", "--closed-world")),
            _MANIFEST_WORDS,
        ),
        _target("kustomizations", _archives, _unpacked, (*_KUSTOMIZE_WORDS, *_MANIFEST_WORDS)),
        _target("packs", _packs, _tested_pack, _PACK_WORDS),
        _target(
            "configuration",
            _configurations,
            _one_file(".cnilint.yaml", ("check", "."), {"a/pod.yaml": _POD}),
            _CONFIGURATION_WORDS,
        ),
        _target(
            "dumps",
            lambda: _holding(b"managedFields", "*.yaml", "*.json"),
            _one_file("live.yaml", ("ownership", ".", "--tree", "--desired", "pod.yaml"), {"pod.yaml": _POD}),
            _DUMP_WORDS,
        ),
        _target("fieldsv1", _fields, _dump_with_fields, _DUMP_WORDS),
        _target("values", lambda: _scenario_files("values*.yaml", "*release*.yaml"), _values),
        _target(
            "applicationsets", lambda: _holding(b"ApplicationSet", "*.yaml"), _applicationset, _SET_WORDS
        ),
        _target(
            "commandline",
            lambda: ("\n".join(command).encode() for command in _COMMANDS),
            _command_line,
            [word for command in _COMMANDS for word in command],
        ),
        _target(
            "secrets",
            _secret_seeds,
            _secret,
            ["stringData", "password:", "<<:", "!!binary", "*a", "&a", "? "],
        ),
    )
}
