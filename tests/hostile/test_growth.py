"""Time grows no faster than the input: two sizes of each input, and the slope of processor time over size."""

import json
import math
import signal
from collections.abc import Callable

import pytest
from msgspec import Struct

from tests.hostile.run import Runner, Sandbox

MOST = 1.2
"""The steepest slope between logarithms of size and time; 1 is linear, 2 is quadratic."""
SECONDS = 3
"""Processor seconds after which a run is ended."""
CERTAIN = 1.5
"""Processor seconds of the largest size from which a slope is no noise and is not measured again."""
ATTEMPTS = 3

Input = Callable[[int], dict[str, str]]
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: agent}\nspec: {containers: [{name: main, image: a}]}\n"


class Growth(Struct, frozen=True):
    """An input for each size; ``sizes`` are so large that linear work takes some tenths of a second at most.

    The time of an empty input is not taken off: it hides a slope of small sizes, and no noise makes one.
    """

    make: Input
    sizes: tuple[int, int]
    arguments: tuple[str, ...] = ("check", ".", "--closed-world")


def _suppressions(n: int) -> dict[str, str]:
    return {"pod.yaml": "# cnilint: ignore[CNI101] x\n" * n + POD}


def _brackets(n: int) -> dict[str, str]:
    return {"pod.yaml": "# " + "cnilint: ignore[ # " * n + "\n" + POD}


def _spelling(n: int) -> dict[str, str]:
    keys = "".join(f'  settings-{number:06}-key: "x"\n' for number in range(n))
    variables = "".join(
        f"    - {{name: V{number}, valueFrom: {{configMapKeyRef: {{name: s, key: settings-{number:06}-kye}}}}}}\n"
        for number in range(n)
    )
    container = f"  - name: m\n    image: a\n    env:\n{variables}"
    pod = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n{container}"
    return {"all.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s}}\ndata:\n{keys}---\n{pod}"}


def _substitutions_from(n: int) -> dict[str, str]:
    """Many Flux Kustomizations that read their variables from one large ConfigMap."""
    keys = "".join(f'  settings_{number:06}: "x"\n' for number in range(n))
    flux = "".join(
        "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: k{number}, namespace: a}}\n"
        "spec: {path: ./a, postBuild: {substituteFrom: [{kind: ConfigMap, name: s}]}}\n"
        for number in range(n)
    )
    settings = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s, namespace: a}}\ndata:\n{keys}"
    return {"all.yaml": settings + flux}


def _made_of_many(n: int) -> dict[str, str]:
    """Objects that operators make of resources, and absent ones of the same endings."""
    kafkas = "".join(
        f"apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {{name: lab-{number:06}}}\nspec: {{}}\n---\n"
        for number in range(n)
    )
    volumes = "".join(
        f"  - {{name: lab-{number:06}, secret: {{secretName: web-{number:06}-cluster-ca-cert}}}}\n"
        for number in range(n)
    )
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: m, image: a}]\n  volumes:\n"
    return {"all.yaml": kafkas + pod + volumes}


def _keys_of_many(n: int) -> dict[str, str]:
    """Absent Secrets, and others that have the key and share a word with each."""
    secrets = "".join(
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: agent-{number:06}}}\nstringData: {{login: a}}\n---\n"
        for number in range(n)
    )
    variables = "".join(
        f"    - {{name: V{number}, valueFrom: {{secretKeyRef: {{name: agent-{number:06}-x, key: login}}}}}}\n"
        for number in range(n)
    )
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: m\n    image: a\n    env:\n"
    return {"all.yaml": secrets + pod + variables}


def _names(n: int) -> dict[str, str]:
    maps = "".join(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings-{number:06}-a}}\n---\n"
        for number in range(n)
    )
    volumes = "".join(
        f"  - {{name: v{number}, configMap: {{name: settings-{number:06}-b}}}}\n" for number in range(n)
    )
    return {
        "all.yaml": f"{maps}apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  volumes:\n{volumes}"
    }


def _template(n: int) -> dict[str, str]:
    text = "{{" + "a" * n
    return {
        "set.yaml": f"""\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: a}}
spec:
  generators: [{{list: {{elements: [{{cluster: a}}]}}}}]
  template: {{spec: {{source: {{path: "{text}"}}}}}}
""",
        "a/pod.yaml": POD,
    }


def _target(pattern: Callable[[int], str]) -> Input:
    def make(n: int) -> dict[str, str]:
        return {
            "kustomization.yaml": "resources: [pod.yaml]\npatches:\n- target: {kind: Pod, name: '"
            + pattern(n)
            + "'}\n  patch: '[{op: add, path: /metadata/labels, value: {a: b}}]'\n",
            "pod.yaml": POD.replace("agent", "a" * 250),
        }

    return make


def _exclude(n: int) -> dict[str, str]:
    return {".cnilint.yaml": f'exclude: ["{"*a" * n}b"]\n', "a" * 200 + ".yaml": POD}


