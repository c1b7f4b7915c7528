"""Notices of a run: what was not read, what was inferred, and what a prediction does not cover."""

from collections import Counter
from collections.abc import Iterator, Sequence

from cnilint.diagnostics.wording import quantity
from cnilint.ownership.inputs.desired import Manifests
from cnilint.ownership.inputs.releases import OldRelease
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import ApplierChoice
from cnilint.ssa.appliers.model import Applier
from cnilint.ssa.typed.values import at

_UNREAD = ("CNI901", "CNI902")


def notices(
    audits: Sequence[ObjectAudit],
    desired: Manifests | None,
    previous: Sequence[OldRelease],
    choice: ApplierChoice,
    release_hint: str,
) -> Iterator[str]:
    """The notices on the cases of a run, in sentences. Nothing is expected where no manifests were given.

    ``release_hint`` says how the program gets to know the old release that a tool compares with.
    """
    if desired is None:
        return
    for manifests in (desired, *(release.manifests for release in previous)):
        yield from _unread(manifests)
    yield from _without_manifest(audits)
    matched = [audit for audit in audits if audit.manifest is not None]
    yield from _unpredicted(matched, release_hint)
    if not choice.given:
        yield from _inferred(matched)
    yield from _terminating(matched)
    yield from _options(matched)
    yield from _uncovered(matched)


def _unread(manifests: Manifests) -> Iterator[str]:
    """The selected files that could not be read."""
    asked = frozenset(manifests.gathered.source.selected)
    broken = sorted({fault.span.file for fault in manifests.diagnostics if fault.code in _UNREAD} & asked)
    if broken:
        files = quantity(len(broken), "file")
        yield f"{files} of manifests could not be read, {broken[0]} among them: 'cnilint check' says why"


def _without_manifest(audits: Sequence[ObjectAudit]) -> Iterator[str]:
    alone = [audit for audit in audits if audit.manifest is None]
    dropped = [audit.live.obj for audit in alone if audit.old is not None and audit.needs_release]
    if dropped:
        yield (
            f"no manifest any more: {quantity(len(dropped), 'object')} of the old release, {dropped[0].kind} "
            f"'{dropped[0].name}' among them; what is not marked to be kept is deleted"
        )
    strangers = len(alone) - len(dropped)
    if strangers:
        yield f"no manifest: {strangers} of {quantity(len(audits), 'live object')}, audited alone"


def _unpredicted(matched: Sequence[ObjectAudit], release_hint: str) -> Iterator[str]:
    nobody = sum(audit.applier is None for audit in matched)
    if nobody:
        objects = quantity(nobody, "object")
        yield f"not predicted: {objects}, because nothing says who applies; name it with --applier or --manager"
    unknowable = sum(audit.needs_release and not audit.old_known for audit in matched)
    if unknowable:
        yield (
            f"not predicted: {quantity(unknowable, 'object')}, because the applier compares with the manifests of its "
            f"old release, which are not in live objects; {release_hint}"
        )


def _inferred(matched: Sequence[ObjectAudit]) -> Iterator[str]:
    tools = Counter(
        (_text(audit.applier), f"`{audit.applier_mark}`" if audit.applier_mark else "managedFields")
        for audit in matched
        if audit.applier is not None
    )
    for (tool, evidence), number in sorted(tools.items()):
        yield f"the applier {tool} was inferred from {evidence} for {quantity(number, 'object')}"


def _terminating(matched: Sequence[ObjectAudit]) -> Iterator[str]:
    """The objects whose deletion has begun: an apply changes them and does not stop it.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
    """
    going = [audit.live.obj for audit in matched if at(audit.live.value, "metadata", "deletionTimestamp")]
    if going:
        yield (
            f"being deleted: {quantity(len(going), 'live object')}, {going[0].kind} '{going[0].name}' among them; "
            "the apply does not stop that, and has to be repeated when they are gone"
        )


def _options(matched: Sequence[ObjectAudit]) -> Iterator[str]:
    """The options of single objects that change how the tool applies them."""
    found = Counter(audit.option for audit in matched if audit.option is not None)
    for option, number in sorted(found.items(), key=lambda one: one[0].text):
        done = "not applied" if option.skip else "applied in another way"
        yield f"{done}: {quantity(number, 'object')}, because of `{option.text}`"


def _uncovered(matched: Sequence[ObjectAudit]) -> Iterator[str]:
    predictions = [audit.prediction for audit in matched if audit.prediction is not None]
    notes = Counter(note for prediction in predictions for note in prediction.uncovered)
    for note, number in sorted(notes.items()):
        yield f"not covered for {quantity(number, 'object')}: {note}"


def _text(tool: Applier) -> str:
    """The manager, and the tool where others of its name apply in another way."""
    return tool.manager if tool.server_side else f"{tool.manager} ({tool.name})"
