"""What the generators of an Argo CD ApplicationSet fill into its template, as far as the manifest itself says.

Source: argoproj.io/v1alpha1 ApplicationSet; list, git directories, matrix and merge generators. What a generator
asks of a cluster or another service is left open.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from posixpath import basename

from cnilint.document import Mapping as MappingNode
from cnilint.document import Node, Scalar, child, is_true, items, string

Parameters = Mapping[str, str]

_EXPRESSION = re.compile(r"\{\{-?\s*(?:\.?([\w.-]+)\s*)?.*?\}\}")
_PLAIN = re.compile(r"\{\{-?\s*\.?([\w.-]+)\s*-?\}\}")
_MOST = 10_000
"""So many combinations of a matrix are looked at."""


def parameters(generators: Node | None) -> list[Parameters]:
    """The sets of parameters that a list of generators yields, one for each Application."""
    return [found for generator in items(generators) for found in _of_generator(generator)]


def fill(template: str, known: Parameters, unknown: str) -> str:
    """The template with what is known filled in, and ``unknown`` for every other expression."""

    def value(expression: re.Match[str]) -> str:
        plain = _PLAIN.fullmatch(expression[0])
        return unknown if plain is None else known.get(plain[1], unknown)

    return _EXPRESSION.sub(value, template)


def _of_generator(generator: Node) -> list[Parameters]:
    matrix, merge = child(generator, "matrix", "generators"), child(generator, "merge", "generators")
    if matrix is not None:
        return _matrix(matrix)
    if merge is not None:
        return _merge(merge)
    elements = items(generator, "list", "elements")
    if elements:
        return [_flat(element) for element in elements]
    directories = [
        _directory(path)
        for entry in items(generator, "git", "directories")
        if (path := string(entry, "path")) and not is_true(child(entry, "exclude"))
    ]
    common = _values(generator)
    return [{**common, **each} for each in directories or [{}]]


def _matrix(generators: Node) -> list[Parameters]:
    product: list[Parameters] = [{}]
    for generator in items(generators):
        found = _of_generator(generator)
        product = list(islice(({**left, **right} for left in product for right in found), _MOST))
    return product


def _merge(generators: Node) -> list[Parameters]:
    """The first generator's sets, and each as the others override it: which of them match is not known here."""
    first, *others = [_of_generator(generator) for generator in items(generators)] or [[]]
    overridden = ({**base, **other} for base in first for found in others for other in found)
    return [*first, *islice(overridden, _MOST)]


def _values(generator: Node) -> dict[str, str]:
    """The ``values`` that any kind of generator may add."""
    if not isinstance(generator, MappingNode):
        return {}
    return {
        name: text
        for entry in generator.entries.values()
        for name, text in _flat(child(entry.value, "values"), "values.").items()
    }


def _directory(path: str) -> Parameters:
    return {"path": path, "path.path": path, "path.basename": basename(path)}


def _flat(node: Node | None, prefix: str = "") -> dict[str, str]:
    return dict(_leaves(node, prefix))


def _leaves(node: Node | None, prefix: str) -> Iterator[tuple[str, str]]:
    if not isinstance(node, MappingNode):
        return
    for name, entry in node.entries.items():
        if isinstance(entry.value, Scalar):
            yield prefix + name, entry.value.raw
        else:
            yield from _leaves(entry.value, f"{prefix}{name}.")
