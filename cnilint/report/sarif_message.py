"""A finding's words as SARIF wants them: a template for the rule, the arguments, and the finished text."""

import re
from dataclasses import dataclass, field

from cnilint.report.group import FindingGroup
from cnilint.report.terminal import printable

_WORDS_WITH_BRACES = r"""(?<![^\s'"])[^\s'"{}]*[{}](?:[^'"]*[{}])?[^\s'"]*"""
_VALUE = re.compile(rf"""(?<!\w)'([^']*)'(?!\w)|"([^"]*)"|({_WORDS_WITH_BRACES})""")
_LONGEST_SENTENCE = 1000


@dataclass(slots=True)
class Message:
    """``template`` holds ``'{0}'`` for each quoted value of the words; ``text`` is the template filled in.

    The quoted values of a check's sentence are what differs from finding to finding, so the template is the same
    for all findings of one kind.
    """

    template: str = ""
    text: str = ""
    arguments: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """A name for the template that depends on nothing but its words."""
        import hashlib

        return hashlib.sha256(self.template.encode()).hexdigest()[:12]

    def add(self, text: str) -> None:
        """Words as they stand."""
        words = plain(text)
        self.template += words
        self.text += words

    def add_value(self, value: str) -> None:
        """A value in quotes. Whoever fills in the template must not find a link in it either."""
        value = value.replace("](", "] (")
        self.template += f"'{{{len(self.arguments)}}}'"
        self.text += f"'{plain(value)}'"
        self.arguments.append(value)

    def add_sentence(self, text: str) -> None:
        """A sentence with a full stop. Its quoted values, and words with braces, become arguments."""
        text = text[:_LONGEST_SENTENCE].rstrip()
        end = 0
        for value in _VALUE.finditer(text):
            self.add(text[end : value.start()])
            self.add_value(value[value.lastindex or 0])
            end = value.end()
        self.add(text[end:] if text.endswith((".", "!", "?")) else text[end:] + ".")

    def add_link(self, value: str, location: int) -> None:
        """A value in quotes that leads to the related location of that id."""
        self.template += "["
        self.text += "["
        self.add_value(re.sub(r"([\\\[\]])", r"\\\1", value))
        self.template += f"]({location})"
        self.text += f"]({location})"


def message(group: FindingGroup, related: int) -> Message:
    """The message of a result whose first ``related`` related locations have ids from 1."""
    finding = group.finding
    made = Message()
    made.add_sentence(printable(finding.message))
    if finding.hint:
        made.add(" Hint: ")
        made.add_sentence(printable(finding.hint))
    made.add(" Environment: " if group.environments else " File: ")
    made.add_value(printable(", ".join(group.environments) or finding.span.file))
    made.add(".")
    for number, place in enumerate(finding.related[:related], start=1):
        made.add(" See ")
        made.add_link(printable(f"{place.span.file}:{place.span.line}"), number)
        made.add(".")
    return made


def plain(text: str) -> str:
    """Text that is neither a placeholder nor an embedded link to whoever reads SARIF."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")
