"""Configuration files in folders of a repository: each applies below its folder, in addition to the one at the root."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import basename, dirname
from typing import NamedTuple

from msgspec.structs import replace

from cnilint.config.load import NAME, config_in
from cnilint.config.model import Config
from cnilint.config.validate import mistakes
from cnilint.document import Node, Span, entries
from cnilint.document.structure import DataError, parse_document
from cnilint.environment.model import DeclaredEnvironment
from cnilint.errors import UsageError
from cnilint.extract.exclude import Excluded
from cnilint.findings.codes import Code
from cnilint.findings.policy import FolderPolicy
from cnilint.reading import Unreadable
from cnilint.regex import regex
from cnilint.source.base import Source, called

OF_FOLDERS = ("environments", "external", "suppressions", "severity", "select", "ignore", "exclude")
"""The keys that a configuration file in a folder may have; the others are about the whole run."""
_MISNAMED = (".cnilint.yml", ".cnilint.json", ".cnilint.toml")
_PERHAPS_MISNAMED = ("cnilint.yaml", "cnilint.yml")
"""Names that workflows of a CI service have as well."""
_SPECIAL = regex(r"([\\*?\[\]!# ])")


class _File(NamedTuple):
    path: str
    folder: str
    root: Node


def with_folders(config: Config, source: Source, codes: Mapping[str, Code]) -> Config:
    """The configuration of a repository with that of its folders. Raises UsageError for a file with a mistake."""
    found = [path for path in called(source.files, (NAME,)) if path != NAME]
    # An outer folder may exclude an inner one, and its policy comes first.
    for path in sorted(found, key=lambda path: (path.count("/"), path)):
        if not Excluded(config.exclude).excludes(path):
            config = _with_folder(config, source, path, codes)
    return config


def misnamed(source: Source) -> Iterator[str]:
    """A notice for each file whose name is almost that of the configuration."""
    for path in called(source.files, (*_MISNAMED, *_PERHAPS_MISNAMED)):
        if basename(path) in _MISNAMED or _is_configuration(source, path):
            yield f"{path}: not read: the name of the configuration is {NAME}"


def _is_configuration(source: Source, path: str) -> bool:
    """Whether a file has a key that a configuration in a folder may have."""
    try:
        file = _read(source, path)
    except UsageError:
        return False
    return file is not None and not entries(file.root).keys().isdisjoint(OF_FOLDERS)


def below(folder: str, entry: str) -> str:
    """An entry of ``exclude`` in a folder as one at the root, by the rules of ``.gitignore``."""
    negated, pattern = ("!", entry[1:]) if entry.startswith("!") else ("", entry)
    if not pattern.strip() or entry.startswith("#"):
        return entry
    way = "/" if "/" in pattern.rstrip("/") else "/**/"
    literal = _SPECIAL.sub(r"\\\1", folder)
    return f"{negated}/{literal}{way}{pattern.removeprefix('./').lstrip('/')}"


def _with_folder(config: Config, source: Source, path: str, codes: Mapping[str, Code]) -> Config:
    file = _read(source, path)
    if file is None:
        return config
    for mistake in mistakes(file.root, Path(source.root, file.folder), codes):
        raise DataError(mistake)
    given = config_in(file.root, Path(source.root, file.folder), codes)
    return replace(
        config,
        environments=(*config.environments, *_environments(given, file.folder)),
        external=(*config.external, *(replace(each, folder=file.folder) for each in given.external)),
        suppressions=(
            *config.suppressions,
            *(replace(each, folder=file.folder) for each in given.suppressions),
        ),
        exclude=(*config.exclude, *(below(file.folder, entry) for entry in given.exclude)),
        folders=(
            *config.folders,
            FolderPolicy(
                folder=file.folder, select=given.select, ignore=given.ignore, severity=given.severity
            ),
        ),
        places={**config.places, **{_moved(key, file.folder): span for key, span in given.places.items()}},
        notices=(*config.notices, *_without_effect(file)),
    )


def _read(source: Source, path: str) -> _File | None:
    try:
        data = source.read(path)
    except Unreadable as error:
        raise UsageError(f"cannot read the configuration `{path}`: {error}") from None
    root = None if data is None else parse_document(path, data)
    return None if root is None else _File(path, dirname(path), root)


def _environments(given: Config, folder: str) -> Iterator[DeclaredEnvironment]:
    """The environments of a folder; their names begin with it, since several folders may have a ``prod``."""
    for each in given.environments:
        roots = tuple(_below(folder, root) for root in each.roots)
        yield replace(each, name=f"{folder}/{each.name}", roots=roots)


def _below(folder: str, root: str) -> str:
    return folder if root in ("", ".") else f"{folder}/{root}"


def _moved(key: tuple[str, str], folder: str) -> tuple[str, str]:
    section, text = key
    if section == "exclude":
        return section, below(folder, text)
    return section, _below(folder, text) if section == "roots" else text


def _without_effect(file: _File) -> Iterator[str]:
    for key, entry in entries(file.root).items():
        if key not in OF_FOLDERS:
            place: Span = entry.key.span
            yield (
                f"{file.path}:{place.line}: `{key}` is a setting of the whole run and has no effect here: "
                f"move it to the {NAME} at the root"
            )
