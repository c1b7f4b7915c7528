"""The source line of a finding, cut around its token, without any value of a Secret."""

import re
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cnilint.findings.model import Finding
from cnilint.regex import regex

REDACTED = "[REDACTED]"
"""Replaces text that may be a Secret's value; SARIF lists it in ``redactionTokens``."""

_REACH = 240
"""How many characters are shown of the token, and on either side of it: some files are one line."""

_MAY_HOLD_SECRETS = regex(r"(?<!imagePull)Secret|secretGenerator|stringData|\\(?:[ux]|\r?$)")
"""The kind, a generator of it, or an escape that can hide the word. References to Secrets contain no values."""
_WORDS = ("passw", "passphrase", "token", "key", "credential", "sops")
_SECRET_WORD = r"(?i:passw(?:or)?d|passphrase|(?<!serviceaccount)token|(?:access|api|private|secret)[-_]?key|credential)s?"
_SECRET_FIELD = regex(rf"""{_SECRET_WORD}["']?\s*(?::\s*[^\s#]|,\s*["']?value\b)""")
"""A field or parameter with a value that is secret by its name, as in the values of a Helm chart."""
_SECRET_NAME = regex(rf"""name["']?\s*:\s*["']?[\w.-]*{_SECRET_WORD}|\bsops["']?\s*:""")
"""The name of a parameter whose value is secret, or the metadata of an encrypted file."""
_IDENTITY = frozenset({"apiVersion", "kind", "metadata.name", "metadata.namespace", "type"})
_KEY_BEFORE = regex(r"""[\s\[{-]*(?:["']?[\w./-]+["']?\s*:)?[\s\["']*""")
_BRACES = regex(r"[\[\]{}]")
_PUNCTUATION = regex(r"[\s,\[\]{}\"']*")
_KEY_END = regex(r""".?["']\s*:|.?\s*:(?:\s|$)""", re.DOTALL)
_END_OF_KEY = regex(r"""["']?\s*:\s*""")
_QUOTED = regex(r""""(?:[^"\\]|\\.)*"|'[^']*'""")


class Excerpt(Struct, frozen=True, kw_only=True):
    """A part of one line, from column ``start`` up to column ``end`` of the file, redacted or not.

    ``cut`` says whether the line continues before and after it.
    """

    before: str
    token: str
    after: str
    start: int
    end: int
    cut: tuple[bool, bool]

    @property
    def text(self) -> str:
        return self.before + self.token + self.after

    @property
    def is_telling(self) -> bool:
        """Whether there is anything to show: neither all blank nor all redacted."""
        return re.search(r"\w", self.text.replace(REDACTED, "")) is not None


class Excerpts:
    """Makes excerpts; caches the text of the last file.

    ``secret_files`` contain values of Secrets although they do not mention a Secret, such as the env file of a
    ``secretGenerator``. Only mapping keys and the names and keys of references are shown from them. Files that mention a
    Secret are treated the same way, except for lines that belong to other objects. This is decided from the text, because
    a file that does not parse has no objects and one line can contain several.
    """

    def __init__(
        self, lines: Callable[[str], Sequence[str]], secret_files: frozenset[str] = frozenset()
    ) -> None:
        self._read = lines
        self._secret_files = secret_files
        self._file: str | None = None
        self._lines: Sequence[str] = ()
        self._guarded = False

    def line_end(self, file: str, line: int) -> int | None:
        """The column after the last character of a line; None if the file has no such line."""
        text = self._line(file, line)
        return None if text is None else len(text) + 1

    def harmless_text(self, file: str) -> str | None:
        """The whole text of a file that mentions no Secret; None if it does."""
        self._open(file)
        return None if self._guarded else "\n".join(self._lines)

    def harmless_lines(self, file: str, first: int, last: int) -> str | None:
        """Whole lines of a file that mentions no Secret; None if it does, or if it has no such lines."""
        texts = [self._line(file, line) for line in range(first, last + 1)]
        whole = [text for text in texts if text is not None and len(text) <= _REACH]
        return None if self._guarded or len(whole) < len(texts) else "\n".join(whole)

    def excerpt(self, finding: Finding) -> Excerpt | None:
        """The first line of the finding's span; None if it cannot be shown."""
        span = finding.span
        line = self._line(span.file, span.line)
        if line is None:
            return None
        start = min(span.column - 1, len(line))
        end = len(line) if span.end_line > span.line else min(max(span.end_column - 1, start), len(line))
        left, right = max(0, start - _REACH), min(len(line), end + _REACH)
        whole = Excerpt(
            before=line[left:start],
            token=line[start:end],
            after=line[end:right],
            start=left + 1,
            end=right + 1,
            cut=(left > 0, right < len(line)),
        )
        shown = whole
        if self._guarded:
            trusted = span.file not in self._secret_files and _is_trusted(whole, finding)
            shown = whole if trusted and _is_of_owner(whole, finding) else _redacted(whole, finding, trusted)
        return shown if len(shown.token) <= _REACH else replace(shown, token=shown.token[:_REACH] + "...")

    def _line(self, file: str, line: int) -> str | None:
        self._open(file)
        if not 0 < line <= len(self._lines):
            return None
        text = self._lines[line - 1].removesuffix("\r")
        return text.removeprefix("\ufeff") if line == 1 else text

    def _open(self, file: str) -> None:
        if file == self._file:
            return
        self._file = file
        self._lines = self._read(file)
        self._guarded = file in self._secret_files or _may_hold_secrets(self._lines)


