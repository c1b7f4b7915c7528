"""Catalogues are derived, byte for byte, and say where a setting belongs."""

from pathlib import Path

import pytest

from cnilint.packs.build import Material, catalogues_of
from cnilint.packs.catalogue import (
    CATALOGUE_FILE,
    Catalogue,
    SettingKey,
    derive,
    extended,
    read_catalogue,
    write_catalogue,
)
from cnilint.packs.testing import read_objects
from cnilint.versions import Version
from tests.packs.helpers import LIBRARY, judge, version


def release(image: str, *names: str) -> str:
    env = "".join(f"\n        - {{name: {name}, value: x}}" for name in names)
    return f"""\
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: agent}}
spec:
  template:
    spec:
      containers:
      - name: agent
        image: {image}
        env:{env or " []"}
"""


@pytest.fixture
def catalogue() -> Catalogue:
    """Five releases; A is in the first two, B in the first and third, C in all."""
    names = {"1.0.0": "AB C", "1.1.0": "A C", "1.2.0": "B C", "1.3.0": "C", "1.4.0": "C"}
    return derive(
        "agent",
        [
            (
                version(text),
                read_objects(text, release(f"acme/agent:{text}", *settings.replace(" ", "")).encode()),
            )
            for text, settings in reversed(names.items())
        ],
    )


def test_releases_ascend(catalogue: Catalogue) -> None:
    assert [str(each) for each in catalogue.releases] == ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"]


def test_runs_are_unions(catalogue: Catalogue) -> None:
    assert catalogue.span_of(("env", "agent", "A")) == "1.0.0 to 1.1.0"
    assert catalogue.span_of(("env", "agent", "B")) == "1.0.0 and 1.2.0"
    assert catalogue.span_of(("env", "agent", "C")) == "1.0.0 to 1.4.0"
    assert catalogue.span_of(("image", "agent", "acme/agent")) == "1.0.0 to 1.4.0"
    assert catalogue.span_of(("api-version", "DaemonSet", "apps/v1")) == "1.0.0 to 1.4.0"
    assert catalogue.span_of(("object", "", "DaemonSet/agent")) == "1.0.0 to 1.4.0"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("A", "1.1.0", False),
        ("A", "1.1.7", False),
        ("A", "1.2.0", True),
        ("A", "1.3.2", True),
        ("A", "9.0.0", True),
        ("B", "1.1.0", True),
        ("B", "1.1.5", False),
        ("B", "1.2", False),
        ("B", "1.3", True),
        ("UNKNOWN", "1.3.0", False),
        ("A", "0.9.0", False),
    ],
)
def test_foreign(catalogue: Catalogue, name: str, text: str, expected: bool) -> None:
    assert catalogue.is_foreign(("env", "agent", name), catalogue.around(version(text))) is expected


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("acme/agent:1.0.0", "acme/agent"),
        ("acme/agent", "acme/agent"),
        ("registry:5000/acme/agent", "registry:5000/acme/agent"),
        ("registry:5000/acme/agent:1.0.0@sha256:00ff", "registry:5000/acme/agent"),
    ],
)
def test_an_image_is_known_by_its_repository(image: str, repository: str) -> None:
    objects = read_objects("1.0.0", release(image).encode())
    entries = derive("agent", [(version("1.0.0"), objects)]).entries
    assert [name for sort, _, name in entries if sort == "image"] == [repository]


def test_what_is_written_is_read(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / CATALOGUE_FILE
    path.write_text(write_catalogue(catalogue), encoding="utf-8")
    assert read_catalogue(path) == catalogue
    assert write_catalogue(read_catalogue(path)) == write_catalogue(catalogue)


@pytest.mark.parametrize("name", [c.name for c in LIBRARY.components.values() if c.releases])
def test_shipped_catalogues_have_what_rendered_releases_give(shared: Path, name: str) -> None:
    component = LIBRARY.components[name]
    material, shipped = Material(shared / "corpus"), LIBRARY.catalogue(name)
    derived = derive(name, [release for each in component.releases for release in material.releases(each)])
    assert shipped is not None
    for release in derived.releases:
        known = at(shipped, release)
        for key, (supply, value) in at(derived, release).items():
            assert set(supply.split("|")) <= set(known[key][0].split("|")), (release, key)
            assert known[key][1] in (value, None), (release, key)


@pytest.mark.slow
@pytest.mark.parametrize("name", [c.name for c in LIBRARY.components.values() if c.releases])
def test_shipped_catalogues_are_what_the_releases_give(shared: Path, mirrors: Path, name: str) -> None:
    component = LIBRARY.components[name]
    derived = catalogues_of(component, Material(shared / "corpus", mirrors))
    for file, catalogue in derived.items():
        assert write_catalogue(catalogue) == (component.folder / file).read_text(encoding="utf-8")


def at(catalogue: Catalogue, release: Version) -> dict[SettingKey, tuple[str, str | None]]:
    """What one release sets, and how."""
    position = catalogue.releases.index(release)
    return {
        key: (run.supply, run.value) for key in catalogue.entries for run in catalogue.runs_at(key, position)
    }


def test_a_release_that_is_added_is_as_if_it_had_always_been_there(catalogue: Catalogue) -> None:
    text = release("acme/agent:1.2.5", "A", "D")
    added = (version("1.2.5"), read_objects("1.2.5", text.encode()))
    grown = extended(catalogue, [added])
    assert [str(each) for each in grown.releases][2:4] == ["1.2.0", "1.2.5"]
    assert grown.span_of(("env", "agent", "A")) == "1.0.0 to 1.1.0 and 1.2.5"
    assert grown.span_of(("env", "agent", "C")) == "1.0.0 to 1.2.0 and 1.3.0 to 1.4.0"
    assert write_catalogue(extended(grown, [added])) == write_catalogue(grown)


def test_fields_of_configuration_files() -> None:
    text = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  plain: "10"
  net.json: |
    {"Network": "10.0.0.0/8",
     "Backend": {"Type": "vxlan"}}
  list.conf: |
    plugins:
    - type: bridge
      mtu: 1400
    - 7
"""
    entries = derive("agent", [(version("1.0.0"), read_objects("conf", text.encode()))]).entries
    fields = {
        (scope, name): runs[0].value
        for (sort, scope, name), runs in entries.items()
        if sort == "config-field"
    }
    assert fields == {
        ("conf/net.json", "Network"): "10.0.0.0/8",
        ("conf/net.json", "Backend.Type"): "vxlan",
        ("conf/list.conf", "plugins[bridge].type"): "bridge",
        ("conf/list.conf", "plugins[bridge].mtu"): "1400",
    }


def test_a_catalogue_alone_gives_a_note() -> None:
    text = release("example.com/weaveworks/weave-kube:2.0.5", "INIT_CONTAINER").replace(
        "name: agent\n        image", "name: weave\n        image"
    )
    (problem,) = judge(text).problems
    assert (problem.code, problem.severity, problem.rule) == ("CNI201", "note", None)
    assert "2.8.1" in str(problem.message)
