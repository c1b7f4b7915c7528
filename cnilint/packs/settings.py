"""The settings of an object: variables, keys, flags, volumes and containers, with the places of their tokens.

The records hold no nodes, so that the document can be dropped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cnilint.document import Mapping, Node, Scalar, Span, child, entries, items, string
from cnilint.manifest.object import Object
from cnilint.manifest.pod import TEMPLATE_CONTAINERS, PodTemplate
from cnilint.packs.model import Subject

_FLAG = re.compile(r"--?([A-Za-z][\w.-]*)")
SHORTEST_TELLING_FLAG = 3
"""Shorter ones are options of the shell, its tools and every program's logger."""
_FLAG_IN_SCRIPT = re.compile(
    rf"""(?<![^\s"'])--?([A-Za-z][\w.-]{{{SHORTEST_TELLING_FLAG - 1},}})(?:[= ]([^\s"'\\]+))?"""
)
_FLAG_WITH_BLANK = re.compile(rf"--?([A-Za-z][\w.-]{{{SHORTEST_TELLING_FLAG - 1},}})[= ](?!.* -)(.*\S)\s*")
"""A flag and its value in one argument."""
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "env", "tini", "dumb-init"})
_SUPPLIES = ("configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef")
_COMMENT = re.compile(r"(?m)^[ \t]*#.*$")
"""A line of a shell script that is a comment."""


@dataclass(kw_only=True, frozen=True, slots=True)
class WrittenText:
    """A text in a manifest that can locate any part of it.

    ``columns`` is the indentation of a literal block, None for any other scalar; ``quote`` counts the
    characters of the token before the text, None when the token does not spell the text out.
    """

    text: str
    span: Span
    columns: int | None = None
    quote: int | None = None

    def within(self, start: int, end: int) -> Span:
        """The place of ``text[start:end]``, or of the whole token when that is all that is known."""
        if self.columns is not None:
            before = self.text[:start]
            line = self.span.line + 1 + before.count("\n")
            column = self.columns + start - before.rfind("\n")
            return Span(
                file=self.span.file, line=line, column=column, end_line=line, end_column=column + end - start
            )
        return self.span if self.quote is None else self.span.shifted(self.quote + start, self.quote + end)


@dataclass(kw_only=True, frozen=True, slots=True)
class Setting:
    """One setting of an object. ``value`` is None if there is none or it comes from elsewhere.

    ``supply`` says how a variable gets its value: ``literal``, ``empty`` or the name of the field under
    ``valueFrom``; of a container it is the list that holds it. ``path`` leads to the token from the object.
    """

    subject: Subject
    name: str
    span: Span
    value: WrittenText | None = None
    container: str = ""
    supply: str = ""
    path: str = ""
    program: str = ""
    """The executable that a flag is for; empty where the container does not name it."""


@dataclass(kw_only=True, frozen=True, slots=True)
class ContainerSettings:
    """A container of a pod template and its settings."""

    name: str
    image: WrittenText | None
    settings: tuple[Setting, ...]
    path: str
    is_open: bool
    """Whether more variables come from objects as a whole."""


def images(template: PodTemplate) -> Iterator[str]:
    """The images of a pod template, without reading anything else."""
    for _, node in template.containers(TEMPLATE_CONTAINERS):
        image = string(node, "image")
        if image:
            yield image


def containers(template: PodTemplate) -> tuple[ContainerSettings, ...]:
    """The containers of a pod template, init containers first."""
    return tuple(
        _container(node, path)
        for path, node in template.containers(TEMPLATE_CONTAINERS)
        if isinstance(node, Mapping)
    )


def pod_settings(template: PodTemplate) -> Iterator[Setting]:
    """The containers and volumes of a pod template, by name."""
    for field in (*TEMPLATE_CONTAINERS, "volumes"):
        subject = Subject.VOLUME if field == "volumes" else Subject.CONTAINER
        for node in items(template.spec, field):
            name = child(node, "name")
            if isinstance(name, Scalar) and (text := name.string):
                owner = "" if subject is Subject.VOLUME else text
                path = f"{template.path}.{field}[name={text}]"
                yield Setting(
                    subject=subject, name=text, span=name.span, container=owner, supply=field, path=path
                )


def config_settings(item: Object) -> Iterator[Setting]:
    """The keys of a ConfigMap."""
    for name, entry in entries(item.node, "data").items():
        value = written(entry.value) if isinstance(entry.value, Scalar) else None
        yield Setting(
            subject=Subject.CONFIG_KEY, name=name, span=entry.key.span, value=value, path=f"data.{name}"
        )


