"""Second pass over unresolved references: excuse them, or confirm them by a sibling environment."""

from collections.abc import Callable, Iterator
from posixpath import basename, dirname
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import ObjectRef
from cnilint.environment.model import Environment
from cnilint.environment.words import common_words_of, is_common_word, place_of
from cnilint.facts.model import Reference
from cnilint.facts.values import EXISTING, NAMED
from cnilint.gitops.conventions import environment_names
from cnilint.gitops.helm import Release
from cnilint.manifest.names import pattern_of
from cnilint.resolve.holders import known_namespace, matches
from cnilint.resolve.index import Creation, Index
from cnilint.resolve.likely import LikelyTargets
from cnilint.resolve.outcome import ABSENT, LikelyTarget, Outcome, Resolution, Sibling
from cnilint.resolve.resolved import ResolvedElsewhere

_SCRIPTS = (".sh", ".bash", ".py", ".yaml", ".yml", "Makefile")
"""The ends of the names of files that run commands, unlike documents, which only show them."""


class Known(Struct, frozen=True):
    """What the second pass knows of all references."""

    index: Index
    resolved: ResolvedElsewhere
    likely: LikelyTargets


class _Excuse(NamedTuple):
    """Why a broken reference may resolve after all. A general one fits any object, so evidence outweighs it."""

    outcome: Outcome
    reason: str
    general: bool = False


def reconsider(known: Known, resolution: Resolution) -> Resolution:
    """A broken reference, excused or confirmed."""
    unread = known.index.unread_live(resolution.reference.kind, resolution.namespace)
    if unread and resolution.outcome in ABSENT:
        return replace(resolution, outcome=Outcome.UNVERIFIABLE, reason=unread)
    sibling = known.resolved.sibling(resolution)
    excuse, likely = _excuse_or_target(known, resolution, sibling)
    if excuse is not None:
        return replace(resolution, outcome=excuse.outcome, reason=excuse.reason)
    if resolution.outcome is Outcome.RENAMED:
        return resolution
    if resolution.outcome is Outcome.MISSING_OBJECT:
        similar = known.likely.nearest(resolution)
        return _confirmed(known.index, replace(resolution, likely=likely, similar=similar), sibling)
    if resolution.outcome is Outcome.WRONG_NAMESPACE:
        return replace(resolution, certain=_is_surely_wrong(known, resolution, sibling))
    return resolution if resolution.outcome is Outcome.WRONG_KIND else replace(resolution, sibling=sibling)


def _excuse_or_target(
    known: Known, resolution: Resolution, sibling: Sibling | None
) -> tuple[_Excuse | None, LikelyTarget | None]:
    """The first excuse; where evidence for another target outweighs it, the first about this very name and the target."""
    excuses = _excuses(known.index, resolution, sibling)
    excuse = next(excuses, None)
    if excuse is not None and not excuse.general:
        return excuse, None
    is_absent = resolution.outcome is Outcome.MISSING_OBJECT and sibling is None
    likely = known.likely.target(resolution) if is_absent else None
    if excuse is None or likely is None:
        return excuse, likely
    specific = next((each for each in excuses if not each.general), None)
    return specific, likely._replace(despite=excuse.reason)


def _is_surely_wrong(known: Known, resolution: Resolution, sibling: Sibling | None) -> bool:
    """Whether what is defined in another namespace is for nobody else, and nothing may create it in this one."""
    unused = all(id(candidate.definition) not in known.resolved.used for candidate in resolution.found)
    mentioned = _is_mentioned(known.index, resolution.environment, resolution.reference.name, sibling)
    return unused and not mentioned


def _confirmed(index: Index, resolution: Resolution, sibling: Sibling | None) -> Resolution:
    """A reference to an object that is absent, with what speaks for that and against it."""
    name = resolution.reference.name
    creation = None if sibling is None else _creation(index, resolution)
    return replace(
        resolution,
        sibling=sibling or _defined_elsewhere(resolution),
        certain=sibling is not None and _are_environments(resolution.environment, sibling[0]),
        doubt="" if creation is None else _creates(creation),
        parallel=sibling is not None,
        meant=index.meant(resolution.environment, resolution.reference, resolution.namespace),
        chart=next((each.chart for each in _releases(index, resolution) if each.is_named_like(name)), ""),
        maker=_maker(index, resolution, sibling) if resolution.reference.kind == "ServiceAccount" else "",
    )


