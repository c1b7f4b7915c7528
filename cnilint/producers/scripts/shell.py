"""``kubectl create secret|configmap|serviceaccount`` in any text: scripts, documents, Makefiles, Job commands.

Two forms: the command line with its options, quotes and continued lines (or as a list of words in JSON or YAML
flow style), and a manifest in a here-document. Names are often in variables, whose values the same text gives.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.document import Span, read
from cnilint.facts.keys import NO_VALUES, keys_of
from cnilint.facts.model import Definition, Kind
from cnilint.manifest.object import Object, objects
from cnilint.producers.engine import defined, produced
from cnilint.producers.scripts.offsets import LineOffsets, has_variable, namespace, object_name
from cnilint.producers.scripts.variables import constants, filled
from cnilint.regex import regex

_SPACE = r"(?:[ \t]|\\\r?\n)+"
_TOOL = r"(?<![\w.$/-])(?:(?:[\w.-]*/)*(?:kubectl|oc|k|kubecolor)(?:\.exe)?|\$\{?\w+\}?|\$\(\w+\))[\"']?"
_BEFORE = rf"(?P<before>(?:{_SPACE}--?[\w-]+(?:=[^\s;|&<>]*|{_SPACE}[^-\s;|&<>][^\s;|&<>]*)?){{0,6}}?)"
_COMMAND = regex(rf"{_TOOL}{_BEFORE}{_SPACE}create(?={_SPACE})")
_LIST = regex(r"\[[^\[\]]{0,200}?(?P<tool>[\"'](?:[^\"'\[\]]*/)?(?:kubectl|oc)[\"']\s*,)[^\[\]]*\]")
_LIST_WORD = regex(r"\"((?:\\.|[^\"\\])*)\"|'([^']*)'|([^\s\[\],\"']+)")
_OPENS = r"(?:(?<![\w.-])|(?=.\$))"
_NESTED = r"\([^()]{0,2000}(?:\([^()]{0,2000}\)[^()]{0,2000}){0,20}\)"
_WORD = regex(
    rf"(?:{_OPENS}\"(?:\\.|[^\"\\]){{0,4000}}\"|{_OPENS}'[^']{{0,4000}}'|[$<]{_NESTED}|\$?\{{\{{[^{{}}]*\}}\}}|<\w[^<>|\n]*>"
    r"|\\.|\$(?!\()|[^\s\"'\\;|&<>()`$])+",
    re.DOTALL,
)
_GAP = regex(rf"{_SPACE}")
_ARGUMENTS = r"(?:[^\n\\|]|\\\r?\n|\\.){0,2000}"
_SEALING = regex(rf"create(?<=\bcreate)\b(?={_ARGUMENTS}--dry-run{_ARGUMENTS}\|[\s\\]*kubeseal\b)")
_VERB = regex(rf"create(?={_SPACE})")
_LINE_END = regex(r"\n(?<!\\\n)(?<!\\\r\n)")
_LONGEST_VARIABLE = 64
_ASSIGNED_COMMAND = regex(r"=[\"'](?:[\w./-]{0,200}/)?(?:kubectl|oc)\b[^\n\"']{0,200}[ \t]create[\"']")
_VARIABLE_NAME = regex(rf"(?<![^\s;&|(])\w{{1,{_LONGEST_VARIABLE}}}\Z")
"""A variable that holds a command up to its verb: what is assigned, and the name before it."""
_VARIABLE_USE = regex(r"(?:\beval[ \t]+)?[\"']?\$(?:\{(\w{1,64})\}|(\w{1,64})\b)[\"']?")
_CREATES = "k create"
_HEREDOC = regex(r"<<-?[ \t]*([\"']?)(\w+)\1")
_KINDS: dict[str, Kind] = {
    "secret": "Secret",
    "secrets": "Secret",
    "configmap": "ConfigMap",
    "configmaps": "ConfigMap",
    "cm": "ConfigMap",
    "serviceaccount": "ServiceAccount",
    "sa": "ServiceAccount",
}
_TYPE_KEYS = {"generic": (), "tls": ("tls.crt", "tls.key"), "docker-registry": (".dockerconfigjson",)}
_SWITCH = regex(
    r"--(?:dry-run|save-config|append-hash|validate|help|insecure-skip-tls-verify|show-managed-fields)|-h"
)
"""Options whose value, if any, is joined to them by an equals sign."""
_OPTIONS_OF_KEYS = ("--from-literal", "--from-file")


class ShellWord(NamedTuple):
    """A word of a command line, without its quotes, and where it stands."""

    text: str
    start: int
    end: int


class _CommandWords(NamedTuple):
    """The words of a command line before and behind its verb."""

    before: list[ShellWord]
    after: list[ShellWord]


class Command(Struct):
    """The arguments behind ``create``, sorted."""

    positional: list[ShellWord] = field(default_factory=list)
    options: list[tuple[str, ShellWord]] = field(default_factory=list)

    def last(self, *names: str) -> str:
        """The value of an option, the last one given; empty when it is not."""
        return next((word.text for name, word in reversed(self.options) if name in names), "")


def from_shell(path: str, text: str) -> list[Definition]:
    """What commands in the text create, in the order of the text.

    A dry run that is sealed creates nothing: its output is kept in the repository, or missing there.
    """
    places = LineOffsets(path, text)
    text = _with_commands(_SEALING.sub("      ", text))
    commands = [*_command_lines(text), *_word_lists(text)]
    if not commands and "<<" not in text:
        return []
    known = constants(text) if "$" in text else {}
    found = [each for command in commands for each in _definitions(command, places, known)]
    found += _heredocs(path, text, known)
    return sorted(found, key=lambda definition: definition.span)


def _with_commands(text: str) -> str:
    """The text with ``k create`` where a variable holds such a command, at the same place and of the same length."""
    names = set(_command_variables(text))

    def command(match: re.Match[str]) -> str:
        is_known = (match[1] or match[2]) in names and len(match[0]) > len(_CREATES)
        return _CREATES.ljust(len(match[0])) if is_known else match[0]

    return _VARIABLE_USE.sub(command, text) if names else text


def _command_variables(text: str) -> Iterator[str]:
    for match in _ASSIGNED_COMMAND.finditer(text):
        first = max(0, match.start() - _LONGEST_VARIABLE - 1)
        name = _VARIABLE_NAME.search(text[first : match.start()])
        if name is not None:
            yield name[0]


def _command_lines(text: str) -> Iterator[_CommandWords]:
    place = 0
    while (verb := _VERB.search(text, place)) is not None:
        end = _LINE_END.search(text, verb.end())
        last = end.end() if end else len(text)
        match = _COMMAND.search(text, max(place, _line_start(text, verb.start())), last)
        if match is None:
            place = last
            continue
        before = list(_words(text, match.start("before"), match.end("before")))
        after = list(_words(text, match.end(), len(text)))
        yield _CommandWords(before, after)
        place = after[-1].end if after else match.end()


def _line_start(text: str, place: int) -> int:
    """The start of the line at a place, with the lines that it continues."""
    start = text.rfind("\n", 0, place)
    while start >= 0 and _LINE_END.match(text, start) is None:
        start = text.rfind("\n", 0, start)
    return start + 1


def _word_lists(text: str) -> Iterator[_CommandWords]:
    """``["kubectl", "create", "secret", ...]``, as containers and CI steps have it."""
    for match in _LIST.finditer(text):
        words = [
            ShellWord(word.group(word.lastindex or 0), *word.span(word.lastindex or 0))
            for word in _LIST_WORD.finditer(text, match.end("tool"), match.end() - 1)
        ]
        create = next((number for number, word in enumerate(words) if word.text == "create"), len(words))
        yield _CommandWords(words[:create], words[create + 1 :])


def _words(text: str, start: int, end: int) -> Iterator[ShellWord]:
    """The words up to the end of the command: a line's end, a pipe, a semicolon, a redirection."""
    while True:
        gap = _GAP.match(text, start, end)
        match = _WORD.match(text, gap.end() if gap else start, end)
        if match is None:
            return
        raw = match.group()
        inner = raw[1:-1] if _is_quoted(raw) else raw
        shift = 1 if inner is not raw else 0
        yield ShellWord(_unquoted(inner), match.start() + shift, match.end() - shift)
        start = match.end()


