"""Rules about the keys of a ConfigMap, for a program that takes the same settings as flags and variables too."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from cnilint.packs.model import Rule, RuleMatch, Subject
from cnilint.packs.program import ProgramTable, SettingRead

_OTHERS = (Subject.FLAG, Subject.ENV)


def in_other_forms(rule: Rule, tables: Iterable[ProgramTable]) -> Iterator[Rule]:
    """The rule about the value of a key, as one about the value of a flag and of a variable.

    Names alone are left to the tables: a program ends at a flag that it does not know, but not at a key.
    """
    match = rule.match
    if match.subject is not Subject.CONFIG_KEY or not match.is_about_value or _needs_other_places(match):
        return
    for table in tables:
        if any(_is_same_place(read, match) for read in table.reads):
            names = tuple(name for name in match.names if name in table.settings)
            others = {read.setting: read for read in table.reads if read.setting in _OTHERS}
            yield from (replace(rule, match=_as(match, read, names)) for read in others.values() if names)


def _needs_other_places(match: RuleMatch) -> bool:
    """Whether a setting must be absent, which may still be in the ConfigMap."""
    return any(condition.absent for condition in match.where)


def _is_same_place(read: SettingRead, match: RuleMatch) -> bool:
    return read.setting is Subject.CONFIG_KEY and not set(read.config_maps).isdisjoint(match.config_maps)


def _as(match: RuleMatch, read: SettingRead, names: tuple[str, ...]) -> RuleMatch:
    return replace(
        match,
        subject=read.setting,
        names=tuple(map(read.name_of, names)),
        config_maps=(),
        containers=read.containers,
        where=tuple(replace(condition, key=read.name_of(condition.key)) for condition in match.where),
    )
