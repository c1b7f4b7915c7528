"""Processes OpenShift Templates as ``oc process`` does, with the parameters' default values.

Source: openshift/library-go pkg/template/templateprocessing. A value goes before a generator; a parameter without
a value stays a placeholder, and so does a text that is too long for a name.
"""

from collections.abc import Mapping as ReadMapping

from cnilint.document import Mapping, Node, Scalar, items, string
from cnilint.document.edit import rebuilt
from cnilint.document.node import Mark, Text
from cnilint.regex import regex

_PARAMETER = regex(r"\$\{([A-Za-z0-9_]+)\}")
_TYPED_PARAMETER = regex(r"\$\{\{([A-Za-z0-9_]+)\}\}")
_JSON_LITERAL = regex(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_MOST = 1024
"""Code points of a text that is filled in; what references name is shorter."""


def processed(template: Mapping) -> list[Node]:
    """The objects of a Template with the values of its parameters in them, every token at its place."""
    values = {
        name: value
        for parameter in items(template, "parameters")
        if (name := string(parameter, "name")) and (value := string(parameter, "value"))
    }
    made = items(template, "objects")
    if not values:
        return made
    return [rebuilt(item, lambda scalar: _filled(scalar, values), _place) for item in made]


def _place(node: Node) -> tuple[Text, Mark, Mark]:
    return node.text, node.start, node.end


def _filled(scalar: Scalar, values: ReadMapping[str, str]) -> Scalar:
    """A scalar with its parameters filled in: ``${NAME}`` gives a string, ``${{NAME}}`` a value of any type."""
    if "${" not in scalar.raw or len(scalar.raw) > _MOST:
        return scalar
    typed = _TYPED_PARAMETER.fullmatch(scalar.raw)
    if typed is not None:
        value = values.get(typed[1])
        if value is None:
            return scalar
        style = "" if _JSON_LITERAL.fullmatch(value) else '"'
        return Scalar(scalar.text, value, scalar.start, scalar.end, style)
    raw = _PARAMETER.sub(lambda found: values.get(found[1], found[0]), scalar.raw)
    return (
        scalar
        if raw == scalar.raw or len(raw) > _MOST
        else Scalar(scalar.text, raw, scalar.start, scalar.end)
    )
