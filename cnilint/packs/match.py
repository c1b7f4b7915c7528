"""Which settings of a part a rule is about."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from cnilint.diagnostics.model import ObjectRef
from cnilint.packs.model import ObjectPattern, Rule, RuleMatch, Subject
from cnilint.packs.parts import Membership, Part
from cnilint.packs.settings import Setting, WrittenText, find_field

_EMPTY = frozenset({"", "{}", "[]", "false", "0", "null", "~"})
"""Values that a condition in a template of a chart takes for false."""


def matches(rule: Rule, part: Part, membership: Membership, parts: Sequence[Part]) -> Iterator[Setting]:
    """The settings of a part that a rule is about, at any version; ``parts`` is the part's environment."""
    if is_in_scope(rule.match, part.owner, parts):
        yield from matching_settings(rule.match, part, settings_of(part, membership))


def settings_of(part: Part, membership: Membership) -> list[Setting]:
    """The settings of a part in the containers that belong to a component."""
    return [
        setting
        for setting in part.settings
        if (setting.container in membership.containers if setting.container else membership.whole)
    ]


def is_in_scope(match: RuleMatch, owner: ObjectRef, parts: Sequence[Part]) -> bool:
    """Whether a rule is about an object in its environment."""
    return _is_about(match, owner) and all(
        any(_is(part.owner, pattern) for part in parts) for pattern in match.beside
    )


def _is_about(match: RuleMatch, owner: ObjectRef) -> bool:
    if match.kinds and owner.kind not in match.kinds:
        return False
    if match.config_maps and owner.kind != "ConfigMap":
        return False
    return (
        fits(match.config_maps, owner.name)
        and fits(match.workloads, owner.name)
        and fits(match.namespaces, owner.namespace or "")
    )


def fits(patterns: tuple[str, ...], name: str) -> bool:
    """Whether a name fits one of some shell patterns; without patterns every name does."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def matching_settings(match: RuleMatch, part: Part, settings: list[Setting]) -> Iterator[Setting]:
    """The settings of an object in scope that a rule is about."""
    if match.subject is Subject.OBJECT:
        if fits(match.names, part.owner.name):
            yield Setting(subject=Subject.OBJECT, name=part.owner.name, span=part.owner.span)
        return
    for setting in _candidates(match, settings):
        is_supplied = not match.supply or setting.supply in match.supply
        if (
            is_supplied
            and fits(match.containers, setting.container)
            and _where(match, setting, settings, part)
        ):
            yield from _by_value(match, setting)


def _is(owner: ObjectRef, pattern: ObjectPattern) -> bool:
    return (
        owner.kind == pattern.kind
        and fnmatchcase(owner.name, pattern.name)
        and (pattern.namespace is None or owner.namespace == pattern.namespace)
    )


def _candidates(match: RuleMatch, settings: list[Setting]) -> Iterator[Setting]:
    if match.subject is Subject.CONFIG_FIELD:
        return _fields(match, settings)
    return (
        setting
        for setting in settings
        if setting.subject is match.subject
        and fits(match.names, setting.name)
        and (not match.charts or fits(match.charts, setting.program))
    )


def _fields(match: RuleMatch, settings: list[Setting]) -> Iterator[Setting]:
    for setting in settings:
        if setting.subject is Subject.CONFIG_KEY and fits(match.files, setting.name):
            yield from (field for name in match.names if (field := find_field(setting, name)))


def _by_value(match: RuleMatch, setting: Setting) -> Iterator[Setting]:
    value = setting.value
    if match.values:
        if value is not None and value.text in match.values:
            yield setting
    elif match.contains:
        if value is not None:
            yield from _containing(match.contains, setting, value)
    elif match.subject is not Subject.VALUE or value is None or value.text not in _EMPTY:
        yield setting


def _containing(texts: tuple[str, ...], setting: Setting, value: WrittenText) -> Iterator[Setting]:
    for text in texts:
        at = value.text.find(text)
        if at >= 0:
            yield replace(setting, span=value.within(at, at + len(text)))


def _where(match: RuleMatch, setting: Setting, settings: list[Setting], part: Part) -> bool:
    """Whether the other settings of the same kind in the same place are as the rule requires.

    What a chart makes has more settings than those that are known.
    """
    if not match.where:
        return True
    given = {
        other.name: other.value.text if other.value is not None else None
        for other in settings
        if (other.container, other.subject) == (setting.container, setting.subject)
    }
    is_whole = part.stated_by is None
    return all(condition.holds(given) and (is_whole or condition.key in given) for condition in match.where)
