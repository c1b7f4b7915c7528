"""What ``cnilint rules`` does: list packs, test them, derive a catalogue, compare two releases.

Each function takes plain arguments and returns the text to print; the command line is elsewhere.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from cnilint.errors import UsageError
from cnilint.manifest.object import Object
from cnilint.packs.build import read_releases
from cnilint.packs.catalogue import derive, write_catalogue
from cnilint.packs.changes import ReleaseComparison, compare
from cnilint.packs.library import Library
from cnilint.packs.manifests import parts_of, read_objects
from cnilint.packs.model import Rule
from cnilint.packs.testing import failures
from cnilint.report.comparison import as_data, as_html, as_markdown, as_text
from cnilint.source import WorkTree
from cnilint.source.base import MANIFESTS
from cnilint.source.reading import Unreadable
from cnilint.versions import SCHEMES, Version, parse_version

TableFormat = Literal["text", "markdown", "json", "html"]


def list_rules(library: Library, component: str | None = None) -> str:
    """The rules of one component or of all, one a line: code, effect, id, versions, title."""
    names = (
        [component]
        if component
        else sorted({*library.components, *(p.component for p in library.extra_packs)})
    )
    if component is not None:
        library.component(component)
    rules = [rule for name in names for rule in library.rules(name)]
    width = max((len(rule.id) for rule in rules), default=0)
    lines = [
        f"{rule.code}  {rule.effect.value:<15}  {rule.id:<{width}}  {rule.versions}  {rule.title}"
        for rule in rules
    ]
    return "".join(line + "\n" for line in lines)


def explain_rule(library: Library, identifier: str) -> str:
    """The page of a rule in Markdown. Raises UsageError where no rule has this id."""
    component = library.component(identifier.partition("/")[0])
    rules = {rule.id: rule for rule in library.rules(component.name)}
    if identifier in rules:
        return _page(rules[identifier])
    from difflib import get_close_matches

    near = get_close_matches(identifier, rules, 1)
    raise UsageError(f"there is no rule {identifier!r}", f"did you mean {near[0]}?" if near else "")


def check_packs(library: Library, paths: Sequence[Path]) -> tuple[str, bool]:
    """Run the examples of packs: what to print, and whether all did what their rules claim.

    Without paths the shipped packs are run. Raises PackError for a pack that cannot be read, UsageError where
    there is no rule.
    """
    library = Library(library.folder, paths) if paths else library
    rules = _rules_to_test(library, bool(paths))
    if not rules:
        raise UsageError(f"there is no rule in {', '.join(map(str, paths))}")
    lines = []
    examples = 0
    for rule in rules:
        examples += len(rule.bad) + len(rule.good)
        lines += [
            f"{rule.span.file}:{rule.span.line}: {rule.id}: {failure.example} {failure.reason}\n"
            for failure in failures(rule, library)
        ]
    failed = len(lines)
    lines.append(f"{len(rules)} rules, {examples} examples, {failed} failed\n")
    return "".join(lines), failed == 0


def derive_catalogue(component: str, folders: Sequence[Path], scheme: str = "tag") -> str:
    """The catalogue of a component from folders of rendered releases, one file each, named by version."""
    if scheme not in SCHEMES:
        raise UsageError(f"there is no scheme {scheme!r}", f"expected one of {', '.join(SCHEMES)}")
    releases: list[tuple[Version, list[Object]]] = []
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder")
        releases += read_releases(folder, scheme)
    if not releases:
        raise UsageError(
            "no rendered release found", "each file is named after its version, such as 1.22.5.yaml"
        )
    return write_catalogue(derive(component, releases))


def diff_releases(
    library: Library, component: str, before: str, after: str, path: Path | None = None
) -> ReleaseComparison:
    """Compare two releases; with a path, only what the manifests there use, at their lines.

    Raises UsageError where nothing at the path is the component.
    """
    library.component(component)
    parts = None if path is None else parts_of(_objects(path), library)
    if parts is not None and all(claim.component != component for part in parts for claim in part.claims):
        raise UsageError(f"nothing that can be read in '{path}' is recognised as {component}")
    return compare(component, _version(before), _version(after), library, parts)


def show_comparison(comparison: ReleaseComparison, form: TableFormat) -> str:
    """A comparison in the form that was asked for."""
    if form == "json":
        return json.dumps(as_data(comparison), indent=2, ensure_ascii=False) + "\n"
    return {"markdown": as_markdown, "html": as_html, "text": as_text}[form](comparison)


def _rules_to_test(library: Library, only_extra: bool) -> list[Rule]:
    if only_extra:
        return [rule for pack in library.extra_packs for rule in pack.rules]
    return [rule for name in library.components for rule in library.rules(name)]


def _objects(path: Path) -> list[Object]:
    """The objects in the manifests at a path, as a check would list and read them."""
    source = WorkTree([str(path)])
    files = [file for file in source.selected if file.endswith(MANIFESTS) or file in source.named]
    return [item for file in files for item in read_objects(file, _content(source, file))]


def _content(source: WorkTree, file: str) -> bytes:
    try:
        return source.read(file) or b""
    except Unreadable as error:
        if file in source.named:
            raise UsageError(f"'{file}' is not read: {error}") from None
        return b""


def _version(text: str) -> Version:
    version = parse_version(text)
    if version is None:
        raise UsageError(f"{text!r} is no version", "expected one such as 1.22.5")
    return version


def _page(rule: Rule) -> str:
    evidence = [f"- {item.source} (checked {item.checked}): {item.shows}" for item in rule.evidence]
    examples = [
        f"```yaml {kind}\n{text.rstrip()}\n```\n"
        for kind, texts in (("bad", rule.bad), ("good", rule.good))
        for text in texts
    ]
    names = ", ".join(f"`{name}`" for name in rule.match.names)
    lines = [
        f"# {rule.id}\n",
        f"{rule.match.subject.value} {names}: {rule.title}.\n",
        f"{rule.code}, effect {rule.effect.value}, {rule.component} {rule.versions}\n",
        f"{rule.why}\n",
        *([f"{rule.replacement}.\n"] if rule.replacement else []),
        "\n".join(["Evidence:\n", *evidence]) + "\n",
        *examples,
    ]
    return "\n".join(lines)
