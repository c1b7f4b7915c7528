"""The settings of an object: variables, keys, flags, volumes and containers, with the places of their tokens.

The records hold no nodes, so that the document can be dropped.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cnilint.document import Mapping, Node, Scalar, Span, child, entries, items, string
from cnilint.manifest.object import Object
from cnilint.manifest.pod import TEMPLATE_CONTAINERS, PodTemplate
from cnilint.packs.commands import program_of, programs, shell_options, simple_commands
from cnilint.packs.component import split_image
from cnilint.packs.model import Subject
from cnilint.packs.written import WrittenText, written
from cnilint.regex import regex

_FLAG = regex(r"--?([A-Za-z][\w.-]*)")
SHORTEST_TELLING_FLAG = 3
"""Shorter ones are options of the shell, its tools and every program's logger."""
_FLAG_IN_SCRIPT = regex(
    rf"""(?<![^\s"'])--?([A-Za-z][\w.-]{{{SHORTEST_TELLING_FLAG - 1},}})(?:[= ]([^\s"'\\]+))?"""
)
_FLAG_WITH_BLANK = regex(rf"--?([A-Za-z][\w.-]{{{SHORTEST_TELLING_FLAG - 1},}})[= ](?!.* -)(.*\S)\s*")
"""A flag and its value in one argument."""
_COMMENT = regex(r"(?m)^[ \t]*#.*$")
"""A line of a shell script that is a comment."""
_SUPPLIES = ("configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef")


class Setting(Struct, frozen=True, kw_only=True):
    """One setting of an object. ``value`` is None if there is none or it comes from elsewhere.

    ``supply`` says how a variable gets its value: ``literal``, ``empty`` or the name of the field under
    ``valueFrom``; of a container it is the list that holds it, and of a program the field that has it run. ``path`` leads
    to the token from the object.
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
    file: str = ""
    """The key of a ConfigMap whose value is the configuration file that has the field."""


class ContainerSettings(Struct, frozen=True, kw_only=True):
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


def _container(node: Mapping, path: str) -> ContainerSettings:
    name, image = string(node, "name") or "", node.get("image")
    shown = written(image) if isinstance(image, Scalar) and image.string else None
    return ContainerSettings(
        name=name,
        image=shown,
        settings=(
            *_variables(node, name, path),
            *_flags(node, name, path),
            *_programs(node, name, path),
            *_image(shown, name, path),
        ),
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


def _programs(container: Mapping, container_name: str, path: str) -> Iterator[Setting]:
    """The programs that the container runs."""
    for run in programs(container):
        yield Setting(
            subject=Subject.EXEC,
            name=run.name,
            span=run.span,
            container=container_name,
            supply=run.by,
            path=f"{path}.{run.path}",
        )


def _image(image: WrittenText | None, container_name: str, path: str) -> Iterator[Setting]:
    """The image of the container: its repository, whose value is the tag."""
    if image is not None:
        registry, segments, tag = split_image(image.text)
        yield Setting(
            subject=Subject.IMAGE,
            name="/".join(filter(None, (registry, *segments))),
            span=image.span,
            value=WrittenText(text=tag, span=image.span),
            container=container_name,
            path=f"{path}.image",
        )


def _supply(entry: Node, value: WrittenText | None) -> str:
    if value is not None:
        return "literal"
    source = child(entry, "valueFrom")
    return next((name for name in _SUPPLIES if child(source, name) is not None), "empty")


class _Flag(Struct, frozen=True, kw_only=True):
    """A flag in a list of arguments or a script; ``program`` is what a script gives it to, empty where it is not told."""

    name: str
    span: Span
    value: WrittenText | None
    program: str = ""


def _flags(container: Mapping, container_name: str, path: str) -> Iterator[Setting]:
    program, of_shell = program_of(container), shell_options(container)
    for field in ("command", "args"):
        arguments = [
            (written(item), f"{path}.{field}[{position}]")
            for position, item in enumerate(items(container, field))
            if isinstance(item, Scalar)
        ]
        skipped, of_shell = min(of_shell, len(arguments)), max(of_shell - len(arguments), 0)
        yield from flag_settings(arguments[skipped:], container_name, program)


def flag_settings(
    arguments: Sequence[tuple[WrittenText, str]], container: str, program: str = ""
) -> Iterator[Setting]:
    """The flags in a list of arguments, each with its path, and the feature gates that they set."""
    for position, (token, path) in enumerate(arguments):
        if any(blank in token.text.strip() for blank in " \n"):
            found = _script_flags(token)
        else:
            found = _flag(token, arguments[position + 1][0] if position + 1 < len(arguments) else None)
        for each in found:
            flag = Setting(
                subject=Subject.FLAG,
                name=each.name,
                span=each.span,
                value=each.value,
                container=container,
                path=path,
                program=program or each.program,
            )
            yield flag
            if each.name == "feature-gates" and each.value is not None:
                yield from _feature_gates(flag, each.value)


def _feature_gates(flag: Setting, value: WrittenText) -> Iterator[Setting]:
    """The gates of ``--feature-gates=A=true,B=false``, a flag of programs with the gates of k8s.io/component-base."""
    for match in re.finditer(r"(\w+)=(\w+)", value.text):
        state = WrittenText(text=match[2], span=value.within(*match.span(2)))
        yield replace(
            flag,
            subject=Subject.FEATURE_GATE,
            name=match[1],
            span=value.within(*match.span(1)),
            value=state,
        )


def _flag(token: WrittenText, following: WrittenText | None) -> Iterator[_Flag]:
    match = _FLAG.match(token.text)
    if match is None:
        return
    rest = token.text[match.end() :]
    if rest.startswith("="):
        value: WrittenText | None = token.part(match.end() + 1, len(token.text))
    elif not rest:
        value = following if following and not following.text.startswith("-") else None
    else:
        return
    yield _Flag(name=match[1], span=token.span, value=value)


def _script_flags(script: WrittenText) -> Iterator[_Flag]:
    """Flags in a shell script, such as the text after ``sh -ec``; an argument may be one flag with its value, too."""
    alone = _FLAG_WITH_BLANK.fullmatch(script.text)
    if alone is not None:
        whole = WrittenText(text=alone[2], span=script.within(alone.start(2), alone.end(2)))
        yield _Flag(name=alone[1], span=script.within(alone.start(), alone.end(1)), value=whole)
        return
    text = _COMMENT.sub(lambda comment: " " * len(comment[0]), script.text)
    for begin, end, program in simple_commands(text):
        for match in _FLAG_IN_SCRIPT.finditer(text, begin, end):
            value = WrittenText(text=match[2], span=script.within(*match.span(2))) if match[2] else None
            place = script.within(match.start(), match.end(1))
            yield _Flag(name=match[1], span=place, value=value, program=program)