def _maker(index: Index, resolution: Resolution, sibling: Sibling | None) -> str:
    """A chart or a custom resource in the namespace that may create a ServiceAccount of any name."""
    namespace = resolution.namespace
    for release in _releases(index, resolution):
        if release.namespace is not None and release.namespace == namespace:
            return f"the chart `{release.chart}` in the namespace"
    made = index.accounts_of_charts.get(resolution.reference.name)
    if made is not None and sibling is None:
        return (
            f"the {made.producer.removeprefix('the ')}, which creates one of that name in another namespace,"
        )
    unknown = index.unknown_maker(resolution.environment, namespace, resolution.reference.owner)
    return unknown and f"{unknown} in the namespace"


def _defined_elsewhere(resolution: Resolution) -> Sibling | None:
    """Another environment that defines the object in what may be the same namespace, whoever reads it there."""
    if not resolution.environment.words:
        return None
    for candidate in resolution.found:
        other = candidate.environment
        spaces = {place_of(each).family for each in (resolution.namespace, candidate.namespace) if each}
        if other is resolution.environment:
            continue
        if other.words and not other.unjudged and len(spaces) < 2:
            return other, candidate.definition
    return None


def _are_environments(environment: Environment, sibling: Environment) -> bool:
    """Whether both certainly are environments: this one is deployed, or both have common words in their names."""
    return bool(environment.deployed) or all(
        any(is_common_word(word) for word in each.words) for each in (environment, sibling)
    )


def _excuses(index: Index, resolution: Resolution, sibling: Sibling | None) -> Iterator[_Excuse]:
    """Why a broken reference may resolve after all.

    An object that a sibling environment defines in its manifests is not expected from a chart, a controller or a
    document here.
    """
    environment, reference = resolution.environment, resolution.reference
    if environment.unjudged:
        yield _Excuse(Outcome.UNVERIFIABLE, environment.unjudged)
    if index.is_external(reference, resolution.namespace):
        yield _Excuse(Outcome.EXTERNAL, "the configuration lists it under external:")
    if resolution.outcome in ABSENT and not index.closed_world:
        yield from _created_elsewhere(index, resolution, sibling)


def _created_elsewhere(index: Index, resolution: Resolution, sibling: Sibling | None) -> Iterator[_Excuse]:
    """What may create the absent object outside of the manifests that were read."""
    environment, reference = resolution.environment, resolution.reference
    creation = _creation(index, resolution)
    if creation is not None and _counts(creation, reference, sibling):
        yield _Excuse(Outcome.EXTERNAL, _creates(creation))
    yield from _gaps(index, environment, reference, sibling)
    if resolution.outcome is Outcome.RENAMED and resolution.certain:
        return
    if resolution.outcome is not Outcome.WRONG_NAMESPACE and _is_mentioned(
        index, environment, reference.name, sibling
    ):
        reason = "a custom resource mentions the name, and its controller may create it"
        yield _Excuse(Outcome.EXTERNAL, reason)
    for find, reason in _UNSEEN:
        where = find(index, resolution, sibling)
        if where:
            general = find is _applied_from_elsewhere
            yield _Excuse(Outcome.UNVERIFIABLE, reason.format(where), general)


def _creation(index: Index, resolution: Resolution) -> Creation | None:
    """What a script or a document creates of that name, unless it belongs to another environment."""
    for creation in index.created(resolution.reference.kind, resolution.reference.name):
        here = creation.words <= resolution.environment.words
        if here and matches(resolution.namespace, creation.namespace):
            return creation
    return None


def _counts(creation: Creation, reference: Reference, sibling: Sibling | None) -> bool:
    """Whether a script or document explains the absence, although a sibling environment has a manifest of the object."""
    return sibling is None or bool(creation.words) or _comes_with(creation, reference)


def _comes_with(creation: Creation, reference: Reference) -> bool:
    """Whether a script is in the folder of the reader's manifest, with which it comes into every environment."""
    file = creation.span.file
    return dirname(file) == dirname(reference.span.file) and file.endswith(_SCRIPTS)


def _creates(creation: Creation) -> str:
    return f"`{creation.span.file}:{creation.span.line}` creates it, or shows how"


def _is_mentioned(index: Index, environment: Environment, name: str, sibling: Sibling | None) -> bool:
    """Whether a custom resource mentions the name. If the sibling has the same one, it does not create the object."""
    by = index.mentions.get(name, {})
    if sibling is not None:
        return environment.name in by and sibling[0].name not in by
    return environment.name in by or any(words <= environment.words for words in by.values())


