"""Rules and catalogues over the parts of one environment, giving problems."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from cnilint.diagnostics.model import Diagnostic, ObjectRef
from cnilint.document import Span
from cnilint.packs.catalogue import key_of
from cnilint.packs.detect import Unverified, Versions, resolve, skew, unverified
from cnilint.packs.library import Library
from cnilint.packs.model import SEVERITY, Effect, ObjectPattern, Rule, RuleMatch, StillRead, Subject
from cnilint.packs.parts import Claim, Part
from cnilint.packs.settings import SHORTEST_TELLING_FLAG, Setting, WrittenText, find_field
from cnilint.packs.unknown_keys import unknown_keys
from cnilint.versions import Version

_NOUNS = {
    Subject.ENV: "the variable",
    Subject.CONFIG_KEY: "the key",
    Subject.CONFIG_FIELD: "the field",
    Subject.FLAG: "the flag",
    Subject.VOLUME: "the volume",
    Subject.CONTAINER: "the container",
    Subject.OBJECT: "the object",
}
_RANK = {effect: position for position, effect in enumerate(Effect)}


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What rule data says about one environment."""

    problems: tuple[Diagnostic, ...]
    unverified: tuple[Unverified, ...]


@dataclass(frozen=True, slots=True)
class _Hit:
    """A rule that speaks of a setting, and the versions that it holds for."""

    rule: Rule
    setting: Setting
    versions: tuple[Version, ...]


def evaluate(parts: Sequence[Part], library: Library, targets: Mapping[str, Version]) -> RuleVerdict:
    """Apply the packs of every component that the parts belong to.

    ``targets`` are versions by component that replace what the manifests tell.
    """
    versions = resolve(parts, targets)
    problems = list(skew(versions, targets))
    for position, part in enumerate(parts):
        for claim in part.claims:
            known = versions.at(position, claim)
            if known:
                problems += _judge(part, claim, known, versions, library)
    return RuleVerdict(tuple(problems), tuple(unverified(versions)))


def matches(rule: Rule, part: Part, claim: Claim, parts: Sequence[Part]) -> Iterator[Setting]:
    """The settings of a part that a rule is about, at whatever version."""
    yield from _matches(rule, part, settings_of(part, claim), parts)


def settings_of(part: Part, claim: Claim) -> list[Setting]:
    """What a part sets in the containers that belong to a component."""
    return [setting for setting in part.settings if _belongs(setting, claim)]


def _matches(rule: Rule, part: Part, settings: list[Setting], parts: Sequence[Part]) -> Iterator[Setting]:
    if _in_scope(rule.match, part.owner, parts):
        yield from _matching(rule.match, part, settings)


def _judge(
    part: Part, claim: Claim, known: tuple[Version, ...], versions: Versions, library: Library
) -> Iterator[Diagnostic]:
    settings = settings_of(part, claim)
    spoken: set[Span] = set()
    for hit in _strongest(_hits(part, claim, settings, known, versions, library)):
        spoken.add(hit.setting.span)
        yield _rule_problem(hit, part)
    rest = [setting for setting in settings if setting.span not in spoken]
    yield from _foreign(part, claim, rest, known, library)
    yield from unknown_keys(part, claim, rest, library)


def _belongs(setting: Setting, claim: Claim) -> bool:
    return setting.container in claim.containers if setting.container else claim.whole


def _hits(
    part: Part,
    claim: Claim,
    settings: list[Setting],
    known: tuple[Version, ...],
    versions: Versions,
    library: Library,
) -> Iterator[_Hit]:
    """The rules that speak, with the settings they speak of.

    A setting is judged by the version of its own object. An object as such is judged by the newest version in
    the environment: what is asked is whether it should still be there.
    """
    component = claim.component
    newest = max(versions.of_component.get(component, known), key=lambda version: version.key)
    for about_objects, applies in ((True, (newest,)), (False, known)):
        first, *others = applies
        for rule in library.rules_at(component, first):
            if (rule.match.subject is Subject.OBJECT) is not about_objects:
                continue
            if all(rule.versions.contains(version) for version in others):
                for setting in _matches(rule, part, settings, versions.parts):
                    yield _Hit(rule, setting, applies)


def _in_scope(match: RuleMatch, owner: ObjectRef, parts: Sequence[Part]) -> bool:
    return (
        (not match.kinds or owner.kind in match.kinds)
        and _any(match.workloads, owner.name)
        and _any(match.namespaces, owner.namespace or "")
        and (not match.config_maps or (owner.kind == "ConfigMap" and _any(match.config_maps, owner.name)))
        and all(any(_is(part.owner, pattern) for part in parts) for pattern in match.beside)
    )


def _any(patterns: tuple[str, ...], name: str) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _is(owner: ObjectRef, pattern: ObjectPattern) -> bool:
    return (
        owner.kind == pattern.kind
        and fnmatchcase(owner.name, pattern.name)
        and (pattern.namespace is None or owner.namespace == pattern.namespace)
    )


