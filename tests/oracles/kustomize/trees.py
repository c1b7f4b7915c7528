"""Builds every kustomization of real repositories by kustomize and by the built-in evaluation, and compares them.

``python -m tests.oracles.kustomize.trees [--show N] --tree DIR ...``: each DIR is a repository or a folder of them. What
kustomize would have to fetch, and what a gap of the evaluation reaches, is not compared. A hash is compared as the suffix
``-HASH``, so that a name that only one side changes is a difference.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from cnilint.document import Mapping, Node, Plain, Scalar, child, plain, read
from cnilint.extract.kustomizations import SourceFiles
from cnilint.extract.listing import listing
from cnilint.manifest.object import objects
from cnilint.render.kustomize import Build, Memo, Name, build
from cnilint.source import WorkTree
from tests.conftest import ROOT
from tests.render.kustomize.oracle import comparable

ORACLE = ROOT / ".cache" / "bin" / "kustomize"
_HASHED = re.compile(r"(.+)-[25-9bcdfghkmt46]{10}")
_MARK = "-HASH"
_NOT_COMPARED = frozenset(("annotations", "roleRef", "binaryData", "caBundle", "matchLabels"))
"""Fields that the evaluation leaves alone."""
_OUTSIDE = re.compile(r"external plugins disabled|proxyconnect|dial tcp|GIT_ALLOW_PROTOCOL|--enable-helm")
"""Errors of what kustomize would run or fetch."""
_DISAGREE = ("differ", "only we refuse", "only kustomize refuses")
Identity = tuple[str, str, str]


class Verdict(NamedTuple):
    """What a comparison says of one kustomization, and how the two differ."""

    word: str
    detail: str = ""


def real(folders: list[Path]) -> dict[str, dict[str, str]]:
    """What kustomize makes of folders: ``output`` or ``error``, by folder."""
    lines = "\n".join(map(str, folders)) + "\n"
    done = subprocess.run([str(ORACLE)], input=lines, capture_output=True, text=True, check=True)
    return {each["folder"]: each for each in map(json.loads, done.stdout.splitlines())}


def compared(built: Build, made: dict[str, str]) -> Verdict:
    """How the built-in evaluation and kustomize agree on one kustomization."""
    error = made.get("error", "")
    if _OUTSIDE.search(error) and not built.refusals:
        return Verdict("open", error)
    if any(gap.adds or gap.reason.startswith("remote") for gap in built.gaps) and not built.refusals:
        return Verdict("open", built.gaps[0].reason)
    if error or built.refusals:
        ours = "; ".join(str(each.message) for each in built.refusals)
        if error and built.refusals:
            return Verdict("both refuse", f"{error[-300:]} | {ours}")
        return Verdict("only kustomize refuses", error[-400:]) if error else Verdict("only we refuse", ours)
    return _objects_compared(built, made.get("output", ""))


def _objects_compared(built: Build, output: str) -> Verdict:
    theirs = _by_identity(_theirs(output, {each.name for each in built.hashed}))
    ours = _by_identity(_ours(built))
    opened = {(each.kind, each.namespace or "", each.name) for gap in built.gaps for each in gap.touched}
    if not opened and theirs.keys() != ours.keys():
        return Verdict(
            "differ",
            f"objects: only ours {ours.keys() - theirs.keys()}, only theirs {theirs.keys() - ours.keys()}",
        )
    for identity in sorted(theirs.keys() & ours.keys()):
        if _plain_identity(identity) not in opened and theirs[identity] != ours[identity]:
            return Verdict("differ", f"{identity}: {_difference(ours[identity], theirs[identity])}")
    return Verdict("equal, partly open" if opened else "equal")


def _plain_identity(identity: Identity) -> Identity:
    kind, namespace, name = identity
    return kind, namespace, name.removesuffix(_MARK)


def _by_identity(found: list[Plain]) -> dict[Identity, Plain]:
    return {_identity(each): each for each in comparable(found)}


def _identity(each: Plain) -> Identity:
    assert isinstance(each, dict)
    metadata = each.get("metadata")
    assert isinstance(metadata, dict)
    return str(each.get("kind")), str(metadata.get("namespace") or ""), str(metadata.get("name"))


def _theirs(output: str, hashed: set[str]) -> list[Plain]:
    nodes = [each.node for document in read("kustomize", output.encode()) for each in objects(document)]
    names = {
        name.raw: f"{match[1]}{_MARK}"
        for node in nodes
        if isinstance(name := child(node, "metadata", "name"), Scalar)
        and isinstance(kind := child(node, "kind"), Scalar)
        and kind.raw in ("ConfigMap", "Secret")
        and (match := _HASHED.fullmatch(name.raw))
        and match[1] in hashed
    }
    return [_plain(node, lambda scalar: names.get(scalar.raw)) for node in nodes]


def _ours(built: Build) -> list[Plain]:
    made = []
    for obj in built.objects:
        own = child(obj.node, "metadata", "name")
        hashed = Name(obj.kind, obj.namespace, obj.name) in built.hashed

        def marked(scalar: Scalar, own: Node | None = own, hashed: bool = hashed) -> str | None:
            if scalar is own:
                return scalar.raw + _MARK if hashed else None
            return scalar.raw + _MARK if scalar.span in built.followed else None

        made.append(_plain(obj.node, marked))
    return made


def _plain(node: Node, marked: Callable[[Scalar], str | None]) -> Plain:
    """Plain data in which some strings are replaced."""
    if isinstance(node, Scalar):
        text = marked(node) or plain(node)
        return " ".join(text.split()) if isinstance(text, str) else text
    if isinstance(node, Mapping):
        return {
            key: _plain(entry.value, marked)
            for key, entry in node.entries.items()
            if key not in _NOT_COMPARED
        }
    return [_plain(item, marked) for item in node.items]


def _difference(ours: Plain, theirs: Plain, path: str = "") -> str:
    """The first difference of two objects."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            if ours.get(key) != theirs.get(key):
                return _difference(ours.get(key), theirs.get(key), f"{path}.{key}")
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            if mine != other:
                return _difference(mine, other, f"{path}[{index}]")
    mine, other = str(ours), str(theirs)
    same = next((at for at, (one, two) in enumerate(zip(mine, other, strict=False)) if one != two), 0)
    start = max(same - 20, 0)
    return f"{path}: ours {mine[start : start + 80]!r}, theirs {other[start : start + 80]!r}"


