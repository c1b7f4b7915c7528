"""The settings of an object: variables, keys, flags, volumes and containers, with the places of their tokens.

The records hold no nodes, so that the document can be dropped.
"""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from cnilint.document import Mapping, Node, Scalar, Span, child, entries, items, string
from cnilint.manifest.object import Object
from cnilint.manifest.pod import TEMPLATE_CONTAINERS, PodTemplate
from cnilint.packs.commands import program_of, programs
from cnilint.packs.component import split_image
from cnilint.packs.model import Subject
from cnilint.packs.written import WrittenText, written

_FLAG = re.compile(r"--?([A-Za-z][\w.-]*)")
SHORTEST_TELLING_FLAG = 3
"""Shorter ones are options of the shell, its tools and every program's logger."""
_FLAG_IN_SCRIPT = re.compile(
    rf"""(?<![^\s"'])--?([A-Za-z][\w.-]{{{SHORTEST_TELLING_FLAG - 1},}})(?:[= ]([^\s"'\\]+))?"""
)
_FLAG_WITH_BLANK = re.compile(rf"--?([A-Za-z][\w.-]{{{SHORTEST_TELLING_FLAG - 1},}})[= ](?!.* -)(.*\S)\s*")
"""A flag and its value in one argument."""
_SUPPLIES = ("configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef")
_COMMENT = re.compile(r"(?m)^[ \t]*#.*$")
"""A line of a shell script that is a comment."""


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


def _flags(container: Mapping, container_name: str, path: str) -> Iterator[Setting]:
    program = program_of(container)
    for field in ("command", "args"):
        tokens = [written(item) for item in items(container, field) if isinstance(item, Scalar)]
        for position, token in enumerate(tokens):
            where = f"{path}.{field}[{position}]"
            if any(blank in token.text.strip() for blank in " \n"):
                found = _script_flags(token)
            else:
                found = _flag(token, tokens[position + 1] if position + 1 < len(tokens) else None)
            for name, span, value in found:
                flag = Setting(
                    subject=Subject.FLAG,
                    name=name,
                    span=span,
                    value=value,
                    container=container_name,
                    path=where,
                    program=program,
                )
                yield flag
                if name == "feature-gates" and value is not None:
                    yield from _feature_gates(flag, value)


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
            token.part(match.end() + 1, len(token.text)),
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
