"""Rules and catalogues applied to the parts of one environment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef
from cnilint.document import Span
from cnilint.packs.catalogue import key_of
from cnilint.packs.detect import (
    Unverified,
    Versions,
    resolve,
    skew,
    unverified,
    unversioned_resources,
)
from cnilint.packs.library import Library
from cnilint.packs.match import is_in_scope, matching_settings, settings_of
from cnilint.packs.model import NOUNS, SEVERITY, Effect, Rule, Subject
from cnilint.packs.parts import Membership, Part
from cnilint.packs.programs import effect_of_loss, judge_settings
from cnilint.packs.settings import SHORTEST_TELLING_FLAG, Setting
from cnilint.packs.unknown_keys import unknown_keys
from cnilint.versions import EVERY_VERSION, Version, spoken

_RANK = {effect: position for position, effect in enumerate(Effect)}


class Evaluation(Struct, frozen=True, kw_only=True):
    """The result for one environment: by component, ``versions`` are those that were checked, and ``resources`` the custom
    resources that were not, for want of a version."""

    problems: tuple[Diagnostic, ...]
    unverified: tuple[Unverified, ...]
    versions: Mapping[str, tuple[Version, ...]]
    resources: Mapping[str, frozenset[ObjectRef]]


class _Member(Struct, frozen=True, kw_only=True):
    """A part as a member of one component, with the versions that it may run with; none where they are not known."""

    part: Part
    membership: Membership
    versions: tuple[Version, ...]
    newest: Version | None
    """The newest version of the component in the environment."""
    serves: frozenset[str]
    """The kinds that the environment itself defines."""
    settings: list[Setting]


class _Hit(Struct, frozen=True):
    """A rule that holds for a setting, and the versions that it holds at."""

    rule: Rule
    setting: Setting
    versions: tuple[Version, ...]


def evaluate(parts: Sequence[Part], library: Library, targets: Mapping[str, Version]) -> Evaluation:
    """Apply the packs of every component that the parts belong to.

    ``targets`` are versions by component that replace those of the manifests.
    """
    versions = resolve(parts, targets, library.installers)
    problems = list(skew(versions, targets))
    for member in _members(versions):
        problems += _check(member, parts, library)
    return Evaluation(
        problems=tuple(problems),
        unverified=tuple(unverified(versions)),
        versions=versions.of_component,
        resources=unversioned_resources(versions),
    )


def apply_rules(
    part: Part, versions: tuple[Version, ...], parts: Sequence[Part], library: Library
) -> Iterator[tuple[Setting, Rule, Diagnostic]]:
    """The rules about the settings of one part that hold at all of some versions, whatever its environment runs."""
    for membership in part.memberships:
        member = _Member(
            part=part,
            membership=membership,
            versions=versions,
            newest=max(versions, key=lambda version: version.key),
            serves=frozenset(),
            settings=settings_of(part, membership),
        )
        for hit in _strongest(_hits(member, parts, library)):
            yield hit.setting, hit.rule, _rule_problem(hit, part, _effect_of(hit, member, library))


def _members(versions: Versions) -> Iterator[_Member]:
    serves = frozenset[str]().union(*(part.serves for part in versions.parts))
    for position, part in enumerate(versions.parts):
        for membership in part.memberships:
            known = versions.at(position, membership)
            if part.is_resource and not known:
                continue
            everywhere = versions.of_component.get(membership.component, known)
            yield _Member(
                part=part,
                membership=membership,
                versions=known,
                newest=max(everywhere, key=lambda version: version.key, default=None),
                settings=settings_of(part, membership),
                serves=serves,
            )


def _check(member: _Member, parts: Sequence[Part], library: Library) -> Iterator[Diagnostic]:
    reported: set[Span] = set()
    for hit in _strongest(_hits(member, parts, library)):
        reported.add(hit.setting.span)
        yield _rule_problem(hit, member.part, _effect_of(hit, member, library))
    if not member.versions:
        return
    rest = [setting for setting in member.settings if setting.span not in reported]
    judged = judge_settings(
        member.part, member.membership, member.versions, rest, library, serves=member.serves
    )
    yield from judged.problems
    rest = [setting for setting in rest if setting.span not in judged.decided]
    yield from _foreign(member, rest, library)
    yield from unknown_keys(member.part, member.membership, rest, library)


def _hits(member: _Member, parts: Sequence[Part], library: Library) -> Iterator[_Hit]:
    """The rules that hold, with their settings.

    A setting is checked at the versions of its own object. An object as such is checked at the newest version of the
    environment, because the question is whether it should still be there.
    """
    newest = () if member.newest is None else (member.newest,)
    for is_about_objects, versions in ((True, newest), (False, member.versions)):
        for rule in _rules_at(member.membership.component, versions, library):
            is_about = (rule.match.subject is Subject.OBJECT) is is_about_objects
            if is_about and is_in_scope(rule.match, member.part.owner, parts):
                for setting in matching_settings(rule.match, member.part, member.settings, parts):
                    yield _Hit(rule, setting, versions)


def _rules_at(component: str, versions: tuple[Version, ...], library: Library) -> Iterator[Rule]:
    """The rules that hold at all of some versions; where none is known, those that hold at every version."""
    if not versions:
        yield from (rule for rule in library.rules(component) if rule.versions == EVERY_VERSION)
        return
    first, *others = versions
    for rule in library.rules_at(component, first):
        if all(rule.versions.contains(version.intended) for version in others):
            yield rule


def _strongest(hits: Iterable[_Hit]) -> list[_Hit]:
    """One rule for each place: the one with the worst effect, and of those the first."""
    best: dict[Span, _Hit] = {}
    for hit in hits:
        known = best.get(hit.setting.span)
        if known is None or _RANK[hit.rule.effect] < _RANK[known.rule.effect]:
            best[hit.setting.span] = hit
    return list(best.values())


def _effect_of(hit: _Hit, member: _Member, library: Library) -> Effect:
    """The effect of a rule; whether a lost setting matters depends on its value."""
    if hit.rule.effect is not Effect.LOST:
        return hit.rule.effect
    return effect_of_loss(hit.setting, member.part.owner.name, member.membership.component, library)


def _rule_problem(hit: _Hit, part: Part, effect: Effect) -> Diagnostic:
    rule, setting = hit.rule, hit.setting
    return Diagnostic(
        code=rule.code,
        span=setting.value.span if rule.match.is_about_value and setting.value else setting.span,
        message=_statement(hit),
        hint=rule.fix_for(setting.name),
        owner=part.owner,
        path=setting.path,
        container=setting.container,
        severity="warning" if rule.code == "CNI205" else SEVERITY[effect],
        rule=rule.id,
        effect=effect.value,
        sources=tuple(dict.fromkeys(each.link for each in rule.evidence)),
    )


def _statement(hit: _Hit) -> Message:
    """The title of a rule completes the sentence."""
    rule, setting = hit.rule, hit.setting
    title = f"chart {setting.program}" if setting.subject is Subject.VALUE else rule.component
    release = " ".join(filter(None, (title, spoken(hit.versions))))
    if rule.match.values and setting.value and setting.subject is Subject.VALUE:
        return Message(
            "value `{name}: {value}` {statement} ({release})",
            name=setting.name,
            value=setting.value.text,
            statement=rule.title,
            release=release,
        )
    if rule.match.is_about_value and setting.value:
        return Message(
            "{noun} `{name}` with value `{value}` {statement} ({release})",
            noun=NOUNS[setting.subject],
            name=setting.name,
            value=setting.value.text,
            statement=rule.title,
            release=release,
        )
    return Message(
        "{noun} `{name}` {statement} ({release})",
        noun=NOUNS[setting.subject],
        name=setting.name,
        statement=rule.title,
        release=release,
    )


def _foreign(member: _Member, settings: list[Setting], library: Library) -> Iterator[Diagnostic]:
    """CNI201 or CNI202 as a note: a setting that only other releases have."""
    component, known = member.membership.component, member.versions
    catalogue = library.catalogue(component)
    if catalogue is None:
        return
    near = [catalogue.around(version) for version in known]
    for setting in settings:
        key = key_of(setting, member.part.owner.name)
        if not all(catalogue.is_foreign(key, releases) for releases in near):
            continue
        if _is_common_flag(setting) or _is_still_set(setting, component, known, library):
            continue
        yield Diagnostic(
            code="CNI202" if setting.subject is Subject.FLAG else "CNI201",
            span=setting.span,
            message=Message(
                "{noun} `{name}` belongs to {component} {releases}, not to {version}",
                noun=NOUNS[setting.subject],
                name=setting.name,
                component=component,
                releases=catalogue.span_of(key),
                version=spoken(known),
            ),
            hint="check whether this release still reads it; its own manifests do not set it",
            owner=member.part.owner,
            path=setting.path,
            container=setting.container,
            severity="note",
        )


def _is_still_set(setting: Setting, component: str, versions: Sequence[Version], library: Library) -> bool:
    """Whether a pack says that the program may still read a setting, or the manifests of a release have the name."""
    return any(
        entry.holds_for(setting.subject, setting.name, versions) for entry in library.kept(component)
    ) or any(
        table.is_shipped(setting.name, version) for table in library.tables(component) for version in versions
    )


def _is_common_flag(setting: Setting) -> bool:
    """``-f`` of cp, ``-ec`` of a shell, ``--v`` of every logger: they say nothing about the release."""
    return setting.subject is Subject.FLAG and len(setting.name) < SHORTEST_TELLING_FLAG
