"""The reader against the real kubectl: the same objects from every text, and a fault wherever kubectl refuses."""

import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec import Struct

from cnilint.document import read
from tests.document.inputs import INPUTS
from tests.document.judgement import KUBECTL, Judgement, by_cnilint, by_kubectl
from tests.document.random_texts import text
from tests.programs import needs

pytestmark = needs("kubectl")


_BATCH = 25


class _Case(Struct, frozen=True):
    name: str
    file: Path
    ours: Judgement


def _cases(folder: Path, named: Iterable[tuple[str, bytes]]) -> Iterator[_Case]:
    for number, (name, data) in enumerate(named):
        file = folder / f"{number}.yaml"
        file.write_bytes(data)
        yield _Case(name, file, by_cnilint(data))


def _differences(cases: Iterable[_Case]) -> dict[str, tuple[bytes, Judgement, Judgement]]:
    """Where kubectl judges otherwise: text, kubectl's judgement, ours. What we take is asked for in batches."""
    by_refusal: dict[bool, list[_Case]] = {True: [], False: []}
    for case in cases:
        by_refusal[case.ours.refused].append(case)
    taken = by_refusal[False]
    batches = [taken[start : start + _BATCH] for start in range(0, len(taken), _BATCH)]
    with ThreadPoolExecutor() as pool:
        suspects = [case for found in pool.map(_suspects, batches) for case in found] + by_refusal[True]
        judged = list(zip(suspects, pool.map(lambda case: by_kubectl([case.file]), suspects), strict=True))
    return {case.name: (case.file.read_bytes(), its, case.ours) for case, its in judged if its != case.ours}


def _suspects(batch: list[_Case]) -> list[_Case]:
    ours = Judgement([obj for case in batch for obj in case.ours.objects], refused=False)
    return [] if by_kubectl([case.file for case in batch]) == ours else batch


def _texts(seeds: range) -> Iterator[tuple[str, bytes]]:
    return ((f"seed {seed}", text(seed)) for seed in seeds)


def test_table_is_large_enough() -> None:
    assert len(INPUTS) >= 400


def test_inputs(tmp_path: Path) -> None:
    assert _differences(_cases(tmp_path, INPUTS.items())) == {}


def test_random_texts(tmp_path: Path) -> None:
    assert _differences(_cases(tmp_path, _texts(range(200)))) == {}


@pytest.mark.slow
def test_many_random_texts(tmp_path: Path) -> None:
    assert _differences(_cases(tmp_path, _texts(range(200, 6000)))) == {}


@pytest.mark.parametrize("depth", [9_000, 9_998, 9_999, 10_000, 10_001])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [("[", "]"), ("{k: ", "}"), ("- ", "")],
    ids=["flow sequences", "flow mappings", "block sequences"],
)
def test_depth(tmp_path: Path, depth: int, opening: str, closing: str) -> None:
    file = tmp_path / "deep.yaml"
    file.write_text(f"kind: T\nd:\n  {opening * depth}0{closing * depth}\n")
    command = [KUBECTL, "label", "--local", "-f", str(file), "x=y", "-o", "name"]
    accepted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert [document.broken is None for document in read("deep.yaml", file.read_bytes())] == [accepted]
