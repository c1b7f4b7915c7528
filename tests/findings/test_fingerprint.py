"""Fingerprints: cnilint's own outlives moves, GitHub's is what GitHub computes."""

import random

import pytest
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic, Target
from cnilint.document import Span
from cnilint.findings.fingerprint import fingerprint, line_hashes, numbered
from tests.report.report_examples import KEY_PATH, owner

PROBLEM = Diagnostic(
    code="CNI101",
    span=Span(file="a.yaml", line=3, column=4, end_line=3, end_column=9),
    message="no key 'a'",
    owner=owner(),
    path=KEY_PATH,
    container="install-cni",
    target=Target(kind="ConfigMap", namespace="kube-system", name="config", key="a"),
)

SAME = {
    "moved": replace(PROBLEM, span=Span(file="b.yaml", line=30, column=1, end_line=30, end_column=2)),
    "reworded": replace(PROBLEM, message="the key is missing", hint="add it"),
    "reordered": replace(PROBLEM, path=KEY_PATH.replace("[0]", "[7]")),
    "named": replace(PROBLEM, path=KEY_PATH.replace("[0].env[0]", "[name=agent].env[name=HOST]")),
    "regraded": replace(PROBLEM, severity="warning"),
    "new API version": replace(PROBLEM, owner=replace(owner(), api_version="apps/v1beta1")),
}
OTHER = {
    "code": replace(PROBLEM, code="CNI102"),
    "container": replace(PROBLEM, container="other"),
    "field": replace(PROBLEM, path="spec.template.spec.volumes[0].configMap.items[0].key"),
    "selector": replace(PROBLEM, target=None, path=KEY_PATH.replace("env[0]", "env[name=HOST]")),
    "target": replace(
        PROBLEM, target=Target(kind="ConfigMap", namespace="kube-system", name="config", key="b")
    ),
    "object": replace(PROBLEM, owner=owner(name="other")),
    "no object": replace(PROBLEM, owner=None),
    "rule": replace(PROBLEM, rule="istio/cni/network-config"),
}


@pytest.mark.parametrize("problem", SAME.values(), ids=SAME)
def test_a_fingerprint_outlives(problem):
    assert fingerprint(problem, "prod") == fingerprint(PROBLEM, "prod")


@pytest.mark.parametrize("problem", OTHER.values(), ids=OTHER)
def test_a_fingerprint_tells_apart(problem):
    assert fingerprint(problem, "prod") != fingerprint(PROBLEM, "prod")


def test_a_fingerprint_tells_environments_apart():
    assert fingerprint(PROBLEM, "prod") != fingerprint(PROBLEM, "dev")


def test_what_has_no_object_goes_by_its_file():
    lost = replace(PROBLEM, owner=None)
    assert fingerprint(lost, "prod") != fingerprint(
        replace(lost, span=Span(file="b.yaml", line=3, column=4, end_line=3, end_column=9)), "prod"
    )


def test_a_fingerprint_takes_any_text():
    assert len(fingerprint(replace(PROBLEM, container="\ud800\n\0"), "größe")) == 32


def test_repeated_fingerprints_are_numbered():
    assert list(numbered(["a", "b", "a", "a"])) == ["a", "b", "a:2", "a:3"]


VECTORS = {
    "": ["c129715d7a2bc9a3:1"],
    "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n": [
        "e54938cc54b302f1:1",
        "bb609acbe9138d60:1",
        "1131fd5871777f34:1",
        "5c482a0f8b35ea28:1",
        "54517377da7028d2:1",
        "2c644846cb18d53e:1",
        "f1b89f20de0d133:1",
        "c129715d7a2bc9a3:1",
    ],
    "Lorem ipsum dolor sit amet.\n" * 10: [
        *(f"a7f2ff13bc495cf2:{number}" for number in range(1, 7)),
        "a7f2ff1481e87703:1",
        "a9cf91f7bbf1862b:1",
        "55ec222b86bcae53:1",
        "cc97dc7b1d7d8f7b:1",
        "c129715d7a2bc9a3:1",
    ],
}
"""From the tests of github/codeql-action (src/fingerprints.test.ts)."""


@pytest.mark.parametrize(("text", "hashes"), VECTORS.items(), ids=["empty", "short", "repeated"])
def test_line_hashes_are_githubs(text, hashes):
    assert list(line_hashes(text, range(1, 100)).values()) == hashes


def test_line_hashes_gives_the_lines_that_are_asked_for():
    assert set(line_hashes("a\nb\nc\n", {2, 9})) == {2}


def test_line_hashes_agree_with_the_rolling_hash():
    chance = random.Random(20261124)
    for _ in range(300):
        text = "".join(chance.choices("ab \t\r\n\n\r\0\ufeffé\U0001f6a6", k=chance.randrange(400)))
        assert line_hashes(text, range(1, 500)) == rolling_hashes(text)


def rolling_hashes(text):
    """GitHub's algorithm as it is described, one unit at a time: the slow, obvious form to compare with."""
    encoded = text.encode("utf-16-le")
    units = [encoded[i] | encoded[i + 1] << 8 for i in range(0, len(encoded), 2)]
    kept, after_return = [], False
    for unit in units:
        if unit in (32, 9) or (after_return and unit == 10):
            after_return = False
            continue
        after_return = unit == 13
        kept.append(10 if after_return else unit)
    window, starts, counts, hashes = [0] * 100, [0] * 100, {}, {}
    value, slot, line, at_start = 0, 0, 0, True
    for position, unit in enumerate([*kept, 65535, *[0] * 100]):
        if starts[slot]:
            digits = f"{value:x}"
            counts[digits] = counts.get(digits, 0) + 1
            hashes[starts[slot]] = f"{digits}:{counts[digits]}"
            starts[slot] = 0
        if at_start and position <= len(kept):
            line += 1
            starts[slot] = line
        at_start = unit == 10
        value = (37 * value + unit - 37**100 * window[slot]) % 2**64
        window[slot] = unit
        slot = (slot + 1) % 100
    return hashes
