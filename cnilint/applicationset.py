"""What the generators of an Argo CD ApplicationSet fill into its template, as far as the manifest itself says.

Source: argoproj.io/v1alpha1 ApplicationSet; list, git directories, matrix and merge generators. What a generator
asks of a cluster or another service is left open.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
        return _merge(
            merge, [key.raw for key in items(generator, "merge", "mergeKeys") if isinstance(key, Scalar)]
        )
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


def _merge(generators: Node, keys: Sequence[str]) -> list[Parameters]:
    """The first generator's sets, each overridden by those of the others that have the same values of the keys.

    A key that only a cluster can tell may have any value: then the set is there as it is and overridden.
    """
    merged, *others = [_of_generator(generator) for generator in items(generators)] or [[]]
    for overrides in others:
        merged = list(islice((each for base in merged for each in _overridden(base, overrides, keys)), _MOST))
    return merged


def _overridden(
    base: Parameters, overrides: Iterable[Parameters], keys: Sequence[str]
) -> Iterator[Parameters]:
    maybe: list[Parameters] = []
    for override in overrides:
        if all(base.get(key) is not None and base.get(key) == override.get(key) for key in keys):
            yield {**base, **override}
            return
        if all(key not in base or key not in override or base[key] == override[key] for key in keys):
            maybe.append({**base, **override})
    yield base
    yield from maybe


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
