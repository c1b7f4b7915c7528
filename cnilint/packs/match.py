"""Which settings of a part a rule is about."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from msgspec.structs import replace

from cnilint.diagnostics.model import ObjectRef
from cnilint.manifest.names import is_placeholder
from cnilint.manifest.pod import POD_TEMPLATES
from cnilint.packs.model import ObjectPattern, Rule, RuleMatch, Subject, Unlisted
from cnilint.packs.parts import Membership, Part
from cnilint.packs.settings import Setting
from cnilint.packs.written import WrittenText

_WORKLOADS = frozenset(kind for _, kind in POD_TEMPLATES)

_EMPTY = frozenset({"", "{}", "[]", "false", "0", "null", "~"})
"""Values that a condition in a template of a chart takes for false."""


def matches(rule: Rule, part: Part, membership: Membership, parts: Sequence[Part]) -> Iterator[Setting]:
    """The settings of a part that a rule is about, at any version; ``parts`` is the part's environment."""
    if is_in_scope(rule.match, part.owner, parts):
        yield from matching_settings(rule.match, part, settings_of(part, membership), parts)


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


def matching_settings(
    match: RuleMatch, part: Part, settings: list[Setting], parts: Sequence[Part]
) -> Iterator[Setting]:
    """The settings of an object in scope that a rule is about; ``parts`` is the object's environment."""
    if match.subject is Subject.OBJECT:
        if fits(match.names, part.owner.name):
            yield Setting(subject=Subject.OBJECT, name=part.owner.name, span=part.owner.span)
        return
    if match.absent and part.stated_by is not None:
        # What a chart makes has more settings than those that are known.
        return
    candidates = _absent(match, part, settings) if match.absent else _candidates(match, settings)
    for setting in candidates:
        is_supplied = not match.supply or setting.supply in match.supply
        if (
            is_supplied
            and fits(match.containers, setting.container)
            and _where(match, setting, settings, part)
            and _runs_image(match, setting, settings)
        ):
            yield from _by_value(match, setting, parts)


def _is(owner: ObjectRef, pattern: ObjectPattern) -> bool:
    return (
        owner.kind == pattern.kind
        and fnmatchcase(owner.name, pattern.name)
        and (pattern.namespace is None or owner.namespace == pattern.namespace)
    )


def _candidates(match: RuleMatch, settings: list[Setting]) -> Iterator[Setting]:
    return (
        setting
        for setting in settings
        if setting.subject is match.subject
        and fits(match.names, setting.name)
        and (not match.charts or fits(match.charts, setting.program))
        and fits(match.files, setting.file)
    )


def _absent(match: RuleMatch, part: Part, settings: list[Setting]) -> Iterator[Setting]:
    """The settings of a rule that a place does not have, each at that place."""
    for place in _places(match, part, settings):
        present = {
            each.name
            for each in settings
            if (each.subject, each.container, each.file) == (match.subject, place.container, place.file)
        }
        yield from (replace(place, name=name) for name in match.names if name not in present)


def _places(match: RuleMatch, part: Part, settings: list[Setting]) -> Iterator[Setting]:
    """Where the settings of a rule can be: containers, configuration files, or the object itself."""
    subject = match.subject
    if subject in (Subject.ENV, Subject.FLAG):
        for each in settings:
            is_open = subject is Subject.ENV and each.container in part.open_containers
            if each.subject is Subject.CONTAINER and not is_open:
                yield replace(each, subject=subject, supply="")
    elif subject is Subject.CONFIG_FIELD:
        readable = {each.file for each in settings if each.subject is subject}
        for each in settings:
            if each.subject is Subject.CONFIG_KEY and each.name in readable and fits(match.files, each.name):
                yield Setting(subject=subject, name="", span=each.span, path=each.path, file=each.name)
    else:
        yield Setting(subject=subject, name="", span=part.owner.span)


def _by_value(match: RuleMatch, setting: Setting, parts: Sequence[Part]) -> Iterator[Setting]:
    value = setting.value
    if match.contains:
        if value is not None:
            yield from _containing(match.contains, setting, value)
    elif match.subject is Subject.VALUE and not match.is_about_value:
        if value is None or value.text not in _EMPTY:
            yield setting
    elif not match.is_about_value or (value is not None and _is_about_text(match, value.text, parts)):
        yield setting


def _is_about_text(match: RuleMatch, text: str, parts: Sequence[Part]) -> bool:
    """Whether a rule is about a value. What a placeholder stands for is not known."""
    return (
        (not match.values or text in match.values)
        and (match.pattern is None or match.pattern.matches(text))
        and (match.valid is None or not (is_placeholder(text) or match.valid.matches(text)))
        and (match.unlisted is None or _names_none(match.unlisted, text, parts))
    )


def _names_none(unlisted: Unlisted, text: str, parts: Sequence[Part]) -> bool:
    """Whether a list names none of the component's workloads, of which there is one, all with a known namespace."""
    owners = [
        part.owner
        for part in parts
        if any(each.component == unlisted.component and each.whole for each in part.memberships)
        and part.owner.kind in _WORKLOADS
    ]
    items = [item.strip() for item in text.split(",")]
    return bool(owners) and not any(
        owner.namespace is None or fnmatchcase(item, _item(unlisted, owner))
        for owner in owners
        for item in items
    )


def _item(unlisted: Unlisted, owner: ObjectRef) -> str:
    named = unlisted.item.replace("{namespace}", owner.namespace or "*")
    return named.replace("{name}", owner.name)


def _containing(texts: tuple[str, ...], setting: Setting, value: WrittenText) -> Iterator[Setting]:
    for text in texts:
        at = value.text.find(text)
        if at >= 0:
            yield replace(setting, span=value.within(at, at + len(text)))


def _where(match: RuleMatch, setting: Setting, settings: list[Setting], part: Part) -> bool:
    """Whether the other settings in the same place are as the rule requires; what a chart makes has unknown ones."""
    is_whole = part.stated_by is None
    for condition in match.where:
        given = {
            other.name: other.value.text if other.value is not None else None
            for other in settings
            if (other.container, other.subject, other.file)
            == (setting.container, condition.subject or setting.subject, setting.file)
        }
        if not condition.holds(given) or not (is_whole or condition.key in given):
            return False
    return True


def _runs_image(match: RuleMatch, setting: Setting, settings: list[Setting]) -> bool:
    """Whether the container of a setting runs the image that the rule requires."""
    return match.image is None or any(
        match.image.holds(other.name, other.value.text)
        for other in settings
        if other.subject is Subject.IMAGE and other.container == setting.container and other.value is not None
    )