def _may_hold_secrets(lines: Sequence[str]) -> bool:
    if any(_MAY_HOLD_SECRETS.search(line) for line in lines):
        return True
    text = "\n".join(lines).lower()
    # Patterns that ignore case are slow, and most files have none of the words.
    return any(word in text for word in _WORDS) and any(
        _SECRET_FIELD.search(line) or _SECRET_NAME.search(line) for line in lines
    )


def _redacted(whole: Excerpt, finding: Finding, trusted: bool) -> Excerpt:
    is_key = _is_key(whole)
    harmless = not whole.token or trusted or is_key or _is_named(whole.token, finding)
    return replace(
        whole,
        before=_redacted_before(whole),
        token=whole.token if harmless else REDACTED,
        after=_redacted_after(whole.after, is_key),
        cut=(False, False),
    )


def _is_key(whole: Excerpt) -> bool:
    """Whether the token is a mapping key.

    The colon is outside of the token: a line of an env file is a token that may end with one.
    """
    after = whole.after
    return _END_OF_KEY.match(after) is not None and _KEY_END.match(whole.token[-1:] + after) is not None


def _redacted_before(whole: Excerpt) -> str:
    before = whole.before
    if _KEY_BEFORE.fullmatch(before) and not whole.cut[0]:
        return before
    return before[: len(before) - len(before.lstrip())] + REDACTED + " "


def _redacted_after(after: str, is_key: bool) -> str:
    if _PUNCTUATION.fullmatch(after) or (is_key and _END_OF_KEY.fullmatch(after)):
        return after
    return f": {REDACTED}" if is_key else f" {REDACTED}"


def _is_named(token: str, finding: Finding) -> bool:
    """Whether the token is a name that the finding itself gives."""
    return _is_identity(finding) or _is_target(token, finding)


def _is_identity(finding: Finding) -> bool:
    """Whether the token is a name, kind or namespace, which is not secret."""
    return finding.owner is not None and finding.path in _IDENTITY


def _is_target(token: str, finding: Finding) -> bool:
    """Whether the token is the name or the key of a reference."""
    return finding.target is not None and token.strip("\"'") in (finding.target.name, finding.target.key)


def _is_of_owner(whole: Excerpt, finding: Finding) -> bool:
    """Whether a whole line belongs to the object of the finding.

    A line without brackets belongs to one object. So does one whose brackets are balanced, if the object's name is
    not in it: the object then starts before the line and ends after it.
    """
    line, owner, span = whole.text, finding.owner, finding.span
    if not _BRACES.search(line):
        return True
    if any(whole.cut) or _MAY_HOLD_SECRETS.search(line):
        return False
    elsewhere = owner is not None and (owner.span.file, owner.span.line) != (span.file, span.line)
    return elsewhere and _is_balanced(line)


def _is_balanced(line: str) -> bool:
    """Whether each bracket of the line has its partner in it."""
    depth = 0
    for bracket in _BRACES.findall(_QUOTED.sub("", line)):
        depth += 1 if bracket in "[{" else -1
        if depth < 0:
            return False
    return depth == 0


def _is_trusted(whole: Excerpt, finding: Finding) -> bool:
    """Whether the token belongs to an object without Secret values, in a line without one that is secret by its name."""
    owner = finding.owner
    if owner is None or owner.kind == "Secret" or "secretGenerator" in finding.path:
        return False
    return _SECRET_FIELD.search(whole.text) is None