def _is_quoted(raw: str) -> bool:
    return len(raw) > 1 and raw[0] in "\"'" and raw[-1] == raw[0] and raw[0] not in raw[1:-1]


def _unquoted(raw: str) -> str:
    return raw.replace('"', "").replace("'", "").replace("\\", "")


def _definitions(words: _CommandWords, places: LineOffsets, known: Mapping[str, str]) -> Iterator[Definition]:
    command = _sorted(words.before, words.after)
    created = _created(command.positional)
    if created is None:
        return
    kind, word, fixed = created
    name = object_name(filled(word.text, known))
    if name is None:
        return
    span = places.span(word.start, word.end)
    keys, more = _keys(command, places) if not fixed else (dict.fromkeys(fixed, span), False)
    yield Definition(
        kind=kind,
        namespace=namespace(filled(command.last("-n", "--namespace"), known)),
        name=name,
        span=span,
        keys=keys_of(keys),
        open=kind != "ServiceAccount" and (more or not keys),
        producer=f"kubectl create {kind.lower()}",
    )


def _created(words: list[ShellWord]) -> tuple[Kind, ShellWord, tuple[str, ...]] | None:
    """The kind, the word that names the object, and the keys of a type of Secret that always has the same ones."""
    kind = _KINDS.get(words[0].text) if words else None
    fixed: tuple[str, ...] = ()
    if kind == "Secret":
        words = words[1:]
        if not words or words[0].text not in _TYPE_KEYS:
            return None
        fixed = _TYPE_KEYS[words[0].text]
    return (kind, words[1], fixed) if kind is not None and len(words) > 1 else None


