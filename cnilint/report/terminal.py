"""Text for the terminal: escaped, measured in columns, folded and coloured."""

from typing import Literal

from cnilint.regex import regex

Style = Literal["error", "warning", "note", "good", "strong", "faint"]

_CODES: dict[Style, str] = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "good": "32",
    "strong": "1",
    "faint": "34",
}
_TAB = "    "
_COMMAND = regex(r"^(\s*):(?=:)")


def printable(text: str) -> str:
    """The text with everything that a terminal could act on or hide written as an escape (``\\x1b``, ``\\u202e``).

    It is safe in a CI log, too: workflow commands of GitHub's old form (``##[error]``) are escaped.
    """
    if not text.isprintable():
        text = "".join(map(_visible, text))
    return text.replace("##[", "##\\x5b")


def line(text: str) -> str:
    """A finished line of output, in which GitHub's runner sees no workflow command."""
    return _COMMAND.sub(r"\1\\x3a", text.replace("##[", "##\\x5b"))


def cell(character: str) -> str:
    """A character as an excerpt shows it."""
    return _TAB if character == "\t" else _visible(character)


def width(text: str) -> int:
    """The columns of a printable text: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1 for character in text
    )


def fold(text: str, columns: int, indent: str) -> list[str]:
    """The text in lines of at most ``columns``, all but the first indented; 0 means no limit.

    Lines break at spaces only, so a path or name that is longer than a line stays whole. So does what is in backticks
    and spans words: it is a command or a line of a file, to be copied.
    """
    if columns == 0 or width(text) <= columns:
        return [text]
    lines = [""]
    for word in _words(text):
        joined = f"{lines[-1]} {word}" if lines[-1].strip() else lines[-1] + word
        if width(joined) > columns and lines[-1].strip():
            lines.append(indent + word)
        else:
            lines[-1] = joined
    return lines


def _words(text: str) -> list[str]:
    """The text split at spaces outside of backticks."""
    words: list[str] = []
    is_open = False
    for word in text.split(" "):
        if is_open:
            words[-1] += f" {word}"
        else:
            words.append(word)
        is_open ^= word.count("`") % 2 == 1
    # A backtick without a partner is not a mark.
    return text.split(" ") if is_open else words


def link(text: str, uri: str) -> str:
    """The text as a hyperlink: https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda."""
    return f"\x1b]8;;{uri}\x1b\\{text}\x1b]8;;\x1b\\"


def paint(text: str, style: Style, colour: bool) -> str:
    """The text in a style, if colour is on."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if colour and text else text


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