def _applied_from_elsewhere(index: Index, resolution: Resolution, sibling: Sibling | None) -> str | None:
    """What applies another repository that may define the object; None if nothing does.

    It goes into the same namespace; or it is the deployer by which another environment has the object.
    """
    elsewhere = index.holders(resolution.reference.kind, resolution.reference.name).some()
    providers = {by for candidate in elsewhere for by in candidate.environment.appliers}
    for words, entry in index.foreign:
        here = entry.namespace is not None and entry.namespace == resolution.namespace and sibling is None
        if words <= resolution.environment.words and (here or entry.by in providers):
            return entry.by
    return None


def _other_part(index: Index, resolution: Resolution, _sibling: Sibling | None) -> str | None:
    """Another part of the reader's environment that has the object: ``core/prod/web`` for ``jobs/prod/batch``.

    Both say ``prod`` first, and more below. Parts of one program are siblings, and do not complete each other.
    """
    reader = resolution.environment
    if not reader.outer_words or not reader.outer_words < reader.words:
        return None
    holders = index.holders(resolution.reference.kind, resolution.reference.name)
    for environment, definition in holders.by_outer_words.get(reader.outer_words, ()):
        same_program = environment.family == reader.family
        if not same_program and matches(resolution.namespace, known_namespace(definition.namespace)):
            return environment.name
    return None


def _counterpart(_index: Index, resolution: Resolution, sibling: Sibling | None) -> str | None:
    """The environment beside the reader's that has the object where the sibling's neighbour has it for the sibling."""
    if sibling is None:
        return None
    reader, (other, definition) = resolution.environment, sibling
    file = definition.span.file
    if not (reader.anchor and other.anchor) or file.startswith(f"{other.roots[0]}/"):
        return None
    if not file.startswith(f"{other.anchor}/"):
        return None
    here = f"{reader.anchor}{file.removeprefix(other.anchor)}"
    found = (each.environment.name for each in resolution.found if each.definition.span.file == here)
    return next(found, None)


def _built_together(_index: Index, resolution: Resolution, _sibling: Sibling | None) -> str | None:
    """The deployer of a renamed object and of its reader: it may build a kustomization around both."""
    if resolution.outcome is not Outcome.RENAMED:
        return None
    for candidate in resolution.found:
        common = resolution.environment.appliers & candidate.environment.appliers
        if common:
            return min(common)
    return None


def _applied_together(index: Index, resolution: Resolution, _sibling: Sibling | None) -> str | None:
    """An environment that has the object and that the same cluster's root applies, whatever its folder is called."""
    reader = resolution.environment
    if not reader.applied_from:
        return None
    for candidate in index.holders(resolution.reference.kind, resolution.reference.name).all():
        other = candidate.environment
        is_same = other is not reader and other.applied_from == reader.applied_from
        if is_same and matches(resolution.namespace, candidate.namespace):
            return other.name
    return None


def _of_its_namespace(index: Index, resolution: Resolution, _sibling: Sibling | None) -> str | None:
    """The environment that the namespace says and that has the object: ``stage`` for ``app-stage``.

    Nothing else says another environment of the reader, and what defines the object has none for the reader's words.
    """
    reader = resolution.environment
    said = common_words_of(resolution.namespace or "")
    if not said or not said.issuperset(word for word in reader.words if is_common_word(word)):
        return None
    for candidate in index.holders(resolution.reference.kind, resolution.reference.name).all():
        other = candidate.environment
        is_said = said <= other.words and matches(resolution.namespace, candidate.namespace)
        if is_said and _may_serve(index, other, reader):
            return other.name
    return None


def _may_serve(index: Index, other: Environment, reader: Environment) -> bool:
    """Whether another program's environment may be the reader's: that program has none for the reader's words."""
    has_own = reader.words in index.families.get(other.family, ())
    return not has_own and not other.unjudged and other.family != reader.family


def _of_some_environment(index: Index, resolution: Resolution, _sibling: Sibling | None) -> str | None:
    """An environment that has the object in the very namespace, where nothing says to which one the reader belongs."""
    reader = resolution.environment
    if reader.words or reader.deployed or resolution.namespace is None:
        return None
    for candidate in index.holders(resolution.reference.kind, resolution.reference.name).all():
        if candidate.environment.words and candidate.namespace == resolution.namespace:
            return candidate.environment.name
    return None


