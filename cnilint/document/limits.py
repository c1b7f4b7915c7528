"""How much of a file is read: bytes, nesting and values."""

from cnilint.reading import MAX_BYTES as MAX_BYTES

MAX_DEPTH = 10_000
"""Levels of nesting.

go-yaml v2 (``max_flow_level`` and ``max_indents`` in scannerc.go) and Go's JSON decoder (``maxNestingDepth`` in
encoding/json scanner.go) refuse more.
"""

MAX_VALUES = 3_000_000
"""Values of one file. A manifest of 64 MiB holds fewer; a dense text could hold ten times as many."""


class Budget:
    """How many values of a file may still be read: nodes can take a hundred times the memory of their text."""

    __slots__ = ("left",)

    def __init__(self, left: int = MAX_VALUES) -> None:
        self.left = left
