"""How often each kind of evidence is right: findings of judged repositories by code, severity and evidence.

    python -m tests.tools.evidence TRUTH --mirrors DIR --trees DIR [--cnilint PROGRAM] [REPOSITORY ...]

TRUTH is a folder with ``truth.json.gz`` and the program ``score``, whose help says what MIRRORS and TREES are. Prints a
table in Markdown. One mistake that repeats counts once for each class and repository, ten times at most.
"""

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

_QUOTED = re.compile(r"`[^`]*`")
_NUMBER = re.compile(r"\d+")
_MOST = 10


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("truth", type=Path)
    parser.add_argument("--mirrors", default="/nowhere")
    parser.add_argument("--trees", required=True)
    parser.add_argument("--cnilint", default="cnilint")
    parser.add_argument("--places", action="store_true", help="also print one line for each finding")
    parser.add_argument("repository", nargs="*")
    given = parser.parse_args()
    score = _module(given.truth / "score")
    truth = json.loads(gzip.decompress((given.truth / "truth.json.gz").read_bytes()))
    counts: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for row in truth["repos"]:
        name = row["repo"]
        if given.repository and name not in given.repository:
            continue
        tree = score.tree_of(name, row["commit"], given)
        if tree is None:
            continue
        rows = [each for each in truth["findings"] if each["repo"] == name]
        _count(score, rows, score.run(given, tree), counts, name if given.places else "")
    _print(counts)


def _module(path: Path) -> ModuleType:
    loader = SourceFileLoader("score", str(path))
    spec = spec_from_loader("score", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def _count(
    score: ModuleType,
    rows: list[dict[str, Any]],
    findings: list[dict[str, Any]],
    counts: defaultdict[tuple[str, str, str], Counter[str]],
    repository: str,
) -> None:
    exact, loose = score.judged(rows)
    seen: Counter[tuple[str, str, str, str]] = Counter()
    done: set[tuple[object, ...]] = set()
    for finding in findings:
        key = (*score.key_of(finding), finding["severity"], finding["code"])
        if key in done:
            continue
        done.add(key)
        row = exact.get(score.key_of(finding)) or exact.get(
            (finding["file"], finding["line"], finding["code"])
        )
        target = finding.get("target") or {}
        verdicts = {row["verdict"]} if row else loose.get((finding["file"], target.get("name")), set())
        verdict = score.class_of(verdicts)
        kinds = "; ".join(_NUMBER.sub("N", _QUOTED.sub("X", each)) for each in finding["evidence"])
        place = (finding["code"], finding["severity"], kinds)
        seen[*place, verdict] += 1
        if seen[*place, verdict] <= _MOST:
            counts[place][verdict] += 1
            if repository:
                where = f"{finding['file']}:{finding['line']}"
                print(
                    repository, verdict, *place[:2], where, finding["environment"], finding["message"], kinds
                )


def _print(counts: dict[tuple[str, str, str], Counter[str]]) -> None:
    print("| code | severity | evidence | true | nobody can know | false | not judged |")
    print("|---|---|---|---|---|---|---|")
    for (code, severity, kinds), found in sorted(counts.items()):
        numbers = " | ".join(str(found[word]) for word in ("true", "neutral", "false", "new"))
        print(f"| {code} | {severity} | {kinds or '-'} | {numbers} |")


if __name__ == "__main__":
    main()
