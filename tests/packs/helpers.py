"""Shortcuts from manifest text to what rule data says about it."""

from collections.abc import Mapping
from pathlib import Path

from cnilint.diagnostics.model import Diagnostic
from cnilint.packs.evaluate import Evaluation, evaluate
from cnilint.packs.library import Library
from cnilint.packs.testing import parts_of, read_objects
from cnilint.versions import Version, parse_version

LIBRARY = Library()


def version(text: str) -> Version:
    parsed = parse_version(text)
    assert parsed is not None, text
    return parsed


def judge(text: str, targets: Mapping[str, str] | None = None, library: Library = LIBRARY) -> Evaluation:
    """What the packs say about manifests, as one environment."""
    parts = parts_of(read_objects("manifest.yaml", text.encode()), library)
    return evaluate(parts, library, {name: version(text) for name, text in (targets or {}).items()})


def judge_file(path: Path) -> Evaluation:
    return evaluate(parts_of(read_objects(path.name, path.read_bytes()), LIBRARY), LIBRARY, {})


def word_at(text: str, problem: Diagnostic) -> str:
    """The text that a problem points at."""
    line = text.splitlines()[problem.span.line - 1]
    return line[problem.span.column - 1 : problem.span.end_column - 1]


def cilium(release: str, **keys: str) -> str:
    """An agent of a release with some keys in its ConfigMap; ``_`` stands for ``-``."""
    data = "".join(f"  {name.replace('_', '-')}: {value!r}\n" for name, value in keys.items())
    return f"""\
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: cilium, namespace: kube-system}}
spec:
  template:
    spec:
      containers:
      - name: cilium-agent
        image: quay.io/cilium/cilium:v{release}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: cilium-config, namespace: kube-system}}
data:
{data}"""