def _completed_by(_index: Index, resolution: Resolution, _sibling: Sibling | None) -> str | None:
    """An environment beside a shared folder, with which that is applied, that has the object."""
    environment, root = resolution.environment, resolution.environment.roots[0]
    if environment.words or environment.deployed or basename(root) not in environment_names().shared:
        return None
    beside = f"{dirname(root)}/" if dirname(root) else ""
    for candidate in resolution.found:
        if candidate.environment.words and candidate.environment.roots[0].startswith(beside):
            return candidate.environment.name
    return None


def _named_by_values(_index: Index, resolution: Resolution, _sibling: Sibling | None) -> str | None:
    """The form of a reference whose chart may make what its values name."""
    return resolution.reference.form if resolution.reference.form == NAMED else None


def _gaps(
    index: Index, environment: Environment, reference: Reference, sibling: Sibling | None
) -> Iterator[_Excuse]:
    """What may define it unseen. A gap that the sibling shares does not count: the sibling defines the object."""
    shared = {gap.reason for gap in sibling[0].gaps if not gap.names} if sibling is not None else set()
    for gap in environment.gaps:
        if gap.reason not in shared:
            yield _Excuse(Outcome.UNVERIFIABLE, gap.reason, general=reference.name not in gap.names)
    if any(words <= environment.words for words in index.unread.get(reference.name, ())):
        yield _Excuse(Outcome.UNVERIFIABLE, "a document that could not be read contains its name")
    yield from _open_names(index, environment, reference)


def _open_names(index: Index, environment: Environment, reference: Reference) -> Iterator[_Excuse]:
    """Definitions in the environment whose names are not known, and may be this one."""
    for definition in index.open_names.get(environment.name, ()):
        if definition.kind != reference.kind:
            continue
        if definition.unnamed:
            yield _Excuse(Outcome.UNVERIFIABLE, definition.unnamed)
        elif pattern_of(definition.name).matches(reference.name):
            reason = f"it may be '{definition.name}', once its placeholder is filled in"
            yield _Excuse(Outcome.UNVERIFIABLE, reason)


def _chart(index: Index, resolution: Resolution, sibling: Sibling | None) -> str | None:
    """The chart that may make the object, which no sibling defines and no resource of that name makes otherwise."""
    reference, name = resolution.reference, resolution.reference.name
    if sibling is not None or (resolution.environment.name, reference.kind, name) in index.suggested:
        return None
    return next((each.chart for each in _releases(index, resolution) if each.may_make(name)), None)


def _releases(index: Index, resolution: Resolution) -> Iterator[Release]:
    """The releases in the environment or into the namespace that the reference does not say exists beside them."""
    environment, reference = resolution.environment, resolution.reference
    own = (
        _installed_by(environment, reference.owner)
        if reference.form == EXISTING or reference.awaited
        else frozenset()
    )
    into = index.releases_into.get(resolution.namespace or "", ()) if resolution.namespace else ()
    yield from (each for each in index.releases.get(environment.name, ()) if each not in own)
    yield from (each for words, each in into if words <= environment.words and each not in own)


def _installed_by(environment: Environment, owner: ObjectRef) -> frozenset[Release]:
    """The releases of an object, which do not make what their own values name as existing."""
    return frozenset(
        release for fact in environment.objects if fact.owner == owner for release in fact.releases
    )


_Where = Callable[[Index, Resolution, Sibling | None], str | None]
_UNSEEN: tuple[tuple[_Where, str], ...] = (
    (_built_together, "{} builds it together with what has the name, and may follow it"),
    (_applied_from_elsewhere, "{} applies another repository, which may define it"),
    (_other_part, "`{}`, a part of the same environment, has it"),
    (_counterpart, "`{}` has it, as the neighbour of another environment has it for that"),
    (_applied_together, "`{}`, which is applied from the same place, has it"),
    (_of_its_namespace, "`{}` has it, and may be the environment that the namespace says"),
    (_of_some_environment, "`{}` has it, and nothing says in which environment this is applied"),
    (_completed_by, "`{}`, beside this shared folder, has it and may complete it"),
    (_named_by_values, "the chart whose values name it may create it"),
    (_chart, "the chart {} that is installed here may create it"),
)
"""Where something that was not read, or that belongs elsewhere, may define the absent object; and how to say so."""
