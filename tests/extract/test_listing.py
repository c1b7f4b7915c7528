"""Which files of a source are manifests, kustomizations, charts and scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from cnilint.extract.listing import is_template, listing


@dataclass
class _Source:
    files: Sequence[str]
    named: frozenset[str] = frozenset()
    root: str = "/"
    revision: str | None = None
    selected: Sequence[str] = ()
    base: str = ""
    skipped: Mapping[str, str] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        return None


FILES = (
    "app/deployment.yaml",
    "app/kustomization.yaml",
    "chart/Chart.yaml",
    "chart/templates/a.yaml",
    "deploy.sh",
    "out/hydrator.metadata",
    "out/manifest.yaml",
    "README.md",
    "settings.conf",
)


def test_listing() -> None:
    found = listing(_Source(FILES), [])
    assert found.kustomizations == {"app": "app/kustomization.yaml"}
    assert found.charts == ["chart"]
    assert found.hydrated == {"out"}
    assert list(found.scripts()) == ["deploy.sh", "README.md"]
    assert found.manifests({"app/kustomization.yaml"}) == [
        "app/deployment.yaml",
        "chart/Chart.yaml",
        "out/manifest.yaml",
    ]


def test_excluded_files_are_not_listed() -> None:
    found = listing(_Source(FILES), ["app/*", "*.md"])
    assert found.kustomizations == {}
    assert list(found.scripts()) == ["deploy.sh"]


def test_a_file_that_the_user_names_is_a_manifest_whatever_its_ending() -> None:
    assert "settings.conf" in listing(_Source(FILES, frozenset(["settings.conf"])), []).manifests(())


@pytest.mark.parametrize(
    ("path", "charts", "template"),
    [
        ("chart/templates/a.yaml", ["chart"], True),
        ("chart/charts/sub/values.yaml", ["chart"], True),
        ("chart/values.yaml", ["chart"], True),
        ("chart/crds/a.yaml", ["chart"], False),
        ("other/templates/a.yaml", ["chart"], False),
        ("templates/a.yaml", [""], True),
        ("templates/a.yaml", [], False),
    ],
)
def test_templates(path: str, charts: list[str], template: bool) -> None:
    assert is_template(path, charts) is template
