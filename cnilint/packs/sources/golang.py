"""Go source as far as declarations of settings need it: constants, calls and their arguments. It is not compiled."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from cnilint.regex import regex

_TOKEN = regex(r'"(?:\\.|[^"\\\n])*"|`[^`]*`|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TEXT = regex(r'"((?:\\.|[^"\\\n])*)"\Z|`([^`]*)`\Z')
_IMPORT = regex(r'(?m)^\s*(?:import\s+)?(?:([\w.]+)\s+)?"([\w./~-]+)"\s*$')
_BLOCK = regex(r"(?ms)^(?:const|var) \((.*?)^\)")
_SINGLE = regex(r"(?m)^(?:const|var) (\w+)(?:[ \t]+[\w.\[\]]+)?[ \t]*=[ \t]*(.+)$")
_ENTRY = regex(r"(?m)^[ \t]+(\w+)(?:[ \t]+[\w.\[\]]+)?[ \t]*=[ \t]*(.+)$")
_NAME = regex(r"\w+(?:\.\w+)?\Z")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


class GoFile(Struct, frozen=True, kw_only=True):
    """One file without its comments; ``imports`` are paths by the name that the file uses."""

    package: str
    """The folder of the file."""
    text: str
    imports: Mapping[str, str]
    constants: Mapping[str, str]
    """Expressions by name, of the constants and variables of the package."""
    name: str = ""
    """The name of the file."""


def parse_go(path: str, text: str) -> GoFile:
    """Read a file."""
    plain = _TOKEN.sub(lambda token: token[0] if token[0][0] != "/" else " ", text)
    body = plain.partition("\nfunc ")[0]
    imports = {
        alias or target.rpartition("/")[2]: target for alias, target in _IMPORT.findall(body) if "/" in target
    }
    constants = {name: value.strip() for name, value in _SINGLE.findall(plain)}
    for block in _BLOCK.findall(plain):
        constants |= {name: value.strip() for name, value in _ENTRY.findall(block)}
    return GoFile(package=path.rpartition("/")[0], text=plain, imports=imports, constants=constants)


def calls(text: str, function: re.Pattern[str]) -> Iterator[tuple[re.Match[str], list[str]]]:
    """The calls that a pattern finds, with their arguments; the pattern ends behind the opening parenthesis."""
    for match in function.finditer(text):
        yield match, arguments(text, match.end())


def arguments(text: str, start: int) -> list[str]:
    """The expressions from ``start``, behind an opening bracket, to the closing one, split at commas."""
    found: list[str] = []
    open_brackets: list[str] = []
    begin = at = start
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is not None:
            at = token.end()
            continue
        sign = text[at]
        if sign in _PAIRS:
            open_brackets.append(_PAIRS[sign])
        elif sign in ")]}":
            if not open_brackets:
                break
            open_brackets.pop()
        elif sign == "," and not open_brackets:
            found.append(text[begin:at].strip())
            begin = at + 1
        at += 1
    last = text[begin:at].strip()
    return [*found, last] if last else found


def literal(expression: str) -> str | None:
    """The text of a string literal; None for any other expression."""
    match = _TEXT.match(expression)
    if match is None:
        return None
    return match[2] if match[1] is None else match[1].replace('\\"', '"').replace("\\\\", "\\")


class Constants:
    """The constants of a source tree by folder and name."""

    def __init__(self, files: Mapping[str, list[GoFile]]) -> None:
        self._files = files

    def text(self, expression: str, file: GoFile, depth: int = 0) -> str | None:
        """The text that an expression of constants and string literals has; None where it cannot be told."""
        parts = _sum(expression)
        if len(parts) > 1:
            values = [self.text(part, file, depth) for part in parts]
            return None if None in values else "".join(value for value in values if value is not None)
        value = literal(expression)
        if value is not None or depth > 5:
            return value
        found = self.expression(expression, file)
        return self.text(found[0], found[1], depth + 1) if found is not None else None

    def value(self, expression: str, file: GoFile, depth: int = 0) -> str:
        """An expression with a constant in its place replaced by what it is declared as."""
        found = self.expression(expression, file) if depth < 5 else None
        return expression if found is None else self.value(found[0], found[1], depth + 1)

    def expression(self, name: str, file: GoFile) -> tuple[str, GoFile] | None:
        """What a constant of this or an imported package is declared as, and the file that declares it."""
        if not _NAME.match(name):
            return None
        owner, _, own = name.rpartition(".")
        folder = self._folder(file.imports.get(owner, "")) if owner else file.package
        for other in self._files.get(folder, ()):
            if own in other.constants:
                return other.constants[own], other
        return None

    def _folder(self, target: str) -> str:
        parts = target.split("/")
        names = ("/".join(parts[start:]) for start in range(len(parts)))
        return next((name for name in names if name in self._files), "")


def _sum(expression: str) -> list[str]:
    """The operands of ``a + b``."""
    parts, begin, at = [], 0, 0
    while at < len(expression):
        token = _TOKEN.match(expression, at)
        if token is not None:
            at = token.end()
        elif expression[at] == "+":
            parts.append(expression[begin:at].strip())
            begin = at = at + 1
        elif expression[at] in _PAIRS:
            return [expression]
        else:
            at += 1
    return [*parts, expression[begin:].strip()]
