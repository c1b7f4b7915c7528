"""Reads ``kubernetes_secret`` and ``kubernetes_config_map`` resources in Terraform files.

A lexer for the part of the language that is needed: statements, blocks, maps, strings, comments, here-documents. What
an expression computes is unknown, and makes the key set open.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct, field

from cnilint.facts.keys import keys_of
from cnilint.facts.model import Definition, Kind
from cnilint.producers.scripts.offsets import LineOffsets, has_variable, namespace, object_name
from cnilint.regex import regex

_RESOURCE = regex(r'resource\s+"kubernetes_(secret|config_map)(?:_v1)?(_data)?"\s+"[^"\n]*"\s*\{')
_TOKEN = regex(
    r"(?P<comment>#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<heredoc><<-?(?P<tag>\w+))"
    r"|(?P<string>\"(?:\\.|\$\{[^{}\n]*\}|\$(?!\{)|[^\"\\\n$])*\")"
    r"|(?P<word>\w[\w.-]*)"
    r"|(?P<open>[{\[(])"
    r"|(?P<close>[}\])])"
    r"|(?P<sign>[=:])"
    r"|(?P<end>[\n,])",
    re.DOTALL,
)
_MAPS = ("data", "binary_data")
_SERVICE_ACCOUNT_TOKEN = "kubernetes.io/service-account-token"


class Token(NamedTuple):
    """``text`` is without quotes; ``kind`` is the name of the token's group."""

    kind: str
    text: str
    start: int
    end: int


class TerraformBlock(Struct, kw_only=True):
    """What is read of one resource block."""

    name: Token | None = None
    namespace: str = ""
    keys: dict[str, Token] = field(default_factory=dict)
    binary: set[str] = field(default_factory=set)
    open: bool = False
    end: int = 0


def from_terraform(path: str, text: str) -> list[Definition]:
    """The ConfigMaps and Secrets that the file's resources create, in the order of the text."""
    places = LineOffsets(path, text)
    found: list[Definition] = []
    match = _RESOURCE.search(text)
    while match is not None:
        resource = _resource(text, match.end(), partial=match[2] is not None)
        found += _definitions(resource, "Secret" if match[1] == "secret" else "ConfigMap", places)
        match = _RESOURCE.search(text, resource.end)
    return found


def _definitions(resource: TerraformBlock, kind: Kind, places: LineOffsets) -> Iterator[Definition]:
    token = resource.name
    name = object_name(token.text) if token else None
    if token is not None and name is not None:
        yield Definition(
            kind=kind,
            namespace=namespace(resource.namespace),
            name=name,
            span=places.span(token.start, token.end),
            keys=keys_of({key: places.span(at.start, at.end) for key, at in resource.keys.items()}),
            binary=frozenset(resource.binary) if kind == "ConfigMap" else frozenset(),
            open=resource.open or not resource.keys,
            producer="Terraform",
        )


def _resource(text: str, start: int, partial: bool) -> TerraformBlock:
    """Read a block up to the brace that closes it. A ``partial`` resource writes into an object that has other keys."""
    resource = TerraformBlock(open=partial, end=len(text))
    path: list[str] = []
    statement: list[Token] = []
    for token in _tokens(text, start):
        if token.kind == "open":
            _read(resource, path, [*statement, token])
            path.append(statement[0].text if statement else "")
            statement = []
        elif token.kind in ("close", "end"):
            _read(resource, path, statement)
            statement = []
            if token.kind == "close" and not path:
                resource.end = token.end
                break
            if token.kind == "close":
                path.pop()
        else:
            statement.append(token)
    return resource


def _tokens(text: str, start: int) -> Iterator[Token]:
    """The tokens from an offset on, without comments; a here-document is one token."""
    while (match := _TOKEN.search(text, start)) is not None:
        start = match.end()
        kind = match.lastgroup or ""
        if kind == "heredoc":
            closing = re.compile(rf"^[ \t]*{match['tag']}[ \t]*$", re.MULTILINE).search(text, start)
            start = len(text) if closing is None else closing.end()
            yield Token(kind=kind, text="", start=match.start(), end=start)
        elif kind == "string":
            yield Token(kind=kind, text=match.group()[1:-1], start=match.start() + 1, end=match.end() - 1)
        elif kind != "comment":
            yield Token(kind=kind, text=match.group(), start=match.start(), end=match.end())


def _read(resource: TerraformBlock, path: list[str], statement: list[Token]) -> None:
    """Take from a statement what it says: ``key = value`` in the block, its metadata or one of its maps."""
    if not statement:
        return
    head, value = statement[0], statement[2:]
    assigns = len(statement) > 2 and statement[1].kind == "sign"
    if path == [] and assigns:
        _read_attribute(resource, head.text, value)
    elif path == ["metadata"] and assigns and value[0].kind == "string":
        _read_identity(resource, head.text, value[0])
    elif len(path) == 1 and path[0] in _MAPS:
        _read_key(resource, path[0], head, assigns)


def _read_attribute(resource: TerraformBlock, name: str, value: list[Token]) -> None:
    if name in _MAPS:
        resource.open = resource.open or [token.text for token in value] != ["{"]
    elif name == "type" and value[0].text == _SERVICE_ACCOUNT_TOKEN:
        resource.open = True


def _read_identity(resource: TerraformBlock, name: str, value: Token) -> None:
    if name == "name":
        resource.name = value
    elif name == "namespace":
        resource.namespace = value.text


def _read_key(resource: TerraformBlock, name: str, head: Token, assigns: bool) -> None:
    """A key of a map; what starts with anything else is an expression that makes keys."""
    if head.kind in ("string", "word") and assigns and not has_variable(head.text):
        resource.keys[head.text] = head
        if name == "binary_data":
            resource.binary.add(head.text)
    else:
        resource.open = True
