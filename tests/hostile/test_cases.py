"""The attacks that are data: every archive of ``cases``."""

import json
import shlex
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.conftest import ROOT
from tests.hostile.archive import Attack, parse, replaced, unpack
from tests.hostile.run import Run, Runner, Sandbox, breaches

ATTACKS = [
    parse(path.stem, path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("cases/*.txt"))
]
SCHEMA = Draft202012Validator(json.loads((ROOT / "schemas" / "report.schema.json").read_text("utf-8")))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack(attack: Attack, runner: Runner, sandbox: Sandbox) -> None:
    unpack(attack, sandbox)
    stdin = (sandbox.top / attack.one("stdin")).read_bytes() if attack.one("stdin") else b""
    for line in attack.several("run"):
        arguments = shlex.split(replaced(line, sandbox))
        reports = arguments[0] in ("check", "ownership") and "--explain-environments" not in arguments
        run = runner.run(sandbox, *arguments, stdin=stdin, reports=reports)
        found = breaches(run, sandbox, codes=attack.exit_codes) + _unmet(attack, run, sandbox)
        assert found == [], f"{attack.one('what')}\n{line}\n{run.out[:3000]}{run.err[:3000]}"


def _unmet(attack: Attack, run: Run, sandbox: Sandbox) -> list[str]:
    """What the attack expects of the report that it does not have."""
    unmet = [f"no finding {code}" for code in attack.one("codes").split() if code not in run.codes]
    for text in attack.several("show"):
        if replaced(text, sandbox) not in run.out + run.err:
            unmet.append(f"{text!r} is not shown")
    for text in attack.several("hide"):
        if replaced(text, sandbox) in run.out + run.err:
            unmet.append(f"{text!r} is shown")
    if run.reports.get("json"):
        unmet += [error.message[:200] for error in SCHEMA.iter_errors(run.report)]
    return unmet
