"""Reads the parameters that the generators of an Argo CD ApplicationSet fill into its template.

Source: argoproj.io/v1alpha1 ApplicationSet; list, git directories, matrix and merge generators. What a generator
asks a cluster or another service for is unknown.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from posixpath import basename

from msgspec import Struct

from cnilint.document import Mapping as MappingNode
from cnilint.document import Node, Scalar, child, is_true, items, string
from cnilint.regex import regex

Parameters = Mapping[str, str]

_EXPRESSION = regex(r"\{\{.*?\}\}", re.DOTALL)
_PLAIN = regex(r"\{\{-?\s*\.?([\w.-]+)\s*-?\}\}")
_MOST = 10_000
"""Sets of parameters that are read."""
_MOST_COMPARED = 1_000_000
"""Pairs of sets that a merge generator compares."""
_MOST_NESTED = 2
"""Levels of generators in a matrix or merge generator that Argo CD reads (applicationset/generators/matrix.go)."""
_MOST_LEVELS = 16
"""Levels of the maps of a list's element that are read."""


def parameters(generators: Node | None) -> list[Parameters]:
    """The sets of parameters that a list of generators yields, one for each Application."""
    return [found for generator in items(generators) for found in _of_generator(generator, _MOST_NESTED)]


def fill(template: str, known: Parameters, unknown: str) -> str:
    """The template with what is known filled in, and ``unknown`` for every other expression."""
    end = template.rfind("}}") + 2
    if end == 1:
        return template

    def value(expression: re.Match[str]) -> str:
        plain = _PLAIN.fullmatch(expression[0])
        return unknown if plain is None else known.get(plain[1], unknown)

    # Up to the last end every expression has one: the pattern never searches the rest of the text in vain.
    return _EXPRESSION.sub(value, template[:end]) + template[end:]


def _of_generator(generator: Node, nested: int) -> list[Parameters]:
    """The sets of one generator; ``nested`` is how many levels of generators within it are read."""
    if child(generator, "matrix", "generators") is not None:
        return _matrix(_within(generator, "matrix", nested))
    if child(generator, "merge", "generators") is not None:
        keys = [key.raw for key in items(generator, "merge", "mergeKeys") if isinstance(key, Scalar)]
        return _merge(_within(generator, "merge", nested), keys)
    elements = items(generator, "list", "elements")
    if elements:
        return [_flat(element) for element in elements[:_MOST]]
    common = _values(generator)
    return [{**common, **each} for each in _directories(generator) or [{}]]


def _within(generator: Node, kind: str, nested: int) -> list[list[Parameters]]:
    """The sets of each generator within a matrix or merge generator."""
    inner = items(generator, kind, "generators") if nested else []
    return [_of_generator(each, nested - 1) for each in inner]


def _directories(generator: Node) -> list[Parameters]:
    """The sets of a git generator's directories."""
    return [
        {"path": path, "path.path": path, "path.basename": basename(path)}
        for entry in items(generator, "git", "directories")
        if (path := string(entry, "path")) and not is_true(child(entry, "exclude"))
    ]


def _matrix(generators: Iterable[Sequence[Parameters]]) -> list[Parameters]:
    product: list[Parameters] = [{}]
    for found in generators:
        product = list(islice(({**left, **right} for left in product for right in found), _MOST))
    return product


def _merge(generators: Sequence[list[Parameters]], keys: Sequence[str]) -> list[Parameters]:
    """The first generator's sets, each overridden by those of the others that have the same values of the keys.

    A key whose value only a cluster knows may have any value: then the set is both unchanged and overridden.
    """
    merged, *others = generators or [[]]
    for overrides in others:
        merge = _Merge.of(overrides, keys)
        merged = list(islice((each for base in merged for each in merge.of_base(base)), _MOST))
    return merged


class _Merge(Struct, kw_only=True):
    """The sets that override others: by the values of the keys, and those of which a value is not known.

    ``left`` is how many of them are still compared one by one.
    """

    keys: Sequence[str]
    by_values: Mapping[tuple[str | None, ...], Parameters]
    vague: Sequence[Parameters]
    left: int = _MOST_COMPARED

    @classmethod
    def of(cls, overrides: Sequence[Parameters], keys: Sequence[str]) -> "_Merge":
        by_values = {_at_keys(override, keys): override for override in overrides}
        vague = [each for each in overrides if None in _at_keys(each, keys)]
        return cls(keys=keys, by_values=by_values, vague=vague)

    def of_base(self, base: Parameters) -> Iterator[Parameters]:
        """What becomes of a set."""
        values = _at_keys(base, self.keys)
        if None not in values and values in self.by_values:
            yield {**base, **self.by_values[values]}
            return
        yield base
        compared = self.by_values.values() if None in values else self.vague
        for override in islice(compared, self.left):
            self.left -= 1
            if all(key not in base or base[key] == override.get(key, base[key]) for key in self.keys):
                yield {**base, **override}


def _at_keys(parameters: Parameters, keys: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(parameters.get(key) for key in keys)


def _values(generator: Node) -> dict[str, str]:
    """The ``values`` that any kind of generator may add."""
    if not isinstance(generator, MappingNode):
        return {}
    return {
        name: text
        for entry in generator.entries.values()
        for name, text in _flat(child(entry.value, "values"), "values.").items()
    }


def _flat(node: Node | None, prefix: str = "") -> dict[str, str]:
    return dict(_leaves(node, prefix, _MOST_LEVELS))


def _leaves(node: Node | None, prefix: str, levels: int) -> Iterator[tuple[str, str]]:
    if not isinstance(node, MappingNode) or not levels:
        return
    for name, entry in node.entries.items():
        if isinstance(entry.value, Scalar):
            yield prefix + name, entry.value.raw
        else:
            yield from _leaves(entry.value, f"{prefix}{name}.", levels - 1)
