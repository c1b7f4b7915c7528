"""The ``Containerfile``, built by buildah on a base that debootstrap makes, and the image run on a mounted checkout.

No registry of images is asked: the base is a Debian with Python 3.13, under the name of the base that the file names.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import ROOT
from tests.oracles.runners.act import copy_of_action
from tests.platforms import needs_root
from tests.programs import needs

pytestmark = [
    pytest.mark.slow,
    needs("buildah", "debootstrap"),
    needs_root("make a base (debootstrap, chroot)"),
]
BASE = re.search(r"^FROM (\S+)$", (ROOT / "Containerfile").read_text("utf-8"), re.MULTILINE).group(1)
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class Images:
    """The images of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def buildah(self, *arguments: object, check: bool = True) -> "subprocess.CompletedProcess[str]":
        stored = [
            "--root",
            self.folder / "images",
            "--runroot",
            self.folder / "run",
            "--storage-driver",
            "vfs",
        ]
        return subprocess.run(
            [str(part) for part in ("buildah", *stored, *arguments)],
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            capture_output=True,
            text=True,
            timeout=500,
            check=check,
        )


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Images]:
    folder = tmp_path_factory.mktemp("images")
    yield Images(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def container(images: Images) -> str:
    """A container of the image."""
    root = images.folder / "base"
    included = "--include=python3,python3-venv,ca-certificates"
    subprocess.run(
        ["debootstrap", "--variant=minbase", included, "trixie", root], check=True, capture_output=True
    )
    (root / "usr" / "bin" / "python").symlink_to("python3")
    # What this machine trusts, where it reaches the registries through a proxy.
    shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    (root / "etc" / "pip.conf").write_text(f"[global]\ncert = {CERTIFICATES}\n")
    base = images.buildah("from", "scratch").stdout.strip()
    images.buildah("copy", "-q", base, root, "/")
    images.buildah("commit", "-q", "--rm", base, BASE)
    source = copy_of_action(images.folder / "source")
    images.buildah(
        "bud", "--pull-never", "--network", "host", "-f", source / "Containerfile", "-t", "cnilint", source
    )
    return images.buildah("from", "--pull-never", "localhost/cnilint").stdout.strip()


@pytest.fixture(params=["level", "other"])
def checkout(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A repository of another user, with or without a broken reference."""
    folder = tmp_path / str(request.param)
    folder.mkdir()
    (folder / "pod.yaml").write_text(POD)
    (folder / "settings.yaml").write_text(SETTINGS % request.param)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 12345, 12345)
    return folder


def test_what_the_image_is(images: Images, container: str) -> None:
    asked = images.buildah("run", container, "--", "sh", "-c", "id -u; pwd; git --version; cnilint --version")
    user, folder, git_version, version = asked.stdout.splitlines()
    assert (user, folder) == ("65532", "/repository")
    assert git_version.startswith("git version")
    assert version.startswith("cnilint")
    without_cluster = images.buildah("run", container, "--", "cnilint", "check", "--cluster", check=False)
    assert "no cluster is configured" in without_cluster.stderr


@pytest.mark.parametrize("arguments", [(), ("--rev", "HEAD"), ("--since", "HEAD"), ("--staged",)])
def test_a_mounted_checkout_of_another_user(
    images: Images, container: str, checkout: Path, arguments: tuple[str, ...]
) -> None:
    mounted = f"{checkout}:/repository:ro"
    done = images.buildah("run", "-v", mounted, container, "--", "cnilint", "check", *arguments, check=False)
    broken = checkout.name == "other" and arguments != ("--since", "HEAD")
    assert done.returncode == int(broken), done.stdout + done.stderr
    assert ("error[CNI101] key `level` not found" in done.stdout) is broken
    assert "1 object" in done.stdout or "2 objects" in done.stdout
