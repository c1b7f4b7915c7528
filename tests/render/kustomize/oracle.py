"""What the kustomize tests share: files in memory, and the comparison with the real ``kubectl kustomize``."""

import re
import subprocess
from pathlib import Path

import pytest

from cnilint.document import Document, Plain, plain, read
from cnilint.manifest.object import objects
from cnilint.render.kustomize import Build, build
from tests.programs import program

Tree = dict[str, str]
"""The files of a small repository by path."""

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_HASHED = re.compile(r"(.+)-[25-9bcdfghkmt46]{10}")


class MemoryFiles:
    """A ``Files`` over a dictionary."""

    def __init__(self, tree: dict[str, str | bytes] | Tree) -> None:
        self.data = {
            path: content if isinstance(content, bytes) else content.encode()
            for path, content in tree.items()
        }
        self.parsed: dict[str, list[Document]] = {}
        self.parses = 0

    def read(self, path: str) -> bytes | None:
        return self.data.get(path)

    def documents(self, path: str) -> list[Document]:
        if path not in self.parsed:
            self.parses += 1
            self.parsed[path] = read(path, self.data[path], everything=True)
        return self.parsed[path]

    def is_folder(self, path: str) -> bool:
        return any(each.startswith(f"{path}/") for each in self.data)

    def unread(self, path: str) -> str:
        return ""

    def kustomization_file(self, directory: str) -> str | None:
        for name in _NAMES:
            path = f"{directory}/{name}" if directory else name
            if path in self.data:
                return path
        return None


def kubectl() -> str:
    """The kubectl to compare with; without one the test is skipped."""
    found = program("kubectl")
    if found is None:
        pytest.skip("needs kubectl to compare with 'kubectl kustomize': 'make kubectl' builds it")
    return found


def real(tree: Tree, root: str, folder: Path) -> list[Plain] | str:
    """What ``kubectl kustomize`` makes of the tree; its complaint when it refuses."""
    for path, content in tree.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    command = [kubectl(), "kustomize", "--load-restrictor", "LoadRestrictionsNone", str(folder / root)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    if done.returncode:
        return done.stderr.decode()
    documents = read("kubectl", done.stdout)
    return [plain(each.node) for document in documents for each in objects(document)]


def ours(tree: Tree, root: str) -> tuple[Build, list[Plain]]:
    built = build(root, MemoryFiles(tree))
    return built, [plain(each.node) for each in built.objects]


def comparable(found: list[Plain]) -> list[Plain]:
    """Objects without what the built-in evaluation leaves alone: labels, selectors, Secret values, hashes."""
    hashes = {}
    for each in found:
        assert isinstance(each, dict)
        metadata = each["metadata"]
        assert isinstance(metadata, dict)
        match = _HASHED.fullmatch(str(metadata["name"]))
        if match and each["kind"] in ("ConfigMap", "Secret"):
            hashes[match.group()] = match.group(1)
    return sorted((_comparable(each, hashes, secret=_is_secret(each)) for each in found), key=repr)


def _is_secret(each: Plain) -> bool:
    return isinstance(each, dict) and each.get("kind") == "Secret"


_LEFT_ALONE = ("labels", "selector")


def _comparable(value: Plain, hashes: dict[str, str], *, secret: bool) -> Plain:
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if name not in _LEFT_ALONE}
        made = {}
        for name, each in sorted(kept.items()):
            hidden = secret and name in ("data", "stringData") and isinstance(each, dict)
            made[name] = sorted(each) if hidden else _comparable(each, hashes, secret=secret)
        return {name: each for name, each in made.items() if each not in ({}, [], None)}
    if isinstance(value, list):
        return [_comparable(each, hashes, secret=secret) for each in value]
    return hashes.get(value, value) if isinstance(value, str) else value