def repositories(folder: Path) -> Iterator[Path]:
    """The folder when it is a repository, else those in it."""
    if (folder / ".git").exists():
        yield folder
    else:
        yield from sorted(each for each in folder.iterdir() if (each / ".git").exists())


def verdicts(repository: Path) -> Iterator[tuple[str, Verdict]]:
    """The verdict on each kustomization of a repository that is not a component."""
    source = WorkTree([str(repository)])
    listed = listing(source, ())
    files, memo = SourceFiles(source, listed), Memo()
    builds = {folder: build(folder, files, memo) for folder in sorted(listed.kustomizations)}
    folders = [folder for folder in builds if not memo[folder].component]
    made = real([repository / folder for folder in folders])
    for folder in folders:
        yield folder, compared(builds[folder], made[str(repository / folder)])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--tree", action="append", type=Path, required=True, help="a repository, or a folder of them"
    )
    parser.add_argument(
        "--show", type=int, default=20, help="how many of each kind of disagreement are shown"
    )
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for folder in given.tree:
        for repository in repositories(folder.resolve()):
            for place, verdict in verdicts(repository):
                counts[verdict.word] += 1
                shown[verdict.word] += 1
                if verdict.word in _DISAGREE and shown[verdict.word] <= given.show:
                    print(f"{verdict.word}: {repository.name}/{place}: {verdict.detail}", flush=True)
    print(
        f"{counts.total()} kustomizations:",
        ", ".join(f"{count} {word}" for word, count in counts.most_common()),
    )
    sys.exit(any(counts[word] for word in _DISAGREE))


if __name__ == "__main__":
    main()
