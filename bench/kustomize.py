"""Cold ``cnilint check`` of a repository of kustomizations, beside another checkout of cnilint in the same run.

The generated repository has a base, components, and overlays of which each sets a namespace, adds components, and changes
some fields by patches. ``--tree`` checks a real one, ``--against`` names the other checkout, such as a worktree of an earlier
commit::

    git worktree add --detach ../before HEAD~20
    python bench/kustomize.py --against ../before --tree ../a-real-repository

Both are run in turn with the Python that runs this; figures are medians of the rounds, and ratios are of the two runs of a
round. CPU is that of all processes.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from check import compared

_CONTAINER = """\
      - name: main
        image: registry.example/{name}:1.0
        envFrom:
        - configMapRef: {{name: {name}-settings}}
        env:
{env}
"""


def generate(folder: Path, overlays: int, objects: int) -> None:
    """One base, ten components, and overlays on both."""
    _write(folder / "base", {f"{number}.yaml": _workload(f"app-{number}") for number in range(objects)})
    for number in range(10):
        patch = _patch(f"app-{number}", "part", number)
        part = folder / f"components/{number}"
        _write(
            part,
            {"patch.yaml": patch},
            kind="Component",
            resources=False,
            lines="patches: [{path: patch.yaml}]\n",
        )
    for number in range(overlays):
        _write(
            folder / f"overlays/{number:03}",
            {"patch.yaml": _patch("app-0", "own", number)},
            lines=_overlay(number),
        )


def _overlay(number: int) -> str:
    return (
        f"namespace: env-{number}\n"
        f"components: [../../components/{number % 10}, ../../components/{(number + 3) % 10}]\n"
        "configMapGenerator:\n"
        f"- {{name: generated, literals: [number={number}]}}\n"
        f"images: [{{name: registry.example/app-1, newTag: '2.{number}'}}]\n"
        "patches:\n- path: patch.yaml\n"
        "- target: {kind: Deployment, name: app-2}\n"
        f"  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: {number}\n"
    )


def _workload(name: str) -> str:
    env = "".join(f"        - name: VAR_{number}\n          value: '{number}'\n" for number in range(12))
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: 1\n"
        f"  template:\n    spec:\n      containers:\n{_CONTAINER.format(name=name, env=env.rstrip())}"
        f"---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}-settings\ndata:\n  KEY: value\n"
        f"---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  ports:\n  - port: 80\n"
    )


def _patch(name: str, variable: str, number: int) -> str:
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec:\n"
        f"      containers:\n      - name: main\n        env:\n        - {{name: {variable}, value: '{number}'}}\n"
    )


def _write(
    folder: Path,
    files: dict[str, str],
    *,
    kind: str = "Kustomization",
    resources: bool = True,
    lines: str = "",
) -> None:
    """A folder with files and the kustomization of them."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    listed = ""
    if resources:
        listed = f"resources: [{'../../base' if lines else ', '.join(files)}]\n"
    version = "v1alpha1" if kind == "Component" else "v1beta1"
    head = f"apiVersion: kustomize.config.k8s.io/{version}\nkind: {kind}\n"
    (folder / "kustomization.yaml").write_text(head + listed + lines, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--overlays", type=int, default=40)
    parser.add_argument(
        "--objects", type=int, default=60, help="workloads of the base, each with two more objects"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tree", help="a repository to check in place of a generated one")
    parser.add_argument("--against", help="another checkout of cnilint", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.tree or made
        if not given.tree:
            generate(Path(made), given.overlays, given.objects)
        here = Path(__file__).parents[1]
        commands = {"check": _check(here, folder), "check --jobs 1": [*_check(here, folder), "--jobs", "1"]}
        if given.against:
            commands["against"] = _check(given.against, folder)
        print(json.dumps(compared(commands, "check", given.rounds), indent=2))


def _check(checkout: Path, folder: str) -> list[str]:
    program = [
        "env",
        "CNILINT_NO_CACHE=1",
        f"PYTHONPATH={checkout.resolve()}",
        sys.executable,
        "-P",
        "-m",
        "cnilint",
    ]
    return [*program, "check", folder, "--format", "json"]


if __name__ == "__main__":
    main()
