"""Why a file that a kustomization lists may exist where it is built, although the source does not have it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from posixpath import basename, dirname

from cnilint.extract.ignored import IgnoredPaths
from cnilint.extract.listing import Listing
from cnilint.extract.writers import Written
from cnilint.manifest.names import is_placeholder
from cnilint.reading import Unreadable
from cnilint.source.base import KUSTOMIZATIONS, MANIFESTS, Source

_MODELS = ("example", "sample", "template", "dist", "tmpl", "tpl", "default", "orig")
"""Words in the name of a file from which another one is to be made by hand."""
_MAX_SCRIPT = 1 << 20
"""Bytes; a larger file is not a script."""


class AbsentFiles:
    """Tells what does not exist from what is not read. Most runs have no absent file, so all is done on demand."""

    def __init__(self, source: Source, listed: Listing) -> None:
        self._source = source
        self._listed = listed

    def is_file(self, path: str) -> bool:
        """Whether the source has a file of a path."""
        return path in self._files

    def is_folder(self, path: str) -> bool:
        """Whether the source has files below a path."""
        return path in self._folders

    def reason(self, path: str) -> str:
        """Why a path may exist where it is built; empty for one that does not exist."""
        for reason in self._reasons(path):
            return reason
        return ""

    def _reasons(self, path: str) -> Iterator[str]:
        if is_placeholder(path):
            yield "its path has a placeholder"
        yield from self._unread(path)
        yield from self._left_out(path)
        yield from self._made(path)

    def _unread(self, path: str) -> Iterator[str]:
        try:
            self._source.read(path)
        except Unreadable as error:
            if not self.is_folder(path):
                yield str(error)
        above = list(_above(path))
        yield from (self._source.skipped[each] for each in above if each in self._source.skipped)
        if any(each in self._files for each in above[1:]):
            yield "a folder above it is a symbolic link"

    def _left_out(self, path: str) -> Iterator[str]:
        if path in self._listed.paths:
            yield "Git has it, but the work tree does not"
        if path in self._files or any(f"{path}/{name}" in self._files for name in KUSTOMIZATIONS):
            yield "the configuration excludes it"
        if self._ignored.ignores(path):
            yield "Git ignores it, so something writes it before the build"

    def _made(self, path: str) -> Iterator[str]:
        writer = self._written.by(path)
        if writer:
            yield f"`{writer}` writes it"
        model = self._model(path)
        if model:
            yield f"it is made from `{model}`"

    def _model(self, path: str) -> str:
        """The file of the same folder that is an example of a file: ``settings.env.example``; empty without one."""
        stem = basename(path).lower().partition(".")[0]
        for other in self._by_folder.get(dirname(path), ()):
            name = basename(other).lower()
            if other != path and stem and stem in name and any(word in name for word in _MODELS):
                return basename(other)
        return ""

    @cached_property
    def _by_folder(self) -> Mapping[str, Sequence[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in self._source.files:
            found[dirname(path)].append(path)
        return found

    @cached_property
    def _files(self) -> frozenset[str]:
        return frozenset(self._source.files)

    @cached_property
    def _folders(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self._source.files:
            above = dirname(path)
            while above and above not in found:
                found.add(above)
                above = dirname(above)
        return frozenset(found)

    @cached_property
    def _ignored(self) -> IgnoredPaths:
        rules = ((path, self._text(path)) for path in self._source.files if basename(path) == ".gitignore")
        return IgnoredPaths(rules)

    @cached_property
    def _written(self) -> Written:
        texts = ((path, self._text(path)) for path in self._scripts())
        return Written.of(texts)

    def _scripts(self) -> Iterator[str]:
        """The files that may hold commands: scripts, files without suffix, and manifests, for plugins and Jobs."""
        scripts = set(self._listed.scripts())
        for path in self._source.files:
            if path in scripts or path.endswith(MANIFESTS) or "." not in basename(path):
                yield path

    def _text(self, path: str) -> bytes:
        try:
            data = self._source.read(path) or b""
        except Unreadable:
            return b""
        return data if len(data) <= _MAX_SCRIPT else b""


def _above(path: str) -> Iterator[str]:
    """The path and the folders above it."""
    while path:
        yield path
        path = dirname(path)