def _globs(n: int) -> dict[str, str]:
    return {
        ".cnilint.yaml": f'suppressions: [{{code: CNI101, reason: x, object: "{"*a" * n}b"}}]\n',
        "pod.yaml": POD.replace("agent", "a" * 200),
    }


def _application(n: int) -> dict[str, str]:
    return {
        "app.yaml": f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: a}}
spec: {{source: {{path: x, directory: {{recurse: true, include: "{"*a" * n}b", exclude: "{{{"*a," * n}b}}"}}}}}}
""",
        "x/" + "a" * 200 + ".yaml": POD,
    }


def _alternatives(n: int) -> dict[str, str]:
    files = _application(1)
    files["app.yaml"] = files["app.yaml"].replace('"*ab"', f'"{"{a,aa}" * n}b"')
    return files


def _placeholders(n: int) -> dict[str, str]:
    return {"a.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {'<' * n}}}\n"}


def _placeholder_names(n: int) -> dict[str, str]:
    pod = POD.replace("image: a", f"image: a, envFrom: [{{configMapRef: {{name: {'a' * 250}}}}}]")
    return {
        "a.yaml": f"{pod}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: '{'<a>' * n}-b'}}\ndata: {{a: b}}\n"
    }


def _git_generator(n: int) -> dict[str, str]:
    return {
        "set.yaml": f"""\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: a}}
spec:
  generators: [{{git: {{directories: [{{path: "{"*a" * n}b"}}]}}}}]
  template: {{spec: {{source: {{path: "{{{{path}}}}"}}}}}}
""",
        "a" * 200 + "/pod.yaml": POD,
    }


def _flux_ignore(n: int) -> dict[str, str]:
    return {
        "flux.yaml": f"""\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: a}}
spec: {{url: "https://example.invalid", ignore: "{"*a" * n}b"}}
""",
        "a" * 200 + ".yaml": POD,
    }


def _post_build(n: int) -> dict[str, str]:
    return {
        "flux.yaml": """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: a, namespace: flux-system}
