"""What a tag of the form ``v1.2.3`` releases. Fails where the package or its pages have another version.

Usage: ``python -m tests.tools.release v1.2.3 [--image NAME | --moving]``

The version is written in the package and is not derived from the tag: pre-commit clones a single commit without its tags.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_PROJECT = re.compile(r'^version = "(.+)"$', re.MULTILINE)
_PACKAGE = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
_PINNED = re.compile(
    r"(?:cnilint/cnilint(?::|@v|/cnilint@)|rev: v|cnilint==|component: .*/cnilint@v?)(\d+\.\d+\.\d+)"
)
_PAGES = ("README.md", "action.yml", "deploy/**/*", "templates/*.yml")


def versions(root: Path) -> dict[str, set[str]]:
    """The versions that files have, by file: of the package, of its metadata, and of pages that name a release."""
    found = {
        "pyproject.toml": set(_PROJECT.findall((root / "pyproject.toml").read_text("utf-8"))),
        "cnilint/__init__.py": set(_PACKAGE.findall((root / "cnilint" / "__init__.py").read_text("utf-8"))),
    }
    for path in sorted(path for pattern in _PAGES for path in root.glob(pattern) if path.is_file()):
        named = set(_PINNED.findall(path.read_text("utf-8")))
        if named:
            found[path.relative_to(root).as_posix()] = named
    return found


def moving(tag: str) -> tuple[str, str]:
    """``v1.2`` and ``v1``, which follow the newest release."""
    major, minor, _ = _parts(tag)
    return f"v{major}.{minor}", f"v{major}"


def image_tags(tag: str, image: str) -> str:
    """The tags of the image, as an output of a step."""
    names = [tag.removeprefix("v"), *(name.removeprefix("v") for name in moving(tag)), "latest"]
    return "tags=" + ",".join(f"{image.lower()}:{name}" for name in names)


def _parts(tag: str) -> tuple[str, ...]:
    match = _TAG.fullmatch(tag)
    if match is None:
        raise SystemExit(f"{tag!r} is not a tag such as v1.2.3")
    return match.groups()


def main(arguments: list[str], root: Path = ROOT) -> None:
    tag, *rest = arguments or [""]
    version = ".".join(_parts(tag))
    wrong = {file: found for file, found in versions(root).items() if found != {version}}
    if wrong:
        listed = "".join(f"\n  {file}: {', '.join(sorted(found)) or 'none'}" for file, found in wrong.items())
        raise SystemExit(f"{tag} is not the version of these files:{listed}")
    if rest[:1] == ["--image"]:
        print(image_tags(tag, rest[1]))
    elif rest == ["--moving"]:
        print(*moving(tag))


if __name__ == "__main__":
    main(sys.argv[1:])
