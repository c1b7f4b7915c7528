"""Random operations with the answers of the real field manager, recorded: they are compared where there is no Go, too.

Usage: ``recorded.py`` records them anew.
"""

import gzip
import json
from itertools import dropwhile, takewhile

from cnilint.ssa.typed.values import JsonObject
from tests.oracles.smd.drive import HERE, Ask, Exchange, compare, oracle

RECORDING = HERE / "recorded.json.gz"
OPERATIONS = 480
SEED = 1


def main() -> None:
    exchanges: list[Exchange] = []
    with oracle() as ask:
        compare(_noting(ask, exchanges), OPERATIONS, SEED)
    text = json.dumps({"modules": modules(), "exchanges": exchanges}, separators=(",", ":"))
    RECORDING.write_bytes(gzip.compress(text.encode(), mtime=0))


def recording() -> JsonObject:
    """The ``modules`` of the oracle that answered, and the ``exchanges`` with it."""
    found: JsonObject = json.loads(gzip.decompress(RECORDING.read_bytes()))
    return found


def modules() -> list[str]:
    """The Go modules that the oracle is built of, each with its version."""
    lines = dropwhile(lambda line: line != "require (", (HERE / "go.mod").read_text("utf-8").splitlines())
    return [line.strip() for line in takewhile(lambda line: line != ")", lines)][1:]


def _noting(ask: Ask, exchanges: list[Exchange]) -> Ask:
    def noted(request: JsonObject) -> JsonObject:
        exchanges.append((request, ask(request)))
        return exchanges[-1][1]

    return noted


if __name__ == "__main__":
    main()
