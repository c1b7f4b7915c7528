"""A picture of broken references, in Mermaid's language, which GitHub and GitLab draw: workload, object, key.

Source: mermaid.js.org/syntax/flowchart, and its limits ``maxEdges`` (500) and ``maxTextSize`` (50,000).
"""

from collections.abc import Callable, Iterable

from msgspec import Struct, field

from cnilint.diagnostics.model import ObjectRef, Target
from cnilint.findings.model import Finding
from cnilint.report.place import object_text
from cnilint.report.terminal import printable

MOST_REFERENCES = 30
"""References in a picture: with more it cannot be read."""

_MOST_IN_LABEL = 80
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -./")
_OF_THE_KEY = frozenset(("CNI101", "CNI104", "CNI110", "CNI401"))
"""Codes of references whose object is there."""
_BROKEN = "stroke:#d1242f,stroke-width:2px"


class _Picture(Struct, kw_only=True):
    """Nodes by what they show, and edges; ``broken`` are the positions of the red ones."""

    nodes: dict[tuple[str, str], str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    edges: dict[tuple[str, str], int] = field(default_factory=dict)
    broken: set[int] = field(default_factory=set)

    def node(self, kind: str, identity: str, label: str, shape: Callable[[str], str]) -> str:
        """The id of a node, which is drawn when it is first named."""
        if (kind, identity) not in self.nodes:
            self.nodes[kind, identity] = f"{kind}{len(self.nodes)}"
            self.lines.append(f"  {self.nodes[kind, identity]}{shape(_label(label))}")
        return self.nodes[kind, identity]

    def edge(self, start: str, end: str, *, broken: bool) -> None:
        number = self.edges.setdefault((start, end), len(self.edges))
        if broken:
            self.broken.add(number)


def broken_references(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that are about a reference: those with an object that reads, and one that is read."""
    alone = (one for each in findings for one in (each, *each.also))
    return [each for each in alone if each.owner is not None and each.target is not None]


def picture(findings: Iterable[Finding]) -> str:
    """The flowchart of the first findings about references; empty if there are none."""
    drawn = _Picture()
    for finding in broken_references(findings)[:MOST_REFERENCES]:
        if finding.target is not None:
            for reader in _readers(finding):
                _add(drawn, finding.code, reader, finding.target)
    if not drawn.lines:
        return ""
    edges = [f"  {start} --> {end}" for start, end in drawn.edges]
    red = ",".join(map(str, sorted(drawn.broken)))
    return "\n".join(("flowchart LR", *drawn.lines, *edges, f"  linkStyle {red} {_BROKEN}"))


def _readers(finding: Finding) -> list[ObjectRef]:
    """The objects that read the target: others, where the finding is about the target's own removal."""
    others = [each.reader for each in finding.related if each.reader is not None]
    return others or ([finding.owner] if finding.owner is not None else [])


def _add(drawn: _Picture, code: str, owner: ObjectRef, target: Target) -> None:
    reader = drawn.node("w", object_text(owner), object_text(owner), lambda text: f'["{text}"]')
    name = target.name if target.namespace is None else f"{target.namespace}/{target.name}"
    read = drawn.node("o", f"{target.kind} {name}", f"{target.kind} {name}", lambda text: f'[("{text}")]')
    has_object = target.key is not None and code in _OF_THE_KEY
    drawn.edge(reader, read, broken=not has_object)
    if target.key is not None:
        key = drawn.node("k", f"{read} {target.key}", target.key, lambda text: f'(["{text}"])')
        drawn.edge(read, key, broken=has_object)


def _label(text: str) -> str:
    """A label in which everything but letters, digits and a few signs is a character code, as Mermaid reads it."""
    text = printable(text)
    text = text if len(text) <= _MOST_IN_LABEL else f"{text[: _MOST_IN_LABEL - 3]}..."
    return "".join(one if one in _PLAIN else f"#{ord(one)};" for one in text)
