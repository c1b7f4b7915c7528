"""A finding's message in SARIF's form: the template of the rule, the arguments, and the finished text."""

import re

from msgspec import Struct, field

from cnilint.diagnostics.model import Message
from cnilint.regex import regex
from cnilint.report.group import FindingGroup
from cnilint.report.terminal import printable

_LONGEST = 1000
_END = (".", "!", "?")
_BACKTICKS = regex("`([^`]*)`")


class SarifMessage(Struct):
    """``template`` has ``'{0}'`` for each argument; ``text`` is the template filled in."""

    template: str = ""
    text: str = ""
    arguments: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """A name for the template that depends only on its text."""
        import hashlib

        return hashlib.sha256(self.template.encode()).hexdigest()[:12]

    def add(self, text: str) -> None:
        """Adds literal text."""
        literal = plain(printable(text[:_LONGEST]))
        self.template += literal
        self.text += literal

    def add_argument(self, value: str) -> None:
        """Adds a placeholder in single quotes, as SARIF2015 asks, and its argument, in which no reader finds a link."""
        value = printable(value[:_LONGEST]).replace("](", "] (")
        self.template += f"'{{{len(self.arguments)}}}'"
        self.text += f"'{plain(value)}'"
        self.arguments.append(value)

    def add_message(self, message: Message) -> None:
        """Adds a message: what its template has in backticks becomes an argument; a kind or number is literal text."""
        for index, part in enumerate(_BACKTICKS.split(message.template)):
            text = part.format(**message.arguments)
            if index % 2 and text != part:
                self.add_argument(text)
            else:
                self.add(f"`{text}`" if index % 2 else text)

    def add_link(self, value: str, location: int) -> None:
        """Adds an argument that links to the related location of that id."""
        self.template += "["
        self.text += "["
        self.add_argument(re.sub(r"([\\\[\]])", r"\\\1", value))
        self.template += f"]({location})"
        self.text += f"]({location})"


def sarif_message(group: FindingGroup, related: int) -> SarifMessage:
    """The message of a result whose first ``related`` related locations have ids from 1."""
    finding = group.finding
    made = SarifMessage()
    made.add_message(finding.message)
    if not made.template.endswith(_END):
        made.add(".")
    if finding.hint:
        made.add(" Hint: ")
        made.add_argument(finding.hint)
        made.add(".")
    for reason in finding.evidence:
        made.add(" Evidence: ")
        made.add_argument(reason)
        made.add(".")
    made.add(" Environment: " if group.environments else " File: ")
    made.add_argument(", ".join(group.environments) or finding.span.file)
    made.add(".")
    for number, place in enumerate(finding.related[:related], start=1):
        made.add(" See ")
        made.add_link(f"{place.span.file}:{place.span.line}", number)
        made.add(".")
    return made


def plain(text: str) -> str:
    """Text in which a reader of SARIF finds neither a placeholder nor an embedded link."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")
