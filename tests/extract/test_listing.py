"""Which files of a source are manifests, kustomizations, charts and scripts."""

from collections.abc import Mapping, Sequence

import pytest
from msgspec import Struct, field

from cnilint.errors import UsageError
from cnilint.extract.exclude import Excluded
from cnilint.extract.listing import is_template, listing


class _Source(Struct):
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


@pytest.mark.parametrize(
    ("entries", "excluded"),
    [
        (["parts"], ["parts/a.yaml", "teams/parts/b.yaml"]),
        (["parts/"], ["parts/a.yaml", "teams/parts/b.yaml"]),
        (["/parts"], ["parts/a.yaml"]),
        (["./parts"], ["parts/a.yaml"]),
        (["teams/parts"], ["teams/parts/b.yaml"]),
        (["**/parts/**"], ["parts/a.yaml", "teams/parts/b.yaml"]),
        (["*.yaml", "!a.yaml"], ["teams/parts/b.yaml", "teams/c.yaml"]),
        (["# teams", ""], []),
    ],
)
def test_exclude_reads_as_gitignore(entries: list[str], excluded: list[str]) -> None:
    files = ["parts/a.yaml", "teams/parts/b.yaml", "teams/c.yaml"]
    rules = Excluded(entries)
    assert [file for file in files if rules.excludes(file)] == excluded


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="is not a pattern"):
        Excluded(["parts\\"])


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
