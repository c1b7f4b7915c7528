"""The recorded vectors, live upgrades and repairs are reproduced, all but those listed with their reason."""

import json
from pathlib import Path

import pytest

from tests.tools import live, ssa_schema, ssa_vectors


def test_vectors_are_as_recorded(shared: Path) -> None:
    known = json.loads(ssa_vectors.KNOWN.read_text(encoding="utf-8"))
    results = list(ssa_vectors.replay_all(shared / "ssa" / "vectors"))
    failed = {name: problem for name, problem in results if problem is not None}
    assert len(results) > 1000
    assert failed.keys() - known.keys() == set()


def test_known_differences_still_differ(shared: Path) -> None:
    known = json.loads(ssa_vectors.KNOWN.read_text(encoding="utf-8"))
    results = dict(ssa_vectors.replay_all(shared / "ssa" / "vectors"))
    assert [name for name in known if results.get(name) is None] == []


def test_upgrades_and_repairs_are_as_recorded(shared: Path) -> None:
    directory = shared / "live"
    expected = json.loads((directory / "incident-expected.json").read_text(encoding="utf-8"))
    results = list(live.replay_all(directory, expected))
    assert len(results) > 50
    assert [(name, problem) for name, problem in results if problem is not None] == []


def test_compact_schema_is_what_the_sources_give(shared: Path) -> None:
    assert ssa_schema.build(shared / "ssa" / "schema") == ssa_schema.OUTPUT.read_text(encoding="utf-8")


def test_a_failing_vector_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = {"kind": "roundtrip", "name": "x", "fields_v1_text": '{"f:b":{},"f:a":{}}'}
    text = json.dumps({"schemas": {}, "cases": [case]})
    (tmp_path / "smd-fieldpath-serialize.json").write_text(text, encoding="utf-8")
    assert ssa_vectors.main(tmp_path) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"


@pytest.mark.parametrize("answer", [None, "right", "wrong"])
def test_a_vector_without_an_answer_is_skipped_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: str | None
) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "right"}}
    case = {
        "name": "x",
        "manager": "m",
        "force": True,
        "live": manifest,
        "applied": manifest,
        "predicted_live": None if answer is None else {**manifest, "data": {"k": answer}},
    }
    (tmp_path / "gitops-engine-ssd.json").write_text(json.dumps({"cases": [case]}), encoding="utf-8")
    code = ssa_vectors.main(tmp_path)
    *before, last = capsys.readouterr().out.splitlines()
    if answer is None:
        assert before == ["1 skipped, which have no recorded answer: gitops-engine-ssd: x"]
        assert last == "0 passed, 0 failed"
    assert code == (0 if answer == "right" else 1)
    assert (last == "1 passed, 0 failed") is (answer == "right")
