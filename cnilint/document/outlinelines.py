"""The lines of a document that has an outline, and what they say without any node."""

from bisect import bisect_left
from collections.abc import Callable, Set
from functools import cached_property
from itertools import accumulate

from cnilint.diagnostics.span import PackedSpan, Span, packed_line
from cnilint.document import scalars
from cnilint.document.lines import BLANK, COMMENTED, FLOW, PLAIN, QUOTED, LineReader, LineTokens, ScalarToken
from cnilint.document.node import NamedText, Place, Row, Text
from cnilint.document.outline import OutlineList, OutlineMap, OutlineValue
from cnilint.regex import regex

_WORD = regex(r"\w+")
_EMPTY_FLOWS = ("{}", "[]")
_ESCAPED = regex(r"\\(?:[xuU]|\s*\Z)")
"""What may stand for any character in double quotes, or join two lines."""


class OutlineLines:
    """The lines of a document. ``long`` has the last line of each value that ends on a later line than it begins."""

    def __init__(
        self,
        lines: list[str],
        reader: LineReader,
        text: Text,
        outline: OutlineMap | OutlineList,
        long: dict[int, int],
    ) -> None:
        self.lines = lines
        self.reader = reader
        self.text = text
        self.outline = outline
        self.long = long
        self._held: dict[str, list[int]] = {}

    @cached_property
    def starts(self) -> list[int]:
        """The index of the first character of each line, and that behind the last."""
        return list(accumulate((len(line) + 1 for line in self.lines), initial=0))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all maps."""
        found: set[str] = set()
        parts: list[OutlineMap | OutlineList] = [self.outline]
        while parts:
            part = parts.pop()
            if isinstance(part, dict):
                found.update(part)
            values = part.values() if isinstance(part, dict) else part
            parts += [at for at in values if not isinstance(at, int)]
        return frozenset(found)

    @cached_property
    def flows(self) -> frozenset[int]:
        """The lines whose value is a flow collection that is not empty."""
        found = []
        end = 0
        for number, line in enumerate(self.lines):
            if number < end:
                continue
            if number in self.long:
                end = self.long[number] + 1
            elif "{" in line or "[" in line:
                tokens = self.reader[line][3]
                if tokens.style == FLOW and tokens.value.raw not in _EMPTY_FLOWS:
                    found.append(number)
        return frozenset(found)

    def tokens(self, line: int) -> LineTokens:
        return self.reader[self.lines[line]][3]

    def place(self, line: int, column: int) -> Place:
        return Place(line, column, self.starts[line] + column)

    def span(self, line: int, token: ScalarToken) -> Span:
        text = self.text
        column = 1 if line else text.first_column
        line += text.first_line
        return Span(
            file=text.file,
            line=line,
            column=column + token.start,
            end_line=line,
            end_column=column + token.end,
        )

    def _place(self, line: int, token: ScalarToken) -> PackedSpan:
        """As ``span``, in the file of the text."""
        text = self.text
        column = 1 if line else text.first_column
        return packed_line(text.file, text.first_line + line, column + token.start, column + token.end)

    def holds_plain(self, words: Set[str]) -> bool:
        """Whether a plain key or value may be one of the words."""
        reader = self.reader
        end = 0
        for number, line in enumerate(self.lines):
            if number < end:
                continue
            end = self.long.get(number, -1) + 1
            tokens = reader[line][3]
            raw, style = tokens.value.raw, tokens.style
            if style == FLOW and not words.isdisjoint(_WORD.findall(raw)):
                return True
            if tokens.key.raw in words or (raw in words and style != QUOTED):
                return True
        return False

    def may_hold(self, outline: OutlineMap | OutlineList, text: str) -> bool:
        """Whether a scalar of a collection may hold a text without blanks."""
        found = self._lines_with(text)
        at = bisect_left(found, self.first_line(outline)) if found else 0
        return at < len(found) and found[at] <= self._last_line(outline)

    def _lines_with(self, text: str) -> list[int]:
        """The lines with a text, or with an escape that may stand for it."""
        if text not in self._held:
            self._held[text] = [
                number
                for number, line in enumerate(self.lines)
                if text in line or ("\\" in line and _ESCAPED.search(line))
            ]
        return self._held[text]

    def ways(self, outline: OutlineMap | OutlineList, wanted: Callable[[Set[str]], bool]) -> set[int]:
        """Of a collection and those below it, the ids of those that lead to a map whose names are wanted, or to a flow
        collection. Names are wanted among others too."""
        flows = self.flows
        if not flows and not wanted(self.names):
            return set()
        parts, above = [outline], [0]
        ends: list[int] = []
        for index, part in enumerate(parts):
            is_end = isinstance(part, dict) and wanted(part.keys())
            for at in part.values() if isinstance(part, dict) else part:
                if isinstance(at, int):
                    is_end = is_end or at in flows
                else:
                    parts.append(at)
                    above.append(index)
            if is_end:
                ends.append(index)
        found: set[int] = set()
        for index in ends:
            while id(parts[index]) not in found:
                found.add(id(parts[index]))
                index = above[index]
        return found

    def row(self, name: str, at: OutlineValue) -> Row | None:
        """The row of a key whose value is a scalar on its line; None of any other key."""
        if not isinstance(at, int) or at in self.long:
            return None
        tokens = self.reader[self.lines[at]][3]
        if tokens.style >= FLOW:
            return None
        return Row(name=name, file=self.text.file, place=self._place(at, tokens.key), raw=tokens.value.raw)

    def named_text(self, item: OutlineValue, name: str, value: str) -> NamedText | None:
        if not isinstance(item, dict) or len(item) != 2:
            return None
        named, at = item.get(name), item.get(value)
        if not isinstance(named, int) or not isinstance(at, int):
            return None
        if named in self.long or at in self.long:
            return None
        token, text = self._string(named), self._string(at)
        if token is None or text is None or not token.raw:
            return None
        return NamedText(name=token.raw, file=self.text.file, place=self._place(named, token), value=text.raw)

    def _string(self, line: int) -> ScalarToken | None:
        """The value on a line; None if it is not a string."""
        tokens = self.reader[self.lines[line]][3]
        value, style = tokens.value, tokens.style
        if style == QUOTED:
            return value
        if style not in (PLAIN, COMMENTED):
            return None
        raw = value.raw
        if raw in scalars.WORDS or raw[0] in scalars.NUMERIC_STARTS:
            return value if isinstance(scalars.resolve(raw), str) else None
        return value

    def is_text(self, at: OutlineValue) -> bool:
        """Whether a value is a string or null."""
        if not isinstance(at, int):
            return False
        tokens = self.tokens(at)
        if tokens.style not in (PLAIN, COMMENTED):
            return tokens.style != FLOW
        raw = tokens.value.raw
        if at in self.long or (raw not in scalars.WORDS and raw[0] not in scalars.NUMERIC_STARTS):
            return True
        data = scalars.resolve(raw)
        return data is None or isinstance(data, str)

    def first_line(self, outline: OutlineMap | OutlineList) -> int:
        """The line of the first key or dash."""
        first = outline[0] if isinstance(outline, list) else next(iter(outline.values()))
        if isinstance(outline, list) and not isinstance(first, int):
            return self.first_line(first)
        return self.line_of_key(first)

    def line_of_key(self, at: OutlineValue) -> int:
        """The line of the key of a value. That of a collection is the last one before its first line, less blank ones."""
        if isinstance(at, int):
            return at
        line = self.first_line(at) - 1
        while self.reader[self.lines[line]][0] == BLANK:
            line -= 1
        return line

    def end(self, outline: OutlineMap | OutlineList) -> Place:
        """The end of a collection: where the next token begins."""
        line = self._last_line(outline) + 1
        while line < len(self.lines) and self.reader[self.lines[line]][0] == BLANK:
            line += 1
        if line == len(self.lines):
            return self.place(line, 0)
        text = self.lines[line]
        return self.place(line, len(text) - len(text.lstrip(" ")))

    def _last_line(self, outline: OutlineValue) -> int:
        while not isinstance(outline, int):
            outline = outline[-1] if isinstance(outline, list) else next(reversed(outline.values()))
        return self.long.get(outline, outline)