spec: {path: ./x, postBuild: {substitute: {a: b}}}
""",
        "x/pod.yaml": POD.replace("image: a", f'image: "{"${a:=" * n}"'),
    }


def _duplicates(n: int) -> dict[str, str]:
    return {
        "settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n" + '  a: "b"\n' * n
    }


def _generators(n: int) -> dict[str, str]:
    lines = "".join(f"- {{name: s{number}, files: [large.txt]}}\n" for number in range(n))
    return {"kustomization.yaml": f"configMapGenerator:\n{lines}", "large.txt": "x" * 400_000}


def _anchors(n: int) -> dict[str, str]:
    return {
        "a.yaml": POD
        + "x:\n"
        + "".join(f"- &a{number} [*a{number - 1}]\n" for number in range(1, n)).replace("*a0", "")
    }


def _documents(n: int) -> dict[str, str]:
    return {"a.yaml": "---\n".join(POD.replace("agent", f"agent-{number}") for number in range(n))}


def _same_objects(n: int) -> dict[str, str]:
    return {"a.yaml": "---\n".join([POD] * n)}


def _folders(n: int) -> dict[str, str]:
    return {f"envs/e{number}/pod.yaml": POD for number in range(n)}


def _overlays(n: int) -> dict[str, str]:
    files = {f"o{number}/kustomization.yaml": "resources: [../base]\n" for number in range(n)}
    return {**files, "base/kustomization.yaml": "resources: [pod.yaml]\n", "base/pod.yaml": POD}


def _expansions(n: int) -> dict[str, str]:
    variables = ", ".join(f'{{name: V{number}, value: "$(V{number - 1})"}}' for number in range(n))
    return {"a.yaml": POD.replace("image: a", f"image: a, env: [{variables}]")}


def _long_line(n: int) -> dict[str, str]:
    return {"a.yaml": POD + "x: [" + "{a: b}, " * n + "]\n"}


def _json_text(n: int) -> dict[str, str]:
    return {"a.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": [{"a": "b"}] * n}, indent=1)}


def _script(n: int) -> dict[str, str]:
    return {"a.yaml": POD, "run.sh": "kind=1\nkubectl create configmap a --from-literal=a=b $(" * n}


def _open_braces(n: int) -> dict[str, str]:
    chart = {"a.yaml": POD, "chart/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n"}
    return chart | {"chart/templates/a.yaml": "kind: Application\n# " + "{{/* {{ " * n}


def _templated_applications(n: int) -> dict[str, str]:
    """Applications in the templates of a chart, each of a folder; most have an expression in their paths."""
    applications = "".join(
        f"---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a{number}}}\n"
        f'spec: {{source: {{repoURL: a, path: "x{number}/{{{{ .Values.a }}}}/{{{{ .Values.b }}}}"}}}}\n'
        for number in range(n)
    )
    chart = {"chart/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n"}
    return chart | {"chart/templates/a.yaml": applications, "x1/a/b/pod.yaml": POD}


def _commands_in_variables(n: int) -> dict[str, str]:
    lines = "".join(
        f'K{number}="kubectl create"\n$K{number} secret generic a{number}\n' for number in range(n)
    )
    return {"a.yaml": POD, "run.sh": lines}


def _embedded(n: int) -> dict[str, str]:
    directives = "".join(f"//go:embed a{number}*b*c*.yaml\nvar A{number} string\n" for number in range(n))
    return {"main.go": f'package main\nimport _ "embed"\n{directives}'} | {
        f"a{number}.yaml": POD for number in range(n // 10)
    }


GROWTHS = {
    "suppression comments": Growth(_suppressions, (2000, 6000)),
    "brackets of a suppression": Growth(_brackets, (2000, 5000)),
    "spelling of keys": Growth(_spelling, (300, 1200)),
    "variables from one ConfigMap": Growth(_substitutions_from, (200, 800)),
    "placeholders": Growth(_placeholders, (4000, 16_000)),
    "names with placeholders": Growth(_placeholder_names, (20, 80)),
    "objects of operators": Growth(_made_of_many, (75, 300)),
    "a key of many objects": Growth(_keys_of_many, (300, 1200), ("check", ".")),
    "spelling of names": Growth(_names, (300, 1200)),
    "an expression of an ApplicationSet": Growth(_template, (5000, 20_000)),
    "a target with choices": Growth(_target(lambda n: "(a|aa)" * n + "b"), (10, 40)),
    "a target with optional groups": Growth(_target(lambda n: "(aa|a)?" * n + "b"), (10, 40)),
    "a target with optional letters": Growth(_target(lambda n: "a?" * n + "b"), (10, 40)),
    "a target with repetition": Growth(_target(lambda n: "(a*)*" * n + "b"), (10, 40)),
    "a target with counts": Growth(_target(lambda n: "(a{1,40}){1,40}" * n + "b"), (10, 40)),
    "exclude": Growth(_exclude, (1000, 4000)),
    "globs of suppressions": Growth(_globs, (1000, 4000)),
    "globs of an Application": Growth(_application, (1000, 4000)),
    "globs of a generator": Growth(_git_generator, (1000, 4000)),
    "alternatives of an Application": Growth(_alternatives, (10, 40)),
    "few wildcards of an Application": Growth(_application, (4, 6)),
    "few wildcards of a generator": Growth(_git_generator, (8, 12)),
    "ignore of Flux": Growth(_flux_ignore, (1000, 4000)),
    "substitutions of Flux": Growth(_post_build, (1000, 4000)),
    "duplicate keys": Growth(_duplicates, (1000, 4000)),
    "generators of one file": Growth(_generators, (50, 200)),
    "anchors": Growth(_anchors, (2000, 8000)),
    "documents": Growth(_documents, (200, 800)),
    "one object again and again": Growth(_same_objects, (200, 800)),
    "folders of environments": Growth(_folders, (100, 400)),
    "overlays of one base": Growth(_overlays, (100, 400)),
    "variables that name each other": Growth(_expansions, (500, 2000)),
    "one long line": Growth(_long_line, (4000, 16_000)),
    "items of a list": Growth(_json_text, (3000, 12_000)),
    "braces of a template": Growth(_open_braces, (4000, 16_000)),
    "Applications in a template": Growth(_templated_applications, (100, 400)),
    "commands in variables": Growth(_commands_in_variables, (1000, 4000)),
    "embedded files": Growth(_embedded, (250, 1000)),
    "a script": Growth(_script, (1000, 4000)),
}


@pytest.mark.parametrize("growth", GROWTHS.values(), ids=GROWTHS.keys())
def test_time_grows_no_faster_than_the_input(growth: Growth, runner: Runner, sandbox: Sandbox) -> None:
    best = [math.inf] * len(growth.sizes)
    for _ in range(ATTEMPTS):
        for place, size in enumerate(growth.sizes):
            best[place] = min(best[place], _seconds(runner, sandbox, growth, growth.make(size)))
            if best[place] == math.inf:
                pytest.fail(f"size {size} takes more than {SECONDS} s")
        if _slope(growth.sizes, best) <= MOST:
            return
        if best[-1] > CERTAIN:
            break
    pytest.fail(
        f"the slope is {_slope(growth.sizes, best):.2f}: {dict(zip(growth.sizes, best, strict=True))}"
    )


def _seconds(runner: Runner, sandbox: Sandbox, growth: Growth, files: dict[str, str]) -> float:
    """Processor seconds of a run on some files, infinite for one that takes too many."""
    for name in ("repo", "tmp"):
        for path in sorted((sandbox.top / name).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    for name, text in files.items():
        path = sandbox.repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    run = runner.run(
        sandbox, *growth.arguments, "--jobs", "1", "--format", "json", reports=False, seconds=90, cpu=SECONDS
    )
    over = run.timed_out or run.code in (-signal.SIGXCPU, -signal.SIGKILL)
    assert over or run.code in (0, 1, 2), run.err[-500:]
    return math.inf if over else run.cpu


def _slope(sizes: tuple[int, int], seconds: list[float]) -> float:
    """How much longer the larger size takes, between logarithms."""
    return math.log(seconds[1] / seconds[0]) / math.log(sizes[1] / sizes[0])
