"""The whole trip of ``cnilint ownership``: dumps, manifests, cases, findings, pictures, report."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os.path import relpath

from cnilint.checks.ownership import CHECKS
from cnilint.config.model import Config
from cnilint.diagnostics.model import SEVERITIES, Diagnostic
from cnilint.diagnostics.wording import quantity
from cnilint.errors import UsageError
from cnilint.findings.codes import CODES
from cnilint.findings.model import Finding
from cnilint.findings.policy import Policy, findings
from cnilint.findings.suppression import comments
from cnilint.ownership.explain.diagnosis import diagnoses
from cnilint.ownership.explain.notices import notices
from cnilint.ownership.inputs.desired import CRD, Manifests, read_desired
from cnilint.ownership.inputs.live import Dump, LiveObject, distinct_objects, read_dump
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import ApplierChoice
from cnilint.ownership.predict.audits import audit_objects
from cnilint.ownership.tree import ownership_view
from cnilint.report.model import Coverage, EnvironmentSummary, Report
from cnilint.report.ownership_view import Ownership
from cnilint.source.base import Source
from cnilint.ssa.schema.crd import declare
from cnilint.ssa.schema.kinds import Kinds, kinds
from cnilint.ssa.schema.schema import SchemaError

_JUDGED = frozenset(entry.code for entry in CODES if entry.family in ("ownership", "input"))
_MOST_PORTRAITS = 20
"""More pictures than this nobody looks at; the findings are complete without them."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. ``kube_version`` is such as ``1.30``, None for the newest that is known."""

    wish: ApplierChoice = field(default_factory=ApplierChoice)
    kube_version: str | None = None
    tree: bool = False
    namespace: str | None = None
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    today: str = ""
    config: Config = field(default_factory=Config)


def audit(
    dumps: Mapping[str, bytes],
    source: Source | None,
    root: str,
    options: Options,
    old_release: Source | None = None,
) -> tuple[Report, Sequence[ObjectAudit]]:
    """The report on dumps of live objects, held against the manifests of a source where there is one; and its cases.

    ``dumps`` are texts by the name under which reports show them. ``old_release`` has the manifests that a tool
    applied last, for those tools that compare with them. Raises SchemaError for a version that is none, and UsageError
    for an old release that no applier compares with.
    """
    read = [read_dump(name, data) for name, data in dumps.items()]
    lives = distinct_objects(read)
    config = options.config
    desired = None if source is None else read_desired(source, config, options.namespace, read)
    previous = None if old_release is None else read_desired(old_release, config, options.namespace, read)
    known = _kinds(options.kube_version, lives, desired)
    cases = audit_objects(lives, desired, previous, options.wish, known)
    if previous is not None and not any(case.needs_release for case in cases):
        raise UsageError(
            "--previous: no object of the dump is applied by a tool that compares with its old release",
            "name the tool with --applier",
        )
    found: list[Diagnostic] = list(_diagnostics(cases, read, known))
    policy = Policy(
        select=(*config.select, *options.select),
        ignore=(*config.ignore, *options.ignore),
        severity=config.severity,
        suppressions=config.suppressions,
        comments={name: spoken for name, data in dumps.items() if (spoken := comments(name, data))},
        today=options.today,
        judged=_JUDGED,
    )
    result = findings(found, policy)
    explained = diagnoses(cases)
    shown, left_out = (cases, 0) if options.tree else _worst(cases, result.findings)
    portraits = [
        ownership_view(case, known, explained.get(id(case), ""), everything=options.tree) for case in shown
    ]
    report = Report(
        root=relpath(root),
        revision=source.revision if source is not None else None,
        environments=tuple(_environments(cases)),
        coverage=_coverage(read, lives, desired),
        findings=result.findings,
        notices=(*_hidden(left_out), *notices(cases, desired, previous, options.wish), *result.notices),
        ownership=Ownership(
            objects=len(lives),
            matched=sum(case.manifest is not None for case in cases),
            predicted=sum(map(_is_predicted, cases)),
            portraits=tuple(portraits),
        ),
    )
    return report, cases


def _diagnostics(cases: Iterable[ObjectAudit], dumps: Iterable[Dump], known: Kinds) -> Iterator[Diagnostic]:
    """What could not be read of the dumps, and what every check finds in every object."""
    for dump in dumps:
        yield from dump.diagnostics
    for case in cases:
        for check in CHECKS:
            yield from check.find(case, known)


def _kinds(version: str | None, lives: Sequence[LiveObject], desired: Manifests | None) -> Kinds:
    """The kinds of the cluster's release, and those of every CustomResourceDefinition; one among the manifests
    stands before one of the dump."""
    known = kinds(version)
    definitions = [live.value for live in lives if live.obj.kind == CRD]
    if desired is not None:
        values = (
            desired.contents.value(found[0]) for (_, kind, _), found in desired.objects.items() if kind == CRD
        )
        definitions += [value for value in values if value is not None]
    for value in definitions:
        try:
            known = declare(known, value)
        except SchemaError:
            # Not one that the server would take: its objects are read without a schema.
            continue
    return known


def _environments(cases: Sequence[ObjectAudit]) -> Iterator[EnvironmentSummary]:
    """The environments that the live objects belong to."""
    used = {case.manifest.environment.name: case.manifest.environment for case in cases if case.manifest}
    for name in sorted(used):
        yield EnvironmentSummary(name, used[name].roots, len(used[name].objects))


def _coverage(read: Sequence[Dump], lives: Sequence[object], desired: Manifests | None) -> Coverage:
    words = ("resolved", "broken", "optional", "provided", "external", "unverifiable")
    skipped = () if desired is None else tuple(sorted(desired.gathered.skipped.items()))
    return Coverage(
        files=len(read) + (0 if desired is None else desired.gathered.read),
        documents=sum(dump.documents for dump in read)
        + (0 if desired is None else desired.gathered.documents),
        objects=len(lives),
        references=dict.fromkeys(("total", *words), 0),
        reasons={},
        skipped=skipped,
    )


def _worst(cases: Sequence[ObjectAudit], found: Sequence[Finding]) -> tuple[list[ObjectAudit], int]:
    """The cases that have findings, in their order, as many as people look at; and how many more there are."""
    weight: dict[tuple[str, str | None, str], int] = {}
    for one in found:
        if one.owner is not None and one.suppressed is None:
            identity = (one.owner.kind, one.owner.namespace, one.owner.name)
            weight[identity] = min(SEVERITIES.index(one.severity), weight.get(identity, len(SEVERITIES)))
    ranked = [
        (weight[_identity(case)], index) for index, case in enumerate(cases) if _identity(case) in weight
    ]
    kept = sorted(index for _, index in sorted(ranked)[:_MOST_PORTRAITS])
    return [cases[index] for index in kept], len(ranked) - len(kept)


def _identity(case: ObjectAudit) -> tuple[str, str | None, str]:
    obj = case.live.obj
    return obj.kind, obj.namespace, obj.name


def _is_predicted(case: ObjectAudit) -> bool:
    """Whether it is known what comes of the apply, be it that the server refuses it."""
    foreseen = case.prediction
    return foreseen is not None and (foreseen.written is not None or foreseen.refused is not None)


def _hidden(left_out: int) -> Iterator[str]:
    if left_out:
        more = quantity(left_out, "more object")
        yield f"there is no picture and no repair here of {more} with findings; --tree shows every object"