def _matching(match: RuleMatch, part: Part, settings: list[Setting]) -> Iterator[Setting]:
    if match.subject is Subject.OBJECT:
        if _any(match.names, part.owner.name):
            yield Setting(subject=Subject.OBJECT, name=part.owner.name, span=part.owner.span)
        return
    for setting in _candidates(match, settings):
        supplied = not match.supply or setting.supply in match.supply
        if supplied and _any(match.containers, setting.container) and _where(match, setting, settings):
            yield from _by_value(match, setting)


def _candidates(match: RuleMatch, settings: list[Setting]) -> Iterator[Setting]:
    if match.subject is not Subject.CONFIG_FIELD:
        yield from (
            setting
            for setting in settings
            if setting.subject is match.subject and _any(match.names, setting.name)
        )
        return
    for setting in settings:
        if setting.subject is Subject.CONFIG_KEY and _any(match.files, setting.name):
            yield from (field for name in match.names if (field := find_field(setting, name)))


def _by_value(match: RuleMatch, setting: Setting) -> Iterator[Setting]:
    value = setting.value
    if match.values:
        if value is not None and value.text in match.values:
            yield setting
    elif match.contains:
        yield from _containing(match.contains, setting, value)
    else:
        yield setting


def _containing(texts: tuple[str, ...], setting: Setting, value: WrittenText | None) -> Iterator[Setting]:
    for text in texts:
        at = value.text.find(text) if value is not None else -1
        if value is not None and at >= 0:
            span = value.within(at, at + len(text))
            yield replace(setting, span=span)


def _where(match: RuleMatch, setting: Setting, settings: list[Setting]) -> bool:
    """Whether the settings of the same sort beside this one have the values that the rule asks for."""
    if not match.where:
        return True
    values = {
        other.name: other.value.text
        for other in settings
        if other.container == setting.container
        and other.subject is setting.subject
        and other.value is not None
    }
    return all(values.get(name) in accepted for name, accepted in match.where)


def _strongest(hits: Iterable[_Hit]) -> list[_Hit]:
    """One rule for each place: the one with the worst effect, and of those the first."""
    best: dict[Span, _Hit] = {}
    for hit in hits:
        known = best.get(hit.setting.span)
        if known is None or _RANK[hit.rule.effect] < _RANK[known.rule.effect]:
            best[hit.setting.span] = hit
    return list(best.values())


def _rule_problem(hit: _Hit, part: Part) -> Diagnostic:
    rule, setting = hit.rule, hit.setting
    at = " and ".join(str(version) for version in hit.versions)
    evidence = rule.evidence[0].source
    hint = f"{rule.replacement} (evidence: {evidence})" if rule.replacement else f"evidence: {evidence}"
    return Diagnostic(
        code=rule.code,
        span=setting.value.span if rule.match.values and setting.value else setting.span,
        message=f"{_subject(setting, rule)} {rule.title} ({rule.component} {at})",
        hint=hint,
        owner=part.owner,
        path=setting.path,
        container=setting.container,
        severity="warning" if rule.code == "CNI205" else SEVERITY[rule.effect],
        rule=rule.id,
        effect=rule.effect.value,
    )


def _subject(setting: Setting, rule: Rule) -> str:
    noun = _NOUNS[rule.match.subject].capitalize()
    value = f" with the value {setting.value.text!r}" if rule.match.values and setting.value else ""
    return f"{noun} {setting.name!r}{value}"


def _foreign(
    part: Part, claim: Claim, settings: list[Setting], known: tuple[Version, ...], library: Library
) -> Iterator[Diagnostic]:
    """CNI201 at the level of a note: a setting that only other releases have."""
    catalogue = library.catalogue(claim.component)
    if catalogue is None:
        return
    kept = library.kept(claim.component)
    near = [catalogue.around(version) for version in known]
    for setting in settings:
        key = key_of(setting, part.owner.name)
        if not all(catalogue.is_foreign(key, releases) for releases in near):
            continue
        if _is_of_every_program(setting) or any(_keeps(entry, setting, known) for entry in kept):
            continue
        at = " and ".join(str(version) for version in known)
        yield Diagnostic(
            code="CNI202" if setting.subject is Subject.FLAG else "CNI201",
            span=setting.span,
            message=f"{_NOUNS[setting.subject].capitalize()} {setting.name!r} belongs to the manifests of "
            f"{claim.component} {catalogue.span_of(key)}, not to those of {at}",
            hint="see whether this release still needs it; the manifests it ships with do without",
            owner=part.owner,
            path=setting.path,
            container=setting.container,
            severity="note",
        )


def _is_of_every_program(setting: Setting) -> bool:
    """``-f`` of cp, ``-ec`` of a shell, ``--v`` of every logger: which of them a manifest has, says nothing."""
    return setting.subject is Subject.FLAG and len(setting.name) < SHORTEST_TELLING_FLAG


def _keeps(entry: StillRead, setting: Setting, known: tuple[Version, ...]) -> bool:
    """Whether the program may read the setting at any of the versions, whatever its manifests do."""
    return (
        entry.subject is setting.subject
        and _any(entry.names, setting.name)
        and any(entry.versions.contains(version) is not False for version in known)
    )
