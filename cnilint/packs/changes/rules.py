"""Differences that rules state."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from cnilint.packs.changes.model import Change, ChangeRow, FoundRow
from cnilint.packs.match import matches
from cnilint.packs.model import Rule
from cnilint.packs.parts import Membership, Part
from cnilint.packs.settings import Setting
from cnilint.versions import Version

_BUG = "CNI207"
_CHANGES = {
    "CNI202": Change.REJECTED,
    "CNI203": Change.REJECTED,
    "CNI205": Change.DEPRECATED,
    "CNI208": Change.REQUIRED,
}


def candidates(rules: Iterable[Rule], before: Version, after: Version) -> Iterator[FoundRow]:
    """Settings that a rule is about in the release after and not in the one before."""
    for rule in rules:
        if rule.code != _BUG and enters(rule, before, after):
            for name in rule.match.names:
                yield FoundRow(_row(rule, name), partial(_named, rule, name))


def bugs(rules: Iterable[Rule], before: Version, after: Version) -> Iterator[Rule]:
    """The known bugs that ``after`` has and ``before`` has not."""
    return (rule for rule in rules if rule.code == _BUG and enters(rule, before, after))


def enters(rule: Rule, before: Version, after: Version) -> bool:
    return rule.versions.contains(after) is True and rule.versions.contains(before) is not True


def _row(rule: Rule, name: str) -> ChangeRow:
    values = rule.match.values or rule.match.contains
    return ChangeRow(
        change=_CHANGES.get(rule.code, Change.GONE),
        setting=rule.match.subject.value,
        scope=", ".join(rule.match.containers or rule.match.config_maps),
        name=f"{name} = {', '.join(values)}" if values else name,
        before="set",
        after=rule.title,
        effect=rule.effect.value,
        statement=rule.title,
        remark=rule.fix_for(name),
        rule=rule.id,
        evidence=rule.evidence[0].link,
    )


def _named(
    rule: Rule, name: str, part: Part, membership: Membership, parts: Sequence[Part]
) -> Iterator[Setting]:
    """What the rule finds by one of its names, which may be a pattern."""
    for setting in matches(rule, part, membership, parts):
        if setting.name == name or "*" in name:
            yield setting
