"""A check is one file and one line: everything else derives from them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

LINE = '    "CNI114": "references.forbidden_name",\n'
MODULE = '''"""A reference names the ConfigMap `forbidden`.

```yaml bad
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code

CODE = Code(
    code="CNI114",
    name="forbidden-name",
    severity="warning",
    summary="A reference names the forbidden ConfigMap.",
    effect="Nobody knows what happens.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for environment in context.index.environments:
        for fact in environment.objects:
            for reference in fact.stated.references:
                if reference.name == "forbidden":
                    message = Message("`{name}` is forbidden", name=reference.name)
                    yield Diagnostic(
                        code=CODE.code,
                        span=reference.span,
                        message=message,
                        environment=environment.name,
                        owner=reference.owner,
                    )
'''
SCENARIO = "tests/scenarios/upgrade-leaves-variables"
"""An example in the README."""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - {name: agent, envFrom: [{configMapRef: {name: forbidden, optional: true}}]}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with one file and one line more."""
    root = tmp_path_factory.mktemp("tree")
    for name in ("cnilint", "rules", "schemas", "tests/tools", "tests/examples", SCENARIO):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "_data"))
    (root / "docs").mkdir()
    for name in ("README.md", "docs/releases.md", "tests/__init__.py"):
        shutil.copy(ROOT / name, root / name)
    (root / "cnilint/checks/references/forbidden_name.py").write_text(MODULE, "utf-8")
    listed = root / "cnilint/checks/__init__.py"
    head, mark, rest = listed.read_text("utf-8").partition('    "CNI121":')
    listed.write_text(head + LINE + mark + rest, "utf-8")
    return root


def run(root: Path, *arguments: str, module: str = "cnilint", stdin: str = POD) -> str:
    result = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in result.stderr
    assert result.returncode in (0, 1), result.stderr
    return result.stdout


def test_in_text(tree: Path) -> None:
    assert "warning[CNI114] `forbidden` is forbidden" in run(tree, "check", "-")


def test_in_json(tree: Path) -> None:
    report = json.loads(run(tree, "check", "-", "--format", "json"))
    assert ("CNI114", "forbidden-name") in {(each["code"], each["name"]) for each in report["findings"]}


def test_in_sarif_with_its_page(tree: Path) -> None:
    log = json.loads(run(tree, "check", "-", "--format", "sarif"))
    (rule,) = [each for each in log["runs"][0]["tool"]["driver"]["rules"] if each["id"] == "CNI114"]
    assert rule["name"] == "ForbiddenName"
    assert rule["help"]["markdown"].startswith("# CNI114 forbidden-name\n\nA reference names")
    assert rule["messageStrings"]


def test_in_explain_and_in_selections(tree: Path) -> None:
    assert run(tree, "explain", "forbidden-name").startswith("# CNI114 forbidden-name\n")
    assert "CNI114" not in run(tree, "check", "-", "--ignore", "CNI114")


def test_in_the_table_of_the_readme(tree: Path) -> None:
    run(tree, module="tests.tools.readme")
    row = "| CNI114 | forbidden-name | warning | A reference names the forbidden ConfigMap. |\n"
    assert row in (tree / "README.md").read_text("utf-8")