def find_field(file: Setting, name: str) -> Setting | None:
    """A field of the configuration file (YAML or JSON) that is the value of a ConfigMap key."""
    if file.value is None:
        return None
    form = rf"""(?m)(?:^[ \t-]*|[{{,]\s*)["']?({re.escape(name)})["']?\s*:[ \t]*["']?([^\s"',}}]*)"""
    match = re.search(form, file.value.text)
    if match is None:
        return None
    value = WrittenText(text=match[2], span=file.value.within(match.start(2), match.end(2)))
    span = file.value.within(match.start(1), match.end(1))
    return Setting(subject=Subject.CONFIG_FIELD, name=name, span=span, value=value, path=file.path)


def written(scalar: Scalar) -> WrittenText:
    """The text of a scalar with the means to find its parts."""
    token = scalar.span
    if scalar.style == "|":
        return WrittenText(text=scalar.raw, span=token, columns=_indentation(scalar))
    quote = 0 if scalar.plain else 1
    one_line = token.line == token.end_line
    spelt_out = one_line and token.end_column - token.column == len(scalar.raw) + 2 * quote
    return WrittenText(text=scalar.raw, span=token, columns=None, quote=quote if spelt_out else None)


def _container(node: Mapping, path: str) -> ContainerSettings:
    name, image = string(node, "name") or "", node.get("image")
    settings = (*_variables(node, name, path), *_flags(node, name, path))
    return ContainerSettings(
        name=name,
        image=written(image) if isinstance(image, Scalar) and image.string else None,
        settings=settings,
        path=path,
        is_open=bool(items(node, "envFrom")),
    )


def _variables(container: Mapping, container_name: str, path: str) -> Iterator[Setting]:
    for entry in items(container, "env"):
        name = child(entry, "name")
        if isinstance(name, Scalar) and (text := name.string):
            literal = child(entry, "value")
            value = written(literal) if isinstance(literal, Scalar) else None
            supply = _supply(entry, value)
            yield Setting(
                subject=Subject.ENV,
                name=text,
                span=name.span,
                value=value,
                container=container_name,
                supply=supply,
                path=f"{path}.env[name={text}]",
            )


def _supply(entry: Node, value: WrittenText | None) -> str:
    if value is not None:
        return "literal"
    source = child(entry, "valueFrom")
    return next((name for name in _SUPPLIES if child(source, name) is not None), "empty")


def _flags(container: Mapping, container_name: str, path: str) -> Iterator[Setting]:
    program = _program(container)
    for field in ("command", "args"):
        tokens = [written(item) for item in items(container, field) if isinstance(item, Scalar)]
        for position, token in enumerate(tokens):
            where = f"{path}.{field}[{position}]"
            if any(blank in token.text.strip() for blank in " \n"):
                found = _script_flags(token)
            else:
                found = _flag(token, tokens[position + 1] if position + 1 < len(tokens) else None)
            for name, span, value in found:
                yield Setting(
                    subject=Subject.FLAG,
                    name=name,
                    span=span,
                    value=value,
                    container=container_name,
                    path=where,
                    program=program,
                )


def _program(container: Mapping) -> str:
    """The executable of a container by its command, without the folder; empty for a shell and where there is none."""
    first = next(iter(items(container, "command")), None)
    name = (string(first) or "").rpartition("/")[2]
    return "" if name in _SHELLS else name


def _flag(
    token: WrittenText, following: WrittenText | None
) -> Iterator[tuple[str, Span, WrittenText | None]]:
    match = _FLAG.match(token.text)
    if match is None:
        return
    rest = token.text[match.end() :]
    if rest.startswith("="):
        yield (
            match[1],
            token.span,
            WrittenText(text=rest[1:], span=token.within(match.end() + 1, len(token.text))),
        )
    elif not rest:
        value = following if following and not following.text.startswith("-") else None
        yield match[1], token.span, value


def _script_flags(script: WrittenText) -> Iterator[tuple[str, Span, WrittenText | None]]:
    """Flags in a shell script, such as the text after ``sh -ec``; an argument may be one flag with its value, too."""
    alone = _FLAG_WITH_BLANK.fullmatch(script.text)
    if alone is not None:
        whole = WrittenText(text=alone[2], span=script.within(alone.start(2), alone.end(2)))
        yield alone[1], script.within(alone.start(), alone.end(1)), whole
        return
    for match in _FLAG_IN_SCRIPT.finditer(_COMMENT.sub(lambda found: " " * len(found[0]), script.text)):
        value = (
            WrittenText(text=match[2], span=script.within(match.start(2), match.end(2))) if match[2] else None
        )
        yield match[1], script.within(match.start(), match.end(1)), value


def _indentation(scalar: Scalar) -> int:
    """Columns before each line of a literal block, worked out from its size; 0 when that is ambiguous.

    In the source the block holds its header, its text, and the indentation once for each line with text.
    """
    header = len("|\n") if scalar.raw.endswith("\n") else len("|-\n") + len("\n")
    filled = sum(1 for line in scalar.raw.split("\n") if line)
    surplus = scalar.end.index - scalar.start.index - header - len(scalar.raw)
    columns, ambiguous = divmod(surplus, filled) if filled and surplus > 0 else (0, 1)
    return 0 if ambiguous else columns
