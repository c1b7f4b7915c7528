"""From which release to which an apply takes each component, the minors in between, and the tool to use."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import Span
from cnilint.packs.changes import notes_between, steps_between
from cnilint.packs.detect import resolve
from cnilint.packs.library import Library
from cnilint.packs.model import UpgradeNote
from cnilint.packs.parts import DetectedVersion, Part
from cnilint.versions import Version


class ComponentUpgrade(Struct, frozen=True, kw_only=True):
    """The step of one component. ``steps`` are the minors that its documentation wants installed in between, ``most`` how
    many minors one step may cross. ``tool`` installs the new release; empty where any will do. ``span`` is the place of
    the new version, in the object ``owner``."""

    component: str
    before: Version
    after: Version
    steps: tuple[str, ...]
    most: int | None
    tool: str
    notes: tuple[UpgradeNote, ...]
    owner: ObjectRef
    span: Span

    @property
    def is_downgrade(self) -> bool:
        return self.after < self.before


def upgrades(
    live: Sequence[Part], desired: Sequence[Part], targets: Mapping[str, Version], library: Library
) -> Iterator[ComponentUpgrade]:
    """The steps of the components that are on both sides, at different releases, in order of their names.

    ``targets`` are versions by component that replace those of the manifests.
    """
    before = _running(live)
    after = resolve(desired, targets).of_component
    for name in sorted(before.keys() & after.keys()):
        moved = list(_moved(live, desired, name))
        gone = _without(before[name], after[name]) or [old for old, _ in moved]
        if not gone:
            # Another installation was added, or none changed: several may be of different releases.
            continue
        come = _without(after[name], before[name]) or [new for _, new in moved] or after[name]
        new = max(come, key=lambda version: version.key)
        old = _farthest(gone, new)
        component = library.component(name)
        part, span = _place(desired, name, new)
        yield ComponentUpgrade(
            component=name,
            before=old,
            after=new,
            steps=steps_between(library, name, old, new),
            most=component.max_minor_step,
            tool=component.tool.replace("{version}", str(new)),
            notes=notes_between(library.upgrades(name), old, new),
            owner=part.owner,
            span=span,
        )


def _moved(
    live: Sequence[Part], desired: Sequence[Part], component: str
) -> Iterator[tuple[Version, Version]]:
    """The releases of each object whose image has another one, whatever others have."""
    earlier = _of_objects(live, component)
    for name, new in _of_objects(desired, component).items():
        old = earlier.get(name, new)
        if not old.same_release(new):
            yield old, new


def _of_objects(parts: Sequence[Part], component: str) -> Mapping[tuple[str, str | None, str], Version]:
    """The newest version of a component among the images of each object, by kind, namespace and name."""
    found = {
        (part.owner.kind, part.owner.namespace, part.owner.name): list(_of_images(part, component))
        for part in parts
    }
    return {name: max(own, key=lambda each: each.key) for name, own in found.items() if own}


def _without(versions: Sequence[Version], others: Sequence[Version]) -> list[Version]:
    """The versions whose release is not one of the others."""
    return [each for each in versions if not any(each.same_release(other) for other in others)]


def _running(live: Sequence[Part]) -> Mapping[str, Sequence[Version]]:
    """The versions of each component that runs: those of images where there are any, for a label may be of the chart."""
    every = resolve(live, {}).of_component
    images = {name: [version for part in live for version in _of_images(part, name)] for name in every}
    return {name: images[name] or versions for name, versions in every.items()}


def _of_images(part: Part, component: str) -> Iterator[Version]:
    for found in _detected(part, component):
        if found.reading.version is not None and found.image is not None and found.compared:
            yield found.reading.version


def _detected(part: Part, component: str) -> Iterator[DetectedVersion]:
    for membership in part.memberships:
        if membership.component == component:
            yield from membership.detected


def _farthest(running: Sequence[Version], new: Version) -> Version:
    """The release from which the step is made: of several that run, after an upgrade that stopped, one that has to move."""
    ordered = sorted(running, key=lambda version: version.key)
    return ordered[0] if ordered[0] < new else ordered[-1]


def _place(desired: Sequence[Part], component: str, version: Version) -> tuple[Part, Span]:
    """The part and the place that give the new version, an image before others; the first part of the component where a
    target gives it."""
    own = [
        part for part in desired if any(membership.component == component for membership in part.memberships)
    ]
    found = [
        (part, each)
        for part in own
        for each in _detected(part, component)
        if each.reading.version is not None and each.reading.version.same_release(version)
    ]
    if not found:
        return own[0], own[0].owner.span
    part, nearest = min(found, key=lambda one: one[1].image is None)
    return part, nearest.token.span
