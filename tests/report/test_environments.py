"""``--explain-environments``: a tree that a person understands."""

from pathlib import Path

from cnilint.report.environments import explain
from tests.conftest import analyze_tree

TREE = """\
4 environments. References are resolved in their own environment, then in environments whose path words
(such as 'prod') are among its own, then in those without such words.

├─ apps/web/overlays
│  ├─ dev
│  │     why: files of one folder
│  │     words: dev
│  │     siblings: apps/web/overlays/prod
│  │     contains: 1 ConfigMap, 1 ExternalSecret; 1 created by producers
│  │     nothing in this repository deploys this folder: findings that rest on other environments are less severe in it
│  └─ prod
│     │  why: files of one folder; applied by Application web
│     │  words: prod
│     │  siblings: apps/web/overlays/dev
│     │  default namespace: shop
│     │  contains: 1 ConfigMap
│     └─ examples
│           why: files of one folder
│           words: prod
│           contains: 1 ConfigMap
│           not checked: folder 'examples' is not deployed
│           nothing in this repository deploys this folder: findings that rest on other environments are less severe in it
└─ argocd
      why: files of one folder
      contains: 1 Application
      nothing in this repository deploys this folder: findings that rest on other environments are less severe in it
"""

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  source: {path: apps/web/overlays/prod}
  destination: {namespace: shop}
"""
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {level: info}\n"
EXTERNAL_SECRET = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: database}
spec:
  data: [{secretKey: password, remoteRef: {key: database}}]
"""


def test_tree(tmp_path: Path) -> None:
    files = {
        "argocd/web.yaml": APPLICATION,
        "apps/web/overlays/dev/config.yaml": CONFIG_MAP,
        "apps/web/overlays/dev/secret.yaml": EXTERNAL_SECRET,
        "apps/web/overlays/prod/config.yaml": CONFIG_MAP,
        "apps/web/overlays/prod/examples/config.yaml": CONFIG_MAP,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environments = analyze_tree(tmp_path).environments
    assert explain(environments) == TREE


def test_nothing() -> None:
    assert explain([]) == "No environments: no Kubernetes objects found.\n"


def test_many_siblings(tmp_path: Path) -> None:
    for number in range(8):
        folder = tmp_path / "clusters" / f"c{number}"
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(CONFIG_MAP)
    text = explain(analyze_tree(tmp_path).environments)
    assert "siblings: clusters/c1, clusters/c2, clusters/c3 and 4 more" in text


def test_deep_folders_and_control_characters(tmp_path: Path) -> None:
    folder = tmp_path
    for number in range(300):
        folder = folder / f"d{number}"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(CONFIG_MAP)
    (tmp_path / "\x1b[31m").mkdir()
    (tmp_path / "\x1b[31m" / "config.yaml").write_text(CONFIG_MAP)
    text = explain(analyze_tree(tmp_path).environments)
    assert "d298/d299" in text
    assert "\x1b" not in text