def _sorted(before: list[ShellWord], after: list[ShellWord]) -> Command:
    command = Command()
    words = iter([*before, *after])
    for word in words:
        if not word.text.startswith("-") or word.text == "-":
            command.positional.append(word)
            continue
        name, equals, value = word.text.partition("=")
        if equals:
            command.options.append((name, ShellWord(value, word.start + len(name) + 1, word.end)))
        elif name.startswith("-n") and len(name) > 2:
            command.options.append(("-n", ShellWord(name[2:], word.start + 2, word.end)))
        elif _SWITCH.fullmatch(name) is None:
            command.options.append((name, next(words, ShellWord("", word.end, word.end))))
    return command


def _keys(command: Command, places: LineOffsets) -> tuple[dict[str, Span], bool]:
    """The keys that the options name, and whether there may be more. Values are passed over."""
    keys: dict[str, Span] = {}
    more = False
    for option, word in command.options:
        if option == "--from-env-file":
            more = True
        elif option in _OPTIONS_OF_KEYS:
            key, equals, _ = word.text.partition("=")
            if not equals:
                key = key.rpartition("/")[2]
                more = more or option == "--from-literal" or "." not in key
            if _is_unknown(key):
                more = True
            else:
                start = word.start if equals else word.end - len(key)
                keys[key] = places.span(start, start + len(key))
    return keys, more


def _is_unknown(key: str) -> bool:
    """Whether the shell fills in the key, or there is none."""
    return not key or has_variable(key) or "*" in key


def _heredocs(path: str, text: str, known: Mapping[str, str]) -> Iterator[Definition]:
    """Manifests that a script feeds to kubectl."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        opening = _HEREDOC.search(lines[number]) if "<<" in lines[number] else None
        number += 1
        if opening is None:
            continue
        first = number
        while number < len(lines) and lines[number].strip() != opening[2]:
            number += 1
        body = "\n".join(lines[first:number])
        if number < len(lines) and "kind:" in body:
            yield from _manifests(path, first, body, known)
        number += 1


def _manifests(path: str, first: int, body: str, known: Mapping[str, str]) -> Iterator[Definition]:
    data = ("\n" * first + body).encode("utf-8", "replace")
    for document in read(path, data):
        for obj in objects(document):
            own = _manifest(obj, known)
            if own is not None:
                yield own
            yield from produced(obj)


def _manifest(obj: Object, known: Mapping[str, str]) -> Definition | None:
    """A ConfigMap or Secret in a here-document."""
    own, name = defined(obj), object_name(filled(obj.name, known))
    if own is None or own.kind == "ServiceAccount" or name is None:
        return None
    return replace(
        own,
        namespace=namespace(filled(obj.namespace or "", known)),
        name=name,
        open=own.open or any(has_variable(key) for key in own.keys),
        producer="a manifest in a script",
        values=NO_VALUES,
    )
