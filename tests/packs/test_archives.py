"""Packs from folders and archives that are newer than the program, and archives that are made to harm."""

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cnilint.cli.rules import diff_releases, list_rules
from cnilint.errors import UsageError
from cnilint.packs import archive
from cnilint.packs.library import Library
from tests.conftest import check_tree
from tests.packs.helpers import LIBRARY, cilium, judge

COMPONENT = """\
schema: cnilint-component/1
component: edge-cni
title: Edge CNI
repository: acme/edge-cni
images:
  - path: acme/edge-cni
"""
Make = Callable[[Path, Mapping[str, bytes]], Path]


def folder(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        file = path / "rules-next" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return path / "rules-next"


def tar(path: Path, files: Mapping[str, bytes]) -> Path:
    with tarfile.open(path / "rules.tar.gz", "w:gz") as out:
        for name, data in files.items():
            member = tarfile.TarInfo(f"cnilint-9.9/rules/{name}")
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))
    return path / "rules.tar.gz"


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path / "rules.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            out.writestr(f"rules/{name}", data)
    return path / "rules.zip"


def shipped(component: str, **changes: str) -> dict[str, bytes]:
    """The files of a component of the program, with its catalogue and tables."""
    root = LIBRARY.folder / component
    return {
        f"{component}/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(params=[folder, tar, zipped], ids=["folder", "tar.gz", "zip"])
def make(request: pytest.FixtureRequest) -> Make:
    found: Make = request.param
    return found


def test_a_newer_component_replaces_that_of_the_program(tmp_path: Path, make: Make) -> None:
    files = shipped("cilium")
    text = files["cilium/options.yaml"].decode()
    files["cilium/options.yaml"] = text.replace("id: tunnel\n", "id: tunnel-of-next\n").encode()
    files["cilium/catalogue.json"] = files["cilium/catalogue.json"].replace(b'"1.20.0"]', b'"1.77.0"]')
    library = Library(extra=[make(tmp_path, files)])
    names = list_rules(library, "cilium")
    assert "cilium/tunnel-of-next" in names
    assert "cilium/tunnel " not in names
    assert len(library.rules("cilium")) == len(LIBRARY.rules("cilium"))
    assert library.newest("cilium") == (1, 77)
    assert len(library.tables("cilium")) == len(LIBRARY.tables("cilium"))
    assert library.rules("calico") == LIBRARY.rules("calico")
    assert diff_releases(library, "cilium", "1.15.7", "1.77.0").rows
    problems = judge(cilium("1.15.0", tunnel="disabled"), library=library).problems
    assert [problem.rule for problem in problems if problem.rule] == ["cilium/tunnel-of-next"]


def test_a_component_of_ones_own(tmp_path: Path, make: Make) -> None:
    library = Library(extra=[make(tmp_path, {"edge-cni/component.yaml": COMPONENT.encode()})])
    assert "edge-cni" in library.components
    assert set(LIBRARY.components) < set(library.components)


def test_the_configuration_names_an_archive(tmp_path: Path, make: Make) -> None:
    files = shipped("cilium")
    files["cilium/options.yaml"] = files["cilium/options.yaml"].replace(b"id: tunnel\n", b"id: next\n")
    path = make(tmp_path, files)
    (tmp_path / ".cnilint.yaml").write_text(f"packs: [{path.name}]\nexclude: [rules-next]\n")
    (tmp_path / "app.yaml").write_text(cilium("1.15.0", tunnel="disabled"))
    before = sorted(tmp_path.rglob("*"))
    report = check_tree(tmp_path)
    assert "cilium/next" in [finding.rule for finding in report.findings]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "name", ["../out/component.yaml", "/etc/component.yaml", "a/../../component.yaml", "c:\\x.yaml"]
)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_paths_that_leave_the_archive(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / ("rules.tgz" if kind == "tar" else "rules.zip")
    if kind == "tar":
        with tarfile.open(path, "w:gz") as out:
            member = tarfile.TarInfo(name)
            member.size = 1
            out.addfile(member, io.BytesIO(b"a"))
    else:
        with zipfile.ZipFile(path, "w") as zip_file:
            zip_file.writestr(name, "a")
    with pytest.raises(UsageError, match="leads out of the archive"):
        Library(extra=[path])
    assert list(tmp_path.rglob("*")) == [path]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_members_that_are_no_files(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "rules.tar.gz", "w:gz") as out:
        member = tarfile.TarInfo("edge-cni/component.yaml")
        member.type, member.linkname = kind, "/etc/passwd"
        out.addfile(member)
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        Library(extra=[tmp_path / "rules.tar.gz"])


def test_a_link_in_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "rules.zip", "w") as out:
        member = zipfile.ZipInfo("edge-cni/component.yaml")
        member.external_attr = 0o120777 << 16
        out.writestr(member, "/etc/passwd")
    with pytest.raises(UsageError, match="neither a plain file nor a folder"):
        Library(extra=[tmp_path / "rules.zip"])


_UNSOUND = [
    b"",
    b"text",
    b"\x1f\x8b\x08\x00" + bytes(40),
    b"PK\x03\x04" + bytes(40),
    b"PK\x05\x06" + bytes(18),
]


@pytest.mark.parametrize("name", ["rules.tar.gz", "rules.zip", "rules.tgz"])
@pytest.mark.parametrize("data", _UNSOUND)
def test_what_is_no_sound_archive(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=r"cannot be read|has no component"):
        Library(extra=[tmp_path / name])


def test_a_bomb(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    if make is folder:
        pytest.skip("a folder is read file by file")
    path = make(tmp_path, {"edge-cni/component.yaml": b"#" + bytes(3_000_000)})
    monkeypatch.setattr(archive, "MAX_BYTES", 1_000_000)
    monkeypatch.setattr(archive, "too_large", lambda size: "too much" if size > 1_000_000 else "")
    with pytest.raises(UsageError, match="too much"):
        Library(extra=[path])


def test_too_many_members(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    if make is folder:
        pytest.skip("a folder is read file by file")
    path = make(tmp_path, {f"a{number}.yaml": b"a" for number in range(20)})
    monkeypatch.setattr(archive, "_MOST_MEMBERS", 10)
    with pytest.raises(UsageError, match="more than 10 members"):
        Library(extra=[path])


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b'{"releases": ["1.0.0"], "component": "a", "env": {"a": {"B": [[0, 7]]}}}']
)
def test_derived_data_that_this_program_cannot_read(tmp_path: Path, make: Make, data: bytes) -> None:
    files = {"edge-cni/component.yaml": COMPONENT.encode(), "edge-cni/catalogue.json": data}
    library = Library(extra=[make(tmp_path, files)])
    with pytest.raises(UsageError, match="is not data that this release of cnilint can read"):
        library.catalogue("edge-cni")
